import Attempts
import IdentityModel

/// Where rules fired, as runs of firings per rule and group, and what that marks.
///
///     firings      f₁   f₂ f₃                       f₄
///     group     (──────────────)                 (──────)      (f − timespan, f + timespan)
///     matching  (──────────]                     (──]          (f − timespan, f]
///     runs      f₁ … f₃                          f₄ … f₄
public struct FiringIndex: Sendable {
    /// Runs of one rule and group, in order of time.
    private struct Span: Sendable {
        var rule: Int
        var begin: Int
        var end: Int
    }

    private struct Times: Sendable {
        var first: Int64
        var last: Int64
        /// Its place among `runs`.
        var run: Int32
    }

    /// All runs, in canonical order.
    public let runs: [FiringRun]

    let plan: SignalPlan
    private var times: [Times] = []
    private var spans: [Span] = []
    /// By family: the spans of a group.
    private var groups: [OpenTable<UInt128, Range<Int32>>]
    private var firedRules: UInt64 = 0
    /// Families with a firing, and whether one of their keys or rules looks beside the rows.
    private var firedFamilies: [Int] = []
    private(set) var needsExtras = false
    /// By rule: the interval outside which nothing is marked, open at both ends.
    private var bounds: [(after: Int64, before: Int64)]

    /// What the firings of stored slices mark.
    ///
    /// Cost: that of the runs, where the set was read with `catalog`: its rules are compiled once.
    public init(_ set: RuleSet, catalog: JourneyCatalog, slices: [SliceFirings]) {
        self.init(set.plan(for: catalog), runs: slices.flatMap(\.runs))
    }

    init(_ plan: SignalPlan, runs found: [FiringRun]) {
        self.plan = plan
        runs = FiringRun.joined(found.filter { $0.rule < plan.rules.count }, plan.rules)
        groups = plan.families.map { _ in OpenTable() }
        bounds = plan.rules.map { _ in (.max, .min) }
        var byKey: [(family: Int, key: UInt128, run: Int)] = []
        for (index, run) in runs.enumerated() {
            let family = plan.familyOfRule[run.rule]
            byKey.append((family, plan.keys[family].key(run.group), index))
        }
        byKey.sort { ($0.family, $0.key, $0.run) < ($1.family, $1.key, $1.run) }
        var index = 0
        while index < byKey.count {
            let (family, key, _) = byKey[index]
            let first = spans.count
            while index < byKey.count, byKey[index].family == family, byKey[index].key == key {
                enter(byKey[index].run, isNew: spans.count == first)
                index += 1
            }
            groups[family][key] = Int32(first)..<Int32(spans.count)
            if firedFamilies.last != family { firedFamilies.append(family) }
        }
        needsExtras = firedFamilies.contains { plan.keys[$0].isOfExtras }
    }

    private mutating func enter(_ place: Int, isNew: Bool) {
        let run = runs[place]
        times.append(Times(first: run.first, last: run.last, run: Int32(place)))
        if !isNew, spans[spans.count - 1].rule == run.rule {
            spans[spans.count - 1].end += 1
        } else {
            spans.append(Span(rule: run.rule, begin: times.count - 1, end: times.count))
        }
        firedRules |= 1 << UInt64(run.rule)
        let rule = plan.rules[run.rule]
        let end = rule.marks == .group ? run.last + rule.timespan : run.last + 1
        bounds[run.rule] = (
            min(bounds[run.rule].after, run.first - rule.timespan), max(bounds[run.rule].before, end)
        )
    }

    /// The signals that mark event `index` of `batch`, familiar people not being looked at: of a set
    /// with familiarity, and of sources without origins, ask a `MarkReader`.
    public func marks(_ batch: borrowing EventBatch, _ index: Int) -> SignalSet {
        if firedRules == 0 { return [] }
        var memory = plan.filter.memory(for: batch)
        let lanes = plan.filter.lanes(batch, index, &memory)
        if lanes.mark & firedRules == 0 { return [] }
        var reader = RowReader(plan, hiddenSources: [])
        reader.begin(batch)
        var extras: [UInt128] = []
        reader.appendExtras(batch, index, to: &extras)
        return SignalSet(rawValue: covering(reader.row(batch, index, lanes), extras))
    }

    /// The rules that may mark anything.
    @inline(__always)
    var fired: UInt64 { firedRules }

    /// A bit per rule one of whose intervals holds the row, whose group it is of, and which may mark it.
    @inline(__always)
    func covering(_ row: SignalRow, _ extras: [UInt128]) -> UInt64 {
        var open = row.lanes.mark & firedRules
        var rest = open
        while rest != 0 {
            let rule = rest.trailingZeroBitCount
            rest &= rest - 1
            if row.at <= bounds[rule].after || row.at >= bounds[rule].before { open &= ~(1 << UInt64(rule)) }
        }
        if open == 0 { return 0 }
        var marked: UInt64 = 0
        for family in firedFamilies where open & plan.gates[family].mask != 0 {
            let recipe = plan.gates[family].key
            let key = recipe.count <= 2 ? recipe.key(row, extras, 0) : plan.keys[family].key(row, extras, 0)
            guard key != 0, let range = groups[family][key] else { continue }
            for place in range {
                let span = spans[Int(place)]
                let bit: UInt64 = 1 << UInt64(span.rule)
                if open & bit != 0, covers(span, row.at) { marked |= bit }
            }
        }
        return marked
    }

    /// The runs whose intervals hold the row, of the rules in `marked`.
    func runs(covering row: SignalRow, _ extras: [UInt128], of marked: UInt64) -> [Int] {
        var found: [Int] = []
        for family in firedFamilies where marked & plan.gates[family].mask != 0 {
            let key = plan.keys[family].key(row, extras, 0)
            guard key != 0, let range = groups[family][key] else { continue }
            for place in range {
                let span = spans[Int(place)]
                guard marked >> UInt64(span.rule) & 1 == 1, let run = run(of: span, holding: row.at) else { continue }
                found.append(Int(times[run].run))
            }
        }
        return found
    }

    private func covers(_ span: Span, _ at: Int64) -> Bool { run(of: span, holding: at) != nil }

    /// The run of `span` whose interval holds the moment `at`.
    @inline(__always)
    private func run(of span: Span, holding at: Int64) -> Int? {
        let timespan = plan.rules[span.rule].timespan
        // The last run that begins before `at` is the only one that can hold it.
        var low = span.begin
        var high = span.end
        while low < high {
            let middle = (low + high) / 2
            if times[middle].first - timespan < at { low = middle + 1 } else { high = middle }
        }
        guard low > span.begin else { return nil }
        let last = times[low - 1].last
        switch plan.rules[span.rule].marks {
        case .matching: return at <= last ? low - 1 : nil
        case .group: return at < last + timespan ? low - 1 : nil
        }
    }
}
