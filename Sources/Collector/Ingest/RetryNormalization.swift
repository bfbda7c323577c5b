import AdapterKit
import Dialects
import IdentityModel
import Store

/// Normalizes one content again and keeps what begins at quarantined positions.
///
///     spans     │ a │ b │ c ✗ │ d │ e ✗ │ f │      ✗ quarantined before
///     pieces    └ passed┘ kept└───┘ kept└───┘      each piece goes through the one normalizer
final class RetryNormalization {
    /// What the journal is to be given, and what it means.
    struct Part: Sendable {
        var append = JournalAppend()
        var outcome = QuarantineRetry.Outcome()

        var isEmpty: Bool {
            append.released.isEmpty && append.refused.isEmpty && append.batches.isEmpty
        }
    }

    private let source: String
    private var normalizer: StreamNormalizer
    private let quarantine: RecordQuarantine
    private var ledger: RetryLedger
    private var part = Part()
    private var events = EventBatch()
    /// Reused for what is normalized and not kept.
    private var scratch = EventBatch()

    /// Events or records that are gathered before they are handed on.
    private static let partRecords = 16_384

    init(
        source: String, normalizer: consuming StreamNormalizer, quarantine: RecordQuarantine,
        ledger: RetryLedger
    ) {
        self.source = source
        self.normalizer = normalizer
        self.quarantine = quarantine
        self.ledger = ledger
    }

    var isFull: Bool {
        events.count + part.append.released.count + part.append.refused.count >= Self.partRecords
    }

    /// What was gathered since the last call.
    func rest() -> Part {
        if !events.isEmpty { part.append.batches = [SourcedBatch(source: source, events: events)] }
        part.append.tallies = ledger.drain()
        defer {
            part = Part()
            events = EventBatch()
        }
        return part
    }

    /// Takes `batch`, in which `records` were quarantined, in order of position.
    func take(_ batch: RecordBatch, _ records: [QuarantineRecord]) throws {
        normalizer.detect(by: batch)
        var waiting = records[...]
        var passed = 0
        for (index, span) in batch.spans.enumerated() {
            let end = batch.offset(of: index) + UInt64(span.length)
            settleUnframed(&waiting, before: batch.offset(of: index), batch)
            let own = waiting.prefix { $0.entry.position < end }
            guard !own.isEmpty else { continue }
            waiting = waiting.dropFirst(own.count)
            normalize(batch.piece(passed..<index))
            passed = index + 1
            try settle(Array(own), with: batch.piece(index..<index + 1), of: batch)
        }
        normalize(batch.piece(passed..<batch.spans.count))
        settleUnframed(&waiting, before: .max, batch)
    }

    /// Normalizes what is in the journal already.
    private func normalize(_ piece: RecordBatch) {
        guard !piece.spans.isEmpty else { return }
        var tally = NormalizationTally()
        scratch.removeAll()
        normalizer.normalize(piece, into: &scratch, tally: &tally)
    }

    /// Settles records that lie in no record of today: their stretch has no framing. Where it has
    /// changed nothing is known of them, and they stay.
    private func settleUnframed(
        _ waiting: inout ArraySlice<QuarantineRecord>, before end: UInt64, _ batch: RecordBatch
    ) {
        while let record = waiting.first, record.entry.position < end {
            waiting.removeFirst()
            if let lost = batch.unframed.first(where: { $0.offset == record.entry.position }) {
                refuse(record, dialect: "", cause: lost.cause)
            }
        }
    }

    /// Normalizes `piece`, one record, and settles what was quarantined of it.
    private func settle(
        _ records: [QuarantineRecord], with piece: RecordBatch, of batch: RecordBatch
    ) throws {
        var tally = NormalizationTally()
        scratch.removeAll()
        normalizer.normalize(piece, into: &scratch, tally: &tally)
        let standing = records.filter { quarantine.stands($0.entry, in: batch) }
        if let whole = standing.first(where: { $0.entry.position == piece.offset(of: 0) }) {
            try settle(whole: whole, tally, batch)
        }
        for record in standing where record.entry.position != piece.offset(of: 0) {
            settle(element: record, tally)
        }
    }

    /// Settles a record that was quarantined as a whole.
    private func settle(
        whole record: QuarantineRecord, _ tally: NormalizationTally, _ batch: RecordBatch
    ) throws {
        let entry = record.entry
        let failure = tally.quarantined.first { $0.offset == entry.position }
        if let failure, failure.cause == entry.cause, failure.dialect == entry.dialect {
            part.outcome.refused += 1
            return
        }
        ledger.withdraw(entry)
        ledger.add(tally)
        for row in 0..<scratch.count { events.append(row, of: scratch) }
        part.outcome.events += scratch.count
        part.outcome.ignored += Int(tally.total.ignored)
        for other in tally.quarantined where other.offset != entry.position {
            part.append.quarantine.append(try quarantine.entry(other, of: batch))
        }
        if let failure {
            refuse(record, dialect: failure.dialect, cause: failure.cause)
        } else {
            release(record)
        }
    }

    /// Settles a record that was quarantined as one of several in an envelope.
    private func settle(element record: QuarantineRecord, _ tally: NormalizationTally) {
        let entry = record.entry
        let places = entry.position..<entry.position + UInt64(max(1, entry.length))
        if let failure = tally.quarantined.first(where: { places.contains($0.offset) }) {
            if failure.cause == entry.cause, failure.dialect == entry.dialect {
                part.outcome.refused += 1
            } else {
                refuse(record, dialect: failure.dialect, cause: failure.cause)
            }
            return
        }
        var counts = NormalizationTally.Counts()
        counts.records = 1
        for row in 0..<scratch.count where places.contains(scratch.offset[row]) {
            events.append(row, of: scratch)
            counts.events += 1
            if scratch.correlation[row] != 0 { counts.withCorrelation += 1 }
        }
        if counts.events == 0 { counts.ignored = 1 }
        part.outcome.events += Int(counts.events)
        part.outcome.ignored += Int(counts.ignored)
        ledger.withdraw(entry)
        // An envelope is read with one dialect.
        ledger.add(counts, dialect: tally.perDialect.keys.sorted().first ?? entry.dialect)
        release(record)
    }

    private func release(_ record: QuarantineRecord) {
        part.append.released.append(record.number)
        part.outcome.released += 1
    }

    private func refuse(_ record: QuarantineRecord, dialect: String, cause: String) {
        part.outcome.refused += 1
        guard record.entry.dialect != dialect || record.entry.cause != cause else { return }
        part.append.refused.append(
            QuarantineRefusal(number: record.number, dialect: dialect, cause: cause))
    }
}

/// Moves integrity counters of one source: what was counted of a record at its first reading is
/// withdrawn, what today's reading counts is added.
struct RetryLedger {
    private let source: String
    private var moves: [String: SourceTally] = [:]
    /// Quarantined records that no dialect recognised count under their stream's dialect; how many
    /// there are, by that dialect.
    private var strays: [(dialect: String, count: Int)]

    /// - Parameters:
    ///   - counters: the source's counters, by dialect.
    ///   - held: how many of its records are in the quarantine, by the dialect that recognised them.
    init(source: String, _ counters: [SourceTally], held: [String: Int]) {
        self.source = source
        strays = counters.compactMap { tally in
            let recognised = tally.dialect.isEmpty ? 0 : held[tally.dialect] ?? 0
            let count = tally.quarantined - recognised
            return count > 0 ? (tally.dialect, count) : nil
        }
    }

    /// Takes back what was counted of `entry`.
    mutating func withdraw(_ entry: QuarantineEntry) {
        var dialect = entry.dialect
        if dialect.isEmpty {
            guard let place = strays.firstIndex(where: { $0.count > 0 }) else { return }
            strays[place].count -= 1
            dialect = strays[place].dialect
        }
        change(dialect) {
            $0.records -= 1
            $0.quarantined -= 1
            if entry.cause.contains(Self.clockSkewMark) { $0.clockSkewed -= 1 }
        }
    }

    /// How causes of clock skew begin, after the dialect's name.
    private static let clockSkewMark = ": clock skew: "

    mutating func add(_ tally: NormalizationTally) {
        for (dialect, counts) in tally.perDialect { add(counts, dialect: dialect) }
    }

    mutating func add(_ counts: NormalizationTally.Counts, dialect: String) {
        change(dialect) { $0.add(counts) }
    }

    private mutating func change(_ dialect: String, _ change: (inout SourceTally) -> Void) {
        change(&moves[dialect, default: SourceTally(source: source, dialect: dialect)])
    }

    /// The changes since the last call.
    mutating func drain() -> [SourceTally] {
        defer { moves = [:] }
        return moves.values.filter { $0 != SourceTally(source: source, dialect: $0.dialect) }
            .sorted { $0.dialect < $1.dialect }
    }
}

extension SourceTally {
    /// Adds what a normalizer counted.
    mutating func add(_ counts: NormalizationTally.Counts) {
        records += Int(counts.records)
        events += Int(counts.events)
        ignored += Int(counts.ignored)
        quarantined += Int(counts.quarantined)
        clockSkewed += Int(counts.clockSkewed)
        withCorrelation += Int(counts.withCorrelation)
    }
}

extension RecordBatch {
    /// A batch of `records` of this one alone, at the same places of the stream.
    fileprivate func piece(_ records: Range<Int>) -> RecordBatch {
        if records == 0..<spans.count, unframed.isEmpty { return self }
        var piece = RecordBatch()
        piece.dialectHint = dialectHint
        guard let first = records.first, let last = records.last else { return piece }
        let start = Int(spans[first].start)
        let end = Int(spans[last].start) + Int(spans[last].length)
        piece.bytes = Array(bytes[start..<end])
        piece.streamOffset = streamOffset + UInt64(start)
        piece.spans = spans[records].map { Span(start: Int($0.start) - start, length: Int($0.length)) }
        return piece
    }
}

extension EventBatch {
    /// Appends event `row` of `other`, its texts among those of this batch.
    fileprivate mutating func append(_ row: Int, of other: EventBatch) {
        var event = other[row]
        for text in [
            \IdentityEvent.userAgent, \.client, \.tenant, \.vendorReason, \.risk, \.dialect, \.segments,
            \.country, \.assurance,
        ] {
            event[keyPath: text] = other.strings.withBytes(event[keyPath: text]) { strings.intern($0) }
        }
        append(event)
    }
}
