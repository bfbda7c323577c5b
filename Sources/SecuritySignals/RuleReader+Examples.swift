import IdentityModel
import Yams

/// Reading the examples of a rule.
extension RuleReader {
    private static let texts: Set<String> = [
        "actor", "name", "subject", "session", "correlation", "device", "client", "tenant", "user_agent",
        "vendor_reason", "risk", "dialect", "country", "assurance", "segments",
    ]
    private static let others: Set<String> = [
        "at", "every", "repeat", "is", "ip", "origin", "journey", "step", "outcome", "reason", "method",
        "actor_kind", "user_agent_class", "topic", "asn", "latitude", "longitude",
    ]
    /// Enough for any window, and quick to check.
    private static let repeatMax = 10_000

    mutating func examples(_ node: Node) -> [SignalExample] {
        guard let list = node.sequence else {
            problem(node, "'examples' is a list of {title, events, fires, marked}")
            return []
        }
        return list.compactMap { example($0) }
    }

    private mutating func example(_ node: Node) -> SignalExample? {
        guard let mapping = node.mapping, let events = mapping["events"]?.sequence else {
            problem(node, "an example has a 'title', a list of 'events', and 'fires: true' or 'fires: false'")
            return nil
        }
        refuseUnknown(in: mapping, known: ["title", "events", "fires", "marked"])
        guard let fires = mapping["fires"]?.bool else {
            problem(mapping["fires"] ?? node, "'fires' is true or false")
            return nil
        }
        var all: [ExampleEvent] = []
        for event in events { all += exampleEvents(event) }
        return SignalExample(
            title: word(mapping["title"], "title", in: node), events: all, fires: fires,
            marked: mapping["marked"]?.int, line: node.mark?.line ?? 0)
    }

    /// One event, or as many as its `repeat` says.
    private mutating func exampleEvents(_ node: Node) -> [ExampleEvent] {
        guard let mapping = node.mapping else {
            problem(
                node,
                "an event is a mapping such as {at: +30s, is: guess, actor: 'user-{n}', ip: 203.0.113.7}")
            return []
        }
        refuseUnknown(in: mapping, known: Self.texts.union(Self.others))
        let count = mapping["repeat"].map { $0.int ?? 0 } ?? 1
        guard (1...Self.repeatMax).contains(count) else {
            problem(mapping["repeat"] ?? node, "'repeat' is a whole number from 1 to \(Self.repeatMax)")
            return []
        }
        let first = offset(mapping["at"])
        let step = mapping["every"].map { duration($0, "every", in: node) } ?? 0
        var all: [ExampleEvent] = []
        for index in 0..<count {
            let errorsBefore = errors.count
            var event = exampleEvent(mapping, number: index + 1, in: node)
            if errors.count > errorsBefore { return [] }
            event.event.at = ExampleEvent.start + first + Int64(index) * step
            all.append(event)
        }
        return all
    }

    private mutating func offset(_ node: Node?) -> Int64 {
        guard let node else { return 0 }
        let text = node.string ?? ""
        let unsigned = text.hasPrefix("+") || text.hasPrefix("-") ? String(text.dropFirst()) : text
        guard let span = Self.span(unsigned) else {
            problem(node, "'at' reads like +30s, +2m or -20d, got '\(text)'")
            return 0
        }
        return text.hasPrefix("-") ? -span : span
    }

    private mutating func exampleEvent(_ mapping: Node.Mapping, number: Int, in node: Node) -> ExampleEvent {
        var example = ExampleEvent()
        func text(_ key: String) -> String? {
            mapping[Node(key)]?.string.map { text in
                text.contains("{n}")
                    ? text.split(separator: "{n}", omittingEmptySubsequences: false)
                        .joined(separator: "\(number)") : text
            }
        }
        for key in Self.texts { example.texts[key] = text(key) }
        readKind(mapping, into: &example.event, in: node)
        if let ip = text("ip") ?? text("origin") {
            if let address = NetworkAddress(ip) {
                example.event.address = address
            } else {
                problem(mapping["ip"] ?? node, "'ip' is an address, got '\(ip)'")
            }
        }
        if let asn = text("asn") { example.event.asn = UInt32(asn) ?? 0 }
        if let latitude = mapping["latitude"]?.float, let longitude = mapping["longitude"]?.float,
            abs(latitude) <= 90, abs(longitude) <= 180
        {
            example.event.latitude = Int16((latitude * 10).rounded())
            example.event.longitude = Int16((longitude * 10).rounded())
        }
        return example
    }

    private mutating func readKind(_ mapping: Node.Mapping, into event: inout IdentityEvent, in node: Node) {
        switch mapping["is"]?.string {
        case "guess":
            (event.journey, event.step) = (.login, LoginStep.credential)
            (event.outcome, event.reason) = (.failure, .badCredential)
        case "login_completion":
            (event.journey, event.step, event.outcome) = (.login, LoginStep.complete, .success)
        case let name?: problem(mapping["is"] ?? node, "'is' is guess or login_completion, got '\(name)'")
        case nil: break
        }
        if let name = mapping["journey"] {
            event.journey = catalog.id(named: name.string ?? "") ?? .none
            if event.journey == .none { problem(name, "no journey is called '\(name.string ?? "")'") }
        }
        if let step = mapping["step"], event.journey != .none {
            if let rank = catalog.step(named: step.string ?? "", of: event.journey) {
                event.step = rank
            } else {
                problem(step, "no step of \(catalog[event.journey].name) is called '\(step.string ?? "")'")
            }
        }
        func value<Value>(_ key: String, _ read: (String) -> Value?, _ take: (Value) -> Void) {
            guard let word = mapping[Node(key)] else { return }
            if let value = read(word.string ?? "") {
                take(value)
            } else {
                problem(word, "'\(word.string ?? "")' is no \(key)")
            }
        }
        value("outcome", Outcome.init(word:)) { event.outcome = $0 }
        value("reason", Reason.init(word:)) { event.reason = $0 }
        value("method", AuthMethod.init(word:)) { event.method = $0 }
        value("actor_kind", ActorKind.init(word:)) { event.actorKind = $0 }
        value("topic", catalog.id(named:)) { event.topic = $0 }
        value("user_agent_class", { word in UserAgentClass.allCases.first { $0.word == word } }) {
            event.userAgentClass = $0
        }
    }
}
