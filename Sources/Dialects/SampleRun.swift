import AdapterKit
import Foundation
import IdentityModel

/// The records of a sample: its lines, and JSON values that go over several lines.
struct SampleRecords {
    let batch: RecordBatch
    private let starts: [Int]

    init(_ text: String) {
        var batch = RecordBatch()
        batch.bytes = Array(text.utf8)
        var starts: [Int] = [0]
        var open: Int?
        var depth = 0
        var from = 0
        while from < batch.bytes.count {
            let end = batch.bytes[from...].firstIndex(of: 0x0A) ?? batch.bytes.count
            let line = batch.bytes[from..<end]
            let isOpening = line.first == 0x7B || line.first == 0x5B
            if open != nil || isOpening { depth += Self.balance(line) }
            if open == nil, isOpening, depth > 0, Self.goesOn(batch.bytes, end) { open = from }
            if open == nil || depth <= 0 {
                let start = open ?? from
                if end > start { batch.spans.append(.init(start: start, length: end - start)) }
                open = nil
                depth = 0
            }
            from = end + 1
            starts.append(from)
        }
        if let open { batch.spans.append(.init(start: open, length: batch.bytes.count - open)) }
        self.batch = batch
        self.starts = starts
    }

    /// Whether the line after `end` can belong to an open JSON value: it is indented or closes it.
    private static func goesOn(_ bytes: [UInt8], _ end: Int) -> Bool {
        guard end + 1 < bytes.count else { return false }
        return [0x20, 0x09, 0x7D, 0x5D].contains(bytes[end + 1])
    }

    /// How many more brackets `line` opens than it closes, outside strings.
    private static func balance(_ line: ArraySlice<UInt8>) -> Int {
        var depth = 0
        var isQuoted = false
        var isEscaped = false
        for byte in line {
            if isEscaped {
                isEscaped = false
                continue
            }
            switch byte {
            case 0x5C: isEscaped = isQuoted
            case 0x22: isQuoted.toggle()
            case 0x7B, 0x5B: depth += isQuoted ? 0 : 1
            case 0x7D, 0x5D: depth -= isQuoted ? 0 : 1
            default: break
            }
        }
        return depth
    }

    /// The line of the sample, from 1, on which the byte at `offset` stands.
    func line(of offset: Int) -> Int {
        starts.lastIndex { $0 <= offset }.map { $0 + 1 } ?? 1
    }
}

/// What became of a sample's records.
struct SampleRun {
    /// One expected line's worth: an event, or why there is none.
    struct Result {
        /// Where the record begins in the sample.
        var offset: Int
        /// The values that an expectation may name.
        var values: [String: String]
    }

    private(set) var outcomes: [Result] = []
    private(set) var reached: Set<Int> = []

    private static let unexpectedKeys = ["id", "source", "offset", "dialect"]

    init(
        _ library: DialectLibrary, _ name: String, _ records: SampleRecords, now: Int64,
        settings: [String: [String: String]]
    ) throws {
        let options = NormalizerOptions(now: now, dialect: name, settings: settings)
        let key = PseudonymKey(bytes: [UInt8](repeating: 7, count: 32)) ?? PseudonymKey.random().key
        var normalizer = try StreamNormalizer(library: library, key: key, options: options)
        var writer = EventWriter(catalog: library.catalog)
        for span in records.batch.spans {
            var batch = RecordBatch()
            let start = Int(span.start)
            batch.bytes = Array(records.batch.bytes[start..<start + Int(span.length)])
            batch.spans = [.init(start: 0, length: Int(span.length))]
            batch.streamOffset = UInt64(start)
            var events = EventBatch()
            var revealed = RevealedIdentities()
            var tally = NormalizationTally()
            normalizer.trail = []
            normalizer.normalize(batch, into: &events, revealing: &revealed, tally: &tally)
            var lines: [UInt8] = []
            writer.append(events, revealing: revealed, source: "", to: &lines)
            let rows = String(decoding: lines, as: UTF8.self).split(separator: "\n").map(String.init)
            for outcome in normalizer.trail ?? [] { take(outcome, rows, library, start) }
        }
    }

    private mutating func take(
        _ outcome: RecordOutcome, _ rows: [String], _ library: DialectLibrary, _ offset: Int
    ) {
        var values: [String: String]
        switch outcome {
        case .blank: return
        case .header: return
        case .event(_, let rule, let row):
            reached.insert(rule)
            values = row < rows.count ? DialectCheck.object(rows[row]) : [:]
            for key in Self.unexpectedKeys { values[key] = nil }
        case .ignored(let dialect, let rule):
            reached.insert(rule)
            values = ["ignored": library.dialects[dialect].ignored[rule]]
        case .quarantined(let cause, _, let rule):
            if let rule { reached.insert(rule) }
            values = ["quarantined": cause]
        }
        outcomes.append(Result(offset: offset, values: values))
    }
}
