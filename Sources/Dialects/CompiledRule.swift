import IdentityModel

/// A test of one slot.
struct CompiledCondition: BitwiseCopyable {
    enum Test: UInt8 {
        case present, absent, oneOf, noneOf
    }

    var slot: Int32
    var test: Test
    var values: ValueSet

    @inline(__always)
    func holds(_ fields: inout RecordFields) -> Bool {
        let value = fields.value(Int(slot))
        switch test {
        case .present: return value != nil
        case .absent: return value == nil
        case .oneOf:
            guard let value else { return false }
            return values.contains(value)
        case .noneOf:
            guard let value else { return true }
            return !values.contains(value)
        }
    }
}

/// Whether all of `conditions` hold.
@inline(__always)
func allHold(_ conditions: UnsafeBufferPointer<CompiledCondition>, _ fields: inout RecordFields) -> Bool {
    guard let first = conditions.baseAddress else { return true }
    for index in 0..<conditions.count where !first[index].holds(&fields) { return false }
    return true
}

/// An actor kind that differs from the dialect's.
struct CompiledKind {
    var conditions: UnsafeBufferPointer<CompiledCondition>
    var kind: ActorKind
}

/// A reason, method or risk: nothing, a word, or a word looked up.
struct CompiledChoice: BitwiseCopyable {
    enum Mode: UInt8 {
        case none, word, table, vocabulary, text
    }

    var mode = Mode.none
    var slot: Int32 = -1
    /// The number of the word, or of the word where nothing is found; -1 for none.
    var word: Int32 = -1
    var table: WordTable
    /// Texts by number, for risks.
    var texts: UnsafeBufferPointer<Bytes>
    /// The words that records may hold themselves.
    var vocabulary: ByteTable

    /// The number of what the record says, or -1.
    @inline(__always)
    func number(_ fields: inout RecordFields) -> Int32 {
        switch mode {
        case .none, .text: return -1
        case .word: return word
        case .table, .vocabulary:
            guard let value = fields.value(Int(slot)) else { return word }
            let found = mode == .table ? table.find(value) : vocabulary.find(value)
            return found >= 0 ? found : word
        }
    }
}

/// What the records that fit it mean.
struct CompiledRule {
    enum Action: UInt8 {
        case event, fields, ignore
    }

    /// Conditions on what the form gave.
    var conditions: UnsafeBufferPointer<CompiledCondition>
    /// The slot that `templates` are laid over, or -1.
    var line: Int32
    var templates: TemplateSet
    /// Conditions on what the templates took.
    var lateConditions: UnsafeBufferPointer<CompiledCondition>
    var action: Action
    var journey: JourneyID
    var step: UInt8
    var outcome: Outcome
    /// Slots of journey, step and outcome where the action takes them from fields.
    var journeySlot: Int32
    var stepSlot: Int32
    var outcomeSlot: Int32
    var reason: CompiledChoice
    var method: CompiledChoice
    var risk: CompiledChoice
    var kind: ActorKind
    /// Whether the rule says a kind, be it none; else the dialect does.
    var hasKind: Bool
    var span: CorrelationSpan
    var flags: EventFlags
    /// The index of the mapping that `set` made; 0 is that of `event`.
    var mapping: Int32
}

/// Finds the rules that a record may fit without asking each.
///
///     "LOGIN" ──▶ 0 1 85        value of the field that most rules ask for, or the first four
///     "LOGOUT" ─▶ 64 85         bytes of the line that most rules lay a template over
///     others ───▶ 85
struct RuleDispatch: BitwiseCopyable {
    enum Mode: UInt8 {
        case value, prefix, none
    }

    /// How many bytes of a line decide.
    static let prefixBytes = 4

    var mode: Mode
    var slot: Int32
    var table: ByteTable
    var buckets: UnsafeBufferPointer<UnsafeBufferPointer<Int32>>
    var others: UnsafeBufferPointer<Int32>

    /// The rules to try, in order.
    @inline(__always)
    func candidates(_ fields: inout RecordFields) -> UnsafeBufferPointer<Int32> {
        guard mode != .none, var value = fields.value(Int(slot)) else { return others }
        if mode == .prefix {
            guard value.count >= Self.prefixBytes else { return others }
            value.count = Self.prefixBytes
        }
        let bucket = table.find(value)
        return bucket >= 0 ? buckets[Int(bucket)] : others
    }
}
