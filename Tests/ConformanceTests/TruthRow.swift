import Foundation

/// A real record and how somebody else read it.
struct TruthRow {
    /// Where the record is from, such as `elastic/okta/system/test-okta-system-events.log`.
    var source: String
    /// Its place among the records of `source`, from 0.
    var index: Int
    /// The record as the vendor wrote it; nil where the row holds a reading alone.
    var record: String?
    /// Their reading: fact → text; several values are joined by a comma.
    var facts: [String: String]

    /// The files of readings.
    static let files = ["elastic.dev.jsonl", "sekoia.dev.jsonl", "crowdsec_parse.dev.jsonl"]

    /// The folder of readings beside the package; it is not part of the project, since the
    /// licences of the records differ.
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("shared/data/truth")

    /// The rows of `file`, or nil where there is no such file.
    static func read(_ file: String) throws -> [TruthRow]? {
        let path = folder.appendingPathComponent(file)
        guard FileManager.default.fileExists(atPath: path.path) else { return nil }
        return try JSONLines.objects(try Data(contentsOf: path)).map { row in
            row["test"] == nil ? pipelineRow(row) : parserRow(row)
        }
    }

    /// A row of Elastic or Sekoia: `src`, perhaps `i`, `raw` and `facts`.
    private static func pipelineRow(_ row: [String: Any]) -> TruthRow {
        TruthRow(
            source: row["src"] as? String ?? "", index: row["i"] as? Int ?? 0,
            record: row["raw"].flatMap(vendorRecord), facts: texts(row["facts"]))
    }

    /// A row of CrowdSec: `test`, `i`, a `message` without its syslog header, and `meta`.
    private static func parserRow(_ row: [String: Any]) -> TruthRow {
        let meta = texts(row["meta"])
        var facts: [String: String] = [:]
        facts["source_ip"] = meta["source_ip"]
        facts["user_name"] = meta["user"] ?? meta["username"] ?? meta["target_user"]
        facts["action"] = meta["log_type"]
        facts["outcome"] = meta["log_type"].map { $0.hasSuffix("success") ? "success" : "failure" }
        var record = row["message"] as? String
        if let message = record, let program = program(of: message, service: meta["service"]) {
            let time = row["strtime"] as? String ?? SyslogHead.time
            record = "\(time) \(meta["machine"] ?? "host") \(program)[1]: \(message)"
        }
        let test = row["test"] as? String ?? ""
        return TruthRow(
            source: "crowdsec/\(test)", index: row["i"] as? Int ?? 0, record: record, facts: facts)
    }

    /// The program whose syslog header was taken off `message`; nil where there was none.
    private static func program(of message: String, service: String?) -> String? {
        switch service {
        case "ssh": "sshd"
        case "pam": module(of: message)
        default: nil
        }
    }

    /// `sudo` of `pam_unix(sudo:auth): …`.
    private static func module(of message: String) -> String? {
        let inside = message.split(separator: "(").dropFirst().first
        return inside?.split(separator: ":").first.map(String.init)
    }

    /// What the vendor wrote, out of what a shipper wrapped around it.
    private static func vendorRecord(_ raw: Any) -> String? {
        if let text = raw as? String {
            let object = JSONLines.object(Data(text.utf8))
            let isWrapped = object?.count == 1 && object?["message"] is String
            return isWrapped ? object?["message"] as? String : text
        }
        guard let object = raw as? [String: Any] else { return nil }
        if let inner = object["json"] { return JSONLines.text(inner) }
        if let message = object["message"] as? String { return message }
        return JSONLines.text(object)
    }

    private static func texts(_ object: Any?) -> [String: String] {
        guard let object = object as? [String: Any] else { return [:] }
        return object.compactMapValues { $0 as? String ?? ($0 as? [String])?.joined(separator: ", ") }
    }
}

/// The header of a syslog line, for records that were cut to what follows it.
enum SyslogHead {
    static let time = "Jan  1 00:00:00"

    /// `message` with a header of `program` before it, unless it has one.
    static func put(on message: String, program: String) -> String {
        let hasHeader = message.contains(" \(program)[")
        let text = message.drop { $0 == " " }
        return hasHeader ? message : "\(time) host \(program)[1]: \(text)"
    }
}

/// JSON objects, one a line.
enum JSONLines {
    static func objects(_ data: Data) throws -> [[String: Any]] {
        try data.split(separator: 0x0A).map { line in
            guard let object = object(Data(line)) else {
                throw CocoaError(.fileReadCorruptFile)
            }
            return object
        }
    }

    static func object(_ data: Data) -> [String: Any]? {
        (try? JSONSerialization.jsonObject(with: data)) as? [String: Any]
    }

    static func text(_ value: Any) -> String? {
        let data = try? JSONSerialization.data(
            withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes])
        return data.map { String(decoding: $0, as: UTF8.self) }
    }
}
