import Foundation
import Simulation
import Testing

/// The independent computation in Tests/Reference agrees with the scorecard, count by count.
@Suite("Independent computation") struct ReferenceTests {
    static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    private func python(_ arguments: [String], output: URL) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-B"] + arguments
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    static var hasPython: Bool {
        ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/python3") } ?? false
    }

    @Test(.enabled(if: hasPython, "python3 is not installed"), arguments: [UInt64(1), 11])
    func `agrees with the scorecard of simulated archives`(seed: UInt64) async throws {
        let harness = try ReplayHarness()
        let logs = harness.folder.appendingPathComponent("logs").path
        _ = try await simulate(SimulationOptions(directory: logs, seed: seed, days: 7, records: 20_000))
        let folders = ["keycloak", "access", "sshd", "helpdesk"].map { logs + "/" + $0 }
        try await harness.replay(folders) { $0.year = 2026 }
        let ours = try harness.file("ours.json", try harness.cardText())
        let theirs = harness.folder.appendingPathComponent("theirs.json")
        let reference = Self.tests.appendingPathComponent("Reference").path
        let status = try python([reference + "/scorecard_reference.py"] + folders + ["--year", "2026", "--now", "2026-06-01T00:00:00Z"], output: theirs)
        #expect(status == 0)
        let differences = harness.folder.appendingPathComponent("differences.txt")
        let compared = try python([reference + "/compare.py", ours, theirs.path], output: differences)
        let report = try String(contentsOf: differences, encoding: .utf8)
        #expect(compared == 0, "\(report)")
    }
}
