import IdentityModel

/// Events that a rule must fire for, or must not: its test and its documentation.
public struct SignalExample: Sendable, Equatable {
    public var title: String
    /// In any order; times count from 2026-01-01.
    public var events: [ExampleEvent]
    public var fires: Bool
    /// How many of the events the rule marks; nil where the example does not say.
    public var marked: Int?
    /// The line of the file, for messages.
    public var line: Int
}

/// An event of an example, its texts not yet numbered.
public struct ExampleEvent: Sendable, Equatable {
    var event = IdentityEvent()
    /// By the names of fields: actor, subject, name, client, tenant, … as written.
    var texts: [String: String] = [:]
}

extension ExampleEvent {
    /// When examples begin: 2026-01-01T00:00:00Z.
    static let start: Int64 = 1_767_225_600_000_000

    private static let hash = KeyedHash(key: 0x4578_616D_706C_6573)

    /// The event with texts numbered in `strings` and identities hashed.
    func resolved(number: Int, _ strings: inout StringTable) -> IdentityEvent {
        var event = self.event
        event.id = UInt128(number + 1)
        func wide(_ key: String) -> UInt128 {
            guard var text = texts[key] else { return 0 }
            return text.withUTF8 { Self.hash.hash(UnsafeRawBufferPointer($0)) }
        }
        func narrow(_ key: String) -> UInt64 {
            guard var text = texts[key] else { return 0 }
            return text.withUTF8 { Self.hash.fingerprint(UnsafeRawBufferPointer($0), domain: 0) }
        }
        func text(_ key: String) -> UInt32 { texts[key].map { strings.intern($0) } ?? 0 }
        event.name = wide(texts["actor"] == nil ? "name" : "actor")
        event.subject = wide("subject")
        event.session = narrow("session")
        event.correlation = narrow("correlation")
        event.device = narrow("device")
        event.client = text("client")
        event.tenant = text("tenant")
        event.userAgent = text("user_agent")
        event.vendorReason = text("vendor_reason")
        event.risk = text("risk")
        event.dialect = text("dialect")
        event.country = text("country")
        event.assurance = text("assurance")
        event.segments = text("segments")
        return event
    }
}
