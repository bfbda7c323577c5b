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

    /// The group that an event of `actor` and `origin` belongs to, or 0 where a value is missing.
    @inline(__always)
    func group(actor: UInt128, origin: UInt128) -> UInt128 {
        var key: UInt128 = 0
        for (index, field) in groupBy.enumerated() {
            let value = field == .actor ? actor : origin
            if value == 0 { return 0 }
            // Pseudonyms are uniform; an origin is spread so that the two do not cancel.
            let spread = field == .actor ? value : Self.spread(value)
            key ^= index == 0 ? spread : (spread << 1 | spread >> 127)
        }
        return key == 0 ? 1 : key
    }

    /// A bijection of 128 bits, so that different origins stay different.
    @inline(__always)
    private static func spread(_ value: UInt128) -> UInt128 {
        var low = UInt64(truncatingIfNeeded: value)
        var high = UInt64(truncatingIfNeeded: value >> 64)
        for _ in 0..<2 {
            low &+= (high ^ high >> 31) &* 0x9E37_79B9_7F4A_7C15
            high &+= (low ^ low >> 29) &* 0xC2B2_AE3D_27D4_EB4F
        }
        return UInt128(high) << 64 | UInt128(low)
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
