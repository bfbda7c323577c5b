import Attempts
import IdentityModel
import SecuritySignals
import Store

/// What a scoring did.
package struct ScoringReport: Sendable, Equatable {
    /// Whether everything was scored anew.
    package var isFull: Bool
    /// The slices that each pass went over.
    package var signalSlices: Int
    package var attemptSlices: Int
}

/// Makes the scorecard's cells from the journal: a pure function of (journal, rules, journeys).
///
///     journal ──▶ signal pass ──firings──▶ attempt pass ──▶ cells      on a core each
///
/// Both passes are deterministic machines whose states are kept at some slice borders. Late events
/// rewind them to the border before, and they run on until their state is that of before.
package struct Scorer: Sendable {
    private let reader: any JournalReading & ScoreReading
    private let writer: any ScoreWriting
    private let rules: RuleSet
    private let catalog: JourneyCatalog
    /// Told, from any task, of every slice whose attempts are made, of so many.
    package var onProgress: (@Sendable (_ done: Int, _ total: Int) -> Void)?

    /// What is kept in the store about the last scoring that ended.
    private enum MetaKey {
        static let rules = "scoring.rules"
        /// Numbers of the sources that show their proxy's address, joined by commas.
        static let hiddenSources = ScoringMeta.hiddenSources
        /// `1` where the rule set knows familiar people.
        static let familiarity = ScoringMeta.familiarity
    }

    package init(
        reader: any JournalReading & ScoreReading, writer: any ScoreWriting, rules: RuleSet,
        catalog: JourneyCatalog
    ) {
        self.reader = reader
        self.writer = writer
        self.rules = rules
        self.catalog = catalog
    }

    /// Raised whenever the same journal and rules give other cells.
    private static let version = 4

    /// What the cells depend on beside the journal: another one re-scores everything.
    private func fingerprint(_ hiddenSources: Set<UInt32>) -> String {
        """
        scoring \(Self.version)
        journeys \(catalog.journeys)
        hidden \(hiddenSources.sorted())
        \(rules.fingerprintText)
        """
    }

    /// Scores what has changed since the last scoring, or everything where the rules have.
    ///
    /// - Returns: what was done; nil where there was nothing to do.
    @discardableResult
    package func score() async throws -> ScoringReport? {
        let slices = try reader.slices()
        guard let watermark = try reader.watermark() else { return nil }
        let hidden = try hiddenSources(slices)
        let wanted = fingerprint(hidden)
        let isSame = try reader.metaValue(MetaKey.rules) == wanted
        let dirty = slices.filter(\.isDirty).map(\.slice)
        guard !isSame || !dirty.isEmpty else { return nil }

        var signalPlan = try plan(SignalPass.machineName, slices, isSame ? dirty.first : nil, dirty.last)
        if signalPlan.start == nil { signalPlan.isFull = true }
        let output = ScoreOutput(writer: writer, isPiecewise: signalPlan.isFull)
        if signalPlan.isFull {
            // An interrupted run leaves no rules behind, so the next one begins anew.
            try await output.add(bytes: 0) { commit in
                commit.dropsEverything = true
                commit.meta[MetaKey.rules] = .some(nil)
            }
            try await output.commit()
        }
        let report = try await run(signalPlan, hidden, slices, watermark, output)
        let hiddenText = hidden.sorted().map(String.init).joined(separator: ",")
        let familiarity: String? = rules.familiarity == nil ? .none : "1"
        let ruleSet = try ScoredRules.text(of: rules)
        try await output.add(bytes: 0) { commit in
            commit.scored = slices.map { ScoredSlice(slice: $0.slice, version: $0.version) }
            commit.meta[MetaKey.rules] = wanted
            commit.meta[MetaKey.hiddenSources] = hiddenText
            commit.meta[MetaKey.familiarity] = familiarity
            commit.meta[ScoringMeta.ruleSet] = ruleSet
        }
        try await output.commit()
        return report
    }

    private func plan(
        _ machine: String, _ slices: [SliceSummary], _ firstDirty: Int64?, _ lastDirty: Int64?
    ) throws -> RescorePlan {
        try RescorePlan(
            slices, firstDirty: firstDirty, lastDirty: lastDirty ?? .max,
            known: firstDirty == nil ? [:] : reader.carryBorders(machine: machine)
        ) { try reader.carry(machine: machine, border: $0) }
    }

    /// The sources whose addresses are a proxy's: rules keyed by origin say nothing there. A set
    /// that does not know familiar people does not look.
    private func hiddenSources(_ slices: [SliceSummary]) throws -> Set<UInt32> {
        guard rules.familiarity != nil else { return [] }
        var census = OriginCensus()
        for slice in slices {
            try reader.readSlice(
                slice.slice, columns: [.step, .address, .source], batchEvents: RescorePlan.batchEvents
            ) { census.absorb($0) }
        }
        return census.hiddenSources
    }

    private func run(
        _ signalPlan: RescorePlan, _ hidden: Set<UInt32>, _ slices: [SliceSummary], _ watermark: Int64,
        _ output: ScoreOutput
    ) async throws -> ScoringReport {
        let feed = FiringFeed()
        let signals = SignalPass(
            reader: reader, rules: rules, catalog: catalog, hiddenSources: hidden, output: output)
        let attempts = AttemptRun(
            reader: reader, rules: rules, catalog: catalog, hiddenSources: hidden, watermark: watermark,
            output: output, onProgress: onProgress)
        guard signalPlan.isFull else {
            let outcome = try await signals.run(signalPlan, feed: feed)
            await feed.finish(.success(()))
            let plan = try attemptPlan(signalPlan, outcome, slices, attempts.reach)
            let oldest = plan.start.map { $0.border - attempts.reach } ?? .min
            let passed = try await attempts.run(plan, feed: feed, kept: keptFirings(outcome, from: oldest))
            return ScoringReport(isFull: false, signalSlices: outcome.slices, attemptSlices: passed)
        }
        async let found: Void = {
            do {
                _ = try await signals.run(signalPlan, feed: feed)
                await feed.finish(.success(()))
            } catch {
                await feed.finish(.failure(error))
            }
        }()
        let passed = try await attempts.run(signalPlan, feed: feed, kept: [])
        await found
        return ScoringReport(isFull: true, signalSlices: slices.count, attemptSlices: passed)
    }

    /// Attempts are made anew where events are new and where marks may have changed.
    private func attemptPlan(
        _ signalPlan: RescorePlan, _ outcome: SignalPass.Outcome, _ slices: [SliceSummary], _ reach: Int64
    ) throws -> RescorePlan {
        let dirty = slices.filter(\.isDirty).map(\.slice)
        var first = dirty.first ?? signalPlan.lastDirty
        var last = signalPlan.lastDirty
        if let changed = outcome.changed {
            first = min(first, changed.lowerBound - reach)
            // The last stretch of firings has no end of its own.
            last = max(last, min(changed.upperBound, signalPlan.newest) + reach)
        }
        return try plan(AttemptPass.machineName, slices, first, last)
    }

    /// The stored firings from slice `oldest` on that the signal pass did not find anew.
    private func keptFirings(_ outcome: SignalPass.Outcome, from oldest: Int64) throws -> [SliceFirings] {
        try reader.firings(slices: oldest...Int64.max)
            .filter { outcome.found?.contains($0.slice) != true }
            .map { try SliceFirings(slice: $0.slice, encoded: $0.body, rules: rules.rules) }
    }
}

/// Runs the attempt pass over slices, some hours behind the signal pass.
private struct AttemptRun: Sendable {
    let reader: any JournalReading & ScoreReading
    let rules: RuleSet
    let catalog: JourneyCatalog
    let hiddenSources: Set<UInt32>
    let watermark: Int64
    let output: ScoreOutput
    let onProgress: (@Sendable (_ done: Int, _ total: Int) -> Void)?

    /// Slices for which the firings are looked up together.
    private static let stretchSlices = 8

    var reach: Int64 { FiringWindow(rules, catalog: catalog).reach }

    /// Runs as `plan` says; gives the number of slices that were passed.
    func run(_ plan: RescorePlan, feed: FiringFeed, kept: [SliceFirings]) async throws -> Int {
        var window = FiringWindow(rules, catalog: catalog)
        window.add(kept)
        var pass = try start(plan)
        var end: Int64?
        var passed = 0
        run: for start in stride(from: 0, to: plan.slices.count, by: Self.stretchSlices) {
            let stretch = start..<min(plan.slices.count, start + Self.stretchSlices)
            let first = plan.slices[stretch.lowerBound].slice
            let last = plan.slices[stretch.upperBound - 1].slice
            window.add(try await feed.take(through: last + window.reach))
            pass.use(window.index(for: first...last))
            for index in stretch {
                try Task.checkCancellation()
                end = try await take(index, plan, &pass)
                passed += 1
                onProgress?(passed, plan.slices.count)
                if end != nil { break run }
            }
        }
        let outdated = plan.outdated(machine: AttemptPass.machineName, until: end)
        let dropped = dropped(plan, until: end)
        try await output.add(bytes: 0) { commit in
            commit.droppedCarries += outdated
            commit.droppedCells += dropped
        }
        return passed
    }

    private func start(_ plan: RescorePlan) throws -> AttemptPass {
        guard let start = plan.start else {
            return AttemptPass(catalog: catalog, rules: rules, hiddenSources: hiddenSources)
        }
        return try AttemptPass(catalog: catalog, rules: rules, hiddenSources: hiddenSources, carry: start.carry)
    }

    /// Takes slice `index`; gives the border at which the state is that of before.
    private func take(_ index: Int, _ plan: RescorePlan, _ pass: inout AttemptPass) async throws -> Int64? {
        let slice = plan.slices[index].slice
        let columns = ColumnSet.scoring.union(ColumnSet(rules.columnsNeeded))
        try reader.readSlice(slice, columns: columns, batchEvents: RescorePlan.batchEvents) {
            pass.absorb($0)
        }
        guard index + 1 < plan.slices.count else {
            try await emit(pass.finish(slice, watermark: watermark))
            return nil
        }
        let border = plan.border(afterSlice: index)
        try await emit(pass.close(slice, until: border ?? slice + 1))
        guard let border else { return nil }
        let carry = StoredCarry(machine: AttemptPass.machineName, border: border, body: pass.encodedCarry())
        if plan.hasConverged(at: border, hash: carry.hash) { return border }
        try await output.add(bytes: carry.body.count) { $0.carries.append(carry) }
        return nil
    }

    private func emit(_ cells: [StoredCell]) async throws {
        try await output.add(bytes: cells.reduce(0) { $0 + $1.body.count + 64 }) { $0.cells += cells }
    }

    /// The cells of before whose place the new ones take.
    private func dropped(_ plan: RescorePlan, until end: Int64?) -> [DroppedCells] {
        if plan.isFull { return [] }
        let first = plan.start?.border ?? .min
        guard let end else {
            return [
                DroppedCells(slices: first...Int64.max, kinds: CellKind.settled),
                DroppedCells(slices: .min ... .max, kinds: CellKind.ofOpen),
            ]
        }
        guard end > first else { return [] }
        return [DroppedCells(slices: first...end - 1, kinds: CellKind.settled)]
    }
}
