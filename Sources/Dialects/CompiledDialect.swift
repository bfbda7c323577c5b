import IdentityModel

/// A dialect ready to read records: tables and numbers, no text to interpret.
///
/// Slots of a record's fields, the same for all forms:
///
///     │ JSON paths │ settings │ fields by name │
final class CompiledDialect: @unchecked Sendable {
    let name: String
    let version: Int
    let title: String
    let zone: String
    let kind: ActorKind
    let span: CorrelationSpan
    /// Settings and their values unless a team changes them.
    let settings: [(name: String, value: String)]
    /// Slots by field name, for messages.
    let fieldNames: [String]

    let pathCount: Int
    let slotCount: Int
    let capturesMax: Int
    let nodes: UnsafePointer<JSONNode>
    /// The node at which the elements of a bare array are records.
    let arrayRoot: Int32
    let hasJSON: Bool
    let forms: UnsafeBufferPointer<CompiledForm>
    let mappings: UnsafeBufferPointer<CompiledMapping>
    let kinds: UnsafeBufferPointer<CompiledKind>
    let rules: UnsafeBufferPointer<CompiledRule>
    let dispatch: RuleDispatch
    let vocabulary: Vocabulary
    /// Why records of a rule are ignored; empty for rules that make events.
    let ignored: [String]
    /// The lines of the rules in the dialect's file.
    let ruleLines: [Int]
    /// Values of settings that conditions ask for.
    let askedSettings: [(String, String)]
    private let memory: CompiledMemory

    /// Where the slots of settings begin.
    var firstSetting: Int { pathCount }
    /// Where the slots of named fields begin.
    var firstField: Int { pathCount + settings.count }

    init(_ parts: DialectCompiler.Parts) {
        let definition = parts.definition
        name = definition.name
        version = definition.version
        title = definition.title
        zone = definition.zone
        kind = definition.kind
        span = definition.span
        settings = definition.settings
        fieldNames = parts.fieldNames
        pathCount = parts.pathCount
        slotCount = parts.slotCount
        capturesMax = parts.capturesMax
        nodes = parts.nodes
        arrayRoot = parts.arrayRoot
        hasJSON = definition.forms.contains { $0.primary == .json }
        forms = parts.forms
        mappings = parts.mappings
        kinds = parts.kinds
        rules = parts.rules
        dispatch = parts.dispatch
        vocabulary = parts.vocabulary
        ignored = definition.rules.map { rule in
            if case .ignore(let why) = rule.action { why } else { "" }
        }
        ruleLines = definition.rules.map(\.line)
        askedSettings = definition.rules.flatMap(\.conditions).flatMap { condition in
            guard case .oneOf(let values) = condition.test,
                condition.field.value.hasPrefix("setting.")
            else { return [(String, String)]() }
            return values.map { (String(condition.field.value.dropFirst("setting.".count)), $0) }
        }
        memory = parts.memory
    }
}

/// How the bytes of a record become fields.
struct CompiledForm: BitwiseCopyable {
    enum Primary: UInt8 {
        case json, text, pairs, syslog, csv
    }

    /// A field that comes from one slot.
    struct Move: BitwiseCopyable {
        var from: Int32
        var to: Int32
    }

    /// A field and the slots that it may come from, in order.
    struct Source: BitwiseCopyable {
        var slot: Int32
        var candidates: UnsafeBufferPointer<Int32>
    }

    /// A slot that must have a value, one of `values` where there are any.
    struct Requirement: BitwiseCopyable {
        var slot: Int32
        var hasValues: Bool
        var values: ValueSet
    }

    /// A field made from a part of another.
    struct Derivation: BitwiseCopyable {
        var slot: Int32
        var from: Int32
        var after: Bytes
        var before: Bytes
    }

    /// Slots of the syslog header's parts.
    struct Header: BitwiseCopyable {
        var time: Int32
        var host: Int32
        var program: Int32
        var pid: Int32
        var message: Int32
    }

    var primary: Primary
    /// Of the record, before any field is made.
    var pathRequirements: UnsafeBufferPointer<Requirement>
    /// Of an element, where the form has `each`.
    var eachRequirements: UnsafeBufferPointer<Requirement>
    /// Of the fields, when all are made.
    var requirements: UnsafeBufferPointer<Requirement>
    var moves: UnsafeBufferPointer<Move>
    var sources: UnsafeBufferPointer<Source>
    var textIn: Int32
    var templates: TemplateSet
    var hasTemplates: Bool
    var pairsFrom: Int32
    var pairs: PairReader
    var hasPairs: Bool
    var header: Header
    var csv: CSVReader
    var derivations: UnsafeBufferPointer<Derivation>
    /// The list of elements that each make an event, and the tree and slots for one; -1 without `each`.
    var eachList: Int32
    var eachRoot: Int32
    var eachSlots: UnsafeBufferPointer<Int32>
}

/// Which slots an event's parts come from, in order.
struct CompiledMapping: BitwiseCopyable {
    typealias Slots = UnsafeBufferPointer<Int32>

    /// A label and the slot of its value.
    struct Segment: BitwiseCopyable {
        /// `label=`.
        var label: Bytes
        var slot: Int32
    }

    var id: Slots
    var time: Slots
    var name: Slots
    var subject: Slots
    var ip: Slots
    var userAgent: Slots
    var device: Slots
    var client: Slots
    var tenant: Slots
    var correlation: Slots
    var session: Slots
    var method: Slots
    var risk: Slots
    var country: Slots
    var asn: Slots
    var latitude: Slots
    var longitude: Slots
    var assurance: Slots
    var vendorReason: Slots
    var ticket: Slots
    var topic: Slots
    var topicTable: WordTable
    var topicOtherwise: Int32
    var segments: UnsafeBufferPointer<Segment>
    var format: TimeFormat
}

/// Words that records may hold themselves, and the numbers of what they mean.
struct Vocabulary: BitwiseCopyable {
    var journeys: ByteTable
    /// Steps by journey.
    var steps: UnsafeBufferPointer<ByteTable>
    var outcomes: ByteTable
    var reasons: ByteTable
    var methods: ByteTable

    init(_ catalog: JourneyCatalog, in memory: CompiledMemory) {
        func table(_ words: [String], from first: Int32 = 0) -> ByteTable {
            let entries = words.enumerated().map { (key: $1, value: Int32($0) + first) }
            return ByteTable(entries.filter { !$0.key.isEmpty }, in: memory)
        }
        journeys = table(catalog.journeys.map(\.name))
        steps = memory.place(catalog.journeys.map { table($0.steps) })
        outcomes = table(Outcome.allCases.map(\.word))
        reasons = table(Reason.allCases.map(\.word))
        methods = table(AuthMethod.allCases.map(\.word))
    }
}
