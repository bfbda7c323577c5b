/// Addresses of dictionary entries.
///
///     entries of distinct values │ how many │ form │ values
///     form 0: IPv6 alone · 1: IPv4 alone · 2: one bit per value tells which, IPv4 first
///     IPv4: 4 bytes each
///     IPv6: distinct heads of 4 bytes (a provider's prefix, RIPE-738) │ which │ 12 bytes each
enum WideValues {
    private static let mapped = UInt128(0xFFFF)

    static func encode(
        _ values: [UInt128], index: inout TupleIndex<SIMD4<UInt64>>, into writer: inout ColumnWriter
    ) {
        let entries = index.entries(values.count) { row in
            SIMD4(UInt64(truncatingIfNeeded: values[row]), UInt64(values[row] >> 64), 0, 0)
        }
        let distinct = index.keys.map { UInt128($0[1]) << 64 | UInt128($0[0]) }
        writer.varint(distinct.count)
        EntryColumn.encode(entries, distinct: distinct.count, into: &writer)
        let short = distinct.filter { $0 >> 32 == mapped }
        let long = distinct.filter { $0 >> 32 != mapped }
        if long.isEmpty {
            writer.byte(1)
        } else if short.isEmpty {
            writer.byte(0)
        } else {
            writer.byte(2)
            PackedIntegers.encode(distinct.map { $0 >> 32 == mapped ? UInt8(1) : 0 }, into: &writer)
        }
        writer.raws(short.count) { UInt32(truncatingIfNeeded: short[$0]) }
        if !long.isEmpty { encode(long: long, index: &index, into: &writer) }
    }

    private static func encode(
        long: [UInt128], index: inout TupleIndex<SIMD4<UInt64>>, into writer: inout ColumnWriter
    ) {
        // One more, so that a head of zeros, too, is an entry.
        let heads = index.entries(long.count) { SIMD4(UInt64(long[$0] >> 96) + 1, 0, 0, 0) }
        let distinct = index.keys
        writer.varint(distinct.count)
        writer.raws(distinct.count) { UInt32(distinct[distinct.startIndex + $0][0] - 1) }
        PackedIntegers.encode(heads, into: &writer)
        writer.raws(long.count) { UInt32(truncatingIfNeeded: long[$0] >> 64) }
        writer.raws(long.count) { UInt64(truncatingIfNeeded: long[$0]) }
    }

    static func decode(_ count: Int, from reader: inout ColumnReader) throws(CodecError) -> [UInt128]
    {
        let distinct = try reader.count(limit: count)
        let entries = try EntryColumn.decode(count, distinct: distinct, from: &reader)
        var areShort = [UInt8](repeating: 0, count: distinct)
        switch try reader.byte() {
        case 0: break
        case 1: areShort = [UInt8](repeating: 1, count: distinct)
        case 2: areShort = try PackedIntegers.decode(distinct, from: &reader, as: UInt8.self)
        default: throw CodecError("a column has an unknown form")
        }
        let shortCount = areShort.count { $0 == 1 }
        let short = try reader.raw(shortCount, as: UInt32.self)
        let long = try decodeLong(distinct - shortCount, from: &reader)
        var values: [UInt128] = [0]
        values.reserveCapacity(distinct + 1)
        var next = (short: 0, long: 0)
        for isShort in areShort {
            if isShort == 1 {
                values.append(mapped << 32 | UInt128(short[next.short]))
                next.short += 1
            } else {
                values.append(long[next.long])
                next.long += 1
            }
        }
        return entries.map { values[Int($0)] }
    }

    private static func decodeLong(
        _ count: Int, from reader: inout ColumnReader
    ) throws(CodecError) -> [UInt128] {
        guard count > 0 else { return [] }
        let heads = try reader.raw(try reader.count(limit: count), as: UInt32.self)
        let which = try PackedIntegers.decode(count, from: &reader, as: UInt32.self)
        let middles = try reader.raw(count, as: UInt32.self)
        let tails = try reader.raw(count, as: UInt64.self)
        var values: [UInt128] = []
        values.reserveCapacity(count)
        for row in 0..<count {
            guard which[row] > 0, which[row] <= heads.count else {
                throw CodecError("an address is out of range")
            }
            values.append(
                UInt128(heads[Int(which[row]) - 1]) << 96 | UInt128(middles[row]) << 64
                    | UInt128(tails[row]))
        }
        return values
    }
}
