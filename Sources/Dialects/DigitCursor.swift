/// Reads numbers and signs of a time's text from left to right.
struct DigitCursor {
    /// A time of day.
    struct Clock {
        var hour: Int
        var minute: Int
        var second: Int
        var microsecond: Int
    }

    private var at: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>

    @inline(__always)
    init(_ text: Bytes) {
        at = text.start
        end = text.end
    }

    @inline(__always) var isAtEnd: Bool { at == end }

    /// Steps over `byte` if it is next.
    @inline(__always)
    mutating func takes(_ byte: UInt8) -> Bool {
        guard at < end, at.pointee == byte else { return false }
        at += 1
        return true
    }

    /// The number of as many digits as `width` allows, or nil.
    @inline(__always)
    mutating func digits(_ width: ClosedRange<Int>) -> Int? {
        var value = 0
        var count = 0
        while count < width.upperBound, at < end, isDigit(at.pointee) {
            value = value &* 10 &+ Int(at.pointee &- 0x30)
            at += 1
            count &+= 1
        }
        return count >= width.lowerBound ? value : nil
    }

    /// Exactly `count` digits and a blank after them, or nil and nothing is taken.
    mutating func digitsBeforeBlank(_ count: Int) -> Int? {
        guard end - at > count, at[count] == 0x20 else { return nil }
        let before = at
        guard let value = digits(count...count) else {
            at = before
            return nil
        }
        at += 1
        return value
    }

    /// The digits after a decimal point as µs; more than six are cut.
    @inline(__always)
    mutating func fraction() -> Int? {
        var value = 0
        var count = 0
        while at < end, isDigit(at.pointee) {
            if count < 6 { value = value &* 10 &+ Int(at.pointee &- 0x30) }
            count &+= 1
            at += 1
        }
        guard count > 0 else { return nil }
        while count < 6 {
            value = value &* 10
            count &+= 1
        }
        return value
    }

    /// `3:04`, `03:04:05`, `03:04:05.678` or `03:04:05,678`.
    @inline(__always)
    mutating func clock() -> Clock? {
        guard let hour = digits(1...2), takes(0x3A), let minute = digits(2...2) else { return nil }
        var clock = Clock(hour: hour, minute: minute, second: 0, microsecond: 0)
        if takes(0x3A) {
            guard let second = digits(2...2) else { return nil }
            clock.second = second
            if takes(0x2E) || takes(0x2C) {
                guard let part = fraction() else { return nil }
                clock.microsecond = part
            }
        }
        return clock
    }

    /// An English month by its first three letters.
    @inline(__always)
    mutating func month() -> Int? {
        guard end - at >= 3 else { return nil }
        let letters = UInt32(at[0] | 0x20) << 16 | UInt32(at[1] | 0x20) << 8 | UInt32(at[2] | 0x20)
        at += 3
        switch letters {
        case 0x6A616E: return 1
        case 0x666562: return 2
        case 0x6D6172: return 3
        case 0x617072: return 4
        case 0x6D6179: return 5
        case 0x6A756E: return 6
        case 0x6A756C: return 7
        case 0x617567: return 8
        case 0x736570: return 9
        case 0x6F6374: return 10
        case 0x6E6F76: return 11
        case 0x646563: return 12
        default: return nil
        }
    }

    /// Whether ` PM` (true) or ` AM` (false) follows; nil where neither does.
    mutating func afternoon() -> Bool? {
        guard end - at >= 3, at[0] == 0x20, at[2] | 0x20 == 0x6D else { return nil }
        let letter = at[1] | 0x20
        guard letter == 0x61 || letter == 0x70 else { return nil }
        at += 3
        return letter == 0x70
    }

    /// `Z`, `UTC`, `GMT`, `+02:00`, `+0200` or `+02`, perhaps after a blank, to the end of the
    /// text: the offset from UTC in µs.
    @inline(__always)
    mutating func offset() -> Int64? {
        _ = takes(0x20)
        if takes(0x5A) || takes(0x7A) { return isAtEnd ? 0 : nil }
        guard at < end else { return nil }
        if end - at == 3 {
            let word = Bytes(start: at, count: 3)
            if word.text == "UTC" || word.text == "GMT" { return 0 }
        }
        let sign = at.pointee
        guard sign == 0x2B || sign == 0x2D else { return nil }
        at += 1
        guard let hours = digits(2...2), hours <= 23 else { return nil }
        var minutes = 0
        if !isAtEnd {
            _ = takes(0x3A)
            guard let part = digits(2...2), part <= 59 else { return nil }
            minutes = part
        }
        guard isAtEnd else { return nil }
        let offset = Int64(hours * 60 + minutes) * 60_000_000
        return sign == 0x2D ? -offset : offset
    }
}
