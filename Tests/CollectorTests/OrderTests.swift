import Foundation
import IdentityModel
import Simulation
import Testing

/// Figures do not depend on the order, number or division of the files that events come in.
@Suite("Order of input") struct OrderTests {
    /// Two days of a small shop as Keycloak lines.
    private func lines(_ harness: ReplayHarness, seed: UInt64) async throws -> [String] {
        let logs = harness.folder.appendingPathComponent("logs").path
        var options = SimulationOptions(directory: logs, seed: seed, days: 3, records: 12_000)
        options.formats = [.keycloak]
        options.compression = .none
        options.layout = .singleFile
        let summary = try await simulate(options)
        let file = try #require(summary.files.first { $0.format == .keycloak })
        let text = try String(contentsOfFile: logs + "/" + file.path, encoding: .utf8)
        return text.split(separator: "\n").map(String.init)
    }

    @Test(arguments: [UInt64(1), 2]) func `any shuffled split into files gives the same bytes`(seed: UInt64) async throws {
        let key = PseudonymKey.random().key
        let whole = try ReplayHarness(key: key)
        let lines = try await lines(whole, seed: seed)
        try await whole.replay([try whole.file("all.jsonl", lines.joined(separator: "\n") + "\n")])
        let expected = try whole.cardText(withIntegrity: false)

        var numbers = SeededNumbers(state: seed)
        let split = try ReplayHarness(key: key)
        var parts = [[String]](repeating: [], count: 7)
        for line in lines.shuffled(using: &numbers) { parts[Int.random(in: 0..<7, using: &numbers)].append(line) }
        for (index, part) in parts.enumerated() {
            let path = try split.file("part-\(index).jsonl", part.joined(separator: "\n"))
            try await split.replay([path])
        }
        #expect(try split.cardText(withIntegrity: false) == expected)
    }

    @Test func `reading the same files again counts once and leaves the store's size`() async throws {
        let once = try ReplayHarness()
        let path = try once.file("all.jsonl", try await lines(once, seed: 3).joined(separator: "\n"))
        try await once.replay([path])
        let card = try once.cardText(withIntegrity: false)
        let size = try await once.closedSize()
        let twice = try ReplayHarness(reopening: once)
        try await twice.replay([path])
        #expect(try twice.cardText(withIntegrity: false) == card)
        let sizeAfterRereading = try await twice.closedSize()
        #expect(abs(sizeAfterRereading - size) * 100 <= size, "\(size) bytes, then \(sizeAfterRereading)")
    }
}
