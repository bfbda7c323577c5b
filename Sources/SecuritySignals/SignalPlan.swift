import IdentityModel

/// What a set of rules compiles to, once: which rules share a table, and in which order they are asked.
///
/// Every rule has a **lag**: it is asked about the instant t when the clock stands at t − lag. With
/// the memory of familiar people a rule's lag is its timespan, so that the clock stands at the
/// beginning of the window: who is familiar by then hangs only on firings whose windows began
/// earlier, and those are known. Without it no rule lags. A rule that requires others lags no more
/// than they do.
final class SignalPlan: Sendable {
    /// Rules that are asked at the same clock.
    struct LagClass: Sendable {
        let lag: Int64
        let families: [Int]
        let mask: UInt64
    }

    /// Events that count only where something is new to the actor.
    struct NoveltyTest: Sendable {
        let lanes: Lanes
        let novelty: Novelty
        let timespan: Int64
        /// The rule's bit.
        let rule: UInt64
    }

    /// What the machine looks at of a family for every row.
    struct Gate: Sendable, BitwiseCopyable {
        let key: KeyRecipe
        let mask: UInt64
        let requiring: UInt64
        let valueMask: UInt64
        let valueCount: Int
        let isTravel: Bool
    }

    let rules: [SignalRule]
    let familiarity: Familiarity?
    let filter: EventFilter
    let parts: [SelectionPart]
    /// Fields beside those that every row has.
    let extras: [SignalField]
    /// Whether coordinates lie behind the extras.
    let hasCoordinates: Bool
    let keys: [GroupKey]
    let families: [FamilyPlan]
    let gates: [Gate]
    /// By descending lag.
    let classes: [LagClass]
    /// By class: its rules, and its lag.
    let classMasks: [UInt64]
    let classLags: [Int64]
    let lagMax: Int64
    let timespanMax: Int64
    /// Rules that are required by each rule.
    let required: [[Int]]
    /// Rules that some rule requires.
    let requiredMask: UInt64
    /// How many rules stand before a rule in the longest chain of `requires`.
    let depths: [Int]
    /// Rules whose marks decide who is familiar.
    let deciding: UInt64
    let byOrigin: UInt64
    let novelties: [NoveltyTest]
    /// Rules that have one of them.
    let askingNovelty: UInt64
    /// Where each rule's groups are, and its place among that family's rules.
    let familyOfRule: [Int]
    let localOfRule: [Int]

    /// How many values lie beside a row.
    var extraCount: Int { extras.count + (hasCoordinates ? 1 : 0) }

    init(rules: [SignalRule], catalog: JourneyCatalog, familiarity: Familiarity?) {
        let rules = Array(rules.prefix(64))
        self.rules = rules
        self.familiarity = familiarity
        parts = Self.parts(rules)
        filter = EventFilter(rules: rules, parts: parts, catalog: catalog)
        let asked = rules.flatMap { rule in rule.groupBy + rule.conditions.compactMap(\.field) }
        let held: Set<SignalField> = [.actor, .origin, .origin48, .address, .device]
        let extras = Set(asked).subtracting(held).sorted()
        self.extras = extras
        hasCoordinates = rules.contains { $0.kind == .travel }
        required = rules.map { rule in
            rule.requires.compactMap { name in rules.firstIndex { $0.name == name } }
        }
        requiredMask = required.joined().reduce(0) { $0 | 1 << UInt64($1) }
        let order = Requirements(required)
        depths = order.depths
        let lags = order.lags(rules, isLagging: familiarity != nil)
        deciding = order.deciding(rules, lags)
        byOrigin = Self.mask(rules) { $0.isKeyedByOrigin }
        lagMax = lags.max() ?? 0
        timespanMax = rules.map(\.timespan).max() ?? 0
        novelties = Self.novelties(rules, parts)
        askingNovelty = Self.mask(rules) { $0.selections.contains { !$0.match.newToActor.isEmpty } }

        var plans: [FamilyPlan] = []
        for (index, rule) in rules.enumerated() {
            let fields = Array(Set(rule.groupBy)).sorted()
            let isTravel = rule.kind == .travel
            if let place = plans.firstIndex(where: {
                $0.key.fields == fields && $0.lag == lags[index] && !$0.isTravel && !isTravel
            }) {
                plans[place].members.append(index)
            } else {
                let key = GroupKey(fields, extras: extras)
                plans.append(FamilyPlan(key: key, lag: lags[index], isTravel: isTravel, members: [index]))
            }
        }
        for place in plans.indices {
            plans[place].compile(rules, parts, extras, isFamiliar: familiarity != nil)
        }
        families = plans
        keys = plans.map(\.key)
        gates = plans.map {
            Gate(
                key: $0.key.recipe, mask: $0.mask, requiring: $0.requiring, valueMask: $0.valueMask,
                valueCount: $0.values.count, isTravel: $0.isTravel)
        }
        familyOfRule = rules.indices.map { rule in plans.firstIndex { $0.members.contains(rule) } ?? 0 }
        localOfRule = rules.indices.map { rule in
            plans.lazy.compactMap { $0.members.firstIndex(of: rule) }.first ?? 0
        }
        classes = Set(lags).sorted(by: >).map { lag in
            let own = plans.indices.filter { plans[$0].lag == lag }
            return LagClass(lag: lag, families: own, mask: own.reduce(0) { $0 | plans[$1].mask })
        }
        classMasks = classes.map(\.mask)
        classLags = classes.map(\.lag)
    }

    private static func parts(_ rules: [SignalRule]) -> [SelectionPart] {
        let all = rules.indices.filter { rules[$0].selections.count > 1 }.flatMap { rule in
            rules[rule].selections.indices.map { SelectionPart(rule: rule, selection: $0) }
        }
        return Array(all.prefix(64))
    }

    private static func mask(_ rules: [SignalRule], _ holds: (SignalRule) -> Bool) -> UInt64 {
        rules.indices.reduce(0) { holds(rules[$1]) ? $0 | 1 << UInt64($1) : $0 }
    }

    private static func novelties(_ rules: [SignalRule], _ parts: [SelectionPart]) -> [NoveltyTest] {
        var tests: [NoveltyTest] = []
        for (index, rule) in rules.enumerated() {
            let mask: UInt64 = 1 << UInt64(index)
            for (place, selection) in rule.selections.enumerated() where !selection.match.newToActor.isEmpty {
                var lanes = Lanes()
                if rule.selections.count == 1 {
                    lanes.match = mask
                    lanes.mark = rule.marks == .matching ? mask : 0
                }
                for (lane, part) in parts.enumerated() where part.rule == index && part.selection == place {
                    lanes.part = 1 << UInt64(lane)
                }
                tests.append(
                    NoveltyTest(
                        lanes: lanes, novelty: selection.match.newToActor, timespan: rule.timespan, rule: mask
                    ))
            }
        }
        return tests
    }
}

extension Condition {
    /// The field whose values are counted.
    var field: SignalField? {
        switch measure {
        case .distinct(let field), .eventsPer(let field): field
        case .shareOfActors: .actor
        case .events, .share: nil
        }
    }
}

/// The order that `requires` gives rules.
struct Requirements {
    private let required: [[Int]]
    /// How many rules stand before each in its longest chain.
    let depths: [Int]
    /// A rule that requires itself in the end, if there is one.
    let cycle: Int?

    init(_ required: [[Int]]) {
        self.required = required
        var depths = [Int](repeating: 0, count: required.count)
        var cycle: Int?
        // A chain without a cycle is no longer than there are rules.
        for round in 0...required.count {
            var isChanged = false
            for (rule, before) in required.enumerated() {
                let depth = before.map { depths[$0] + 1 }.max() ?? 0
                if depth > depths[rule] {
                    depths[rule] = depth
                    isChanged = true
                    if round == required.count { cycle = cycle ?? rule }
                }
            }
            if !isChanged { break }
        }
        self.depths = cycle == nil ? depths : depths.map { min($0, required.count) }
        self.cycle = cycle
    }

    private var ordered: [Int] { depths.indices.sorted { depths[$0] < depths[$1] } }

    func lags(_ rules: [SignalRule], isLagging: Bool) -> [Int64] {
        var lags = rules.map { isLagging ? $0.timespan : 0 }
        for rule in ordered {
            for before in required[rule] { lags[rule] = min(lags[rule], lags[before]) }
        }
        return lags
    }

    /// Rules that are asked as soon as their window's beginning is reached, and so are those they require.
    func deciding(_ rules: [SignalRule], _ lags: [Int64]) -> UInt64 {
        var mask: UInt64 = 0
        for rule in ordered where lags[rule] == rules[rule].timespan {
            if required[rule].allSatisfy({ mask >> UInt64($0) & 1 == 1 }) { mask |= 1 << UInt64(rule) }
        }
        return mask
    }
}
