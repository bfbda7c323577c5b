import CZlib
import Foundation
import Synchronization
import Testing

@testable import Simulation

/// A finished simulation in a temporary folder, which goes when the last reference goes.
final class SimulatedFolder: Sendable {
    let path: String
    let options: SimulationOptions
    let summary: SimulationSummary
    private let parsed = Mutex<[KeycloakRecord]?>(nil)

    /// Runs a simulation; `change` alters the options of a small one.
    init(_ change: (inout SimulationOptions) -> Void = { _ in }) async throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("lockstep-simulation-\(UUID().uuidString)").path
        var options = SimulationOptions(directory: path, days: 3, records: 12_000)
        options.compression = .none
        change(&options)
        self.options = options
        summary = try await simulate(options)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The names of all files, sorted.
    var files: [String] {
        (FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? [])
            .filter { $0.contains(".") }.sorted()
    }

    /// The bytes of a file.
    func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
    }

    /// The lines of the plain files of a folder, file after file.
    func lines(_ folder: String) throws -> [String] {
        try files.filter { $0.hasPrefix(folder) }.flatMap { name in
            String(decoding: try bytes(name), as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    /// The Keycloak records of the whole period, parsed once.
    func records() throws -> [KeycloakRecord] {
        try parsed.withLock { parsed in
            let records = try parsed ?? lines("keycloak/").map { try KeycloakRecord($0) }
            parsed = records
            return records
        }
    }

    /// The scenarios of `truth.json`.
    func truth() throws -> [TruthScenario] {
        let object = try JSONSerialization.jsonObject(with: bytes("truth.json"))
        let top = try #require(object as? [String: Any])
        return try #require(top["scenarios"] as? [[String: Any]]).map { try TruthScenario($0) }
    }

    /// The truth about one scenario and the records that belong to it.
    func scenario(_ scenario: Scenario) throws -> (truth: TruthScenario, records: [KeycloakRecord])
    {
        let truth = try #require(try truth().first { $0.scenario == scenario.rawValue })
        let ids = Set(truth.eventIds)
        return (truth, try records().filter { ids.contains($0.id) })
    }
}

/// A Keycloak record as a reader sees it.
struct KeycloakRecord {
    let id: String
    let at: Int64
    let type: String
    let client: String
    let user: String?
    let session: String?
    let address: String
    let error: String?
    let details: [String: String]

    init(_ line: String) throws {
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
        let fields = try #require(object as? [String: Any])
        id = try #require(fields["id"] as? String)
        at = try #require(fields["time"] as? NSNumber).int64Value
        type = try #require(fields["type"] as? String)
        client = try #require(fields["clientId"] as? String)
        user = fields["userId"] as? String
        session = fields["sessionId"] as? String
        address = try #require(fields["ipAddress"] as? String)
        error = fields["error"] as? String
        details = try #require(fields["details"] as? [String: String])
    }

    /// The origin as scorecards have it: an IPv4 address or the first half of an IPv6 address.
    var origin: String {
        address.contains(":")
            ? address.split(separator: ":").prefix(4).joined(separator: ":") : address
    }

    var name: String? { details["username"] }
}

/// One scenario of `truth.json`.
struct TruthScenario {
    let scenario: String
    let kind: String
    let events: Int
    let attempts: Int
    let takeovers: Int
    let eventIds: [String]
    let takeoverIds: [String]

    init(_ fields: [String: Any]) throws {
        scenario = try #require(fields["scenario"] as? String)
        kind = try #require(fields["kind"] as? String)
        events = try #require(fields["events"] as? Int)
        attempts = try #require(fields["attempts"] as? Int)
        takeovers = try #require(fields["takeovers"] as? Int)
        eventIds = try #require(fields["event_ids"] as? [String])
        takeoverIds = try #require(fields["takeover_ids"] as? [String])
    }
}

/// The largest number of distinct values within `span` milliseconds, where the values of one key
/// come in time order.
func mostDistinct(
    _ records: [KeycloakRecord], within span: Int64, key: (KeycloakRecord) -> String,
    value: (KeycloakRecord) -> String
) -> Int {
    Dictionary(grouping: records, by: key).values.map { group in
        group.map { end in
            Set(group.filter { $0.at <= end.at && $0.at > end.at - span }.map(value)).count
        }.max() ?? 0
    }.max() ?? 0
}

/// Inflates a file that must be a single gzip member and nothing else; nil if it is not.
func inflateOneMember(_ data: Data) -> [UInt8]? {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer {
        inflateEnd(stream)
        stream.deallocate()
    }
    guard lockstep_inflate_init(stream, 31) == Z_OK else { return nil }
    var input = [UInt8](data)
    var output = [UInt8]()
    var room = [UInt8](repeating: 0, count: 65_536)
    return input.withUnsafeMutableBufferPointer { input -> [UInt8]? in
        stream.pointee.next_in = input.baseAddress
        stream.pointee.avail_in = UInt32(input.count)
        while true {
            let (status, filled) = room.withUnsafeMutableBufferPointer { room -> (Int32, Int) in
                stream.pointee.next_out = room.baseAddress
                stream.pointee.avail_out = UInt32(room.count)
                return (inflate(stream, Z_NO_FLUSH), room.count - Int(stream.pointee.avail_out))
            }
            output.append(contentsOf: room[..<filled])
            if status == Z_STREAM_END { return stream.pointee.avail_in == 0 ? output : nil }
            guard status == Z_OK else { return nil }
        }
    }
}
