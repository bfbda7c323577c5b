import IdentityModel
import Measures

/// What scoring counted of one source and dialect in the period.
public struct SourceFigures: Sendable, Equatable {
    /// Events that joined an attempt by their actor.
    public var joinedByActor: UInt64 = 0
    /// echo, sso, chained, unanchored, noise.
    public var setAside: [String: UInt64] = [:]
    /// Attempts of other populations, by the source of their first event.
    public var keptOut: [ActorKind: UInt64] = [:]

    public init() {}

    /// A source by its name, and the dialect that read it.
    public struct Place: Hashable, Sendable, Comparable {
        public var source: String
        public var dialect: String
        public init(source: String, dialect: String) {
            self.source = source
            self.dialect = dialect
        }

        public static func < (a: Self, b: Self) -> Bool { (a.source, a.dialect) < (b.source, b.dialect) }
    }

    /// The figures that `query` asks for out of `cell`, whose sources are called `names`.
    public static func byPlace(
        _ cell: SourceCell, _ query: CardQuery, names: [UInt32: String]
    ) -> [Place: SourceFigures] {
        var found: [Place: SourceFigures] = [:]
        for (key, amount) in cell.counts.counts where query.hours.contains(key.hour) {
            let place = Place(source: names[key.source] ?? "", dialect: key.dialect.string)
            switch key.count {
            case .joinedByActor: found[place, default: SourceFigures()].joinedByActor += amount
            case .aside(let kind):
                found[place, default: SourceFigures()].setAside[kind.rawValue, default: 0] += amount
            case .attempts(let kind):
                if query.includes(kind) { continue }
                found[place, default: SourceFigures()].keptOut[kind, default: 0] += amount
            }
        }
        return found
    }
}

/// Integrity counters of one source and dialect.
public struct SourceRow: Sendable {
    public var source: String
    public var dialect: String
    /// Counters by name, in the order of the JSON; they cover the life of the store.
    public var counts: [(String, Int)]
    /// What scoring counted; bounded by the period.
    public var figures: SourceFigures
    /// Whether the source shows its proxy's address instead of the visitors'.
    public var isProxyHidden = false

    public init(
        source: String, dialect: String, counts: [(String, Int)], figures: SourceFigures = SourceFigures()
    ) {
        self.source = source
        self.dialect = dialect
        self.counts = counts
        self.figures = figures
    }
}

/// How much history lies before the card's period: whom a rule set knows to be familiar rests on it.
public struct CardHistory: Sendable, Equatable {
    /// Whole days.
    public var days: Int64
    /// Whether that is too little to know who is familiar.
    public var isThin: Bool

    /// `hours` of history, of which fewer than `hoursMin` are thin.
    public init(hours: Int64, hoursMin: Int64) {
        days = hours / 24
        isThin = hours < hoursMin
    }
}

/// A rule, or the identity provider's own block, and what it costs genuine people.
public struct SignalCost: Sendable, Equatable {
    /// Who marks: a rule of security, or the identity provider itself.
    public enum Source: String, Sendable {
        case rule, idp
    }

    /// The name under which the identity provider's own blocks are shown.
    public static let providerBlock = "idp_block"

    public var rule: String
    public var source: Source
    public var totals: SignalTotals

    /// The share of genuine-looking attempts, with its interval.
    public var share: Estimate? { .proportion(totals.genuineLooking, of: totals.attempts) }

    /// The costs in `threats`: rules by name, then the provider's blocks.
    static func all(_ threats: [ThreatTotals]) -> [SignalCost] {
        let sum = threats.reduce(into: ThreatTotals()) { $0.merge($1) }
        var costs = sum.signals.sorted { $0.key < $1.key }.map {
            SignalCost(rule: $0.key, source: .rule, totals: $0.value)
        }
        if sum.providerBlocks.attempts > 0 {
            costs.append(SignalCost(rule: providerBlock, source: .idp, totals: sum.providerBlocks))
        }
        return costs
    }
}
