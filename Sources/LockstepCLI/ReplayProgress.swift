import Collector
import Foundation

/// Shows how far a replay is: a bar on a terminal, a plain line every ten seconds otherwise.
struct ReplayProgress: Sendable {
    private let observer: IngestObserver
    /// The size of all sources as stored; nil where it is not known (standard input).
    private let totalBytes: UInt64?
    private let isTerminal: Bool

    init(observer: IngestObserver, totalBytes: UInt64?, isTerminal: Bool = Console.isErrorTerminal) {
        self.observer = observer
        self.totalBytes = totalBytes
        self.isTerminal = isTerminal
    }

    /// Shows progress until the task is cancelled.
    func run() async {
        let began = ContinuousClock.now
        let pause: Duration = isTerminal ? .milliseconds(150) : .seconds(10)
        while !Task.isCancelled {
            do { try await Task.sleep(for: pause) } catch { break }
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            let line = text(observer.current, seconds: seconds)
            if isTerminal { Console.progress(line) } else { Console.message(line) }
        }
        if isTerminal { Console.progress("") }
    }

    /// `[#####-----]  52 %  412.3 MB  1,204,332 events  642,110/s  ETA 0:12`
    func text(_ counts: IngestObserver.Counts, seconds: Double) -> String {
        let rate = Int(Double(counts.events) / max(0.001, seconds))
        var parts = ["\(Self.megabytes(counts.sourceBytes)) MB", "\(counts.events) events", "\(rate)/s"]
        if let totalBytes, totalBytes > 0 {
            let share = min(1, Double(counts.sourceBytes) / Double(totalBytes))
            parts.insert("\(Int(share * 100)) %", at: 0)
            if share > 0.01 {
                let left = Int(seconds / share - seconds)
                parts.append("ETA \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60)")
            }
            if isTerminal {
                let cells = 20
                let full = Int(share * Double(cells))
                parts.insert("[" + String(repeating: "#", count: full) + String(repeating: "-", count: cells - full) + "]", at: 0)
            }
        }
        let line = "replaying: " + parts.joined(separator: "  ")
        return isTerminal ? String(line.prefix(max(20, Console.width - 1))) : line
    }

    private static func megabytes(_ bytes: UInt64) -> String {
        let tenths = bytes / 100_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
