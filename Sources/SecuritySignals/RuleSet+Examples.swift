import IdentityModel

/// An example of a rule that does not come out as it says.
public struct ExampleFinding: Error, Sendable, Equatable, CustomStringConvertible {
    /// The name of the rule.
    public var rule: String
    /// Where, what was expected and what was found.
    public var description: String
}

extension RuleSet {
    /// Runs every rule's examples by the whole set; gives what is not as they say.
    public func runExamples() -> [ExampleFinding] {
        rules.enumerated().flatMap { index, rule in
            rule.examples.compactMap { example in
                problem(of: example, index, rule).map { ExampleFinding(rule: rule.name, description: $0) }
            }
        }
    }

    private func problem(of example: SignalExample, _ index: Int, _ rule: SignalRule) -> String? {
        var strings = StringTable()
        let events = example.events.enumerated().map { $0.element.resolved(number: $0.offset, &strings) }
        var batch = EventBatch()
        for event in events.sorted(by: IdentityEvent.precedes) { batch.append(event) }
        batch.strings = strings
        var machine = SignalMachine(plan, hiddenSources: [])
        machine.absorb(batch)
        machine.finish()
        let firings = machine.firings
        let fires = firings.runs.contains { $0.rule == index }
        let place = "\(rule.file):\(example.line): example '\(example.title)'"
        if fires != example.fires {
            return "\(place): \(rule.name) \(fires ? "fires and must not" : "does not fire and must")"
        }
        guard let marked = example.marked else { return nil }
        var reader = MarkReader(firings)
        reader.begin(batch)
        let found = (0..<batch.count).count { reader.marks(batch, $0).signals.contains(.init(index: index)) }
        return found == marked ? nil : "\(place): \(rule.name) marks \(found) events, and must mark \(marked)"
    }
}
