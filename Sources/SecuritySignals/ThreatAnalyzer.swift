import Attempts
import IdentityModel
import Measures

/// The security analyzer's count of matured attempts that a signal marks, or that the identity
/// provider itself blocked, as cells.
///
/// Attempts mature in the order of time, so all that mature in an hour meet few entries; signals
/// are numbers until a cell is closed. Cost: about 0.03 µs per suspect attempt.
public struct ThreatAnalyzer: Sendable {
    /// A slice's cell of a journey.
    public struct Place: Hashable, Sendable {
        public var slice: Int64
        public var journey: JourneyID
        public init(slice: Int64, journey: JourneyID) {
            self.slice = slice
            self.journey = journey
        }
    }

    /// What is counted at a place, of an hour and kind.
    fileprivate struct Entry: Sendable {
        let place: Place
        let key: CellKey
        var results = SIMD4<UInt64>()
        var takeover: UInt64 = 0
        var tries: UInt64 = 0
        /// Attempts, takeover suspects and genuine-looking ones, of each signal and of the provider's blocks.
        var signals: [SIMD4<UInt64>]
        var providerBlocks = SIMD4<UInt64>()
    }

    private let names: [String]
    private var entries: [Entry] = []
    private var index = OpenTable<UInt128, Int>()

    /// An analyzer whose signals are called `names`, by index in the rule set.
    public init(names: [String]) { self.names = names }

    /// Counts a matured attempt in its emitting slice, if it is suspect or blocked.
    public mutating func absorb(_ attempt: Attempt, slice: Int64) {
        guard attempt.isSuspect || attempt.isProviderBlocked, !attempt.isNoise else { return }
        let hour = Timestamp.slice(attempt.firstAt)
        let (at, isNew) = index.place(
            of: Self.packed(slice, hour, attempt.journey, attempt.actorKind), orInsert: entries.count)
        if isNew {
            entries.append(
                Entry(
                    place: Place(slice: slice, journey: attempt.journey),
                    key: CellKey(hour: hour, kind: attempt.actorKind, traffic: .suspect),
                    signals: Array(repeating: SIMD4(), count: names.count)))
        }
        entries[index[at: at]].add(attempt)
    }

    /// A place in 128 bits, never 0.
    ///
    ///     slice (64) │ slice − hour (40) │ journey (8) │ kind (8) │ 1
    @inline(__always)
    private static func packed(_ slice: Int64, _ hour: Int64, _ journey: JourneyID, _ kind: ActorKind) -> UInt128 {
        let age = UInt64(truncatingIfNeeded: slice &- hour) << 24
        let low = age | UInt64(journey.rawValue) << 16 | UInt64(kind.rawValue) << 8 | 1
        return UInt128(UInt64(bitPattern: slice)) << 64 | UInt128(low)
    }

    /// The cells of what was absorbed and not taken yet.
    public var cells: [Place: ThreatCell] { folded(entries) }

    /// Gives the finished cells of the slices up to `slice`, and forgets them.
    public mutating func takeCells(through slice: Int64) -> [Place: ThreatCell] {
        let taken = entries.filter { $0.place.slice <= slice }
        if taken.isEmpty { return [:] }
        entries.removeAll { $0.place.slice <= slice }
        index.removeAll(keepingCapacity: true)
        for (number, entry) in entries.enumerated() {
            let (place, key) = (entry.place, entry.key)
            index[Self.packed(place.slice, key.hour, place.journey, key.kind)] = number
        }
        return folded(taken)
    }

    private func folded(_ entries: [Entry]) -> [Place: ThreatCell] {
        var cells: [Place: ThreatCell] = [:]
        for entry in entries {
            cells[entry.place, default: ThreatCell()].totals[entry.key, default: ThreatTotals()]
                .merge(entry.totals(names))
        }
        return cells
    }
}

extension ThreatAnalyzer.Entry {
    fileprivate mutating func add(_ attempt: Attempt) {
        let isTakeover: UInt64 = attempt.isTakeoverSuspect ? 1 : 0
        let one = SIMD4<UInt64>(1, isTakeover, attempt.looksGenuine ? 1 : 0, 0)
        if attempt.isProviderBlocked { providerBlocks &+= one }
        guard attempt.isSuspect else { return }
        results[attempt.result.rawValue] &+= 1
        takeover &+= isTakeover
        tries &+= UInt64(attempt.tries)
        var left = attempt.signals.rawValue
        while left != 0 {
            signals[left.trailingZeroBitCount] &+= one
            left &= left - 1
        }
    }

    fileprivate func totals(_ names: [String]) -> ThreatTotals {
        var totals = ThreatTotals()
        for result in 0..<4 { totals.results[result] = results[result] }
        totals.takeover = takeover
        totals.tries = tries
        totals.providerBlocks = SignalTotals(providerBlocks)
        for (number, counts) in signals.enumerated() where counts[0] > 0 {
            totals.signals[names[number], default: SignalTotals()].merge(SignalTotals(counts))
        }
        return totals
    }
}

extension SignalTotals {
    fileprivate init(_ counts: SIMD4<UInt64>) {
        self.init(attempts: counts[0], takeover: counts[1], genuineLooking: counts[2])
    }
}
