import AdapterKit
import Foundation
import IdentityModel

/// Turns the records of one stream into columns of events.
///
/// Records go in stream order; one normalizer belongs to one stream and is never shared. What it
/// keeps between batches (years, twins, the chosen dialect) is small; its cache of pseudonyms
/// takes 8 MiB. Nothing is allocated per record.
public struct StreamNormalizer: ~Copyable, Sendable {
    let library: DialectLibrary
    var reader: RecordReader
    var assembler: EventAssembler
    private let forced: Int?
    private var chosen: Int?
    /// The dialect that read the last record which the chosen one did not.
    private var lastOther = -1
    private var counts: [NormalizationTally.Counts]
    private var strayCounts = NormalizationTally.Counts()
    private var batchHasNUL = false
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
                for span in batch.spans {
                    let (from, length) = (Int(span.start), Int(span.length))
                    guard from + length <= all.count else { continue }
                    let offset = batch.streamOffset + UInt64(from)
                    let origin = EventAssembler.Origin(
                        record: Bytes(start: base + from, count: length), offset: offset)
                    take(origin, only: forced ?? hinted, &events, &tally)
                }
            }
            assembler.endBatch(&events)
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

    // MARK: One record

    /// Reads one record with the dialect that understands it.
    private mutating func take(
        _ given: EventAssembler.Origin, only: Int?, _ events: inout EventBatch,
        _ tally: inout NormalizationTally, isElement: Bool = false
    ) {
        var origin = given
        origin.record = given.record.withoutFraming
        if origin.record.trimmed.count == 0 {
            strayCounts.records += 1
            strayCounts.ignored += 1
            trail?.append(.blank)
            return
        }
        if batchHasNUL, let hit = memchr(origin.record.start, 0, origin.record.count) {
            let byte = UnsafeRawPointer(hit) - UnsafeRawPointer(origin.record.start)
            quarantine(origin, "a NUL byte at byte \(byte)", nil, &tally)
            return
        }
        var firstFailure = Reading.unknown
        let preferred = only ?? chosen ?? lastOther
        if preferred >= 0 {
            firstFailure = reader.read(origin.record, library.dialects[preferred], preferred)
            if finish(firstFailure, preferred, origin, &events, &tally, isElement) { return }
        }
        if only == nil {
            if lastOther >= 0, lastOther != preferred {
                let reading = reader.read(origin.record, library.dialects[lastOther], lastOther)
                if finish(reading, lastOther, origin, &events, &tally, isElement) { return }
            }
            for index in library.dialects.indices where index != preferred && index != lastOther {
                let reading = reader.read(origin.record, library.dialects[index], index)
                if firstFailure == .unknown { firstFailure = reading }
                if finish(reading, index, origin, &events, &tally, isElement) {
                    lastOther = index
                    return
                }
            }
        }
        quarantine(origin, Self.cause(firstFailure, only.map { library.dialects[$0].name }), nil, &tally)
    }

    private static func cause(_ failure: Reading, _ dialect: String?) -> String {
        switch failure {
        case .malformed(let byte): "malformed JSON at byte \(byte)"
        case .tooDeep: "JSON nested deeper than \(JSONScanner.depthMax)"
        default: dialect.map { "\($0) does not understand this record" }
            ?? "no dialect understands this record"
        }
    }

    /// Does what `reading` asks for; false where the dialect does not recognise the record.
    private mutating func finish(
        _ reading: Reading, _ index: Int, _ origin: EventAssembler.Origin,
        _ events: inout EventBatch, _ tally: inout NormalizationTally, _ isElement: Bool
    ) -> Bool {
        switch reading {
        case .malformed, .tooDeep, .unknown: return false
        case .header:
            counts[index].records += 1
            counts[index].ignored += 1
            trail?.append(.header)
        case .form(let form):
            counts[index].records += 1
            if library.dialects[index].forms[form].eachList >= 0 {
                takeEach(form, index, origin, &events, &tally)
            } else {
                apply(index, origin, &events, &tally)
            }
        case .envelope:
            let records = reader.elements.map(\.bytes)
            guard !isElement, recognises(records[0], index) else { return false }
            for record in records {
                var inner = origin
                inner.record = record
                inner.offset += UInt64(record.start - origin.record.start)
                take(inner, only: index, &events, &tally, isElement: true)
            }
        }
        return true
    }

    /// Whether dialect `index` recognises `record`, which is no envelope.
    private mutating func recognises(_ record: Bytes, _ index: Int) -> Bool {
        if case .form = reader.read(record, library.dialects[index], index) { return true }
        return false
    }

    private mutating func takeEach(
        _ form: Int, _ index: Int, _ origin: EventAssembler.Origin, _ events: inout EventBatch,
        _ tally: inout NormalizationTally
    ) {
        let dialect = library.dialects[index]
        for (number, element) in reader.elements(of: form, dialect).enumerated() {
            var part = origin
            part.element = UInt64(number + 1)
            if reader.read(element: element, dialect, index, form: form) {
                apply(index, part, &events, &tally)
            } else {
                quarantine(part, "\(dialect.name): an element that its form does not fit", index, &tally)
            }
        }
    }

    /// Finds the rule for the fields at hand and makes its event.
    @inline(__always)
    private mutating func apply(
        _ index: Int, _ origin: EventAssembler.Origin, _ events: inout EventBatch,
        _ tally: inout NormalizationTally
    ) {
        let dialect = library.dialects[index]
        guard let number = reader.rule(dialect), let rules = dialect.rules.baseAddress else {
            quarantine(origin, noRule(dialect), index, &tally)
            return
        }
        let rule = rules + number
        if rule.pointee.action == .ignore {
            counts[index].ignored += 1
            trail?.append(.ignored(dialect: index, rule: number))
            return
        }
        let refusal = assembler.append(rule, dialect, index, &reader.fields, origin, to: &events)
        if let refusal {
            if case .clockSkew = refusal { counts[index].clockSkewed += 1 }
            quarantine(origin, "\(dialect.name): \(refusal.text)", index, &tally, rule: number)
            return
        }
        counts[index].events += 1
        if trail != nil {
            let row = assembler.nextRow(events) - 1
            trail?.append(.event(dialect: index, rule: number, row: row))
        }
    }

    /// `keycloak: no rule for type=FOO`; the value only where it is a plain code.
    private mutating func noRule(_ dialect: CompiledDialect) -> String {
        let dispatch = dialect.dispatch
        let slot = Int(dispatch.slot)
        guard dispatch.mode == .value, slot >= dialect.firstField,
            let value = reader.fields.value(slot), value.isPlainCode
        else { return "\(dialect.name): no rule fits this record" }
        return "\(dialect.name): no rule for \(dialect.fieldNames[slot - dialect.firstField])=\(value.text)"
    }

    private mutating func quarantine(
        _ origin: EventAssembler.Origin, _ cause: String, _ index: Int?,
        _ tally: inout NormalizationTally, rule: Int? = nil
    ) {
        if let index {
            counts[index].quarantined += 1
        } else {
            strayCounts.records += 1
            strayCounts.quarantined += 1
        }
        tally.quarantined.append(
            QuarantinedRecord(
                offset: origin.offset, length: UInt64(origin.record.count), cause: cause,
                dialect: index.map { library.dialects[$0].name } ?? ""))
        trail?.append(.quarantined(cause: cause, dialect: index, rule: rule))
    }
}
