import IdentityModel

/// Where a count belongs: the hour of an attempt's first event, the actor kind, the traffic class.
public struct CellKey: Hashable, Sendable, Comparable {
    /// Whole UTC hours since 1970.
    public var hour: Int64
    public var kind: ActorKind
    public var traffic: TrafficClass

    public init(hour: Int64, kind: ActorKind, traffic: TrafficClass) {
        self.hour = hour
        self.kind = kind
        self.traffic = traffic
    }

    public static func < (a: CellKey, b: CellKey) -> Bool {
        (a.hour, a.kind.rawValue, a.traffic.rawValue) < (b.hour, b.kind.rawValue, b.traffic.rawValue)
    }

    func encode(to writer: inout ByteWriter) {
        writer.signed(hour)
        writer.byte(kind.rawValue)
        writer.byte(traffic.rawValue)
    }

    init(from reader: inout ByteReader) throws {
        hour = try reader.signed()
        guard let kind = ActorKind(rawValue: try reader.byte()),
            let traffic = TrafficClass(rawValue: try reader.byte())
        else { throw reader.malformed }
        self.kind = kind
        self.traffic = traffic
    }
}

/// Whether a signal marks any event of an attempt, and whether one of its actors is familiar.
public enum TrafficClass: UInt8, Sendable, CaseIterable {
    case genuine = 0
    case suspect = 1
    /// Suspect, but an event of it is of a familiar actor.
    case familiarSuspect = 2
}

/// Counts keyed by something, merged key by key.
public struct Tally<Key: Hashable & Sendable>: Mergeable {
    public var counts: [Key: UInt64] = [:]
    public init() {}
    public mutating func add(_ key: Key, _ amount: UInt64 = 1) { counts[key, default: 0] += amount }
    public mutating func merge(_ other: Self) { counts.merge(other.counts, uniquingKeysWith: +) }
    /// The count of `key`.
    public subscript(key: Key) -> UInt64 { counts[key] ?? 0 }
}
