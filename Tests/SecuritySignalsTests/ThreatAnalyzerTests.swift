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
        let totals = analyzer.cells[slice]?[.login]?.totals[key]
        #expect(analyzer.cells.count == 1 && analyzer.cells[slice]?.count == 1)
        #expect(totals?.results == [2, 1, 0, 0])
        #expect(totals?.takeover == 1)
        #expect(totals?.tries == 6)
        #expect(totals?.bySignal == ["brute_force": 1, "stuffing": 3])
    }

    @Test func `noise is in no count`() {
        var analyzer = ThreatAnalyzer(names: ["stuffing"])
        analyzer.absorb(attempt(at: 0, signals: [0]) { $0.isOnlySetupFailures = true }, slice: 0)
        #expect(analyzer.cells.isEmpty)
    }
}
