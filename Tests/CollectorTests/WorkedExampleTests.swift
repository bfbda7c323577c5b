import Foundation
import Testing

/// Small inputs whose counts were computed by hand: the definitions at work.
@Suite("Worked examples") struct WorkedExampleTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/examples")

    static var names: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".jsonl") }.map { String($0.dropLast(6)) }.sorted()
    }

    @Test func `all examples are here`() { #expect(Self.names.count == 22) }

    @Test(arguments: names) func `gives the expected counts`(name: String) async throws {
        let harness = try ReplayHarness()
        try await harness.replay([Self.folder.appendingPathComponent(name + ".jsonl").path])
        let card = try harness.card()
        let data = try Data(contentsOf: Self.folder.appendingPathComponent(name + ".expected.json"))
        let expected = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let journeys = try #require(card["journeys"] as? [[String: Any]])
        for journey in journeys {
            let journeyName = try #require(journey["journey"] as? String)
            let wanted = expected[journeyName] as? [String: Any] ?? [:]
            compare(wanted, journey, path: "\(name) \(journeyName)")
        }
        let integrity = try #require(card["integrity"] as? [String: Any])
        let wantedIntegrity = expected["_integrity"] as? [String: Any] ?? [:]
        for kind in ["echo", "sso", "chained", "unanchored", "noise"] {
            #expect(number(integrity[kind]) == number(wantedIntegrity[kind]), "\(name) \(kind)")
        }
        let keptOut = (integrity["kept_out"] as? [String: Any] ?? [:]).values.reduce(0) { $0 + number($1) }
        #expect(keptOut == number(wantedIntegrity["kept_out"]), "\(name) kept_out")
    }

    /// Every count: what the expectation leaves out is 0.
    private func compare(_ wanted: [String: Any], _ journey: [String: Any], path: String) {
        for key in ["attempts", "open", "open_completed", "completed", "failed", "denied", "abandoned", "first_try", "tries", "actors", "actors_completed"] {
            #expect(number(journey[key]) == number(wanted[key]), "\(path) \(key)")
        }
        for part in ["suspect", "genuine"] {
            let own = journey[part] as? [String: Any] ?? [:]
            let other = wanted[part] as? [String: Any] ?? [:]
            for key in ["completed", "failed", "denied", "abandoned", "first_try", "tries", "takeover"] {
                #expect(number(own[key]) == number(other[key]), "\(path) \(part) \(key)")
            }
            let signals = own["by_signal"] as? [String: Int] ?? [:]
            #expect(signals == other["by_signal"] as? [String: Int] ?? [:], "\(path) \(part) by_signal")
        }
        #expect(journey["reasons"] as? [String: Int] ?? [:] == wanted["reasons"] as? [String: Int] ?? [:], "\(path) reasons")
        let steps = journey["steps"] as? [[String: Any]] ?? []
        let reached = wanted["reached"] as? [String: Int] ?? [:]
        for step in steps {
            let name = step["step"] as? String ?? ""
            #expect(number(step["reached"]) == reached[name] ?? 0, "\(path) reached \(name)")
        }
        guard let durations = wanted["duration_ms"] as? [String: Any] else { return }
        let own = journey["duration_ms"] as? [String: Any] ?? [:]
        #expect(number(own["count"]) == number(durations["count"]), "\(path) duration count")
        for quantile in ["p50", "p95", "p99"] {
            let difference = abs(number(own[quantile]) - number(durations[quantile]))
            #expect(difference * 100 <= number(durations[quantile]), "\(path) \(quantile) within 1 %")
        }
    }

    private func number(_ value: Any?) -> Int { (value as? NSNumber)?.intValue ?? 0 }
}
