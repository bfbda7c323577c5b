/// 128-bit values of dictionary entries: pseudonyms and addresses.
///
///     entries of distinct values │ how many │ form │ values
///     form 0: 16 bytes each · 1: IPv4 addresses of 4 bytes each · 2: one bit per value tells which
enum WideValues {
    private static let mapped = UInt128(0xFFFF)

    static func encode(_ values: [UInt128], index: inout TupleIndex, into writer: inout ByteWriter)
    {
        index.begin(rows: values.count)
        let entries = values.map { value in
            index.entry(.init(UInt64(truncatingIfNeeded: value), UInt64(value >> 64), 0, 0))
        }
        let distinct = index.keys.dropFirst().map { UInt128($0[1]) << 64 | UInt128($0[0]) }
        writer.varint(distinct.count)
        EntryColumn.encode(entries, distinct: distinct.count, into: &writer)
        let shortCount = distinct.count { $0 >> 32 == mapped }
        if shortCount == distinct.count {
            writer.byte(1)
            writer.raws(distinct.count) { UInt32(truncatingIfNeeded: distinct[$0]) }
        } else if shortCount == 0 {
            writer.byte(0)
            writer.raws(distinct.count) { distinct[$0] }
        } else {
            writer.byte(2)
            PackedIntegers.encode(distinct.map { $0 >> 32 == mapped ? UInt8(1) : 0 }, into: &writer)
            for value in distinct {
                if value >> 32 == mapped {
                    writer.raw(UInt32(truncatingIfNeeded: value))
                } else {
                    writer.raw(value)
                }
            }
        }
    }

    static func decode(_ count: Int, from reader: inout ByteReader) throws(CodecError) -> [UInt128]
    {
        let distinct = try reader.count(limit: count)
        let entries = try EntryColumn.decode(count, distinct: distinct, from: &reader)
        var values: [UInt128] = [0]
        values.reserveCapacity(distinct + 1)
        switch try reader.byte() {
        case 0: values += try reader.raw(distinct, as: UInt128.self)
        case 1:
            values += try reader.raw(distinct, as: UInt32.self).map { mapped << 32 | UInt128($0) }
        case 2:
            for isShort in try PackedIntegers.decode(distinct, from: &reader, as: UInt8.self) {
                if isShort == 1 {
                    values.append(mapped << 32 | UInt128(try reader.raw(1, as: UInt32.self)[0]))
                } else {
                    values.append(try reader.raw(1, as: UInt128.self)[0])
                }
            }
        default: throw CodecError("a column has an unknown form")
        }
        return entries.map { values[Int($0)] }
    }
}
