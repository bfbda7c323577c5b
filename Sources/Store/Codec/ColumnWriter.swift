/// Grows a byte buffer piece by piece; all integers little-endian, variable ones as LEB128.
struct ColumnWriter {
    private(set) var bytes: [UInt8] = []

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func varint(_ value: some BinaryInteger & UnsignedInteger) {
        var rest = UInt64(value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func varint(_ value: Int) { varint(UInt64(value)) }

    mutating func zigzag(_ value: Int64) {
        varint(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    mutating func raw<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// `count` integers of fixed width.
    mutating func raws<T: FixedWidthInteger>(_ count: Int, _ value: (Int) -> T) {
        fill(count * MemoryLayout<T>.size) { target in
            for index in 0..<count {
                target.storeBytes(
                    of: value(index).littleEndian, toByteOffset: index &* MemoryLayout<T>.size,
                    as: T.self)
            }
        }
    }

    mutating func append(_ other: some Sequence<UInt8>) { bytes.append(contentsOf: other) }

    /// Appends `count` zero bytes and lets `body` fill them.
    mutating func fill(_ count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: count))
        bytes.withUnsafeMutableBytes { body(UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
    }

    /// Overwrites the four bytes at `offset`.
    mutating func patch(_ value: UInt32, at offset: Int) {
        for index in 0..<4 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(index * 8))
        }
    }
}

/// Why bytes are no valid encoding: damage, or a later format.
struct CodecError: Error, Equatable {
    let cause: String
    init(_ cause: String) { self.cause = cause }
}
