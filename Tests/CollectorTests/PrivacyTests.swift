import AdapterKit
import ArchiveAdapter
import Collector
import Foundation
import IdentityModel
import Simulation
import Store
import Synchronization
import Testing

/// No clear identity of the input stands anywhere in the store.
@Suite("Privacy of the store") struct PrivacyTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Identities in the samples that are words of ours or of vendors too, and so stand in a store
    /// for another reason; each was looked at.
    private static let vocabulary: Set<String> = [
        // An account of the simulated hosts; Cognito's codes end in `…Feedback` and begin with `Update…`,
        // and stand side by side.
        "backup"
    ]

    /// What stands in records that nobody understands.
    private static let quarantined = [
        "carla.quarantine@example.org", "carla-quarantine-4711", "+49-171-5550199", "491715550199", "dora.sealed@example.net",
    ]

    /// Records that end in the quarantine, each for a reason of its own.
    private static var unread: [UInt8] {
        let people = quarantined.joined(separator: " ")
        let keycloak = #"{"id":"x","time":1772323261123,"type":"%","realmId":"shop","userId":"carla-quarantine-4711","details":{"username":"carla.quarantine@example.org","phone":"+49-171-5550199"}}"#
        let lines = [
            "nobody understands \(people)",
            keycloak.replacingOccurrences(of: "%", with: "NO_SUCH_TYPE"),
            keycloak.replacingOccurrences(of: "%", with: "dora.sealed@example.net"),
            keycloak.replacingOccurrences(of: "1772323261123", with: "4102444800000").replacingOccurrences(of: "%", with: "LOGIN"),
            keycloak.replacingOccurrences(of: "}}", with: "}").replacingOccurrences(of: "%", with: "LOGIN"),
            "Mar  1 10:00:00 web sshd[7]: Something new about carla.quarantine@example.org\0",
            String(repeating: people + " ", count: 1 + (1 << 20) / people.utf8.count),
        ]
        return Array(lines.joined(separator: "\n").utf8)
    }

    /// Everything is read into `harness`; gives the identities that are in it in the clear.
    private func fill(_ harness: ReplayHarness) async throws -> Set<String> {
        let samples = try FileManager.default.contentsOfDirectory(atPath: Self.root.appendingPathComponent("config/dialects").path)
            .map { Self.root.appendingPathComponent("config/dialects/\($0)/sample.log").path }
        #expect(samples.count >= 14)
        let logs = harness.folder.appendingPathComponent("logs").path
        _ = try await simulate(SimulationOptions(directory: logs, seed: 9, days: 1, records: 500))
        let paths = samples + ["keycloak", "access", "sshd", "helpdesk"].map { logs + "/" + $0 }
        let unread = harness.folder.appendingPathComponent("unread.log")
        try Data(Self.unread).write(to: unread)
        try await harness.replay(paths + [unread.path]) { $0.year = 2026 }
        try await harness.replay([unread.path], asPipe: true) { $0.year = 2026 }
        return try await clearIdentities(of: paths, harness).union(Self.quarantined)
    }

    private func clearIdentities(of paths: [String], _ harness: ReplayHarness) async throws -> Set<String> {
        let output = Mutex<[UInt8]>([])
        let sink = PrintingSink(
            context: try harness.context { $0.year = 2026 }, catalog: harness.catalog, reveals: true
        ) { bytes in output.withLock { $0 += bytes } }
        try await ArchiveAdapter(settings: .init(paths: PathExpansion(paths).entries.map(\.path), streamsMax: 1))
            .run(resume: ResumePoints(), into: sink)
        var identities: Set<String> = []
        for line in output.withLock({ $0 }).split(separator: 0x0A) {
            let event = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
            for key in ["name", "subject"] { if let text = event[key] as? String { identities.insert(text) } }
        }
        return identities
    }

    @Test func `no clear identity is in any table, block or byte of the store`() async throws {
        let harness = try ReplayHarness()
        let identities = try await fill(harness)
        #expect(identities.count > 300)
        #expect(try harness.store.quarantinedSources().map(\.source).contains("-"))
        let search = ClearTextSearch(identities.subtracting(Self.vocabulary))
        for hits in [
            try search.hits(inTablesOf: harness.store), try search.hits(inJournalOf: harness.store),
            try search.hits(inFilesOf: harness.store),
        ] { #expect(hits.isEmpty, "\(hits.map(\.description).sorted())") }
        // The reviewed words are needed, each of them.
        let words = ClearTextSearch(Self.vocabulary)
        let found = Set(try words.hits(inTablesOf: harness.store).map(\.text))
        #expect(found == Self.vocabulary.intersection(identities))
    }

    @Test func `what is planted is found in each way`() async throws {
        let harness = try ReplayHarness()
        // The name of a client is journalled in the clear, and a cause is kept as it is given.
        let planted = "Planted.Person@example.org"
        let record = #"{"id":"x","time":1772323261123,"type":"LOGIN","realmId":"shop","clientId":"\#(planted)","userId":"u","details":{}}"#
        try await harness.replay([try harness.file("kc.jsonl", record)])
        var commit = JournalAppend()
        commit.quarantine = [
            QuarantineEntry(source: "s", dialect: "", position: 0, length: 1, cause: "told by +49-171-5550199", fingerprint: 0)
        ]
        try await harness.store.append(commit)
        let search = ClearTextSearch([planted.lowercased(), "+49-171-5550199", "somebody.else@example.org"])
        let tables = try search.hits(inTablesOf: harness.store)
        #expect(tables == [
            .init(text: planted.lowercased(), place: "block.core"), .init(text: "+49-171-5550199", place: "quarantine.cause"),
        ])
        #expect(try search.hits(inJournalOf: harness.store) == [.init(text: planted.lowercased(), place: "a block's texts")])
        let files = try search.hits(inFilesOf: harness.store)
        #expect(files == [
            .init(text: planted.lowercased(), place: "store.sqlite-wal"), .init(text: "+49-171-5550199", place: "store.sqlite-wal"),
        ])
    }
}
