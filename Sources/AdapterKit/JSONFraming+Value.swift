extension JSONFraming {
    /// The members whose array of objects makes an object an envelope: CloudTrail and S3 exports,
    /// Entra's diagnostic settings, Microsoft Graph, Google and 1Password pages, Auth0 and
    /// authentik pages.
    ///
    /// An object is an envelope only if what stands before the list is bookkeeping. So a Google
    /// Workspace record, which has its own `events` after an `id` and an `actor`, stays one record.
    public static let envelopeKeys = [
        "Records", "records", "value", "items", "events", "logs", "results",
    ]

    /// Members with structure that an envelope may have.
    public static let bookkeepingKeys = [
        "pagination", "paging", "page", "metadata", "meta", "links", "_links",
    ]

    /// Passes through a value or an envelope's tail until it ends or `bytes` do; returns the cursor
    /// there.
    mutating func passValue(
        _ bytes: UnsafeRawBufferPointer, _ from: Int, _ offset: UInt64, _ batch: inout RecordBatch
    ) -> Int {
        var cursor = from
        while cursor < bytes.count {
            if nesting.isInString {
                cursor = passString(bytes, cursor, offset)
                if cursor < bytes.count, nesting.isInString {
                    endBroken(bytes, upTo: cursor, offset, &batch)
                    return cursor
                }
                continue
            }
            let byte = bytes[cursor]
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
                cursor += 1
                continue
            case UInt8(ascii: "\""):
                nesting.isInString = true
                if nesting.depth == 1 { nesting.stringStart = offset + UInt64(cursor) }
                cursor += 1
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard nesting.mayOpen else {
                    endBroken(bytes, upTo: cursor, offset, &batch)
                    return cursor
                }
                if isListPending, nesting.previous == UInt8(ascii: "["), nesting.depth == 2 {
                    isListPending = false
                    if byte == UInt8(ascii: "{") { return beginList(cursor) }
                    hasOwnContent = true
                }
                if nesting.depth == 1 { considerMember(bytes, cursor, offset) }
                nesting.open(isObject: byte == UInt8(ascii: "{"))
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if isListPending, nesting.previous == UInt8(ascii: "["), nesting.depth == 2 {
                    return beginList(cursor)
                }
                guard nesting.close(isObject: byte == UInt8(ascii: "}")) else {
                    endBroken(bytes, upTo: cursor + 1, offset, &batch)
                    return cursor + 1
                }
                if nesting.depth == 0 {
                    endValue(bytes, upTo: offset + UInt64(cursor + 1), offset, &batch)
                    return cursor + 1
                }
            default: break
            }
            nesting.previous = byte
            cursor += 1
        }
        return cursor
    }

    /// Passes through a string; stops after its quote, at the end of `bytes`, or at a line break,
    /// which no string may hold.
    @inline(__always)
    private mutating func passString(
        _ bytes: UnsafeRawBufferPointer, _ from: Int, _ offset: UInt64
    ) -> Int {
        var cursor = from
        if nesting.isEscaped {
            nesting.isEscaped = false
            cursor += 1
        }
        while true {
            cursor = JSONNesting.endOfPlainText(bytes, cursor)
            guard cursor < bytes.count else { return bytes.count }
            switch bytes[cursor] {
            case UInt8(ascii: "\""):
                nesting.isInString = false
                if nesting.depth == 1, nesting.previous != UInt8(ascii: ":") {
                    nesting.keyStart = nesting.stringStart
                    nesting.keyEnd = offset + UInt64(cursor)
                }
                nesting.previous = UInt8(ascii: "\"")
                return cursor + 1
            case UInt8(ascii: "\\"):
                cursor += 2
                if cursor > bytes.count {
                    nesting.isEscaped = true
                    return bytes.count
                }
            case UInt8(ascii: "\n"): return cursor
            default: cursor += 1
            }
        }
    }

    /// Looks at the member of the outermost object whose value opens at `cursor`.
    private mutating func considerMember(
        _ bytes: UnsafeRawBufferPointer, _ cursor: Int, _ offset: UInt64
    ) {
        isListPending = false
        guard nesting.keyStart >= offset, nesting.keyEnd > nesting.keyStart else {
            hasOwnContent = true
            return
        }
        let first = Int(nesting.keyStart - offset) + 1
        let key = bytes[first..<max(first, Int(nesting.keyEnd - offset))]
        if !hasOwnContent, bytes[cursor] == UInt8(ascii: "["),
            Self.envelopeKeys.contains(where: { key.elementsEqual($0.utf8) })
        {
            isListPending = true
        } else if !Self.bookkeepingKeys.contains(where: { key.elementsEqual($0.utf8) }) {
            hasOwnContent = true
        }
    }

    /// Turns the object into an envelope whose list's first element, or end, is at `cursor`.
    private mutating func beginList(_ cursor: Int) -> Int {
        mode = .between
        isInEnvelope = true
        isListPending = false
        isOverlong = false
        punctuationStart = nil
        return cursor
    }

    private mutating func endValue(
        _ bytes: UnsafeRawBufferPointer, upTo end: UInt64, _ offset: UInt64,
        _ batch: inout RecordBatch
    ) {
        if mode == .tail {
            mode = .between
            isInEnvelope = false
        } else {
            emit(bytes, upTo: end, offset, &batch)
        }
    }

    private mutating func endBroken(
        _ bytes: UnsafeRawBufferPointer, upTo cursor: Int, _ offset: UInt64,
        _ batch: inout RecordBatch
    ) {
        endValue(bytes, upTo: offset + UInt64(cursor), offset, &batch)
        isInEnvelope = false
    }
}
