/// Lines being written: a growing buffer of bytes.
///
/// Nothing here makes a `String`, and appending allocates only when the buffer grows, so a line
/// costs little more than the copy of its bytes. `[UInt8]` was twice as slow: each of the thirty
/// appends of a record checks that the array is not shared.
struct LineBuffer: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0

    /// Creates an empty buffer; it grows by doubling.
    init(capacity: Int = 4_096) {
        self.capacity = max(64, capacity)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    var isEmpty: Bool { count == 0 }

    /// The bytes so far, valid inside the closure.
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        body(UnsafeBufferPointer(start: base, count: count))
    }

    /// Forgets the bytes and keeps the room.
    mutating func removeAll() { count = 0 }

    /// Takes back the last bytes.
    mutating func removeLast(_ bytes: Int = 1) { count -= min(bytes, count) }

    /// Makes room for `bytes` more and returns where they go.
    @inline(__always)
    private mutating func extend(_ bytes: Int) -> UnsafeMutablePointer<UInt8> {
        if count + bytes > capacity { grow(bytes) }
        let place = base + count
        count += bytes
        return place
    }

    @inline(never)
    private mutating func grow(_ bytes: Int) {
        let wider = max(capacity * 2, count + bytes)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: wider)
        moved.update(from: base, count: count)
        base.deallocate()
        base = moved
        capacity = wider
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) { extend(1).pointee = byte }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        extend(text.utf8CodeUnitCount).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        extend(bytes.count).update(from: start, count: bytes.count)
    }

    /// Appends the low `count` bytes of a word, the most significant first.
    @inline(__always)
    fileprivate mutating func append(packed: UInt64, count: Int) {
        var rest = packed
        let place = extend(count)
        for index in stride(from: count - 1, through: 0, by: -1) {
            place[index] = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
        }
    }
}

extension LineBuffer {
    /// Appends a text that is not known when compiling.
    mutating func append(text: String) {
        for byte in text.utf8 { append(byte) }
    }

    /// Appends a whole number, zero or more, in decimal.
    mutating func append(decimal value: Int64) {
        var digits = 1
        var bound: Int64 = 10
        while digits < 18, value >= bound {
            digits += 1
            bound *= 10
        }
        if value >= 1_000_000_000_000_000_000 { digits = 19 }
        let place = extend(digits)
        var rest = UInt64(value)
        for index in stride(from: digits - 1, through: 0, by: -1) {
            place[index] = UInt8(truncatingIfNeeded: 48 + rest % 10)
            rest /= 10
        }
    }

    /// Appends the last two decimal digits of a number, zero-filled.
    mutating func append(twoDigits value: Int) {
        append(UInt8(48 + value / 10 % 10))
        append(UInt8(48 + value % 10))
    }

    /// Appends the text form of a version 4 UUID (RFC 9562, Sec. 5.4) that is grown from `key`.
    ///
    /// All 64 bits of a bijection of the key are in it, around the version and variant bits, so
    /// different keys never meet in one UUID.
    mutating func append(uuid key: UInt64) {
        let high = scramble(key)
        let low = scramble(key ^ 0x5DEE_CE66_D1CE_4E5B)
        appendHexadecimal(UInt32(truncatingIfNeeded: high >> 32))
        append(UInt8(ascii: "-"))
        let middle = hexadecimalDigits(UInt32(truncatingIfNeeded: high))
        append(packed: middle >> 32, count: 4)
        append("-4")
        append(packed: middle >> 8, count: 3)
        append(UInt8(ascii: "-"))
        let variant = (low >> 48) & 0x3FF0 | 0x8000 | (high & 15)
        let tail = hexadecimalDigits(UInt32(truncatingIfNeeded: variant << 16 | low & 0xFFFF))
        append(packed: tail >> 32, count: 4)
        append(UInt8(ascii: "-"))
        appendHexadecimal(UInt32(truncatingIfNeeded: low >> 16))
        append(packed: tail, count: 4)
    }

    /// Appends eight lower-case hexadecimal digits.
    mutating func appendHexadecimal(_ value: UInt32) {
        append(packed: hexadecimalDigits(value), count: 8)
    }

    /// Appends `YYYY-MM-DD`.
    mutating func append(date: CivilDate) {
        append(decimal: Int64(date.year))
        append(UInt8(ascii: "-"))
        append(twoDigits: date.month)
        append(UInt8(ascii: "-"))
        append(twoDigits: date.day)
    }

    /// Appends `hh:mm:ss`.
    mutating func append(timeOfDay at: Int64) {
        let seconds = Int(at % Clock.day / 1_000)
        append(twoDigits: seconds / 3_600)
        append(UInt8(ascii: ":"))
        append(twoDigits: seconds / 60 % 60)
        append(UInt8(ascii: ":"))
        append(twoDigits: seconds % 60)
    }

    /// Appends an RFC 3339 time in UTC with whole seconds.
    mutating func append(rfc3339 at: Int64) {
        append(date: CivilDate(at))
        append(UInt8(ascii: "T"))
        append(timeOfDay: at)
        append(UInt8(ascii: "Z"))
    }
}

/// The eight hexadecimal digits of a number as ASCII bytes, the first in the highest byte.
///
/// The half-bytes are spread over the bytes of a word and all turned into digits at once.
@inline(__always)
private func hexadecimalDigits(_ value: UInt32) -> UInt64 {
    var x = UInt64(value)
    x = (x | x << 16) & 0x0000_FFFF_0000_FFFF
    x = (x | x << 8) & 0x00FF_00FF_00FF_00FF
    x = (x | x << 4) & 0x0F0F_0F0F_0F0F_0F0F
    let letters = ((x + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
    return x + 0x3030_3030_3030_3030 + letters * 0x27
}
