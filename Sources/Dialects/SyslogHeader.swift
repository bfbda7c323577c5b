import Foundation

/// The header of a syslog line, in the three forms that files and datagrams have.
///
///     RFC 3164   <38>Mar  1 08:00:01 gw1 sshd[1001]: Accepted …
///                <38>Mar 1 08:00:01 gw1 sshd[1001]: Accepted …          (one blank before the day)
///     ISO        2026-03-01T08:00:01.5+00:00 gw1 sshd[1001]: Accepted …      (rsyslog, journald)
///     RFC 5424   <38>1 2026-03-01T08:00:01Z gw1 sshd 1001 - [x a="]"] Accepted …
///
/// `<PRI>` may be missing everywhere. Source: RFC 3164 section 4, RFC 5424 section 6.
struct SyslogHeader {
    var time = Bytes.none
    var host = Bytes.none
    var program = Bytes.none
    var pid = Bytes.none
    var message = Bytes.none

    /// Takes the header off `line`; nil where it has none.
    @inline(__always)
    init?(_ line: Bytes) {
        var rest = Self.withoutPriority(line)
        if rest.count > 2, rest.start[0] == 0x31, rest.start[1] == 0x20 {
            rest = Bytes(start: rest.start + 2, count: rest.count - 2)
            guard readStructured(rest) else { return nil }
            return
        }
        guard let width = Self.timeWidth(rest) else { return nil }
        time = Bytes(start: rest.start, count: width)
        rest = Bytes(start: rest.start + width, count: rest.count - width)
        guard rest.count > 0, rest.start.pointee == 0x20 else { return nil }
        readTail(Self.withoutBlanks(rest))
    }

    private static func withoutPriority(_ line: Bytes) -> Bytes {
        guard line.count > 4, line.start.pointee == 0x3C else { return line }
        for width in 2...5 where width < line.count && line.start[width] == 0x3E {
            return Bytes(start: line.start + width + 1, count: line.count - width - 1)
        }
        return line
    }

    /// The number of bytes of the time at the beginning of `line`, or nil.
    @inline(__always)
    private static func timeWidth(_ line: Bytes) -> Int? {
        guard line.count >= 15 else { return nil }
        let first = line.start.pointee
        if isDigit(first) {
            guard line.start[4] == 0x2D, line.start[7] == 0x2D, line.start[10] == 0x54 else { return nil }
            var width = 11
            while width < line.count, line.start[width] != 0x20 { width += 1 }
            return width
        }
        guard line.start[3] == 0x20 else { return nil }
        // A day of one digit stands after two blanks; some senders write one.
        let clock = line.start[5] == 0x20 && isDigit(line.start[4]) ? 6 : 7
        guard line.start[clock - 1] == 0x20, line.start[clock + 2] == 0x3A,
            line.start[clock + 5] == 0x3A
        else { return nil }
        var width = clock + 8
        while width < line.count, line.start[width] == 0x2E || isDigit(line.start[width]) { width += 1 }
        return width
    }

    @inline(__always)
    private static func withoutBlanks(_ bytes: Bytes) -> Bytes {
        var start = bytes.start
        while start < bytes.end, start.pointee == 0x20 { start += 1 }
        return Bytes(start: start, count: bytes.end - start)
    }

    /// Reads `host program[pid]: message`; a line without a host begins with the program.
    @inline(__always)
    private mutating func readTail(_ tail: Bytes) {
        let end = tail.end
        var stop = tail.start
        while stop < end, stop.pointee != 0x20 { stop += 1 }
        let first = Bytes(start: tail.start, count: stop - tail.start)
        var tag = tail
        if first.count > 0, (first.end - 1).pointee != 0x3A {
            host = first
            tag = Self.withoutBlanks(Bytes(start: stop, count: end - stop))
        }
        readTag(tag)
    }

    @inline(__always)
    private mutating func readTag(_ tag: Bytes) {
        let end = tag.end
        var stop = tag.start
        while stop < end, stop.pointee != 0x3A, stop.pointee != 0x5B, stop.pointee != 0x20 { stop += 1 }
        guard stop < end, stop.pointee != 0x20 else {
            message = tag
            return
        }
        program = Bytes(start: tag.start, count: stop - tag.start)
        if stop.pointee == 0x5B {
            let open = stop + 1
            while stop < end, stop.pointee != 0x5D { stop += 1 }
            pid = Bytes(start: open, count: stop - open)
            if stop < end { stop += 1 }
        }
        if stop < end, stop.pointee == 0x3A { stop += 1 }
        message = Self.withoutBlanks(Bytes(start: stop, count: end - stop))
    }

    private mutating func readStructured(_ line: Bytes) -> Bool {
        var cursor = line.start
        let end = line.end
        func word() -> Bytes? {
            let from = cursor
            while cursor < end, cursor.pointee != 0x20 { cursor += 1 }
            guard cursor < end, cursor > from else { return nil }
            defer { cursor += 1 }
            return Bytes(start: from, count: cursor - from)
        }
        guard let when = word(), let where_ = word(), let name = word(), let process = word(),
            word() != nil
        else { return false }
        (time, host, program, pid) = (when, where_, name, process)
        guard cursor < end else { return false }
        if cursor.pointee == 0x2D {
            cursor += 1
        } else {
            guard let after = Self.elementsEnd(cursor, end) else { return false }
            cursor = after
        }
        var rest = Self.withoutBlanks(Bytes(start: cursor, count: end - cursor))
        if rest.count >= 3, rest.start[0] == 0xEF, rest.start[1] == 0xBB, rest.start[2] == 0xBF {
            rest = Bytes(start: rest.start + 3, count: rest.count - 3)
        }
        message = rest
        return true
    }

    /// The end of the structured data `[id key="value"]…` at `cursor`.
    private static func elementsEnd(
        _ cursor: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8>? {
        var cursor = cursor
        guard cursor.pointee == 0x5B else { return nil }
        var isQuoted = false
        while cursor < end {
            switch cursor.pointee {
            case 0x5C: cursor += 1
            case 0x22: isQuoted.toggle()
            case 0x5D where !isQuoted:
                if cursor + 1 == end || cursor[1] != 0x5B { return cursor + 1 }
            default: break
            }
            cursor += 1
        }
        return nil
    }
}

extension Bytes {
    /// No bytes; the pointer is never read.
    static let none = Bytes(start: UnsafePointer(UnsafeMutablePointer<UInt8>.allocate(capacity: 1)), count: 0)
}
