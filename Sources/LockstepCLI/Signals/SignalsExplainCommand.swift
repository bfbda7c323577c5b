import ArgumentParser
import Collector
import Foundation
import IdentityModel
import Scorecard
import SecuritySignals
import Store

struct SignalsExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show why a rule fired for a person or an address, or how close it came.",
        discussion: """
            For each interval that the rule marks: the window at its first firing, what each condition came to, \
            and the events. Where the rule did not fire, the window that came closest.

            Examples:
              lockstep signals explain brute_force --actor alice@example.org
              lockstep signals explain credential_stuffing --ip 203.0.113.7 --from 2026-03-09T00:00:00Z
            """)

    @Argument(help: "The name of a rule of the last scoring.")
    var rule: String

    @Option(help: ArgumentHelp("A person by name or user id; hashed before it is looked for.", valueName: "name"))
    var actor: String?

    @Option(help: ArgumentHelp("An address or network, such as 203.0.113.7 or 2001:db8::/32.", valueName: "address"))
    var ip: String?

    @OptionGroup var storeOptions: StoreArguments
    @OptionGroup var period: PeriodArguments

    @Option(help: ArgumentHelp("Events shown of each window; the rest is counted.", valueName: "n"))
    var limit: Int = 20

    @Option(help: "table or json.")
    var format: RowFormat = .table

    func validate() throws {
        guard (actor == nil) != (ip == nil) else { throw UsageError("signals explain: name a person with --actor or an address with --ip") }
        guard limit >= 0 else { throw UsageError("--limit: a count of events, got \(limit)") }
    }

    func run() async throws {
        let sought = try actor.map { try storeOptions.pseudonyms(of: $0, option: "--actor") }
        let scored = try ScoredStore(storeOptions.store, key: sought?.key)
        defer { scored.store.closeQuietly() }
        let set = scored.rules.set
        guard let index = set.rules.firstIndex(where: { $0.name == rule }) else {
            let known = set.rules.map(\.name).joined(separator: ", ")
            throw UsageError("signals explain: no rule of '\(set.name)' is called '\(rule)'; known: \(known)")
        }
        let explanation = RuleExplanation(scored.walk(), rule: index, hours: try period.hours(within: scored.covered))
        let windows = try explanation.windows(of: try subject(sought?.values))
        let sources = try scored.store.sourceNames()
        switch format {
        case .json: Console.data(JSONText.array(windows.map { json($0, sources) }).text())
        case .table: Console.data(table(set.rules[index], windows, sources))
        }
    }

    private func subject(_ actors: Set<UInt128>?) throws -> RuleExplanation.Subject {
        if let actors { return .actors(actors) }
        guard let ip, let network = NetworkRange(ip) else {
            throw UsageError("--ip: '\(ip ?? "")' is no address; expected such as 203.0.113.7 or 2001:db8::/32")
        }
        return .network(network)
    }

    // MARK: Printing

    private func json(_ window: ExplainedWindow, _ sources: [UInt32: String]) -> JSONText {
        let events = window.events.suffix(limit).map { event -> JSONText in
            var fields: [(String, JSONText)] = [
                ("at", .string(Timestamp.text(event.sight.at))), ("journey", .string(event.journey)),
                ("step", .string(event.step)), ("outcome", .string(event.outcome)),
            ]
            for (key, value) in [("reason", event.reason), ("actor", event.actor), ("ip", event.address)] where !value.isEmpty {
                fields.append((key, .string(value)))
            }
            return .object(
                fields + [
                    ("matches", .bool(event.sight.isMatch)), ("beside", .bool(event.sight.isBeside)),
                    ("familiar", .bool(event.sight.isFamiliar)), ("marked", .bool(event.isMarked)),
                    ("source", .string(sources[event.source] ?? "")), ("offset", .integer(Int64(clamping: event.offset))),
                ])
        }
        let conditions = window.measured.map { measured in
            JSONText.object([
                ("condition", .string(measured.text)), ("amount", .count(measured.amount)),
                ("base", .count(measured.base)), ("holds", .bool(measured.holds)),
            ])
        }
        return .object([
            ("rule", .string(rule)), ("fired", .bool(window.interval != nil)),
            ("group", .object(window.group.map { ($0.field.rawValue, .string($0.value)) })),
            ("window_from", .string(Timestamp.text(window.from))), ("window_to", .string(Timestamp.text(window.to))),
            ("from", .optional(window.interval.map { Timestamp.text($0.from) })),
            ("to", .optional(window.interval.map { Timestamp.text($0.to) })), ("conditions", .array(conditions)),
            ("selections", .object(window.selections.map { ($0.name, .bool($0.isThere)) })),
            ("events_total", .count(window.events.count)), ("events", .array(events)),
        ])
    }

    private func table(_ rule: SignalRule, _ windows: [ExplainedWindow], _ sources: [UInt32: String]) -> String {
        var lines = ["\(rule.name): \(rule.title) (\(rule.level))"]
        if !rule.explanation.isEmpty { lines.append(rule.explanation) }
        if let source = rule.source {
            lines.append("threshold: \(source.text.trimmingCharacters(in: .whitespacesAndNewlines)) \(source.url)")
        }
        if !rule.requires.isEmpty { lines.append("requires one of: \(rule.requires.joined(separator: ", "))") }
        if windows.isEmpty { return (lines + ["", "the rule saw no event of theirs in the period"]).joined(separator: "\n") }
        for window in windows { lines += ["", section(window, sources)] }
        return lines.joined(separator: "\n")
    }

    private func section(_ window: ExplainedWindow, _ sources: [UInt32: String]) -> String {
        let group = window.group.map { "\($0.field.rawValue) \($0.value)" }.joined(separator: ", ")
        var lines = [group]
        if let interval = window.interval {
            lines.append("marks \(Timestamp.secondsText(interval.from)) to \(Timestamp.secondsText(interval.to)); at the first firing:")
        } else {
            lines.append("did not fire; the closest it came:")
        }
        lines.append("window after \(Timestamp.text(window.from)), up to \(Timestamp.text(window.to))")
        var conditions = TextColumns(["  condition", "counted", ""], words: [0, 2])
        for measured in window.measured {
            conditions.rows.append(["  " + measured.text, measured.valueText, measured.holds ? "holds" : "does not hold"])
        }
        for selection in window.selections {
            conditions.rows.append(["  an event of '\(selection.name)'", selection.isThere ? "1" : "0", selection.isThere ? "holds" : "does not hold"])
        }
        lines.append(conditions.text)
        let shown = window.events.suffix(limit)
        if shown.count < window.events.count { lines.append("  \(window.events.count - shown.count) earlier events") }
        var events = TextColumns(["  at", "event", "actor", "ip", "", "record"], words: [0, 1, 2, 3, 4, 5])
        for event in shown {
            let words = [event.journey + "/" + event.step, event.outcome, event.reason].filter { !$0.isEmpty }
            let notes = [
                event.sight.isBeside && !event.sight.isMatch ? "beside" : "", event.sight.isFamiliar ? "familiar" : "",
                event.isMarked ? "marked" : "",
            ].filter { !$0.isEmpty }
            events.rows.append([
                "  " + Timestamp.text(event.sight.at), words.joined(separator: " "),
                event.actor.isEmpty ? "–" : "\(event.actor.prefix(12))…", event.address.isEmpty ? "–" : event.address,
                notes.joined(separator: ", "), "\(sources[event.source] ?? ""):\(event.offset)",
            ])
        }
        if limit > 0 { lines.append(events.text) }
        return lines.joined(separator: "\n")
    }
}
