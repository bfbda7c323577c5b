import IdentityModel

/// What the security analyzer counts of one journey's matured suspect attempts.
public struct ThreatTotals: Mergeable {
    /// By `AttemptResult.rawValue`.
    public var results: [UInt64] = [0, 0, 0, 0]
    public var takeover: UInt64 = 0
    public var tries: UInt64 = 0
    /// Suspect attempts by the signal's name; an attempt counts once for each of its signals.
    public var bySignal: [String: UInt64] = [:]

    public init() {}

    public mutating func merge(_ other: ThreatTotals) {
        for index in results.indices { results[index] += other.results[index] }
        takeover += other.takeover
        tries += other.tries
        bySignal.merge(other.bySignal, uniquingKeysWith: +)
    }
}

/// The security analyzer's partial result for one slice and journey, by hour and kind
/// (the traffic class is always `.suspect`).
public struct ThreatCell: Mergeable {
    public var totals: [CellKey: ThreatTotals] = [:]

    private static let version: UInt8 = 1

    public init() {}

    public mutating func merge(_ other: ThreatCell) {
        for (key, value) in other.totals { totals[key, default: ThreatTotals()].merge(value) }
    }

    /// The cell as bytes, which depend only on its value.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(Self.version)
        writer.count(totals.count)
        for (key, value) in totals.sorted(by: { $0.key < $1.key }) {
            key.encode(to: &writer)
            for count in value.results + [value.takeover, value.tries] { writer.unsigned(count) }
            writer.count(value.bySignal.count)
            for (name, count) in value.bySignal.sorted(by: { $0.key < $1.key }) {
                writer.text(name)
                writer.unsigned(count)
            }
        }
        return writer.bytes
    }

    /// The cell that `bytes` encode.
    public init(encoded bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        guard try reader.byte() == Self.version else { throw ByteReader.Malformed(offset: 0) }
        for _ in 0..<(try reader.count(ofWidth: 3)) {
            let key = try CellKey(from: &reader)
            var value = ThreatTotals()
            for index in value.results.indices { value.results[index] = try reader.amount() }
            value.takeover = try reader.amount()
            value.tries = try reader.amount()
            for _ in 0..<(try reader.count(ofWidth: 2)) {
                let name = try reader.text()
                value.bySignal[name] = try reader.amount()
            }
            totals[key] = value
        }
        guard reader.isAtEnd else { throw reader.malformed }
    }
}
