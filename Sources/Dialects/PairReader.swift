import Foundation

/// Reads `key=value` text: `type=LOGIN, realmId=shop` or `level=info msg="a b"`.
///
/// - A quoted value may hold the separator; `\"` and `\\` inside it are unescaped.
/// - Text without the equals sign between two separators is skipped.
/// - Of equal keys the first counts: what a person typed comes late in a line, and must not
///   replace what the vendor wrote before it.
struct PairReader: BitwiseCopyable, @unchecked Sendable {
    let separator: Bytes
    let equals: Bytes
    /// The quotation mark, or 0 for none.
    let quote: UInt8
    /// Whether quoted values use all escapes of JSON instead of the two.
    let hasJSONEscapes: Bool
    /// The slots of the keys that the dialect wants.
    let keys: ByteTable

    /// Sets the wanted fields of `text`; whether there was any pair.
    func read(_ text: Bytes, into fields: inout RecordFields) -> Bool {
        var cursor = text.start
        let end = text.end
        var found = false
        while cursor < end {
            while cursor < end, isBlank(cursor.pointee) { cursor += 1 }
            let rest = Bytes(start: cursor, count: end - cursor)
            guard let sign = rest.firstRange(of: equals) else { break }
            let head = Bytes(start: cursor, count: sign - cursor)
            if let gap = head.firstRange(of: separator) {
                cursor = gap + separator.count
                continue
            }
            found = true
            let slot = keys.find(head.trimmed)
            cursor = value(from: sign + equals.count, end, slot: slot, &fields)
        }
        return found
    }

    /// Takes the value at `cursor` and returns where the next pair begins.
    private func value(
        from cursor: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, slot: Int32,
        _ fields: inout RecordFields
    ) -> UnsafePointer<UInt8> {
        if quote != 0, cursor < end, cursor.pointee == quote,
            let close = closingQuote(cursor + 1, end)
        {
            keep(slot, Bytes(start: cursor + 1, count: close - cursor - 1), &fields)
            let rest = Bytes(start: close + 1, count: end - close - 1)
            guard let next = rest.firstRange(of: separator) else { return end }
            return next + separator.count
        }
        let rest = Bytes(start: cursor, count: end - cursor)
        let stop = rest.firstRange(of: separator) ?? end
        let bytes = Bytes(start: cursor, count: stop - cursor)
        if slot >= 0, fields.slots[Int(slot)].flags & Slot.isSet == 0 { fields.set(Int(slot), bytes) }
        return stop == end ? end : stop + separator.count
    }

    private func closingQuote(
        _ cursor: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8>? {
        var cursor = cursor
        while cursor < end {
            if cursor.pointee == quote { return cursor }
            cursor += cursor.pointee == 0x5C ? 2 : 1
        }
        return nil
    }

    private func keep(_ slot: Int32, _ bytes: Bytes, _ fields: inout RecordFields) {
        guard slot >= 0, fields.slots[Int(slot)].flags & Slot.isSet == 0 else { return }
        guard memchr(bytes.start, 0x5C, bytes.count) != nil else {
            fields.set(Int(slot), bytes)
            return
        }
        let room = fields.room(bytes.count)
        if hasJSONEscapes {
            fields.set(Int(slot), unescapeJSON(bytes, into: room))
            return
        }
        var count = 0
        var from = 0
        while from < bytes.count {
            let byte = bytes.start[from]
            if byte == 0x5C, from + 1 < bytes.count,
                bytes.start[from + 1] == quote || bytes.start[from + 1] == 0x5C
            {
                from += 1
            }
            room[count] = bytes.start[from]
            count += 1
            from += 1
        }
        fields.set(Int(slot), Bytes(start: UnsafePointer(room), count: count))
    }
}

/// Reads one line of comma-separated values (RFC 4180).
struct CSVReader: BitwiseCopyable, @unchecked Sendable {
    let separator: UInt8
    /// The slots of the columns in order.
    let columns: UnsafeBufferPointer<Int32>
    /// The names of the columns in order.
    let names: UnsafeBufferPointer<Bytes>

    /// What a line turned out to be.
    enum Line {
        case values
        case header
        case other
    }

    /// Sets the columns of `line`; `.other` where it has another number of columns.
    func read(_ line: Bytes, into fields: inout RecordFields) -> Line {
        var cursor = line.start
        let end = line.end
        var isHeader = true
        for column in 0..<columns.count {
            guard let stop = value(cursor, end, column, &isHeader, &fields) else { return .other }
            if column == columns.count - 1 {
                guard stop == end else { return .other }
            } else {
                guard stop < end else { return .other }
                cursor = stop + 1
            }
        }
        return isHeader ? .header : .values
    }

    /// Takes the value at `cursor`; where it ends (at a separator or the end), or nil.
    private func value(
        _ cursor: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ column: Int,
        _ isHeader: inout Bool, _ fields: inout RecordFields
    ) -> UnsafePointer<UInt8>? {
        var bytes: Bytes
        var stop = cursor
        if cursor < end, cursor.pointee == 0x22 {
            let room = fields.room(end - cursor)
            var count = 0
            stop += 1
            while true {
                guard stop < end else { return nil }
                if stop.pointee == 0x22 {
                    stop += 1
                    guard stop < end, stop.pointee == 0x22 else { break }
                }
                room[count] = stop.pointee
                count += 1
                stop += 1
            }
            guard stop == end || stop.pointee == separator else { return nil }
            bytes = Bytes(start: UnsafePointer(room), count: count)
        } else {
            while stop < end, stop.pointee != separator { stop += 1 }
            bytes = Bytes(start: cursor, count: stop - cursor)
        }
        isHeader = isHeader && bytes.trimmed.equals(names[column])
        if columns[column] >= 0 { fields.set(Int(columns[column]), bytes) }
        return stop
    }
}
