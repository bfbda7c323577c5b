import IdentityModel

/// A value of a dialect's file and the line it stands on.
struct Located<Value> {
    var value: Value
    var line: Int
}

/// A dialect as its file says it, before compilation. `docs/dialects.md` describes each part.
struct DialectDefinition {
    var name = ""
    var version = 1
    var title = ""
    /// `.unknown` is none.
    var kind = ActorKind.customer
    var span = CorrelationSpan.request
    var zone = "UTC"
    var settings: [(name: String, value: String)] = []
    var forms: [FormDefinition] = []
    var event = MappingDefinition()
    var kinds: [KindDefinition] = []
    var rules: [RuleDefinition] = []
}

/// How the bytes of a record become named fields.
struct FormDefinition {
    enum Primary {
        case json, text, pairs, syslog, csv
    }

    struct Pairs {
        var from: Located<String>?
        var separator = ", "
        var equals = "="
        var quote: UInt8 = 0
        var hasJSONEscapes = false
    }

    struct Requirement {
        var name: Located<String>
        /// The values that it must have one of; empty for any.
        var values: [String]
    }

    struct Derivation {
        var name: Located<String>
        var from: Located<String>
        var after: String?
        var before: String?
    }

    var name = ""
    var line = 0
    var primary = Primary.json
    var records: [String] = []
    var each: JSONPath?
    var templates: [TextTemplate] = []
    var textIn: Located<String>?
    var pairs: Pairs?
    var columns: [String] = []
    var separator: UInt8 = 0x2C
    var requires: [Requirement] = []
    var fields: [(name: Located<String>, sources: [Located<String>])] = []
    var derive: [Derivation] = []

    /// Whether pairs may give fields of any name.
    var hasOpenNames: Bool { pairs != nil }

    /// The fields that this form may set, as far as it names them.
    var fieldNames: [String] {
        var names = fields.map(\.name.value) + templates.flatMap(\.fieldNames) + columns
        names += derive.map(\.name.value)
        if primary == .syslog { names += ["time", "host", "program", "pid", "message"] }
        return names
    }
}

/// Which field is what.
struct MappingDefinition {
    /// One part of an event and where it comes from.
    struct Source {
        var fields: [Located<String>]
        var table: TableDefinition?
        var otherwise: Located<String>?
    }

    var sources: [EventKey: Source] = [:]
    var format = TimeFormat.auto
    var segments: [(label: String, field: Located<String>)] = []
}

/// What a dialect may say of an event.
enum EventKey: String, CaseIterable {
    case id, time, name, subject, ip
    case userAgent = "user_agent"
    case device, client, tenant, correlation, session, method, risk, country, asn
    case latitude, longitude, assurance
    case vendorReason = "vendor_reason"
    case ticket, topic
}

/// Words of the vendor and what they mean; a key may end with `*`.
struct TableDefinition {
    var entries: [(key: String, value: Located<String>)] = []
}

/// A test of one field.
struct ConditionDefinition {
    enum Test {
        case present, absent
        case oneOf([String])
        case noneOf([String])
    }

    var field: Located<String>
    var test: Test
}

/// An actor kind that differs from the dialect's.
struct KindDefinition {
    var conditions: [ConditionDefinition]
    var kind: ActorKind
}

/// What the records that fit it mean.
struct RuleDefinition {
    enum Action {
        case event(journey: JourneyID, step: UInt8, outcome: Outcome)
        case fields(journey: Located<String>, step: Located<String>, outcome: Located<String>)
        case ignore(String)
    }

    /// A word, or a word looked up.
    enum Choice {
        case word(Located<String>)
        case lookup(from: Located<String>, table: TableDefinition?, otherwise: Located<String>?)
    }

    var line = 0
    var conditions: [ConditionDefinition] = []
    var templates: [TextTemplate] = []
    var lineFrom = Located(value: "message", line: 0)
    var action = Action.ignore("")
    var reason: Choice?
    var method: Choice?
    var risk: Choice?
    /// Nil leaves the kind to the dialect; `.unknown` is none.
    var kind: ActorKind?
    var set: MappingDefinition?
    var span: CorrelationSpan?
    var flags: EventFlags = []
}
