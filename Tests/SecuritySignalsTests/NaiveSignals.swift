import Attempts
import IdentityModel

@testable import SecuritySignals

/// Marks as the definition's words say: for each event the whole window is looked at anew.
/// Quadratic; the measure of the machine.
struct NaiveSignals {
    let rules: [SignalRule]
    let events: [IdentityEvent]
    private let catalog = JourneyCatalog()

    init(rules: [SignalRule], events: [IdentityEvent]) {
        self.rules = rules
        self.events = events
    }

    /// The signals that mark each event.
    func marks() -> [SignalSet] {
        var marks = [SignalSet](repeating: [], count: events.count)
        for (bit, rule) in rules.enumerated() {
            let seen = events.map { sight($0, rule) }
            let firings = seen.filter { fires(rule, $0, seen) }
            for index in events.indices where isMarked(seen[index], rule, firings) {
                marks[index].insert(SignalSet(index: bit))
            }
        }
        return marks
    }

    /// What a rule sees of an event.
    private struct Sight {
        var at: Int64
        /// The group key; nil where a value is missing.
        var key: [UInt128]?
        /// The value whose distinct ones are counted; 0 is none.
        var value: UInt128
        var isMatch: Bool
        var isBeside: Bool
        var isOfJourneys: Bool
    }

    private func sight(_ event: IdentityEvent, _ rule: SignalRule) -> Sight {
        let values = rule.groupBy.map { $0 == .actor ? event.actor : event.origin }
        return Sight(
            at: event.at, key: values.contains(0) ? nil : values,
            value: rule.distinct?.field == .origin ? event.origin : event.actor,
            isMatch: matches(event, rule.match),
            isBeside: rule.share.map { matches(event, $0.beside) } ?? false,
            isOfJourneys: rule.match.journeys.isEmpty || rule.match.journeys.contains(event.journey)
        )
    }

    private func matches(_ event: IdentityEvent, _ match: EventMatch) -> Bool {
        let step = catalog[event.journey].steps[Int(event.step)]
        if !match.journeys.isEmpty, !match.journeys.contains(event.journey) { return false }
        if !match.steps.isEmpty, !match.steps.contains(step) { return false }
        if !match.outcomes.isEmpty, !match.outcomes.contains(event.outcome) { return false }
        return match.reasons.isEmpty || match.reasons.contains(event.reason)
    }

    private func fires(_ rule: SignalRule, _ one: Sight, _ all: [Sight]) -> Bool {
        guard one.isMatch, one.key != nil else { return false }
        let window = all.filter {
            $0.at > one.at - rule.timespan && $0.at <= one.at && $0.key == one.key
        }
        let matching = window.filter(\.isMatch)
        if matching.count < rule.eventsMin { return false }
        if let distinct = rule.distinct,
            Set(matching.map(\.value)).subtracting([0]).count < distinct.min
        {
            return false
        }
        guard let share = rule.share else { return true }
        return matching.count * share.denominator >= share.numerator
            * window.count { $0.isMatch || $0.isBeside }
    }

    private func isMarked(_ one: Sight, _ rule: SignalRule, _ firings: [Sight]) -> Bool {
        guard one.key != nil, rule.marks == .matching ? one.isMatch : one.isOfJourneys else {
            return false
        }
        return firings.contains { firing in
            guard firing.key == one.key, one.at > firing.at - rule.timespan else { return false }
            return rule.marks == .matching
                ? one.at <= firing.at : one.at < firing.at + rule.timespan
        }
    }
}
