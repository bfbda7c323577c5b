/// What a `TupleIndex` numbers: a word, or a tuple of words.
protocol TupleKey: Equatable, Sendable {
    /// The key that is entry 0, "no value".
    static var none: Self { get }
    var hash: UInt64 { get }
}

/// Numbers distinct keys in order of first sight; the key "no value" is entry 0.
///
/// An open-addressing table whose slots carry the number of the round that filled them, so that
/// starting anew costs nothing. Cost: about 5 ns per key while the table is in the cache, for
/// which its slots are small.
///
///     slots │ round 11 bits, entry 21 bits │ 0 │ round, entry │ …    1.5 slots or more per row
///     keys  │ none │ key 1 │ key 2 │ …
struct TupleIndex<Key: TupleKey>: Sendable {
    private var slots: [UInt32] = []
    private var round: UInt32 = 0
    private var held: [Key] = [.none]
    private var count = 1

    /// Enough for the ties of a block of 1,000,000 events.
    private static var entryBits: UInt32 { 21 }
    private static var roundsMax: UInt32 { 1 << (32 - entryBits) }

    /// Distinct keys of entries 1 and up, in order of first sight.
    var keys: ArraySlice<Key> { held[1..<count] }

    /// Forgets all keys and returns the entries of `rows` new ones.
    @inline(__always)
    mutating func entries(_ rows: Int, _ key: (Int) -> Key) -> [UInt32] {
        precondition(rows < 1 << Int(Self.entryBits))
        begin(rows)
        let (mask, round) = (UInt64(Self.size(rows) - 1), round << Self.entryBits)
        return [UInt32](unsafeUninitializedCapacity: rows) { target, filled in
            slots.withUnsafeMutableBufferPointer { slots in
                held.withUnsafeMutableBufferPointer { held in
                    for row in 0..<rows {
                        let entry = Self.entry(key(row), mask, round, slots, held, &count)
                        target.initializeElement(at: row, to: entry)
                    }
                }
            }
            filled = rows
        }
    }

    private static func size(_ rows: Int) -> Int {
        var size = 16
        while size < rows + rows / 2 { size *= 2 }
        return size
    }

    private mutating func begin(_ rows: Int) {
        let size = Self.size(rows)
        round += 1
        if slots.count < size || round == Self.roundsMax {
            slots = [UInt32](repeating: 0, count: max(size, slots.count))
            round = 1
        }
        if held.count <= rows { held += repeatElement(.none, count: rows + 1 - held.count) }
        count = 1
    }

    @inline(__always)
    private static func entry(
        _ key: Key, _ mask: UInt64, _ round: UInt32, _ slots: UnsafeMutableBufferPointer<UInt32>,
        _ held: UnsafeMutableBufferPointer<Key>, _ count: inout Int
    ) -> UInt32 {
        if key == .none { return 0 }
        let entryMask = (UInt32(1) << entryBits) &- 1
        var slot = key.hash & mask
        while true {
            let found = slots[Int(truncatingIfNeeded: slot)]
            if found & ~entryMask != round { break }
            let entry = found & entryMask
            if held[Int(entry)] == key { return entry }
            slot = (slot &+ 1) & mask
        }
        let entry = UInt32(truncatingIfNeeded: count)
        slots[Int(truncatingIfNeeded: slot)] = round | entry
        held[count] = key
        count &+= 1
        return entry
    }
}

@inline(__always) private func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
}

extension UInt64: TupleKey {
    static var none: UInt64 { 0 }
    @inline(__always) var hash: UInt64 {
        fold(self ^ 0xa076_1d64_78bd_642f, 0xe703_7ed1_a0b4_28db)
    }
}

extension SIMD4<UInt64>: TupleKey {
    static var none: SIMD4<UInt64> { SIMD4() }
    @inline(__always) var hash: UInt64 {
        let first = fold(self[0] ^ 0xa076_1d64_78bd_642f, self[1] ^ 0xe703_7ed1_a0b4_28db)
        let second = fold(self[2] ^ 0x8ebc_6af0_9c88_c6e3, self[3] ^ 0x5899_65cc_7537_4cc3)
        return fold(first ^ 0x1d8e_4e27_c47d_124f, second ^ 0xeb44_acca_b455_d165)
    }
}
