import Attempts
import IdentityModel
import SecuritySignals
import Store

/// Sees the journal as the attempt pass does: every event with its marks, every attempt in the end.
package protocol MarkedVisitor: AnyObject {
    /// Columns that it reads beside those of scoring.
    var columns: ColumnSet { get }
    /// Event `index` of `batch`, what is known of it, and the number of the attempt it is part of.
    ///
    /// `reader` is asked for what marks this event.
    func event(
        _ batch: EventBatch, _ index: Int, _ marks: MarkReader.Marks, _ reader: inout MarkReader, attempt: UInt64?
    )
    /// An attempt that takes no more events; an open one is given when the journal ends.
    func attempt(_ attempt: Attempt, isOpen: Bool)
}

/// Goes over a journal once more with firings that are known, and shows a visitor what they mark.
///
/// Cost: that of the attempt pass of a scoring, about 0.5 µs per event.
package struct MarkedWalk {
    package let reader: any JournalReading & ScoreReading
    package let rules: RuleSet
    package let catalog: JourneyCatalog
    package let hiddenSources: Set<UInt32>
    /// Told of every slice that is done, of so many.
    package var onProgress: (@Sendable (_ done: Int, _ total: Int) -> Void)?

    package init(
        reader: any JournalReading & ScoreReading, rules: RuleSet, catalog: JourneyCatalog, hiddenSources: Set<UInt32>
    ) {
        self.reader = reader
        self.rules = rules
        self.catalog = catalog
        self.hiddenSources = hiddenSources
    }

    /// Where the rules fired, over the whole journal: runs are joined across slices.
    package func firings() throws -> FiringIndex {
        let slices = try reader.firings(slices: Int64.min...Int64.max)
            .map { try SliceFirings(slice: $0.slice, encoded: $0.body, rules: rules.rules) }
        return FiringIndex(rules, catalog: catalog, slices: slices)
    }

    /// Shows `visitor` all events of the slices up to `last`, from the first of the journal on: who is
    /// familiar, and which attempt an event joins, hangs on what came before.
    package func walk(_ firings: FiringIndex, through last: Int64, _ visitor: some MarkedVisitor) throws {
        var marks = MarkReader(firings, hiddenSources: hiddenSources)
        var machine = AttemptMachine(catalog: catalog)
        var texts = StringTable()
        var sink = VisitorSink(visitor: visitor)
        let columns = ColumnSet.scoring.union(ColumnSet(rules.columnsNeeded)).union(visitor.columns)
        let slices = try reader.slices().filter { $0.slice <= last }
        for (done, slice) in slices.enumerated() {
            try Task.checkCancellation()
            try reader.readSlice(slice.slice, columns: columns, batchEvents: RescorePlan.batchEvents) { batch in
                let numbers = (0..<UInt32(batch.strings.count)).map { id in
                    batch.strings.withBytes(id) { texts.intern($0) }
                }
                marks.begin(batch)
                for index in 0..<batch.count {
                    let known = marks.marks(batch, index)
                    let event = Observation(
                        batch, index, numbers: numbers, signals: known.signals, isFamiliar: known.isFamiliar,
                        isStaleCredential: known.isStaleCredential)
                    guard Int(event.journey.rawValue) < catalog.journeys.count else { continue }
                    let attempt = machine.observe(event, into: &sink)
                    visitor.event(batch, index, known, &marks, attempt: attempt)
                }
            }
            onProgress?(done + 1, slices.count)
        }
        if let watermark = try reader.watermark() { machine.advance(to: watermark, into: &sink) }
        machine.forEachOpen { visitor.attempt($0, isOpen: true) }
    }
}

/// Hands matured attempts to a visitor.
private struct VisitorSink<Visitor: MarkedVisitor>: AttemptSink {
    let visitor: Visitor

    mutating func matured(_ attempt: Attempt, slice: Int64) { visitor.attempt(attempt, isOpen: false) }
    mutating func setAside(_ kind: SetAside, _ event: Observation, journey: JourneyID) {}
    mutating func joinedByActor(_ event: Observation) {}
    mutating func single(_ observation: Observation) {}
}
