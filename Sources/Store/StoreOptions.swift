/// What code may set when it opens a store; the defaults are right for use.
package struct StoreOptions: Sendable {
    /// A longer run becomes several blocks: bounds what a reader holds in memory per run.
    package var blockEventsMax = 65_536
    /// So many runs of one size class in a slice are merged at once: bounds what a reader merges.
    package var runsMax = 16
    /// Called within the transaction after each step of a commit; what it throws undoes the commit.
    package var fault: (@Sendable (CommitStep) throws -> Void)?

    package init() {}
}

/// The steps of a commit, for tests that interrupt them.
package enum CommitStep: Sendable, CaseIterable {
    case blocks, streams, quarantine, tallies, scores, compaction
}
