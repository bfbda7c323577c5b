import Attempts
import IdentityModel

/// What the firings of a rule set mark, told event by event in canonical order.
///
/// Call `begin` for each batch and `marks` for each of its events, in order and once. The firings
/// must be known from the first event less the longest timespan to the last event plus it.
public struct MarkReader: Sendable {
    /// What is known of an event.
    public struct Marks: Sendable, Equatable {
        public var signals: SignalSet = []
        /// Whether the actor completed an unmarked login from this origin or device in the 30 days before.
        public var isFamiliar = false
        /// Whether an old password of a familiar actor is tried here again and again.
        public var isStaleCredential = false
    }

    /// Times of guesses of one actor at one origin: the newest few.
    struct Tries: Sendable {
        var times: [Int64] = []
    }

    let plan: SignalPlan
    var reader: RowReader
    var memory = EventFilter.TextMemory()
    private var extras: [UInt128] = []
    var familiar: FamiliarMemory
    var tries = OpenTable<UInt128, Tries>()
    var nextSweep = Int64.min
    /// The newest instant that was read; `Int64.min` before any.
    var front = Int64.min
    /// Where the rules fired; replace it as more becomes known.
    public private(set) var firings: FiringIndex
    /// When the first event was read; nil before any.
    public internal(set) var historyBegan: Int64?

    /// A reader that has seen nothing.
    public init(_ firings: FiringIndex, hiddenSources: Set<UInt32> = []) {
        plan = firings.plan
        self.firings = firings
        reader = RowReader(plan, hiddenSources: hiddenSources)
        familiar = FamiliarMemory(reach: plan.timespanMax)
    }

    /// Goes on with the firings of another stretch; the rules must be the same.
    public mutating func use(_ firings: FiringIndex) { self.firings = firings }

    /// Begins `batch`.
    public mutating func begin(_ batch: borrowing EventBatch) {
        memory = plan.filter.memory(for: batch)
        reader.begin(batch)
        if historyBegan == nil, !batch.isEmpty { historyBegan = batch.at[0] }
    }

    /// Whether under 7 days of history lie before `at`: who is familiar is not known yet.
    public func isHistoryThin(at: Int64) -> Bool {
        guard let historyBegan else { return true }
        return at - historyBegan < Familiarity.thinHistory
    }

    /// What is known of event `index` of `batch`, the one that was begun.
    @inline(__always)
    public mutating func marks(_ batch: borrowing EventBatch, _ index: Int) -> Marks {
        let lanes = plan.filter.lanes(batch, index, &memory)
        if plan.familiarity == nil {
            if lanes.mark & firings.fired == 0 { return Marks() }
            readExtras(batch, index)
            return Marks(
                signals: SignalSet(rawValue: firings.covering(reader.row(batch, index, lanes), extras)))
        }
        return familiarMarks(batch, index, lanes)
    }

    private mutating func familiarMarks(_ batch: borrowing EventBatch, _ index: Int, _ lanes: Lanes) -> Marks
    {
        var marks = Marks()
        let row = reader.row(batch, index, lanes)
        front = row.at
        if row.actor == 0 && lanes.mark & firings.fired == 0 { return marks }
        marks.isFamiliar = familiar.knows(row, at: row.at - 1)
        var signals: UInt64 = 0
        if lanes.mark & firings.fired != 0 {
            readExtras(batch, index)
            signals = firings.covering(row, extras)
            var rest = signals & (plan.byOrigin | plan.askingNovelty)
            while rest != 0 {
                let rule = rest.trailingZeroBitCount
                rest &= rest - 1
                if plan.isExempt(row, from: rule, familiar) { signals &= ~(1 << UInt64(rule)) }
            }
        }
        marks.signals = SignalSet(rawValue: signals)
        if row.isLogin, row.actor != 0, signals & plan.deciding == 0 { familiar.enter(row) }
        if marks.isFamiliar, signals == 0, Self.isGuess(batch, index) {
            marks.isStaleCredential = isStale(row)
        }
        return marks
    }

    /// The runs, as places in `firings.runs`, whose intervals give event `index` the marks `signals`;
    /// ask for the event that `marks` was asked of last.
    public mutating func runs(_ batch: borrowing EventBatch, _ index: Int, marking signals: SignalSet) -> [Int] {
        if signals.isEmpty { return [] }
        let row = reader.row(batch, index, plan.filter.lanes(batch, index, &memory))
        readExtras(batch, index)
        return firings.runs(covering: row, extras, of: signals.rawValue)
    }

    /// Reads the fields beside the row, where some group that fired is of one.
    @inline(__always)
    private mutating func readExtras(_ batch: borrowing EventBatch, _ index: Int) {
        if !firings.needsExtras { return }
        extras.removeAll(keepingCapacity: true)
        reader.appendExtras(batch, index, to: &extras)
    }

    private static func isGuess(_ batch: borrowing EventBatch, _ index: Int) -> Bool {
        guard batch.journey[index] == JourneyID.login.rawValue,
            batch.outcome[index] == Outcome.failure.rawValue,
            let reason = Reason(rawValue: batch.reason[index])
        else { return false }
        return EventMatch.guess.reasons.contains(reason)
    }

    /// Counts an unmarked guess of a familiar actor; whether it is one too many.
    private mutating func isStale(_ row: SignalRow) -> Bool {
        guard let familiarity = plan.familiarity else { return false }
        if row.at >= nextSweep { sweep(row.at, familiarity) }
        let pair = FamiliarMemory.pair(row.actor, origin: row.origin)
        if pair == 0 { return false }
        return tries.update(pair, default: Tries()) { tries in
            tries.times.append(row.at)
            if tries.times.count > familiarity.staleEvents { tries.times.removeFirst() }
            return tries.times.count == familiarity.staleEvents
                && tries.times[0] > row.at - familiarity.staleTimespan
        }
    }

    private mutating func sweep(_ at: Int64, _ familiarity: Familiarity) {
        nextSweep = at + familiarity.staleTimespan
        tries.removeAll { _, tries in (tries.times.last ?? .min) <= at - familiarity.staleTimespan }
    }
}
