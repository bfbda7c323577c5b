import IdentityModel

/// Why a record that its dialect understands makes no event.
enum Refusal: Equatable {
    case noTime
    case unreadableTime
    case clockSkew(Int64)
    /// A journey, step or outcome that does not exist.
    case unknownWord(String)

    /// The cause as the quarantine shows it.
    var text: String {
        switch self {
        case .noTime: "no time"
        case .unreadableTime: "its time is not understood"
        case .clockSkew(let at):
            "clock skew: \(Timestamp.text(at)) is "
                + (at < 946_684_800_000_000 ? "before 2000" : "more than a day ahead")
        case .unknownWord(let part): "its \(part) is none that this build knows"
        }
    }
}

extension EventAssembler {
    /// A name as typed: trimmed and in lower case.
    @inline(__always)
    func typedName(_ bytes: Bytes, _ fields: inout RecordFields) -> Bytes {
        let name = bytes.trimmed
        var hasUpper = false
        var isASCII = true
        var index = 0
        while index &+ 8 <= name.count {
            // A byte below 0x80 is a capital if adding 0x3F carries into its high bit and 0x25 does not.
            let word = UnsafeRawPointer(name.start + index).loadUnaligned(as: UInt64.self)
            let low = word & 0x7F7F_7F7F_7F7F_7F7F
            let capitals = (low &+ 0x3F3F_3F3F_3F3F_3F3F) & ~(low &+ 0x2525_2525_2525_2525)
            if word & 0x8080_8080_8080_8080 != 0 { isASCII = false }
            if capitals & ~word & 0x8080_8080_8080_8080 != 0 { hasUpper = true }
            index &+= 8
        }
        while index < name.count {
            let byte = name.start[index]
            if byte >= 0x80 { isASCII = false }
            if byte &- 0x41 < 26 { hasUpper = true }
            index &+= 1
        }
        if isASCII, !hasUpper { return name }
        return isASCII ? lowercased(name, &fields) : lowercasedUnicode(name, &fields)
    }

    private func lowercased(_ name: Bytes, _ fields: inout RecordFields) -> Bytes {
        let room = fields.room(name.count)
        for index in 0..<name.count {
            let byte = name.start[index]
            room[index] = byte &- 0x41 < 26 ? byte | 0x20 : byte
        }
        return Bytes(start: UnsafePointer(room), count: name.count)
    }

    private func lowercasedUnicode(_ name: Bytes, _ fields: inout RecordFields) -> Bytes {
        let lower = Array(name.text.lowercased().utf8)
        let room = fields.room(lower.count)
        room.update(from: lower, count: lower.count)
        return Bytes(start: UnsafePointer(room), count: lower.count)
    }

    @inline(__always)
    func intern(
        _ slots: CompiledMapping.Slots, _ fields: inout RecordFields, _ strings: inout StringTable
    ) -> UInt32 {
        guard let bytes = fields.first(slots) else { return 0 }
        return strings.intern(bytes.raw)
    }

    @inline(__always)
    func method(
        _ mapping: UnsafePointer<CompiledMapping>, _ rule: UnsafePointer<CompiledRule>,
        _ dialect: CompiledDialect, _ fields: inout RecordFields
    ) -> AuthMethod {
        if rule.pointee.method.mode != .none {
            let number = rule.pointee.method.number(&fields)
            return number > 0 ? AuthMethod(rawValue: UInt8(number)) ?? .none : .none
        }
        guard let word = fields.first(mapping.pointee.method) else { return .none }
        let number = dialect.vocabulary.methods.find(word)
        return number >= 0 ? AuthMethod(rawValue: UInt8(number)) ?? .other : .other
    }

    @inline(__always)
    func risk(
        _ mapping: UnsafePointer<CompiledMapping>, _ rule: UnsafePointer<CompiledRule>,
        _ fields: inout RecordFields, _ strings: inout StringTable
    ) -> UInt32 {
        switch rule.pointee.risk.mode {
        case .none:
            return intern(mapping.pointee.risk, &fields, &strings)
        case .text:
            if let text = fields.value(Int(rule.pointee.risk.slot)) { return strings.intern(text.raw) }
            return rule.pointee.risk.word < 0
                ? 0 : strings.intern(rule.pointee.risk.texts[Int(rule.pointee.risk.word)].raw)
        case .word, .table, .vocabulary:
            let number = rule.pointee.risk.number(&fields)
            return number < 0 ? 0 : strings.intern(rule.pointee.risk.texts[Int(number)].raw)
        }
    }

    /// `value` as tenths of a degree, rounded; `Int16.min` where it is none within `limit` degrees.
    func tenths(_ value: Bytes, limit: Int) -> Int16 {
        var cursor = value.trimmed
        var isNegative = false
        if cursor.count > 0, cursor.start.pointee == 0x2D || cursor.start.pointee == 0x2B {
            isNegative = cursor.start.pointee == 0x2D
            cursor = Bytes(start: cursor.start + 1, count: cursor.count - 1)
        }
        var digits = DigitCursor(cursor)
        guard let whole = digits.digits(1...3) else { return .min }
        var millionths = whole * 1_000_000
        if digits.takes(0x2E) {
            guard let fraction = digits.fraction() else { return .min }
            millionths += fraction
        }
        guard digits.isAtEnd, millionths <= limit * 1_000_000 else { return .min }
        let rounded = (millionths + 50_000) / 100_000
        return Int16(isNegative ? -rounded : rounded)
    }

    /// `value` as an autonomous system number, with or without `AS`; 0 where it is none.
    func autonomousSystem(_ value: Bytes) -> UInt32 {
        var text = value.trimmed
        if text.count > 2, text.start[0] | 0x20 == 0x61, text.start[1] | 0x20 == 0x73 {
            text = Bytes(start: text.start + 2, count: text.count - 2)
        }
        var digits = DigitCursor(text)
        guard let number = digits.digits(1...10), digits.isAtEnd else { return 0 }
        return UInt32(exactly: number) ?? 0
    }
}
