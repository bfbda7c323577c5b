import IdentityModel
import Measures

/// What a scorecard is asked for.
public struct CardQuery: Sendable {
    /// Whole UTC hours since 1970, half open; bounds the first event of an attempt.
    public var hours: Range<Int64>
    /// The journey shown; nil shows all.
    public var journey: JourneyID?
    public var population: ActorKind
    public var lens: String

    public init(hours: Range<Int64>, journey: JourneyID? = nil, population: ActorKind = .customer, lens: String = "shared") {
        self.hours = hours
        self.journey = journey
        self.population = population
        self.lens = lens
    }

    /// Whether attempts of `kind` belong to the population; where no source says who acts, it is a customer.
    func includes(_ kind: ActorKind) -> Bool {
        kind == population || (kind == .unknown && population == .customer)
    }
}

/// The cells that a scorecard is made of, merged over all slices of the store.
public struct CardCells: Sendable {
    public var impact: [JourneyID: ImpactCell] = [:]
    public var threat: [JourneyID: ThreatCell] = [:]

    public init() {}
}

/// One journey's figures in the period, as DESIGN's JSON names them.
public struct JourneyFigures: Sendable {
    public var journey: JourneyID
    public var all = ImpactTotals()
    public var genuine = ImpactTotals()
    public var suspect = ThreatTotals()
    public var open = OpenTotals()
    public var actors = ActorTotals()
    /// Bits of the step ranks that any source ever showed.
    public var stepsShown: UInt16 = 0

    init(journey: JourneyID) { self.journey = journey }

    public var attempts: UInt64 { all.matured + open.open }
    /// Whether any source ever showed an event of `step`.
    public func shows(step: UInt8) -> Bool { stepsShown >> UInt16(step) & 1 == 1 }
    public var suspects: UInt64 { suspect.results.reduce(0, +) }
}

/// A scorecard: every journey's figures and pairs, support contacts and integrity.
public struct Card: Sendable {
    public var query: CardQuery
    public var catalog: JourneyCatalog
    public var journeys: [JourneyFigures]
    public var pairs: [JourneyID: [Pair]] = [:]
    public var contacts: [JourneyID: UInt64]
    public var contactsTotal: UInt64
    /// Whether any source ever showed a support contact.
    public var showsSupport: Bool
    /// echo, sso, chained, unanchored, noise.
    public var setAside: [String: UInt64]
    /// Attempts of other populations.
    public var keptOut: [ActorKind: UInt64]
    public var activeActors: ActorSet
    public var sources: [SourceRow] = []

    /// The kinds of completions that are no attempts, in the order of the JSON.
    public static let setAsideKinds = SetAsideKind.allCases.map(\.rawValue)

    /// Reads the figures that `query` asks for out of `cells`.
    public init(_ query: CardQuery, cells: CardCells, catalog: JourneyCatalog) {
        self.query = query
        self.catalog = catalog
        var setAside: [String: UInt64] = [:]
        var keptOut: [ActorKind: UInt64] = [:]
        var active = ActorSet()
        var factors = FactorHolders()
        journeys = []
        for journey in catalog.attemptJourneys {
            let cell = cells.impact[journey] ?? ImpactCell()
            let figures = JourneyFigures(journey, query, cell, cells.threat[journey] ?? ThreatCell(), &keptOut)
            active.merge(figures.actors.attempted)
            factors.absorb(cell, query)
            if query.journey == nil || query.journey == journey { journeys.append(figures) }
        }
        for cell in cells.impact.values {
            for (key, count) in cell.setAside.counts where query.hours.contains(key.hour) {
                setAside[key.kind.rawValue, default: 0] += count
            }
        }
        var contacts: [JourneyID: UInt64] = [:]
        let support = cells.impact[.support]?.contacts.counts ?? [:]
        for (key, count) in support where query.hours.contains(key.hour) {
            // A topic whose journey is no longer declared belongs to none.
            let isKnown = Int(key.journey.rawValue) < catalog.journeys.count
            contacts[isKnown ? key.journey : .none, default: 0] += count
        }
        self.contacts = contacts
        contactsTotal = contacts.values.reduce(0, +)
        showsSupport = !support.isEmpty
        self.setAside = setAside
        self.keptOut = keptOut
        activeActors = active
        let allFigures = Dictionary(
            uniqueKeysWithValues: catalog.attemptJourneys.map {
                var ignored: [ActorKind: UInt64] = [:]
                return ($0, JourneyFigures($0, query, cells.impact[$0] ?? ImpactCell(), cells.threat[$0] ?? ThreatCell(), &ignored))
            })
        let context = PairContext(
            figures: allFigures, cells: cells, query: query, catalog: catalog, activeActors: UInt64(active.count),
            contacts: contacts, showsSupport: showsSupport, factors: factors)
        for figures in journeys { pairs[figures.journey] = context.pairs(of: figures.journey) }
    }
}

extension JourneyFigures {
    fileprivate init(
        _ journey: JourneyID, _ query: CardQuery, _ cell: ImpactCell, _ threat: ThreatCell,
        _ keptOut: inout [ActorKind: UInt64]
    ) {
        self.init(journey: journey)
        stepsShown = cell.stepsShown
        for (key, totals) in cell.totals where query.hours.contains(key.hour) {
            guard query.includes(key.kind) else {
                keptOut[key.kind, default: 0] += totals.matured
                continue
            }
            all.merge(totals)
            if key.traffic == .genuine { genuine.merge(totals) }
        }
        for (key, totals) in cell.open where query.hours.contains(key.hour) {
            guard query.includes(key.kind) else {
                keptOut[key.kind, default: 0] += totals.open
                continue
            }
            open.merge(totals)
        }
        for (key, totals) in cell.actors where query.hours.contains(key.hour) && query.includes(key.kind) {
            actors.merge(totals)
        }
        for (key, totals) in threat.totals where query.hours.contains(key.hour) && query.includes(key.kind) {
            suspect.merge(totals)
        }
    }
}

/// Who holds a second factor by the end of the period: used at a login of the period, or enrolled
/// up to its end and not since removed.
struct FactorHolders: Sendable {
    private(set) var used = ActorSet()
    /// Factors won and lost, by hour.
    private var changes: [Int64: ActorTotals] = [:]

    mutating func absorb(_ cell: ImpactCell, _ query: CardQuery) {
        for (key, totals) in cell.actors where query.includes(key.kind) && key.hour < query.hours.upperBound {
            if query.hours.contains(key.hour) { used.merge(totals.usedFactor) }
            if !totals.enrolledFactor.isEmpty || !totals.removedFactor.isEmpty {
                changes[key.hour, default: ActorTotals()].merge(totals)
            }
        }
    }

    /// Whether any source ever showed a factor in use, won or lost.
    var isObserved: Bool { !used.isEmpty || !changes.isEmpty }

    /// How many of `actors` hold a factor; nil where a set is too large to be intersected exactly.
    func holders(among actors: ActorSet) -> UInt64? {
        guard let population = actors.members, let used = used.members else { return nil }
        var enrolled: Set<UInt128> = []
        for (_, totals) in changes.sorted(by: { $0.key < $1.key }) {
            guard let won = totals.enrolledFactor.members, let lost = totals.removedFactor.members
            else { return nil }
            // Within one hour a removal counts before an enrolment: a factor that is replaced stays held.
            enrolled.subtract(lost)
            enrolled.formUnion(won)
        }
        return UInt64(population.filter { used.contains($0) || enrolled.contains($0) }.count)
    }
}

/// Integrity counters of one source and dialect.
public struct SourceRow: Sendable {
    public var source: String
    public var dialect: String
    /// Counters by name, in the order of the JSON.
    public var counts: [(String, Int)]

    public init(source: String, dialect: String, counts: [(String, Int)]) {
        self.source = source
        self.dialect = dialect
        self.counts = counts
    }
}
