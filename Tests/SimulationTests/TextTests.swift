import Testing

@testable import Simulation

@Suite("Simulated text") struct TextTests {
    private func text(_ body: (inout LineBuffer) -> Void) -> String {
        var line = LineBuffer(capacity: 64)
        body(&line)
        return line.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [0, 9, 10, 1_000, 1_772_323_200_000, 999_999_999_999_999_999, Int64.max])
    func `numbers are written in decimal`(value: Int64) {
        #expect(text { $0.append(decimal: value) } == String(value))
    }

    @Test(arguments: [
        (NetworkAddress(v4: 100, 64, 0, 7), "100.64.0.7"),
        (NetworkAddress(v4: 255, 255, 255, 0), "255.255.255.0"),
        (NetworkAddress(v6: 0x2001_0DB8_0000_0000, 1), "2001:db8::1"),
        (NetworkAddress(v6: 0x2001_0DB8_0000_0001, 0x0001_0001_0001_0001), "2001:db8:0:1:1:1:1:1"),
        (NetworkAddress(v6: 0x2001_0DB8_0000_0000, 0x0001_0000_0000_0001), "2001:db8::1:0:0:1"),
        (NetworkAddress(v6: 0, 0), "::"),
        (NetworkAddress(v6: 0, 1), "::1"),
        (NetworkAddress(v6: 0x2001_0DB8_0000_0000, 0), "2001:db8::"),
    ])
    func `addresses are written as RFC 5952 says`(address: NetworkAddress, expected: String) {
        #expect(text { $0.append(address) } == expected)
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00Z"), (1_772_323_200_000, "2026-03-01T00:00:00Z"),
        (1_709_208_000_999, "2024-02-29T12:00:00Z"), (4_102_444_799_999, "2099-12-31T23:59:59Z"),
    ])
    func `times are written as RFC 3339 says`(at: Int64, expected: String) {
        #expect(text { $0.append(rfc3339: at) } == expected)
    }

    @Test func `different keys give different UUIDs`() {
        let texts = (0..<2_000).map { key in text { $0.append(uuid: UInt64(key)) } }
        #expect(Set(texts).count == 2_000)
        #expect(texts.allSatisfy { $0.utf8.count == 36 })
    }

    @Test func `the generator gives the published sequence`() {
        // SplitMix64 from seed 1234567, as in the reference implementation's test values.
        let golden: UInt64 = 0x9E37_79B9_7F4A_7C15
        #expect(scramble(1_234_567 &+ golden) == 6_457_827_717_110_365_317)
        #expect(scramble(1_234_567 &+ golden &* 2) == 3_203_168_211_198_807_973)
    }

    @Test func `counts keep their mean`() {
        var random = RandomSource(seed: 1, stream: 1)
        for mean in [0.3, 5.5, 40.0] {
            let sum = (0..<4_000).reduce(0) { sum, _ in sum + random.count(mean: mean) }
            #expect(abs(Double(sum) / 4_000 - mean) < 0.05 * mean + 0.05)
        }
    }
}
