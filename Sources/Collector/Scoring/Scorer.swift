import Attempts
import IdentityModel
import SecuritySignals
import Store

/// Makes the scorecard's cells from the journal: a pure function of (journal, rules, journeys).
package struct Scorer: Sendable {
    private let reader: any JournalReading & ScoreReading
    private let writer: any ScoreWriting
    private let rules: RuleSet
    private let catalog: JourneyCatalog

    /// What is kept in the store about the last scoring that ended.
    private enum MetaKey {
        static let rules = "scoring.rules"
    }

    /// Events that are decoded at a time.
    private static let batchEvents = 8192

    package init(
        reader: any JournalReading & ScoreReading, writer: any ScoreWriting, rules: RuleSet,
        catalog: JourneyCatalog
    ) {
        self.reader = reader
        self.writer = writer
        self.rules = rules
        self.catalog = catalog
    }

    /// What the cells depend on beside the journal: another one re-scores everything.
    private var fingerprint: String {
        "scoring \(Self.version)\njourneys \(catalog.journeys)\n\(rules.fingerprintText)"
    }

    /// Raised whenever the same journal and rules give other cells.
    private static let version = 1

    /// Scores what has changed since the last scoring, or everything where the rules have.
    ///
    /// - Returns: whether there was anything to do.
    @discardableResult
    package func score() async throws -> Bool {
        let slices = try reader.slices()
        let isSameRules = try reader.metaValue(MetaKey.rules) == fingerprint
        guard !isSameRules || slices.contains(where: \.isDirty) else { return false }
        guard let watermark = try reader.watermark() else { return false }

        var signals = SignalMachine(rules: rules.rules, catalog: catalog)
        for slice in slices {
            try reader.readSlice(slice.slice, columns: .signals, batchEvents: Self.batchEvents) {
                signals.absorb($0)
            }
        }
        signals.finish()

        var pass = ScoringPass(
            catalog: catalog, firings: signals.firings, signalNames: rules.rules.map(\.name))
        for slice in slices {
            try reader.readSlice(slice.slice, columns: .scoring, batchEvents: Self.batchEvents) {
                pass.absorb($0)
            }
            pass.closeSlice(slice.slice)
        }
        var commit = ScoringCommit()
        commit.cells = pass.finish(watermark: watermark)
        let stale = try reader.cells(slices: Int64.min..<Int64.max, journey: nil)
        commit.replacedSlices = Array(Set(stale.map { ReplacedSlice(slice: $0.slice, kind: $0.kind) }))
        commit.scored = slices.map { ScoredSlice(slice: $0.slice, version: $0.version) }
        commit.meta[MetaKey.rules] = fingerprint
        try await writer.commitScoring(commit)
        return true
    }
}
