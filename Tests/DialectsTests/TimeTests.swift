import IdentityModel
import Testing

@testable import Dialects

@Suite("Times") struct TimeTests {
    private func read(
        _ text: String, _ format: TimeFormat = .auto, zone: String = "UTC", year: Int? = 2026
    ) throws -> String? {
        let memory = CompiledMemory()
        let clock = try #require(ZoneClock(zone))
        var reader = TimeReader(zones: [clock], years: YearClock(year: year, newest: Fixture.now))
        return reader.read(memory.place(text), format, dialect: 0).map(Timestamp.text)
    }

    @Test(arguments: [
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00.000000Z"),
        ("2026-03-01T10:00:00.1234567Z", "2026-03-01T10:00:00.123456Z"),
        ("2026-03-01 10:00:00,678", "2026-03-01T10:00:00.678000Z"),
        ("2026-03-01t10:00:00.5+02:00", "2026-03-01T08:00:00.500000Z"),
        ("2026-03-01T10:00:00-0330", "2026-03-01T13:30:00.000000Z"),
        ("2026-03-01T10:00:00 +01", "2026-03-01T09:00:00.000000Z"),
        ("2026-03-01 10:00:00 UTC", "2026-03-01T10:00:00.000000Z"),
        ("2026-03-01T23:59:60Z", "2026-03-02T00:00:00.000000Z"),
        ("1772359200", "2026-03-01T10:00:00.000000Z"),
        ("1772359200.25", "2026-03-01T10:00:00.250000Z"),
        ("1772359200123", "2026-03-01T10:00:00.123000Z"),
        ("1772359200123456", "2026-03-01T10:00:00.123456Z"),
        ("Mar  1 10:00:00", "2026-03-01T10:00:00.000000Z"),
        ("Mar 01 10:00:00.5", "2026-03-01T10:00:00.500000Z"),
        ("Mar  1 2025 10:00:00", "2025-03-01T10:00:00.000000Z"),
        ("01/Mar/2026:10:00:00 -0700", "2026-03-01T17:00:00.000000Z"),
        ("3/1/2026 3:04:05 PM", "2026-03-01T15:04:05.000000Z"),
        ("3/1/2026 12:04:05 AM", "2026-03-01T00:04:05.000000Z"),
        ("3/1/2026, 15:04", "2026-03-01T15:04:00.000000Z"),
    ])
    func `a time is read by its shape`(_ text: String, _ expected: String) throws {
        #expect(try read(text) == expected)
    }

    @Test(arguments: [
        "", "now", "2026-13-01T10:00:00Z", "2026-02-30T10:00:00Z", "2026-03-01", "2026-03-01T25:00:00Z",
        "2026-03-01T10:00:00X", "2026-03-01T10:00:00+2", "177235920012345678901", "Mar 32 10:00:00",
        "Foo  1 10:00:00", "1/Foo/2026:10:00:00 +0000", "13/1/2026 3:04:05 PM", "1/1/2026 13:04:05 PM",
        "17723592001x3", "1772359200.x",
    ])
    func `what is no time is none`(_ text: String) throws {
        #expect(try read(text) == nil)
    }

    @Test(arguments: [
        (TimeFormat.epochSeconds, "1772359200", "2026-03-01T10:00:00.000000Z"),
        (.epochMilliseconds, "1772359200123", "2026-03-01T10:00:00.123000Z"),
        (.epochMicroseconds, "1772359200123456", "2026-03-01T10:00:00.123456Z"),
        (.java, "2026-03-01 10:00:00,001", "2026-03-01T10:00:00.001000Z"),
    ])
    func `a named format is read as such`(_ format: TimeFormat, _ text: String, _ expected: String) throws {
        #expect(try read(text, format) == expected)
    }

    @Test(arguments: [
        ("+02:00", "2026-07-01 10:00:00", "2026-07-01T08:00:00.000000Z"),
        ("Europe/Berlin", "2026-01-01 10:00:00", "2026-01-01T09:00:00.000000Z"),
        ("Europe/Berlin", "2026-07-01 10:00:00", "2026-07-01T08:00:00.000000Z"),
        ("Europe/Berlin", "2026-03-29 01:59:59", "2026-03-29T00:59:59.000000Z"),
        ("Europe/Berlin", "2026-03-29 03:00:00", "2026-03-29T01:00:00.000000Z"),
        ("America/New_York", "2026-03-08 07:00:00", "2026-03-08T11:00:00.000000Z"),
    ])
    func `a time without a zone takes the dialect's`(_ zone: String, _ text: String, _ expected: String) throws {
        #expect(try read(text, zone: zone) == expected)
    }

    @Test(arguments: ["Mars/Olympus", "Berlin", "+25", ""])
    func `an unknown zone is refused`(_ zone: String) {
        #expect(ZoneClock(zone) == nil)
    }

    private func years(_ times: [(Int, Int)], newest: String? = nil, year: Int? = nil) throws -> [Int] {
        let memory = CompiledMemory()
        var zones = TimeReader(zones: [.utc], years: YearClock(year: nil, newest: 0))
        let last = newest.flatMap { zones.read(memory.place($0), .rfc3339, dialect: 0) } ?? Fixture.now
        var clock = YearClock(year: year, newest: last)
        return times.compactMap { clock.dated(CivilTime(year: 2000, month: $0, day: $1))?.year }
    }

    @Test func `the first time lies in the latest year that fits the stream's end`() throws {
        #expect(try years([(12, 20)], newest: "2026-01-10T00:00:00Z") == [2025])
        #expect(try years([(1, 10)], newest: "2026-01-10T00:00:00Z") == [2026])
        #expect(try years([(1, 11)], newest: "2026-01-10T00:00:00Z") == [2026])
        #expect(try years([(1, 12)], newest: "2026-01-10T00:00:00Z") == [2025])
        #expect(try years([(2, 29)], newest: "2026-01-10T00:00:00Z") == [2024])
        #expect(try years([(5, 1)], year: 2019) == [2019])
    }

    @Test func `the year rolls over at New Year, and a late line goes back`() throws {
        let times = [(12, 31), (1, 1), (12, 31), (1, 1), (6, 1), (12, 1), (1, 1)]
        #expect(try years(times, newest: "2026-02-01T00:00:00Z") == [2025, 2026, 2025, 2026, 2026, 2026, 2027])
    }

    @Test func `a time before 2000 or more than a day ahead is clock skew`() throws {
        let library = try Fixture.test(jsonBody)
        let day: Int64 = 86_400_000
        let now = Fixture.now / 1000
        let result = try Fixture.run(
            library,
            [946_684_799_999, 946_684_800_000, now + day, now + day + 1].map {
                "{\"kind\":\"login\",\"time\":\($0)}"
            })
        #expect(result.events.count == 2)
        #expect(result.tally.total.clockSkewed == 2 && result.tally.total.quarantined == 2)
        #expect(result.causes[0] == "test: clock skew: 1999-12-31T23:59:59.999000Z is before 2000")
        #expect(result.causes[1].hasSuffix("is more than a day ahead"))
    }

    @Test func `a record without a time is quarantined`() throws {
        let library = try Fixture.test(jsonBody)
        let result = try Fixture.run(library, [#"{"kind":"login"}"#, #"{"kind":"login","time":"soon"}"#])
        #expect(result.causes == ["test: no time", "test: its time is not understood"])
    }
}
