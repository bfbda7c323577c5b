import AdapterKit
import Foundation
import IdentityModel

/// Turns the records of one stream into columns of events.
///
/// Records go in stream order; one normalizer belongs to one stream and is never shared. What it
/// keeps between batches (years, twins, the chosen dialect) is small; its cache of pseudonyms
/// takes 512 KiB to 16 MiB and goes to the key's next stream. Nothing is allocated per record.
public struct StreamNormalizer: ~Copyable, Sendable {
    let library: DialectLibrary
    var reader: RecordReader
    var assembler: EventAssembler
    let forced: Int?
    var chosen: Int?
    /// The dialect that read the last record which the chosen one did not.
    var lastOther = -1
    var counts: [NormalizationTally.Counts]
    var strayCounts = NormalizationTally.Counts()
    var batchHasNUL = false
    /// Whether the record just read held others.
    var isEnvelope = false
    /// Which dialect was chosen and why; nil until records came.
    public private(set) var detection: DetectionReport?
    /// What became of each record, for the check of dialects; nil keeps nothing.
    var trail: [RecordOutcome]?

    /// A normalizer for a new stream.
    ///
    /// - Throws: `DialectError` where `options` names a dialect, zone or setting that does not exist.
    public init(library: DialectLibrary, key: PseudonymKey, options: NormalizerOptions) throws {
        let plan = try StreamPlan(library, options)
        self.library = library
        forced = plan.forced
        counts = Array(repeating: NormalizationTally.Counts(), count: library.dialects.count)
        reader = RecordReader(dialects: library.dialects, settings: plan.settings)
        let written = options.modifiedSeconds?.multipliedReportingOverflow(by: 1_000_000)
        let newest = written.flatMap { $0.overflow ? nil : $0.partialValue } ?? options.now
        let times = TimeReader(zones: plan.zones, years: YearClock(year: options.year, newest: newest))
        assembler = EventAssembler(
            key: key, dialects: library.dialects, times: times, now: options.now)
    }

    /// Appends the events of `batch` to `events` and counts them in `tally`.
    public mutating func normalize(
        _ batch: RecordBatch, into events: inout EventBatch, tally: inout NormalizationTally
    ) {
        let hinted = batch.dialectHint.flatMap { library.index(of: $0) }
        if let hint = batch.dialectHint, hinted == nil {
            refuse(batch, "no dialect is called '\(hint.prefix(64))'", &tally)
        } else {
            assembler.beginBatch()
            batch.bytes.withUnsafeBytes { bytes in
                guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
                let all = Bytes(start: base, count: bytes.count)
                batchHasNUL = memchr(base, 0, bytes.count) != nil
                if detection == nil { detect(batch, all) }
                var lost = batch.unframed[...]
                for span in batch.spans {
                    let (from, length) = (Int(span.start), Int(span.length))
                    guard from + length <= all.count else { continue }
                    let offset = batch.streamOffset + UInt64(from)
                    while let first = lost.first, first.offset < offset {
                        assembler.twins.skip()
                        lost.removeFirst()
                    }
                    let origin = EventAssembler.Origin(
                        record: Bytes(start: base + from, count: length), offset: offset)
                    take(origin, only: forced ?? hinted, &events, &tally)
                }
                for _ in lost { assembler.twins.skip() }
                assembler.endBatch(&events)
            }
        }
        for lost in batch.unframed {
            tally.quarantined.append(
                QuarantinedRecord(
                    offset: lost.offset, length: lost.length, cause: lost.cause, dialect: ""))
            strayCounts.records += 1
            strayCounts.quarantined += 1
        }
        settle(&tally)
    }

    /// As `normalize(_:into:tally:)`, and appends the clear texts of each event to `revealed`.
    public mutating func normalize(
        _ batch: RecordBatch, into events: inout EventBatch, revealing revealed: inout RevealedIdentities,
        tally: inout NormalizationTally
    ) {
        swap(&assembler.revealed, &revealed)
        assembler.reveals = true
        normalize(batch, into: &events, tally: &tally)
        assembler.reveals = false
        swap(&assembler.revealed, &revealed)
    }

    private mutating func refuse(_ batch: RecordBatch, _ cause: String, _ tally: inout NormalizationTally) {
        for (index, span) in batch.spans.enumerated() {
            tally.quarantined.append(
                QuarantinedRecord(
                    offset: batch.offset(of: index), length: UInt64(span.length), cause: cause,
                    dialect: ""))
        }
        for _ in 0..<batch.spans.count + batch.unframed.count { assembler.twins.skip() }
        strayCounts.records += UInt64(batch.spans.count)
        strayCounts.quarantined += UInt64(batch.spans.count)
    }

    /// Moves the counts of a batch to `tally`.
    private mutating func settle(_ tally: inout NormalizationTally) {
        for index in counts.indices {
            counts[index].withCorrelation = assembler.withCorrelation[index]
            assembler.withCorrelation[index] = 0
        }
        for (index, own) in counts.enumerated() where own != .init() {
            tally.perDialect[library.dialects[index].name, default: .init()].add(own)
            counts[index] = .init()
        }
        guard strayCounts != .init() else { return }
        let name = (forced ?? chosen).map { library.dialects[$0].name } ?? ""
        tally.perDialect[name, default: .init()].add(strayCounts)
        strayCounts = .init()
    }

    /// Takes the dialect called `name` as detected before.
    mutating func choose(_ name: String) {
        guard let index = library.index(of: name) else { return }
        chosen = index
        detection = DetectionReport(resumed: name)
    }

    /// Chooses the dialect by the first records of `batch`, as `normalize` does, and reads none of
    /// them: for who hands a batch over in pieces.
    package mutating func detect(by batch: RecordBatch) {
        guard detection == nil else { return }
        batch.bytes.withUnsafeBytes { bytes in
            guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
            detect(batch, Bytes(start: base, count: bytes.count))
        }
    }

    private mutating func detect(_ batch: RecordBatch, _ all: Bytes) {
        var sample: [Bytes] = []
        for span in batch.spans where sample.count < DetectionReport.recordsMax {
            let (from, length) = (Int(span.start), Int(span.length))
            guard from + length <= all.count else { continue }
            let record = Bytes(start: all.start + from, count: length).withoutFraming
            if record.trimmed.count > 0 { sample.append(record) }
        }
        guard !sample.isEmpty else { return }
        let report = DetectionReport(sample, library.dialects, &reader)
        chosen = report.chosen.flatMap { library.index(of: $0) }
        detection = report
    }
}
