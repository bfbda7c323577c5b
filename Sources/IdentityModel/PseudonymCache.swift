import Synchronization

/// A keyed 128-bit hash of an identity: what a cache compares in its place.
public struct IdentityTag: Sendable {
    let bits: UInt128
}

/// Makes tags of identities by NH, the universal hash of UMAC (Black, Halevi, Krawczyk, Krovetz,
/// Rogaway, "UMAC: Fast and Secure Message Authentication", CRYPTO 1999).
///
///     Σ (word 2i + key 2i) · (word 2i+1 + key 2i+1)   mod 2¹²⁸, over the words of up to 64 bytes
///
/// Two identities share a tag with a chance of 2⁻⁶³ over the secret keys, whoever chose the
/// identities: tags never leave the process. Longer identities are hashed by SipHash.
struct IdentityTagger: Sendable {
    private let keys: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)
    private let lengthKeys: (UInt64, UInt64)
    private let long: KeyedHash

    /// A tagger whose keys are drawn from `seed`.
    init(seed: UInt128) {
        let source = KeyedHash(key: seed)
        func key(_ number: UInt64) -> UInt64 {
            UInt64(truncatingIfNeeded: source.hash(UnsafeRawBufferPointer(start: nil, count: 0), number, 1))
        }
        keys = (key(0), key(1), key(2), key(3), key(4), key(5), key(6), key(7))
        lengthKeys = (key(8), key(9))
        long = source
    }

    @inline(__always)
    func tag(_ identity: UnsafeRawBufferPointer) -> IdentityTag {
        let count = identity.count
        guard count <= 64 else { return IdentityTag(bits: long.hash(identity) | 1) }
        func word(_ offset: Int) -> UInt64 { identity.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
        func product(_ a: UInt64, _ b: UInt64) -> UInt128 {
            let (high, low) = a.multipliedFullWidth(by: b)
            return UInt128(high) << 64 | UInt128(low)
        }
        var sum = product(UInt64(truncatingIfNeeded: count) &+ lengthKeys.0, lengthKeys.1)
        guard count >= 16 else {
            let (first, second) = Self.shortWords(identity)
            sum &+= product(first &+ keys.0, second &+ keys.1)
            return IdentityTag(bits: sum | 1)
        }
        // The last piece of sixteen bytes may overlap the one before: with the length it is still all.
        sum &+= product(word(0) &+ keys.0, word(8) &+ keys.1)
        if count > 32 { sum &+= product(word(16) &+ keys.2, word(24) &+ keys.3) }
        if count > 48 { sum &+= product(word(32) &+ keys.4, word(40) &+ keys.5) }
        sum &+= product(word(count &- 16) &+ keys.6, word(count &- 8) &+ keys.7)
        return IdentityTag(bits: sum | 1)
    }

    /// All of fewer than sixteen bytes.
    @inline(__always)
    private static func shortWords(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64) {
        let count = bytes.count
        if count >= 8 {
            return (
                bytes.loadUnaligned(as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            )
        }
        if count >= 4 {
            return (
                UInt64(bytes.loadUnaligned(as: UInt32.self)),
                UInt64(bytes.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
            )
        }
        guard count > 0 else { return (0, 0) }
        return (UInt64(bytes[0]) | UInt64(bytes[count >> 1]) << 8, UInt64(bytes[count &- 1]))
    }
}

/// Pseudonyms by tag, in sets of two that share a cache line.
///
///     set │ tag, pseudonym │ tag, pseudonym │     the first was used again since it came,
///                                                 the second is the first to go
///
/// So names that are met once, as in an attack, push out each other and nobody who comes again.
/// Grows with what it is given, from 512 KiB to 16 MiB.
final class PseudonymCache: @unchecked Sendable {
    // Only the pseudonymizer that took it from the pool touches it, one at a time.
    private struct Entry: BitwiseCopyable {
        var tag: UInt128
        var value: UInt128
    }

    private static let setBitsMin = 13
    private static let setBitsMax = 18

    private var memory: ZeroedMemory
    private var sets: UnsafeMutablePointer<Entry>
    private var setBits: Int
    /// How many pseudonyms may still come before it grows: it does when half full.
    private var room: Int

    convenience init() { self.init(setBits: Self.setBitsMin) }

    private init(setBits: Int) {
        self.setBits = setBits
        room = 1 << setBits
        memory = ZeroedMemory(bytes: MemoryLayout<Entry>.stride << (setBits + 1))
        sets = memory.start.bindMemory(to: Entry.self, capacity: 2 << setBits)
    }

    @inline(__always)
    private func set(of tag: UInt128) -> UnsafeMutablePointer<Entry> {
        let folded = UInt64(truncatingIfNeeded: tag >> 64) ^ UInt64(truncatingIfNeeded: tag)
        let number = (folded &* 0x9E37_79B9_7F4A_7C15) &>> UInt64(truncatingIfNeeded: 64 &- setBits)
        return sets + Int(truncatingIfNeeded: number) &* 2
    }

    @inline(__always)
    func place(of tag: IdentityTag) -> UnsafeRawPointer { UnsafeRawPointer(set(of: tag.bits)) }

    /// The pseudonym known for `tag`, or 0.
    @inline(__always)
    func find(_ tag: IdentityTag) -> UInt128 {
        let set = set(of: tag.bits)
        if set[0].tag == tag.bits { return set[0].value }
        guard set[1].tag == tag.bits else { return 0 }
        (set[0], set[1]) = (set[1], set[0])
        return set[0].value
    }

    /// Keeps `value` for `tag`, which it does not know.
    func insert(_ tag: IdentityTag, _ value: UInt128) {
        if room == 0, setBits < Self.setBitsMax { grow() }
        room = max(0, room - 1)
        insert(Entry(tag: tag.bits, value: value))
    }

    private func insert(_ entry: Entry) {
        let set = set(of: entry.tag)
        set[set[0].tag == 0 ? 0 : 1] = entry
    }

    private func grow() {
        let larger = PseudonymCache(setBits: setBits + 1)
        // Those used again go first, so that they get the safe places.
        for way in 0..<2 {
            for number in 0..<1 << setBits where sets[2 * number + way].tag != 0 {
                larger.insert(sets[2 * number + way])
            }
        }
        room = 1 << setBits
        setBits = larger.setBits
        (memory, sets) = (larger.memory, larger.sets)
    }
}

/// Caches of one key that wait for their next stream, so that files read one after another start
/// with what the files before them taught.
final class PseudonymCachePool: Sendable {
    private let waiting = Mutex<[PseudonymCache]>([])

    func take() -> PseudonymCache { waiting.withLock { $0.popLast() } ?? PseudonymCache() }

    func give(_ cache: PseudonymCache) { waiting.withLock { $0.append(cache) } }
}
