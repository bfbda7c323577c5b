import AdapterKit
import Store
import Synchronization

/// One stream on its way into the journal: the adapter's task reads, a task of its own normalizes.
///
///     adapter ──records──▶ channel ──▶ normalization ──events──▶ committer ──▶ journal
package final class JournalStream: RecordStream {
    /// What waits in the channel.
    private enum Delivery: Sendable {
        case records(RecordBatch, upTo: StreamPosition)
        /// Everything before it is to be made durable.
        case settlement(Errand)
    }

    private let channel: BoundedChannel<Delivery>
    private let observer: IngestObserver

    /// Batches that may wait between reading and normalizing: memory is bounded by them.
    private static let waitingBatchesMax = 3

    init(
        identity: StreamIdentity, context: IngestContext, normalization: sending StreamNormalization,
        committer: JournalCommitter, workers: StreamWorkers
    ) {
        let channel = BoundedChannel<Delivery>(capacity: Self.waitingBatchesMax)
        self.channel = channel
        observer = context.observer
        let name = identity.name
        worker = workers.start {
            do {
                while let delivery = await channel.receive() {
                    switch delivery {
                    case .records(let batch, let position):
                        if let part = try normalization.take(batch, upTo: position) {
                            try await committer.take(part)
                        }
                    case .settlement(let errand):
                        let settled = await Self.settle(normalization, committer)
                        errand.end(settled)
                        try settled.get()
                    }
                }
                try await committer.take(normalization.rest())
            } catch {
                for case .settlement(let errand) in channel.fail(error) { errand.end(.failure(error)) }
                throw IngestFailure(stream: name, error)
            }
        }
    }

    private let worker: StreamWorkers.Worker

    /// An adapter that fails lets go of its streams without `finish`: what was delivered is still taken.
    deinit { channel.finish() }

    private static func settle(
        _ normalization: StreamNormalization, _ committer: JournalCommitter
    ) async -> Result<Void, any Error> {
        do {
            try await committer.take(normalization.rest())
            try await committer.flush()
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    package func deliver(_ batch: RecordBatch, upTo position: StreamPosition) async throws {
        try await channel.send(.records(batch, upTo: position))
    }

    /// Commits everything that was delivered before the call, and so what lies before `position`.
    package func durable(_ position: StreamPosition) async throws {
        let errand = Errand()
        try await channel.send(.settlement(errand))
        try await errand.wait()
    }

    package func report(_ fault: SourceFault) async { observer.report(fault) }

    package func finish() async throws {
        channel.finish()
        try await worker.wait()
    }
}

/// Why a stream could not be journalled.
struct IngestFailure: Error, CustomStringConvertible {
    let description: String

    init(stream: String, _ error: any Error) {
        description = error is IngestFailure ? "\(error)" : "\(stream): \(error)"
    }
}

/// The tasks that normalize the streams of a run, so that its end can wait for all of them.
package final class StreamWorkers: Sendable {
    /// One of the tasks.
    struct Worker: Sendable {
        fileprivate let task: Task<Void, any Error>

        /// Waits for its end; throws what it failed with.
        func wait() async throws { try await task.value }
    }

    private let running = Mutex<[Task<Void, any Error>]>([])

    package init() {}

    func start(_ body: sending @escaping () async throws -> Void) -> Worker {
        let task = Task(operation: body)
        running.withLock { $0.append(task) }
        return Worker(task: task)
    }

    /// Waits for the tasks that adapters have not waited for themselves.
    package func drain() async throws {
        while true {
            let batch = running.withLock { tasks in
                defer { tasks = [] }
                return tasks
            }
            if batch.isEmpty { return }
            for task in batch { try await task.value }
        }
    }
}
