import AdapterKit
import Dialects
import IdentityModel
import Store
import Synchronization

/// Reads quarantined records again with today's dialects and journals what is understood now.
///
/// Sources that can be read again go through `sink` as a replay's do, whole: ids of records without
/// a vendor's id depend on the records before them. Of what they give, only what begins at a
/// quarantined position, and has the text that stood there, is appended. Records that were kept
/// sealed are opened by `retrySealed`.
package final class QuarantineRetry: Sendable {
    /// What became of the quarantined records of one source.
    package struct Outcome: Sendable, Equatable {
        /// Events that were made of them.
        package var events = 0
        /// Records that are ignored on purpose now.
        package var ignored = 0
        /// Records that left the quarantine.
        package var released = 0
        /// Records that are not understood today either.
        package var refused = 0

        /// Nothing was read.
        package init() {}
    }

    private let context: IngestContext
    private let store: any JournalReading & JournalWriting
    private let held: [String: QuarantinedSource]
    private let found = Mutex<[String: Outcome]>([:])

    /// Sealed records that are opened at a time.
    private static let sealedAtOnce = 1024

    /// A retry of all that `store` holds in its quarantine now.
    package init(context: IngestContext, store: any JournalReading & JournalWriting) throws {
        self.context = context
        self.store = store
        held = Dictionary(try store.quarantinedSources().map { ($0.source, $0) }) { first, _ in first }
    }

    /// What the quarantine held of each source when the retry began, by name.
    package var sources: [QuarantinedSource] { held.values.sorted { $0.source < $1.source } }

    /// What became of the records of `source` so far; nil if it was not read.
    package func outcome(of source: String) -> Outcome? { found.withLock { $0[source] } }

    /// Takes the streams of adapters that read the sources again.
    package var sink: RetrySink { RetrySink(retry: self) }

    /// Opens the sealed records of `source` and normalizes them, each content for itself.
    ///
    /// - Throws: `StoreError.sealBroken` under another key.
    package func retrySealed(of source: String) async throws {
        var normalization: RetryNormalization?
        var last: QuarantineRecord?
        while true {
            let records = try store.sealedQuarantine(of: source, after: last, limit: Self.sealedAtOnce)
            for record in records {
                guard let sealed = record.entry.sealed else { continue }
                let head = record.entry.head ?? []
                if normalization == nil || head != last?.entry.head ?? [] {
                    if let normalization { try await commit(normalization.rest(), of: source) }
                    let options = try await context.options(ofHead: head, modified: nil, store)
                    normalization = try begin(source, options, head: head)
                }
                last = record
                var batch = RecordBatch()
                batch.bytes = try sealed.opened(under: context.key)
                batch.spans = [RecordBatch.Span(start: 0, length: batch.bytes.count)]
                batch.streamOffset = record.entry.position
                try normalization?.take(batch, [record])
            }
            guard records.count == Self.sealedAtOnce else { break }
            if let normalization { try await commit(normalization.rest(), of: source) }
        }
        if let normalization { try await commit(normalization.rest(), of: source) }
    }

    fileprivate func open(_ identity: StreamIdentity) async throws -> RetryStream {
        var normalization: RetryNormalization?
        if let source = held[identity.name], source.records > source.sealed {
            let head = context.head(of: identity)
            let options = try await context.options(ofHead: head, modified: identity.modifiedSeconds, store)
            normalization = try begin(identity.name, options, head: identity.isRereadable ? nil : head)
        }
        return RetryStream(name: identity.name, retry: self, normalization: normalization)
    }

    private func begin(
        _ source: String, _ options: NormalizerOptions, head: [UInt8]?
    ) throws -> sending RetryNormalization {
        let counters = try store.sources().map(\.tally).filter { $0.source == source }
        return RetryNormalization(
            source: source,
            normalizer: try StreamNormalizer(library: context.library, key: context.key, options: options),
            quarantine: RecordQuarantine(source: source, key: context.key, head: head),
            ledger: RetryLedger(source: source, counters, held: held[source]?.byDialect ?? [:]))
    }

    /// The quarantined records that begin within `batch`.
    fileprivate func records(of source: String, in batch: RecordBatch) throws -> [QuarantineRecord] {
        let first = min(batch.streamOffset, batch.unframed.map(\.offset).min() ?? .max)
        let end = batch.streamOffset + UInt64(batch.bytes.count)
        return try store.quarantine(of: source, positions: first..<max(first, end))
            .filter { $0.entry.sealed == nil }
    }

    /// Makes `part` durable and counts what it did.
    fileprivate func commit(_ part: RetryNormalization.Part, of source: String) async throws {
        if !part.isEmpty { try await store.append(part.append) }
        found.withLock { $0[source, default: Outcome()].add(part.outcome) }
    }

    fileprivate var observer: IngestObserver { context.observer }
}

extension QuarantineRetry.Outcome {
    /// Counts those of `other` too.
    package mutating func add(_ other: Self) {
        events += other.events
        ignored += other.ignored
        released += other.released
        refused += other.refused
    }
}

/// Takes the streams of adapters that read quarantined sources again.
package struct RetrySink: RecordSink {
    fileprivate let retry: QuarantineRetry

    package func open(_ identity: StreamIdentity) async throws -> RetryStream {
        try await retry.open(identity)
    }

    package func report(_ fault: SourceFault) async { retry.observer.report(fault) }

    package func advanced(sourceBytes: Int) async {
        retry.observer.add { $0.sourceBytes += UInt64(max(0, sourceBytes)) }
    }
}

/// One stream that is read again.
package actor RetryStream: RecordStream {
    private let name: String
    private let retry: QuarantineRetry
    /// Nil where nothing of this stream is in the quarantine.
    private let normalization: RetryNormalization?

    fileprivate init(
        name: String, retry: QuarantineRetry, normalization: sending RetryNormalization?
    ) {
        self.name = name
        self.retry = retry
        self.normalization = normalization
    }

    package func deliver(_ batch: RecordBatch, upTo position: StreamPosition) async throws {
        guard let normalization else { return }
        try normalization.take(batch, retry.records(of: name, in: batch))
        if normalization.isFull { try await retry.commit(normalization.rest(), of: name) }
    }

    /// Nothing but what `deliver` commits is to be waited for.
    package func durable(_ position: StreamPosition) async throws {}

    package func report(_ fault: SourceFault) async { retry.observer.report(fault) }

    package func finish() async throws {
        guard let normalization else { return }
        try await retry.commit(normalization.rest(), of: name)
    }
}
