import IdentityModel

/// Attempts that a signal marks, or that the identity provider blocked, and what they look like.
public struct SignalTotals: Mergeable {
    public var attempts: UInt64 = 0
    /// Those whose completing event is itself marked, by whichever signal.
    public var takeover: UInt64 = 0
    /// Those that look like genuine people's.
    public var genuineLooking: UInt64 = 0

    public init() {}

    public init(attempts: UInt64, takeover: UInt64 = 0, genuineLooking: UInt64 = 0) {
        self.attempts = attempts
        self.takeover = takeover
        self.genuineLooking = genuineLooking
    }

    public mutating func merge(_ other: SignalTotals) {
        attempts += other.attempts
        takeover += other.takeover
        genuineLooking += other.genuineLooking
    }

    func encode(to writer: inout ByteWriter) {
        for count in [attempts, takeover, genuineLooking] { writer.unsigned(count) }
    }

    init(from reader: inout ByteReader) throws {
        attempts = try reader.amount()
        takeover = try reader.amount()
        genuineLooking = try reader.amount()
    }
}

/// What the security analyzer counts of one journey's matured attempts: the suspect ones, and those
/// that the identity provider itself blocked.
public struct ThreatTotals: Mergeable {
    /// Suspect attempts by `AttemptResult.rawValue`.
    public var results: [UInt64] = [0, 0, 0, 0]
    public var takeover: UInt64 = 0
    public var tries: UInt64 = 0
    /// Suspect attempts by the signal's name; an attempt counts once for each of its signals.
    public var signals: [String: SignalTotals] = [:]
    /// Attempts that the identity provider's own block ended, suspect or not.
    public var providerBlocks = SignalTotals()

    public init() {}

    /// Suspect attempts by the signal's name.
    public var bySignal: [String: UInt64] { signals.mapValues(\.attempts) }

    public mutating func merge(_ other: ThreatTotals) {
        for index in results.indices { results[index] += other.results[index] }
        takeover += other.takeover
        tries += other.tries
        for (name, totals) in other.signals { signals[name, default: SignalTotals()].merge(totals) }
        providerBlocks.merge(other.providerBlocks)
    }

    fileprivate func encode(to writer: inout ByteWriter) {
        for count in results + [takeover, tries] { writer.unsigned(count) }
        providerBlocks.encode(to: &writer)
        writer.count(signals.count)
        for (name, totals) in signals.sorted(by: { $0.key < $1.key }) {
            writer.text(name)
            totals.encode(to: &writer)
        }
    }

    fileprivate init(from reader: inout ByteReader) throws {
        for index in results.indices { results[index] = try reader.amount() }
        takeover = try reader.amount()
        tries = try reader.amount()
        providerBlocks = try SignalTotals(from: &reader)
        for _ in 0..<(try reader.count(ofWidth: 4)) {
            let name = try reader.text()
            signals[name] = try SignalTotals(from: &reader)
        }
    }
}

/// The security analyzer's partial result for one slice and journey, by hour and kind
/// (the traffic class is always `.suspect`).
public struct ThreatCell: Mergeable {
    public var totals: [CellKey: ThreatTotals] = [:]

    /// Version 1 held no more of a signal than how many attempts it marks.
    private static let version: UInt8 = 2

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
            value.encode(to: &writer)
        }
        return writer.bytes
    }

    /// The cell that `bytes` encode.
    public init(encoded bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        guard try reader.byte() == Self.version else { throw ByteReader.Malformed(offset: 0) }
        for _ in 0..<(try reader.count(ofWidth: 3)) {
            let key = try CellKey(from: &reader)
            totals[key] = try ThreatTotals(from: &reader)
        }
        guard reader.isAtEnd else { throw reader.malformed }
    }
}
