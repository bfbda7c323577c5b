/// SipHash-2-4 with a 128-bit result: a fast keyed hash for ids, caches and fingerprints.
///
/// Source: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", 2012, and the
/// authors' 128-bit variant. Cost: about 22 ns for a 36-byte id.
public struct KeyedHash: Sendable {
    private let k0: UInt64
    private let k1: UInt64

    /// A hash under the 128-bit `key`.
    public init(key: UInt128) {
        k0 = UInt64(truncatingIfNeeded: key)
        k1 = UInt64(truncatingIfNeeded: key >> 64)
    }

    /// The 128-bit hash of `bytes`.
    public func hash(_ bytes: UnsafeRawBufferPointer) -> UInt128 {
        var state = Absorber(k0: k0, k1: k1)
        state.absorb(bytes)
        return state.finish()
    }

    /// The 128-bit hash of `bytes` together with two words, such as a domain and a counter.
    public func hash(_ bytes: UnsafeRawBufferPointer, _ first: UInt64, _ second: UInt64) -> UInt128 {
        var state = Absorber(k0: k0 ^ first &* 0x9E37_79B9_7F4A_7C15, k1: k1 ^ second &* 0xC2B2_AE3D_27D4_EB4F)
        state.absorb(bytes)
        return state.finish()
    }

    /// The low 64 bits of `hash`, never 0 (0 means "no value" in event columns).
    public func fingerprint(_ bytes: UnsafeRawBufferPointer, domain: UInt64) -> UInt64 {
        let value = UInt64(truncatingIfNeeded: hash(bytes, domain, 0))
        return value == 0 ? 1 : value
    }

    private struct Absorber {
        var v0: UInt64
        var v1: UInt64
        var v2: UInt64
        var v3: UInt64

        @inline(__always)
        init(k0: UInt64, k1: UInt64) {
            v0 = 0x736f_6d65_7073_6575 ^ k0
            v1 = 0x646f_7261_6e64_6f6d ^ k1 ^ 0xee
            v2 = 0x6c79_6765_6e65_7261 ^ k0
            v3 = 0x7465_6462_7974_6573 ^ k1
        }

        @inline(__always)
        private mutating func round() {
            v0 &+= v1; v1 = v1 << 13 | v1 >> 51; v1 ^= v0; v0 = v0 << 32 | v0 >> 32
            v2 &+= v3; v3 = v3 << 16 | v3 >> 48; v3 ^= v2
            v0 &+= v3; v3 = v3 << 21 | v3 >> 43; v3 ^= v0
            v2 &+= v1; v1 = v1 << 17 | v1 >> 47; v1 ^= v2; v2 = v2 << 32 | v2 >> 32
        }

        @inline(__always)
        private mutating func word(_ m: UInt64) {
            v3 ^= m
            round()
            round()
            v0 ^= m
        }

        @inline(__always)
        mutating func absorb(_ bytes: UnsafeRawBufferPointer) {
            let count = bytes.count
            var offset = 0
            while offset &+ 8 <= count {
                word(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                offset &+= 8
            }
            var last = UInt64(truncatingIfNeeded: count) << 56
            var shift: UInt64 = 0
            if offset &+ 4 <= count {
                let four = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                last |= UInt64(UInt32(littleEndian: four))
                shift = 32
                offset &+= 4
            }
            while offset < count {
                last |= UInt64(bytes[offset]) << shift
                shift &+= 8
                offset &+= 1
            }
            word(last)
        }

        @inline(__always)
        mutating func finish() -> UInt128 {
            v2 ^= 0xee
            round(); round(); round(); round()
            let low = v0 ^ v1 ^ v2 ^ v3
            v1 ^= 0xdd
            round(); round(); round(); round()
            let high = v0 ^ v1 ^ v2 ^ v3
            return UInt128(high) << 64 | UInt128(low)
        }
    }
}

/// A fast 32-bit fingerprint of a record's text under a key: tells two texts of one id apart.
///
/// A multiply-fold over 16-byte pieces (the construction of wyhash by Wang Yi); not
/// cryptographic. Cost: about 30 ns for 450 bytes.
@inline(__always)
public func recordFingerprint(_ bytes: UnsafeRawBufferPointer, key: UInt64) -> UInt32 {
    @inline(__always) func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
    @inline(__always) func load(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    var seed = key ^ 0xa076_1d64_78bd_642f
    let count = bytes.count
    var offset = 0
    while offset &+ 16 <= count {
        seed = fold(load(offset) ^ 0xe703_7ed1_a0b4_28db, load(offset &+ 8) ^ seed)
        offset &+= 16
    }
    var tail: (UInt64, UInt64) = (0, 0)
    var shift: UInt64 = 0
    while offset < count {
        if shift < 64 {
            tail.0 |= UInt64(bytes[offset]) << shift
        } else {
            tail.1 |= UInt64(bytes[offset]) << (shift & 63)
        }
        shift &+= 8
        offset &+= 1
    }
    seed = fold(tail.0 ^ 0x8ebc_6af0_9c88_c6e3, tail.1 ^ seed)
    let mixed = fold(seed ^ UInt64(truncatingIfNeeded: count), 0x5899_65cc_7537_4cc3)
    return UInt32(truncatingIfNeeded: mixed ^ mixed >> 32)
}
