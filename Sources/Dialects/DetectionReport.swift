/// Which dialect a stream was taken to be in, and why.
public struct DetectionReport: Sendable, Equatable {
    /// How many of the first records one dialect recognises.
    public struct Score: Sendable, Equatable {
        public var dialect: String
        public var recognised: Int
    }

    /// The dialect that recognises the most of the first records, by name among equals; nil where
    /// none recognises any.
    public var chosen: String?
    /// How many records were looked at.
    public var sampled: Int
    /// All dialects that recognise some, best first.
    public var scores: [Score]

    /// How many records are looked at.
    public static let recordsMax = 64

    init(_ sample: [Bytes], _ dialects: [CompiledDialect], _ reader: inout RecordReader) {
        sampled = sample.count
        var scores: [Score] = []
        for (index, dialect) in dialects.enumerated() {
            var recognised = 0
            for record in sample where Self.recognises(record, dialect, index, &reader) {
                recognised += 1
            }
            if recognised > 0 { scores.append(Score(dialect: dialect.name, recognised: recognised)) }
        }
        scores.sort { ($1.recognised, $0.dialect) < ($0.recognised, $1.dialect) }
        self.scores = scores
        chosen = scores.first?.dialect
    }

    /// The report of a stream that goes on in the dialect chosen before.
    init(resumed name: String) {
        chosen = name
        sampled = 0
        scores = []
    }

    private static func recognises(
        _ record: Bytes, _ dialect: CompiledDialect, _ index: Int, _ reader: inout RecordReader
    ) -> Bool {
        switch reader.read(record, dialect, index) {
        case .form, .header: return true
        case .envelope:
            guard let first = reader.elements.first?.bytes else { return false }
            if case .form = reader.read(first, dialect, index) { return true }
            return false
        case .malformed, .tooDeep, .unknown: return false
        }
    }
}

extension DetectionReport: CustomStringConvertible {
    /// `keycloak: recognises 62 of 64 records (sshd 1)`.
    public var description: String {
        if let chosen, sampled == 0 { return "\(chosen): chosen when the stream was first read" }
        guard let best = scores.first else {
            return "no dialect recognises any of the first \(sampled) records"
        }
        let others = scores.dropFirst().map { "\($0.dialect) \($0.recognised)" }
        let tail = others.isEmpty ? "" : " (\(others.joined(separator: ", ")))"
        return "\(best.dialect): recognises \(best.recognised) of the first \(sampled) records\(tail)"
    }
}

/// What became of one record, as the check of dialects sees it.
enum RecordOutcome: Equatable {
    case blank
    case header
    case event(dialect: Int, rule: Int, row: Int)
    case ignored(dialect: Int, rule: Int)
    case quarantined(cause: String, dialect: Int?, rule: Int?)
}
