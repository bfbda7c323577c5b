/// A column of entry numbers, where a new entry is the next number and 0 means "no value".
///
///     constant   0 │ entry
///     packed     1 │ integers
///     tagged     2 │ repeats │ two bits per row │ integers: how many entries back, per repeat
///                    0 no value · 1 the next new entry · 2 a repeat · 3 as the row before
///
/// The cheaper of packed and tagged is written: packed for vocabularies, tagged for people,
/// sessions and addresses, whose repeats follow soon.
enum EntryColumn {
    private enum Tag {
        static let none: UInt8 = 0
        static let fresh: UInt8 = 1
        static let again: UInt8 = 2
        static let same: UInt8 = 3
    }

    static func encode(_ entries: [UInt32], distinct: Int, into writer: inout ColumnWriter) {
        if let first = entries.first, !entries.contains(where: { $0 != first }) {
            writer.byte(0)
            writer.varint(first)
            return
        }
        let width = UInt32.bitWidth - UInt32(distinct).leadingZeroBitCount
        let packedBytes = (entries.count * width + 7) / 8
        // Tags alone are two bits a row, so they cannot win against as little.
        if width > 2 {
            let (tags, back) = tagged(entries)
            var repeats = ColumnWriter()
            PackedIntegers.encode(back, into: &repeats)
            if tags.count + repeats.bytes.count < packedBytes {
                writer.byte(2)
                writer.varint(back.count)
                writer.append(tags)
                writer.append(repeats.bytes)
                return
            }
        }
        writer.byte(1)
        PackedIntegers.encode(entries, into: &writer)
    }

    /// Two bits per row, and how far back each repeat reaches.
    private static func tagged(_ entries: [UInt32]) -> (tags: [UInt8], back: [UInt32]) {
        var tags: [UInt8] = []
        let back = [UInt32](unsafeUninitializedCapacity: entries.count + 1) { back, repeats in
            tags = [UInt8](unsafeUninitializedCapacity: (entries.count + 3) / 4) { tags, filled in
                var newest: UInt32 = 0
                var previous: UInt32 = 0
                var four: UInt8 = 0
                for (row, entry) in entries.enumerated() {
                    // Choices instead of branches: which tag comes is as good as random. Every row
                    // writes a distance; the next one overwrites it unless it was a repeat.
                    back.initializeElement(at: repeats, to: newest &- entry)
                    let ofKnown = entry == previous ? Tag.same : Tag.again
                    let ofAny = entry > newest ? Tag.fresh : ofKnown
                    let tag = entry == 0 ? Tag.none : ofAny
                    repeats &+= tag == Tag.again ? 1 : 0
                    newest = max(newest, entry)
                    previous = entry
                    four = four >> 2 | tag << 6
                    if row & 3 == 3 {
                        tags.initializeElement(at: filled, to: four)
                        filled &+= 1
                    }
                }
                let rest = entries.count & 3
                if rest > 0 {
                    tags.initializeElement(at: filled, to: four >> UInt8((4 - rest) * 2))
                    filled &+= 1
                }
            }
        }
        return (tags, back)
    }

    /// Decodes `count` entries, none larger than `distinct`.
    static func decode(
        _ count: Int, distinct: Int, from reader: inout ColumnReader
    ) throws(CodecError) -> [UInt32] {
        let entries: [UInt32]
        switch try reader.byte() {
        case 0:
            let entry = UInt32(try reader.count(limit: distinct))
            entries = [UInt32](repeating: entry, count: count)
        case 1: entries = try PackedIntegers.decode(count, from: &reader, as: UInt32.self)
        case 2: entries = try tagged(count, from: &reader)
        default: throw CodecError("a column has an unknown form")
        }
        var largest: UInt32 = 0
        for entry in entries { largest = max(largest, entry) }
        guard largest <= distinct else { throw CodecError("an entry is out of range") }
        return entries
    }

    private static func tagged(
        _ count: Int, from reader: inout ColumnReader
    ) throws(CodecError) -> [UInt32] {
        let repeats = try reader.count(limit: count)
        let tags = try reader.take((count + 3) / 4)
        // One more, so that the load below is always in range.
        let back = try PackedIntegers.decode(repeats, from: &reader, as: UInt32.self) + [0]
        var next = 0
        let entries = [UInt32](unsafeUninitializedCapacity: count) { target, filled in
            var newest: UInt32 = 0
            var previous: UInt32 = 0
            for row in 0..<count {
                // Masks instead of branches: tags are as good as random.
                let tag = tags[row >> 2] >> UInt8((row & 3) &* 2) & 3
                let isFresh = mask(tag, Tag.fresh)
                let isAgain = mask(tag, Tag.again)
                newest &-= isFresh
                previous =
                    (newest & isFresh) | ((newest &- back[min(next, repeats)]) & isAgain)
                    | (previous & mask(tag, Tag.same))
                next &+= Int(isAgain & 1)
                target.initializeElement(at: row, to: previous)
            }
            filled = count
        }
        guard next == repeats else { throw CodecError("repeats do not match their count") }
        return entries
    }

    /// All ones where `tag` is `wanted`, else 0.
    @inline(__always)
    private static func mask(_ tag: UInt8, _ wanted: UInt8) -> UInt32 {
        tag == wanted ? .max : 0
    }
}
