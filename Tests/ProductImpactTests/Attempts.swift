import IdentityModel
import LockstepTesting
import Measures
import ProductImpact

@testable import Attempts

/// The hour that the tests' time begins with: 2026-03-01T00:00:00Z.
let dawnHour: Int64 = 492_312

/// The µs since 1970 at `seconds` after the tests' time began.
func time(_ seconds: Double) -> Int64 {
    dawnHour * Timestamp.hour + Int64((seconds * 1_000_000).rounded())
}

/// An attempt by `actors` that begins at `seconds`.
func attempt(
    _ journey: JourneyID, at seconds: Double, actors: [UInt128] = [],
    _ change: (inout Attempt) -> Void = { _ in }
) -> Attempt {
    var attempt = Attempt(journey: journey, at: time(seconds), showsOpening: true)
    attempt.isOnlySetupFailures = false
    for actor in actors { attempt.actors.insert(actor) }
    change(&attempt)
    return attempt
}

/// An attempt by `actor` that completes after `duration` seconds.
func completed(
    _ journey: JourneyID, at seconds: Double, actor: UInt128, duration: Double = 5,
    _ change: (inout Attempt) -> Void = { _ in }
) -> Attempt {
    attempt(journey, at: seconds, actors: [actor]) {
        $0.completedAt = time(seconds + duration)
        $0.completingActor = actor
        change(&$0)
    }
}

/// A single event.
func single(
    _ journey: JourneyID, _ step: String, at seconds: Double, actor: UInt128 = 0,
    outcome: Outcome = .success, topic: JourneyID = .none
) -> Observation {
    var event = IdentityEvent()
    event.journey = journey
    event.step = JourneyCatalog().step(named: step, of: journey) ?? 255
    event.at = time(seconds)
    event.name = actor
    event.outcome = outcome
    event.topic = topic
    event.actorKind = .customer
    var batch = EventBatch()
    batch.append(event)
    return Observation(batch, 0, numbers: [0], signals: [])
}

/// Cells by place, merged place by place.
struct PlacedCells: Mergeable {
    var cells: [ImpactAnalyzer.SliceJourney: ImpactCell] = [:]

    mutating func merge(_ other: PlacedCells) {
        for (place, cell) in other.cells { cells[place, default: ImpactCell()].merge(cell) }
    }
}

/// Something that the analyzer may be given.
enum Given: Sendable {
    case matured(Attempt, slice: Int64)
    case open(Attempt)
    case aside(SetAside, JourneyID, at: Int64)
    case single(Observation)
    case shown(UInt16, JourneyID, slice: Int64)

    func give(to analyzer: inout ImpactAnalyzer) {
        switch self {
        case .matured(let attempt, let slice): analyzer.absorb(attempt, slice: slice)
        case .open(let attempt): analyzer.absorbOpen(attempt, slice: dawnHour)
        case .aside(let kind, let journey, let at): analyzer.absorb(kind, journey: journey, at: at)
        case .single(let observation): analyzer.absorb(observation)
        case .shown(let steps, let journey, let slice):
            analyzer.noteShown(steps, journey: journey, slice: slice)
        }
    }
}

/// The cells that an analyzer makes of `given`.
func cells(_ given: some Sequence<Given>, texts: StringTable = StringTable()) -> PlacedCells {
    var analyzer = ImpactAnalyzer(catalog: JourneyCatalog())
    for one in given { one.give(to: &analyzer) }
    analyzer.close(texts: texts)
    return PlacedCells(cells: analyzer.cells)
}
