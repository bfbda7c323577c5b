import Attempts
import IdentityModel
import Measures
import ProductImpact
import SecuritySignals
import Store

/// The second pass over the journal: marked events → attempts → both analyzers' cells.
///
/// Slices come in time order, their events in canonical order. The first pass (`SignalMachine`)
/// has run ahead over everything that this pass sees.
struct ScoringPass {
    private let firings: FiringIndex
    private var machine: AttemptMachine
    private var analyzers: Analyzers
    private var texts = StringTable()
    private var shown: [UInt16]

    init(catalog: JourneyCatalog, firings: FiringIndex, signalNames: [String]) {
        self.firings = firings
        machine = AttemptMachine(catalog: catalog)
        analyzers = Analyzers(
            impact: ImpactAnalyzer(catalog: catalog), threat: ThreatAnalyzer(names: signalNames))
        shown = Array(repeating: 0, count: catalog.journeys.count)
    }

    /// Takes events of a slice.
    mutating func absorb(_ batch: EventBatch) {
        var numbers = [UInt32](repeating: 0, count: batch.strings.count)
        for id in numbers.indices.dropFirst() {
            numbers[id] = batch.strings.withBytes(UInt32(id)) { texts.intern($0) }
        }
        for index in 0..<batch.count {
            let event = Observation(batch, index, numbers: numbers, signals: firings.marks(batch, index))
            guard Int(event.journey.rawValue) < shown.count else { continue }
            shown[Int(event.journey.rawValue)] |= 1 << UInt16(event.step)
            machine.observe(event, into: &analyzers)
        }
    }

    /// Ends a slice: what it showed is noted in its cells.
    mutating func closeSlice(_ slice: Int64) {
        for (index, steps) in shown.enumerated() where steps != 0 {
            analyzers.impact.noteShown(steps, journey: JourneyID(rawValue: UInt8(index)), slice: slice)
            shown[index] = 0
        }
    }

    /// Ends the pass at `watermark`: matures what has matured, and counts the rest as open there.
    ///
    /// - Returns: the cells, ready to be stored; open attempts in cells of their own kind.
    mutating func finish(watermark: Int64) -> [StoredCell] {
        machine.advance(to: watermark, into: &analyzers)
        analyzers.impact.close(texts: texts)
        var cells: [StoredCell] = analyzers.impact.cells.map { place, cell in
            StoredCell(
                slice: place.slice, journey: place.journey.rawValue, kind: CellKind.impact.rawValue,
                body: cell.encoded())
        }
        for (slice, journeys) in analyzers.threat.cells {
            for (journey, cell) in journeys {
                cells.append(
                    StoredCell(
                        slice: slice, journey: journey.rawValue, kind: CellKind.threat.rawValue,
                        body: cell.encoded()))
            }
        }
        return cells + openCells(watermark: watermark)
    }

    private func openCells(watermark: Int64) -> [StoredCell] {
        var open = ImpactAnalyzer(catalog: analyzers.impact.catalog)
        let slice = Timestamp.slice(watermark)
        machine.forEachOpen { open.absorbOpen($0, slice: slice) }
        return open.cells.map { place, cell in
            StoredCell(
                slice: place.slice, journey: place.journey.rawValue, kind: CellKind.open.rawValue,
                body: cell.encoded())
        }
    }
}

/// Whose cell a stored cell is.
package enum CellKind: UInt8, Sendable {
    /// The product analyzer's, of matured attempts and single events.
    case impact = 1
    /// The security analyzer's.
    case threat = 2
    /// The product analyzer's, of attempts that had not matured when scoring ended.
    case open = 3
}

/// Hands what the machine gives to the two analyzers, which do not know each other.
private struct Analyzers: AttemptSink {
    var impact: ImpactAnalyzer
    var threat: ThreatAnalyzer

    mutating func matured(_ attempt: Attempt, slice: Int64) {
        impact.absorb(attempt, slice: slice)
        threat.absorb(attempt, slice: slice)
    }

    mutating func setAside(_ kind: SetAside, journey: JourneyID, at: Int64) {
        impact.absorb(kind, journey: journey, at: at)
    }

    mutating func single(_ observation: Observation) { impact.absorb(observation) }
}
