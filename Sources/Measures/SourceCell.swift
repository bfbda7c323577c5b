import IdentityModel

/// What is counted per source beside what readers tally.
public enum SourceCount: Hashable, Sendable {
    /// Events that joined an attempt by their actor.
    case joinedByActor
    /// Completions that are no attempts, by the source of the event; noise by that of its first.
    case aside(SetAsideKind)
    /// Attempts of an actor kind, by the source of their first event; noise not among them.
    case attempts(ActorKind)

    private static let asides = SetAsideKind.allCases
    private static let attemptsBase: UInt8 = 8

    /// The count as a number from 1 to 127.
    public var code: UInt8 {
        switch self {
        case .joinedByActor: 1
        case .aside(let kind): 2 + UInt8(Self.asides.firstIndex(of: kind) ?? 0)
        case .attempts(let kind): Self.attemptsBase + kind.rawValue
        }
    }

    /// The count whose number is `code`; nil where none has it.
    public init?(code: UInt8) {
        switch code {
        case 1: self = .joinedByActor
        case 2..<2 + UInt8(Self.asides.count): self = .aside(Self.asides[Int(code - 2)])
        default:
            guard code >= Self.attemptsBase, let kind = ActorKind(rawValue: code - Self.attemptsBase)
            else { return nil }
            self = .attempts(kind)
        }
    }
}

/// A count of one source and dialect in an hour.
public struct SourceKey: Hashable, Sendable, Comparable {
    public var count: SourceCount
    /// Whole UTC hours since 1970: of the event, or of the attempt's first event.
    public var hour: Int64
    /// The store's number of the source.
    public var source: UInt32
    public var dialect: ExactText

    public init(_ count: SourceCount, hour: Int64, source: UInt32, dialect: String) {
        self.count = count
        self.hour = hour
        self.source = source
        self.dialect = ExactText(dialect)
    }

    public static func < (a: Self, b: Self) -> Bool {
        (a.hour, a.source, a.dialect, a.count.code) < (b.hour, b.source, b.dialect, b.count.code)
    }
}

/// What scoring counts per source in one slice, all journeys together.
public struct SourceCell: Mergeable {
    public var counts = Tally<SourceKey>()

    private static let version: UInt8 = 1

    public init() {}

    public mutating func merge(_ other: SourceCell) { counts.merge(other.counts) }

    /// The cell as bytes, which depend only on its value.
    ///
    ///     version │ dialects │ hour − hour before, source, dialect, count, amount │ …
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(Self.version)
        let dialects = Set(counts.counts.keys.map(\.dialect)).sorted()
        let places = Dictionary(dialects.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { $1 })
        writer.count(dialects.count)
        for dialect in dialects { writer.text(dialect.string) }
        writer.count(counts.counts.count)
        var last: Int64 = 0
        for (key, amount) in counts.counts.sorted(by: { $0.key < $1.key }) {
            writer.signed(key.hour &- last)
            last = key.hour
            writer.unsigned(UInt64(key.source))
            writer.count(places[key.dialect] ?? 0)
            writer.byte(key.count.code)
            writer.unsigned(amount)
        }
        return writer.bytes
    }

    /// The cell that `bytes` encode.
    public init(encoded bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        guard try reader.byte() == Self.version else { throw ByteReader.Malformed(offset: 0) }
        var dialects: [String] = []
        for _ in 0..<(try reader.count(ofWidth: 1)) { dialects.append(try reader.text()) }
        var hour: Int64 = 0
        for _ in 0..<(try reader.count(ofWidth: 5)) {
            hour &+= try reader.signed()
            guard let source = UInt32(exactly: try reader.unsigned()) else { throw reader.malformed }
            let dialect = try reader.count()
            guard dialect < dialects.count, let count = SourceCount(code: try reader.byte()) else {
                throw reader.malformed
            }
            let key = SourceKey(count, hour: hour, source: source, dialect: dialects[dialect])
            counts.counts[key] = try reader.amount()
        }
        guard reader.isAtEnd else { throw reader.malformed }
    }
}
