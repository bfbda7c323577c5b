import Attempts
import IdentityModel
import SecuritySignals
import Store

/// One interval in which a rule marks a group, and what it marks there.
package struct MarkedInterval: Sendable {
    package var rule: String
    /// The values of the group by field, such as `origin` and its address; persons are pseudonyms.
    package var group: [(field: SignalField, value: String)]
    /// (from, to): the interval, whose ends are not marked; a rule that marks matching events marks `to`.
    package var from: Int64
    package var to: Int64
    /// Marked events.
    package var events = 0
    /// Attempts that hold one of them, open ones too.
    package var attempts = 0
    /// Those of them whose completing event is marked.
    package var takeover = 0
    /// The pseudonym of the actor, and the origin, where the rule groups by them.
    package var actor: UInt128 = 0
    /// Whether a marked event is of somebody who is looked for.
    fileprivate(set) var holdsSought = false

    /// The value of `field` in the group.
    package func value(_ field: SignalField) -> String? { group.first { $0.field == field }?.value }
}

/// What one rule marks in a period.
package struct RuleTotals: Sendable, Equatable {
    package var attempts = 0
    package var takeover = 0
    /// Attempts that look like a genuine person's.
    package var genuineLooking = 0
    package var actors: Set<UInt128> = []

    package init() {}
}

/// Lists what a scoring's firings mark: by interval and by rule.
package final class SignalSurvey: MarkedVisitor {
    package let columns: ColumnSet
    private let rules: [SignalRule]
    private let firings: FiringIndex
    private let hours: Range<Int64>
    private let sought: Set<UInt128>
    /// By place in the firings' runs; nil where the interval lies outside of the period.
    private var rows: [MarkedInterval?]
    /// By the number of an attempt that may still change: the intervals that mark it.
    private var open: [UInt64: [Int]] = [:]
    /// By rule.
    private var totals: [RuleTotals]

    /// A survey of the intervals that overlap with `hours`; `sought` are the actors looked for, none for all.
    package init(_ rules: RuleSet, firings: FiringIndex, hours: Range<Int64>, sought: Set<UInt128> = []) {
        self.rules = rules.rules
        self.firings = firings
        self.hours = hours
        self.sought = sought
        let texts = rules.rules.flatMap(\.groupBy)
        var columns: ColumnSet = []
        if texts.contains(.userAgent) { columns.insert(.userAgent) }
        if texts.contains(where: { $0 == .country || $0 == .asn }) { columns.insert(.geography) }
        if texts.contains(.device) { columns.insert(.device) }
        self.columns = columns
        totals = rules.rules.map { _ in RuleTotals() }
        let period = (hours.lowerBound * Timestamp.hour)..<(hours.upperBound * Timestamp.hour)
        rows = firings.runs.map { run in
            let rule = rules.rules[run.rule]
            let row = MarkedInterval(
                rule: rule.name, group: [], from: run.first - rule.timespan,
                to: rule.marks == .group ? run.last + rule.timespan : run.last)
            return row.from < period.upperBound && row.to >= period.lowerBound ? row : nil
        }
    }

    /// The last slice of which an interval of the period may mark an event; nil where there is none.
    package var lastSlice: Int64? { rows.compactMap { $0?.to }.max().map(Timestamp.slice) }

    /// The intervals that marked anything, in order of time, rule and group.
    package var intervals: [MarkedInterval] {
        rows.compactMap(\.self).filter { $0.events > 0 && (sought.isEmpty || $0.holdsSought) }
            .sorted { a, b in
                if a.from != b.from { return a.from < b.from }
                if a.rule != b.rule { return a.rule < b.rule }
                return a.group.map(\.value).lexicographicallyPrecedes(b.group.map(\.value))
            }
    }

    /// What the rule called `name` marks, of attempts whose first event lies in the period.
    package func totals(of name: String) -> RuleTotals {
        rules.firstIndex { $0.name == name }.map { totals[$0] } ?? RuleTotals()
    }

    package func event(
        _ batch: EventBatch, _ index: Int, _ marks: MarkReader.Marks, _ reader: inout MarkReader, attempt: UInt64?
    ) {
        if marks.signals.isEmpty { return }
        let name = batch.name[index]
        let actor = name != 0 ? name : batch.subject[index]
        for run in reader.runs(batch, index, marking: marks.signals) where rows[run] != nil {
            rows[run]?.events += 1
            if rows[run]?.group.isEmpty == true {
                let fields = Set(rules[firings.runs[run].rule].groupBy).sorted()
                rows[run]?.group = fields.map { ($0, FieldText.text(of: $0, batch, index)) }
                if fields.contains(.actor) { rows[run]?.actor = actor }
            }
            if sought.contains(actor) { rows[run]?.holdsSought = true }
            guard let attempt, open[attempt]?.contains(run) != true else { continue }
            open[attempt, default: []].append(run)
            rows[run]?.attempts += 1
        }
    }

    package func attempt(_ attempt: Attempt, isOpen: Bool) {
        guard attempt.isSuspect else { return }
        if let runs = open.removeValue(forKey: attempt.number.value), attempt.isTakeoverSuspect {
            for run in runs { rows[run]?.takeover += 1 }
        }
        guard hours.contains(Timestamp.slice(attempt.firstAt)), !attempt.isNoise else { return }
        for rule in attempt.signals.indexes {
            totals[rule].attempts += 1
            if attempt.isTakeoverSuspect { totals[rule].takeover += 1 }
            if attempt.looksGenuine { totals[rule].genuineLooking += 1 }
            attempt.actors.forEach { totals[rule].actors.insert($0) }
        }
    }
}

/// Values of events as people read them.
package enum FieldText {
    /// A person, or another keyed value, as 32 hexadecimal digits.
    package static func pseudonym(_ value: UInt128) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }

    /// The network of an origin: the address, or the /64.
    package static func origin(_ address: UInt128) -> String {
        let origin = NetworkAddress(rawValue: NetworkAddress(rawValue: address).origin)
        return origin.isIPv4 ? origin.description : origin.description + "/64"
    }

    /// What event `index` of `batch` shows in `field`; empty where the column was not read.
    package static func text(of field: SignalField, _ batch: EventBatch, _ index: Int) -> String {
        func value<T>(_ column: [T]) -> T? { column.isEmpty ? nil : column[index] }
        func word(_ column: [UInt32]) -> String { value(column).map { batch.strings[$0] } ?? "" }
        func fingerprint(_ column: [UInt64]) -> String {
            let digits = String(value(column) ?? 0, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        switch field {
        case .actor:
            let name = value(batch.name) ?? 0
            return pseudonym(name != 0 ? name : value(batch.subject) ?? 0)
        case .name: return pseudonym(value(batch.name) ?? 0)
        case .subject: return pseudonym(value(batch.subject) ?? 0)
        case .origin: return origin(value(batch.address) ?? 0)
        case .origin48:
            let address = NetworkAddress(rawValue: value(batch.address) ?? 0)
            if address.isIPv4 { return address.description }
            return NetworkAddress(rawValue: (address.rawValue >> 80) << 80).description + "/48"
        case .address: return NetworkAddress(rawValue: value(batch.address) ?? 0).description
        case .client: return word(batch.client)
        case .tenant: return word(batch.tenant)
        case .userAgent: return word(batch.userAgent)
        case .country: return word(batch.country)
        case .session: return fingerprint(batch.session)
        case .correlation: return fingerprint(batch.correlation)
        case .device: return fingerprint(batch.device)
        case .asn: return "AS\(value(batch.asn) ?? 0)"
        }
    }
}
