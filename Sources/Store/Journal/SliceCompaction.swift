import GRDB
import IdentityModel

/// Merges blocks of one slice: a few when they become many, all when the slice is closed.
struct SliceCompaction {
    private let db: Database
    private let options: StoreOptions

    init(_ db: Database, _ options: StoreOptions) {
        self.db = db
        self.options = options
    }

    /// Merges the smallest blocks when `runsMax` of one size class have come together.
    ///
    /// A class spans a factor of 16 in events, so an event is rewritten once per class.
    func limitRuns(_ blocks: inout [BlockSummary]) throws {
        guard blocks.count >= options.runsMax else { return }
        let full = options.blockEventsMax / 2
        let classes = Dictionary(grouping: blocks.filter { $0.events < full }, by: Self.sizeClass)
        guard let due = classes.filter({ $0.value.count >= options.runsMax }).keys.max() else {
            return
        }
        let (merged, kept) = (
            blocks.filter { $0.events < full && Self.sizeClass($0) <= due },
            blocks.filter { $0.events >= full || Self.sizeClass($0) > due }
        )
        blocks = kept + (try merge(merged, run: (blocks.map(\.run).max() ?? 0) + 1))
    }

    private static func sizeClass(_ block: BlockSummary) -> Int {
        (Int.bitWidth - block.events.leadingZeroBitCount) / 4
    }

    /// Brings the slice of `blocks` into the form that does not depend on how it came: one run,
    /// every block full but the last. Returns whether anything had to be written.
    func compact(_ blocks: [BlockSummary]) throws -> Bool {
        guard !isCompact(blocks) else { return false }
        _ = try merge(blocks, run: (blocks.map(\.run).max() ?? 0) + 1)
        return true
    }

    private func isCompact(_ blocks: [BlockSummary]) -> Bool {
        let areFull = blocks.dropLast().allSatisfy { $0.events == options.blockEventsMax }
        return areFull
            && zip(blocks, blocks.dropFirst()).allSatisfy {
                $0.atLast < $1.atFirst || $0.run == $1.run
            }
    }

    /// Writes the events of `blocks` as one run in their place.
    private func merge(_ blocks: [BlockSummary], run: Int64) throws -> [BlockSummary] {
        var written: [BlockSummary] = []
        guard let slice = blocks.first?.slice else { return written }
        var encoder = BlockEncoder()
        let db = db
        var merge = RunMerge(blocks, columns: .all, batchEvents: options.blockEventsMax) {
            try BlockTable.decode(db, $0, columns: $1, pseudonyms: nil)
        }
        try merge.forEachBatch { batch in
            let rows = (0..<UInt32(batch.count)).map { $0 }
            let encoded = encoder.encode(batch, rows: rows[...])
            written.append(try BlockTable.insert(db, encoded, slice: slice, run: run))
        }
        for block in blocks { try BlockTable.delete(db, block) }
        return written
    }
}
