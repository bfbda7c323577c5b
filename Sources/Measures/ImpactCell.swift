import IdentityModel

/// What product impact counts of one journey's matured attempts.
public struct ImpactTotals: Mergeable {
    /// By `AttemptResult.rawValue`: completed, failed, denied, abandoned.
    public var results: [UInt64] = [0, 0, 0, 0]
    public var firstTry: UInt64 = 0
    public var tries: UInt64 = 0
    /// Attempts that a risk verdict opened, and those of them that completed.
    public var triggered: UInt64 = 0
    public var triggeredCompleted: UInt64 = 0
    /// Failure and denied events by `Reason.rawValue`.
    public var reasons = [UInt64](repeating: 0, count: 16)
    /// Attempts with an event of the step, by step rank.
    public var steps = [UInt64](repeating: 0, count: 16)
    public var durations = DurationHistogram()

    public init() {}

    public var matured: UInt64 { results.reduce(0, +) }
    public var completed: UInt64 { results[0] }
    public var failed: UInt64 { results[1] }
    public var denied: UInt64 { results[2] }
    public var abandoned: UInt64 { results[3] }

    public mutating func merge(_ other: ImpactTotals) {
        for index in results.indices { results[index] += other.results[index] }
        firstTry += other.firstTry
        tries += other.tries
        triggered += other.triggered
        triggeredCompleted += other.triggeredCompleted
        for index in reasons.indices { reasons[index] += other.reasons[index] }
        for index in steps.indices { steps[index] += other.steps[index] }
        durations.merge(other.durations)
    }

    func encode(to writer: inout ByteWriter) {
        for value in results + [firstTry, tries, triggered, triggeredCompleted] + reasons + steps {
            writer.unsigned(value)
        }
        durations.encode(to: &writer)
    }

    init(from reader: inout ByteReader) throws {
        for index in results.indices { results[index] = try reader.amount() }
        firstTry = try reader.amount()
        tries = try reader.amount()
        triggered = try reader.amount()
        triggeredCompleted = try reader.amount()
        for index in reasons.indices { reasons[index] = try reader.amount() }
        for index in steps.indices { steps[index] = try reader.amount() }
        durations = try DurationHistogram(from: &reader)
    }
}

/// The actors of one hour and kind, open attempts included.
public struct ActorTotals: Mergeable {
    public var attempted = ActorSet()
    public var completed = ActorSet()
    /// Actors who used a second factor at a login, enrolled one, removed one.
    public var usedFactor = ActorSet()
    public var enrolledFactor = ActorSet()
    public var removedFactor = ActorSet()

    public init() {}

    public mutating func merge(_ other: ActorTotals) {
        attempted.merge(other.attempted)
        completed.merge(other.completed)
        usedFactor.merge(other.usedFactor)
        enrolledFactor.merge(other.enrolledFactor)
        removedFactor.merge(other.removedFactor)
    }

    func encode(to writer: inout ByteWriter) {
        for set in [attempted, completed, usedFactor, enrolledFactor, removedFactor] {
            set.encode(to: &writer)
        }
    }

    init(from reader: inout ByteReader) throws {
        attempted = try ActorSet(from: &reader)
        completed = try ActorSet(from: &reader)
        usedFactor = try ActorSet(from: &reader)
        enrolledFactor = try ActorSet(from: &reader)
        removedFactor = try ActorSet(from: &reader)
    }
}

/// The product analyzer's partial result for one slice and journey.
public struct ImpactCell: Mergeable {
    public var totals: [CellKey: ImpactTotals] = [:]
    /// By hour and kind; the traffic class is always `.genuine` here.
    public var actors: [CellKey: ActorTotals] = [:]
    public var open: [CellKey: OpenTotals] = [:]
    /// Results by single dimensions.
    public var marginals = Marginals()
    /// Completions that are no attempts, by kind and hour; noise by hour.
    public var setAside = Tally<SetAsideKey>()
    /// Events of a support ticket by the topic's journey and hour (`contact` alone).
    public var contacts = Tally<ContactKey>()
    /// Steps (ranks) that any source showed at all, as a bit set.
    public var stepsShown: UInt16 = 0

    public init() {}

    public mutating func merge(_ other: ImpactCell) {
        Self.mergeValues(&totals, other.totals)
        Self.mergeValues(&actors, other.actors)
        Self.mergeValues(&open, other.open)
        marginals.merge(other.marginals)
        setAside.merge(other.setAside)
        contacts.merge(other.contacts)
        stepsShown |= other.stepsShown
    }

    // Static: a method would hold a copy of the whole cell, so that each merge copied it.
    private static func mergeValues<Value: Mergeable>(
        _ own: inout [CellKey: Value], _ other: [CellKey: Value]
    ) {
        if own.isEmpty {
            own = other
        } else {
            for (key, value) in other { own[key, default: Value()].merge(value) }
        }
    }
}

/// Attempts that have not matured.
public struct OpenTotals: Mergeable {
    public var open: UInt64 = 0
    public var completed: UInt64 = 0
    public init() {}
    public mutating func merge(_ other: OpenTotals) {
        open += other.open
        completed += other.completed
    }
}

/// What is counted beside attempts.
public enum SetAsideKind: String, Sendable, CaseIterable {
    case echo, sso, chained, unanchored, noise
}

/// A kind of completion that is no attempt in an hour.
public struct SetAsideKey: Hashable, Sendable {
    public var kind: SetAsideKind
    public var hour: Int64
    public init(kind: SetAsideKind, hour: Int64) {
        self.kind = kind
        self.hour = hour
    }
}

/// A support topic's journey in an hour; `JourneyID.none` where the topic belongs to none.
public struct ContactKey: Hashable, Sendable {
    public var journey: JourneyID
    public var hour: Int64
    public init(journey: JourneyID, hour: Int64) {
        self.journey = journey
        self.hour = hour
    }
}
