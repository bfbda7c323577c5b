import Attempts
import IdentityModel

/// Where rules fired, as runs of firings per rule and group, and what that marks.
///
///     firings      f₁   f₂ f₃                       f₄
///     group     (──────────────)                 (──────)      (f − timespan, f + timespan)
///     matching  (──────────]                     (──]          (f − timespan, f]
///     runs      f₁ … f₃                          f₄ … f₄
public struct FiringIndex: Sendable {
    /// Firings whose intervals overlap: the first and the last.
    public struct Run: Sendable, Equatable {
        public var first: Int64
        public var last: Int64
    }

    private let rules: [RuleGrouping]
    private let classes: EventClassTable
    private var runs: [[UInt128: [Run]]]
    private var firedRules: UInt64 = 0

    init(rules: [SignalRule], classes: EventClassTable) {
        self.rules = rules.map(RuleGrouping.init)
        self.classes = classes
        runs = Array(repeating: [:], count: rules.count)
    }

    /// Enters a firing; firings of a group come in order of time.
    mutating func record(rule: Int, key: UInt128, at: Int64) {
        firedRules |= 1 << UInt64(rule)
        var own = runs[rule].removeValue(forKey: key) ?? []
        if let last = own.last, joins(rule, last.last, at) {
            own[own.count - 1].last = at
        } else {
            own.append(Run(first: at, last: at))
        }
        runs[rule][key] = own
    }

    /// Whether the intervals of two firings overlap, so that their union is one interval.
    private func joins(_ rule: Int, _ earlier: Int64, _ later: Int64) -> Bool {
        switch rules[rule].marks {
        case .matching: later - earlier <= rules[rule].timespan
        case .group: later - earlier < 2 * rules[rule].timespan
        }
    }

    /// The signals that mark event `index` of `batch`.
    @inline(__always)
    public func marks(_ batch: borrowing EventBatch, _ index: Int) -> SignalSet {
        if firedRules == 0 { return [] }
        let place = classes.index(
            journey: batch.journey[index], step: batch.step[index], outcome: batch.outcome[index],
            reason: batch.reason[index])
        var rest = classes.markable[place] & firedRules
        if rest == 0 { return [] }
        let name = batch.name[index]
        let actor = name != 0 ? name : batch.subject[index]
        let origin = NetworkAddress(rawValue: batch.address[index]).origin
        var marked: UInt64 = 0
        while rest != 0 {
            let bit = rest.trailingZeroBitCount
            rest &= rest - 1
            let key = rules[bit].group(actor: actor, origin: origin)
            if key != 0, covers(bit, key, batch.at[index]) { marked |= 1 << UInt64(bit) }
        }
        return SignalSet(rawValue: marked)
    }

    private func covers(_ rule: Int, _ key: UInt128, _ at: Int64) -> Bool {
        guard let own = runs[rule][key] else { return false }
        let timespan = rules[rule].timespan
        // The last run that begins before `at` is the only one that can hold it.
        var low = 0
        var high = own.count
        while low < high {
            let middle = (low + high) / 2
            if own[middle].first - timespan < at { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return false }
        let last = own[low - 1].last
        switch rules[rule].marks {
        case .matching: return at <= last
        case .group: return at < last + timespan
        }
    }
}
