import Foundation

/// Where the string that begins at `cursor` (after its quote) ends: its closing quote, or nil.
private func stringEnd(
    _ cursor: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
) -> UnsafePointer<UInt8>? {
    var cursor = cursor
    while cursor < end {
        if cursor.pointee == 0x22 { return cursor }
        if cursor.pointee == 0x5C {
            cursor += 1
            if cursor == end { return nil }
        }
        cursor += 1
    }
    return nil
}

/// Where the number that begins at `cursor` ends (RFC 8259 section 6), or nil where there is none.
func numberEnd(
    _ cursor: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
) -> UnsafePointer<UInt8>? {
    var cursor = cursor
    if cursor < end, cursor.pointee == 0x2D { cursor += 1 }
    guard cursor < end, isDigit(cursor.pointee) else { return nil }
    if cursor.pointee == 0x30 {
        cursor += 1
    } else {
        cursor = digitsEnd(cursor, end)
    }
    if cursor < end, cursor.pointee == 0x2E {
        guard cursor + 1 < end, isDigit(cursor[1]) else { return nil }
        cursor = digitsEnd(cursor + 1, end)
    }
    if cursor < end, cursor.pointee | 0x20 == 0x65 {
        cursor += 1
        if cursor < end, cursor.pointee == 0x2B || cursor.pointee == 0x2D { cursor += 1 }
        guard cursor < end, isDigit(cursor.pointee) else { return nil }
        cursor = digitsEnd(cursor, end)
    }
    return cursor
}

@inline(__always)
private func digitsEnd(
    _ cursor: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
) -> UnsafePointer<UInt8> {
    var cursor = cursor
    while cursor < end, isDigit(cursor.pointee) { cursor += 1 }
    return cursor
}

/// Calls `body` with the JSON string `bytes`, escapes spelt out.
func withUnescaped<R>(_ bytes: Bytes, _ body: (Bytes) -> R) -> R {
    guard memchr(bytes.start, 0x5C, bytes.count) != nil else { return body(bytes) }
    let room = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
    defer { room.deallocate() }
    return body(unescapeJSON(bytes, into: room))
}

/// Looks a member up in the text of an object that was already checked.
struct JSONMembers {
    private let object: Bytes

    init(_ object: Bytes) { self.object = object }

    /// The text of the member called `name`, without quotes where it is a string; nil where it is
    /// missing or no scalar.
    func value(of name: Bytes) -> Bytes? {
        var cursor = object.start + 1
        let end = object.end
        while cursor < end {
            guard let open = skip(to: 0x22, cursor, end) else { return nil }
            guard let close = stringEnd(open + 1, end) else { return nil }
            guard var from = skip(to: 0x3A, close + 1, end) else { return nil }
            from += 1
            while from < end, isBlank(from.pointee) { from += 1 }
            guard let to = valueEnd(from, end) else { return nil }
            if Bytes(start: open + 1, count: close - open - 1).equals(name) {
                switch from.pointee {
                case 0x7B, 0x5B: return nil
                case 0x22: return Bytes(start: from + 1, count: to - from - 2)
                default: return Bytes(start: from, count: to - from).trimmed
                }
            }
            cursor = to
        }
        return nil
    }

    private func skip(
        to byte: UInt8, _ cursor: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8>? {
        var cursor = cursor
        while cursor < end, cursor.pointee != byte { cursor += 1 }
        return cursor < end ? cursor : nil
    }

    /// The end of the value at `cursor`, by brackets alone.
    private func valueEnd(
        _ cursor: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8>? {
        var cursor = cursor
        var depth = 0
        while cursor < end {
            switch cursor.pointee {
            case 0x22:
                guard let close = stringEnd(cursor + 1, end) else { return nil }
                cursor = close
            case 0x7B, 0x5B:
                depth += 1
            case 0x7D, 0x5D:
                if depth == 0 { return cursor }
                depth -= 1
            case 0x2C where depth == 0:
                return cursor
            default: break
            }
            cursor += 1
            if depth == 0, let last = Optional(cursor[-1]), last == 0x22 || last == 0x7D || last == 0x5D {
                return cursor
            }
        }
        return cursor
    }
}
