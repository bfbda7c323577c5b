import IdentityModel
import Yams

/// Reads one rule file; collects every problem with its line instead of stopping at the first.
struct RuleReader {
    let file: String
    let catalog: JourneyCatalog
    var errors: [String] = []

    private static let keys: Set<String> = [
        "title", "name", "status", "level", "description", "explanation", "references", "source",
        "tags", "match", "events", "except", "requires", "correlation", "marks", "examples",
    ]
    private static let levels = ["informational", "low", "medium", "high", "critical"]

    init(file: String, catalog: JourneyCatalog) {
        self.file = file
        self.catalog = catalog
    }

    /// The rule that `text` describes, or nil where `errors` say why not.
    mutating func rule(_ text: String) -> SignalRule? {
        guard let root = root(text, "a rule is a mapping of keys such as 'name', 'match' and 'correlation'"),
            let mapping = root.mapping
        else { return nil }
        refuseUnknown(in: mapping, known: Self.keys)
        let name = word(mapping["name"], "name", in: root)
        let marks = marks(mapping["marks"], in: root)
        guard let correlation = mapping["correlation"], let body = correlation.mapping else {
            problem(root, "'correlation' with type, group-by, timespan and condition is missing")
            return nil
        }
        refuseUnknown(in: body, known: ["type", "group-by", "timespan", "condition"])
        let kind = kind(body["type"], in: correlation)
        var rule = SignalRule(
            name: name, kind: kind ?? .eventCount, match: EventMatch(),
            groupBy: groupKeys(body["group-by"], in: correlation),
            timespan: duration(body["timespan"], "timespan", in: correlation), marks: marks ?? .matching)
        rule.file = file
        readWords(mapping, into: &rule)
        readSelections(mapping, kind, into: &rule, in: root)
        if let except = mapping["except"] { rule.except = exceptions(except) }
        rule.requires = words(mapping["requires"])
        if kind != nil { readConditions(body["condition"], into: &rule, in: correlation) }
        if let examples = mapping["examples"] { rule.examples = self.examples(examples) }
        return errors.isEmpty ? rule : nil
    }

    private mutating func readWords(_ mapping: Node.Mapping, into rule: inout SignalRule) {
        rule.title = mapping["title"]?.string ?? rule.name
        rule.description = mapping["description"]?.string ?? ""
        rule.explanation = mapping["explanation"]?.string ?? ""
        rule.tags = words(mapping["tags"])
        for tag in rule.tags where !Self.isTag(tag) {
            problem(
                mapping["tags"] ?? Node(""),
                "a tag reads like attack.t1110.003, attack.credential-access or owasp.oat-008, got '\(tag)'")
        }
        if let level = mapping["level"] {
            rule.level = level.string ?? ""
            if !Self.levels.contains(rule.level) {
                problem(
                    level, "'level' is one of \(Self.levels.joined(separator: ", ")), got '\(rule.level)'")
            }
        }
        guard let source = mapping["source"] else { return }
        guard let body = source.mapping, let text = body["text"]?.string, let url = body["url"]?.string else {
            problem(source, "'source' says where the threshold was published: {text: …, url: …}")
            return
        }
        refuseUnknown(in: body, known: ["text", "url"])
        rule.source = SignalRule.Source(text: text, url: url)
    }

    private static func isTag(_ tag: String) -> Bool {
        let parts = tag.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, parts[0] == "attack" || parts[0] == "owasp" else { return false }
        return parts[1].utf8.allSatisfy {
            0x30...0x39 ~= $0 || 0x61...0x7A ~= $0 || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
        }
    }

    private mutating func marks(_ node: Node?, in root: Node) -> SignalRule.Marks? {
        let word = word(node, "marks", in: root)
        let marks = SignalRule.Marks(rawValue: word)
        if marks == nil, !word.isEmpty {
            problem(node ?? root, "'marks' is 'matching' or 'group', got '\(word)'")
        }
        return marks
    }

    private mutating func kind(_ node: Node?, in parent: Node) -> SignalRule.Kind? {
        let word = word(node, "type", in: parent)
        let kind = SignalRule.Kind(rawValue: word)
        if kind == nil, !word.isEmpty {
            let known = SignalRule.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            problem(node ?? parent, "'type' is one of \(known), got '\(word)'")
        }
        return kind
    }

    private mutating func readSelections(
        _ mapping: Node.Mapping, _ kind: SignalRule.Kind?, into rule: inout SignalRule, in root: Node
    ) {
        let isTemporal = kind == .temporal || kind == .temporalOrdered
        guard isTemporal else {
            if let events = mapping["events"] {
                problem(events, "'events' is for temporal rules; others say 'match'")
            }
            guard let match = mapping["match"] else {
                problem(root, "'match' is missing")
                return
            }
            rule.match = eventMatch(match)
            return
        }
        if let match = mapping["match"] {
            problem(match, "a temporal rule names its selections in 'events' and has no 'match'")
        }
        guard let events = mapping["events"]?.mapping, events.count > 1 else {
            problem(mapping["events"] ?? root, "a temporal rule names two or more selections in 'events'")
            return
        }
        rule.selections = events.map { name, match in
            SignalRule.Selection(name: name.string ?? "", match: eventMatch(match))
        }
    }

    private mutating func groupKeys(_ node: Node?, in parent: Node) -> [SignalField] {
        let known = SignalField.allCases.map(\.rawValue).joined(separator: ", ")
        let names = words(node)
        if names.isEmpty { problem(node ?? parent, "'group-by' names at least one of \(known)") }
        return names.compactMap { name in
            let key = SignalField(rawValue: name)
            if key == nil {
                problem(node ?? parent, "events cannot be grouped by '\(name)'; known: \(known)")
            }
            return key
        }
    }

    // MARK: Reading nodes

    /// The root of `text`, which is a mapping.
    mutating func root(_ text: String, _ expected: String) -> Node? {
        do {
            if let root = try Yams.compose(yaml: text), root.mapping != nil { return root }
            errors.append("\(file): \(expected)")
        } catch {
            errors.append("\(file): not YAML: \(error)")
        }
        return nil
    }

    mutating func duration(_ node: Node?, _ key: String, in parent: Node) -> Int64 {
        let text = node?.string ?? ""
        guard let span = Self.span(text), span > 0, span <= 31 * Timestamp.day else {
            problem(node ?? parent, "'\(key)' reads like 90s, 10m, 24h or 7d, of 31d at most, got '\(text)'")
            return 1
        }
        return span
    }

    /// `90s`, `10m`, `24h` or `7d` in µs; nil of anything else.
    static func span(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let amount = Int64(text.dropLast()),
            amount >= 0, amount <= 3660 * 86_400 / unit
        else { return nil }
        return amount * unit * 1_000_000
    }

    mutating func word(_ node: Node?, _ key: String, in parent: Node) -> String {
        guard let text = node?.string, !text.isEmpty else {
            problem(node ?? parent, "'\(key)' is missing")
            return ""
        }
        return text
    }

    mutating func words(_ node: Node?) -> [String] {
        guard let node else { return [] }
        let words = node.sequence.map { Array($0) } ?? [node]
        return words.compactMap { word in
            if word.string == nil { problem(word, "a word or a list of words is expected here") }
            return word.string
        }
    }

    mutating func refuseUnknown(in mapping: Node.Mapping, known: Set<String>) {
        for (key, _) in mapping {
            guard let name = key.string, !known.contains(name) else { continue }
            problem(key, "'\(name)' is no key here; known: \(known.sorted().joined(separator: ", "))")
        }
    }

    mutating func problem(_ node: Node, _ text: String) {
        let line = node.mark.map { ":\($0.line)" } ?? ""
        errors.append("\(file)\(line): \(text)")
    }
}
