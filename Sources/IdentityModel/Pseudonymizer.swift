import Crypto

/// The local secret from which pseudonyms, ids and fingerprints are made.
///
/// One 256-bit secret gives three independent keys by HMAC-SHA-256 over a label (RFC 2104 used
/// as a key derivation, as HKDF-Expand does in RFC 5869).
public struct PseudonymKey: Sendable {
    private let secret: SymmetricKey
    /// Caches that pseudonymizers gave back, warm for the next stream.
    private let caches = PseudonymCachePool()

    /// A key of `bytes`, which must be 32 random bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        secret = SymmetricKey(data: bytes)
    }

    /// A fresh random key and its bytes.
    public static func random() -> (key: PseudonymKey, bytes: [UInt8]) {
        let fresh = SymmetricKey(size: .bits256)
        let bytes = fresh.withUnsafeBytes { Array($0) }
        return (PseudonymKey(secret: fresh), bytes)
    }

    private init(secret: SymmetricKey) { self.secret = secret }

    private func derived(_ label: String) -> SymmetricKey {
        SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(label.utf8), using: secret))
    }

    private func derived128(_ label: String) -> UInt128 {
        derived(label).withUnsafeBytes { $0.loadUnaligned(as: UInt128.self) }
    }

    /// Makes pseudonyms of identities.
    public func pseudonymizer() -> Pseudonymizer {
        Pseudonymizer(
            mac: IdentityMAC(key: derived("lockstep pseudonym 1")),
            tags: IdentityTagger(seed: derived128("lockstep cache 1")), caches: caches)
    }

    /// Hashes ids, correlations, sessions, devices and records.
    public var keyedHash: KeyedHash { KeyedHash(key: derived128("lockstep id 1")) }

    /// The key for fingerprints of record texts.
    public var recordKey: UInt64 { UInt64(truncatingIfNeeded: derived128("lockstep record 1")) }

    /// The key with which quarantined records are sealed (AES-GCM).
    public var sealingKey: SymmetricKey { derived("lockstep seal 1") }

    /// What a store keeps in order to refuse another key; tells nothing of the key.
    public var fingerprint: String {
        derived("lockstep fingerprint 1").withUnsafeBytes { bytes in
            bytes.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}

/// Makes pseudonyms of identities: HMAC-SHA-256 cut to 128 bits, behind a bounded cache.
///
/// Who has many identities at hand asks for their tags first, fetches `place(of:)` of each ahead,
/// and asks for the pseudonyms then: so the cache's memory is waited for once and not each time.
/// Cost: a tag 6 ns, a hit 5 ns (80 ns where the memory was not fetched), a miss 350 ns.
public struct Pseudonymizer: ~Copyable, Sendable {
    private let mac: IdentityMAC
    private let tags: IdentityTagger
    private let caches: PseudonymCachePool
    private let cache: PseudonymCache
    /// How many identities were not found in the cache.
    public private(set) var misses: UInt64 = 0

    fileprivate init(mac: IdentityMAC, tags: IdentityTagger, caches: PseudonymCachePool) {
        self.mac = mac
        self.tags = tags
        self.caches = caches
        cache = caches.take()
    }

    deinit { caches.give(cache) }

    /// The pseudonym of `identity`; never 0.
    public mutating func pseudonym(_ identity: UnsafeRawBufferPointer) -> UInt128 {
        pseudonym(identity, tag: tag(identity))
    }

    /// The tag under which the cache knows `identity`.
    @inline(__always)
    public func tag(_ identity: UnsafeRawBufferPointer) -> IdentityTag { tags.tag(identity) }

    /// The memory that a look-up of `tag` reads.
    @inline(__always)
    public func place(of tag: IdentityTag) -> UnsafeRawPointer { cache.place(of: tag) }

    /// The pseudonym of `identity`, whose tag is `tag`; never 0.
    @inline(__always)
    public mutating func pseudonym(
        _ identity: UnsafeRawBufferPointer, tag: IdentityTag
    ) -> UInt128 {
        let known = cache.find(tag)
        return known != 0 ? known : learn(identity, tag)
    }

    @inline(never)
    private mutating func learn(_ identity: UnsafeRawBufferPointer, _ tag: IdentityTag) -> UInt128 {
        misses &+= 1
        let code = mac.code(identity)
        let value = code == 0 ? 1 : code
        cache.insert(tag, value)
        return value
    }
}

/// HMAC-SHA-256 (RFC 2104) of short texts under one key, cut to 128 bits.
///
/// Keeps both hash states that the key leads to. Written out over SHA256, since the library's
/// HMAC is generic and looks its types up at each call, which takes as long as the hashing.
struct IdentityMAC: Sendable {
    private let inner: SHA256
    private let outer: SHA256

    /// A code under `key`, of at most 64 bytes.
    init(key: SymmetricKey) {
        func prepared(_ pad: UInt8) -> SHA256 {
            var block = [UInt8](repeating: pad, count: SHA256.blockByteCount)
            key.withUnsafeBytes { bytes in
                for (index, byte) in bytes.prefix(block.count).enumerated() { block[index] ^= byte }
            }
            var state = SHA256()
            block.withUnsafeBytes { state.update(bufferPointer: $0) }
            return state
        }
        inner = prepared(0x36)
        outer = prepared(0x5C)
    }

    /// The first 128 bits of the code of `text`.
    func code(_ text: UnsafeRawBufferPointer) -> UInt128 {
        var first = inner
        first.update(bufferPointer: text)
        var second = outer
        var digest = first.finalize()
        Self.withBytes(of: &digest) { second.update(bufferPointer: $0) }
        digest = second.finalize()
        return Self.withBytes(of: &digest) {
            UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self))
        }
    }

    /// The bytes of `digest` where they lie, if it is nothing but them; else by its own, slower way.
    @inline(__always)
    private static func withBytes<R>(
        of digest: inout SHA256Digest, _ body: (UnsafeRawBufferPointer) -> R
    ) -> R {
        guard MemoryLayout<SHA256Digest>.size == SHA256Digest.byteCount else {
            return digest.withUnsafeBytes(body)
        }
        return Swift.withUnsafeBytes(of: &digest, body)
    }
}
