import IdentityModel

/// Durations in ms in log-linear buckets: 128 to an octave, so a bucket's midpoint is within
/// 0.4 % of any value in it. Integers only: equal on every machine.
///
///     0 1 2 … 255 │ 256..257 │ 258..259 │ … │ 512..515 │ …
///     width 1       width 2                   width 4
public struct DurationHistogram: Mergeable {
    /// Amounts by bucket + 1.
    private var buckets = OpenTable<UInt64, UInt64>()
    private static let subBits = 7
    private static let bucketMax = bucket(UInt64(Int64.max))

    public init() {}

    /// How many durations were added.
    public var count: UInt64 {
        var total: UInt64 = 0
        buckets.forEach { _, amount in total += amount }
        return total
    }

    public static func == (a: DurationHistogram, b: DurationHistogram) -> Bool {
        a.buckets.count == b.buckets.count && a.ordered.elementsEqual(b.ordered, by: ==)
    }

    /// Buckets and their amounts, ascending.
    private var ordered: [(bucket: Int32, amount: UInt64)] {
        var list: [(bucket: Int32, amount: UInt64)] = []
        list.reserveCapacity(buckets.count)
        buckets.forEach { key, amount in list.append((Int32(truncatingIfNeeded: key) - 1, amount)) }
        return list.sorted { $0.bucket < $1.bucket }
    }

    /// Adds a duration of `milliseconds`; a negative one counts as 0.
    public mutating func add(_ milliseconds: Int64) {
        let bucket = Self.bucket(UInt64(max(0, milliseconds)))
        buckets.update(UInt64(bucket) + 1, default: 0) { $0 += 1 }
    }

    public mutating func merge(_ other: DurationHistogram) {
        if buckets.isEmpty {
            buckets = other.buckets
            return
        }
        if other.buckets.count > buckets.count { buckets.reserveCapacity(other.buckets.count) }
        other.buckets.forEach { bucket, amount in buckets.update(bucket, default: 0) { $0 += amount } }
    }

    /// The bucket midpoints at ranks `low` and `high` (1-based) in ms; nil where there are none.
    public func values(ranks low: UInt64, _ high: UInt64) -> (UInt64, UInt64)? {
        guard count > 0 else { return nil }
        let ordered = ordered
        func value(_ rank: UInt64) -> UInt64 {
            var seen: UInt64 = 0
            for (bucket, amount) in ordered {
                seen += amount
                if seen >= rank { return Self.midpoint(bucket) }
            }
            return ordered.last.map { Self.midpoint($0.bucket) } ?? 0
        }
        return (value(low), value(high))
    }

    /// The quantiles at `percents` (rank ⌈q·n⌉, bucket midpoint) in ms; nil of an empty histogram.
    public func quantiles(percents: [UInt64]) -> [UInt64]? {
        let total = count
        guard total > 0 else { return nil }
        let ordered = ordered
        return percents.map { percent in
            let rank = max(1, (percent * total + 99) / 100)
            var seen: UInt64 = 0
            for (bucket, amount) in ordered {
                seen += amount
                if seen >= rank { return Self.midpoint(bucket) }
            }
            return 0
        }
    }

    static func bucket(_ value: UInt64) -> Int32 {
        let octave = max(0, 63 - value.leadingZeroBitCount - subBits)
        return Int32(octave << subBits) + Int32(truncatingIfNeeded: value >> UInt64(octave))
    }

    static func midpoint(_ bucket: Int32) -> UInt64 {
        let index = UInt64(bucket)
        let base: UInt64 = 1 << UInt64(subBits)
        if index < 2 * base { return index }
        let octave = (index >> UInt64(subBits)) - 1
        let low = (index - octave * base) << octave
        return low + (1 << octave) / 2
    }

    public func encode(to writer: inout ByteWriter) {
        writer.count(buckets.count)
        var last: Int32 = 0
        for (bucket, amount) in ordered {
            writer.unsigned(UInt64(bucket - last))
            writer.unsigned(amount)
            last = bucket
        }
    }

    public init(from reader: inout ByteReader) throws {
        let count = try reader.count(ofWidth: 2)
        buckets.reserveCapacity(count)
        var last: Int32 = 0
        for index in 0..<count {
            let step = try reader.unsigned()
            let amount = try reader.amount()
            guard step > 0 || index == 0, step <= UInt64(Self.bucketMax - last), amount > 0 else {
                throw reader.malformed
            }
            last += Int32(step)
            buckets[UInt64(last) + 1] = amount
        }
    }
}
