/// A civil date and time of day in the proleptic Gregorian calendar, without a zone.
public struct CivilTime: Sendable, Equatable {
    public var year: Int
    public var month: Int
    public var day: Int
    public var hour: Int
    public var minute: Int
    public var second: Int
    /// 0 ..< 1,000,000.
    public var microsecond: Int

    public init(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0,
        microsecond: Int = 0
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
    }

    /// Whether every part lies in its range (a leap second, 60, is let through).
    public var isValid: Bool {
        (1...12).contains(month) && day >= 1 && day <= Self.days(in: month, of: year)
            && (0...23).contains(hour) && (0...59).contains(minute) && (0...60).contains(second)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// µs since 1970-01-01 UTC of this time read as UTC.
    ///
    /// Days by Howard Hinnant's "chrono-compatible low-level date algorithms".
    @inline(__always)
    public var microsecondsSince1970: Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = Int64(era * 146_097 + dayOfEra - 719_468)
        let seconds = Int64(hour * 3600 + minute * 60 + second)
        return (days * 86_400 + seconds) * 1_000_000 + Int64(microsecond)
    }

    /// The UTC time at `microseconds` since 1970.
    public init(microsecondsSince1970 microseconds: Int64) {
        let secondsTotal = microseconds.floorDivided(by: 1_000_000)
        let days = secondsTotal.floorDivided(by: 86_400)
        let secondOfDay = Int(secondsTotal - days * 86_400)
        let z = Int(days) + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let mp = (5 * dayOfYear + 2) / 153
        let month = mp < 10 ? mp + 3 : mp - 9
        self.init(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * mp + 2) / 5 + 1, hour: secondOfDay / 3600,
            minute: secondOfDay / 60 % 60, second: secondOfDay % 60,
            microsecond: Int(microseconds - secondsTotal * 1_000_000))
    }
}

extension Int64 {
    /// Division that rounds towards minus infinity.
    public func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

/// Times as text (RFC 3339, UTC).
public enum Timestamp {
    /// µs in an hour: the length of a slice.
    public static let hour: Int64 = 3_600_000_000
    /// µs in a day.
    public static let day: Int64 = 24 * hour

    /// The slice (whole UTC hours since 1970) that `at` lies in.
    @inline(__always)
    public static func slice(_ at: Int64) -> Int64 { at.floorDivided(by: hour) }

    /// `2026-03-01T00:00:00.123000Z`: always with microseconds.
    public static func text(_ at: Int64) -> String {
        var bytes: [UInt8] = []
        append(at, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `2026-03-01T00:00:00Z`: whole seconds, for borders of periods.
    public static func secondsText(_ at: Int64) -> String {
        var bytes: [UInt8] = []
        append(at, to: &bytes)
        bytes.removeLast(8)
        return String(decoding: bytes, as: UTF8.self) + "Z"
    }

    /// Appends what `text` gives, without a `String`.
    public static func append(_ at: Int64, to bytes: inout [UInt8]) {
        let time = CivilTime(microsecondsSince1970: at)
        func digits(_ value: Int, _ width: Int) {
            var divisor = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 {
                bytes.append(UInt8(0x30 + value / divisor % 10))
                divisor /= 10
            }
        }
        digits(max(0, time.year), 4)
        bytes.append(0x2D)
        digits(time.month, 2)
        bytes.append(0x2D)
        digits(time.day, 2)
        bytes.append(0x54)
        digits(time.hour, 2)
        bytes.append(0x3A)
        digits(time.minute, 2)
        bytes.append(0x3A)
        digits(time.second, 2)
        bytes.append(0x2E)
        digits(time.microsecond, 6)
        bytes.append(0x5A)
    }
}
