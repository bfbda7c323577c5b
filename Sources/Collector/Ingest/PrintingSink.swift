import AdapterKit
import Dialects
import IdentityModel
import Synchronization

/// Prints the streams of adapters as NDJSON, with pseudonyms or with identities in the clear.
package struct PrintingSink: RecordSink {
    private let context: IngestContext
    private let catalog: JourneyCatalog
    private let reveals: Bool
    private let emit: @Sendable ([UInt8]) -> Void

    /// A sink that hands NDJSON of the events to `emit`, a batch at a time.
    package init(context: IngestContext, catalog: JourneyCatalog, reveals: Bool, emit: @escaping @Sendable ([UInt8]) -> Void) {
        self.context = context
        self.catalog = catalog
        self.reveals = reveals
        self.emit = emit
    }

    package func open(_ identity: StreamIdentity) async throws -> PrintingStream {
        var options = context.options
        options.modifiedSeconds = identity.modifiedSeconds
        return PrintingStream(identity: identity, context: context, options: options, catalog: catalog, reveals: reveals, emit: emit)
    }

    package func report(_ fault: SourceFault) async { context.observer.report(fault) }

    package func advanced(sourceBytes: Int) async {
        context.observer.add { $0.sourceBytes += UInt64(max(0, sourceBytes)) }
    }
}

/// One stream on its way to the output: the adapter's task reads, one normalizes, one renders.
///
///     batches of records ──▶ normalizing ──▶ batches of events ──▶ rendering ──▶ emit
///                                  ▲────────── emptied ──────────────┘
package final class PrintingStream: RecordStream {
    private let channel: BoundedChannel<RecordBatch>
    private let normalizing: Task<Void, any Error>
    private let rendering: Task<Void, Never>
    private let observer: IngestObserver

    init(
        identity: StreamIdentity, context: IngestContext, options: NormalizerOptions, catalog: JourneyCatalog,
        reveals: Bool, emit: @escaping @Sendable ([UInt8]) -> Void
    ) {
        let channel = BoundedChannel<RecordBatch>(capacity: 3)
        let pages = BoundedChannel<PrintedEvents>(capacity: 2)
        let shelf = PageShelf()
        self.channel = channel
        observer = context.observer
        normalizing = Task {
            defer { pages.finish() }
            do {
                var normalizer = try StreamNormalizer(library: context.library, key: context.key, options: options)
                while let batch = await channel.receive() {
                    var page = shelf.take()
                    Self.normalize(batch, with: &normalizer, reveals: reveals, into: &page, identity, context.observer)
                    try await pages.send(page)
                }
            } catch {
                channel.fail(error)
                throw error
            }
        }
        rendering = Task {
            var writer = EventWriter(catalog: catalog)
            var output: [UInt8] = []
            while let page = await pages.receive() {
                output.removeAll(keepingCapacity: true)
                writer.append(
                    page.events, revealing: reveals ? page.revealed : nil, source: identity.name, to: &output)
                shelf.give(page)
                emit(output)
            }
        }
    }

    deinit { channel.finish() }

    private static func normalize(
        _ batch: RecordBatch, with normalizer: inout StreamNormalizer, reveals: Bool, into page: inout PrintedEvents,
        _ identity: StreamIdentity, _ observer: IngestObserver
    ) {
        var tally = NormalizationTally()
        if reveals {
            normalizer.normalize(batch, into: &page.events, revealing: &page.revealed, tally: &tally)
        } else {
            normalizer.normalize(batch, into: &page.events, tally: &tally)
        }
        for record in tally.quarantined {
            observer.tell("\(identity.name): at byte \(record.offset): \(record.cause)")
        }
        let total = tally.total
        observer.add {
            $0.records += total.records
            $0.events += total.events
            $0.quarantined += total.quarantined
        }
    }

    package func deliver(_ batch: RecordBatch, upTo position: StreamPosition) async throws {
        try await channel.send(batch)
    }

    /// Nothing is stored, so nothing is to be waited for.
    package func durable(_ position: StreamPosition) async throws {}

    package func report(_ fault: SourceFault) async { observer.report(fault) }

    package func finish() async throws {
        channel.finish()
        try await normalizing.value
        await rendering.value
    }
}

/// The events of one batch and, where asked for, their clear texts.
private struct PrintedEvents {
    var events = EventBatch()
    var revealed = RevealedIdentities()
}

/// Rendered batches of events, kept for the next: their memory is taken once.
private final class PageShelf: Sendable {
    private let pages = Mutex<[PrintedEvents]>([])

    /// An empty page.
    func take() -> PrintedEvents {
        var page = pages.withLock { $0.popLast() } ?? PrintedEvents()
        page.events.removeAll()
        page.revealed.removeAll()
        return page
    }

    func give(_ page: consuming PrintedEvents) { pages.withLock { [page] in $0.append(page) } }
}
