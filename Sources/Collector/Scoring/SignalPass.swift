import IdentityModel
import SecuritySignals
import Store

/// The first pass over the journal: events → where the rules fired, slice by slice.
struct SignalPass {
    /// What a run found.
    struct Outcome: Sendable {
        /// The slices whose firings were found anew.
        var found: ClosedRange<Int64>?
        /// Those of them, first to last, whose firings are not those of before.
        var changed: ClosedRange<Int64>?
        /// How many slices were passed.
        var slices = 0
    }

    static let machineName = "signals"

    let reader: any JournalReading & ScoreReading
    let rules: RuleSet
    let catalog: JourneyCatalog
    let hiddenSources: Set<UInt32>
    let output: ScoreOutput

    /// Runs as `plan` says; hands what it finds to `feed` and to the output.
    func run(_ plan: RescorePlan, feed: FiringFeed) async throws -> Outcome {
        var outcome = Outcome()
        var machine = try start(plan)
        var next = plan.start == nil ? Int64.min : Timestamp.slice(machine.settledBefore)
        var end: Int64?
        var columns = ColumnSet(rules.columnsNeeded)
        if !hiddenSources.isEmpty { columns.insert(.source) }
        for (index, slice) in plan.slices.enumerated() {
            try Task.checkCancellation()
            outcome.slices += 1
            try reader.readSlice(
                slice.slice, columns: columns, batchEvents: RescorePlan.batchEvents
            ) { machine.absorb($0) }
            let isLast = index + 1 == plan.slices.count
            if isLast { machine.finish() }
            let known = isLast ? Int64.max : Timestamp.slice(machine.settledBefore) - 1
            if known >= next {
                try await hand(machine.takeFirings(through: known), next...known, plan, feed, &outcome)
                next = isLast ? known : known + 1
            }
            guard let border = plan.border(afterSlice: index) else { continue }
            let carry = StoredCarry(machine: Self.machineName, border: border, body: machine.encodedCarry())
            if plan.hasConverged(at: border, hash: carry.hash) {
                end = border
                break
            }
            try await output.add(bytes: carry.body.count) { $0.carries.append(carry) }
        }
        let outdated = plan.outdated(machine: Self.machineName, until: end)
        try await output.add(bytes: 0) { $0.droppedCarries += outdated }
        return outcome
    }

    private func start(_ plan: RescorePlan) throws -> SignalMachine {
        guard let start = plan.start else {
            return SignalMachine(rules, catalog: catalog, hiddenSources: hiddenSources)
        }
        return try SignalMachine(rules, catalog: catalog, hiddenSources: hiddenSources, carry: start.carry)
    }

    /// Keeps the firings of `slices` and notes which of them are not those of before.
    private func hand(
        _ found: [SliceFirings], _ slices: ClosedRange<Int64>, _ plan: RescorePlan, _ feed: FiringFeed,
        _ outcome: inout Outcome
    ) async throws {
        let fresh = found.map { StoredFirings(slice: $0.slice, body: $0.encoded()) }
        if !plan.isFull {
            let before = try reader.firings(slices: slices)
            for slice in Self.differing(before, fresh) { outcome.changed = slice.widening(outcome.changed) }
        }
        outcome.found = (outcome.found?.lowerBound ?? slices.lowerBound)...slices.upperBound
        try await output.add(bytes: fresh.reduce(0) { $0 + $1.body.count }) { commit in
            commit.replacedFirings.append(slices)
            commit.firings += fresh
        }
        await feed.add(found, knownThrough: slices.upperBound)
    }

    private static func differing(_ before: [StoredFirings], _ after: [StoredFirings]) -> [Int64] {
        let old = Dictionary(before.map { ($0.slice, $0.body) }, uniquingKeysWith: { $1 })
        let new = Dictionary(after.map { ($0.slice, $0.body) }, uniquingKeysWith: { $1 })
        return Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }
    }
}

extension ColumnSet {
    /// The stored columns that hold what rules look at.
    init(_ columns: SignalColumns) {
        // Groups of columns have the same bits in both, but for the source, which lies with the evidence.
        self.init(rawValue: columns.subtracting(.source).rawValue)
        if columns.contains(.source) { insert(.evidence) }
    }
}

extension Int64 {
    /// The smallest range that holds this number and `range`.
    func widening(_ range: ClosedRange<Int64>?) -> ClosedRange<Int64> {
        Swift.min(range?.lowerBound ?? self, self)...Swift.max(range?.upperBound ?? self, self)
    }
}
