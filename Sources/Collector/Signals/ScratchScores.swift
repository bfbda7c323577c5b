import IdentityModel
import Store
import Synchronization

/// A journal with scores of its own in memory: what other rules would give, the store left as it is.
///
/// Holds cells and firings alone. Carries are for going on later, and nobody goes on from a trial.
package final class ScratchScores: JournalReading, ScoreReading, ScoreWriting {
    private struct Place: Hashable {
        var slice: Int64
        var journey: UInt8
        var kind: UInt8
    }

    private struct Scores {
        var cells: [Place: [UInt8]] = [:]
        var firings: [Int64: [UInt8]] = [:]
        var meta: [String: String] = [:]
    }

    private let journal: any JournalReading
    private let scores = Mutex(Scores())

    /// Empty scores over `journal`.
    package init(journal: any JournalReading) { self.journal = journal }

    // MARK: Scores

    package func commitScoring(_ commit: ScoringCommit) async throws {
        scores.withLock { scores in
            if commit.dropsEverything { scores = Scores() }
            for dropped in commit.droppedCells {
                scores.cells = scores.cells.filter { place, _ in
                    !(dropped.slices.contains(place.slice) && dropped.kinds.contains(place.kind))
                }
            }
            for cell in commit.cells {
                scores.cells[Place(slice: cell.slice, journey: cell.journey, kind: cell.kind)] = cell.body
            }
            for slices in commit.replacedFirings {
                scores.firings = scores.firings.filter { !slices.contains($0.key) }
            }
            for firings in commit.firings { scores.firings[firings.slice] = firings.body }
            for (key, value) in commit.meta { scores.meta[key] = value }
        }
    }

    package func cells(slices: Range<Int64>, journey: UInt8?) throws -> [StoredCell] {
        scores.withLock { scores in
            scores.cells.filter { slices.contains($0.key.slice) && journey ?? $0.key.journey == $0.key.journey }
                .map { StoredCell(slice: $0.slice, journey: $0.journey, kind: $0.kind, body: $1) }
        }.sorted { ($0.slice, $0.journey, $0.kind) < ($1.slice, $1.journey, $1.kind) }
    }

    package func firings(slices: ClosedRange<Int64>) throws -> [StoredFirings] {
        scores.withLock { scores in
            scores.firings.filter { slices.contains($0.key) }.map { StoredFirings(slice: $0, body: $1) }
        }.sorted { $0.slice < $1.slice }
    }

    package func carryBorders(machine: String) throws -> [Int64: UInt64] { [:] }
    package func carry(machine: String, border: Int64) throws -> [UInt8]? { nil }
    package func metaValue(_ key: String) throws -> String? { scores.withLock { $0.meta[key] } }

    /// The sources that the last scoring found to show their proxy's address.
    package func hiddenSources() throws -> Set<UInt32> { try ScoringMeta.hidden(self) }

    // MARK: The journal, as it is

    package func slices() throws -> [SliceSummary] { try journal.slices() }
    package func watermark() throws -> Int64? { try journal.watermark() }

    package func readSlice(
        _ slice: Int64, columns: ColumnSet, batchEvents: Int, _ body: (EventBatch) throws -> Void
    ) throws { try journal.readSlice(slice, columns: columns, batchEvents: batchEvents, body) }

    package func streams() throws -> [StreamCheckpoint] { try journal.streams() }
    package func sourceNames() throws -> [UInt32: String] { try journal.sourceNames() }
    package func sources() throws -> [SourceIntegrity] { try journal.sources() }
    package func quarantine(limit: Int) throws -> [QuarantineRecord] { try journal.quarantine(limit: limit) }
    package func quarantinedSources() throws -> [QuarantinedSource] { try journal.quarantinedSources() }

    package func quarantine(of source: String, positions: Range<UInt64>) throws -> [QuarantineRecord] {
        try journal.quarantine(of: source, positions: positions)
    }

    package func sealedQuarantine(
        of source: String, after last: QuarantineRecord?, limit: Int
    ) throws -> [QuarantineRecord] { try journal.sealedQuarantine(of: source, after: last, limit: limit) }
}
