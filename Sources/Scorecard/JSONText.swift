/// A JSON value whose keys keep their order, so that equal scorecards are equal bytes.
public indirect enum JSONText: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONText])
    case object([(String, JSONText)])

    /// A count.
    public static func count(_ value: UInt64) -> JSONText { .integer(Int64(clamping: value)) }
    /// A count.
    public static func count(_ value: Int) -> JSONText { .integer(Int64(value)) }
    /// A number, or null where there is none.
    public static func optional(_ value: Double?) -> JSONText { value.map { .number($0) } ?? .null }
    /// A string, or null where there is none.
    public static func optional(_ value: String?) -> JSONText { value.map { .string($0) } ?? .null }

    /// The value as indented text (RFC 8259), without a last newline.
    public func text() -> String {
        var out = ""
        write(to: &out, indent: 0)
        return out
    }

    private func write(to out: inout String, indent: Int) {
        switch self {
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .integer(let value): out += "\(value)"
        case .number(let value): out += Self.number(value)
        case .string(let value): Self.quote(value, to: &out)
        case .array(let values):
            Self.list(values, open: "[", close: "]", indent: indent, to: &out) { value, out in
                value.write(to: &out, indent: indent + 1)
            }
        case .object(let pairs):
            Self.list(pairs, open: "{", close: "}", indent: indent, to: &out) { pair, out in
                Self.quote(pair.0, to: &out)
                out += ": "
                pair.1.write(to: &out, indent: indent + 1)
            }
        }
    }

    private static func list<Element>(
        _ elements: [Element], open: String, close: String, indent: Int, to out: inout String,
        _ body: (Element, inout String) -> Void
    ) {
        out += open
        for (index, element) in elements.enumerated() {
            out += index == 0 ? "\n" : ",\n"
            out += String(repeating: " ", count: indent + 1)
            body(element, &out)
        }
        if !elements.isEmpty { out += "\n" + String(repeating: " ", count: indent) }
        out += close
    }

    /// Six decimals: more would pretend.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        let scaled = (abs(value) * 1_000_000).rounded()
        guard scaled < 9e15 else { return "\(value)" }
        let units = UInt64(scaled)
        var text = "\(units / 1_000_000)"
        var fraction = units % 1_000_000
        if fraction > 0 {
            var digits = 6
            while fraction % 10 == 0 {
                fraction /= 10
                digits -= 1
            }
            let tail = "\(fraction)"
            text += "." + String(repeating: "0", count: digits - tail.count) + tail
        }
        return value < 0 && units > 0 ? "-" + text : text
    }

    private static func quote(_ value: String, to out: inout String) {
        out += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}
