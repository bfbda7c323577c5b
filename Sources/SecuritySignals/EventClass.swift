import IdentityModel

/// Rules by event class: one table look-up drops the events that no rule speaks of.
///
/// A class is (journey, step, outcome, reason) packed into an index; the last one of the table is
/// that of journeys which the catalog does not have.
///
///     journey │ step 4 bits │ outcome 2 │ reason 4
struct EventClassTable: Sendable {
    /// A bit per rule whose `match` holds.
    private(set) var matching: [UInt64]
    /// A bit per rule whose share is taken beside the class.
    private(set) var beside: [UInt64]
    /// A bit per rule that may mark events of the class.
    private(set) var markable: [UInt64]

    private let journeyCount: Int

    init(rules: [SignalRule], catalog: JourneyCatalog) {
        journeyCount = catalog.journeys.count
        let size = journeyCount << 10 + 1
        matching = [UInt64](repeating: 0, count: size)
        beside = matching
        markable = matching
        for (journeyIndex, journey) in catalog.journeys.enumerated().prefix(255) {
            for (stepIndex, step) in journey.steps.enumerated().prefix(16) {
                for outcome in Outcome.allCases {
                    for reason in Reason.allCases {
                        let index = self.index(
                            journey: UInt8(journeyIndex), step: UInt8(stepIndex),
                            outcome: outcome.rawValue, reason: reason.rawValue)
                        fill(index, rules, JourneyID(rawValue: UInt8(journeyIndex)), step, outcome, reason)
                    }
                }
            }
        }
    }

    private mutating func fill(
        _ index: Int, _ rules: [SignalRule], _ journey: JourneyID, _ step: String, _ outcome: Outcome,
        _ reason: Reason
    ) {
        for (bit, rule) in rules.enumerated().prefix(64) {
            let mask: UInt64 = 1 << UInt64(bit)
            let holds = rule.match.holds(journey: journey, step: step, outcome: outcome, reason: reason)
            if holds { matching[index] |= mask }
            if let share = rule.share,
                share.beside.holds(journey: journey, step: step, outcome: outcome, reason: reason)
            {
                beside[index] |= mask
            }
            switch rule.marks {
            case .matching:
                if holds { markable[index] |= mask }
            case .group:
                if rule.match.journeys.isEmpty || rule.match.journeys.contains(journey) {
                    markable[index] |= mask
                }
            }
        }
    }

    @inline(__always)
    func index(journey: UInt8, step: UInt8, outcome: UInt8, reason: UInt8) -> Int {
        guard journey < journeyCount else { return matching.count - 1 }
        return Int(journey) << 10 | Int(step & 15) << 6 | Int(outcome & 3) << 4 | Int(reason & 15)
    }
}
