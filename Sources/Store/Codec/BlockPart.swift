import IdentityModel

/// The frame around the columns of one part of a block.
///
///     checksum 4 │ format 2 │ events │ columns 1 │ (number 1, length)… │ column │ column │ … │ slack 8
///
/// The directory lets a reader decode single columns; the checksum covers all that follows it.
enum BlockPart {
    /// Format 1 held pseudonyms within the block and ids in full.
    static let format: UInt8 = 2
    static let eventsMax = 1 << 20

    /// Frames `columns`.
    static func bytes(events: Int, columns: [(number: ColumnNumber, bytes: [UInt8])]) -> [UInt8] {
        var writer = ColumnWriter()
        writer.reserve(columns.reduce(64) { $0 + $1.bytes.count + 8 })
        writer.raw(UInt32(0))
        writer.byte(format)
        writer.varint(events)
        writer.byte(UInt8(columns.count))
        for column in columns {
            writer.byte(column.number.rawValue)
            writer.varint(column.bytes.count)
        }
        for column in columns { writer.append(column.bytes) }
        writer.append(repeatElement(0, count: PackedIntegers.slackBytes))
        let checksum = writer.bytes.withUnsafeBytes { Self.checksum($0) }
        writer.patch(checksum, at: 0)
        return writer.bytes
    }

    static func checksum(_ part: UnsafeRawBufferPointer) -> UInt32 {
        recordFingerprint(UnsafeRawBufferPointer(rebasing: part.dropFirst(4)), key: 0)
    }
}

/// What a column of a block part holds.
enum ColumnNumber: UInt8 {
    case texts = 1
    case at, shape, identity, pseudonyms, ties, place, client, segments, agent, agentTexts, device
    case id
    case source, offset, recordLength, recordHash
}

/// A checked block part, whose columns can be read one by one.
struct BlockPartReader {
    private let bytes: UnsafeRawBufferPointer
    let events: Int
    private var ranges: [UInt8: Range<Int>] = [:]

    init(_ bytes: UnsafeRawBufferPointer) throws(CodecError) {
        self.bytes = bytes
        guard bytes.count >= 8 else { throw CodecError("it ends early") }
        let stored = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
        guard stored == BlockPart.checksum(bytes) else { throw CodecError("the checksum differs") }
        var reader = ColumnReader(bytes, 4..<bytes.count)
        guard try reader.byte() == BlockPart.format else { throw CodecError("an unknown format") }
        events = try reader.count(limit: BlockPart.eventsMax)
        var lengths: [(number: UInt8, length: Int)] = []
        for _ in 0..<(try reader.byte()) {
            lengths.append((try reader.byte(), try reader.count(limit: bytes.count)))
        }
        var start = reader.offset
        for (number, length) in lengths {
            guard length <= bytes.count - start else { throw CodecError("it ends early") }
            ranges[number] = start..<start + length
            start += length
        }
    }

    /// A reader of one column.
    func column(_ number: ColumnNumber) throws(CodecError) -> ColumnReader {
        guard let range = ranges[number.rawValue] else { throw CodecError("a column is missing") }
        return ColumnReader(bytes, range)
    }
}
