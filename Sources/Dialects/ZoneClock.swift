import Foundation
import IdentityModel

/// Turns local times into UTC: UTC itself, a fixed offset, or an IANA zone.
///
/// The offset of an IANA zone is remembered for the quarter of an hour at hand, since zones
/// change at quarters and Foundation takes about a microsecond to tell.
struct ZoneClock: Sendable {
    private let fixed: Int64
    private let zone: TimeZone?
    private var quarter = Int64.min
    private var offset: Int64 = 0

    private static let quarterHour: Int64 = 900_000_000

    /// UTC.
    static let utc = ZoneClock(fixed: 0, zone: nil)

    private init(fixed: Int64, zone: TimeZone?) {
        self.fixed = fixed
        self.zone = zone
    }

    /// The zone that `word` names: `UTC`, `Z`, `+02:00`, or an IANA name such as `Europe/Berlin`.
    init?(_ word: String) {
        if word == "UTC" || word == "Z" || word == "GMT" {
            self = .utc
            return
        }
        if word.hasPrefix("+") || word.hasPrefix("-") {
            var text = word
            let offset = text.withUTF8 { utf8 -> Int64? in
                guard let start = utf8.baseAddress else { return nil }
                var cursor = DigitCursor(Bytes(start: start, count: utf8.count))
                return cursor.offset()
            }
            guard let offset else { return nil }
            self.init(fixed: offset, zone: nil)
            return
        }
        guard word.contains("/"), let zone = TimeZone(identifier: word) else { return nil }
        self.init(fixed: 0, zone: zone)
    }

    /// The UTC time at which clocks of the zone show `local`; of two the earlier offset.
    @inline(__always)
    mutating func utc(_ local: Int64) -> Int64 {
        guard let zone else { return local - fixed }
        let current = local.floorDivided(by: Self.quarterHour)
        if current != quarter {
            quarter = current
            offset = Self.offset(of: zone, local: local)
        }
        return local - offset
    }

    private static func offset(of zone: TimeZone, local: Int64) -> Int64 {
        func offset(at utc: Int64) -> Int64 {
            let date = Date(timeIntervalSince1970: Double(utc.floorDivided(by: 1_000_000)))
            return Int64(zone.secondsFromGMT(for: date)) * 1_000_000
        }
        let guess = offset(at: local)
        return offset(at: local - guess)
    }
}

/// Gives years to times that have none (RFC 3164), for one stream.
///
/// The first time is placed in the latest year which makes it no later than a day after the
/// stream was last written. From then on a month that jumps back by more than six begins the
/// next year; one that jumps ahead by more than six is a late line of the year before.
struct YearClock: Sendable {
    private let given: Int?
    private let newest: Int64
    /// The year of the last time and its month; 0 before the first.
    private(set) var year = 0
    private(set) var month = 0

    /// A clock for a stream that begins in `year`, or was last written at `newest` (µs since 1970).
    init(year: Int?, newest: Int64) {
        given = year
        self.newest = newest
    }

    /// Goes on where another clock of the same stream was.
    mutating func resume(year: Int, month: Int) {
        self.year = year
        self.month = month
    }

    /// `time` with its year, or nil where no year has such a day.
    mutating func dated(_ time: CivilTime) -> CivilTime? {
        if year == 0 {
            guard let first = placed(time) else { return nil }
            year = first.year
            month = first.month
            return first
        }
        var dated = time
        dated.year = year
        if time.month < month - 6 {
            dated.year = year + 1
        } else if time.month > month + 6 {
            dated.year = year - 1
        }
        guard dated.isValid else { return nil }
        if dated.year >= year {
            year = dated.year
            month = time.month
        }
        return dated
    }

    private func placed(_ time: CivilTime) -> CivilTime? {
        var dated = time
        if let given {
            dated.year = given
            return dated.isValid ? dated : nil
        }
        let latest = newest + Timestamp.day
        let last = CivilTime(microsecondsSince1970: latest).year
        for year in stride(from: last, through: last - 8, by: -1) {
            dated.year = year
            if dated.isValid, dated.microsecondsSince1970 <= latest { return dated }
        }
        return nil
    }
}
