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
    /// The versions of the dialects by their names: blocks of the journal carry them.
    let versions: [String: String]

    package init(library: DialectLibrary, key: PseudonymKey, options: NormalizerOptions, observer: IngestObserver) {
        self.library = library
        self.key = key
        self.options = options
        self.observer = observer
        versions = Dictionary(
            library.descriptions.map { ($0.name, String($0.version)) }, uniquingKeysWith: { $1 })
    }

    /// Domain of stream heads under the keyed hash.
    private static let headDomain: UInt64 = 8

    /// By what the store knows a content: a keyed hash of its head, which holds identities.
    func head(of identity: StreamIdentity) -> [UInt8] {
        let hash = identity.head.withUnsafeBytes { key.keyedHash.hash($0, Self.headDomain, 0) }
        return withUnsafeBytes(of: hash.littleEndian) { Array($0) }
    }

    /// The options with what was decided at the first reading of the content that `head` names.
    ///
    /// - Parameter modified: when the content was last written, as told now.
    func options(
        ofHead head: [UInt8], modified: Int64?, _ journal: any JournalWriting
    ) async throws -> NormalizerOptions {
        var options = options
        let decision = try await journal.decision(
            forHead: head,
            proposal: StreamDecision(modifiedSeconds: modified, now: options.now, year: options.year))
        options.modifiedSeconds = decision.modifiedSeconds
        options.now = decision.now
        options.year = decision.year
        return options
    }
}

/// Takes the streams of adapters into the journal.
package struct JournalSink: RecordSink {
    private let context: IngestContext
    private let journal: any JournalWriting
    private let committer: JournalCommitter
    private let workers = StreamWorkers()

    package init(context: IngestContext, journal: any JournalWriting, committer: JournalCommitter) {
        self.context = context
        self.journal = journal
        self.committer = committer
    }

    package func open(_ identity: StreamIdentity) async throws -> JournalStream {
        let head = context.head(of: identity)
        let options = try await context.options(ofHead: head, modified: identity.modifiedSeconds, journal)
        context.observer.add { $0.streams += 1 }
        return JournalStream(
            identity: identity, context: context,
            normalization: try StreamNormalization(identity: identity, head: head, context: context, options: options),
            committer: committer, workers: workers)
    }

    /// Ends the run: everything that any stream was given is durable afterwards, streams included
    /// that a failing adapter left open.
    package func drain() async throws {
        try await workers.drain()
        try await committer.flush()
    }

    package func report(_ fault: SourceFault) async { context.observer.report(fault) }

    package func advanced(sourceBytes: Int) async {
        context.observer.add { $0.sourceBytes += UInt64(max(0, sourceBytes)) }
    }
}
