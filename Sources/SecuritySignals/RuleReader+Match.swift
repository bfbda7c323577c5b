import IdentityModel
import Yams

/// Reading what a rule matches.
extension RuleReader {
    private static let matchKeys = Set(FieldTest.Field.allCases.map(\.rawValue)).union([
        "is", "not", "new_to_actor",
    ])
    private static let namedMatches = [
        "guess": EventMatch.guess, "login_completion": EventMatch.loginCompletion,
    ]

    /// The events that `node` means: a name, or a mapping of fields.
    mutating func eventMatch(_ node: Node) -> EventMatch {
        if node.string != nil { return namedMatch(node) }
        guard let mapping = node.mapping else {
            problem(
                node, "a match is 'guess' or a mapping of fields such as journey, step, outcome and reason")
            return EventMatch()
        }
        refuseUnknown(in: mapping, known: Self.matchKeys)
        var match = mapping["is"].map { namedMatch($0) } ?? EventMatch()
        if let node = mapping["journey"] { match.journeys = journeys(node) }
        if let node = mapping["step"] { match.steps = steps(node, of: match.journeys) }
        if let node = mapping["outcome"] { match.outcomes = outcomes(node) }
        if let node = mapping["reason"] { match.reasons = reasons(node) }
        for field in FieldTest.Field.allCases.dropFirst(4) {
            if let node = mapping[Node(field.rawValue)] {
                match.tests.append(test(field, node, isNegated: false))
            }
        }
        if let node = mapping["not"] { match.tests += refusals(node, of: match.journeys) }
        for name in words(mapping["new_to_actor"]) {
            switch name {
            case "origin": match.newToActor.insert(.origin)
            case "device": match.newToActor.insert(.device)
            default:
                problem(
                    mapping["new_to_actor"] ?? node,
                    "'\(name)' cannot be new to an actor; known: origin, device")
            }
        }
        return match
    }

    private mutating func namedMatch(_ node: Node) -> EventMatch {
        let name = node.string ?? ""
        if let match = Self.namedMatches[name] { return match }
        problem(
            node, "no events are called '\(name)'; known: guess, login_completion, or a mapping of fields")
        return EventMatch()
    }

    /// What an event must not have: one of it is enough to drop the event.
    private mutating func refusals(_ node: Node, of journeys: [JourneyID]) -> [FieldTest] {
        guard let mapping = node.mapping else {
            problem(node, "'not' is a mapping of fields such as '{client: [load-test]}'")
            return []
        }
        refuseUnknown(in: mapping, known: Set(FieldTest.Field.allCases.map(\.rawValue)))
        return FieldTest.Field.allCases.compactMap { field in
            guard let node = mapping[Node(field.rawValue)] else { return nil }
            switch field {
            case .journey:
                return FieldTest(
                    field, numbers: self.journeys(node).map { UInt32($0.rawValue) }, isNegated: true)
            case .step:
                return FieldTest(field, texts: steps(node, of: journeys).map { .whole($0) }, isNegated: true)
            case .outcome:
                return FieldTest(field, numbers: outcomes(node).map { UInt32($0.rawValue) }, isNegated: true)
            case .reason:
                return FieldTest(field, numbers: reasons(node).map { UInt32($0.rawValue) }, isNegated: true)
            default: return test(field, node, isNegated: true)
            }
        }
    }

    /// Events that a rule does not see, as tests that the others pass.
    mutating func exceptions(_ node: Node) -> [FieldTest] {
        guard let mapping = node.mapping else {
            problem(node, "'except' is a mapping of cidr, client, actor_kind and user_agent_class")
            return []
        }
        let fields: [String: FieldTest.Field] = [
            "cidr": .address, "client": .client, "actor_kind": .actorKind,
            "user_agent_class": .userAgentClass,
        ]
        refuseUnknown(in: mapping, known: Set(fields.keys))
        return fields.keys.sorted().compactMap { key in
            guard let field = fields[key], let node = mapping[Node(key)] else { return nil }
            return test(field, node, isNegated: true)
        }
    }

    // MARK: Fields

    private mutating func test(_ field: FieldTest.Field, _ node: Node, isNegated: Bool) -> FieldTest {
        var test = FieldTest(field, isNegated: isNegated)
        let words = words(node)
        if words.isEmpty { problem(node, "'\(field.rawValue)' names at least one value") }
        for word in words {
            switch field {
            case .address:
                if let network = NetworkRange(word) {
                    test.networks.append(network)
                } else {
                    problem(
                        node, "an address reads like 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32, got '\(word)'")
                }
            case .method, .actorKind, .userAgentClass, .topic, .asn:
                if let number = number(field, word, node) { test.numbers.append(number) }
            default:
                test.texts.append(word.hasSuffix("*") ? .prefix(String(word.dropLast())) : .whole(word))
            }
        }
        return test
    }

    private mutating func number(_ field: FieldTest.Field, _ word: String, _ node: Node) -> UInt32? {
        let known: [String]
        let found: UInt32?
        switch field {
        case .method:
            found = AuthMethod(word: word).map { UInt32($0.rawValue) }
            known = AuthMethod.allCases.map(\.word)
        case .actorKind:
            found = ActorKind(word: word).map { UInt32($0.rawValue) }
            known = ActorKind.allCases.map(\.word)
        case .userAgentClass:
            let all: [UserAgentClass] = [.mobile, .desktop, .bot, .other]
            found = all.first { $0.word == word }.map { UInt32($0.rawValue) }
            known = all.map(\.word)
        case .topic:
            found = catalog.id(named: word).map { UInt32($0.rawValue) }
            known = catalog.journeys.map(\.name)
        default:
            found = UInt32(word.uppercased().hasPrefix("AS") ? String(word.dropFirst(2)) : word)
            known = ["numbers such as 64496 or AS64496"]
        }
        if found == nil || word.isEmpty {
            problem(
                node,
                "'\(word)' is no \(field.rawValue);"
                    + " known: \(known.filter { !$0.isEmpty }.joined(separator: ", "))"
            )
        }
        return found
    }

    private mutating func journeys(_ node: Node) -> [JourneyID] {
        words(node).compactMap { text in
            let id = catalog.id(named: text)
            if id == nil {
                let known = catalog.journeys.map(\.name).joined(separator: ", ")
                problem(node, "no journey is called '\(text)'; known: \(known)")
            }
            return id
        }
    }

    private mutating func steps(_ node: Node, of ids: [JourneyID]) -> [String] {
        let steps = words(node)
        let journeys = ids.isEmpty ? catalog.journeys : ids.map { catalog[$0] }
        for step in steps where !journeys.contains(where: { $0.steps.contains(step) }) {
            let known = journeys.map { "\($0.name): \($0.steps.joined(separator: ", "))" }
            problem(node, "no step is called '\(step)'; known: \(known.joined(separator: "; "))")
        }
        return steps
    }

    private mutating func outcomes(_ node: Node) -> [Outcome] {
        words(node).compactMap { text in
            let outcome = Outcome(word: text)
            if outcome == nil {
                problem(node, "no outcome is called '\(text)'; known: progress, success, failure, denied")
            }
            return outcome
        }
    }

    private mutating func reasons(_ node: Node) -> [Reason] {
        words(node).compactMap { text in
            let reason = Reason(word: text)
            if reason == nil {
                let known = Reason.allCases.map(\.word).filter { !$0.isEmpty }.joined(separator: ", ")
                problem(node, "no reason is called '\(text)'; known: \(known)")
            }
            return reason
        }
    }
}
