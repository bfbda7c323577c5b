import IdentityModel

/// A commit made ready beside the writing queue: in canonical order, without doubles, encoded.
struct PreparedAppend: Sendable {
    /// The events of one slice.
    struct Part: Sendable {
        var slice: Int64
        /// Rows of `events` in canonical order, no (at, id) twice.
        var rows: [UInt32]
        /// The rows as blocks, for the usual case that none of them is known already.
        var blocks: [EncodedBlock]
    }

    let events: EventBatch
    private(set) var parts: [Part] = []
    /// The doubles within the commit.
    private(set) var findings = Findings()
    /// Encodes more of these events.
    private(set) var encoder: BlockEncoder

    /// - Parameter numbers: Of the sources of the batches.
    init(
        _ commit: JournalAppend, numbers: [UInt32], pseudonyms: PseudonymNumbers,
        options: StoreOptions
    ) {
        var events = Self.joined(commit.batches, numbers)
        // Added here once, so that no block has to copy the table.
        _ = DialectStamp.stamps(commit.versions, in: &events.strings)
        self.events = events
        encoder = BlockEncoder(pseudonyms: pseudonyms, versions: commit.versions)
        let rows = CanonicalOrder.rows(of: events)
        CanonicalOrder.groups(rows[...], by: { Timestamp.slice(events.at[Int($0)]) }) { group in
            let distinct = withoutDoubles(group)
            let blocks = encoder.blocks(events, distinct, eventsMax: options.blockEventsMax)
            let slice = Timestamp.slice(events.at[Int(group[group.startIndex])])
            parts.append(Part(slice: slice, rows: Array(distinct), blocks: blocks))
        }
    }

    /// All batches as one, each event with its source's number.
    private static func joined(_ batches: [SourcedBatch], _ numbers: [UInt32]) -> EventBatch {
        var events = EventBatch()
        if batches.count == 1 {
            events = batches[0].events
        } else {
            events.reserveCapacity(batches.reduce(0) { $0 + $1.events.count })
            for batch in batches { events.append(contentsOf: batch.events) }
        }
        var sources: [UInt32] = []
        sources.reserveCapacity(events.count)
        for (batch, number) in zip(batches, numbers) {
            sources += repeatElement(number, count: batch.events.count)
        }
        events.source = sources
        return events
    }

    /// `rows` of one slice with one row per (at, id): the one whose text wins.
    private mutating func withoutDoubles(_ rows: ArraySlice<UInt32>) -> ArraySlice<UInt32> {
        var dropped: Set<UInt32> = []
        var findings = findings
        DoubleSearch.forEachDouble(rows, of: events) { known, row in
            let (old, new) = (RecordText(events, known), RecordText(events, row))
            findings.add(old == new ? \.duplicates : \.collisions, row, of: events)
            let isReplaced = old.isReplaced(by: new)
            dropped.insert(UInt32(isReplaced ? known : row))
            return isReplaced ? row : known
        }
        guard !dropped.isEmpty else { return rows }
        self.findings = findings
        return rows.filter { !dropped.contains($0) }[...]
    }
}

extension BlockEncoder {
    /// Encodes `rows` as blocks of at most `eventsMax` events.
    mutating func blocks(
        _ events: EventBatch, _ rows: ArraySlice<UInt32>, eventsMax: Int
    ) -> [EncodedBlock] {
        stride(from: rows.startIndex, to: rows.endIndex, by: eventsMax).map { start in
            encode(events, rows: rows[start..<min(rows.endIndex, start + eventsMax)])
        }
    }
}
