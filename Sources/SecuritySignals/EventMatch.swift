import IdentityModel

/// Which events a rule speaks of: every condition must hold; an empty list takes all.
public struct EventMatch: Sendable, Equatable {
    public var journeys: [JourneyID] = []
    /// Step names, looked up in each journey.
    public var steps: [String] = []
    public var outcomes: [Outcome] = []
    public var reasons: [Reason] = []
    /// Conditions on other fields, and those of `not`.
    public var tests: [FieldTest] = []
    /// What of the event must be new to its actor.
    public var newToActor: Novelty = []

    public init(
        journeys: [JourneyID] = [], steps: [String] = [], outcomes: [Outcome] = [],
        reasons: [Reason] = [], tests: [FieldTest] = [], newToActor: Novelty = []
    ) {
        self.journeys = journeys
        self.steps = steps
        self.outcomes = outcomes
        self.reasons = reasons
        self.tests = tests
        self.newToActor = newToActor
    }

    /// A guess, as docs/definitions.md has it: a broken release (`technical`) never looks like one.
    public static let guess = EventMatch(
        journeys: [.login], outcomes: [.failure],
        reasons: [.badCredential, .unknownUser, .locked, .disabled, .mfaFailed])

    /// A completed sign-in.
    public static let loginCompletion = EventMatch(
        journeys: [.login], steps: ["complete"], outcomes: [.success])

    /// Whether journey, step, outcome and reason allow an event; other fields are looked at later.
    func holds(journey: JourneyID, step: String, outcome: Outcome, reason: Reason) -> Bool {
        guard (journeys.isEmpty || journeys.contains(journey)) && (steps.isEmpty || steps.contains(step))
            && (outcomes.isEmpty || outcomes.contains(outcome))
            && (reasons.isEmpty || reasons.contains(reason))
        else { return false }
        return tests.allSatisfy { test in
            switch test.field {
            case .journey: test.numbers.contains(UInt32(journey.rawValue)) != test.isNegated
            case .step: test.texts.contains(.whole(step)) != test.isNegated
            case .outcome: test.numbers.contains(UInt32(outcome.rawValue)) != test.isNegated
            case .reason: test.numbers.contains(UInt32(reason.rawValue)) != test.isNegated
            default: true
            }
        }
    }
}

/// What an actor meets for the first time in 30 days; needs the memory of familiar people.
public struct Novelty: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let origin = Self(rawValue: 1)
    public static let device = Self(rawValue: 2)
}

/// A condition on one field of an event.
public struct FieldTest: Sendable, Equatable {
    /// The fields that a match may name.
    public enum Field: String, Sendable, CaseIterable {
        case journey, step, outcome, reason
        case method
        case actorKind = "actor_kind"
        case userAgentClass = "user_agent_class"
        case topic
        case client, tenant
        case vendorReason = "vendor_reason"
        case risk, dialect, country, assurance, segments
        case userAgent = "user_agent"
        case asn, address
    }

    /// How a text is compared.
    public enum Text: Sendable, Equatable {
        case whole(String)
        /// Anything that begins so; an empty prefix takes every value there is.
        case prefix(String)

        /// Whether `bytes`, which are not empty, are meant.
        func accepts(_ bytes: UnsafeRawBufferPointer) -> Bool {
            switch self {
            case .whole(let text): bytes.elementsEqual(text.utf8)
            case .prefix(let text): bytes.starts(with: text.utf8)
            }
        }
    }

    public var field: Field
    public var isNegated = false
    /// Of text fields, and steps.
    public var texts: [Text] = []
    /// Raw values of enumerations and journeys; autonomous system numbers.
    public var numbers: [UInt32] = []
    /// Of `address`.
    public var networks: [NetworkRange] = []

    public init(
        _ field: Field, texts: [Text] = [], numbers: [UInt32] = [], networks: [NetworkRange] = [],
        isNegated: Bool = false
    ) {
        self.field = field
        self.texts = texts
        self.numbers = numbers
        self.networks = networks
        self.isNegated = isNegated
    }

    /// Whether the text `bytes` of the test's field meets the test; no value meets only a `not`.
    func accepts(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.isEmpty { return isNegated }
        guard field == .segments else { return texts.contains { $0.accepts(bytes) } != isNegated }
        // Segments are labels joined by semicolons: each stands for itself.
        var start = 0
        for end in 0...bytes.count where end == bytes.count || bytes[end] == 0x3B {
            let label = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            if !label.isEmpty, texts.contains(where: { $0.accepts(label) }) { return !isNegated }
            start = end + 1
        }
        return isNegated
    }

    /// Whether `number` meets the test; 0 is no value, except of an enumeration that numbers from 0.
    func accepts(number: UInt32) -> Bool { numbers.contains(number) != isNegated }

    /// Whether an address meets the test; no address meets only a `not`.
    func accepts(address: UInt128) -> Bool {
        (address != 0 && networks.contains { $0.contains(address) }) != isNegated
    }
}

/// Addresses that begin with the same bits.
///
/// Source: RFC 4632 (CIDR) and RFC 4291, section 2.3.
public struct NetworkRange: Sendable, Equatable {
    let prefix: UInt128
    let mask: UInt128

    /// The network that `text` (`10.0.0.0/8`, `2001:db8::/32`, or one address) names; nil where it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = NetworkAddress(String(parts[0])) else {
            // The unspecified address is no address elsewhere, but names all of IPv4 or IPv6 here.
            guard text == "0.0.0.0/0" || text == "::/0" else { return nil }
            mask = text == "::/0" ? 0 : UInt128.max << 32
            prefix = text == "::/0" ? 0 : UInt128(0xFFFF) << 32
            return
        }
        let width = address.isIPv4 ? 32 : 128
        var length = width
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...width).contains(given) else { return nil }
            length = given
        }
        let free = width - length
        mask = free == 128 ? 0 : UInt128.max << UInt128(free)
        prefix = address.rawValue & mask
    }

    /// Whether `address` lies in the network.
    @inline(__always)
    public func contains(_ address: UInt128) -> Bool { address & mask == prefix }
}
