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
        var state = absorber(HashInput(bytes, first, second))
        state.absorb(bytes)
        return state.finish()
    }

    /// Two hashes as `hash(_:_:_:)` gives them, for little more than the cost of one: each is a chain
    /// of steps that wait for one another, so the processor has room for a second chain.
    @inline(__always)
    public func pair(_ a: HashInput, _ b: HashInput) -> (UInt128, UInt128) {
        var (first, second) = (absorber(a), absorber(b))
        var offset = 0
        let both = min(a.bytes.count, b.bytes.count)
        while offset &+ 8 <= both {
            first.word(Absorber.load(a.bytes, offset))
            second.word(Absorber.load(b.bytes, offset))
            offset &+= 8
        }
        first.absorb(a.bytes, from: offset)
        second.absorb(b.bytes, from: offset)
        return Absorber.finish(&first, &second)
    }

    @inline(__always)
    private func absorber(_ input: HashInput) -> Absorber {
        Absorber(
            k0: k0 ^ input.first &* 0x9E37_79B9_7F4A_7C15,
            k1: k1 ^ input.second &* 0xC2B2_AE3D_27D4_EB4F)
    }

    /// The low 64 bits of `hash`, never 0 (0 means "no value" in event columns).
    public func fingerprint(_ bytes: UnsafeRawBufferPointer, domain: UInt64) -> UInt64 {
        Self.fingerprint(of: hash(bytes, domain, 0))
    }

    /// What `fingerprint` makes of a hash: its low 64 bits, never 0.
    @inline(__always)
    public static func fingerprint(of hash: UInt128) -> UInt64 {
        let value = UInt64(truncatingIfNeeded: hash)
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
        static func load(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }

        @inline(__always)
        mutating func word(_ m: UInt64) {
            v3 ^= m
            round()
            round()
            v0 ^= m
        }

        @inline(__always)
        mutating func absorb(_ bytes: UnsafeRawBufferPointer, from done: Int = 0) {
            let count = bytes.count
            var offset = done
            while offset &+ 8 <= count {
                word(Self.load(bytes, offset))
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

        /// Finishes two side by side.
        @inline(__always)
        static func finish(_ a: inout Absorber, _ b: inout Absorber) -> (UInt128, UInt128) {
            @inline(__always) func four() {
                for _ in 0..<4 {
                    a.round()
                    b.round()
                }
            }
            (a.v2, b.v2) = (a.v2 ^ 0xee, b.v2 ^ 0xee)
            four()
            let low = (a.v0 ^ a.v1 ^ a.v2 ^ a.v3, b.v0 ^ b.v1 ^ b.v2 ^ b.v3)
            (a.v1, b.v1) = (a.v1 ^ 0xdd, b.v1 ^ 0xdd)
            four()
            let high = (a.v0 ^ a.v1 ^ a.v2 ^ a.v3, b.v0 ^ b.v1 ^ b.v2 ^ b.v3)
            return (
                UInt128(high.0) << 64 | UInt128(low.0), UInt128(high.1) << 64 | UInt128(low.1)
            )
        }
    }
}

/// Bytes to be hashed and the two words that belong to them, such as a domain and a counter.
public struct HashInput {
    public let bytes: UnsafeRawBufferPointer
    public let first: UInt64
    public let second: UInt64

    @inline(__always)
    public init(_ bytes: UnsafeRawBufferPointer, _ first: UInt64, _ second: UInt64) {
        self.bytes = bytes
        self.first = first
        self.second = second
    }
}

/// A fast 32-bit fingerprint of a record's text under a key: tells two texts of one id apart.
///
/// A multiply-fold over pieces of 16 bytes (the construction of wyhash by Wang Yi), four pieces
/// side by side; not cryptographic. Cost: about 12 ns for 450 bytes.
@inline(__always)
public func recordFingerprint(_ bytes: UnsafeRawBufferPointer, key: UInt64) -> UInt32 {
    @inline(__always) func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
    @inline(__always) func load(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    @inline(__always) func take(_ offset: Int, _ seed: UInt64) -> UInt64 {
        fold(load(offset) ^ 0xe703_7ed1_a0b4_28db, load(offset &+ 8) ^ seed)
    }
    var seed = key ^ 0xa076_1d64_78bd_642f
    let count = bytes.count
    var offset = 0
    if count >= 64 {
        var lanes = (seed, seed &+ 1, seed &+ 2, seed &+ 3)
        while offset &+ 64 <= count {
            lanes.0 = take(offset, lanes.0)
            lanes.1 = take(offset &+ 16, lanes.1)
            lanes.2 = take(offset &+ 32, lanes.2)
            lanes.3 = take(offset &+ 48, lanes.3)
            offset &+= 64
        }
        seed = fold(lanes.0 ^ 0x8ebc_6af0_9c88_c6e3, lanes.1 ^ 0x5899_65cc_7537_4cc3)
            ^ fold(lanes.2 ^ 0x1d8e_4e27_c47d_124f, lanes.3 ^ 0xeb44_acca_b455_d165)
    }
    while offset &+ 16 <= count {
        seed = take(offset, seed)
        offset &+= 16
    }
    var tail: (UInt64, UInt64) = (0, 0)
    if count >= 16 {
        // The last sixteen bytes, some of which were taken before.
        if offset < count { tail = (load(count &- 16), load(count &- 8)) }
    } else {
        var shift: UInt64 = 0
        while offset < count {
            if shift < 64 {
                tail.0 |= UInt64(bytes[offset]) &<< shift
            } else {
                tail.1 |= UInt64(bytes[offset]) &<< (shift & 63)
            }
            shift &+= 8
            offset &+= 1
        }
    }
    seed = fold(tail.0 ^ 0x8ebc_6af0_9c88_c6e3, tail.1 ^ seed)
    let mixed = fold(seed ^ UInt64(truncatingIfNeeded: count), 0x5899_65cc_7537_4cc3)
    return UInt32(truncatingIfNeeded: mixed ^ mixed >> 32)
}
