/// Milliseconds since 1970 in UTC and what follows from them.
enum Clock {
    static let second: Int64 = 1_000
    static let minute: Int64 = 60_000
    static let hour: Int64 = 3_600_000
    static let day: Int64 = 86_400_000

    /// The hour of the day, 0 to 23.
    static func hourOfDay(_ at: Int64) -> Int { Int(at % day / hour) }

    /// The day of the week, 0 for Monday; 1970 began on a Thursday.
    static func weekday(_ at: Int64) -> Int { Int((at / day + 3) % 7) }
}

/// A calendar day.
struct CivilDate: Equatable {
    let year: Int
    let month: Int
    let day: Int

    /// The UTC day that contains `at`, by Howard Hinnant's algorithm `civil_from_days`.
    /// https://howardhinnant.github.io/date_algorithms.html
    init(_ at: Int64) {
        let shifted = Int(at / Clock.day) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}

/// How visits spread over the hours of the period.
struct TrafficCurve: Sendable {
    /// The share of all visits in each hour of the period; the sum is 1.
    let shares: [Double]

    /// Thousandths of a day's visits, by hour in UTC, for a shop in central Europe.
    private static let workday: [Double] = [
        9, 6, 4, 4, 8, 20, 42, 58, 62, 60, 57, 58, 60, 57, 54, 53, 55, 62, 74, 78, 62, 40, 22, 14,
    ]
    private static let weekend: [Double] = [
        14, 9, 6, 5, 5, 9, 18, 34, 54, 68, 74, 72, 68, 66, 64, 62, 62, 66, 70, 66, 54, 36, 24, 16,
    ]
    /// Monday to Sunday.
    private static let days: [Double] = [1.08, 1.02, 1.00, 1.02, 0.98, 0.86, 1.04]

    init(start: Int64, hours: Int) {
        let weights = (0..<hours).map { hour in
            let at = start + Int64(hour) * Clock.hour
            let weekday = Clock.weekday(at)
            let table = weekday < 5 ? Self.workday : Self.weekend
            return table[Clock.hourOfDay(at)] * Self.days[weekday]
        }
        let sum = weights.reduce(0, +)
        shares = weights.map { $0 / sum }
    }
}
