import Attempts
import IdentityModel
import Measures
import Testing

@testable import SecuritySignals

@Suite("The count of suspect attempts") struct ThreatAnalyzerTests {
    private func attempt(
        at seconds: Double, signals: [Int], _ change: (inout Attempt) -> Void = { _ in }
    ) -> Attempt {
        var attempt = Attempt(journey: .login, at: time(seconds), showsOpening: true)
        attempt.isOnlySetupFailures = false
        attempt.signals = signals.reduce(into: []) { $0.insert(SignalSet(index: $1)) }
        attempt.tries = 2
        change(&attempt)
        return attempt
    }

    @Test func `counts each suspect attempt once, and once by each of its signals`() {
        var analyzer = ThreatAnalyzer(names: ["brute_force", "stuffing"])
        let slice = Timestamp.slice(dawn) + 1
        analyzer.absorb(attempt(at: 0, signals: []), slice: slice)
        analyzer.absorb(
            attempt(at: 1, signals: [0, 1]) { $0.lastVerdict = .failure }, slice: slice)
        analyzer.absorb(attempt(at: 2, signals: [1]) { $0.completedAt = time(3) }, slice: slice)
        let taken = attempt(at: 4, signals: [1]) {
            $0.completedAt = time(5)
            $0.isCompletionMarked = true
        }
        analyzer.absorb(taken, slice: slice)
        let key = CellKey(hour: Timestamp.slice(dawn), kind: .unknown, traffic: .suspect)
        let totals = analyzer.cells[.init(slice: slice, journey: .login)]?.totals[key]
        #expect(analyzer.cells.count == 1)
        #expect(totals?.results == [2, 1, 0, 0])
        #expect(totals?.takeover == 1)
        #expect(totals?.tries == 6)
        #expect(totals?.bySignal == ["brute_force": 1, "stuffing": 3])
    }

    @Test func `tells of each signal how many look genuine`() {
        var analyzer = ThreatAnalyzer(names: ["brute_force", "stuffing"])
        let slice = Timestamp.slice(dawn) + 1
        analyzer.absorb(attempt(at: 0, signals: [0, 1]) { $0.isFamiliarLooking = true }, slice: slice)
        analyzer.absorb(attempt(at: 1, signals: [1]) { $0.hasQuietSequel = true }, slice: slice)
        let both = attempt(at: 2, signals: [1]) {
            $0.isFamiliarLooking = true
            $0.hasQuietSequel = true
            $0.completedAt = time(3)
            $0.isCompletionMarked = true
        }
        analyzer.absorb(both, slice: slice)
        analyzer.absorb(attempt(at: 4, signals: [1]), slice: slice)
        let totals = analyzer.takeCells(through: slice).values.first?.totals.values.first
        #expect(totals?.signals["brute_force"] == SignalTotals(attempts: 1, takeover: 0, genuineLooking: 1))
        #expect(totals?.signals["stuffing"] == SignalTotals(attempts: 4, takeover: 1, genuineLooking: 3))
        #expect(analyzer.cells.isEmpty)
    }

    @Test func `counts the provider's own blocks apart, suspect or not`() {
        var analyzer = ThreatAnalyzer(names: ["stuffing"])
        let slice = Timestamp.slice(dawn) + 1
        func blocked(_ verdict: Outcome, _ change: (inout Attempt) -> Void = { _ in }) -> Attempt {
            attempt(at: 0, signals: []) {
                $0.hasProviderBlock = true
                $0.lastVerdict = verdict
                change(&$0)
            }
        }
        analyzer.absorb(blocked(.denied) { $0.hasQuietSequel = true }, slice: slice)
        analyzer.absorb(blocked(.failure) { $0.signals = SignalSet(index: 0) }, slice: slice)
        analyzer.absorb(blocked(.denied) { $0.completedAt = time(9) }, slice: slice)
        analyzer.absorb(blocked(.success), slice: slice)
        let totals = analyzer.takeCells(through: slice).values.first?.totals.values.first
        #expect(totals?.providerBlocks == SignalTotals(attempts: 2, takeover: 0, genuineLooking: 1))
        #expect(totals?.results == [0, 1, 0, 0] && totals?.bySignal == ["stuffing": 1])
    }

    @Test func `what is taken is forgotten, the rest stays where it belongs`() {
        var analyzer = ThreatAnalyzer(names: ["stuffing"])
        let slice = Timestamp.slice(dawn)
        for number in 0..<3 as Range<Int64> {
            analyzer.absorb(attempt(at: 0, signals: [0]), slice: slice + number)
        }
        #expect(analyzer.takeCells(through: slice).keys.map(\.slice) == [slice])
        analyzer.absorb(attempt(at: 1, signals: [0]), slice: slice + 2)
        let rest = analyzer.takeCells(through: .max)
        #expect(rest.count == 2)
        let last = rest[.init(slice: slice + 2, journey: .login)]?.totals.values.first
        #expect(last?.bySignal == ["stuffing": 2])
    }

    @Test func `noise is in no count`() {
        var analyzer = ThreatAnalyzer(names: ["stuffing"])
        analyzer.absorb(attempt(at: 0, signals: [0]) { $0.isOnlySetupFailures = true }, slice: 0)
        #expect(analyzer.cells.isEmpty)
    }
}
