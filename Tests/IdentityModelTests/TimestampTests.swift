import Foundation
import IdentityModel
import Testing

@Suite("Timestamps") struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (1_772_323_261_123_456, "2026-03-01T00:01:01.123456Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
        (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
    ])
    func `a time is written with microseconds`(_ at: Int64, _ text: String) {
        #expect(Timestamp.text(at) == text)
        #expect(CivilTime(microsecondsSince1970: at).microsecondsSince1970 == at)
        #expect(Timestamp.secondsText(at) == String(text.dropLast(8)) + "Z")
    }

    @Test func `every day of four centuries goes there and back`() {
        for day in stride(from: Int64(-100_000), through: 100_000, by: 37) {
            let at = day * Timestamp.day + 12_345_678_901
            #expect(CivilTime(microsecondsSince1970: at).microsecondsSince1970 == at)
        }
    }

    @Test func `only days that exist are valid`() {
        #expect(CivilTime(year: 2024, month: 2, day: 29).isValid)
        #expect(!CivilTime(year: 2026, month: 2, day: 29).isValid)
        #expect(!CivilTime(year: 2100, month: 2, day: 29).isValid)
        #expect(!CivilTime(year: 2026, month: 13, day: 1).isValid)
        #expect(!CivilTime(year: 2026, month: 4, day: 31).isValid)
        #expect(CivilTime(year: 2026, month: 1, day: 1, hour: 23, minute: 59, second: 60).isValid)
    }

    @Test func `a slice is a whole hour, before 1970 too`() {
        #expect(Timestamp.slice(3_599_999_999) == 0)
        #expect(Timestamp.slice(3_600_000_000) == 1)
        #expect(Timestamp.slice(-1) == -1)
    }
}
