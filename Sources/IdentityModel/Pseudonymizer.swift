import Crypto

/// The local secret from which pseudonyms, ids and fingerprints are made.
///
/// One 256-bit secret gives three independent keys by HMAC-SHA-256 over a label (RFC 2104 used
/// as a key derivation, as HKDF-Expand does in RFC 5869).
public struct PseudonymKey: Sendable {
    private let secret: SymmetricKey

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
        Pseudonymizer(key: derived("lockstep pseudonym 1"), cacheKey: derived128("lockstep cache 1"))
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

/// HMAC-SHA-256 of an identity, cut to 128 bits, behind a bounded cache.
///
/// The cache is direct-mapped: `slots` entries of (keyed hash of the identity, pseudonym). A hit
/// costs about 30 ns, a miss about 600 ns; memory is 32 B × 262,144.
public struct Pseudonymizer: Sendable {
    private let prepared: HMAC<SHA256>
    private let cacheHash: KeyedHash
    private var entries: [Entry]
    /// The identities met last: busy ones are found here, in the processor's own cache.
    private var recent: [Entry]
    private static let slots = 262_144
    private static let recentSlots = 2048

    /// A hash and its pseudonym side by side: a look-up touches one cache line.
    private struct Entry {
        var key: UInt128 = 0
        var value: UInt128 = 0
    }

    fileprivate init(key: SymmetricKey, cacheKey: UInt128) {
        prepared = HMAC<SHA256>(key: key)
        cacheHash = KeyedHash(key: cacheKey)
        entries = [Entry](repeating: Entry(), count: Self.slots)
        recent = [Entry](repeating: Entry(), count: Self.recentSlots)
    }

    /// The pseudonym of `identity`; never 0.
    public mutating func pseudonym(_ identity: UnsafeRawBufferPointer) -> UInt128 {
        let hash = cacheHash.hash(identity)
        let slot = Int(truncatingIfNeeded: hash) & (Self.slots - 1)
        let near = Int(truncatingIfNeeded: hash) & (Self.recentSlots - 1)
        if recent[near].key == hash { return recent[near].value }
        if entries[slot].key == hash {
            recent[near] = entries[slot]
            return entries[slot].value
        }
        var mac = prepared
        mac.update(data: identity)
        let full = mac.finalize()
        let cut = full.withUnsafeBytes { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) }
        let value = cut == 0 ? 1 : cut
        entries[slot] = Entry(key: hash, value: value)
        recent[near] = entries[slot]
        return value
    }
}
