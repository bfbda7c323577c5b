/// A set of values, of which some may begin or end with `*`.
struct ValueSet: BitwiseCopyable, @unchecked Sendable {
    private let exact: ByteTable
    private let wildcards: UnsafeBufferPointer<Wildcard>

    init(_ values: [String], in memory: CompiledMemory) {
        exact = ByteTable(
            values.filter { !Wildcard.isWildcard($0) }.map { ($0, 0) }, in: memory)
        wildcards = memory.place(
            values.filter(Wildcard.isWildcard).map { Wildcard($0, value: 0, in: memory) })
    }

    @inline(__always)
    func contains(_ bytes: Bytes) -> Bool {
        if exact.find(bytes) >= 0 { return true }
        for wildcard in wildcards where wildcard.fits(bytes) { return true }
        return false
    }
}

/// A value with `*` at an end, or at both.
struct Wildcard: BitwiseCopyable {
    private enum Kind: UInt8 {
        case prefix, suffix, inside
    }

    private let kind: Kind
    private let text: Bytes
    /// What the value means, in a table.
    let value: Int32

    /// Whether `text` is one.
    static func isWildcard(_ text: String) -> Bool { text.hasPrefix("*") || text.hasSuffix("*") }

    init(_ text: String, value: Int32, in memory: CompiledMemory) {
        self.value = value
        let (head, tail) = (text.hasPrefix("*"), text.hasSuffix("*"))
        kind = head && tail ? .inside : head ? .suffix : .prefix
        self.text = memory.place(
            String(text.dropFirst(head ? 1 : 0).dropLast(tail && text.count > 1 ? 1 : 0)))
    }

    @inline(__always)
    func fits(_ bytes: Bytes) -> Bool {
        switch kind {
        case .prefix: bytes.hasPrefix(text)
        case .suffix: bytes.hasSuffix(text)
        case .inside: bytes.firstRange(of: text) != nil
        }
    }
}

/// Words of the vendor and the numbers of what they mean.
struct WordTable: BitwiseCopyable, @unchecked Sendable {
    private let exact: ByteTable
    private let wildcards: UnsafeBufferPointer<Wildcard>

    init(_ entries: [(key: String, value: Int32)], in memory: CompiledMemory) {
        exact = ByteTable(entries.filter { !Wildcard.isWildcard($0.key) }, in: memory)
        wildcards = memory.place(
            entries.filter { Wildcard.isWildcard($0.key) }
                .map { Wildcard($0.key, value: $0.value, in: memory) })
    }

    /// The number of `bytes`, or -1. An entry without `*` goes before one with it.
    @inline(__always)
    func find(_ bytes: Bytes) -> Int32 {
        let found = exact.find(bytes)
        if found >= 0 { return found }
        for wildcard in wildcards where wildcard.fits(bytes) { return wildcard.value }
        return -1
    }
}
