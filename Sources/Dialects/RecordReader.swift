/// What a record is to a dialect.
enum Reading: Equatable {
    /// The form of this number fits; its fields are set.
    case form(Int)
    /// The header of a table of comma-separated values.
    case header
    /// An array of records, or an object that holds one; see `RecordReader.elements`.
    case envelope
    /// JSON that is broken at this byte.
    case malformed(Int)
    /// JSON that nests too deep.
    case tooDeep
    /// Something else.
    case unknown
}

/// Reads records into named fields, as one dialect after another says.
///
/// Holds all memory that reading needs, for one stream. Cost: one pass over the record and some
/// 5 ns per field.
struct RecordReader: ~Copyable, @unchecked Sendable {
    var fields: RecordFields
    private(set) var elements: [JSONScanner.Element] = []
    private var captures: Captures
    private let keys: JSONKeyMemory
    private var quotes = QuoteMarks()
    private var settings: [[Bytes]]
    private let memory: CompiledMemory

    /// A reader for `dialects`, of which each has the values of `settings` (by dialect, in order).
    init(dialects: [CompiledDialect], settings values: [[String]]) {
        fields = RecordFields(capacity: dialects.map(\.slotCount).max() ?? 0)
        keys = JSONKeyMemory(trees: dialects.count)
        captures = Captures(capacity: dialects.map(\.capturesMax).max() ?? 0)
        let memory = CompiledMemory()
        settings = values.map { $0.map(memory.place) }
        self.memory = memory
    }

    /// Reads `record` as dialect number `index` of those given, which is `dialect`.
    mutating func read(_ record: Bytes, _ dialect: CompiledDialect, _ index: Int) -> Reading {
        fields.begin(count: dialect.slotCount)
        let first = dialect.firstSetting
        for (number, value) in settings[index].enumerated() { fields.set(first + number, value) }
        var json = Reading.unknown
        if dialect.hasJSON {
            json = scan(record, dialect, index)
            if json == .envelope { return json }
        }
        for number in 0..<dialect.forms.count {
            let reading = fit(record, dialect, index, number, json)
            if reading != .unknown { return reading }
            clearFields(dialect)
        }
        if case .form = json { return .unknown }
        return json
    }

    @inline(__always)
    private func clearFields(_ dialect: CompiledDialect) {
        (fields.slots + dialect.firstField).update(
            repeating: .empty, count: dialect.slotCount - dialect.firstField)
    }

    /// Walks the record where it looks like JSON; `.form` of no meaning where it is an object.
    private mutating func scan(_ record: Bytes, _ dialect: CompiledDialect, _ index: Int) -> Reading {
        var from = record.start
        while from < record.end, isBlank(from.pointee) { from += 1 }
        guard from < record.end, from.pointee == 0x7B || from.pointee == 0x5B else { return .unknown }
        let isArray = from.pointee == 0x5B
        var lent: [JSONScanner.Element] = []
        swap(&lent, &elements)
        var scanner = JSONScanner(
            record, marks: quotes.mark(record), nodes: dialect.nodes, slots: fields.slots,
            memory: keys.entries(ofTree: index), elements: lent)
        let failure = scanner.scan(root: isArray ? dialect.arrayRoot : 0)
        elements = scanner.elements
        switch failure {
        case .malformed(let byte)?: return isArray ? .unknown : .malformed(byte)
        case .tooDeep?: return .tooDeep
        case nil: break
        }
        if elements.contains(where: { $0.list == 0 && $0.bytes.start.pointee == 0x7B }) {
            elements.removeAll { $0.list != 0 }
            return .envelope
        }
        return isArray ? .unknown : .form(0)
    }

    private mutating func fit(
        _ record: Bytes, _ dialect: CompiledDialect, _ index: Int, _ number: Int, _ json: Reading
    ) -> Reading {
        guard let form = dialect.forms.baseAddress.map({ $0 + number }) else { return .unknown }
        switch form.pointee.primary {
        case .json:
            guard json == .form(0), meets(form.pointee.pathRequirements) else { return .unknown }
            if form.pointee.eachList >= 0 {
                let list = form.pointee.eachList
                guard let first = elements.first(where: { $0.list == list })?.bytes,
                    read(element: first, dialect, index, form: number)
                else { return .unknown }
                return .form(number)
            }
            takeSources(form)
        case .text:
            guard form.pointee.templates.match(record, &captures) else { return .unknown }
            captures.commit(to: fields)
        case .pairs:
            guard form.pointee.pairs.read(record, into: &fields) else { return .unknown }
        case .syslog:
            guard takeHeader(record, form) else { return .unknown }
        case .csv:
            switch form.pointee.csv.read(record, into: &fields) {
            case .header: return .header
            case .other: return .unknown
            case .values: break
            }
        }
        return finish(form) ? .form(number) : .unknown
    }

    /// Reads `element` of a form with `each`: its fields take the place of those before.
    mutating func read(
        element: Bytes, _ dialect: CompiledDialect, _ index: Int, form number: Int
    ) -> Bool {
        guard let form = dialect.forms.baseAddress.map({ $0 + number }) else { return false }
        clearFields(dialect)
        for slot in form.pointee.eachSlots { fields.slots[Int(slot)] = .empty }
        var scanner = JSONScanner(
            element, marks: quotes.mark(element), nodes: dialect.nodes, slots: fields.slots,
            memory: keys.entries(ofTree: index), elements: [])
        guard scanner.scan(root: form.pointee.eachRoot) == nil,
            meets(form.pointee.eachRequirements)
        else { return false }
        takeSources(form)
        return finish(form)
    }

    /// The elements of the record at hand that `form` makes events of.
    func elements(of form: Int, _ dialect: CompiledDialect) -> [Bytes] {
        let list = dialect.forms[form].eachList
        return elements.filter { $0.list == list }.map(\.bytes)
    }

    /// Runs the stages that follow the first: text, pairs, derived fields; then what must be there.
    @inline(__always)
    private mutating func finish(_ form: UnsafePointer<CompiledForm>) -> Bool {
        if form.pointee.textIn >= 0, form.pointee.hasTemplates {
            guard let text = fields.value(Int(form.pointee.textIn)),
                form.pointee.templates.match(text, &captures)
            else { return false }
            captures.commit(to: fields)
        }
        if form.pointee.hasPairs, form.pointee.pairsFrom >= 0 {
            guard let text = fields.value(Int(form.pointee.pairsFrom)) else { return false }
            _ = form.pointee.pairs.read(text, into: &fields)
        }
        if form.pointee.primary != .json { takeSources(form) }
        for derivation in form.pointee.derivations { derive(derivation) }
        return meets(form.pointee.requirements)
    }

    private mutating func meets(
        _ requirements: UnsafeBufferPointer<CompiledForm.Requirement>
    ) -> Bool {
        for requirement in requirements {
            guard let value = fields.value(Int(requirement.slot)) else { return false }
            if requirement.hasValues, !requirement.values.contains(value) { return false }
        }
        return true
    }

    @inline(__always)
    private mutating func takeSources(_ form: UnsafePointer<CompiledForm>) {
        let slots = fields.slots
        for move in form.pointee.moves {
            let slot = slots[Int(move.from)]
            if slot.flags & Slot.isSet != 0 { slots[Int(move.to)] = slot }
        }
        for source in form.pointee.sources {
            for candidate in source.candidates where fields.value(Int(candidate)) != nil {
                slots[Int(source.slot)] = slots[Int(candidate)]
                break
            }
        }
    }

    @inline(__always)
    private func takeHeader(_ record: Bytes, _ form: UnsafePointer<CompiledForm>) -> Bool {
        guard let header = SyslogHeader(record) else { return false }
        let slots = form.pointee.header
        fields.set(Int(slots.time), header.time)
        fields.set(Int(slots.host), header.host)
        fields.set(Int(slots.program), header.program)
        fields.set(Int(slots.pid), header.pid)
        fields.set(Int(slots.message), header.message)
        return true
    }

    private mutating func derive(_ derivation: CompiledForm.Derivation) {
        guard var bytes = fields.value(Int(derivation.from)) else { return }
        if derivation.after.count > 0 {
            guard let hit = bytes.firstRange(of: derivation.after) else { return }
            let from = hit + derivation.after.count
            bytes = Bytes(start: from, count: bytes.end - from)
        }
        if derivation.before.count > 0, let hit = bytes.firstRange(of: derivation.before) {
            bytes.count = hit - bytes.start
        }
        fields.set(Int(derivation.slot), bytes)
    }

    /// Finds the first rule that the fields fit and sets what its line takes; nil where none does.
    mutating func rule(_ dialect: CompiledDialect) -> Int? {
        guard let rules = dialect.rules.baseAddress else { return nil }
        for number in dialect.dispatch.candidates(&fields) {
            let rule = rules + Int(number)
            guard allHold(rule.pointee.conditions, &fields) else { continue }
            if rule.pointee.line >= 0 {
                guard let text = fields.value(Int(rule.pointee.line)),
                    rule.pointee.templates.match(text, &captures)
                else { continue }
                if rule.pointee.lateConditions.isEmpty {
                    captures.commit(to: fields)
                } else if !holdsLate(rule) {
                    continue
                }
            }
            return Int(number)
        }
        return nil
    }

    /// Whether the conditions on what the line took hold; if not, the fields are as before.
    private mutating func holdsLate(_ rule: UnsafePointer<CompiledRule>) -> Bool {
        var before: [Slot] = []
        for index in 0..<captures.count { before.append(fields.slots[captures[index].slot]) }
        captures.commit(to: fields)
        if allHold(rule.pointee.lateConditions, &fields) { return true }
        for index in stride(from: captures.count - 1, through: 0, by: -1) {
            fields.slots[captures[index].slot] = before[index]
        }
        return false
    }
}
