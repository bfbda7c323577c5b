import IdentityModel

/// The texts that one block refers to, numbered anew; 0 stays "no value".
struct BlockTexts: Sendable {
    private var local: [UInt32] = []
    private var used: [UInt32] = []

    /// Starts anew for a batch with `count` strings.
    mutating func begin(count: Int) {
        for reference in used { local[Int(reference)] = 0 }
        used.removeAll(keepingCapacity: true)
        if local.count < count { local += repeatElement(0, count: count - local.count) }
    }

    /// The block's number of the batch's string `reference`.
    mutating func number(_ reference: UInt32) -> UInt32 {
        if reference == 0 { return 0 }
        let known = local[Int(reference)]
        if known != 0 { return known }
        used.append(reference)
        local[Int(reference)] = UInt32(used.count)
        return UInt32(used.count)
    }

    /// Writes the texts in the order of their numbers: count, lengths, bytes.
    func encode(_ strings: StringTable, into writer: inout ColumnWriter) {
        writer.varint(used.count)
        for reference in used { strings.withBytes(reference) { writer.varint($0.count) } }
        for reference in used { strings.withBytes(reference) { writer.append($0) } }
    }

    /// Adds the texts of a block to `strings`; returns their references by the block's numbers.
    static func decode(
        _ reader: inout ColumnReader, into strings: inout StringTable
    ) throws(CodecError) -> [UInt32] {
        let count = try reader.count(limit: reader.remaining)
        var lengths: [Int] = []
        for _ in 0..<count { lengths.append(try reader.count(limit: reader.remaining)) }
        var references: [UInt32] = [0]
        references.reserveCapacity(count + 1)
        for length in lengths { references.append(strings.intern(try reader.take(length))) }
        return references
    }
}
