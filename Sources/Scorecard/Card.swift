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
    public var sources = SourceCell()

    public init() {}
}

/// One journey's figures in the period, as docs/json.md names them.
public struct JourneyFigures: Sendable {
    public var journey: JourneyID
    public var all = ImpactTotals()
    public var genuine = ImpactTotals()
    /// Suspect attempts that a familiar actor's event is part of.
    public var familiar = ImpactTotals()
    public var suspect = ThreatTotals()
    public var open = OpenTotals()
    public var actors = ActorTotals()
    /// Bits of the step ranks that any source ever showed.
    public var stepsShown: UInt16 = 0

    init(journey: JourneyID) { self.journey = journey }

    public var attempts: UInt64 { all.matured + open.open }
    /// Whether any source ever showed an event of `step`.
    public func shows(step: UInt8) -> Bool { stepsShown >> UInt16(step) & 1 == 1 }
    /// Genuine attempts with the familiar-looking suspects put back: the other end of an adjusted range.
    public var putBack: ImpactTotals {
        var totals = genuine
        totals.merge(familiar)
        return totals
    }
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
    /// What each rule marks and costs, over the journeys shown.
    public var signals: [SignalCost]
    /// Nil where the rules know no familiar people.
    public var history: CardHistory?

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
        var allFigures: [JourneyID: JourneyFigures] = [:]
        for journey in catalog.attemptJourneys {
            let cell = cells.impact[journey] ?? ImpactCell()
            let figures = JourneyFigures(journey, query, cell, cells.threat[journey] ?? ThreatCell(), &keptOut)
            allFigures[journey] = figures
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
        signals = SignalCost.all(journeys.map(\.suspect))
        activeActors = active
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
            switch key.traffic {
            case .genuine: genuine.merge(totals)
            case .familiarSuspect: familiar.merge(totals)
            case .suspect: break
            }
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
        // Within one hour a removal counts before an enrolment: a factor that is replaced stays held.
        var holders = OpenTable<UInt128, Void>()
        for (_, totals) in changes.sorted(by: { $0.key < $1.key }) {
            guard let won = totals.enrolledFactor.members, let lost = totals.removedFactor.members
            else { return nil }
            for actor in lost { holders.remove(actor) }
            for actor in won { holders.insert(actor) }
        }
        for actor in used { holders.insert(actor) }
        return UInt64(population.count { holders.contains($0) })
    }
}
