import Crypto
import Testing

@testable import IdentityModel

@Suite("Pseudonyms") struct PseudonymizerTests {
    private func key(_ byte: UInt8) throws -> PseudonymKey {
        try #require(PseudonymKey(bytes: [UInt8](repeating: byte, count: 32)))
    }

    @Test func `a pseudonym depends on the key alone`() throws {
        let (key, other) = (try key(1), try key(2))
        var first = key.pseudonymizer()
        var second = key.pseudonymizer()
        var third = other.pseudonymizer()
        for text in ["ann@example.org", "", "a", String(repeating: "x", count: 300)] {
            let name = Array(text.utf8)
            name.withUnsafeBytes { bytes in
                let value = first.pseudonym(bytes)
                #expect(value != 0 && value == second.pseudonym(bytes))
                #expect(value == first.pseudonym(bytes))
                #expect(value != third.pseudonym(bytes))
            }
        }
        #expect(PseudonymKey(bytes: [1]) == nil)
        #expect(key.fingerprint != other.fingerprint && key.fingerprint.count == 32)
    }

    @Test func `the code is HMAC-SHA-256, cut to 128 bits`() {
        for length in [0, 1, 36, 55, 56, 64, 65, 200] {
            let text = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let key = SymmetricKey(data: (0..<32).map { UInt8($0) })
            let whole = Array(HMAC<SHA256>.authenticationCode(for: text, using: key))
            let expected = whole.prefix(16).reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
            #expect(text.withUnsafeBytes { IdentityMAC(key: key).code($0) } == expected)
        }
    }

    @Test func `tags of different identities differ, whatever the length`() {
        let tagger = IdentityTagger(seed: 42)
        var seen: Set<UInt128> = []
        var expected = 0
        for count in 0...90 {
            let plain = [UInt8](repeating: 0x61, count: count)
            for place in -1..<count {
                var changed = plain
                if place >= 0 { changed[place] = 0x62 }
                seen.insert(changed.withUnsafeBytes { tagger.tag($0).bits })
                expected += 1
            }
        }
        #expect(seen.count == expected)
    }

    @Test func `a full cache still gives the same pseudonyms`() throws {
        let key = try key(3)
        var busy = key.pseudonymizer()
        var fresh = try self.key(3).pseudonymizer()
        func name(_ number: Int) -> [UInt8] { Array("person-\(number)@example.org".utf8) }
        for number in 0..<3000 { _ = name(number).withUnsafeBytes { busy.pseudonym($0) } }
        for number in 0..<3000 {
            let text = name(number)
            let (one, other) = text.withUnsafeBytes { (busy.pseudonym($0), fresh.pseudonym($0)) }
            #expect(one == other)
        }
        #expect(busy.misses < 3200 && fresh.misses == 3000)
    }

    @Test func `who comes again stays while names that come once go`() {
        let cache = PseudonymCache()
        // Tags of one set: the fold of high and low word is the same.
        func tag(_ number: UInt64) -> IdentityTag {
            IdentityTag(bits: UInt128(number) << 64 | UInt128(number ^ 99))
        }
        cache.insert(tag(1), 11)
        cache.insert(tag(2), 12)
        for number in 3..<100 as Range<UInt64> { cache.insert(tag(number), UInt128(number)) }
        #expect(cache.find(tag(1)) == 11)
        #expect(cache.find(tag(2)) == 0)
        #expect(cache.find(tag(99)) == 99)
        // Met twice, it takes the safe place, and the one there goes next.
        cache.insert(tag(200), 1)
        #expect(cache.find(tag(99)) == 99 && cache.find(tag(1)) == 0)
    }

    @Test func `a stream starts with what the stream before it learned`() throws {
        let key = try key(4)
        let name = Array("ann".utf8)
        do {
            var first = key.pseudonymizer()
            _ = name.withUnsafeBytes { first.pseudonym($0) }
            #expect(first.misses == 1)
        }
        var second = key.pseudonymizer()
        _ = name.withUnsafeBytes { second.pseudonym($0) }
        #expect(second.misses == 0)
    }
}
