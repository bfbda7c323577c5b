import Attempts
import IdentityModel
import Measures

/// Matured attempts as they are counted, until their cells are asked for.
///
/// Attempts mature in the order of time, so all that mature in an hour meet few entries; numbers
/// stand for texts, so that counting allocates nothing. Cost: about 0.05 µs per attempt.
struct AttemptCounts: Sendable {
    /// Where an attempt counts: the cell, and the totals inside it.
    struct Place: Sendable {
        var slice: Int64
        var journey: JourneyID
        var key: CellKey

        /// The place in 128 bits, never 0.
        ///
        ///     slice (64) │ slice − hour (40) │ journey (8) │ kind (8) │ traffic (7) │ 1
        @inline(__always)
        fileprivate var packed: UInt128 {
            let age = UInt64(truncatingIfNeeded: slice &- key.hour) << 24
            let words = UInt64(journey.rawValue) << 16 | UInt64(key.kind.rawValue) << 8
            let low = age | words | UInt64(key.traffic.rawValue) << 1 | 1
            return UInt128(UInt64(bitPattern: slice)) << 64 | UInt128(low)
        }
    }

    /// What is counted at a place.
    struct Entry: Sendable {
        var place: Place
        var totals = ImpactTotals()
        var actors = ActorTotals()
        /// How many attempts agree in all dimensions at once, by `Breakdown.packed`.
        var breakdowns = OpenTable<UInt128, UInt64>()
    }

    private(set) var entries: [Entry] = []
    private var index = OpenTable<UInt128, Int>()

    /// Counts a matured attempt that is not noise.
    mutating func add(_ attempt: Attempt, slice: Int64, hour: Int64) {
        let traffic: TrafficClass =
            !attempt.isSuspect ? .genuine : attempt.isFamiliarLooking ? .familiarSuspect : .suspect
        let place = Place(
            slice: slice, journey: attempt.journey,
            key: CellKey(hour: hour, kind: attempt.actorKind, traffic: traffic))
        let (at, isNew) = index.place(of: place.packed, orInsert: entries.count)
        if isNew { entries.append(Entry(place: place)) }
        entries[index[at: at]].add(attempt)
    }

    /// Takes the entries of the slices up to `slice` out.
    mutating func take(through slice: Int64) -> [Entry] {
        let taken = entries.filter { $0.place.slice <= slice }
        if taken.isEmpty { return [] }
        entries.removeAll { $0.place.slice <= slice }
        index.removeAll(keepingCapacity: true)
        for (number, entry) in entries.enumerated() { index[entry.place.packed] = number }
        return taken
    }
}

extension AttemptCounts.Entry {
    fileprivate mutating func add(_ attempt: Attempt) {
        totals.add(attempt)
        actors.add(attempt, isMatured: true)
        breakdowns.update(Breakdown(attempt).packed, default: 0) { $0 += 1 }
    }

    /// Adds what was counted to the cell of its place; the breakdowns where `texts` are given.
    func fold(into cell: inout ImpactCell, texts: BreakdownTexts?) {
        cell.totals[place.key, default: ImpactTotals()].merge(totals)
        // The step of an event of an MFA-only source is settled only with its attempt.
        for (step, count) in totals.steps.enumerated() where count > 0 {
            cell.stepsShown |= 1 << UInt16(step)
        }
        let key = CellKey(hour: place.key.hour, kind: place.key.kind, traffic: .genuine)
        cell.actors[key, default: ActorTotals()].merge(actors)
        guard let texts else { return }
        breakdowns.forEach { packed, amount in
            Breakdown(packed: packed).unfold(place.key, amount, texts, into: &cell.marginals)
        }
    }
}

/// All dimensions of an attempt at once; unfolded into marginals when a cell is closed.
struct Breakdown: Sendable {
    var result: Int
    var client: UInt32
    var segments: UInt32
    var dialect: UInt32
    var userAgentClass: UserAgentClass
    var method: AuthMethod

    @inline(__always)
    init(_ attempt: Attempt) {
        result = attempt.result.rawValue
        client = attempt.client
        segments = attempt.segments
        dialect = attempt.dialect
        userAgentClass = attempt.userAgentClass
        method = attempt.method
    }

    /// The breakdown in 128 bits, never 0.
    ///
    ///     client (32) │ segments (32) │ dialect (32) │ method (8) │ user agent (8) │ result (8) │ 1
    @inline(__always)
    var packed: UInt128 {
        let words = UInt64(method.rawValue) << 24 | UInt64(userAgentClass.rawValue) << 16
        let low = UInt64(dialect) << 32 | words | UInt64(result) << 8 | 1
        return UInt128(UInt64(client) << 32 | UInt64(segments)) << 64 | UInt128(low)
    }

    init(packed: UInt128) {
        let low = UInt64(truncatingIfNeeded: packed)
        client = UInt32(truncatingIfNeeded: packed >> 96)
        segments = UInt32(truncatingIfNeeded: packed >> 64)
        dialect = UInt32(truncatingIfNeeded: low >> 32)
        method = AuthMethod(rawValue: UInt8(truncatingIfNeeded: low >> 24)) ?? .none
        userAgentClass = UserAgentClass(rawValue: UInt8(truncatingIfNeeded: low >> 16)) ?? .none
        result = Int(UInt8(truncatingIfNeeded: low >> 8))
    }

    func unfold(_ cell: CellKey, _ amount: UInt64, _ texts: BreakdownTexts, into marginals: inout Marginals) {
        func add(_ dimension: Dimension, _ value: String) {
            if value.isEmpty { return }
            let key = MarginalKey(cell: cell, dimension: dimension, value: value)
            marginals.add(key, result: result, amount)
        }
        add(.client, texts.words[Int(client)])
        add(.dialect, texts.words[Int(dialect)])
        add(.userAgentClass, userAgentClass.word)
        add(.method, method.word)
        // By bytes: a mark that combines with a separator does not hide it.
        for label in texts.words[Int(segments)].utf8.split(separator: UInt8(ascii: ";")) {
            add(.segment, String(Substring(label)))
        }
    }
}

/// The texts that the numbers of breakdowns stand for.
struct BreakdownTexts {
    let words: [String]

    init(_ texts: StringTable) { words = (0..<UInt32(texts.count)).map { texts[$0] } }
}
