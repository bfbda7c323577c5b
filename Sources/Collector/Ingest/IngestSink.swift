import AdapterKit
import Dialects
import IdentityModel
import Store

/// What every stream of a run shares.
package struct IngestContext: Sendable {
    package var library: DialectLibrary
    package var key: PseudonymKey
    /// What the user said of dialect, year, zone and clock; streams fill in what they know better.
    package var options: NormalizerOptions
    package var observer: IngestObserver

    package init(library: DialectLibrary, key: PseudonymKey, options: NormalizerOptions, observer: IngestObserver) {
        self.library = library
        self.key = key
        self.options = options
        self.observer = observer
    }
}

/// Takes the streams of adapters into the journal.
package struct JournalSink: RecordSink {
    private let context: IngestContext
    private let journal: any JournalWriting
    private let committer: JournalCommitter

    /// Domain of stream heads under the keyed hash.
    private static let headDomain: UInt64 = 8

    package init(context: IngestContext, journal: any JournalWriting, committer: JournalCommitter) {
        self.context = context
        self.journal = journal
        self.committer = committer
    }

    package func open(_ identity: StreamIdentity) async throws -> JournalStream {
        var options = context.options
        // The head holds identities: the store knows a content by a keyed hash of it.
        let head = identity.head.withUnsafeBytes { context.key.keyedHash.hash($0, Self.headDomain, 0) }
        let decision = try await journal.decision(
            forHead: withUnsafeBytes(of: head.littleEndian) { Array($0) },
            proposal: StreamDecision(
                modifiedSeconds: identity.modifiedSeconds, now: options.now, year: options.year))
        options.modifiedSeconds = decision.modifiedSeconds
        options.now = decision.now
        options.year = decision.year
        context.observer.add { $0.streams += 1 }
        return JournalStream(identity: identity, context: context, options: options, committer: committer)
    }

    package func report(_ fault: SourceFault) async { context.observer.report(fault) }

    package func advanced(sourceBytes: Int) async {
        context.observer.add { $0.sourceBytes += UInt64(max(0, sourceBytes)) }
    }
}

/// One stream on its way into the journal: the adapter's task reads, a task of its own normalizes.
package final class JournalStream: RecordStream {
    private let channel: BoundedChannel<RecordBatch>
    private let worker: Task<Void, any Error>
    private let committer: JournalCommitter
    private let observer: IngestObserver

    /// Batches that may wait between reading and normalizing: memory is bounded by them.
    private static let waitingBatchesMax = 3

    init(identity: StreamIdentity, context: IngestContext, options: NormalizerOptions, committer: JournalCommitter) {
        let channel = BoundedChannel<RecordBatch>(capacity: Self.waitingBatchesMax)
        self.channel = channel
        self.committer = committer
        observer = context.observer
        worker = Task {
            do {
                let normalization = try StreamNormalization(identity: identity, context: context, options: options)
                while let batch = await channel.receive() {
                    if let part = try normalization.take(batch) { try await committer.take(part) }
                }
                try await committer.take(normalization.rest())
            } catch {
                channel.fail(error)
                throw error
            }
        }
    }

    /// An adapter that fails lets go of its streams without `finish`: what was delivered is still taken.
    deinit { channel.finish() }

    package func deliver(_ batch: RecordBatch, upTo position: StreamPosition) async throws {
        try await channel.send(batch)
    }

    /// Commits everything that any stream has handed over.
    package func durable(_ position: StreamPosition) async throws { try await committer.flush() }

    package func report(_ fault: SourceFault) async { observer.report(fault) }

    package func finish() async throws {
        channel.finish()
        try await worker.value
    }
}
