/// One normalized identity event: at `at`, an actor did `step` of `journey` from an address,
/// with `outcome` and `reason`.
///
/// A row of an `EventBatch`. Text (client, tenant, …) is a number in the batch's `StringTable`;
/// identities are pseudonyms; 0 is "no value" everywhere unless said otherwise.
public struct IdentityEvent: Sendable, Equatable {
    /// The key for deduplication, together with `at`.
    public var id: UInt128 = 0
    /// When it happened, in µs since 1970 UTC, by the record itself.
    public var at: Int64 = 0
    public var journey: JourneyID = .none
    /// The rank of the step in its journey.
    public var step: UInt8 = 0
    public var outcome: Outcome = .progress
    public var reason: Reason = .none
    public var actorKind: ActorKind = .unknown
    public var method: AuthMethod = .none
    public var userAgentClass: UserAgentClass = .none
    public var span: CorrelationSpan = .request
    public var flags: EventFlags = []
    /// The journey that a support contact is about; `.none` elsewhere.
    public var topic: JourneyID = .none
    /// Pseudonym of the name as typed.
    public var name: UInt128 = 0
    /// Pseudonym of the vendor's stable user id.
    public var subject: UInt128 = 0
    /// Keyed fingerprint of the vendor's transaction id, or of a ticket id.
    public var correlation: UInt64 = 0
    /// Keyed fingerprint of the session that a success opened or used.
    public var session: UInt64 = 0
    /// The full address.
    public var address: NetworkAddress = .none
    /// Keyed fingerprint of the device.
    public var device: UInt64 = 0
    public var userAgent: UInt32 = 0
    public var client: UInt32 = 0
    public var tenant: UInt32 = 0
    public var vendorReason: UInt32 = 0
    /// The vendor's own risk verdict or trigger.
    public var risk: UInt32 = 0
    /// The name of the dialect that read the record.
    public var dialect: UInt32 = 0
    /// Labels that the team chose, `key=value` joined by `;` in key order.
    public var segments: UInt32 = 0
    /// ISO 3166 alpha-2.
    public var country: UInt32 = 0
    /// Such as `AAL2`.
    public var assurance: UInt32 = 0
    public var asn: UInt32 = 0
    /// Tenths of a degree; `Int16.min` is no value.
    public var latitude: Int16 = .min
    public var longitude: Int16 = .min
    /// The store's number of the source (file, member, peer); 0 before it is journalled.
    public var source: UInt32 = 0
    /// Where the record begins in the uncompressed stream.
    public var offset: UInt64 = 0
    /// The record's length in bytes and a fingerprint of its text: two texts of one id are told apart by them.
    public var recordLength: UInt32 = 0
    public var recordHash: UInt32 = 0

    /// An event without any value.
    public init() {}

    /// Who acted: the name, else the subject; 0 where neither is known.
    public var actor: UInt128 { name != 0 ? name : subject }

    /// The IPv4 address or the IPv6 /64; 0 where unknown.
    public var origin: UInt128 { address.origin }

    /// The correlation id where it spans more than one request, else 0.
    public var tie: UInt64 { span == .request ? 0 : correlation }

    /// The canonical order of docs/definitions.md: (at, rank of the step, outcome, id).
    @inline(__always)
    public static func precedes(_ a: IdentityEvent, _ b: IdentityEvent) -> Bool {
        if a.at != b.at { return a.at < b.at }
        if a.step != b.step { return a.step < b.step }
        if a.outcome != b.outcome { return a.outcome.rawValue < b.outcome.rawValue }
        // The upper half decides, for the journal keeps no more of an id.
        return a.id >> 64 < b.id >> 64
    }
}

/// What a dialect says of an event beyond its values.
public struct EventFlags: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// A silent completion: it became session/sso and was nobody's try.
    public static let silent = Self(rawValue: 1)
    /// An MFA event that cannot say which journey it belongs to.
    public static let floating = Self(rawValue: 2)
}
