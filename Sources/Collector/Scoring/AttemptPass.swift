import Attempts
import IdentityModel
import Measures
import ProductImpact
import SecuritySignals
import Store

/// The second pass over the journal: marked events → attempts → both analyzers' cells.
///
/// Slices come in time order, their events in canonical order. The signal pass has run ahead over
/// everything from which marks may come.
struct AttemptPass {
    static let machineName = "attempts"

    private var marks: MarkReader
    private var machine: AttemptMachine
    private var analyzers: Analyzers
    private var texts = StringTable()
    private var shown: [UInt16]

    init(catalog: JourneyCatalog, rules: RuleSet, hiddenSources: Set<UInt32>) {
        let firings = FiringIndex(rules, catalog: catalog, slices: [])
        marks = MarkReader(firings, hiddenSources: hiddenSources)
        machine = AttemptMachine(catalog: catalog)
        analyzers = Analyzers(
            impact: ImpactAnalyzer(catalog: catalog), threat: ThreatAnalyzer(names: rules.rules.map(\.name)))
        shown = Array(repeating: 0, count: catalog.journeys.count)
    }

    /// A pass that goes on where the one stood that gave `carry`.
    ///
    /// - Throws: where the bytes are damaged or of other rules.
    init(catalog: JourneyCatalog, rules: RuleSet, hiddenSources: Set<UInt32>, carry: [UInt8]) throws {
        self.init(catalog: catalog, rules: rules, hiddenSources: hiddenSources)
        var reader = ByteReader(carry)
        let marksState = try reader.bytes(reader.count(ofWidth: 1))
        let machineState = try reader.bytes(reader.count(ofWidth: 1))
        guard reader.isAtEnd else { throw reader.malformed }
        let firings = FiringIndex(rules, catalog: catalog, slices: [])
        marks = try MarkReader(firings, hiddenSources: hiddenSources, carry: marksState)
        machine = try AttemptMachine(catalog: catalog, carry: machineState, texts: &texts)
    }

    /// The state at a border, when the slice before it is closed: the same state gives the same bytes.
    func encodedCarry() -> [UInt8] {
        var writer = ByteWriter()
        for state in [marks.encodedCarry(), machine.encodedCarry(texts: texts)] {
            writer.count(state.count)
            writer.append(state)
        }
        return writer.bytes
    }

    /// Goes on with other firings: those of all slices from which the next events may be marked.
    mutating func use(_ firings: FiringIndex) { marks.use(firings) }

    /// Takes events of a slice.
    mutating func absorb(_ batch: EventBatch) {
        let numbers = (0..<UInt32(batch.strings.count)).map { id in
            batch.strings.withBytes(id) { texts.intern($0) }
        }
        marks.begin(batch)
        for index in 0..<batch.count {
            let known = marks.marks(batch, index)
            let event = Observation(
                batch, index, numbers: numbers, signals: known.signals, isFamiliar: known.isFamiliar,
                isStaleCredential: known.isStaleCredential)
            guard Int(event.journey.rawValue) < shown.count else { continue }
            shown[Int(event.journey.rawValue)] |= 1 << UInt16(event.step)
            machine.observe(event, into: &analyzers)
        }
    }

    /// Ends `slice`, behind which no event lies before `border`, and gives the finished cells.
    mutating func close(_ slice: Int64, until border: Int64) -> [StoredCell] {
        noteShown(slice)
        machine.advance(to: border * Timestamp.hour, into: &analyzers)
        return analyzers.takeCells(through: border - 1, texts: texts)
    }

    /// Ends the last `slice` at `watermark`: matures what has matured, and counts the rest as open there.
    ///
    /// - Returns: the cells that are left, those of open attempts among them.
    mutating func finish(_ slice: Int64, watermark: Int64) -> [StoredCell] {
        noteShown(slice)
        machine.advance(to: watermark, into: &analyzers)
        return analyzers.takeCells(through: .max, texts: texts) + openCells(Timestamp.slice(watermark))
    }

    private mutating func noteShown(_ slice: Int64) {
        for (index, steps) in shown.enumerated() where steps != 0 {
            analyzers.impact.noteShown(steps, journey: JourneyID(rawValue: UInt8(index)), slice: slice)
            shown[index] = 0
        }
    }

    private func openCells(_ slice: Int64) -> [StoredCell] {
        var open = ImpactAnalyzer(catalog: analyzers.impact.catalog)
        var sources = SourceAnalyzer()
        machine.forEachOpen {
            open.absorbOpen($0, slice: slice)
            sources.absorb($0, slice: slice)
        }
        let counted = sources.takeCells(through: .max, texts: texts).map { CellKind.openSources.stored($1, $0) }
        return counted + open.cells.map { place, cell in
            StoredCell(
                slice: place.slice, journey: place.journey.rawValue, kind: CellKind.open.rawValue,
                body: cell.encoded())
        }
    }
}

/// Whose cell a stored cell is.
package enum CellKind: UInt8, Sendable, CaseIterable {
    /// The product analyzer's, of matured attempts and single events.
    case impact = 1
    /// The security analyzer's.
    case threat = 2
    /// The product analyzer's, of attempts that had not matured when scoring ended.
    case open = 3
    /// The counts per source, of all journeys together.
    case sources = 4
    /// The counts per source of attempts that had not matured when scoring ended.
    case openSources = 5

    /// Those that are stored under the slice that emits them, and those made of what is open at the end.
    static let settled: [UInt8] = [Self.impact, .threat, .sources].map(\.rawValue)
    static let ofOpen: [UInt8] = [Self.open, .openSources].map(\.rawValue)

    fileprivate func stored(_ cell: SourceCell, _ slice: Int64) -> StoredCell {
        StoredCell(slice: slice, journey: JourneyID.none.rawValue, kind: rawValue, body: cell.encoded())
    }
}

/// Hands what the machine gives to the analyzers, which do not know each other.
private struct Analyzers: AttemptSink {
    var impact: ImpactAnalyzer
    var threat: ThreatAnalyzer
    var sources = SourceAnalyzer()

    mutating func matured(_ attempt: Attempt, slice: Int64) {
        impact.absorb(attempt, slice: slice)
        threat.absorb(attempt, slice: slice)
        sources.absorb(attempt, slice: slice)
    }

    mutating func setAside(_ kind: SetAside, _ event: Observation, journey: JourneyID) {
        impact.absorb(kind, journey: journey, at: event.at)
        sources.absorb(kind, event)
    }

    mutating func joinedByActor(_ event: Observation) { sources.joinedByActor(event) }

    mutating func single(_ observation: Observation) { impact.absorb(observation) }

    mutating func takeCells(through slice: Int64, texts: StringTable) -> [StoredCell] {
        impact.takeCells(through: slice, texts: texts).map { place, cell in
            StoredCell(
                slice: place.slice, journey: place.journey.rawValue, kind: CellKind.impact.rawValue,
                body: cell.encoded())
        }
            + threat.takeCells(through: slice).map { place, cell in
                StoredCell(
                    slice: place.slice, journey: place.journey.rawValue, kind: CellKind.threat.rawValue,
                    body: cell.encoded())
            }
            + sources.takeCells(through: slice, texts: texts).map { CellKind.sources.stored($1, $0) }
    }
}
