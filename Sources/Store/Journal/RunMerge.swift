import IdentityModel

/// A block of the journal without its content.
struct BlockSummary: Sendable {
    var block: Int64
    var slice: Int64
    /// Blocks of one run follow each other in canonical order.
    var run: Int64
    var events: Int
    var atFirst: Int64
    var atLast: Int64
}

/// Merges the sorted blocks of one slice into canonical order.
///
/// A block is loaded when the merge reaches its first time and let go when it is used up, so only
/// blocks that overlap in time are in memory, beside one batch of output.
///
///     block 1  ├──────────┤
///     block 2      ├─────────┤           loaded at its left end, dropped at its right end
///     block 3                 ├──────┤
struct RunMerge {
    /// A loaded block.
    private struct Run {
        var events: EventBatch
        var next = 0
        /// Rows below it have left in an earlier batch.
        var moves: [RowMove] = []
        var isUsedUp: Bool { next == events.count }
    }

    private let columns: ColumnSet
    private let batchEvents: Int
    private let load: (BlockSummary, ColumnSet) throws -> EventBatch
    private var waiting: [BlockSummary]
    private var overlapping: Set<Int64>
    private var runs: [Run] = []
    private var filled = 0

    /// Merges `blocks`, whose columns `load` decodes.
    init(
        _ blocks: [BlockSummary], columns: ColumnSet, batchEvents: Int,
        load: @escaping (BlockSummary, ColumnSet) throws -> EventBatch
    ) {
        self.columns = columns
        self.batchEvents = max(1, batchEvents)
        self.load = load
        waiting = blocks.sorted { ($0.atFirst, $0.block) > ($1.atFirst, $1.block) }
        overlapping = Self.overlapping(waiting.reversed())
    }

    /// The blocks that share an instant with another one, of `blocks` in order of first time.
    private static func overlapping(_ blocks: [BlockSummary]) -> Set<Int64> {
        var found: Set<Int64> = []
        var longest: BlockSummary?
        for block in blocks {
            if let known = longest, block.atFirst <= known.atLast {
                found.insert(known.block)
                found.insert(block.block)
            }
            if block.atLast >= longest?.atLast ?? .min { longest = block }
        }
        return found
    }

    /// Hands all events to `body`, in canonical order.
    mutating func forEachBatch(_ body: (EventBatch) throws -> Void) throws {
        while true {
            try loadDue()
            guard let first = earliest() else { break }
            advance(first)
            if filled == batchEvents { try emit(body) }
        }
        if filled > 0 { try emit(body) }
    }

    /// Loads the blocks that may hold the next event.
    private mutating func loadDue() throws {
        while let block = waiting.last {
            if let first = earliest(), runs[first].events.at[runs[first].next] < block.atFirst {
                return
            }
            waiting.removeLast()
            let isAlone = !overlapping.contains(block.block)
            let events = try load(block, isAlone ? columns : columns.union([.step, .id]))
            guard !events.isEmpty else { continue }
            runs.append(Run(events: events))
        }
    }

    /// The run with the next event; nil where all are used up.
    private func earliest() -> Int? {
        var best: Int?
        for index in runs.indices where !runs[index].isUsedUp {
            if let known = best, !precedes(index, known) { continue }
            best = index
        }
        return best
    }

    /// Whether the next event of run `a` stands before that of run `b`.
    private func precedes(_ a: Int, _ b: Int) -> Bool {
        CanonicalOrder.precedes(runs[a].events, runs[a].next, runs[b].events, runs[b].next)
    }

    /// Moves the stretch of run `first` that stands before every other event into the batch.
    private mutating func advance(_ first: Int) {
        var rival: Int?
        for index in runs.indices where index != first && !runs[index].isUsedUp {
            if let known = rival, !precedes(index, known) { continue }
            rival = index
        }
        let start = runs[first].next
        let limit = min(runs[first].events.count, start + batchEvents - filled)
        let border = waiting.last?.atFirst
        var end = start + 1
        while end < limit {
            if let border, runs[first].events.at[end] >= border { break }
            if let rival,
                !CanonicalOrder.precedes(
                    runs[first].events, end, runs[rival].events, runs[rival].next)
            {
                break
            }
            end += 1
        }
        runs[first].moves.append(
            RowMove(source: UInt32(start), target: UInt32(filled), count: UInt32(end - start)))
        runs[first].next = end
        filled += end - start
    }

    /// Builds the batch that the moves describe and hands it over.
    private mutating func emit(_ body: (EventBatch) throws -> Void) throws {
        if runs.count == 1, runs[0].moves.count == 1, runs[0].moves[0].count == runs[0].events.count
        {
            try body(withoutExtras(runs[0].events))
        } else {
            var batch = EventBatch()
            for run in runs where !run.moves.isEmpty {
                let translation = batch.strings.translation(of: run.events.strings)
                batch.place(run.moves, of: run.events, count: filled, translation: translation)
            }
            try body(withoutExtras(batch))
        }
        runs.removeAll { $0.isUsedUp }
        for index in runs.indices { runs[index].moves.removeAll(keepingCapacity: true) }
        filled = 0
    }

    /// `batch` without the columns that only the merge needed.
    private func withoutExtras(_ batch: EventBatch) -> EventBatch {
        var batch = batch
        if !columns.contains(.id) { batch.id = [] }
        if !columns.contains(.step) {
            batch.journey = []
            batch.step = []
            batch.outcome = []
            batch.reason = []
        }
        return batch
    }
}
