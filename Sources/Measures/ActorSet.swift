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

    private var exact: Set<UInt128> = []
    private var registers: [UInt8] = []

    public init() {}

    /// Whether `count` is exact.
    public var isExact: Bool { registers.isEmpty }

    /// Whether nobody is in the set.
    public var isEmpty: Bool { registers.isEmpty && exact.isEmpty }

    /// The pseudonyms, where the set is exact.
    public var members: Set<UInt128>? { isExact ? exact : nil }

    /// Adds `actor`; 0 (no value) is nobody.
    public mutating func insert(_ actor: UInt128) {
        guard actor != 0 else { return }
        if registers.isEmpty {
            exact.insert(actor)
            if exact.count > Self.exactMax { sketch() }
        } else {
            absorb(actor)
        }
    }

    public mutating func merge(_ other: ActorSet) {
        if registers.isEmpty, other.registers.isEmpty {
            exact.formUnion(other.exact)
            if exact.count > Self.exactMax { sketch() }
            return
        }
        if registers.isEmpty { sketch() }
        for actor in other.exact { absorb(actor) }
        for (index, value) in other.registers.enumerated() where value > registers[index] {
            registers[index] = value
        }
    }

    /// The number of distinct actors; estimated (1.6 % standard error) where not exact.
    public var count: Int {
        if registers.isEmpty { return exact.count }
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
        registers = [UInt8](repeating: 0, count: Self.registerCount)
        for actor in exact { absorb(actor) }
        exact = []
    }

    private mutating func absorb(_ actor: UInt128) {
        let high = UInt64(truncatingIfNeeded: actor >> 64)
        let low = UInt64(truncatingIfNeeded: actor)
        let index = Int(high >> UInt64(64 - Self.registerBits))
        let rank = UInt8(min(Int(Self.rankMax), low.leadingZeroBitCount + 1))
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
            writer.count(exact.count)
            for actor in exact.sorted() { writer.wide(actor) }
        } else {
            for value in registers { writer.byte(value) }
        }
    }

    public init(from reader: inout ByteReader) throws {
        switch try reader.byte() {
        case 0:
            let count = try reader.count(ofWidth: 16)
            guard count <= Self.exactMax else { throw reader.malformed }
            exact.reserveCapacity(count)
            for _ in 0..<count {
                let actor = try reader.wide()
                guard actor != 0, exact.insert(actor).inserted else { throw reader.malformed }
            }
        case 1:
            registers.reserveCapacity(Self.registerCount)
            for _ in 0..<Self.registerCount {
                let rank = try reader.byte()
                guard rank <= Self.rankMax else { throw reader.malformed }
                registers.append(rank)
            }
        default: throw reader.malformed
        }
    }
}
