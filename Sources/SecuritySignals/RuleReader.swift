import IdentityModel
import Yams

/// Reads one rule file; collects every problem with its line instead of stopping at the first.
struct RuleReader {
    let file: String
    let catalog: JourneyCatalog
    private(set) var errors: [String] = []

    private static let keys: Set<String> = [
        "title", "name", "status", "level", "description", "references", "tags", "match",
        "correlation",
        "marks",
    ]

    init(file: String, catalog: JourneyCatalog) {
        self.file = file
        self.catalog = catalog
    }

    /// The rule that `text` describes, or nil where `errors` say why not.
    mutating func rule(_ text: String) -> SignalRule? {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            errors.append("\(file): not YAML: \(error)")
            return nil
        }
        guard let root, let mapping = root.mapping else {
            errors.append(
                "\(file): a rule is a mapping of keys such as 'name', 'match' and 'correlation'")
            return nil
        }
        refuseUnknown(in: mapping, known: Self.keys)
        let name = word(mapping["name"], "name", in: root)
        let match = mapping["match"].map { eventMatch($0) } ?? missing("match", root)
        let marksWord = word(mapping["marks"], "marks", in: root)
        let marks = SignalRule.Marks(rawValue: marksWord)
        if marks == nil, !marksWord.isEmpty {
            problem(
                mapping["marks"] ?? root, "'marks' is 'matching' or 'group', got '\(marksWord)'")
        }
        guard let correlation = mapping["correlation"], let body = correlation.mapping else {
            problem(root, "'correlation' with type, group-by, timespan and condition is missing")
            return nil
        }
        refuseUnknown(in: body, known: ["type", "group-by", "timespan", "condition"])
        let type = word(body["type"], "type", in: correlation)
        if !type.isEmpty, type != "event_count", type != "value_count" {
            problem(
                body["type"] ?? correlation,
                "'type' is 'event_count' or 'value_count', got '\(type)'")
        }
        let timespan = duration(body["timespan"], in: correlation)
        let groupBy = groupKeys(body["group-by"], in: correlation)
        var rule = SignalRule(
            name: name, title: mapping["title"]?.string ?? name,
            level: mapping["level"]?.string ?? "medium",
            description: mapping["description"]?.string ?? "", match: match ?? EventMatch(),
            groupBy: groupBy,
            timespan: timespan, eventsMin: 1, distinct: nil, share: nil, marks: marks ?? .matching)
        readCondition(body["condition"], into: &rule, in: correlation)
        if type == "value_count", rule.distinct == nil {
            problem(
                correlation,
                "'value_count' needs a condition on a field, such as 'actor: {gte: 15}'")
        }
        return errors.isEmpty ? rule : nil
    }

    private mutating func readCondition(_ node: Node?, into rule: inout SignalRule, in parent: Node)
    {
        guard let node, let condition = node.mapping else {
            problem(parent, "'condition' such as 'events: {gte: 10}' is missing")
            return
        }
        refuseUnknown(in: condition, known: ["events", "actor", "origin", "share"])
        if let events = condition["events"] { rule.eventsMin = minimum(events) }
        for field in SignalRule.GroupKey.allCases {
            guard let node = condition[Node(field.rawValue)] else { continue }
            if rule.distinct != nil {
                problem(node, "only one field's distinct values can be counted")
            }
            rule.distinct = (field, minimum(node))
        }
        guard let share = condition["share"] else { return }
        guard let body = share.mapping else {
            problem(share, "a share is a mapping such as '{beside: login_completion, gte: 0.8}'")
            return
        }
        refuseUnknown(in: body, known: ["beside", "gte"])
        guard let beside = body["beside"].map({ eventMatch($0) }) else {
            problem(share, "'share' names the events that it is taken 'beside'")
            return
        }
        let (numerator, denominator) = fraction(body["gte"], in: share)
        rule.share = SignalRule.Share(
            beside: beside, numerator: numerator, denominator: denominator)
    }

    private mutating func eventMatch(_ node: Node) -> EventMatch {
        switch node.string {
        case "guess": return .guess
        case "login_completion": return .loginCompletion
        case let other?:
            problem(
                node,
                "no events are called '\(other)'; known: guess, login_completion, or a mapping of fields"
            )
            return EventMatch()
        case nil: break
        }
        var match = EventMatch()
        guard let mapping = node.mapping else {
            problem(node, "a match is 'guess' or a mapping of journey, step, outcome and reason")
            return match
        }
        refuseUnknown(in: mapping, known: ["journey", "step", "outcome", "reason"])
        for text in words(mapping["journey"]) {
            if let id = catalog.id(named: text) {
                match.journeys.append(id)
            } else {
                problem(
                    mapping["journey"] ?? node,
                    "no journey is called '\(text)'; known: \(catalog.journeys.map(\.name).joined(separator: ", "))"
                )
            }
        }
        match.steps = words(mapping["step"])
        let journeys =
            match.journeys.isEmpty ? catalog.journeys : match.journeys.map { catalog[$0] }
        for step in match.steps where !journeys.contains(where: { $0.steps.contains(step) }) {
            let known = journeys.map { "\($0.name): \($0.steps.joined(separator: ", "))" }
            problem(
                mapping["step"] ?? node,
                "no step is called '\(step)'; known: \(known.joined(separator: "; "))")
        }
        for text in words(mapping["outcome"]) {
            if let outcome = Outcome(word: text) {
                match.outcomes.append(outcome)
            } else {
                problem(
                    mapping["outcome"] ?? node,
                    "no outcome is called '\(text)'; known: progress, success, failure, denied")
            }
        }
        for text in words(mapping["reason"]) {
            if let reason = Reason(word: text) {
                match.reasons.append(reason)
            } else {
                problem(
                    mapping["reason"] ?? node,
                    "no reason is called '\(text)'; known: \(Reason.allCases.map(\.word).filter { !$0.isEmpty }.joined(separator: ", "))"
                )
            }
        }
        return match
    }

    private mutating func groupKeys(_ node: Node?, in parent: Node) -> [SignalRule.GroupKey] {
        let names = words(node)
        if names.isEmpty {
            problem(node ?? parent, "'group-by' names at least one of actor, origin")
        }
        return names.compactMap { name in
            let key = SignalRule.GroupKey(rawValue: name)
            if key == nil {
                problem(
                    node ?? parent, "events cannot be grouped by '\(name)'; known: actor, origin")
            }
            return key
        }
    }

    private mutating func minimum(_ node: Node) -> Int {
        guard let mapping = node.mapping else {
            problem(node, "a condition is a mapping such as '{gte: 10}'")
            return 1
        }
        refuseUnknown(in: mapping, known: ["gte"])
        guard let value = mapping["gte"]?.int, value > 0 else {
            // Another key in its place has been refused already.
            if mapping["gte"] != nil || mapping.isEmpty {
                problem(node, "'gte' is a whole number above 0")
            }
            return 1
        }
        return value
    }

    /// A decimal fraction as a ratio of integers, so that a share compares exactly.
    private mutating func fraction(_ node: Node?, in parent: Node) -> (Int, Int) {
        let text = node?.string ?? ""
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let digits = parts.count == 2 ? parts[1] : ""
        let denominator = digits.reduce(1) { scale, _ in digits.count <= 6 ? scale * 10 : scale }
        guard parts[0] == "0" || parts[0] == "1", digits.count <= 6,
            digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
            let tail = digits.isEmpty ? 0 : Int(digits),
            parts[0] == "0" || tail == 0
        else {
            problem(
                node ?? parent,
                "'gte' of a share is a number from 0 to 1 with at most six decimals, got '\(text)'")
            return (1, 1)
        }
        return (parts[0] == "1" ? denominator : tail, denominator)
    }

    private mutating func duration(_ node: Node?, in parent: Node) -> Int64 {
        let text = node?.string ?? ""
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let amount = Int64(text.dropLast()),
            amount > 0,
            amount <= 31 * 86_400 / unit
        else {
            problem(
                node ?? parent,
                "'timespan' reads like 90s, 10m, 24h or 7d, of 31d at most, got '\(text)'")
            return 1
        }
        return amount * unit * 1_000_000
    }

    private mutating func word(_ node: Node?, _ key: String, in parent: Node) -> String {
        guard let text = node?.string, !text.isEmpty else {
            problem(node ?? parent, "'\(key)' is missing")
            return ""
        }
        return text
    }

    private mutating func words(_ node: Node?) -> [String] {
        guard let node else { return [] }
        let words = node.sequence.map { Array($0) } ?? [node]
        return words.compactMap { word in
            if word.string == nil { problem(word, "a word or a list of words is expected here") }
            return word.string
        }
    }

    private mutating func missing(_ key: String, _ node: Node) -> EventMatch? {
        problem(node, "'\(key)' is missing")
        return nil
    }

    private mutating func refuseUnknown(in mapping: Node.Mapping, known: Set<String>) {
        for (key, _) in mapping {
            guard let name = key.string, !known.contains(name) else { continue }
            problem(
                key, "'\(name)' is no key here; known: \(known.sorted().joined(separator: ", "))")
        }
    }

    private mutating func problem(_ node: Node, _ text: String) {
        let line = node.mark.map { ":\($0.line)" } ?? ""
        errors.append("\(file)\(line): \(text)")
    }
}
