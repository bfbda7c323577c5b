import Attempts
import IdentityModel
import Measures

/// The product analyzer: matured attempts and single events → what people met, as cells.
///
/// Of the security analyzer it sees one thing: the set of signals that an attempt carries.
public struct ImpactAnalyzer: Sendable {
    public let catalog: JourneyCatalog
    /// What is counted rarely, and the cells that were closed.
    private var settled: [SliceJourney: ImpactCell] = [:]
    private var counts = AttemptCounts()
    /// Completions that are no attempts, by slice, journey and kind.
    private var asides = OpenTable<UInt128, UInt64>()
    private let factorAdded: UInt8?
    private let factorRemoved: UInt8?

    /// A slice's cell of a journey.
    public struct SliceJourney: Hashable, Sendable {
        public var slice: Int64
        public var journey: JourneyID
        public init(slice: Int64, journey: JourneyID) {
            self.slice = slice
            self.journey = journey
        }
    }

    public init(catalog: JourneyCatalog) {
        self.catalog = catalog
        factorAdded = catalog.step(named: "factor_added", of: .account)
        factorRemoved = catalog.step(named: "factor_removed", of: .account)
    }

    /// Cells by slice and journey; without marginals where they are not closed yet.
    public var cells: [SliceJourney: ImpactCell] {
        var cells = settled
        for entry in counts.entries { cells[place(of: entry), default: ImpactCell()].fold(entry, nil) }
        foldAsides(into: &cells, through: .max)
        return cells
    }

    /// Counts a matured attempt in its emitting slice.
    public mutating func absorb(_ attempt: Attempt, slice: Int64) {
        let hour = Timestamp.slice(attempt.firstAt)
        if attempt.isNoise {
            addNoise(SliceJourney(slice: slice, journey: attempt.journey), hour: hour)
        } else {
            counts.add(attempt, slice: slice, hour: hour)
        }
    }

    private mutating func addNoise(_ place: SliceJourney, hour: Int64) {
        settled[place, default: ImpactCell()].setAside.add(SetAsideKey(kind: .noise, hour: hour))
    }

    /// Counts an attempt that has not matured, in the cell of `slice`.
    public mutating func absorbOpen(_ attempt: Attempt, slice: Int64) {
        let place = SliceJourney(slice: slice, journey: attempt.journey)
        let hour = Timestamp.slice(attempt.firstAt)
        if attempt.isNoise {
            addNoise(place, hour: hour)
            return
        }
        let key = CellKey(hour: hour, kind: attempt.actorKind, traffic: .genuine)
        settled[place, default: ImpactCell()].addOpen(attempt, key)
    }

    /// Counts a completion that is no attempt.
    public mutating func absorb(_ kind: SetAside, journey: JourneyID, at: Int64) {
        let slice = UInt128(UInt64(bitPattern: Timestamp.slice(at)))
        let key = slice << 64 | UInt128(journey.rawValue) << 8 | UInt128(kind.rawValue + 1)
        asides.update(key, default: 0) { $0 += 1 }
    }

    /// Counts an event of a journey without attempts: support contacts, factors won and lost.
    public mutating func absorb(_ event: Observation) {
        let hour = Timestamp.slice(event.at)
        if event.journey == .support, event.step == 0 {
            let place = SliceJourney(slice: hour, journey: .support)
            settled[place, default: ImpactCell()].contacts.add(
                ContactKey(journey: event.topic, hour: hour))
        } else if event.journey == .account, event.outcome == .success, event.actor != 0 {
            let isAdded = event.step == factorAdded
            guard isAdded || event.step == factorRemoved else { return }
            let place = SliceJourney(slice: hour, journey: .mfaEnrolment)
            let key = CellKey(hour: hour, kind: event.actorKind, traffic: .genuine)
            settled[place, default: ImpactCell()].actors[key, default: ActorTotals()]
                .addFactor(event.actor, isAdded: isAdded)
        }
    }

    /// Notes that `steps` (a bit per rank) of `journey` were shown by a source in `slice`.
    public mutating func noteShown(_ steps: UInt16, journey: JourneyID, slice: Int64) {
        settled[SliceJourney(slice: slice, journey: journey), default: ImpactCell()].stepsShown |= steps
    }

    /// Unfolds the breakdowns into the cells' marginals; call once, when all is absorbed.
    public mutating func close(texts: StringTable) { settled = takeCells(through: .max, texts: texts) }

    /// Gives the finished cells of the slices up to `slice`, and forgets them: so memory holds the
    /// cells of the last slices alone. Call it when the machine has advanced to the end of `slice`;
    /// what is absorbed for these slices later makes cells anew.
    public mutating func takeCells(through slice: Int64, texts: StringTable) -> [SliceJourney: ImpactCell] {
        var taken = settled.filter { $0.key.slice <= slice }
        settled = settled.filter { $0.key.slice > slice }
        foldAsides(into: &taken, through: slice)
        asides.removeAll { key, _ in Self.slice(ofAside: key) <= slice }
        let entries = counts.take(through: slice)
        let words = BreakdownTexts(texts)
        for entry in entries { taken[place(of: entry), default: ImpactCell()].fold(entry, words) }
        for place in Set(entries.map(place)) { taken[place]?.marginals.bound() }
        return taken
    }

    private func place(of entry: AttemptCounts.Entry) -> SliceJourney {
        SliceJourney(slice: entry.place.slice, journey: entry.place.journey)
    }

    private static func slice(ofAside key: UInt128) -> Int64 {
        Int64(bitPattern: UInt64(truncatingIfNeeded: key >> 64))
    }

    private func foldAsides(into cells: inout [SliceJourney: ImpactCell], through slice: Int64) {
        asides.forEach { key, count in
            let hour = Self.slice(ofAside: key)
            guard hour <= slice, let kind = SetAside(rawValue: Int(UInt8(truncatingIfNeeded: key)) - 1)
            else { return }
            let place = SliceJourney(
                slice: hour, journey: JourneyID(rawValue: UInt8(truncatingIfNeeded: key >> 8)))
            cells[place, default: ImpactCell()].setAside.add(
                SetAsideKey(kind: kind.counted, hour: hour), count)
        }
    }
}

extension ImpactCell {
    fileprivate mutating func fold(_ entry: AttemptCounts.Entry, _ texts: BreakdownTexts?) {
        entry.fold(into: &self, texts: texts)
    }

    /// Counts an attempt that has not matured.
    fileprivate mutating func addOpen(_ attempt: Attempt, _ key: CellKey) {
        // The step of an event of an MFA-only source is settled only with its attempt.
        stepsShown |= attempt.stepsReached
        open[key, default: OpenTotals()].open += 1
        if attempt.completedAt != nil { open[key, default: OpenTotals()].completed += 1 }
        actors[key, default: ActorTotals()].add(attempt, isMatured: false)
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
