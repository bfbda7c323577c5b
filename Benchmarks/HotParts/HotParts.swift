import AdapterKit
import Collector
import Dialects
import Dispatch
import Foundation
import IdentityModel
import LogFileAdapter
import SecuritySignals
import Store

/// Goes down the road as far as it is told, so that the cost of each part is a difference:
///
///     HotParts frame FILE         read and frame
///     HotParts normalize FILE     … and normalize
///     HotParts journal FILE       … and journal
///     HotParts score FILE [SET]   … and score by rule set SET (basic)
///
/// Prints the records and the CPU seconds. Unlike the command it runs below an ordinary `main`,
/// which callgrind can follow.
@main enum HotParts {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3, let part = Part(rawValue: arguments[1]) else {
            FileHandle.standardError.write(Data("usage: HotParts frame|normalize|journal|score FILE [SET]\n".utf8))
            exit(2)
        }
        let road = Road(part: part, file: arguments[2], rules: arguments.count > 3 ? arguments[3] : "basic")
        let end = DispatchSemaphore(value: 0)
        Task.detached {
            do {
                let began = cpuSeconds()
                let records = try await road.run()
                print("\(part.rawValue): \(records) records, \(cpuSeconds() - began) CPU s")
            } catch {
                FileHandle.standardError.write(Data("HotParts: \(error)\n".utf8))
                exit(1)
            }
            end.signal()
        }
        end.wait()
    }

    private static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// How far to go.
enum Part: String {
    case frame, normalize, journal, score
}

/// The road from a file to cells, or the beginning of it.
struct Road: Sendable {
    let part: Part
    let file: String
    let rules: String

    /// Gives the number of records.
    func run() async throws -> UInt64 {
        let catalog = JourneyCatalog()
        guard let key = PseudonymKey(bytes: Array(repeating: 7, count: 32)) else { return 0 }
        let context = IngestContext(
            library: try DialectLibrary(catalog: catalog, overrides: nil), key: key,
            options: NormalizerOptions(now: 1_900_000_000_000_000), observer: IngestObserver { _ in })
        let adapter = try LogFileAdapter(settings: .init(paths: [file]))
        switch part {
        case .frame, .normalize:
            let sink = CountingSink(context: context, normalizes: part == .normalize)
            try await adapter.run(resume: ResumePoints(), into: sink)
        case .journal, .score:
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hot-parts-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let store = try SQLiteStore.openForWriting(
                path: folder.appendingPathComponent("store.sqlite").path, keyFingerprint: key.fingerprint)
            let sink = JournalSink(context: context, journal: store, committer: JournalCommitter(journal: store))
            try await adapter.run(resume: ResumePoints(), into: sink)
            try await sink.drain()
            if part == .score {
                let rules = try RuleSet(named: rules, catalog: catalog)
                try await Scorer(reader: store, writer: store, rules: rules, catalog: catalog).score()
            }
            try store.close()
        }
        return context.observer.current.records
    }
}

/// Counts records, normalized or not, and forgets them.
struct CountingSink: RecordSink {
    let context: IngestContext
    let normalizes: Bool

    func open(_ identity: StreamIdentity) async throws -> CountingStream {
        CountingStream(
            context: context,
            normalizer: normalizes
                ? try StreamNormalizer(library: context.library, key: context.key, options: context.options) : nil)
    }

    func report(_ fault: SourceFault) async { context.observer.report(fault) }
    func advanced(sourceBytes: Int) async {}
}

/// One stream of a `CountingSink`.
///
/// `@unchecked Sendable`: calls to one stream never overlap, by the contract of `RecordStream`.
final class CountingStream: RecordStream, @unchecked Sendable {
    private let context: IngestContext
    private var normalizer: StreamNormalizer?
    private var events = EventBatch()

    init(context: IngestContext, normalizer: consuming StreamNormalizer?) {
        self.context = context
        self.normalizer = normalizer
    }

    func deliver(_ batch: RecordBatch, upTo position: StreamPosition) async throws {
        context.observer.count(records: batch.spans.count)
        guard normalizer != nil else { return }
        var tally = NormalizationTally()
        events.removeAll()
        normalizer?.normalize(batch, into: &events, tally: &tally)
    }

    func durable(_ position: StreamPosition) async throws {}
    func report(_ fault: SourceFault) async { context.observer.report(fault) }
    func finish() async throws {}
}
