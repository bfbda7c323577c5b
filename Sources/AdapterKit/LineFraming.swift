#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What follows the bytes that framing is given.
public enum StreamEnd: Sendable {
    /// More bytes will come.
    case open
    /// The stream is complete: what is left is its last record.
    case ended
    /// The stream breaks off here: what is left is no whole record.
    case cutOff
}

/// Splits a stream into lines. Ends with LF; a CR before it belongs to no record; blank lines are
/// no records; the last line needs no newline.
///
///     bytes  │ Jun  1 … accepted\r\nJun  1 … failed\n\nJun  1 … acc │
///     spans    └────── 0 ──────┘    └───── 1 ─────┘    └ presented again, scanned from its end
///
/// A line over `RecordLimits.recordBytesMax` becomes one `UnframedRecord`: its bytes are dropped as
/// they come, and reading goes on after its newline.
///
/// Cost: one `memchr` and one span per record, about 20 ns for 450 bytes.
public struct LineFraming: Sendable {
    private var scanned = 0
    private var overlongStart: UInt64?

    /// Framing at the beginning of a line.
    public init() {}

    /// Where the record that is still being dropped begins, if there is one.
    public var unfinishedSince: UInt64? { overlongStart }

    /// Appends the records of `bytes` to `batch` and returns how many bytes are done with.
    ///
    /// The rest is to be presented again, at the front of the next call's bytes.
    ///
    /// - Parameter offset: the position of `bytes` in the stream.
    public mutating func frame(
        _ bytes: UnsafeRawBufferPointer, at offset: UInt64, _ end: StreamEnd,
        into batch: inout RecordBatch
    ) -> Int {
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            if end != .open { endOverlong(at: offset, into: &batch) }
            return 0
        }
        var lineStart = 0
        var from = scanned
        while let found = memchr(base + from, 0x0A, bytes.count - from) {
            let newline = base.distance(to: UnsafeRawPointer(found))
            if overlongStart != nil {
                endOverlong(at: offset + UInt64(newline), into: &batch)
            } else {
                append(bytes, lineStart, newline, at: offset, into: &batch)
            }
            lineStart = newline + 1
            from = lineStart
            if from == bytes.count { break }
        }
        return finish(bytes, lineStart, at: offset, end, into: &batch)
    }

    private mutating func finish(
        _ bytes: UnsafeRawBufferPointer, _ lineStart: Int, at offset: UInt64, _ end: StreamEnd,
        into batch: inout RecordBatch
    ) -> Int {
        let rest = bytes.count - lineStart
        scanned = 0
        switch end {
        case .open:
            if overlongStart != nil { return bytes.count }
            if rest > RecordLimits.recordBytesMax + 1 {
                overlongStart = offset + UInt64(lineStart)
                return bytes.count
            }
            scanned = rest
            return lineStart
        case .ended:
            if overlongStart != nil {
                endOverlong(at: offset + UInt64(bytes.count), into: &batch)
            } else {
                append(bytes, lineStart, bytes.count, at: offset, into: &batch)
            }
        case .cutOff:
            if overlongStart != nil {
                endOverlong(at: offset + UInt64(bytes.count), into: &batch)
            } else if rest > 0 {
                batch.unframed.append(
                    UnframedRecord(
                        offset: offset + UInt64(lineStart), length: UInt64(rest),
                        cause: UnframedRecord.cutOffCause))
            }
        }
        return bytes.count
    }

    @inline(__always)
    private func append(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ newline: Int, at offset: UInt64,
        into batch: inout RecordBatch
    ) {
        var end = newline
        if end > start, bytes[end - 1] == 0x0D { end -= 1 }
        guard end > start else { return }
        if end - start > RecordLimits.recordBytesMax {
            batch.unframed.append(
                UnframedRecord(
                    offset: offset + UInt64(start), length: UInt64(end - start),
                    cause: UnframedRecord.overlongCause))
        } else if bytes[start] > 0x20 || !Self.isBlank(bytes[start..<end]) {
            batch.spans.append(RecordBatch.Span(start: start, length: end - start))
        }
    }

    private static func isBlank(_ line: Slice<UnsafeRawBufferPointer>) -> Bool {
        line.allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }

    private mutating func endOverlong(at end: UInt64, into batch: inout RecordBatch) {
        guard let start = overlongStart else { return }
        overlongStart = nil
        batch.unframed.append(
            UnframedRecord(offset: start, length: end - start, cause: UnframedRecord.overlongCause))
    }
}

extension UnframedRecord {
    static let overlongCause = "longer than 1 MiB, the longest record that is read"
    static let cutOffCause = "cut off: the stream is damaged from here on"
}
