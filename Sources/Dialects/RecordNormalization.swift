import Foundation
import IdentityModel

/// One record at a time: who understands it, which rule it fits, and what becomes of it.
extension StreamNormalizer {
    /// Reads one record with the dialect that understands it. The records of an envelope are
    /// records of their own, and the envelope is none.
    @inline(__always)
    mutating func take(
        _ given: EventAssembler.Origin, only: Int?, _ events: inout EventBatch,
        _ tally: inout NormalizationTally, isElement: Bool = false
    ) {
        assembler.beginRecord()
        isEnvelope = false
        read(given, only: only, &events, &tally, isElement: isElement)
        if !isEnvelope { assembler.endRecord() }
    }

    private mutating func read(
        _ given: EventAssembler.Origin, only: Int?, _ events: inout EventBatch,
        _ tally: inout NormalizationTally, isElement: Bool
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
            let dialect = library.dialects[preferred]
            firstFailure = reader.read(origin.record, dialect, preferred)
            if finish(firstFailure, preferred, dialect, origin, &events, &tally, isElement) { return }
        }
        if only == nil {
            if lastOther >= 0, lastOther != preferred {
                let dialect = library.dialects[lastOther]
                let reading = reader.read(origin.record, dialect, lastOther)
                if finish(reading, lastOther, dialect, origin, &events, &tally, isElement) { return }
            }
            for index in library.dialects.indices where index != preferred && index != lastOther {
                let dialect = library.dialects[index]
                let reading = reader.read(origin.record, dialect, index)
                if firstFailure == .unknown { firstFailure = reading }
                if finish(reading, index, dialect, origin, &events, &tally, isElement) {
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
        _ reading: Reading, _ index: Int, _ dialect: CompiledDialect,
        _ origin: EventAssembler.Origin, _ events: inout EventBatch,
        _ tally: inout NormalizationTally, _ isElement: Bool
    ) -> Bool {
        switch reading {
        case .malformed, .tooDeep, .unknown: return false
        case .header:
            counts[index].records += 1
            counts[index].ignored += 1
            trail?.append(.header)
        case .form(let form):
            counts[index].records += 1
            if dialect.forms[form].eachList >= 0 {
                takeEach(form, index, dialect, origin, &events, &tally)
            } else {
                apply(index, dialect, origin, &events, &tally)
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
            isEnvelope = true
        }
        return true
    }

    /// Whether dialect `index` recognises `record`, which is no envelope.
    private mutating func recognises(_ record: Bytes, _ index: Int) -> Bool {
        if case .form = reader.read(record, library.dialects[index], index) { return true }
        return false
    }

    private mutating func takeEach(
        _ form: Int, _ index: Int, _ dialect: CompiledDialect, _ origin: EventAssembler.Origin,
        _ events: inout EventBatch, _ tally: inout NormalizationTally
    ) {
        for (number, element) in reader.elements(of: form, dialect).enumerated() {
            var part = origin
            part.element = UInt64(number + 1)
            if reader.read(element: element, dialect, index, form: form) {
                apply(index, dialect, part, &events, &tally)
            } else {
                quarantine(part, "\(dialect.name): an element that its form does not fit", index, &tally)
            }
        }
    }

    /// Finds the rule for the fields at hand and makes its event.
    @inline(__always)
    private mutating func apply(
        _ index: Int, _ dialect: CompiledDialect, _ origin: EventAssembler.Origin,
        _ events: inout EventBatch, _ tally: inout NormalizationTally
    ) {
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
