import IdentityModel

/// A rule that security owns: which events match, in which group and window, when it fires, and
/// what it marks. The vocabulary is that of Sigma's correlation rules.
///
/// Source: SigmaHQ, "Sigma Correlation Rules Specification" 2.0.
public struct SignalRule: Sendable, Equatable {
    /// What a rule groups events by; a missing value forms no group.
    public enum GroupKey: String, Sendable, CaseIterable {
        case actor, origin
    }

    /// What the union of a rule's intervals marks.
    public enum Marks: String, Sendable {
        /// Matching events in (firing − timespan, firing].
        case matching
        /// Events of the rule's journeys, whatever their outcome, in (firing − timespan, firing + timespan).
        case group
    }

    /// A share of matching events among them and the events beside them: at least `numerator/denominator`.
    public struct Share: Sendable, Equatable {
        public var beside: EventMatch
        public var numerator: Int
        public var denominator: Int
    }

    public var name: String
    public var title: String
    public var level: String
    public var description: String
    public var match: EventMatch
    public var groupBy: [GroupKey]
    /// The window's length in µs.
    public var timespan: Int64
    /// The fewest matching events in the window.
    public var eventsMin: Int
    /// The fewest distinct values of a field among the matching events.
    public var distinct: (field: GroupKey, min: Int)?
    public var share: Share?
    public var marks: Marks

    public static func == (a: SignalRule, b: SignalRule) -> Bool {
        a.name == b.name && a.match == b.match && a.groupBy == b.groupBy && a.timespan == b.timespan
            && a.eventsMin == b.eventsMin && a.distinct?.field == b.distinct?.field
            && a.distinct?.min == b.distinct?.min && a.share == b.share && a.marks == b.marks
    }
}

/// Which events a rule speaks of: lists of words; an empty list takes all.
public struct EventMatch: Sendable, Equatable {
    public var journeys: [JourneyID] = []
    /// Step names, looked up in each journey.
    public var steps: [String] = []
    public var outcomes: [Outcome] = []
    public var reasons: [Reason] = []

    /// DESIGN's guess: a broken release (`technical`) never looks like one.
    public static let guess = EventMatch(
        journeys: [.login], outcomes: [.failure],
        reasons: [.badCredential, .unknownUser, .locked, .disabled, .mfaFailed])

    /// A completed sign-in.
    public static let loginCompletion = EventMatch(
        journeys: [.login], steps: ["complete"], outcomes: [.success])

    /// Whether an event with these values is meant.
    func holds(journey: JourneyID, step: String, outcome: Outcome, reason: Reason) -> Bool {
        (journeys.isEmpty || journeys.contains(journey)) && (steps.isEmpty || steps.contains(step))
            && (outcomes.isEmpty || outcomes.contains(outcome))
            && (reasons.isEmpty || reasons.contains(reason))
    }
}
