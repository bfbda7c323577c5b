import IdentityModel

/// A rule that security owns: which events match, in which group and window, when it fires, and
/// what it marks. The vocabulary is that of Sigma's correlation rules.
///
/// Source: SigmaHQ, "Sigma Correlation Rules Specification" 2.0.
public struct SignalRule: Sendable, Equatable {
    /// What is asked of a window.
    public enum Kind: String, Sendable, CaseIterable {
        /// How many events match.
        case eventCount = "event_count"
        /// How many values of a field they show.
        case valueCount = "value_count"
        /// Whether an event of each selection lies in the window, in any order.
        case temporal
        /// The same, in the order of the selections; events at one instant stand in any order.
        case temporalOrdered = "temporal_ordered"
        /// Whether somebody was at two places too far apart: 500 km and 800 km/h at least.
        case travel
    }

    /// What the union of a rule's intervals marks.
    public enum Marks: String, Sendable {
        /// Matching events in (firing − timespan, firing].
        case matching
        /// Events of the rule's journeys, whatever their outcome, in (firing − timespan, firing + timespan).
        case group
    }

    /// Events that a rule speaks of, by a name.
    public struct Selection: Sendable, Equatable {
        public var name: String
        public var match: EventMatch

        public init(name: String = "", match: EventMatch) {
            self.name = name
            self.match = match
        }
    }

    /// Where a rule's threshold was published.
    public struct Source: Sendable, Equatable {
        public var text: String
        public var url: String
    }

    public var name: String
    public var title = ""
    /// Severity in Sigma's words: informational, low, medium, high, critical.
    public var level = "medium"
    public var description = ""
    /// One sentence for people who do not read rules.
    public var explanation = ""
    public var tags: [String] = []
    public var source: Source?
    public var kind = Kind.eventCount
    /// One selection; two or more of `temporal` and `temporal_ordered`.
    public var selections: [Selection]
    public var groupBy: [SignalField]
    /// The window's length in µs.
    public var timespan: Int64
    /// All must hold.
    public var conditions: [Condition] = []
    /// Events that the rule does not see: one test that holds is enough. Stored as what must hold.
    public var except: [FieldTest] = []
    /// Names of rules one of which must have fired before.
    public var requires: [String] = []
    public var marks: Marks
    public var examples: [SignalExample] = []
    /// The file it was read from, for messages.
    public var file = ""

    public init(
        name: String, kind: Kind = .eventCount, match: EventMatch, groupBy: [SignalField],
        timespan: Int64, conditions: [Condition] = [], marks: Marks = .matching
    ) {
        self.name = name
        self.kind = kind
        selections = [Selection(match: match)]
        self.groupBy = groupBy
        self.timespan = timespan
        self.conditions = conditions
        self.marks = marks
    }

    /// The first selection: the only one of a rule that counts.
    public var match: EventMatch {
        get { selections[0].match }
        set { selections[0].match = newValue }
    }

    /// The journeys whose events `marks: group` may mark; empty is all.
    var journeys: [JourneyID] {
        if selections.contains(where: { $0.match.journeys.isEmpty }) { return [] }
        return Array(Set(selections.flatMap(\.match.journeys))).sorted()
    }

    /// Whether its groups are of one origin.
    public var isKeyedByOrigin: Bool { groupBy.contains { $0.isOrigin } }

    /// What a share is taken beside, where a condition is one.
    var beside: EventMatch? {
        for condition in conditions {
            if case .share(let beside) = condition.measure { return beside }
        }
        return nil
    }
}

/// A bound on something measured over a window, compared in whole numbers.
public struct Condition: Sendable, Equatable {
    /// What is measured.
    public enum Measure: Sendable, Equatable {
        /// Matching events.
        case events
        /// Distinct values of a field among matching events.
        case distinct(SignalField)
        /// Matching events among them and the events beside them.
        case share(beside: EventMatch)
        /// Matching events per distinct value of a field.
        case eventsPer(SignalField)
        /// Actors with at most so many matching events, among all actors of matching events.
        case shareOfActors(tries: Int)
    }

    public enum Relation: String, Sendable, CaseIterable { case gte, gt, lte, lt, eq }

    public var measure: Measure
    public var relation: Relation
    /// The bound is `numerator / denominator`.
    public var numerator: Int
    public var denominator: Int

    public init(_ measure: Measure, _ relation: Relation, _ numerator: Int, over denominator: Int = 1) {
        self.measure = measure
        self.relation = relation
        self.numerator = numerator
        self.denominator = denominator
    }

    /// Whether `amount / base` stands in the relation to the bound; a ratio over nothing never does.
    @inline(__always)
    func holds(_ amount: Int, over base: Int = 1) -> Bool {
        if base == 0 { return false }
        let left = Int128(amount) &* Int128(denominator)
        let right = Int128(numerator) &* Int128(base)
        return switch relation {
        case .gte: left >= right
        case .gt: left > right
        case .lte: left <= right
        case .lt: left < right
        case .eq: left == right
        }
    }

    /// The fewest matching events with which the condition can hold.
    var eventsMin: Int {
        switch measure {
        case .events, .distinct:
            switch relation {
            case .gte, .eq: numerator
            case .gt: numerator + 1
            case .lte, .lt: 0
            }
        default: 0
        }
    }
}
