import IdentityModel

/// An event as one rule sees it.
public struct RuleSight: Sendable {
    public var at: Int64
    /// The number of its group.
    public var group: UInt128
    public var isMatch: Bool
    /// Whether a share is taken beside it.
    public var isBeside: Bool
    /// By selection of a temporal rule: whether it takes the event.
    public var selections: [Bool]
    /// By condition: the value that is counted as distinct; 0 where there is none, and of familiar people.
    public var values: [UInt128]
    /// Whether the rule knows its actor from this origin or device.
    public var isFamiliar: Bool
}

extension MarkReader {
    /// How the rule at `index` of the set sees event `event` of the batch that was begun; nil where it
    /// does not, or where the event is of no group. Ask after `marks` of the same event.
    public mutating func sight(of index: Int, _ batch: borrowing EventBatch, _ event: Int) -> RuleSight? {
        let rule = plan.rules[index]
        let bit: UInt64 = 1 << UInt64(index)
        var lanes = plan.filter.lanes(batch, event, &memory)
        guard (lanes.match | lanes.beside) & bit != 0 else { return nil }
        let row = reader.row(batch, event, lanes)
        for test in plan.novelties where test.rule == bit {
            if familiar.isNothingNew(test.novelty, row, at: row.at - test.timespan) {
                lanes.remove(test.lanes)
                lanes = plan.regathered(lanes, row.lanes)
            }
        }
        var extras: [UInt128] = []
        reader.appendExtras(batch, event, to: &extras)
        let group = plan.keyOfRule(index).key(row, extras, 0)
        guard group != 0, (lanes.match | lanes.beside) & bit != 0 else { return nil }
        let isFamiliar = plan.familiarity != nil && familiar.knows(row, at: row.at - rule.timespan)
        let values = rule.conditions.map { condition -> UInt128 in
            guard let field = condition.field, !(field == .actor && isFamiliar) else { return 0 }
            return FieldPlace(field, extras: plan.extras).value(row, extras, 0)
        }
        let parts = plan.parts.indices.filter { plan.parts[$0].rule == index }
        return RuleSight(
            at: row.at, group: group, isMatch: lanes.match & bit != 0, isBeside: lanes.beside & bit != 0,
            selections: parts.map { lanes.part >> UInt64($0) & 1 == 1 }, values: values, isFamiliar: isFamiliar)
    }
}

extension FiringIndex {
    /// The number of the group of `run`, as sights have it.
    public func group(of run: FiringRun) -> UInt128 { plan.keyOfRule(run.rule).key(run.group) }
}

/// A condition measured over a window.
public struct MeasuredCondition: Sendable {
    public var condition: Condition
    /// The condition in words, such as `actor ≥ 15`.
    public var text: String
    /// What was counted: `amount / base`.
    public var amount: Int
    public var base: Int
    public var holds: Bool

    /// The amount, or the ratio with three decimals.
    public var valueText: String {
        switch condition.measure {
        case .events, .distinct: return "\(amount)"
        default:
            if base == 0 { return "–" }
            let thousandths = (amount * 1000 + base / 2) / base
            let digits = "\(thousandths % 1000)"
            return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
        }
    }
}

extension SignalRule {
    /// What each condition comes to over the events of one group's window, counted one by one.
    public func measured(_ window: some Collection<RuleSight>) -> [MeasuredCondition] {
        let matching = window.filter(\.isMatch)
        return conditions.enumerated().map { index, condition in
            var tries: [UInt128: Int] = [:]
            for sight in matching where sight.values[index] != 0 { tries[sight.values[index], default: 0] += 1 }
            let (amount, base) =
                switch condition.measure {
                case .events: (matching.count, 1)
                case .distinct: (tries.count, 1)
                case .share: (matching.count, window.count { $0.isMatch || $0.isBeside })
                case .eventsPer: (matching.count, tries.count)
                case .shareOfActors(let most): (tries.values.count { $0 <= most }, tries.count)
                }
            return MeasuredCondition(
                condition: condition, text: condition.text, amount: amount, base: base,
                holds: condition.holds(amount, over: base))
        }
    }
}

extension Condition {
    /// The condition in words, such as `actor ≥ 15`.
    public var text: String {
        let what =
            switch measure {
            case .events: "events"
            case .distinct(let field): "distinct \(field.rawValue)"
            case .share: "share of matching events"
            case .eventsPer(let field): "events per \(field.rawValue)"
            case .shareOfActors(let tries): "share of actors with at most \(tries) tries"
            }
        let sign =
            switch relation {
            case .gte: "≥"
            case .gt: ">"
            case .lte: "≤"
            case .lt: "<"
            case .eq: "="
            }
        return "\(what) \(sign) \(boundText)"
    }

    private var boundText: String {
        if numerator % denominator == 0 { return "\(numerator / denominator)" }
        let rest = "\(numerator % denominator)"
        let width = "\(denominator)".count - 1
        return "\(numerator / denominator)." + String(repeating: "0", count: width - rest.count) + rest
    }
}
