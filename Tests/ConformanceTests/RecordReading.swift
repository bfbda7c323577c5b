import AdapterKit
import Dialects
import Foundation
import IdentityModel

/// What became of one record.
enum RecordReading {
    /// Its first event, as `lockstep normalize --reveal` prints it.
    case event([String: String])
    case ignored(dialect: String)
    case quarantined(cause: String)
}

/// Reads records one at a time, each as a stream of its own.
struct RecordReader {
    let catalog = JourneyCatalog()
    let library: DialectLibrary
    let key = PseudonymKey.random().key

    /// The clock: 2027-01-01T00:00:00Z, after every record.
    private static let now: Int64 = 1_798_761_600_000_000

    init() throws { library = try DialectLibrary(catalog: catalog) }

    /// Reads `record`; `year` is that of a time without one, `zone` that of a time without one.
    func read(_ record: String, year: Int?, zone: String?) throws -> RecordReading {
        let options = NormalizerOptions(now: Self.now, year: year, zone: zone)
        var normalizer = try StreamNormalizer(library: library, key: key, options: options)
        var batch = RecordBatch()
        batch.bytes = Array(record.utf8)
        batch.spans = [.init(start: 0, length: batch.bytes.count)]
        var events = EventBatch()
        var revealed = RevealedIdentities()
        var tally = NormalizationTally()
        normalizer.normalize(batch, into: &events, revealing: &revealed, tally: &tally)
        if let lost = tally.quarantined.first { return .quarantined(cause: lost.cause) }
        guard events.count > 0 else {
            let dialect = tally.perDialect.first { $0.value.ignored > 0 }?.key
            return .ignored(dialect: dialect ?? "")
        }
        var writer = EventWriter(catalog: catalog)
        var lines: [UInt8] = []
        writer.append(events, revealing: revealed, source: "", to: &lines)
        let first = lines.split(separator: 0x0A).first.map { Data($0) } ?? Data()
        return .event(JSONLines.object(first)?.compactMapValues { $0 as? String } ?? [:])
    }

    /// Whether the event's id is made of the vendor's `id` and of nothing else: it stays when the
    /// JSON record is written another way, and changes with `id`.
    func identifies(_ record: String, by id: String, as known: String?) throws -> Bool {
        guard let value = JSONLines.object(Data(record.utf8)), let known else { return false }
        func eventID(_ value: Any) throws -> String? {
            guard let text = JSONLines.text(value),
                case .event(let event) = try read(text, year: nil, zone: nil)
            else { return nil }
            return event["id"]
        }
        let changed = try eventID(Self.replacing(id, in: value))
        return try eventID(value) == known && changed != nil && changed != known
    }

    /// `value` with another text in place of each scalar that reads `text`.
    private static func replacing(_ text: String, in value: Any) -> Any {
        switch value {
        case let object as [String: Any]: object.mapValues { replacing(text, in: $0) }
        case let array as [Any]: array.map { replacing(text, in: $0) }
        case let own as String: own == text ? "\(text)7" : own
        case let number as NSNumber: "\(number)" == text ? "\(text)7" : number
        default: value
        }
    }
}
