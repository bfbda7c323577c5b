import Foundation

/// A fixed table from byte strings to numbers, built once, looked up per record.
///
///     slots │   │ "LOGIN" → 3 │   │ "LOGOUT" → 9 │ …    open addressing
///
/// A look-up of a key of up to 16 bytes compares two words; longer keys are compared in full.
/// Cost: about 4 ns.
struct ByteTable: BitwiseCopyable, @unchecked Sendable {
    /// A key's length and its first and last bytes: all of a key of up to 16 bytes.
    struct Key: BitwiseCopyable {
        var head: UInt64
        var tail: UInt64
        var count: UInt64

        @inline(__always)
        init(_ bytes: Bytes) {
            let start = UnsafeRawPointer(bytes.start)
            let length = bytes.count
            count = UInt64(truncatingIfNeeded: length)
            if length >= 8 {
                head = start.loadUnaligned(as: UInt64.self)
                tail = (start + (length &- 8)).loadUnaligned(as: UInt64.self)
            } else if length >= 4 {
                head = UInt64(start.loadUnaligned(as: UInt32.self))
                tail = UInt64((start + (length &- 4)).loadUnaligned(as: UInt32.self))
            } else if length > 0 {
                head = UInt64(bytes.start[0]) | UInt64(bytes.start[length >> 1]) << 8
                tail = UInt64(bytes.start[length &- 1])
            } else {
                head = 0
                tail = 0
            }
        }

        @inline(__always)
        var hash: UInt64 {
            let mixed = (head ^ tail &* 0x9E37_79B9_7F4A_7C15 &+ count) &* 0xff51_afd7_ed55_8ccd
            return mixed ^ mixed >> 32
        }
    }

    private struct Slot: BitwiseCopyable {
        var head: UInt64
        var tail: UInt64
        var start: UnsafePointer<UInt8>?
        var count: UInt32
        var value: Int32
    }

    private let slots: UnsafeBufferPointer<Slot>
    /// Bit n is set where a key has n bytes (63: or more): most misses end here.
    private let lengths: UInt64
    /// The number of keys.
    let count: Int

    /// A table of `entries`; of equal keys the first counts.
    init(_ entries: [(key: String, value: Int32)], in memory: CompiledMemory) {
        var first: [String: Int32] = [:]
        var ordered: [(key: String, value: Int32)] = []
        for entry in entries where first[entry.key] == nil {
            first[entry.key] = entry.value
            ordered.append(entry)
        }
        count = ordered.count
        lengths = ordered.reduce(0) { $0 | 1 << UInt64(min(63, $1.key.utf8.count)) }
        guard !ordered.isEmpty else {
            slots = UnsafeBufferPointer(start: nil, count: 0)
            return
        }
        var size = 4
        while size < ordered.count * 4 { size *= 2 }
        let empty = Slot(head: 0, tail: 0, start: nil, count: 0, value: -1)
        var built = [Slot](repeating: empty, count: size)
        for entry in ordered {
            let bytes = memory.place(entry.key)
            let key = Key(bytes)
            var place = Int(truncatingIfNeeded: key.hash) & (size - 1)
            while built[place].start != nil { place = (place + 1) & (size - 1) }
            built[place] = Slot(
                head: key.head, tail: key.tail, start: bytes.start, count: UInt32(bytes.count),
                value: entry.value)
        }
        slots = memory.place(built)
    }

    /// The number of `bytes`, or -1.
    @inline(__always)
    func find(_ bytes: Bytes) -> Int32 {
        let length = bytes.count < 63 ? bytes.count : 63
        guard lengths &>> UInt64(truncatingIfNeeded: length) & 1 != 0,
            let base = slots.baseAddress
        else { return -1 }
        let key = Key(bytes)
        let mask = slots.count &- 1
        var place = Int(truncatingIfNeeded: key.hash) & mask
        while let start = base[place].start {
            let slot = base[place]
            if slot.head == key.head, slot.tail == key.tail, UInt64(slot.count) == key.count,
                bytes.count <= 16 || memcmp(start, bytes.start, bytes.count) == 0
            {
                return slot.value
            }
            place = (place &+ 1) & mask
        }
        return -1
    }
}
