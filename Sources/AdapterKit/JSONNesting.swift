/// Where a scanner stands inside one JSON value: open brackets and strings.
///
///     { "a" : [ { "b" : "x…          depth 3, kinds 0b101 (1: object; newest lowest), in a string
///
/// Brackets deeper than 64 are counted but not matched, so depth costs neither stack nor memory.
struct JSONNesting: Sendable {
    var depth = 0
    private var kinds: UInt64 = 0
    /// The last byte that is no white space; `"` after a string.
    var previous: UInt8 = 0
    var isInString = false
    /// Whether the next byte is escaped.
    var isEscaped = false
    /// Where the newest string of the outermost object begins, and the newest key: stream
    /// positions.
    var stringStart: UInt64 = 0
    var keyStart: UInt64 = 0
    var keyEnd: UInt64 = 0

    @inline(__always)
    mutating func open(isObject: Bool) {
        depth += 1
        if depth <= 64 { kinds = kinds << 1 | (isObject ? 1 : 0) }
    }

    /// Closes the innermost bracket; false if it is of the other kind.
    @inline(__always)
    mutating func close(isObject: Bool) -> Bool {
        depth -= 1
        if depth >= 64 { return true }
        let matches = (kinds & 1 == 1) == isObject
        kinds >>= 1
        return matches
    }

    /// Whether a bracket may open here.
    @inline(__always)
    var mayOpen: Bool {
        if depth > 64 { return true }
        if kinds & 1 == 1 { return previous == UInt8(ascii: ":") }
        return previous == UInt8(ascii: "[") || previous == UInt8(ascii: ",")
    }

    /// The first `"`, `\` or control character of `bytes` at or after `from`, or the end.
    @inline(__always)
    static func endOfPlainText(_ bytes: UnsafeRawBufferPointer, _ from: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var cursor = from
        while cursor + 8 <= bytes.count {
            let word = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: cursor, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let hits =
                ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
                | ((word &- ones &* 0x20) & ~word)
            let marks = hits & highs
            // The lowest mark is exact; borrows can only add false ones above it.
            if marks != 0 { return cursor + marks.trailingZeroBitCount / 8 }
            cursor += 8
        }
        while cursor < bytes.count {
            let byte = bytes[cursor]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { return cursor }
            cursor += 1
        }
        return cursor
    }
}
