import IdentityModel
import Testing

@Suite("Keyed hashes") struct KeyedHashTests {
    /// Key 00…0f, messages 00 01 02 …: the vectors of SipHash-2-4-128 that its authors publish.
    private static let vectors: [(count: Int, bytes: String)] = [
        (0, "a3817f04ba25a8e66df67214c7550293"), (1, "da87c1d86b99af44347659119b22fc45"),
        (2, "8177228da4a45dc7fca38bdef60affe4"), (3, "9c70b60c5267a94e5f33b6b02985ed51"),
        (7, "a1f1ebbed8dbc153c0b84aa61ff08239"), (8, "3b62a9ba6258f5610f83e264f31497b4"),
    ]

    private var hash: KeyedHash {
        let key = (0..<16).reversed().reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        return KeyedHash(key: key)
    }

    @Test(arguments: vectors)
    func `it is SipHash-2-4-128`(_ count: Int, _ expected: String) {
        let message = (0..<count).map { UInt8($0) }
        let value = message.withUnsafeBytes { hash.hash($0) }
        let shown = (0..<16).map { index -> String in
            let byte = UInt8(truncatingIfNeeded: value >> UInt128(8 * index))
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        #expect(shown.joined() == expected)
    }

    @Test func `every length and every domain gives another value`() {
        let message = [UInt8](repeating: 7, count: 40)
        var seen: Set<UInt128> = []
        message.withUnsafeBytes { bytes in
            for count in 0...40 {
                for domain in 0..<4 as Range<UInt64> {
                    seen.insert(hash.hash(UnsafeRawBufferPointer(rebasing: bytes[..<count]), domain, 1))
                }
            }
        }
        #expect(seen.count == 41 * 4)
    }

    @Test func `fingerprints of records differ in any byte and the length`() {
        var seen: Set<UInt32> = []
        for count in 0...70 {
            let plain = [UInt8](repeating: 0x20, count: count)
            seen.insert(plain.withUnsafeBytes { recordFingerprint($0, key: 1) })
            for place in 0..<count {
                var changed = plain
                changed[place] = 0x21
                seen.insert(changed.withUnsafeBytes { recordFingerprint($0, key: 1) })
            }
        }
        #expect(seen.count == 71 + 70 * 71 / 2)
    }
}
