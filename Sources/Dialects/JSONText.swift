/// Spells out the escapes of the JSON string `bytes` into `out`, which has room for as many bytes.
///
/// Lenient where a value is still readable: an unknown escape stands for its character, half a
/// surrogate pair for U+FFFD.
func unescapeJSON(_ bytes: Bytes, into out: UnsafeMutablePointer<UInt8>) -> Bytes {
    var from = bytes.start
    let end = bytes.end
    var to = out
    while from < end {
        let byte = from.pointee
        from += 1
        guard byte == 0x5C, from < end else {
            to.pointee = byte
            to += 1
            continue
        }
        let letter = from.pointee
        from += 1
        if letter == 0x75, let unit = hexUnit(from, end) {
            from += 4
            appendScalar(scalar(of: unit, &from, end), to: &to)
        } else {
            to.pointee = plainEscape(letter)
            to += 1
        }
    }
    return Bytes(start: UnsafePointer(out), count: to - out)
}

@inline(__always)
private func plainEscape(_ letter: UInt8) -> UInt8 {
    switch letter {
    case 0x6E: 0x0A
    case 0x74: 0x09
    case 0x72: 0x0D
    case 0x62: 0x08
    case 0x66: 0x0C
    default: letter
    }
}

private func hexUnit(_ from: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UInt32? {
    guard end - from >= 4 else { return nil }
    var unit: UInt32 = 0
    for index in 0..<4 {
        switch from[index] {
        case let digit where isDigit(digit): unit = unit << 4 | UInt32(digit - 0x30)
        case let upper where upper >= 0x41 && upper <= 0x46: unit = unit << 4 | UInt32(upper - 0x37)
        case let lower where lower >= 0x61 && lower <= 0x66: unit = unit << 4 | UInt32(lower - 0x57)
        default: return nil
        }
    }
    return unit
}

/// The scalar that begins with UTF-16 `unit`; takes the second half of a pair from `from`.
private func scalar(
    of unit: UInt32, _ from: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
) -> UInt32 {
    guard unit >= 0xD800, unit < 0xE000 else { return unit }
    guard unit < 0xDC00, end - from >= 6, from[0] == 0x5C, from[1] == 0x75,
        let low = hexUnit(from + 2, end), low >= 0xDC00, low < 0xE000
    else { return 0xFFFD }
    from += 6
    return 0x10000 + ((unit - 0xD800) << 10 | (low - 0xDC00))
}

/// Appends `scalar` as UTF-8. Never longer than the escapes that it was read from.
private func appendScalar(_ scalar: UInt32, to: inout UnsafeMutablePointer<UInt8>) {
    if scalar < 0x80 {
        to[0] = UInt8(scalar)
        to += 1
    } else if scalar < 0x800 {
        to[0] = UInt8(0xC0 | scalar >> 6)
        to[1] = UInt8(0x80 | scalar & 0x3F)
        to += 2
    } else if scalar < 0x10000 {
        to[0] = UInt8(0xE0 | scalar >> 12)
        to[1] = UInt8(0x80 | scalar >> 6 & 0x3F)
        to[2] = UInt8(0x80 | scalar & 0x3F)
        to += 3
    } else {
        to[0] = UInt8(0xF0 | scalar >> 18)
        to[1] = UInt8(0x80 | scalar >> 12 & 0x3F)
        to[2] = UInt8(0x80 | scalar >> 6 & 0x3F)
        to[3] = UInt8(0x80 | scalar & 0x3F)
        to += 4
    }
}
