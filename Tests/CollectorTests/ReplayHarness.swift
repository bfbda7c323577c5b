import Collector
import Dialects
import Foundation
import IdentityModel
import LogFileAdapter
import ArchiveAdapter
import AdapterKit
import Scorecard
import SecuritySignals
import Store

/// A store in a temporary folder, filled as `lockstep replay` fills it.
final class ReplayHarness {
    let folder: URL
    let catalog = JourneyCatalog()
    let key: PseudonymKey
    let store: SQLiteStore
    private(set) var messages: [String] = []

    /// The clock of all tests: 2026-06-01T00:00:00Z.
    static let now: Int64 = 1_780_272_000_000_000

    /// - Parameter other: a harness whose closed store is opened again; a new store without one.
    init(key: PseudonymKey? = nil, reopening other: ReplayHarness? = nil) throws {
        folder = other?.folder
            ?? FileManager.default.temporaryDirectory.appendingPathComponent("lockstep-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.key = key ?? other?.key ?? PseudonymKey.random().key
        store = try SQLiteStore.openForWriting(
            path: folder.appendingPathComponent("store.sqlite").path, keyFingerprint: self.key.fingerprint)
    }

    deinit {
        try? store.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Writes `text` to a file of the temporary folder and gives its path.
    func file(_ name: String, _ text: String) throws -> String {
        let url = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    /// Reads `paths` (files or folders) and scores.
    ///
    /// - Parameters:
    ///   - dialects: a folder of dialects beside the built-in ones.
    ///   - asPipe: reads them as what comes from a pipe, which cannot be read again.
    @discardableResult
    func replay(
        _ paths: [String], dialects: String? = nil, asPipe: Bool = false, rules: String = "basic",
        configure: (inout NormalizerOptions) -> Void = { _ in }
    ) async throws -> IngestObserver.Counts {
        let context = try context(dialects: dialects, configure: configure)
        let committer = JournalCommitter(journal: store)
        let sink = JournalSink(context: context, journal: store, committer: committer)
        let entries = PathExpansion(paths).entries.map(\.path)
        if asPipe {
            for path in entries {
                let source = PeekableSource(try FileByteSource(path: path))
                let reader = StreamReader(name: "-", modifiedSeconds: nil, isRereadable: false)
                try await reader.read(source, into: sink)
            }
        } else {
            try await ArchiveAdapter(settings: .init(paths: entries)).run(resume: ResumePoints(), into: sink)
        }
        try await sink.drain()
        try await score(rules: rules)
        return context.observer.current
    }

    /// What a run of reading shares.
    func context(
        dialects: String? = nil, configure: (inout NormalizerOptions) -> Void = { _ in }
    ) throws -> IngestContext {
        var options = NormalizerOptions(now: Self.now)
        configure(&options)
        return IngestContext(
            library: try DialectLibrary(catalog: catalog, overrides: dialects), key: key, options: options,
            observer: IngestObserver { _ in })
    }

    /// Scores by the rule set called `rules`.
    func score(rules: String = "basic") async throws {
        let rules = try RuleSet(named: rules, catalog: catalog)
        lastScoring = try await Scorer(reader: store, writer: store, rules: rules, catalog: catalog).score()
    }

    /// What the last scoring did; nil where there was nothing to do.
    private(set) var lastScoring: ScoringReport?

    /// Compacts and closes the store, and gives the size of its file.
    func closedSize() async throws -> Int {
        try await store.compact()
        try store.close()
        let attributes = try FileManager.default.attributesOfItem(atPath: store.path)
        return (attributes[.size] as? NSNumber)?.intValue ?? 0
    }

    /// The scorecard of everything, as the JSON's text.
    func cardText(withIntegrity: Bool = true) throws -> String {
        let loader = CardLoader(reader: store, catalog: catalog)
        guard let hours = try loader.hours() else { return "" }
        var card = try loader.card(CardQuery(hours: hours))
        if !withIntegrity {
            card.sources = []
            card.setAside = [:]
            card.keptOut = [:]
        }
        return card.json().text()
    }

    /// The scorecard of everything, as dictionaries.
    func card() throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(try cardText().utf8)) as? [String: Any] ?? [:]
    }
}

/// Numbers that are equal on every machine (SplitMix64, Steele et al. 2014).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
