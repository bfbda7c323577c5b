/// The groups of event columns that rules look at; those of a journal's columns that are stored together.
public struct SignalColumns: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `journey`, `step`, `outcome`, `reason`.
    public static let step = Self(rawValue: 1 << 0)
    /// `actorKind`, `method`, `topic`.
    public static let kind = Self(rawValue: 1 << 1)
    /// `dialect`, `tenant`, `vendorReason`, `risk`, `assurance`.
    public static let vendor = Self(rawValue: 1 << 2)
    public static let name = Self(rawValue: 1 << 3)
    public static let subject = Self(rawValue: 1 << 4)
    public static let correlation = Self(rawValue: 1 << 5)
    public static let session = Self(rawValue: 1 << 6)
    public static let address = Self(rawValue: 1 << 7)
    /// `country`, `asn`, `latitude`, `longitude`.
    public static let geography = Self(rawValue: 1 << 8)
    public static let client = Self(rawValue: 1 << 9)
    public static let segments = Self(rawValue: 1 << 10)
    public static let userAgentClass = Self(rawValue: 1 << 11)
    public static let userAgent = Self(rawValue: 1 << 12)
    public static let device = Self(rawValue: 1 << 13)
    /// `source`: where some sources' addresses are hidden.
    public static let source = Self(rawValue: 1 << 14)

    init(_ field: SignalField) {
        self =
            switch field {
            case .actor: [.name, .subject]
            case .origin, .origin48, .address: .address
            case .subject: .subject
            case .name: .name
            case .client: .client
            case .tenant: .vendor
            case .session: .session
            case .correlation: .correlation
            case .device: .device
            case .userAgent: .userAgent
            case .asn, .country: .geography
            }
    }

    init(_ field: FieldTest.Field) {
        self =
            switch field {
            case .journey, .step, .outcome, .reason: .step
            case .method, .actorKind, .topic: .kind
            case .userAgentClass: .userAgentClass
            case .client: .client
            case .tenant, .vendorReason, .risk, .dialect, .assurance: .vendor
            case .country, .asn: .geography
            case .segments: .segments
            case .userAgent: .userAgent
            case .address: .address
            }
    }

    /// What `rule` looks at.
    init(_ rule: SignalRule) {
        self = [.step, .name, .subject]
        for field in rule.groupBy + rule.conditions.compactMap(\.field) { formUnion(Self(field)) }
        let matches = rule.selections.map(\.match) + [rule.beside].compactMap(\.self)
        for test in matches.flatMap(\.tests) + rule.except { formUnion(Self(test.field)) }
        if rule.kind == .travel { formUnion(.geography) }
    }
}
