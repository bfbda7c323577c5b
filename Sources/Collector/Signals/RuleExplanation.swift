import Attempts
import IdentityModel
import SecuritySignals
import Store

/// An event of an explained window, as it is shown.
package struct ExplainedEvent: Sendable {
    package var sight: RuleSight
    package var journey: String
    package var step: String
    package var outcome: String
    package var reason: String
    package var actor: String
    package var address: String
    /// Whether the rule marks it.
    package var isMarked: Bool
    package var source: UInt32
    package var offset: UInt64
}

/// A window of one group of a rule, and what its conditions come to there.
package struct ExplainedWindow: Sendable {
    package var group: [(field: SignalField, value: String)]
    /// (from, to]: the window; at `to` stands the event at which it was asked.
    package var from: Int64
    package var to: Int64
    /// The interval that the rule marks; nil where it did not fire.
    package var interval: (from: Int64, to: Int64)?
    package var measured: [MeasuredCondition]
    /// By selection of a temporal rule: its name, and whether an event of the window is one.
    package var selections: [(name: String, isThere: Bool)]
    package var events: [ExplainedEvent]
}

/// Finds why a rule fired for somebody, or how close it came.
///
/// The journal is walked twice: for the groups that the person or address is in, then for all that
/// the rule sees in those groups. Memory is that of these groups' events in the period.
package struct RuleExplanation {
    private let walk: MarkedWalk
    private let rule: Int
    private let hours: Range<Int64>

    /// Who is asked about.
    package enum Subject: Sendable {
        case actors(Set<UInt128>)
        case network(NetworkRange)

        func holds(_ batch: EventBatch, _ index: Int) -> Bool {
            switch self {
            case .actors(let actors): return actors.contains(batch.name[index]) || actors.contains(batch.subject[index])
            case .network(let range): return batch.address[index] != 0 && range.contains(batch.address[index])
            }
        }
    }

    package init(_ walk: MarkedWalk, rule: Int, hours: Range<Int64>) {
        self.walk = walk
        self.rule = rule
        self.hours = hours
    }

    /// A window for each interval of the subject's groups in the period; of groups in which the rule did
    /// not fire, the one that came closest.
    package func windows(of subject: Subject) throws -> [ExplainedWindow] {
        let firings = try walk.firings()
        let finder = GroupFinder(rule, subject, hours, walk.rules.rules[rule].timespan)
        try walk.walk(firings, through: hours.upperBound, finder)
        if finder.groups.isEmpty { return [] }
        let gatherer = SightGatherer(rule, finder.groups, walk, hours)
        try walk.walk(firings, through: hours.upperBound, gatherer)
        return gatherer.groups.sorted { $0.key < $1.key }.flatMap { key, group in
            windows(group, runs: firings.runs.filter { $0.rule == rule && firings.group(of: $0) == key })
        }.sorted { ($0.interval == nil ? 1 : 0, $0.to) < ($1.interval == nil ? 1 : 0, $1.to) }
    }

    private func windows(_ group: SightGatherer.Group, runs: [FiringRun]) -> [ExplainedWindow] {
        let timespan = walk.rules.rules[rule].timespan
        let inPeriod = runs.filter {
            hours.contains(Timestamp.slice($0.first)) || hours.contains(Timestamp.slice($0.last))
        }
        guard inPeriod.isEmpty else {
            return inPeriod.map { run in
                var window = window(group, endingAt: run.first)
                let isGroup = walk.rules.rules[rule].marks == .group
                window.interval = (run.first - timespan, isGroup ? run.last + timespan : run.last)
                return window
            }
        }
        return closest(group).map { [$0] } ?? []
    }

    private func window(_ group: SightGatherer.Group, endingAt at: Int64) -> ExplainedWindow {
        let rule = walk.rules.rules[rule]
        let events = group.events.filter { $0.sight.at > at - rule.timespan && $0.sight.at <= at }
        let sights = events.map(\.sight)
        let selections = rule.selections.count < 2
            ? []
            : rule.selections.enumerated().map { index, selection in
                (selection.name, sights.contains { $0.isMatch && $0.selections[index] })
            }
        return ExplainedWindow(
            group: group.values, from: at - rule.timespan, to: at, interval: nil, measured: rule.measured(sights),
            selections: selections, events: events)
    }

    /// The window in which most conditions held, of those the one with most matching events.
    private func closest(_ group: SightGatherer.Group) -> ExplainedWindow? {
        let instants = Set(group.events.filter { $0.sight.isMatch && hours.contains(Timestamp.slice($0.sight.at)) }.map(\.sight.at))
        var best: (score: (Int, Int), window: ExplainedWindow)?
        for at in instants.sorted() {
            let window = window(group, endingAt: at)
            let held = window.measured.count(where: \.holds) + window.selections.count(where: \.isThere)
            let score = (held, window.events.count(where: \.sight.isMatch))
            if best.map({ score > $0.score }) ?? true { best = (score, window) }
        }
        return best?.window
    }
}

/// Notes the groups in which the rule sees an event of the subject.
private final class GroupFinder: MarkedVisitor {
    let columns: ColumnSet = []
    private let rule: Int
    private let subject: RuleExplanation.Subject
    private let period: Range<Int64>
    private(set) var groups: Set<UInt128> = []

    init(_ rule: Int, _ subject: RuleExplanation.Subject, _ hours: Range<Int64>, _ timespan: Int64) {
        self.rule = rule
        self.subject = subject
        period = (hours.lowerBound * Timestamp.hour - timespan)..<(hours.upperBound * Timestamp.hour)
    }

    func event(
        _ batch: EventBatch, _ index: Int, _ marks: MarkReader.Marks, _ reader: inout MarkReader, attempt: UInt64?
    ) {
        guard period.contains(batch.at[index]), subject.holds(batch, index),
            let sight = reader.sight(of: rule, batch, index)
        else { return }
        groups.insert(sight.group)
    }

    func attempt(_ attempt: Attempt, isOpen: Bool) {}
}

/// Gathers all that the rule sees in some groups.
private final class SightGatherer: MarkedVisitor {
    struct Group {
        var values: [(field: SignalField, value: String)]
        var events: [ExplainedEvent] = []
    }

    let columns = ColumnSet.all
    private let rule: Int
    private let fields: [SignalField]
    private let wanted: Set<UInt128>
    private let catalog: JourneyCatalog
    private let period: Range<Int64>
    private(set) var groups: [UInt128: Group] = [:]

    init(_ rule: Int, _ wanted: Set<UInt128>, _ walk: MarkedWalk, _ hours: Range<Int64>) {
        self.rule = rule
        self.wanted = wanted
        catalog = walk.catalog
        let own = walk.rules.rules[rule]
        fields = Set(own.groupBy).sorted()
        period = (hours.lowerBound * Timestamp.hour - own.timespan)..<(hours.upperBound * Timestamp.hour)
    }

    func event(
        _ batch: EventBatch, _ index: Int, _ marks: MarkReader.Marks, _ reader: inout MarkReader, attempt: UInt64?
    ) {
        guard period.contains(batch.at[index]), let sight = reader.sight(of: rule, batch, index),
            wanted.contains(sight.group)
        else { return }
        let event = batch[index]
        let journey = catalog[event.journey]
        let actor = event.name != 0 ? event.name : event.subject
        let shown = ExplainedEvent(
            sight: sight, journey: journey.name,
            step: Int(event.step) < journey.steps.count ? journey.steps[Int(event.step)] : "\(event.step)",
            outcome: event.outcome.word, reason: event.reason.word, actor: actor == 0 ? "" : FieldText.pseudonym(actor),
            address: event.address == .none ? "" : event.address.description,
            isMarked: marks.signals.contains(.init(index: rule)), source: event.source, offset: event.offset)
        let values = fields.map { ($0, FieldText.text(of: $0, batch, index)) }
        groups[sight.group, default: Group(values: values)].events.append(shown)
    }

    func attempt(_ attempt: Attempt, isOpen: Bool) {}
}
