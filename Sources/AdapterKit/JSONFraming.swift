/// Splits a stream of JSON into records: values one after the other, however they are printed; the
/// elements of arrays; and the elements of the list inside an envelope such as `{"Records":[…]}`.
///
///     {"count":2,"Records":[ {"id":1,…} , {"id":2,…} ],"next":"…"}   [ {…}, {…} ]   {…}\n{…}
///     └─ envelope: framing ┘ └─── 0 ──┘   └─── 1 ──┘ └─ framing ──┘    └2┘  └3┘     └4┘  └5┘
///
/// It follows brackets and strings, nothing else, and holds no more than the value it is in.
/// - A value over `RecordLimits.recordBytesMax` becomes one `UnframedRecord`; reading goes on after
///   it.
/// - A broken value (a line break inside a string, a bracket where none may stand) is a record up
///   to the break; reading goes on with the next value, so one torn line costs no more than itself.
/// - What stands between values is a record per line, so that it ends in the quarantine.
///
/// Cost: about 1 ns per byte; strings go eight bytes at a time.
public struct JSONFraming: Sendable {
    enum Mode {
        /// Between values, where white space, commas and stray brackets mean nothing.
        case between
        /// In a line that is no value.
        case garbage
        /// In a value that is a record, or in an envelope whose list has not come yet.
        case value
        /// In an envelope, after its list.
        case tail
    }

    var mode = Mode.between
    var nesting = JSONNesting()
    /// Position in the stream up to which everything has been looked at.
    var scanned: UInt64 = 0
    /// Where the value or the line of garbage begins.
    var start: UInt64 = 0
    /// Whether the beginning of the value had to be dropped.
    var isOverlong = false
    /// Where commas and brackets before a value begin, should they turn out to be a line of
    /// garbage.
    var punctuationStart: UInt64?
    /// Whether the elements that are read belong to an envelope.
    var isInEnvelope = false
    /// Whether the value has a member that a mere envelope would not have.
    var hasOwnContent = false
    /// Whether a member that could be an envelope's list has just been opened.
    var isListPending = false

    /// Framing at the beginning of a stream, or after any value.
    public init() {}

    /// Where the record that is still being dropped begins, if there is one.
    public var unfinishedSince: UInt64? { isOverlong ? start : nil }

    /// Appends the records of `bytes` to `batch` and returns how many bytes are done with.
    ///
    /// The rest is to be presented again, at the front of the next call's bytes.
    ///
    /// - Parameter offset: the position of `bytes` in the stream.
    public mutating func frame(
        _ bytes: UnsafeRawBufferPointer, at offset: UInt64, _ end: StreamEnd,
        into batch: inout RecordBatch
    ) -> Int {
        if scanned < offset { scanned = offset }
        var cursor = Int(scanned - offset)
        while cursor < bytes.count {
            switch mode {
            case .between: cursor = passBetween(bytes, cursor, offset)
            case .garbage: cursor = passGarbage(bytes, cursor, offset, &batch)
            case .value, .tail: cursor = passValue(bytes, cursor, offset, &batch)
            }
        }
        scanned = offset + UInt64(cursor)
        if end != .open {
            finish(bytes, offset, end, &batch)
            return bytes.count
        }
        return bytes.count - hold(bytes.count, offset)
    }

    /// How many of the last bytes are needed again.
    private mutating func hold(_ count: Int, _ offset: UInt64) -> Int {
        let end = offset + UInt64(count)
        var first = end
        switch mode {
        case .value, .garbage: if !isOverlong { first = start }
        case .tail:
            // A key is only compared when its list opens, so it must still be there then.
            for key in [nesting.keyStart, nesting.stringStart]
            where key >= offset && end - key < 1024 {
                first = min(first, key)
            }
        case .between: first = punctuationStart ?? end
        }
        let held = end - max(first, offset)
        guard held > UInt64(RecordLimits.recordBytesMax) else { return Int(held) }
        if mode == .value || mode == .garbage {
            isOverlong = true
        } else {
            punctuationStart = nil
        }
        return 0
    }

    private mutating func finish(
        _ bytes: UnsafeRawBufferPointer, _ offset: UInt64, _ end: StreamEnd,
        _ batch: inout RecordBatch
    ) {
        let last = offset + UInt64(bytes.count)
        switch mode {
        case .garbage where end == .ended:
            emit(bytes, upTo: last, offset, &batch)
        case .value, .garbage:
            let cause =
                end == .cutOff
                ? UnframedRecord.cutOffCause : "the stream ends inside this JSON value"
            batch.unframed.append(UnframedRecord(offset: start, length: last - start, cause: cause))
        case .between, .tail: break
        }
        self = JSONFraming()
        scanned = last
    }

    /// Appends the record from `start` up to `end`, without white space at its end.
    mutating func emit(
        _ bytes: UnsafeRawBufferPointer, upTo end: UInt64, _ offset: UInt64,
        _ batch: inout RecordBatch
    ) {
        let length = end - start
        if isOverlong || length > UInt64(RecordLimits.recordBytesMax) {
            batch.unframed.append(
                UnframedRecord(offset: start, length: length, cause: UnframedRecord.overlongCause))
        } else {
            let first = Int(start - offset)
            var last = Int(end - offset)
            while last > first, bytes[last - 1] <= 0x20 { last -= 1 }
            if last > first {
                batch.spans.append(RecordBatch.Span(start: first, length: last - first))
            }
        }
        isOverlong = false
        punctuationStart = nil
        mode = .between
    }
}

extension JSONFraming {
    /// Passes to the next value or line of garbage; returns the cursor there.
    private mutating func passBetween(
        _ bytes: UnsafeRawBufferPointer, _ from: Int, _ offset: UInt64
    ) -> Int {
        var cursor = from
        while cursor < bytes.count {
            let byte = bytes[cursor]
            switch byte {
            case UInt8(ascii: "\n"): punctuationStart = nil
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            case UInt8(ascii: "]") where isInEnvelope:
                beginTail(at: offset + UInt64(cursor + 1))
                return cursor + 1
            case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "}"):
                if punctuationStart == nil { punctuationStart = offset + UInt64(cursor) }
            case UInt8(ascii: "{"):
                beginValue(at: offset + UInt64(cursor))
                return cursor + 1
            default:
                start = punctuationStart ?? offset + UInt64(cursor)
                punctuationStart = nil
                mode = .garbage
                return cursor
            }
            cursor += 1
        }
        return cursor
    }

    private mutating func passGarbage(
        _ bytes: UnsafeRawBufferPointer, _ from: Int, _ offset: UInt64, _ batch: inout RecordBatch
    ) -> Int {
        guard let newline = bytes[from...].firstIndex(of: 0x0A) else { return bytes.count }
        emit(bytes, upTo: offset + UInt64(newline), offset, &batch)
        return newline + 1
    }

    private mutating func beginValue(at position: UInt64) {
        mode = .value
        start = position
        isOverlong = false
        hasOwnContent = false
        isListPending = false
        punctuationStart = nil
        nesting = JSONNesting()
        nesting.open(isObject: true)
        nesting.previous = UInt8(ascii: "{")
    }

    private mutating func beginTail(at position: UInt64) {
        mode = .tail
        isInEnvelope = false
        hasOwnContent = false
        isListPending = false
        isOverlong = false
        punctuationStart = nil
        nesting = JSONNesting()
        nesting.open(isObject: true)
        nesting.previous = UInt8(ascii: "]")
        nesting.stringStart = position
        nesting.keyStart = position
        nesting.keyEnd = position
    }
}
