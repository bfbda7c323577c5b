/// Reads what `ColumnWriter` wrote; every read is checked, and damage is a `CodecError`.
struct ColumnReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset: Int
    private let end: Int

    /// Reads `range` of `bytes`.
    init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    var remaining: Int { end - offset }

    mutating func byte() throws(CodecError) -> UInt8 {
        guard offset < end else { throw CodecError("it ends early") }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func varint() throws(CodecError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
            guard shift < 64 else { throw CodecError("a number is too long") }
        }
    }

    /// A count or length, which must not exceed `limit`.
    mutating func count(limit: Int) throws(CodecError) -> Int {
        let value = try varint()
        guard value <= UInt64(limit) else { throw CodecError("a count is out of range") }
        return Int(value)
    }

    mutating func zigzag() throws(CodecError) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// The next `count` bytes.
    mutating func take(_ count: Int) throws(CodecError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw CodecError("it ends early") }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    /// `count` integers of fixed width.
    mutating func raw<T: FixedWidthInteger>(_ count: Int, as type: T.Type) throws(CodecError) -> [T]
    {
        let width = MemoryLayout<T>.size
        guard count >= 0, count <= remaining / width else { throw CodecError("it ends early") }
        let source = try take(count * width)
        return [T](unsafeUninitializedCapacity: count) { target, filled in
            for index in 0..<count {
                let value = source.loadUnaligned(fromByteOffset: index &* width, as: T.self)
                target.initializeElement(at: index, to: T(littleEndian: value))
            }
            filled = count
        }
    }
}

extension ColumnReader {
    /// The next `count` bytes, in a buffer that reaches `PackedIntegers.slackBytes` further.
    mutating func takeWithSlack(_ count: Int) throws(CodecError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw CodecError("it ends early") }
        let reach = offset + count + PackedIntegers.slackBytes
        guard reach <= bytes.count else { throw CodecError("it ends early") }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<reach])
    }
}
