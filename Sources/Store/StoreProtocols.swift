import IdentityModel

/// Appends to the journal. Implemented by the writer of a store; calls may come from any task.
///
/// An append is idempotent by (at, id): what is appended again, in whatever order and division,
/// is counted as a duplicate and changes nothing.
package protocol JournalWriting: Sendable {
    /// Makes events, stream positions, quarantine and tallies durable in one step: after a
    /// return all of it survives a crash, after a throw none of it was written.
    @discardableResult
    func append(_ commit: JournalAppend) async throws -> AppendReport

    /// Merges the runs of each slice into one, so that the size of the store does not depend on
    /// the order in which events came. Call it at the end of a replay and when a slice closes.
    func compact() async throws

    /// Returns what was decided at the first reading of the content that begins with `head`;
    /// keeps `proposal` and returns it where the content was never read before.
    func decision(forHead head: [UInt8], proposal: StreamDecision) async throws -> StreamDecision

    /// Removes entries from the quarantine, such as after a retry that understood them.
    func removeQuarantine(_ numbers: [Int64]) async throws
}

/// Reads the journal. Each call sees one consistent state, whatever is appended meanwhile.
package protocol JournalReading: Sendable {
    /// All slices that hold events, in time order.
    func slices() throws -> [SliceSummary]

    /// The newest `at` of the journal; nil where it is empty.
    func watermark() throws -> Int64?

    /// Hands the events of `slice` to `body` in canonical order, in batches of 1 to `batchEvents`.
    ///
    /// Columns outside `columns` hold no elements; each batch has strings of its own. Memory
    /// holds the blocks that overlap in time and one batch.
    func readSlice(
        _ slice: Int64, columns: ColumnSet, batchEvents: Int, _ body: (EventBatch) throws -> Void
    ) throws

    /// Where each stream may go on, by its name.
    func streams() throws -> [StreamCheckpoint]

    /// The names of all sources, by the number that events carry in `source`.
    func sourceNames() throws -> [UInt32: String]

    /// The integrity counters per source and dialect, in the order of their names.
    func sources() throws -> [SourceIntegrity]

    /// At most `limit` quarantined records, oldest first.
    func quarantine(limit: Int) throws -> [QuarantineRecord]

    /// How much of each source is in the quarantine, in the order of their names.
    func quarantinedSources() throws -> [QuarantinedSource]

    /// The quarantined records of `source` that begin in `positions`, in order of position.
    func quarantine(of source: String, positions: Range<UInt64>) throws -> [QuarantineRecord]

    /// The next `limit` sealed records of `source` after `last` (from the first where nil), content
    /// by content and in order of position.
    func sealedQuarantine(
        of source: String, after last: QuarantineRecord?, limit: Int
    ) throws -> [QuarantineRecord]
}

extension JournalReading {
    /// Hands all columns of `slice` to `body` in canonical order.
    package func readSlice(
        _ slice: Int64, batchEvents: Int, _ body: (EventBatch) throws -> Void
    ) throws {
        try readSlice(slice, columns: .all, batchEvents: batchEvents, body)
    }
}

/// Replaces what scoring has computed.
package protocol ScoreWriting: Sendable {
    /// Writes cells, firings, carries, texts and the end of dirtiness in one step.
    func commitScoring(_ commit: ScoringCommit) async throws
}

/// Reads what scoring has computed.
package protocol ScoreReading: Sendable {
    /// The cells of `journey` (all journeys where nil) emitted in `slices`, ordered by slice,
    /// journey and kind.
    func cells(slices: Range<Int64>, journey: UInt8?) throws -> [StoredCell]

    /// The firing runs of `slices`, in order of slice.
    func firings(slices: ClosedRange<Int64>) throws -> [StoredFirings]

    /// The borders at which the state of `machine` is kept, each with the state's hash.
    func carryBorders(machine: String) throws -> [Int64: UInt64]

    /// The state of `machine` at `border`; nil where none is kept.
    func carry(machine: String, border: Int64) throws -> [UInt8]?

    /// The text kept under `key`, such as the hash of the rules that made the cells.
    func metaValue(_ key: String) throws -> String?
}
