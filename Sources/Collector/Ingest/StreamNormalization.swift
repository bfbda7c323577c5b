import AdapterKit
import Dialects
import IdentityModel
import Store

/// Normalizes one stream's batches and gathers what the journal is to be given of them.
final class StreamNormalization {
    private let identity: StreamIdentity
    private let key: PseudonymKey
    private let hash: KeyedHash
    private let observer: IngestObserver
    private var normalizer: StreamNormalizer
    private var events = EventBatch()
    private var part = JournalAppend()
    private var tallies: [String: SourceTally] = [:]
    private var hasToldDialect = false

    /// Events that are gathered before they are handed on.
    private static let partEvents = 16_384
    /// Domain of quarantine fingerprints under the keyed hash.
    private static let quarantineDomain: UInt64 = 9

    init(identity: StreamIdentity, context: IngestContext, options: NormalizerOptions) throws {
        self.identity = identity
        key = context.key
        hash = context.key.keyedHash
        observer = context.observer
        normalizer = try StreamNormalizer(library: context.library, key: context.key, options: options)
    }

    /// Takes a batch; gives a part for the journal once enough is gathered.
    func take(_ batch: RecordBatch) throws -> JournalAppend? {
        var tally = NormalizationTally()
        normalizer.normalize(batch, into: &events, tally: &tally)
        if !hasToldDialect, let detection = normalizer.detection {
            hasToldDialect = true
            observer.tell("\(identity.name): \(detection)")
        }
        try quarantine(tally, of: batch)
        count(tally)
        guard events.count >= Self.partEvents else { return nil }
        return drain()
    }

    /// What is left at the end of the stream.
    func rest() -> JournalAppend { drain() }

    private func drain() -> JournalAppend {
        if !events.isEmpty { part.batches = [SourcedBatch(source: identity.name, events: events)] }
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
            own.records += Int(counts.records)
            own.events += Int(counts.events)
            own.ignored += Int(counts.ignored)
            own.quarantined += Int(counts.quarantined)
            own.clockSkewed += Int(counts.clockSkewed)
            own.withCorrelation += Int(counts.withCorrelation)
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

    /// Quarantined records keep position and fingerprint where the source can be read again, else
    /// the record itself, sealed.
    private func quarantine(_ tally: NormalizationTally, of batch: RecordBatch) throws {
        for record in tally.quarantined {
            var entry = QuarantineEntry(
                source: identity.name, dialect: record.dialect, position: record.offset,
                length: Int(clamping: record.length), cause: record.cause, fingerprint: 0)
            try batch.bytes.withUnsafeBytes { bytes in
                guard record.offset >= batch.streamOffset else { return }
                let start = Int(clamping: record.offset - batch.streamOffset)
                guard start < bytes.count, entry.length <= bytes.count - start else { return }
                let text = UnsafeRawBufferPointer(rebasing: bytes[start..<start + entry.length])
                entry.fingerprint = hash.fingerprint(text, domain: Self.quarantineDomain)
                if !identity.isRereadable { entry.sealed = try SealedRecord(sealing: text, under: key) }
            }
            part.quarantine.append(entry)
        }
    }
}
