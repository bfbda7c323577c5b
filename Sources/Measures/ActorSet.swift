import IdentityModel

/// Distinct actors: exact (sorted pseudonyms) up to 4,096, above that HyperLogLog with p = 12.
///
/// Which form a set takes depends only on its elements, not on how it was merged. Pseudonyms are
/// uniform (HMAC), so their own bits serve as the hash.
///
/// Source: P. Flajolet et al., "HyperLogLog", 2007; small ranges by linear counting.
public struct ActorSet: Mergeable {
    /// The largest set that is kept exactly.
    public static let exactMax = 4096
    private static let registerBits = 12
    private static let registerCount = 1 << registerBits
    private static let rankMax: UInt8 = 63

    // Actors come one by one into `recent` where they are counted, and as sorted runs where cells
    // are read and merged; together they are the set, and no actor is in both.
    private var sorted: [UInt128] = []
    private var recent = OpenTable<UInt128, Void>()
    private var registers: [UInt8] = []

    public init() {}

    /// Whether `count` is exact.
    public var isExact: Bool { registers.isEmpty }

    /// Whether nobody is in the set.
    public var isEmpty: Bool { registers.isEmpty && exactCount == 0 }

    /// The pseudonyms in ascending order, where the set is exact.
    public var members: [UInt128]? { isExact ? ascending : nil }

    private var exactCount: Int { sorted.count + recent.count }

    private var ascending: [UInt128] {
        if recent.isEmpty { return sorted }
        var run: [UInt128] = []
        run.reserveCapacity(recent.count)
        recent.forEach { actor, _ in run.append(actor) }
        run.sort()
        return sorted.isEmpty ? run : Self.union(sorted, run)
    }

    public static func == (a: ActorSet, b: ActorSet) -> Bool {
        if a.registers != b.registers || a.exactCount != b.exactCount { return false }
        return a.ascending == b.ascending
    }

    /// Adds `actor`; 0 (no value) is nobody.
    public mutating func insert(_ actor: UInt128) {
        guard actor != 0 else { return }
        if registers.isEmpty {
            if !sorted.isEmpty, Self.holds(sorted, actor) { return }
            recent.insert(actor)
            if exactCount > Self.exactMax { sketch() }
        } else {
            registers.withUnsafeMutableBufferPointer { Self.absorb(actor, $0) }
        }
    }

    public mutating func merge(_ other: ActorSet) {
        if other.isEmpty { return }
        if isEmpty {
            self = other
            return
        }
        if registers.isEmpty, other.registers.isEmpty {
            sorted = Self.union(ascending, other.ascending)
            recent.removeAll()
            if exactCount > Self.exactMax { sketch() }
            return
        }
        if registers.isEmpty { sketch() }
        registers.withUnsafeMutableBufferPointer { registers in
            other.forEachExact { Self.absorb($0, registers) }
            for (index, rank) in other.registers.enumerated() where rank > registers[index] {
                registers[index] = rank
            }
        }
    }

    /// Two ascending runs as one, without what is in both twice.
    private static func union(_ a: [UInt128], _ b: [UInt128]) -> [UInt128] {
        [UInt128](unsafeUninitializedCapacity: a.count + b.count) { out, count in
            var (i, j) = (0, 0)
            while i < a.count, j < b.count {
                let (x, y) = (a[i], b[j])
                out.initializeElement(at: count, to: min(x, y))
                count += 1
                if x <= y { i += 1 }
                if y <= x { j += 1 }
            }
            for rest in a[i...] {
                out.initializeElement(at: count, to: rest)
                count += 1
            }
            for rest in b[j...] {
                out.initializeElement(at: count, to: rest)
                count += 1
            }
        }
    }

    /// Whether the ascending `run` holds `actor`.
    private static func holds(_ run: [UInt128], _ actor: UInt128) -> Bool {
        var (low, high) = (0, run.count)
        while low < high {
            let middle = (low + high) / 2
            if run[middle] < actor { low = middle + 1 } else { high = middle }
        }
        return low < run.count && run[low] == actor
    }

    @inline(__always)
    private func forEachExact(_ body: (UInt128) -> Void) {
        for actor in sorted { body(actor) }
        recent.forEach { actor, _ in body(actor) }
    }

    /// The number of distinct actors; estimated (1.6 % standard error) where not exact.
    public var count: Int {
        if registers.isEmpty { return exactCount }
        var sum = 0.0
        var zeros = 0
        for value in registers {
            // Powers of two are exact in floating point, so the sum is equal on every machine.
            sum += 1.0 / Double(UInt64(1) << UInt64(value))
            if value == 0 { zeros += 1 }
        }
        let m = Double(Self.registerCount)
        let raw = 0.7213 / (1 + 1.079 / m) * m * m / sum
        if raw <= 2.5 * m, zeros > 0 {
            return Int((m * Self.naturalLog(m / Double(zeros))).rounded())
        }
        return Int(raw.rounded())
    }

    private mutating func sketch() {
        var sketch = [UInt8](repeating: 0, count: Self.registerCount)
        sketch.withUnsafeMutableBufferPointer { sketch in forEachExact { Self.absorb($0, sketch) } }
        registers = sketch
        sorted = []
        recent.removeAll()
    }

    @inline(__always)
    private static func absorb(_ actor: UInt128, _ registers: UnsafeMutableBufferPointer<UInt8>) {
        let high = UInt64(truncatingIfNeeded: actor >> 64)
        let low = UInt64(truncatingIfNeeded: actor)
        let index = Int(high >> UInt64(64 - registerBits))
        let rank = UInt8(min(Int(rankMax), low.leadingZeroBitCount + 1))
        if rank > registers[index] { registers[index] = rank }
    }

    /// ln x by argument halving and the atanh series: no libm, equal on every machine.
    private static func naturalLog(_ x: Double) -> Double {
        var value = x
        var twos = 0.0
        while value > 1.5 {
            value /= 2
            twos += 1
        }
        let z = (value - 1) / (value + 1)
        var term = z
        var sum = 0.0
        for k in 0..<40 {
            sum += term / Double(2 * k + 1)
            term *= z * z
        }
        return 2 * sum + twos * 0.693_147_180_559_945_3
    }

    /// Appends an encoding that depends only on the elements.
    public func encode(to writer: inout ByteWriter) {
        writer.byte(isExact ? 0 : 1)
        if isExact {
            writer.count(exactCount)
            for actor in ascending { writer.wide(actor) }
        } else {
            for value in registers { writer.byte(value) }
        }
    }

    public init(from reader: inout ByteReader) throws {
        switch try reader.byte() {
        case 0:
            let count = try reader.count(ofWidth: 16)
            guard count <= Self.exactMax else { throw reader.malformed }
            sorted = try reader.wides(count)
            var last: UInt128 = 0
            for actor in sorted {
                guard actor > last else { throw reader.malformed }
                last = actor
            }
        case 1:
            registers = try reader.bytes(Self.registerCount)
            guard registers.allSatisfy({ $0 <= Self.rankMax }) else { throw reader.malformed }
        default: throw reader.malformed
        }
    }
}
