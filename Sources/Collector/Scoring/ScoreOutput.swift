import Store

/// Gathers what the passes compute and commits it: piece by piece where everything is scored anew,
/// so that memory stays bounded, and in one step where a few slices are.
actor ScoreOutput {
    private let writer: any ScoreWriting
    private let isPiecewise: Bool
    private var pending = ScoringCommit()
    private var pendingBytes = 0

    /// About the memory that waits to be committed.
    private static let pieceBytes = 8 << 20

    init(writer: any ScoreWriting, isPiecewise: Bool) {
        self.writer = writer
        self.isPiecewise = isPiecewise
    }

    /// Takes what `change` adds to the next commit, which is about `bytes` large.
    func add(bytes: Int, _ change: @Sendable (inout ScoringCommit) -> Void) async throws {
        change(&pending)
        pendingBytes += bytes
        if isPiecewise, pendingBytes >= Self.pieceBytes { try await commit() }
    }

    /// Makes everything durable.
    func commit() async throws {
        let commit = pending
        pending = ScoringCommit()
        pendingBytes = 0
        try await writer.commitScoring(commit)
    }
}
