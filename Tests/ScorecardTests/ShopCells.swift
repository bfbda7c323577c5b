import IdentityModel
import Measures
import Scorecard

/// The hour that the tests' time begins with: 2026-03-01T00:00:00Z.
let dawnHour: Int64 = 492_312

/// Cells as a test writes them: hours count from the beginning of the tests' time.
struct ShopCells {
    var cells = CardCells()
    private let catalog = JourneyCatalog()

    /// Adds matured attempts: completed, failed, denied, abandoned.
    mutating func add(
        _ journey: JourneyID, _ results: [UInt64], hour: Int64 = 0, kind: ActorKind = .customer,
        suspect: Bool = false, familiar: Bool = false, takeover: UInt64 = 0, genuineLooking: UInt64 = 0,
        signal: String = "stuffing",
        _ change: (inout ImpactTotals) -> Void = { _ in }
    ) {
        var totals = ImpactTotals()
        totals.results = results
        change(&totals)
        let key = CellKey(hour: dawnHour + hour, kind: kind, traffic: !suspect ? .genuine : familiar ? .familiarSuspect : .suspect)
        cells.impact[journey, default: ImpactCell()].totals[key, default: ImpactTotals()].merge(
            totals)
        guard suspect else { return }
        var threat = ThreatTotals()
        threat.results = results
        threat.takeover = takeover
        threat.signals[signal] = SignalTotals(
            attempts: results.reduce(0, +), takeover: takeover, genuineLooking: genuineLooking)
        let threatKey = CellKey(hour: dawnHour + hour, kind: kind, traffic: .suspect)
        cells.threat[journey, default: ThreatCell()].totals[threatKey, default: ThreatTotals()]
            .merge(threat)
    }

    /// Adds the actors of an hour.
    mutating func addActors(
        _ journey: JourneyID, hour: Int64 = 0, kind: ActorKind = .customer,
        _ change: (inout ActorTotals) -> Void
    ) {
        let key = CellKey(hour: dawnHour + hour, kind: kind, traffic: .genuine)
        change(&cells.impact[journey, default: ImpactCell()].actors[key, default: ActorTotals()])
    }

    /// Adds attempts that have not matured.
    mutating func addOpen(
        _ journey: JourneyID, _ open: UInt64, completed: UInt64, hour: Int64 = 0,
        kind: ActorKind = .customer
    ) {
        var totals = OpenTotals()
        totals.open = open
        totals.completed = completed
        let key = CellKey(hour: dawnHour + hour, kind: kind, traffic: .genuine)
        cells.impact[journey, default: ImpactCell()].open[key, default: OpenTotals()].merge(totals)
    }

    /// Notes that a source shows the steps called `names`; all steps where none is named.
    mutating func show(_ journey: JourneyID, _ names: String...) {
        for (rank, step) in catalog[journey].steps.enumerated()
        where names.isEmpty || names.contains(step) {
            cells.impact[journey, default: ImpactCell()].stepsShown |= 1 << UInt16(rank)
        }
    }

    /// The card of `hours`, counted from the beginning of the tests' time.
    func card(
        hours: Range<Int64> = 0..<24, journey: JourneyID? = nil, population: ActorKind = .customer
    ) -> Card {
        let absolute = dawnHour + hours.lowerBound..<dawnHour + hours.upperBound
        return Card(
            CardQuery(hours: absolute, journey: journey, population: population), cells: cells,
            catalog: catalog)
    }
}

extension Card {
    /// The figures of `journey`.
    func figures(_ journey: JourneyID) -> JourneyFigures? {
        journeys.first { $0.journey == journey }
    }

    /// The pair called `id`.
    func pair(_ id: String) -> Pair? { pairs.values.joined().first { $0.id == id } }
}

extension PairHalf {
    /// A figure that stands beside the metric.
    func also(_ name: String) -> Double? { also.first { $0.0 == name }?.1 }
}

extension ActorSet {
    init(_ actors: some Sequence<UInt128>) {
        self.init()
        for actor in actors { insert(actor) }
    }
}
