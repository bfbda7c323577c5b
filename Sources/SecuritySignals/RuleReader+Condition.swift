import Yams

/// Reading when a rule fires.
extension RuleReader {
    private static let relations = Set(Condition.Relation.allCases.map(\.rawValue))
    private static let measures: Set<String> = ["events", "share", "events_per", "share_of_actors", "and"]

    mutating func readConditions(_ node: Node?, into rule: inout SignalRule, in parent: Node) {
        let isOptional = rule.kind != .eventCount && rule.kind != .valueCount
        guard let node else {
            if !isOptional { problem(parent, "'condition' such as 'events: {gte: 10}' is missing") }
            return
        }
        if rule.kind == .travel {
            problem(node, "a travel rule has no 'condition': 500 km and 800 km/h are what nobody travels")
            return
        }
        let errorsBefore = errors.count
        rule.conditions = conditions(node, in: parent)
        if errors.count > errorsBefore { return }
        if rule.conditions.filter({ if case .share = $0.measure { true } else { false } }).count > 1 {
            problem(node, "a rule has one 'share'")
        }
        if rule.kind == .valueCount, !rule.conditions.contains(where: { $0.field != nil }) {
            problem(parent, "'value_count' needs a condition on a field, such as 'actor: {gte: 15}'")
        }
        if rule.kind == .eventCount, rule.conditions.contains(where: { $0.field != nil }) {
            problem(node, "distinct values are counted by 'type: value_count'")
        }
    }

    private mutating func conditions(_ node: Node, in parent: Node) -> [Condition] {
        guard let mapping = node.mapping, !mapping.isEmpty else {
            problem(node, "'condition' is a mapping such as 'events: {gte: 10}'")
            return []
        }
        refuseUnknown(in: mapping, known: Self.measures.union(SignalField.allCases.map(\.rawValue)))
        var all: [Condition] = []
        for (key, body) in mapping {
            switch key.string ?? "" {
            case "events": all += bounds(body, .events)
            case "share": all += share(body)
            case "events_per": all += eventsPer(body)
            case "share_of_actors": all += shareOfActors(body)
            case "and":
                guard let parts = body.sequence else {
                    problem(body, "'and' is a list of conditions")
                    continue
                }
                for part in parts { all += conditions(part, in: body) }
            case let name:
                if let field = SignalField(rawValue: name) { all += bounds(body, .distinct(field)) }
            }
        }
        return all
    }

    /// Bounds in whole numbers.
    private mutating func bounds(_ node: Node, _ measure: Condition.Measure) -> [Condition] {
        guard let mapping = node.mapping, !mapping.isEmpty else {
            problem(node, "a condition is a mapping such as '{gte: 10}'")
            return []
        }
        refuseUnknown(in: mapping, known: Self.relations)
        return Condition.Relation.allCases.compactMap { relation in
            guard let bound = mapping[Node(relation.rawValue)] else { return nil }
            guard let value = bound.int, value > 0, value <= Int(UInt32.max) else {
                problem(bound, "'\(relation.rawValue)' is a whole number above 0")
                return nil
            }
            return Condition(measure, relation, value)
        }
    }

    private mutating func share(_ node: Node) -> [Condition] {
        guard let mapping = node.mapping else {
            problem(node, "a share is a mapping such as '{beside: login_completion, gte: 0.8}'")
            return []
        }
        refuseUnknown(in: mapping, known: Self.relations.union(["beside"]))
        guard let beside = mapping["beside"] else {
            problem(node, "'share' names the events that it is taken 'beside'")
            return []
        }
        let match = eventMatch(beside)
        if !match.newToActor.isEmpty { problem(beside, "'new_to_actor' is asked of matching events alone") }
        return ratios(mapping, .share(beside: match), most: 1, "a share", in: node)
    }

    private mutating func eventsPer(_ node: Node) -> [Condition] {
        guard let mapping = node.mapping, let name = mapping["field"]?.string,
            let field = SignalField(rawValue: name)
        else {
            let known = SignalField.allCases.map(\.rawValue).joined(separator: ", ")
            problem(
                node, "'events_per' is a mapping such as '{field: actor, lte: 3}'; known fields: \(known)")
            return []
        }
        refuseUnknown(in: mapping, known: Self.relations.union(["field"]))
        return ratios(mapping, .eventsPer(field), most: 1_000_000, "'events_per'", in: node)
    }

    private mutating func shareOfActors(_ node: Node) -> [Condition] {
        guard let mapping = node.mapping, let tries = mapping["tries"]?.int, tries > 0, tries <= 1_000_000
        else {
            problem(node, "'share_of_actors' is a mapping such as '{tries: 2, gte: 0.8}'")
            return []
        }
        refuseUnknown(in: mapping, known: Self.relations.union(["tries"]))
        return ratios(mapping, .shareOfActors(tries: tries), most: 1, "a share", in: node)
    }

    private mutating func ratios(
        _ mapping: Node.Mapping, _ measure: Condition.Measure, most: Int, _ what: String, in node: Node
    ) -> [Condition] {
        let given = Condition.Relation.allCases.filter { mapping[Node($0.rawValue)] != nil }
        if given.isEmpty { problem(node, "\(what) has a bound such as 'gte: 0.8'") }
        return given.compactMap { relation in
            let bound = mapping[Node(relation.rawValue)] ?? node
            guard let (numerator, denominator) = Self.fraction(bound.string ?? "", most: most) else {
                problem(
                    bound,
                    "'\(relation.rawValue)' of \(what) is a number from 0 to \(most)"
                        + " with at most six decimals,"
                        + " got '\(bound.string ?? "")'")
                return nil
            }
            return Condition(measure, relation, numerator, over: denominator)
        }
    }

    /// A decimal fraction as a ratio of whole numbers, so that ratios compare exactly.
    static func fraction(_ text: String, most: Int) -> (Int, Int)? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let digits = parts.count == 2 ? parts[1] : ""
        guard let head = parts.first, !head.isEmpty, head.count <= 7, digits.count <= 6,
            parts.count == 1 || !digits.isEmpty,
            (head + digits).utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let whole = Int(head),
            let tail = digits.isEmpty ? 0 : Int(digits)
        else { return nil }
        let denominator = digits.reduce(1) { scale, _ in scale * 10 }
        let numerator = whole * denominator + tail
        return numerator <= most * denominator ? (numerator, denominator) : nil
    }
}
