/// What a rule groups events by or counts the distinct values of.
///
/// A missing value forms no group and is no distinct value.
public enum SignalField: String, Sendable, CaseIterable, Comparable {
    /// The name, else the subject.
    case actor
    /// The IPv4 address, or the IPv6 /64.
    case origin
    /// The IPv4 address, or the IPv6 /48: what a provider gives to one customer at most.
    case origin48 = "origin_48"
    case address, subject, name, client, tenant, session, correlation, device
    case userAgent = "user_agent"
    case asn, country

    /// The order of declaration: it makes the fields of a group key canonical.
    public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// Whether the value is an address or a part of one.
    var isOfAddress: Bool { self == .origin || self == .origin48 || self == .address }

    /// Whether a rule grouped by this field is keyed by origin: such a rule does not mark familiar
    /// people, and does not apply where a proxy hides the addresses.
    var isOrigin: Bool { isOfAddress }
}
