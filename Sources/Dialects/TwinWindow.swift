/// Counts how often a text occurred among a stream's previous 65,536 records.
///
/// Every record of the stream counts among them once, whatever became of it: an event, ignored,
/// quarantined, blank or too long to be read. The elements of one record are one.
///
///     ring   │ (hash, ordinal) │ … │            texts without a vendor's id, oldest first
///     table  │ hash → count │ … │                open addressing, at most half full
///
/// Grows with the stream, to 2.5 MiB at most. Cost: about 30 ns a record, only for records
/// without a vendor's id.
struct TwinWindow: Sendable {
    /// How many records back equal texts are told apart.
    let records: UInt64

    /// The window of docs/definitions.md.
    static let recordsMax: UInt64 = 65_536

    private struct Entry {
        var hash: UInt64
        var ordinal: UInt64
    }

    private var ring: [Entry] = []
    private var first = 0
    private var used = 0
    private var keys: [UInt64] = []
    private var counts: [UInt32] = []
    private(set) var ordinal: UInt64 = 0

    /// A window of `records` records; all streams have the same but in tests.
    init(records: UInt64 = recordsMax) { self.records = records }

    /// Counts a record that is not looked up.
    @inline(__always)
    mutating func skip() { ordinal &+= 1 }

    /// Counts a record with the text hash `hash`, and tells how many of the records in the window
    /// before it had the same.
    mutating func count(_ hash: UInt64) -> UInt64 {
        let key = hash == 0 ? 1 : hash
        forget(before: ordinal)
        let before = keys.isEmpty ? 0 : counts[find(key)]
        forget(before: ordinal &+ 1)
        if (used + 1) * 2 > keys.count { grow() }
        let place = find(key)
        keys[place] = key
        counts[place] += 1
        ring[(first + used) & (ring.count - 1)] = Entry(hash: key, ordinal: ordinal)
        used += 1
        ordinal &+= 1
        return UInt64(before)
    }

    private func find(_ key: UInt64) -> Int {
        let mask = keys.count - 1
        var place = Int(truncatingIfNeeded: key) & mask
        while keys[place] != 0, keys[place] != key { place = (place + 1) & mask }
        return place
    }

    /// Forgets what the record `next` no longer looks back to.
    @inline(__always)
    private mutating func forget(before next: UInt64) {
        while used > 0, ring[first].ordinal &+ records < next { forgetOldest() }
    }

    private mutating func forgetOldest() {
        let place = find(ring[first].hash)
        first = (first + 1) & (ring.count - 1)
        used -= 1
        if counts[place] > 1 {
            counts[place] -= 1
        } else {
            remove(place)
        }
    }

    /// Empties `place` and moves later keys of the run up, so that no tombstones remain.
    private mutating func remove(_ place: Int) {
        let mask = keys.count - 1
        var hole = place
        var next = (hole + 1) & mask
        while keys[next] != 0 {
            let home = Int(truncatingIfNeeded: keys[next]) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                keys[hole] = keys[next]
                counts[hole] = counts[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        keys[hole] = 0
        counts[hole] = 0
    }

    private mutating func grow() {
        let old = (0..<used).map { ring[(first + $0) & (ring.count - 1)] }
        let size = max(1024, keys.count * 2)
        keys = [UInt64](repeating: 0, count: size)
        counts = [UInt32](repeating: 0, count: size)
        ring = old + [Entry](repeating: Entry(hash: 0, ordinal: 0), count: size / 2 - old.count)
        first = 0
        for entry in old {
            let place = find(entry.hash)
            keys[place] = entry.hash
            counts[place] += 1
        }
    }

    /// The texts in the window, oldest first, and the number of records so far.
    var snapshot: (ordinal: UInt64, entries: [(hash: UInt64, ordinal: UInt64)]) {
        let entries = (0..<used).map { ring[(first + $0) & (ring.count - 1)] }
        return (ordinal, entries.map { ($0.hash, $0.ordinal) })
    }

    /// Goes on where the window of `snapshot` was.
    mutating func resume(ordinal: UInt64, entries: [(hash: UInt64, ordinal: UInt64)]) {
        self = TwinWindow(records: records)
        for entry in entries {
            self.ordinal = entry.ordinal
            _ = count(entry.hash)
        }
        self.ordinal = ordinal
    }
}
