import Foundation

/// A line of text with fields in it, as a dialect writes it: `Failed {method} for {name} from {ip}`.
struct TextTemplate: Equatable {
    enum Piece: Equatable {
        case literal(String)
        /// A field (nil: skipped) that takes all up to the next literal, or exactly `width` bytes.
        case field(String?, width: Int?)
    }

    var pieces: [Piece] = []

    /// Why a text is no template.
    struct Flaw: Error {
        var text: String
    }

    /// Reads `text`; `{{` and `}}` are braces.
    init(_ text: String) throws(Flaw) {
        var literal = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character == "{" || character == "}", rest.first == character {
                literal.append(character)
                rest.removeFirst()
            } else if character == "}" {
                throw Flaw(text: "'}' closes nothing; write '}}' for a brace")
            } else if character == "{" {
                guard let close = rest.firstIndex(of: "}") else {
                    throw Flaw(text: "'{' is never closed; write '{{' for a brace")
                }
                let field = try Self.field(rest[..<close])
                rest = rest[rest.index(after: close)...]
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal = ""
                try Self.checkNeighbours(pieces.last, field)
                pieces.append(field)
            } else {
                literal.append(character)
            }
        }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        if pieces.isEmpty { throw Flaw(text: "a template must not be empty") }
    }

    private static func field(_ inside: Substring) throws(Flaw) -> Piece {
        let parts = inside.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard !name.isEmpty else { throw Flaw(text: "'{}' names no field; write '{_}' to skip text") }
        var width: Int?
        if parts.count == 2 {
            guard let count = Int(parts[1]), count > 0 else {
                throw Flaw(text: "the width of '{\(inside)}' must be a number of bytes")
            }
            width = count
        }
        return .field(name == "_" ? nil : name, width: width)
    }

    private static func checkNeighbours(_ before: Piece?, _ field: Piece) throws(Flaw) {
        if case .field(let name, width: nil)? = before {
            throw Flaw(
                text: "nothing stands between '{\(name ?? "_")}' and the next field; "
                    + "give the first a width or put text between them")
        }
    }

    /// The names of the fields that it takes.
    var fieldNames: [String] {
        pieces.compactMap { piece in
            if case .field(let name, _) = piece { name } else { nil }
        }
    }

    /// The text before the first field.
    var prefix: String {
        if case .literal(let text)? = pieces.first { text } else { "" }
    }

    /// The template as flat pieces in `memory`; `slot` numbers its fields.
    func compiled(in memory: CompiledMemory, slot: (String) -> Int) -> CompiledTemplate {
        var flat: [CompiledTemplate.Piece] = []
        var index = prefix.isEmpty ? 0 : 1
        while index < pieces.count {
            guard case .field(let name, let width) = pieces[index] else { break }
            var stop = ""
            if index + 1 < pieces.count, case .literal(let text) = pieces[index + 1] {
                stop = text
                index += 1
            }
            flat.append(
                CompiledTemplate.Piece(
                    slot: name.map { Int32(slot($0)) } ?? -1, width: Int32(width ?? -1),
                    stop: memory.place(stop)))
            index += 1
        }
        return CompiledTemplate(prefix: memory.place(prefix), pieces: memory.place(flat))
    }
}

/// A template as the matcher reads it: a literal, then fields, each with the literal that ends it.
///
///     "Failed password for " │ name ⟨ from ⟩ │ ip ⟨ port ⟩ │ skip ⟨ ssh2⟩
struct CompiledTemplate: BitwiseCopyable {
    struct Piece: BitwiseCopyable {
        /// Where the text goes, or -1.
        var slot: Int32
        /// The exact number of bytes, or -1 for all up to `stop`.
        var width: Int32
        /// The literal after the field; empty at the end of the template and after a width.
        var stop: Bytes
    }

    var prefix: Bytes
    var pieces: UnsafeBufferPointer<Piece>

    /// Lays the template over `text` and calls `take` with each field; false where it does not fit.
    ///
    /// The whole text must fit, but for blanks at its end. What was taken before a misfit has
    /// been handed over: the caller forgets it.
    @inline(__always)
    func match(_ text: Bytes, _ take: (Int, Bytes) -> Void) -> Bool {
        guard text.hasPrefix(prefix) else { return false }
        var cursor = text.start + prefix.count
        let end = text.end
        for piece in pieces {
            let close: UnsafePointer<UInt8>
            if piece.width >= 0 {
                guard end - cursor >= Int(piece.width) else { return false }
                close = cursor + Int(piece.width)
                guard Bytes(start: close, count: end - close).hasPrefix(piece.stop) else { return false }
            } else if piece.stop.count == 0 {
                close = end
            } else {
                let rest = Bytes(start: cursor, count: end - cursor)
                guard let hit = rest.firstRange(of: piece.stop) else { return false }
                close = hit
            }
            if piece.slot >= 0 { take(Int(piece.slot), Bytes(start: cursor, count: close - cursor)) }
            cursor = close + piece.stop.count
        }
        while cursor < end, isBlank(cursor.pointee) { cursor += 1 }
        return cursor == end
    }
}

/// Several templates of which the first that fits wins, found by the first byte of a text.
struct TemplateSet: BitwiseCopyable, @unchecked Sendable {
    private let templates: UnsafeBufferPointer<CompiledTemplate>
    /// For each first byte, and for an empty text last: where its candidates begin in `order`.
    private let begins: UnsafeBufferPointer<Int32>
    private let order: UnsafeBufferPointer<Int32>

    init(_ templates: [CompiledTemplate], in memory: CompiledMemory) {
        self.templates = memory.place(templates)
        var begins: [Int32] = []
        var order: [Int32] = []
        for byte in 0...256 {
            begins.append(Int32(order.count))
            for (index, template) in templates.enumerated() {
                let fits = template.prefix.count == 0 || Int(template.prefix.start.pointee) == byte
                if fits { order.append(Int32(index)) }
            }
        }
        begins.append(Int32(order.count))
        self.begins = memory.place(begins)
        self.order = memory.place(order)
    }

    /// Whether there are no templates.
    var isEmpty: Bool { templates.isEmpty }

    /// Lays the templates over `text` and keeps the fields of the first that fits in `captures`.
    @inline(__always)
    func match(_ text: Bytes, _ captures: inout Captures) -> Bool {
        let first = text.count > 0 ? Int(text.start.pointee) : 256
        var place = Int(begins[first])
        let stop = Int(begins[first + 1])
        while place < stop {
            captures.count = 0
            let template = templates[Int(order[place])]
            if template.match(text, { captures.add($0, $1) }) { return true }
            place += 1
        }
        captures.count = 0
        return false
    }
}

/// The fields that a template has taken, until it is known to fit.
struct Captures: ~Copyable {
    private let entries: UnsafeMutablePointer<(slot: Int, bytes: Bytes)>
    private let capacity: Int
    fileprivate(set) var count = 0

    /// Room for `capacity` fields of one template.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
        entries = .allocate(capacity: self.capacity)
    }

    deinit { entries.deallocate() }

    @inline(__always)
    fileprivate mutating func add(_ slot: Int, _ bytes: Bytes) {
        guard count < capacity else { return }
        entries[count] = (slot, bytes)
        count += 1
    }

    /// The `index`-th field taken.
    @inline(__always)
    subscript(index: Int) -> (slot: Int, bytes: Bytes) { entries[index] }

    /// Sets what was taken in `fields`.
    @inline(__always)
    func commit(to fields: borrowing RecordFields) {
        for index in 0..<count { fields.set(entries[index].slot, entries[index].bytes) }
    }
}
