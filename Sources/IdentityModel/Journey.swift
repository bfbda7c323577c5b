/// The place of a journey in a `JourneyCatalog`.
public struct JourneyID: RawRepresentable, Hashable, Sendable, Comparable {
    /// The index into the catalog.
    public let rawValue: UInt8
    /// The journey at `rawValue` of the catalog.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    /// `rawValue` as an index.
    public var index: Int { Int(rawValue) }

    public static let login = Self(rawValue: 0)
    public static let registration = Self(rawValue: 1)
    public static let passwordReset = Self(rawValue: 2)
    public static let mfaEnrolment = Self(rawValue: 3)
    public static let stepUp = Self(rawValue: 4)
    public static let consent = Self(rawValue: 5)
    public static let accountRecovery = Self(rawValue: 6)
    public static let session = Self(rawValue: 7)
    public static let account = Self(rawValue: 8)
    public static let assessment = Self(rawValue: 9)
    public static let support = Self(rawValue: 10)
    /// No journey: a support topic that belongs to none.
    public static let none = Self(rawValue: 255)
}

/// A journey: steps in order, of which the first opens an attempt and the last completes it.
public struct Journey: Sendable, Equatable {
    /// The word used in dialects, rules and output.
    public let name: String
    /// Step names in rank order; at most 16.
    public let steps: [String]
    /// Whether events of this journey form attempts; otherwise each event stands alone.
    public let formsAttempts: Bool
    /// The longest pause inside one attempt, in µs.
    public let gap: Int64
    /// The longest time from an attempt's first event to its last, in µs.
    public let limit: Int64
    /// Whether an attempt may go on from another origin (links opened on another device).
    public let joinsByActorAlone: Bool
    /// Whether a completion that no live attempt awaits is no attempt (`unanchored`).
    public let needsAnchor: Bool

    public init(
        name: String, steps: [String], formsAttempts: Bool, gap: Int64, limit: Int64,
        joinsByActorAlone: Bool, needsAnchor: Bool
    ) {
        self.name = name
        self.steps = steps
        self.formsAttempts = formsAttempts
        self.gap = gap
        self.limit = limit
        self.joinsByActorAlone = joinsByActorAlone
        self.needsAnchor = needsAnchor
    }

    /// The rank of the step that completes an attempt.
    public var lastStep: UInt8 { UInt8(steps.count - 1) }
}

/// What scoring asks of a journey for every event, as plain values: copying it retains nothing.
public struct JourneyTraits: Sendable, Equatable {
    public let formsAttempts: Bool
    public let joinsByActorAlone: Bool
    public let needsAnchor: Bool
    public let lastStep: UInt8
    public let gap: Int64
    public let limit: Int64

    /// The traits of `journey`.
    public init(_ journey: Journey) {
        formsAttempts = journey.formsAttempts
        joinsByActorAlone = journey.joinsByActorAlone
        needsAnchor = journey.needsAnchor
        lastStep = journey.lastStep
        gap = journey.gap
        limit = journey.limit
    }
}

/// The journeys that events may belong to: the built-in ones, then those a team declares.
public struct JourneyCatalog: Sendable, Equatable {
    /// Journeys by `JourneyID.rawValue`.
    public let journeys: [Journey]

    /// The built-in journeys followed by `declared` ones.
    public init(declared: [Journey] = []) {
        journeys = Self.builtIn + declared
    }

    /// The traits of all journeys, by `JourneyID.rawValue`.
    public var traits: [JourneyTraits] { journeys.map(JourneyTraits.init) }

    /// The journeys that form attempts, in catalog order.
    public var attemptJourneys: [JourneyID] {
        journeys.indices.filter { journeys[$0].formsAttempts }.map { JourneyID(rawValue: UInt8($0)) }
    }

    /// The journey called `name`, or nil.
    public func id(named name: String) -> JourneyID? {
        journeys.firstIndex { $0.name == name }.map { JourneyID(rawValue: UInt8($0)) }
    }

    /// The journey of `id`; ids come from this catalog.
    public subscript(id: JourneyID) -> Journey { journeys[Int(id.rawValue)] }

    /// The rank of `step` in `journey`, or nil.
    public func step(named step: String, of journey: JourneyID) -> UInt8? {
        self[journey].steps.firstIndex(of: step).map { UInt8($0) }
    }

    private static let minute: Int64 = 60_000_000
    private static let hour: Int64 = 60 * minute

    private static func attempt(
        _ name: String, _ steps: [String], gap: Int64, limit: Int64, byActorAlone: Bool = false,
        needsAnchor: Bool = false
    ) -> Journey {
        Journey(
            name: name, steps: steps, formsAttempts: true, gap: gap, limit: limit,
            joinsByActorAlone: byActorAlone, needsAnchor: needsAnchor)
    }

    private static func single(_ name: String, _ steps: [String]) -> Journey {
        Journey(
            name: name, steps: steps, formsAttempts: false, gap: 0, limit: 0,
            joinsByActorAlone: false, needsAnchor: false)
    }

    // The order is that of the `JourneyID` constants.
    private static let builtIn: [Journey] = [
        attempt("login", ["start", "credential", "mfa", "complete"], gap: 10 * minute, limit: 30 * minute),
        attempt(
            "registration", ["start", "submit", "verify", "complete"], gap: 24 * hour,
            limit: 72 * hour, byActorAlone: true),
        attempt(
            "password_reset", ["request", "open", "complete"], gap: 24 * hour, limit: 24 * hour,
            byActorAlone: true, needsAnchor: true),
        attempt(
            "mfa_enrolment", ["offer", "start", "verify", "complete"], gap: 30 * minute, limit: hour),
        attempt(
            "step_up", ["challenge", "verify", "complete"], gap: 10 * minute, limit: 30 * minute,
            needsAnchor: true),
        attempt("consent", ["prompt", "complete"], gap: 10 * minute, limit: 30 * minute),
        attempt(
            "account_recovery", ["request", "proof", "complete"], gap: 24 * hour, limit: 72 * hour,
            byActorAlone: true, needsAnchor: true),
        single("session", ["start", "sso", "refresh", "token", "end"]),
        single(
            "account",
            [
                "password_changed", "factor_added", "factor_removed", "contact_changed", "locked",
                "unlocked", "disabled", "consent_revoked", "impersonated",
            ]),
        single("assessment", ["risk", "reported", "confirmed", "cleared"]),
        single("support", ["contact", "resolved"]),
    ]
}

/// The ranks of the built-in steps that code must tell apart.
public enum LoginStep {
    public static let start: UInt8 = 0
    public static let credential: UInt8 = 1
    public static let mfa: UInt8 = 2
    public static let complete: UInt8 = 3
}
