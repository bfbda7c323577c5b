import Attempts
import IdentityModel
import Measures

/// The security analyzer's count of matured suspect attempts, as cells.
public struct ThreatAnalyzer: Sendable {
    private let names: [String]
    /// Cells by slice, then journey.
    public private(set) var cells: [Int64: [JourneyID: ThreatCell]] = [:]

    /// An analyzer whose signals are called `names`, by index in the rule set.
    public init(names: [String]) { self.names = names }

    /// Counts a matured attempt in its emitting slice, if it is suspect.
    public mutating func absorb(_ attempt: Attempt, slice: Int64) {
        guard attempt.isSuspect, !attempt.isNoise else { return }
        let key = CellKey(
            hour: Timestamp.slice(attempt.firstAt), kind: attempt.actorKind, traffic: .suspect)
        var totals = ThreatTotals()
        totals.results[attempt.result.rawValue] = 1
        totals.takeover = attempt.isTakeoverSuspect ? 1 : 0
        totals.tries = UInt64(attempt.tries)
        for index in attempt.signals.indexes { totals.bySignal[names[index]] = 1 }
        cells[slice, default: [:]][attempt.journey, default: ThreatCell()]
            .totals[key, default: ThreatTotals()].merge(totals)
    }
}
