import IdentityModel

/// How a rule set treats people who are known from where they come.
public struct Familiarity: Sendable, Equatable {
    /// So many guesses of one familiar actor at one origin …
    public var staleEvents: Int
    /// … within this time, in µs, are an old password that a program keeps trying.
    public var staleTimespan: Int64

    public init(staleEvents: Int = 5, staleTimespan: Int64 = Timestamp.hour) {
        self.staleEvents = staleEvents
        self.staleTimespan = staleTimespan
    }

    /// How far back an unmarked login makes familiar.
    public static let lookBack = 30 * Timestamp.day
    /// With less history than this before a period, who is familiar is not known yet.
    public static let thinHistory = 7 * Timestamp.day
}

/// When actors completed unmarked logins from an origin or on a device.
///
/// Answers for any moment that lies at most `reach` before the newest login entered: it keeps, per
/// pair, the logins of the last `reach` and the newest before them.
struct FamiliarMemory: Sendable {
    private struct Entry: Sendable {
        var newest: Int64
        /// The one before; `Int64.min` is none.
        var previous: Int64
        /// Where still older ones lie; −1 is nowhere.
        var older: Int32
    }

    private let reach: Int64
    private var entries = OpenTable<UInt128, Entry>()
    /// Ascending times.
    private var lists: [[Int64]] = []
    private var freeLists: [Int32] = []
    private var nextSweep = Int64.min

    init(reach: Int64) { self.reach = reach }

    /// The pair of an actor with an origin; 0 where one is missing.
    @inline(__always)
    static func pair(_ actor: UInt128, origin: UInt128) -> UInt128 {
        actor == 0 || origin == 0 ? 0 : GroupKey.spread(GroupKey.spread(origin) ^ actor)
    }

    /// The pair of an actor with a device; 0 where one is missing.
    @inline(__always)
    static func pair(_ actor: UInt128, device: UInt64) -> UInt128 {
        if actor == 0 || device == 0 { return 0 }
        // No origin has the highest bits set like this: /64 networks end in 64 zero bits.
        return GroupKey.spread(GroupKey.spread(UInt128(device) | UInt128(0xDE) << 120 | 1 << 119) ^ actor)
    }

    /// Whether `row`'s actor is known from its origin or device at `moment`.
    @inline(__always)
    func knows(_ row: SignalRow, at moment: Int64) -> Bool {
        knows(Self.pair(row.actor, origin: row.origin), at: moment)
            || knows(Self.pair(row.actor, device: row.device), at: moment)
    }

    /// Whether one of what `novelty` names is known of `row`, or nothing of it is in the record.
    func isNothingNew(_ novelty: Novelty, _ row: SignalRow, at moment: Int64) -> Bool {
        let origin = novelty.contains(.origin) ? Self.pair(row.actor, origin: row.origin) : 0
        let device = novelty.contains(.device) ? Self.pair(row.actor, device: row.device) : 0
        if origin == 0, device == 0 { return true }
        return knows(origin, at: moment) || knows(device, at: moment)
    }

    /// Whether `pair` has a login in (moment − 30 d, moment].
    @inline(__always)
    private func knows(_ pair: UInt128, at moment: Int64) -> Bool {
        guard let place = entries.place(of: pair) else { return false }
        let entry = entries[at: place]
        let last: Int64
        if entry.newest <= moment {
            last = entry.newest
        } else if entry.previous <= moment {
            last = entry.previous
        } else {
            last = older(entry, atOrBefore: moment)
        }
        return last != .min && last > moment - Familiarity.lookBack
    }

    @inline(never)
    private func older(_ entry: Entry, atOrBefore moment: Int64) -> Int64 {
        guard entry.older >= 0 else { return .min }
        let list = lists[Int(entry.older)]
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle] <= moment { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? .min : list[low - 1]
    }

    /// Enters an unmarked login; logins come in order of time.
    mutating func enter(_ row: SignalRow) {
        enter(Self.pair(row.actor, origin: row.origin), row.at)
        enter(Self.pair(row.actor, device: row.device), row.at)
        if row.at >= nextSweep { sweep(row.at) }
    }

    private mutating func enter(_ pair: UInt128, _ at: Int64) {
        if pair == 0 { return }
        let fresh = Entry(newest: at, previous: .min, older: -1)
        let (place, isNew) = entries.place(of: pair, orInsert: fresh)
        if isNew { return }
        var entry = entries[at: place]
        if entry.newest == at { return }
        if entry.newest <= at - reach {
            // All that is older can no longer be asked for.
            release(entry.older)
            entry.older = -1
        } else if entry.previous != .min {
            entry.older = push(entry.previous, to: entry.older, horizon: at - reach)
        }
        entry.previous = entry.newest
        entry.newest = at
        entries[at: place] = entry
    }

    private mutating func push(_ at: Int64, to list: Int32, horizon: Int64) -> Int32 {
        var list = list
        if list < 0 {
            list = freeLists.popLast() ?? Int32(lists.count)
            if Int(list) == lists.count { lists.append([]) }
        }
        lists[Int(list)].append(at)
        let count = lists[Int(list)].count
        if count >= 64, count & (count - 1) == 0 {
            let gone = lists[Int(list)].firstIndex { $0 > horizon } ?? count
            if gone > 1 { lists[Int(list)].removeFirst(gone - 1) }
        }
        return list
    }

    private mutating func release(_ list: Int32) {
        if list < 0 { return }
        lists[Int(list)].removeAll()
        freeLists.append(list)
    }

    /// Once per day of log time, forgets pairs that nobody can be familiar by any more.
    private mutating func sweep(_ at: Int64) {
        nextSweep = (at.floorDivided(by: Timestamp.day) + 1) * Timestamp.day
        let horizon = at - reach - Familiarity.lookBack
        var gone: [Int32] = []
        entries.removeAll { _, entry in
            if entry.newest > horizon { return false }
            gone.append(entry.older)
            return true
        }
        for list in gone { release(list) }
    }

    /// What is remembered for moments from `moment` on, by pair.
    func remembered(from moment: Int64) -> [(pair: UInt128, times: [Int64])] {
        var all: [(pair: UInt128, times: [Int64])] = []
        entries.forEach { pair, entry in
            var times = entry.older < 0 ? [] : lists[Int(entry.older)]
            if entry.previous != .min { times.append(entry.previous) }
            times.append(entry.newest)
            let first = times.lastIndex { $0 <= moment } ?? 0
            var kept = Array(times[first...])
            if let oldest = kept.first, oldest <= moment - Familiarity.lookBack { kept.removeFirst() }
            if !kept.isEmpty { all.append((pair, kept)) }
        }
        return all.sorted { $0.pair < $1.pair }
    }

    /// Takes back what `remembered` gave.
    mutating func restore(_ pair: UInt128, _ times: [Int64]) {
        for at in times { enter(pair, at) }
    }
}
