/// Distinct byte strings, numbered in order of first sight; 0 is the empty string, "no value".
///
/// The table travels with a batch, so that a column holds 32-bit references and no `String`.
///
///     bytes │ web│shop│Mozilla/5.0 … │
///     ends  0   3    7               …
public struct StringTable: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [UInt32] = [0]
    private var slots: [UInt32] = []

    /// A table that holds only the empty string.
    public init() {}

    /// The number of strings, the empty one included.
    public var count: Int { ends.count }

    /// All bytes, concatenated in order.
    public var storage: [UInt8] { bytes }

    /// The number of `string`, which is added if it is new.
    public mutating func intern(_ string: UnsafeRawBufferPointer) -> UInt32 {
        if string.isEmpty { return 0 }
        if (ends.count + 1) * 2 > slots.count { grow() }
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: Self.hash(string)) & mask
        while true {
            let id = slots[slot]
            if id == 0 { break }
            if equals(id, string) { return id }
            slot = (slot + 1) & mask
        }
        let id = UInt32(ends.count)
        bytes.append(contentsOf: string)
        ends.append(UInt32(bytes.count))
        slots[slot] = id
        return id
    }

    /// The number of `text`, which is added if it is new.
    public mutating func intern(_ text: String) -> UInt32 {
        var copy = text
        return copy.withUTF8 { intern(UnsafeRawBufferPointer($0)) }
    }

    /// Calls `body` with the bytes of string `id`.
    public func withBytes<R>(_ id: UInt32, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        let start = id == 0 ? 0 : Int(ends[Int(id) - 1])
        let end = Int(ends[Int(id)])
        return try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
    }

    /// String `id` as text; invalid UTF-8 is repaired.
    public subscript(id: UInt32) -> String {
        withBytes(id) { String(decoding: $0, as: UTF8.self) }
    }

    /// Forgets all strings and keeps the memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        ends.append(0)
        for index in slots.indices { slots[index] = 0 }
    }

    private func equals(_ id: UInt32, _ string: UnsafeRawBufferPointer) -> Bool {
        let start = Int(ends[Int(id) - 1])
        let length = Int(ends[Int(id)]) - start
        guard length == string.count else { return false }
        return bytes.withUnsafeBytes { own in
            var offset = 0
            while offset &+ 8 <= length {
                let mine = own.loadUnaligned(fromByteOffset: start &+ offset, as: UInt64.self)
                if mine != string.loadUnaligned(fromByteOffset: offset, as: UInt64.self) { return false }
                offset &+= 8
            }
            while offset < length {
                if own[start &+ offset] != string[offset] { return false }
                offset &+= 1
            }
            return true
        }
    }

    private mutating func grow() {
        let size = max(64, slots.count * 2)
        slots = [UInt32](repeating: 0, count: size)
        for id in 1..<max(1, UInt32(ends.count)) {
            var slot = withBytes(id) { Int(truncatingIfNeeded: Self.hash($0)) } & (size - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = id
        }
    }

    @inline(__always)
    private static func hash(_ string: UnsafeRawBufferPointer) -> UInt64 {
        var value = UInt64(truncatingIfNeeded: string.count) &* 0x9E37_79B9_7F4A_7C15
        var offset = 0
        while offset &+ 8 <= string.count {
            value = (value ^ string.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                &* 0xff51_afd7_ed55_8ccd
            value ^= value >> 32
            offset &+= 8
        }
        while offset < string.count {
            value = (value ^ UInt64(string[offset])) &* 0x100_0000_01b3
            offset &+= 1
        }
        return value ^ value >> 29
    }
}
