import IdentityModel

/// What the store itself finds while appending, per source and dialect.
struct Findings: Sendable {
    /// Counters of one source and dialect.
    struct Counts: Sendable {
        var appended = 0
        var duplicates = 0
        var collisions = 0
        var late = 0
    }

    /// The number of the source, and the reference of the dialect in the batch.
    struct Key: Hashable, Sendable {
        var source: UInt32
        var dialect: UInt32
    }

    private(set) var counts: [Key: Counts] = [:]

    /// Adds one event, row `row` of `events`, to a counter.
    mutating func add(_ counter: WritableKeyPath<Counts, Int>, _ row: Int, of events: EventBatch) {
        let key = Key(source: events.source[row], dialect: events.dialect[row])
        counts[key, default: Counts()][keyPath: counter] += 1
    }

    /// Adds all `rows` to a counter; neighbours mostly share their key.
    mutating func add(
        _ counter: WritableKeyPath<Counts, Int>, _ rows: [UInt32], of events: EventBatch
    ) {
        var start = 0
        while start < rows.count {
            let row = Int(rows[start])
            let key = Key(source: events.source[row], dialect: events.dialect[row])
            var end = start + 1
            while end < rows.count, events.source[Int(rows[end])] == key.source,
                events.dialect[Int(rows[end])] == key.dialect
            { end += 1 }
            counts[key, default: Counts()][keyPath: counter] += end - start
            start = end
        }
    }

    /// Takes one from `appended`: the event took the place of another.
    mutating func retract(_ row: Int, of events: EventBatch) {
        let key = Key(source: events.source[row], dialect: events.dialect[row])
        counts[key, default: Counts()].appended -= 1
    }

    /// The counters of all sources together.
    var total: Counts {
        counts.values.reduce(into: Counts()) { sum, counts in
            sum.appended += counts.appended
            sum.duplicates += counts.duplicates
            sum.collisions += counts.collisions
            sum.late += counts.late
        }
    }
}
