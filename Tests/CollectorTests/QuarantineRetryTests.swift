import AdapterKit
import ArchiveAdapter
import Collector
import Dialects
import Foundation
import IdentityModel
import Simulation
import Store
import Testing

/// A record that is understood later counts as if it had been understood at once.
@Suite("Retry of the quarantine") struct QuarantineRetryTests {
    static let dialects = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("config/dialects")

    /// What a shipped dialect is made to lack: lines that hold this text are taken out or changed.
    struct Lack: Sendable {
        var dialect: String
        var edit: @Sendable (String) -> String
    }

    /// No rule for most failed logins, and one word less in the list of what is ignored.
    static let keycloakRules = Lack(dialect: "keycloak") { text in
        withoutBlock("  - when: {type: LOGIN_ERROR}", text)
            .replacingOccurrences(of: "        - CODE_TO_TOKEN\n", with: "")
    }
    /// Recognises nothing that the simulation writes.
    static let keycloakForm = Lack(dialect: "keycloak") {
        $0.replacingOccurrences(of: "requires: [type, realmId, time]", with: "requires: [type, realmId, nothing]")
    }
    /// No rule for refused passwords.
    static let sshdRules = Lack(dialect: "sshd") { text in
        text.replacingOccurrences(of: "\"Failed password for {name} from", with: "\"Not so for {name} from")
            .replacingOccurrences(of: "\"Accepted {method} for", with: "\"Not taken: {method} for")
    }

    /// `text` without the list item that begins with `line`.
    static func withoutBlock(_ line: String, _ text: String) -> String {
        var isInBlock = false
        let kept = text.split(separator: "\n", omittingEmptySubsequences: false).filter { own in
            if own == line { isInBlock = true } else if own.hasPrefix("  - ") || !own.hasPrefix("  ") { isInBlock = false }
            return !isInBlock
        }
        return kept.joined(separator: "\n")
    }

    private func folder(of harness: ReplayHarness, lacking lacks: [Lack]) throws -> String {
        for lack in lacks {
            let file = Self.dialects.appendingPathComponent("\(lack.dialect)/dialect.yaml")
            let text = try String(contentsOf: file, encoding: .utf8)
            try #require(lack.edit(text) != text)
            _ = try harness.file("dialects/\(lack.dialect)/dialect.yaml", lack.edit(text))
        }
        return harness.folder.appendingPathComponent("dialects").path
    }

    /// Retries and scores; gives how many records stay.
    @discardableResult
    private func retry(
        _ harness: ReplayHarness, files: [String], configure: (inout NormalizerOptions) -> Void = { _ in }
    ) async throws -> Int {
        let retry = try QuarantineRetry(context: try harness.context(configure: configure), store: harness.store)
        try await ArchiveAdapter(settings: .init(paths: PathExpansion(files).entries.map(\.path)))
            .run(resume: ResumePoints(), into: retry.sink)
        for source in retry.sources where source.sealed > 0 { try await retry.retrySealed(of: source.source) }
        try await harness.score()
        return try harness.store.quarantinedSources().reduce(0) { $0 + $1.records }
    }

    /// All that retrying must bring to be as it would have been.
    private func state(_ harness: ReplayHarness, withReadings: Bool = true) throws -> [String] {
        var lines = [try harness.cardText(withIntegrity: false)]
        for slice in try harness.store.slices() { lines.append("\(slice.slice) \(slice.events)") }
        guard withReadings else { return lines }
        for source in try harness.store.sources() {
            let tally = source.tally
            guard tally.records != 0 || tally.events != 0 || tally.quarantined != 0 || tally.clockSkewed != 0 else { continue }
            lines.append(
                "\(URL(fileURLWithPath: tally.source).lastPathComponent) \(tally.dialect) \(tally.records) \(tally.events) \(tally.ignored) "
                    + "\(tally.quarantined) \(tally.clockSkewed) \(tally.withCorrelation) \(source.appended)")
        }
        return lines
    }

    @Test(arguments: [[keycloakRules, sshdRules], [keycloakForm]])
    func `gives what replaying with the right dialect at once gives`(lacks: [Lack]) async throws {
        let key = PseudonymKey.random().key
        let late = try ReplayHarness(key: key)
        let logs = late.folder.appendingPathComponent("logs").path
        _ = try await simulate(SimulationOptions(directory: logs, seed: 5, days: 2, records: 3000))
        let files = ["keycloak", "access", "sshd", "helpdesk"].map { logs + "/" + $0 }
        let counts = try await late.replay(files, dialects: folder(of: late, lacking: lacks)) { $0.year = 2026 }
        #expect(counts.quarantined > 100)

        let atOnce = try ReplayHarness(key: key)
        try await atOnce.replay(files) { $0.year = 2026 }
        #expect(try state(late) != state(atOnce))
        #expect(try await retry(late, files: files) == 0)
        #expect(try state(late) == state(atOnce))
    }

    @Test func `a second retry changes nothing`() async throws {
        let harness = try ReplayHarness()
        let lines = Self.guesses + ["Mar  1 10:00:09 web sshd[9]: Quite another line\0", "no log at all"]
        let file = try harness.file("auth.log", lines.joined(separator: "\n"))
        try await harness.replay([file], dialects: folder(of: harness, lacking: [Self.sshdRules])) { $0.year = 2026 }
        let stay = try await retry(harness, files: [file]) { $0.year = 2026 }
        #expect(stay == 2)
        let (before, sources) = (try state(harness), try harness.store.sources())
        let held = try harness.store.quarantine(limit: 100)
        #expect(try await retry(harness, files: [file]) { $0.year = 2026 } == stay)
        #expect(try state(harness) == before)
        #expect(try harness.store.sources() == sources)
        #expect(try harness.store.quarantine(limit: 100) == held)
    }

    /// Twins among them: three of one second and text.
    static let guesses = (0..<40).map { number in
        "Mar  1 10:00:\(10 + number / 3) web sshd[77]: Failed password for ann from 203.0.113.9 port 4\(number / 3) ssh2"
    }

    @Test func `equal lines of one content stay two, from a pipe too`() async throws {
        let key = PseudonymKey.random().key
        for isPipe in [false, true] {
            let late = try ReplayHarness(key: key)
            let file = try late.file("auth.log", Self.guesses.joined(separator: "\n"))
            let lacking = try folder(of: late, lacking: [Self.sshdRules])
            try await late.replay([file], dialects: lacking, asPipe: isPipe) { $0.year = 2026 }
            #expect(try late.store.quarantine(limit: 99).count == 40)
            #expect(try late.store.slices().isEmpty)
            let atOnce = try ReplayHarness(key: key)
            try await atOnce.replay([file], asPipe: isPipe) { $0.year = 2026 }
            #expect(try await retry(late, files: isPipe ? [] : [file]) { $0.year = 2026 } == 0)
            #expect(try state(late) == state(atOnce))
            #expect(try late.store.slices().map(\.events) == [40])
        }
    }

    @Test func `two pipes that bring the same line bring it once`() async throws {
        let key = PseudonymKey.random().key
        let late = try ReplayHarness(key: key)
        let first = try late.file("first.log", Self.guesses[0] + "\n")
        let other = "Mar  1 09:00:00 web sshd[5]: Failed password for bob from 203.0.113.8 port 5 ssh2"
        let second = try late.file("second.log", other + "\n" + Self.guesses[0] + "\n")
        let lacking = try folder(of: late, lacking: [Self.sshdRules])
        let atOnce = try ReplayHarness(key: key)
        for file in [first, second] {
            try await late.replay([file], dialects: lacking, asPipe: true) { $0.year = 2026 }
            try await atOnce.replay([file], asPipe: true) { $0.year = 2026 }
        }
        #expect(try await retry(late, files: []) { $0.year = 2026 } == 0)
        #expect(try late.store.slices().map(\.events) == [1, 1])
        #expect(try state(late) == state(atOnce))
    }

    @Test func `the year is the one of the first reading`() async throws {
        let key = PseudonymKey.random().key
        for isPipe in [false, true] {
            let late = try ReplayHarness(key: key)
            let lines = ["Dec 31 23:59:50", "Jan  1 00:00:10"].map { "\($0) web sshd[7]: Failed password for ann from 203.0.113.9 port 4 ssh2" }
            let file = try late.file("auth.log", lines.joined(separator: "\n"))
            func touch(_ seconds: TimeInterval) throws {
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: file)
            }
            let (winter, later) = (TimeInterval(1_704_103_200), Int64(1_900_000_000_000_000))  // 2024-01-01T10:00Z
            try touch(winter)
            let firstNow = Int64(winter) * 1_000_000
            let lacking = try folder(of: late, lacking: [Self.sshdRules])
            try await late.replay([file], dialects: lacking, asPipe: isPipe) { $0.now = firstNow }
            try touch(winter + 500 * 86_400)
            #expect(try await retry(late, files: isPipe ? [] : [file]) { $0.now = later } == 0)
            #expect(try late.store.slices().map { $0.slice * 3600 } == [1_704_063_600, 1_704_067_200])
        }
    }

    @Test func `elements of an envelope are added alone`() async throws {
        let key = PseudonymKey.random().key
        let records = (0..<6).map { number in
            """
            {"id":"e\(number)","time":\(1_772_323_261_000 + number * 1000),"type":"\(number % 2 == 0 ? "LOGIN" : "LOGIN_ERROR")",\
            "realmId":"shop","clientId":"web","userId":"u\(number)","ipAddress":"203.0.113.5","error":null,"details":{"username":"u\(number)"}}
            """
        }
        let late = try ReplayHarness(key: key)
        let file = try late.file("export.json", "[" + records.joined(separator: ",\n") + "]")
        try await late.replay([file], dialects: folder(of: late, lacking: [Self.keycloakRules]))
        #expect(try late.store.quarantine(limit: 99).count == 3)
        let atOnce = try ReplayHarness(key: key)
        try await atOnce.replay([file])
        #expect(try await retry(late, files: [file]) == 0)
        #expect(try state(late) == state(atOnce))
    }

    @Test func `what changed or went stays in the quarantine`() async throws {
        let harness = try ReplayHarness()
        let text = Self.guesses.joined(separator: "\n")
        let file = try harness.file("auth.log", text)
        let lacking = try folder(of: harness, lacking: [Self.sshdRules])
        try await harness.replay([file], dialects: lacking) { $0.year = 2026 }
        // The last line names another person now.
        _ = try harness.file("auth.log", text.replacingOccurrences(of: "for ann from 203.0.113.9 port 413", with: "for bob from 203.0.113.9 port 413"))
        #expect(try await retry(harness, files: [file]) { $0.year = 2026 } == 1)
        let held = try harness.store.quarantine(limit: 99)
        #expect(held.map(\.entry.position) == [UInt64(text.utf8.count - Self.guesses[39].utf8.count)])
        #expect(try await retry(harness, files: []) == 1)
        #expect(try harness.store.quarantine(limit: 99) == held)
    }

    @Test func `a record that another dialect refuses today has today's cause`() async throws {
        let harness = try ReplayHarness()
        let line = #"{"id":"e","time":4102444800000,"type":"LOGIN","realmId":"shop","details":{}}"#
        let file = try harness.file("kc.jsonl", line + "\n")
        try await harness.replay([file], dialects: folder(of: harness, lacking: [Self.keycloakForm]))
        #expect(try harness.store.quarantine(limit: 9).map(\.entry.dialect) == [""])
        #expect(try await retry(harness, files: [file]) == 1)
        let entry = try #require(try harness.store.quarantine(limit: 9).first?.entry)
        #expect(entry.dialect == "keycloak")
        #expect(entry.cause == "keycloak: clock skew: 2100-01-01T00:00:00.000000Z is more than a day ahead")
        let tally = try #require(try harness.store.sources().map(\.tally).first { $0.dialect == "keycloak" })
        #expect((tally.records, tally.quarantined, tally.clockSkewed) == (1, 1, 1))
        #expect(try harness.store.sources().reduce(0) { $0 + $1.tally.records } == 1)
    }
}
