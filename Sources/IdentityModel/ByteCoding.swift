/// Writes integers and bytes compactly; read back by `ByteReader`.
///
/// Unsigned integers are LEB128 varints, signed ones zigzag varints.
public struct ByteWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    public mutating func count(_ value: Int) { unsigned(UInt64(max(0, value))) }

    public mutating func signed(_ value: Int64) {
        unsigned(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    public mutating func byte(_ value: UInt8) { bytes.append(value) }

    public mutating func wide(_ value: UInt128) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func fixed(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func append(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    public mutating func text(_ value: String) {
        let utf8 = Array(value.utf8)
        count(utf8.count)
        bytes.append(contentsOf: utf8)
    }
}

/// Reads what `ByteWriter` wrote. Damage is an error, never a crash.
public struct ByteReader: Sendable {
    /// The bytes ended early or hold an impossible value.
    public struct Malformed: Error, CustomStringConvertible {
        public let offset: Int

        public init(offset: Int) { self.offset = offset }

        public var description: String { "malformed encoding at byte \(offset)" }
    }

    private let bytes: [UInt8]
    private var at = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var isAtEnd: Bool { at == bytes.count }

    /// An error that names where reading stands.
    public var malformed: Malformed { Malformed(offset: at) }

    public mutating func byte() throws -> UInt8 {
        guard at < bytes.count else { throw Malformed(offset: at) }
        defer { at += 1 }
        return bytes[at]
    }

    public mutating func unsigned() throws -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            guard shift < 63 || (shift == 63 && next <= 1) else { throw Malformed(offset: at) }
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
        }
    }

    /// The most that anything was ever counted to: cells with more are damaged, and sums of sound
    /// ones cannot overflow.
    private static let amountMax: UInt64 = 1 << 48

    /// A count of things that happened.
    public mutating func amount() throws -> UInt64 {
        let value = try unsigned()
        guard value <= Self.amountMax else { throw Malformed(offset: at) }
        return value
    }

    public mutating func count() throws -> Int {
        guard let value = Int(exactly: try unsigned()) else { throw Malformed(offset: at) }
        return value
    }

    /// A count of elements of at least `width` bytes each, which must still fit.
    public mutating func count(ofWidth width: Int) throws -> Int {
        let value = try count()
        guard value <= (bytes.count - at) / max(1, width) else { throw Malformed(offset: at) }
        return value
    }

    public mutating func signed() throws -> Int64 {
        let raw = try unsigned()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    public mutating func wide() throws -> UInt128 {
        guard at + 16 <= bytes.count else { throw Malformed(offset: at) }
        defer { at += 16 }
        return bytes.withUnsafeBytes {
            UInt128(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: UInt128.self))
        }
    }

    /// Reads past `count` bytes.
    public mutating func skip(_ count: Int) throws {
        guard count >= 0, count <= bytes.count - at else { throw Malformed(offset: at) }
        at += count
    }

    /// The next `count` bytes.
    public mutating func bytes(_ count: Int) throws -> [UInt8] {
        guard count >= 0, count <= bytes.count - at else { throw Malformed(offset: at) }
        defer { at += count }
        return Array(bytes[at..<at + count])
    }

    /// The next `count` integers that were written by `wide`.
    public mutating func wides(_ count: Int) throws -> [UInt128] {
        guard count >= 0, count <= (bytes.count - at) / 16 else { throw Malformed(offset: at) }
        defer { at += 16 * count }
        return bytes.withUnsafeBytes { raw in
            [UInt128](unsafeUninitializedCapacity: count) { out, initialized in
                for index in 0..<count {
                    let value = raw.loadUnaligned(fromByteOffset: at + 16 * index, as: UInt128.self)
                    out.initializeElement(at: index, to: UInt128(littleEndian: value))
                }
                initialized = count
            }
        }
    }

    public mutating func fixed() throws -> UInt64 {
        guard at + 8 <= bytes.count else { throw Malformed(offset: at) }
        defer { at += 8 }
        return bytes.withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        }
    }

    public mutating func text() throws -> String {
        let length = try count(ofWidth: 1)
        defer { at += length }
        return String(decoding: bytes[at..<at + length], as: UTF8.self)
    }
}
