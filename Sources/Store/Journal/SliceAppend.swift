import GRDB
import IdentityModel

/// Appends the events of a commit that lie in one slice: looks for known ones, then inserts.
struct SliceAppend {
    let db: Database
    let events: EventBatch
    let options: StoreOptions
    private(set) var findings: Findings
    /// New events, without those that took the place of another.
    private(set) var changed: [Int64] = []
    private var encoder: BlockEncoder

    init(_ db: Database, _ prepared: PreparedAppend, _ options: StoreOptions) {
        self.db = db
        self.options = options
        events = prepared.events
        findings = prepared.findings
        encoder = prepared.encoder
    }

    /// Appends `part`.
    mutating func append(_ part: PreparedAppend.Part) throws {
        var blocks = try BlockTable.blocks(db, slice: part.slice)
        var dropped: Set<UInt32> = []
        var replaced = 0
        for index in blocks.indices.reversed() {
            let overruled = try search(blocks[index], for: part.rows, &dropped)
            guard !overruled.isEmpty else { continue }
            replaced += overruled.count
            let shortened = try rewrite(blocks[index], without: overruled)
            blocks.replaceSubrange(index...index, with: shortened)
        }
        let rows = dropped.isEmpty ? part.rows : part.rows.filter { !dropped.contains($0) }
        guard !rows.isEmpty else { return }
        let fresh =
            dropped.isEmpty
            ? part.blocks : encoder.blocks(events, rows[...], eventsMax: options.blockEventsMax)
        let run = (blocks.map(\.run).max() ?? 0) + 1
        for block in fresh {
            blocks.append(try BlockTable.insert(db, block, slice: part.slice, run: run))
        }
        findings.add(\.appended, rows, of: events)
        changed.append(part.slice)
        if try SliceTable.grow(db, part.slice, by: rows.count - replaced) {
            findings.add(\.late, rows, of: events)
        }
        try SliceCompaction(db, options).limitRuns(&blocks)
    }

    /// Looks for `rows` in a stored block.
    ///
    /// Adds the rows that must not be appended to `dropped`; returns the places in the block of
    /// the events that a longer record overrules.
    private mutating func search(
        _ block: BlockSummary, for rows: [UInt32], _ dropped: inout Set<UInt32>
    ) throws -> [Int] {
        let within = rows[range(of: rows, from: block.atFirst, through: block.atLast)]
        guard !within.isEmpty else { return [] }
        let isPossible = try BlockTable.withPart(db, .filter, of: block) { filter in
            within.contains { IdentityFilter.mayContain(events.id[Int($0)], filter) }
        }
        guard isPossible else { return [] }
        let times = try BlockTable.withPart(db, .core, of: block) {
            try BlockDecoder.times(core: $0)
        }
        let ids = try BlockTable.withPart(db, .ids, of: block) { try BlockDecoder.ids($0) }
        guard times.count == ids.count else {
            throw BlockTable.corrupt(block, "its parts differ in length")
        }
        let known = DoubleSearch.known(within, of: events, times: times, ids: ids)
        guard !known.isEmpty else { return [] }
        var stored = EventBatch()
        stored.at = times
        try BlockTable.withPart(db, .evidence, of: block) {
            try BlockDecoder.decode(evidence: $0, into: &stored)
        }
        var overruled: [Int] = []
        for (row, place) in known {
            let (old, new) = (RecordText(stored, place), RecordText(events, row))
            findings.add(old == new ? \.duplicates : \.collisions, row, of: events)
            if old.isReplaced(by: new) {
                overruled.append(place)
                findings.retract(row, of: events)
            } else {
                dropped.insert(UInt32(row))
            }
        }
        return overruled
    }

    /// The places in `rows` of the events from `first` through `last`.
    private func range(of rows: [UInt32], from first: Int64, through last: Int64) -> Range<Int> {
        func place(_ isBefore: (Int64) -> Bool) -> Int {
            var low = 0
            var high = rows.count
            while low < high {
                let middle = (low + high) / 2
                if isBefore(events.at[Int(rows[middle])]) {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return low
        }
        let start = place { $0 < first }
        return start..<max(start, place { $0 <= last })
    }

    /// Writes `block` again without some of its events; returns what stands for it now.
    private mutating func rewrite(
        _ block: BlockSummary, without overruled: [Int]
    ) throws -> [BlockSummary] {
        let batch = try BlockTable.decode(db, block, columns: .all, pseudonyms: nil)
        let gone = Set(overruled)
        let rows = (0..<batch.count).filter { !gone.contains($0) }.map { UInt32($0) }
        try BlockTable.delete(db, block)
        guard !rows.isEmpty else { return [] }
        var rewriter = BlockEncoder()
        let encoded = rewriter.encode(batch, rows: rows[...])
        return [try BlockTable.insert(db, encoded, slice: block.slice, run: block.run)]
    }
}
