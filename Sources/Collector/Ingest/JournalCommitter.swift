import Store

/// Gathers what the streams of a run give and commits it in large steps.
///
/// While one commit is being written the next is gathered; a third one waits, so memory stays
/// bounded by two commits.
package actor JournalCommitter {
    private let journal: any JournalWriting
    private var pending = JournalAppend()
    private var pendingEvents = 0
    private var inFlight: Task<AppendReport, any Error>?
    /// What all commits so far did.
    package private(set) var report = AppendReport()

    /// Large enough that an fsync costs little per event, small enough for memory (about 200 B an event).
    private static let commitEvents = 131_072

    package init(journal: any JournalWriting) { self.journal = journal }

    /// Takes a part of a stream; returns when it is gathered, which may wait for a commit.
    package func take(_ part: JournalAppend) async throws {
        pending.batches += part.batches
        pending.streams += part.streams
        pending.quarantine += part.quarantine
        pending.tallies += part.tallies
        pending.versions.merge(part.versions) { _, new in new }
        pendingEvents += part.batches.reduce(0) { $0 + $1.events.count }
        if pendingEvents >= Self.commitEvents { try await commit() }
    }

    /// Commits all that was taken; returns when it is durable.
    package func flush() async throws {
        try await commit()
        try await settle()
    }

    private func commit() async throws {
        try await settle()
        guard !pending.batches.isEmpty || !pending.tallies.isEmpty || !pending.quarantine.isEmpty else { return }
        let full = pending
        pending = JournalAppend()
        pendingEvents = 0
        inFlight = Task { [journal] in try await journal.append(full) }
    }

    private func settle() async throws {
        while let task = inFlight {
            let done = try await task.value
            guard inFlight == task else { continue }
            inFlight = nil
            report.appended += done.appended
            report.duplicates += done.duplicates
            report.collisions += done.collisions
            report.late += done.late
        }
    }
}
