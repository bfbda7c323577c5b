import IdentityModel

/// What a stream's options mean for each dialect, checked.
struct StreamPlan {
    private(set) var forced: Int?
    /// Values of settings by dialect, in the dialect's order.
    private(set) var settings: [[String]] = []
    /// What times without a zone mean, by dialect.
    private(set) var zones: [ZoneClock] = []

    init(_ library: DialectLibrary, _ options: NormalizerOptions) throws {
        let problems = ProblemList(file: "options")
        if let name = options.dialect {
            forced = library.index(of: name)
            if forced == nil {
                let hint = suggestion(for: name, among: library.names)
                problems.add(0, "no dialect is called '\(name)'\(hint)")
            }
        }
        for name in options.settings.keys.sorted() where library.index(of: name) == nil {
            let hint = suggestion(for: name, among: library.names)
            problems.add(0, "settings: no dialect is called '\(name)'\(hint)")
        }
        for dialect in library.dialects {
            let given = options.settings[dialect.name] ?? [:]
            let known = dialect.settings.map(\.name) + ["zone"]
            for name in given.keys.sorted() where !known.contains(name) {
                let hint = suggestion(for: name, among: known)
                problems.add(0, "the dialect '\(dialect.name)' has no setting '\(name)'\(hint)")
            }
            settings.append(dialect.settings.map { given[$0.name] ?? $0.value })
            let zone = options.zone ?? given["zone"] ?? dialect.zone
            if ZoneClock(zone) == nil {
                problems.add(
                    0, "a zone must be UTC, an offset such as +02:00 or an IANA name, got '\(zone)'")
            }
            zones.append(ZoneClock(zone) ?? .utc)
        }
        guard problems.problems.isEmpty else { throw DialectError(problems: problems.problems) }
    }
}

extension Bytes {
    /// Without a byte order mark at the beginning and CR or LF at the end.
    @inline(__always)
    var withoutFraming: Bytes {
        var bytes = self
        if bytes.count >= 3, bytes.start[0] == 0xEF, bytes.start[1] == 0xBB, bytes.start[2] == 0xBF {
            bytes = Bytes(start: bytes.start + 3, count: bytes.count - 3)
        }
        while bytes.count > 0, bytes.start[bytes.count - 1] == 0x0A || bytes.start[bytes.count - 1] == 0x0D {
            bytes.count -= 1
        }
        return bytes
    }

    /// Whether this reads like a vendor's code (`user.session.start`, `50126`) and not like
    /// something that a person typed.
    var isPlainCode: Bool {
        count <= 64 && raw.allSatisfy { byte in
            isDigit(byte) || (byte | 0x20) &- 0x61 < 26 || [0x2D, 0x2E, 0x3A, 0x5F].contains(byte)
        }
    }
}
