import Foundation
import IdentityModel

/// A fact that the two readings of a record do not share.
struct Difference {
    /// Where it stands, without anything of the record.
    struct Place: Hashable, Comparable {
        var source: String
        var index: Int
        var field: String

        static func < (a: Self, b: Self) -> Bool {
            (a.source, a.index, a.field) < (b.source, b.index, b.field)
        }
    }

    var place: Place
    var theirs: String
    var ours: String
}

/// Holds the two readings of a record against each other, fact by fact.
struct Comparison {
    let reader: RecordReader
    let readings: ReviewedReadings

    /// What came of one record.
    struct Result {
        /// Whether the dialect ignores it on purpose.
        var isIgnored = false
        /// The facts that our reading does not share.
        var differences: [Difference] = []
    }

    /// Reads `record` and compares the reading with the facts of `row`.
    func compare(_ row: TruthRow, _ record: String, _ source: TruthSource) throws -> Result {
        let year = row.facts["timestamp"].flatMap { Int($0.prefix(4)) }
        var result = Result()
        func differ(_ field: String, _ theirs: String, _ ours: String?) {
            let place = Difference.Place(source: row.source, index: row.index, field: field)
            result.differences.append(
                Difference(place: place, theirs: theirs, ours: ours ?? "nothing"))
        }
        switch try reader.read(record, year: year, zone: source.zone) {
        case .quarantined(let cause):
            differ("record", "read", "quarantined: \(cause)")
        case .ignored(let dialect):
            result.isIgnored = true
            if dialect != source.dialect { differ("dialect", source.dialect, dialect) }
            if !readings.accept(row.facts["action"], as: "ignored") {
                differ("record", row.facts["action"] ?? "read", "ignored on purpose")
            }
        case .event(let event):
            if event["dialect"] != source.dialect { differ("dialect", source.dialect, event["dialect"]) }
            for (field, theirs) in row.facts.sorted(by: { $0.key < $1.key }) {
                let ours = try answer(field, theirs, event, record)
                if let ours { differ(field, theirs, ours) }
            }
        }
        return result
    }

    /// What we say instead of `theirs`; nil where both say the same or they say nothing.
    private func answer(
        _ field: String, _ theirs: String, _ event: [String: String], _ record: String
    ) throws -> String? {
        switch field {
        case "timestamp": return Self.time(theirs, event["at"])
        case "source_ip": return Self.address(theirs, event["ip"])
        case "user_name", "user_email":
            let isSame = event["name"] == Self.canonical(theirs) || event["subject"] == theirs
            return isSame ? nil : event["name"] ?? "nothing"
        case "user_id":
            let isSame = event["subject"] == theirs || event["name"] == Self.canonical(theirs)
            return isSame ? nil : event["subject"] ?? "nothing"
        case "event_id":
            return try reader.identifies(record, by: theirs, as: event["id"]) ? nil : "another id"
        case "action":
            let place = "\(event["journey"] ?? "")/\(event["step"] ?? "")"
            return readings.accept(theirs, as: place) ? nil : place
        case "outcome": return Self.outcome(theirs, event["outcome"])
        default: return nil
        }
    }

    /// Times are the same as far as theirs is written: many cut what follows the milliseconds.
    private static func time(_ theirs: String, _ ours: String?) -> String? {
        let digits = theirs.split(separator: ".").dropFirst().first?.prefix { $0.isNumber }.count ?? 0
        let step = (digits..<6).reduce(Int64(1)) { step, _ in step * 10 }
        guard let ours, let own = microseconds(ours), let their = microseconds(theirs) else {
            return ours ?? "nothing"
        }
        return own / step == their / step ? nil : ours
    }

    /// RFC 3339 as µs since 1970.
    private static func microseconds(_ text: String) -> Int64? {
        let parts = text.split(separator: ".", maxSplits: 1)
        let digits = parts.count == 2 ? parts[1].prefix { $0.isNumber } : ""
        let zone = parts.count == 2 ? String(parts[1].drop { $0.isNumber }) : ""
        guard let whole = try? Date(String(parts[0]) + zone, strategy: .iso8601) else { return nil }
        let fraction = Int64((digits + "000000").prefix(6)) ?? 0
        return Int64(whole.timeIntervalSince1970) * 1_000_000 + fraction
    }

    private static func address(_ theirs: String, _ ours: String?) -> String? {
        let isSame = NetworkAddress(theirs) == ours.flatMap { NetworkAddress($0) }
        return isSame ? nil : ours ?? "nothing"
    }

    /// A name as events hold it: names are trimmed and lower-cased.
    private static func canonical(_ name: String) -> String {
        name.trimmingCharacters(in: .whitespaces).lowercased()
    }

    /// Their `unknown` says nothing, and they have one word for a failure and a refusal.
    private static func outcome(_ theirs: String, _ ours: String?) -> String? {
        let same = ["success": ["success"], "failure": ["failure", "denied"]][theirs]
        guard let same else { return nil }
        return ours.map(same.contains) == true ? nil : ours ?? "nothing"
    }
}
