import IdentityModel
import Store

/// What one pass over the journal is to score: from which border on, and until when it must go.
struct RescorePlan: Sendable {
    /// The slices with events, from the border on, in order of time.
    var slices: [SliceSummary]
    /// Whether everything is scored anew, and nothing of before is of use.
    var isFull: Bool
    /// The newest slice that made scoring necessary: from there on a pass may find that nothing
    /// has changed any more.
    var lastDirty: Int64
    /// The newest slice of the journal.
    var newest: Int64
    /// The border, and the state of the pass's machine there; nil at the beginning.
    var start: (border: Int64, carry: [UInt8])?
    /// The borders at which states of the machine are kept, with their hashes.
    var known: [Int64: UInt64]

    /// Events that are decoded at a time.
    static let batchEvents = 8192

    /// A plan for the machine whose kept states are `known`: everything, or what follows the last
    /// kept state before `firstDirty`.
    init(
        _ slices: [SliceSummary], firstDirty: Int64?, lastDirty: Int64, known: [Int64: UInt64],
        carry: (Int64) throws -> [UInt8]?
    ) throws {
        newest = slices.last?.slice ?? 0
        isFull = firstDirty == nil
        self.lastDirty = lastDirty
        self.known = known
        self.slices = slices
        guard let firstDirty, let border = known.keys.filter({ $0 <= firstDirty }).max(),
            let state = try carry(border)
        else { return }
        start = (border, state)
        self.slices = slices.filter { $0.slice >= border }
    }

    /// The border at which the state is kept, or compared with a kept one, when slice `index` is
    /// over; nil where there is none before the next slice, and behind the last.
    func border(afterSlice index: Int) -> Int64? {
        guard index + 1 < slices.count else { return nil }
        let next = slices[index + 1].slice
        let after = slices[index].slice + 1
        // Hours without events end with the same state as the last one with some.
        return CarryPlan.border(in: after...next, newest: newest)
    }

    /// Whether the state with `hash` at `border` is that of before, and all that made scoring
    /// necessary lies behind.
    func hasConverged(at border: Int64, hash: UInt64) -> Bool {
        !isFull && border > lastDirty && known[border] == hash
    }

    /// The kept states that a run from this plan's border to `end` makes invalid, and those that
    /// have grown too old to be kept.
    func outdated(machine: String, until end: Int64?) -> [CarryBorder] {
        let first = start?.border ?? .min
        return known.keys.sorted().filter { border in
            let isRunOver = border > first && border < end ?? .max
            return isRunOver || !CarryPlan.keeps(border, newest: newest)
        }.map { CarryBorder(machine: machine, border: $0) }
    }
}
