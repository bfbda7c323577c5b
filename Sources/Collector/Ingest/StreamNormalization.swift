import AdapterKit
import Dialects
import IdentityModel
import Store

/// Normalizes one stream's batches and gathers what the journal is to be given of them.
final class StreamNormalization {
    private let identity: StreamIdentity
    private let quarantine: RecordQuarantine
    private let observer: IngestObserver
    private let versions: [String: String]
    private var normalizer: StreamNormalizer
    private var events = EventBatch()
    private var part = JournalAppend()
    private var tallies: [String: SourceTally] = [:]
    private var hasToldDialect = false
    /// How far the batches since the last part reach.
    private var reached: StreamPosition?

    /// Events that are gathered before they are handed on.
    private static let partEvents = 16_384

    /// - Parameter head: see `IngestContext.head(of:)`.
    init(identity: StreamIdentity, head: [UInt8], context: IngestContext, options: NormalizerOptions) throws {
        self.identity = identity
        quarantine = RecordQuarantine(
            source: identity.name, key: context.key, head: identity.isRereadable ? nil : head)
        observer = context.observer
        versions = context.versions
        normalizer = try StreamNormalizer(library: context.library, key: context.key, options: options)
    }

    /// Takes a batch that ends before `position`; gives a part for the journal once enough is gathered.
    func take(_ batch: RecordBatch, upTo position: StreamPosition) throws -> JournalAppend? {
        var tally = NormalizationTally()
        normalizer.normalize(batch, into: &events, tally: &tally)
        if !hasToldDialect, let detection = normalizer.detection {
            hasToldDialect = true
            observer.note(detection, of: identity.name)
        }
        for record in tally.quarantined {
            part.quarantine.append(try quarantine.entry(record, of: batch))
            observer.note(record, of: identity.name)
        }
        count(tally)
        reached = position
        guard events.count >= Self.partEvents else { return nil }
        return drain()
    }

    /// What is left at the end of the stream.
    func rest() -> JournalAppend { drain() }

    private func drain() -> JournalAppend {
        if let reached {
            part.streams = [StreamCheckpoint(name: identity.name, position: reached.rawValue)]
        }
        reached = nil
        if !events.isEmpty { part.batches = [SourcedBatch(source: identity.name, events: events)] }
        part.versions = versions.filter { tallies[$0.key] != nil }
        part.tallies = tallies.values.sorted { $0.dialect < $1.dialect }
        defer {
            events = EventBatch()
            part = JournalAppend()
            tallies = [:]
        }
        return part
    }

    private func count(_ tally: NormalizationTally) {
        for (dialect, counts) in tally.perDialect {
            var own = tallies[dialect] ?? SourceTally(source: identity.name, dialect: dialect)
            own.add(counts)
            tallies[dialect] = own
        }
        let total = tally.total
        observer.add {
            $0.records += total.records
            $0.events += total.events
            $0.ignored += total.ignored
            $0.quarantined += total.quarantined
        }
    }
}
