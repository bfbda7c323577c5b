import Collector
import Foundation
import IdentityModel
import Measures
import SecuritySignals
import Simulation
import Store
import Testing

/// Scoring what has changed gives what scoring everything gives, cell by cell.
@Suite("Rescoring") struct RescoringTests {
    /// Ten days of a small shop as Keycloak lines, in order of time.
    private func lines(_ harness: ReplayHarness, seed: UInt64) async throws -> [String] {
        let logs = harness.folder.appendingPathComponent("logs").path
        var options = SimulationOptions(directory: logs, seed: seed, days: 10, records: 9000)
        options.formats = [.keycloak]
        options.compression = .none
        options.layout = .singleFile
        let summary = try await simulate(options)
        let file = try #require(summary.files.first { $0.format == .keycloak })
        let text = try String(contentsOfFile: logs + "/" + file.path, encoding: .utf8)
        return text.split(separator: "\n").map(String.init)
    }

    private func cells(_ harness: ReplayHarness) throws -> [StoredCell] {
        // Counts per source differ by how the records are spread over files.
        try harness.store.cells(slices: .min..<(.max), journey: nil).filter { !Self.sourceKinds.contains($0.kind) }
    }

    private static let sourceKinds = [CellKind.sources, .openSources].map(\.rawValue)

    /// The counts per source, of all sources together.
    private func sourceSums(_ harness: ReplayHarness) throws -> [String: UInt64] {
        var sums: [String: UInt64] = [:]
        for cell in try harness.store.cells(slices: .min..<(.max), journey: nil)
        where Self.sourceKinds.contains(cell.kind) {
            for (key, amount) in try SourceCell(encoded: cell.body).counts.counts {
                sums["\(cell.slice) \(key.hour) \(key.count) \(key.dialect.string)", default: 0] += amount
            }
        }
        return sums
    }

    private func firings(_ harness: ReplayHarness) throws -> [StoredFirings] {
        try harness.store.firings(slices: .min ... .max)
    }

    /// The cells after `parts` were replayed and scored one by one, and those of a store that was
    /// given everything at once.
    private func compare(_ parts: [[String]], key: PseudonymKey, rules: String) async throws -> [ScoringReport] {
        let whole = try ReplayHarness(key: key)
        let all = parts.flatMap { $0 }.joined(separator: "\n")
        try await whole.replay([try whole.file("all.jsonl", all)], rules: rules)
        let pieces = try ReplayHarness(key: key)
        var reports: [ScoringReport] = []
        for (number, part) in parts.enumerated() where !part.isEmpty {
            let path = try pieces.file("part-\(number).jsonl", part.joined(separator: "\n"))
            try await pieces.replay([path], rules: rules)
            if let report = pieces.lastScoring { reports.append(report) }
        }
        let (expected, found) = (try cells(whole), try cells(pieces))
        #expect(found.count == expected.count)
        #expect(zip(found, expected).allSatisfy { $0 == $1 })
        #expect(try firings(pieces) == firings(whole))
        #expect(try sourceSums(pieces) == sourceSums(whole))
        return reports
    }

    @Test(arguments: ["basic", "standard"])
    func `days that come in order are scored from the day before`(rules: String) async throws {
        let harness = try ReplayHarness()
        let lines = try await lines(harness, seed: 4)
        let days = (0..<10).map { day in
            Array(lines[(lines.count * day / 10)..<(lines.count * (day + 1) / 10)])
        }
        let reports = try await compare(days, key: harness.key, rules: rules)
        #expect(reports.first?.isFull == true)
        #expect(reports.dropFirst().allSatisfy { !$0.isFull })
        let last = try #require(reports.last)
        #expect(last.attemptSlices < 5 * 24)
    }

    @Test(arguments: [UInt64(1), 2, 3], ["basic", "standard"])
    func `late records change what they must and nothing else`(seed: UInt64, rules: String) async throws {
        let harness = try ReplayHarness()
        let lines = try await lines(harness, seed: seed)
        var numbers = SeededNumbers(state: seed)
        // A handful of records of every age come last, a few of them days late.
        var late: [[String]] = [[], [], []]
        var early: [String] = []
        for line in lines {
            if Int.random(in: 0..<40, using: &numbers) == 0 {
                late[Int.random(in: 0..<3, using: &numbers)].append(line)
            } else {
                early.append(line)
            }
        }
        // The newest batch holds a login, for a record without a place in a journey changes nothing.
        let lastLogin = try #require(early.lastIndex { $0.contains(#""type":"LOGIN""#) })
        let newest = [early.remove(at: lastLogin)]
        let reports = try await compare([early] + late + [newest], key: harness.key, rules: rules)
        #expect(reports.last?.isFull == false)
    }
}
