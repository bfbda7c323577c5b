import IdentityModel

/// Firings of one rule and group whose intervals overlap: the first and the last.
public struct FiringRun: Sendable, Equatable {
    /// The rule's place in its set.
    public var rule: Int
    /// The values that make the group, in the order of `SignalField`.
    public var group: [UInt128]
    public var first: Int64
    public var last: Int64

    public init(rule: Int, group: [UInt128], first: Int64, last: Int64) {
        self.rule = rule
        self.group = group
        self.first = first
        self.last = last
    }

    /// By rule, group and time.
    static func precedes(_ a: FiringRun, _ b: FiringRun) -> Bool {
        if a.rule != b.rule { return a.rule < b.rule }
        if a.group != b.group { return a.group.lexicographicallyPrecedes(b.group) }
        return (a.first, a.last) < (b.first, b.last)
    }

    /// Runs in order, those whose intervals overlap joined into one.
    static func joined(_ runs: [FiringRun], _ rules: [SignalRule]) -> [FiringRun] {
        var joined: [FiringRun] = []
        for run in runs.sorted(by: precedes) {
            if let last = joined.last, last.rule == run.rule, last.group == run.group,
                rules[run.rule].joins(last.last, run.first)
            {
                joined[joined.count - 1].last = max(last.last, run.last)
            } else {
                joined.append(run)
            }
        }
        return joined
    }
}

extension SignalRule {
    /// Whether the intervals of two firings overlap, so that their union is one interval.
    @inline(__always)
    func joins(_ earlier: Int64, _ later: Int64) -> Bool {
        switch marks {
        case .matching: later - earlier <= timespan
        case .group: later - earlier < 2 * timespan
        }
    }
}

/// Where rules fired in one slice, in the form that is stored.
///
/// A run ends with its slice: the union over slices is the whole.
public struct SliceFirings: Sendable, Equatable {
    public var slice: Int64
    /// In canonical order.
    public var runs: [FiringRun]

    public init(slice: Int64, runs: [FiringRun]) {
        self.slice = slice
        self.runs = runs
    }

    private static let version: UInt8 = 1

    /// The same runs give the same bytes.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(Self.version)
        writer.count(runs.count)
        let start = slice * Timestamp.hour
        for run in runs {
            writer.count(run.rule)
            writer.count(run.group.count)
            for value in run.group { writer.wide(value) }
            writer.signed(run.first - start)
            writer.signed(run.last - run.first)
        }
        return writer.bytes
    }

    /// Reads what `encoded` gave.
    ///
    /// - Throws: `SignalStateError` where the bytes are damaged or of another set of rules.
    public init(slice: Int64, encoded: [UInt8], rules: [SignalRule]) throws {
        self.init(slice: slice, runs: [])
        do {
            var reader = ByteReader(encoded)
            guard try reader.byte() == Self.version else { throw reader.malformed }
            let start = slice &* Timestamp.hour
            for _ in 0..<(try reader.count(ofWidth: 4)) {
                let rule = try reader.count()
                let width = try reader.count(ofWidth: 16)
                guard rule < rules.count, width == Set(rules[rule].groupBy).count else {
                    throw reader.malformed
                }
                var group: [UInt128] = []
                for _ in 0..<width { group.append(try reader.wide()) }
                let (first, firstOverflows) = start.addingReportingOverflow(try reader.signed())
                let (last, lastOverflows) = first.addingReportingOverflow(try reader.signed())
                guard !firstOverflows, !lastOverflows, first <= last, Timestamp.slice(first) == slice,
                    Timestamp.slice(last) == slice
                else { throw reader.malformed }
                runs.append(FiringRun(rule: rule, group: group, first: first, last: last))
            }
            guard reader.isAtEnd else { throw reader.malformed }
        } catch let error as ByteReader.Malformed {
            throw SignalStateError.damagedFirings(slice: slice, offset: error.offset)
        }
    }
}

/// Why stored firings or a stored state cannot be used.
public enum SignalStateError: Error, Equatable, CustomStringConvertible {
    case damagedFirings(slice: Int64, offset: Int)
    case damagedCarry(offset: Int)
    /// The state was made by other rules, or by another version of the machine.
    case otherRules

    public var description: String {
        switch self {
        case .damagedFirings(let slice, let offset):
            "signals: the stored firings of \(Timestamp.secondsText(slice &* Timestamp.hour)) are damaged"
                + " at byte \(offset); rescore"
        case .damagedCarry(let offset): "signals: the stored state is damaged at byte \(offset); rescore"
        case .otherRules: "signals: the stored state was made by other rules; rescore"
        }
    }
}

/// Firings in the order in which they were found, not yet handed over.
struct FiringLog: Sendable {
    private(set) var runs: [FiringRun] = []
    /// The number of the first run that is still here.
    private var base = 0

    /// Enters a firing: into `run`, where that is of the same slice and overlaps, or as a new run.
    ///
    /// - Returns: the number of the run it is in.
    mutating func enter(rule: Int, at: Int64, run: Int, joins: Bool, group: () -> [UInt128]) -> Int {
        if run >= base, joins {
            let last = runs[run - base].last
            if Timestamp.slice(last) == Timestamp.slice(at) {
                runs[run - base].last = max(last, at)
                return run
            }
        }
        runs.append(FiringRun(rule: rule, group: group(), first: at, last: at))
        return base + runs.count - 1
    }

    mutating func restore(_ run: FiringRun) { runs.append(run) }

    /// All runs in canonical order, none longer than its slice.
    func canonical(_ rules: [SignalRule]) -> [FiringRun] {
        Dictionary(grouping: runs) { Timestamp.slice($0.first) }.sorted { $0.key < $1.key }
            .flatMap { FiringRun.joined($0.value, rules) }
    }

    /// Hands over the runs of slices up to `slice`, in order of slice.
    mutating func take(through slice: Int64, _ rules: [SignalRule]) -> [SliceFirings] {
        var taken: [Int64: [FiringRun]] = [:]
        var kept: [FiringRun] = []
        for run in runs {
            let own = Timestamp.slice(run.first)
            if own <= slice { taken[own, default: []].append(run) } else { kept.append(run) }
        }
        // Runs are known by number: numbers of before must not mean those that stay.
        base += runs.count
        runs = kept
        return taken.keys.sorted().map {
            SliceFirings(slice: $0, runs: FiringRun.joined(taken[$0] ?? [], rules))
        }
    }
}

/// When rules that others require fired, by rule and group.
struct FiringTimes: Sendable {
    private var places = OpenTable<UInt128, UInt32>()
    private var keys: [UInt128] = []
    private var times: [[Int64]] = []
    private let reach: Int64

    var isEmpty: Bool { times.isEmpty }

    init(reach: Int64) { self.reach = reach }

    private static func key(_ rule: Int, _ group: UInt128) -> UInt128 {
        let key = GroupKey.spread(group &+ UInt128(rule + 1) << 96)
        return key == 0 ? 1 : key
    }

    /// Enters a firing; those of one group come in order of time.
    mutating func enter(_ rule: Int, _ group: UInt128, at: Int64) { enter(Self.key(rule, group), at) }

    private mutating func enter(_ key: UInt128, _ at: Int64) {
        let (place, isNew) = places.place(of: key, orInsert: UInt32(times.count))
        if isNew {
            keys.append(key)
            times.append([at])
            return
        }
        let index = Int(places[at: place])
        times[index].append(at)
        if times[index].count >= 64, times[index].count & (times[index].count - 1) == 0 {
            times[index].removeAll { $0 <= at - 2 * reach }
        }
    }

    /// Whether the rule fired for the group in (after, through].
    func contains(_ rule: Int, _ group: UInt128, after: Int64, through: Int64) -> Bool {
        guard let index = places[Self.key(rule, group)] else { return false }
        let own = times[Int(index)]
        var low = 0
        var high = own.count
        while low < high {
            let middle = (low + high) / 2
            if own[middle] <= through { low = middle + 1 } else { high = middle }
        }
        return low > 0 && own[low - 1] > after
    }

    /// Firings after `moment`, in order of their keys.
    func stored(after moment: Int64) -> [(key: UInt128, times: [Int64])] {
        keys.indices.map { (keys[$0], times[$0].filter { $0 > moment }) }
            .filter { !$0.1.isEmpty }.sorted { $0.0 < $1.0 }
    }

    mutating func restore(_ key: UInt128, _ times: [Int64]) {
        for at in times { enter(key, at) }
    }

    /// Forgets groups without a firing after `moment`.
    mutating func sweep(upTo moment: Int64) {
        let kept = stored(after: moment)
        places.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        times.removeAll(keepingCapacity: true)
        for (key, own) in kept { restore(key, own) }
    }
}
