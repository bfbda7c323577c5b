import Attempts
import IdentityModel
import Measures

/// The product analyzer: matured attempts and single events → what people met, as cells.
///
/// Of the security analyzer it sees one thing: the set of signals that an attempt carries.
public struct ImpactAnalyzer: Sendable {
    public let catalog: JourneyCatalog
    /// Cells by slice and journey.
    public private(set) var cells: [SliceJourney: ImpactCell] = [:]
    private var breakdowns: [SliceJourney: [Breakdown: UInt64]] = [:]

    /// A slice's cell of a journey.
    public struct SliceJourney: Hashable, Sendable {
        public var slice: Int64
        public var journey: JourneyID
        public init(slice: Int64, journey: JourneyID) {
            self.slice = slice
            self.journey = journey
        }
    }

    /// All dimensions of an attempt at once; unfolded into marginals when a cell is closed.
    fileprivate struct Breakdown: Hashable {
        var cell: CellKey
        var result: Int
        var client: UInt32
        var segments: UInt32
        var dialect: UInt32
        var userAgentClass: UserAgentClass
        var method: AuthMethod
    }

    public init(catalog: JourneyCatalog) { self.catalog = catalog }

    /// Counts a matured attempt in its emitting slice.
    public mutating func absorb(_ attempt: Attempt, slice: Int64) {
        let place = SliceJourney(slice: slice, journey: attempt.journey)
        let hour = Timestamp.slice(attempt.firstAt)
        if attempt.isNoise {
            cells[place, default: ImpactCell()].setAside.add(SetAsideKey(kind: .noise, hour: hour))
            return
        }
        let key = CellKey(
            hour: hour, kind: attempt.actorKind, traffic: attempt.isSuspect ? .suspect : .genuine)
        cells[place, default: ImpactCell()].count(attempt, key)
        let breakdown = Breakdown(
            cell: key, result: attempt.result.rawValue, client: attempt.client,
            segments: attempt.segments, dialect: attempt.dialect,
            userAgentClass: attempt.userAgentClass, method: attempt.method)
        breakdowns[place, default: [:]][breakdown, default: 0] += 1
    }

    /// Counts an attempt that has not matured, in the cell of `slice`.
    public mutating func absorbOpen(_ attempt: Attempt, slice: Int64) {
        let place = SliceJourney(slice: slice, journey: attempt.journey)
        let hour = Timestamp.slice(attempt.firstAt)
        if attempt.isNoise {
            cells[place, default: ImpactCell()].setAside.add(SetAsideKey(kind: .noise, hour: hour))
            return
        }
        let key = CellKey(hour: hour, kind: attempt.actorKind, traffic: .genuine)
        // The step of an event of an MFA-only source is settled only with its attempt.
        cells[place, default: ImpactCell()].stepsShown |= attempt.stepsReached
        cells[place, default: ImpactCell()].open[key, default: OpenTotals()].open += 1
        if attempt.completedAt != nil {
            cells[place, default: ImpactCell()].open[key, default: OpenTotals()].completed += 1
        }
        cells[place, default: ImpactCell()].addActors(of: attempt, hour: hour, isMatured: false)
    }

    /// Counts a completion that is no attempt.
    public mutating func absorb(_ kind: SetAside, journey: JourneyID, at: Int64) {
        let hour = Timestamp.slice(at)
        let place = SliceJourney(slice: hour, journey: journey)
        cells[place, default: ImpactCell()].setAside.add(SetAsideKey(kind: kind.counted, hour: hour))
    }

    /// Counts an event of a journey without attempts: support contacts, factors won and lost.
    public mutating func absorb(_ event: Observation) {
        let hour = Timestamp.slice(event.at)
        if event.journey == .support, event.step == 0 {
            let place = SliceJourney(slice: hour, journey: .support)
            cells[place, default: ImpactCell()].contacts.add(ContactKey(journey: event.topic, hour: hour))
        } else if event.journey == .account, event.outcome == .success, event.actor != 0 {
            let isAdded = event.step == catalog.step(named: "factor_added", of: .account)
            guard isAdded || event.step == catalog.step(named: "factor_removed", of: .account) else { return }
            let place = SliceJourney(slice: hour, journey: .mfaEnrolment)
            let key = CellKey(hour: hour, kind: event.actorKind, traffic: .genuine)
            cells[place, default: ImpactCell()].addFactor(event.actor, key, isAdded: isAdded)
        }
    }

    /// Notes that `steps` (a bit per rank) of `journey` were shown by a source in `slice`.
    public mutating func noteShown(_ steps: UInt16, journey: JourneyID, slice: Int64) {
        cells[SliceJourney(slice: slice, journey: journey), default: ImpactCell()].stepsShown |= steps
    }

    /// Unfolds the breakdowns into the cells' marginals; call once, when all is absorbed.
    public mutating func close(texts: StringTable) {
        for (place, counts) in breakdowns {
            var cell = cells[place] ?? ImpactCell()
            for (breakdown, amount) in counts { cell.marginals.add(breakdown, amount, texts) }
            cell.marginals.bound()
            cells[place] = cell
        }
        breakdowns = [:]
    }
}

extension Marginals {
    fileprivate mutating func add(_ breakdown: ImpactAnalyzer.Breakdown, _ amount: UInt64, _ texts: StringTable) {
        func add(_ dimension: Dimension, _ value: String) {
            if value.isEmpty { return }
            let key = MarginalKey(cell: breakdown.cell, dimension: dimension, value: value)
            self.add(key, result: breakdown.result, amount)
        }
        add(.client, texts[breakdown.client])
        add(.dialect, texts[breakdown.dialect])
        add(.userAgentClass, breakdown.userAgentClass.word)
        add(.method, breakdown.method.word)
        for label in texts[breakdown.segments].split(separator: ";") { add(.segment, String(label)) }
    }
}

extension SetAside {
    /// The kind under which it is counted.
    fileprivate var counted: SetAsideKind {
        switch self {
        case .echo: .echo
        case .sso: .sso
        case .chained: .chained
        case .unanchored: .unanchored
        }
    }
}
