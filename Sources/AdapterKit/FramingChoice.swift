/// How a stream is split into records, decided once from its first bytes.
///
///     {"a":1}\n{"a":2}\n                lines
///     Jun  1 10:00:00 web sshd[7]: …    lines
///     [main] INFO started               lines: no JSON array begins so
///     [ {"a":1}, …   {\n  "a": 1, …     JSON
///     {"Records":[{"a":1}, …            JSON: an envelope, even if it is complete in one line
public enum FramingChoice: Sendable, Equatable {
    /// A record per line.
    case lines
    /// A record per JSON value.
    case json

    /// How many first bytes `decide` looks at.
    public static let headBytes = 1 << 16

    /// The framing of a stream that begins with `head`, its first `headBytes`, or all of it if
    /// shorter.
    public static func decide(head: [UInt8]) -> FramingChoice {
        let mark = TextMark(head)
        let text = head[(mark == .utf8 ? 3 : 0)...].prefix(headBytes)
        guard let first = text.firstIndex(where: { !isBlank($0) }) else { return .lines }
        let second = text[(first + 1)...].first { !isBlank($0) }
        switch text[first] {
        case UInt8(ascii: "["):
            return second == nil || second == UInt8(ascii: "{") || second == UInt8(ascii: "]")
                ? .json : .lines
        case UInt8(ascii: "{"):
            guard second == nil || second == UInt8(ascii: "\"") || second == UInt8(ascii: "}")
            else {
                return .lines
            }
            let line = text[first...].prefix { $0 != 0x0A }
            return isOneRecord(line) ? .lines : .json
        default: return .lines
        }
    }

    /// Whether `line` is a complete JSON object and no envelope.
    private static func isOneRecord(_ line: ArraySlice<UInt8>) -> Bool {
        var batch = RecordBatch()
        var framing = JSONFraming()
        line.withUnsafeBytes { _ = framing.frame($0, at: 0, .ended, into: &batch) }
        guard batch.unframed.isEmpty, batch.spans.count == 1, batch.spans[0].start == 0 else {
            return false
        }
        return line.dropFirst(Int(batch.spans[0].length)).allSatisfy(isBlank)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }
}

/// The mark of its encoding that a text may begin with.
public enum TextMark: Sendable, Equatable {
    case none
    /// The UTF-8 mark, which is no part of the first record.
    case utf8
    /// Text in UTF-16, which is not read.
    case utf16

    /// The mark that `head` begins with.
    public init(_ head: [UInt8]) {
        if head.starts(with: [0xEF, 0xBB, 0xBF]) {
            self = .utf8
        } else if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) {
            self = .utf16
        } else {
            self = .none
        }
    }
}
