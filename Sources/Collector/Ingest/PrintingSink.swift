import AdapterKit
import Dialects
import IdentityModel

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

/// One stream on its way to the output.
package final class PrintingStream: RecordStream {
    private let channel: BoundedChannel<RecordBatch>
    private let worker: Task<Void, any Error>
    private let observer: IngestObserver

    init(
        identity: StreamIdentity, context: IngestContext, options: NormalizerOptions, catalog: JourneyCatalog,
        reveals: Bool, emit: @escaping @Sendable ([UInt8]) -> Void
    ) {
        let channel = BoundedChannel<RecordBatch>(capacity: 3)
        self.channel = channel
        observer = context.observer
        worker = Task {
            do {
                var normalizer = try StreamNormalizer(library: context.library, key: context.key, options: options)
                var writer = EventWriter(catalog: catalog)
                var events = EventBatch()
                var revealed = RevealedIdentities()
                var output: [UInt8] = []
                while let batch = await channel.receive() {
                    events.removeAll()
                    revealed.removeAll()
                    output.removeAll(keepingCapacity: true)
                    var tally = NormalizationTally()
                    if reveals {
                        normalizer.normalize(batch, into: &events, revealing: &revealed, tally: &tally)
                    } else {
                        normalizer.normalize(batch, into: &events, tally: &tally)
                    }
                    writer.append(events, revealing: reveals ? revealed : nil, source: identity.name, to: &output)
                    emit(output)
                    for record in tally.quarantined {
                        context.observer.tell("\(identity.name): at byte \(record.offset): \(record.cause)")
                    }
                    let total = tally.total
                    context.observer.add {
                        $0.records += total.records
                        $0.events += total.events
                        $0.quarantined += total.quarantined
                    }
                }
            } catch {
                channel.fail(error)
                throw error
            }
        }
    }

    deinit { channel.finish() }

    package func deliver(_ batch: RecordBatch, upTo position: StreamPosition) async throws {
        try await channel.send(batch)
    }

    /// Nothing is stored, so nothing is to be waited for.
    package func durable(_ position: StreamPosition) async throws {}

    package func report(_ fault: SourceFault) async { observer.report(fault) }

    package func finish() async throws {
        channel.finish()
        try await worker.value
    }
}
