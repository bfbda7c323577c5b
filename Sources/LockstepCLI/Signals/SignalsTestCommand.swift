import ArgumentParser
import Collector
import Foundation
import IdentityModel
import Measures
import Scorecard
import SecuritySignals
import Store

struct SignalsTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Say what a rule would have marked on the journal as it stands; the store is not changed.",
        discussion: """
            RULE is a YAML file, which takes the place of the rule of the same name or stands beside the others, or \
            the name of a rule of the set, which is compared with the set without it. The whole set is run over the \
            whole journal, in memory, because rules look at each other and at who is familiar.

            Examples:
              lockstep signals test ours/credential_stuffing.yaml
              lockstep signals test password_spray --from 2026-03-01T00:00:00Z --to 2026-03-08T00:00:00Z
            """)

    @Argument(help: "A rule file, or the name of a rule of the set.")
    var rule: String

    @OptionGroup var storeOptions: StoreArguments
    @OptionGroup var period: PeriodArguments

    @Option(help: ArgumentHelp("The set that the rule is part of; default: that of the last scoring.", valueName: "set"))
    var signals: String?

    @Option(help: "table or json.")
    var format: RowFormat = .table

    func run() async throws {
        let scored = try ScoredStore(storeOptions.store)
        defer { scored.store.closeQuietly() }
        let hours = try period.hours(within: scored.covered)
        let trial = try trial(scored)
        for problem in trial.findings { Console.message("warning: \(problem)") }
        let before = try await Self.score(trial.before, scored, hours)
        let after = try await Self.score(trial.after, scored, hours)
        let change = CardChange(from: before.card, to: after.card, scored.catalog)
        let totals = after.survey.totals(of: trial.name)
        let old = before.survey.totals(of: trial.name)
        switch format {
        case .json: Console.data(Self.json(trial, totals, old, change).text())
        case .table: Console.data(Self.table(trial, totals, old, change))
        }
    }

    /// Two sets that differ in one rule.
    private struct Trial {
        var name: String
        var before: RuleSet
        var after: RuleSet
        /// What it is compared with, in words.
        var beside: String
        /// Examples of the rule that do not come out as they say.
        var findings: [String] = []
    }

    private func trial(_ scored: ScoredStore) throws -> Trial {
        let set = try signals.map { try RuleSet(named: $0, catalog: scored.catalog) } ?? scored.rules.set
        if set[rule] != nil {
            return Trial(name: rule, before: set.silencing(rule), after: set, beside: "'\(set.name)' without it")
        }
        guard FileManager.default.fileExists(atPath: rule) else {
            throw UsageError(
                "signals test: '\(rule)' is no file and no rule of '\(set.name)'; its rules: "
                    + set.rules.map(\.name).joined(separator: ", "))
        }
        guard let text = try? String(contentsOfFile: rule, encoding: .utf8) else {
            throw UsageError("\(rule): cannot be read as UTF-8 text")
        }
        let (changed, name) = try set.with(ruleFile: rule, text: text, catalog: scored.catalog)
        let findings = changed.runExamples().filter { $0.rule == name }.map(\.description)
        let beside = set[name] == nil ? "'\(set.name)' without it" : "'\(set.name)' with its own '\(name)'"
        return Trial(name: name, before: set, after: changed, beside: beside, findings: findings)
    }

    private static func score(
        _ set: RuleSet, _ scored: ScoredStore, _ hours: Range<Int64>
    ) async throws -> (card: Card, survey: SignalSurvey) {
        let scratch = ScratchScores(journal: scored.store)
        _ = try await ScoringProgress.score(scratch, scratch, set, scored.catalog)
        let card = try CardLoader(reader: scratch, catalog: scored.catalog).card(CardQuery(hours: hours))
        let walk = MarkedWalk(
            reader: scratch, rules: set, catalog: scored.catalog, hiddenSources: try scratch.hiddenSources())
        let firings = try walk.firings()
        let survey = SignalSurvey(set, firings: firings, hours: hours)
        // To the end: what a person does later says whether an attempt looks genuine.
        try walk.walk(firings, through: Int64.max, survey)
        return (card, survey)
    }

    private static func rows(_ totals: RuleTotals, _ old: RuleTotals) -> [(String, Int, Int)] {
        [
            ("attempts", old.attempts, totals.attempts), ("actors", old.actors.count, totals.actors.count),
            ("takeover suspects", old.takeover, totals.takeover),
            ("look genuine", old.genuineLooking, totals.genuineLooking),
        ]
    }

    private static func json(
        _ trial: Trial, _ totals: RuleTotals, _ old: RuleTotals, _ change: CardChange
    ) -> JSONText {
        func object(_ totals: RuleTotals) -> JSONText {
            let cost = Estimate.proportion(UInt64(totals.genuineLooking), of: UInt64(totals.attempts))
            return .object([
                ("attempts", .count(totals.attempts)), ("actors", .count(totals.actors.count)),
                ("takeover", .count(totals.takeover)), ("genuine_looking", .count(totals.genuineLooking)),
                ("cost", .optional(cost?.value)), ("cost_low", .optional(cost?.low)), ("cost_high", .optional(cost?.high)),
            ])
        }
        return .object([
            ("rule", .string(trial.name)), ("compared_with", .string(trial.beside)), ("marks", object(totals)),
            ("before", object(old)), ("change", change.json),
        ])
    }

    private static func table(_ trial: Trial, _ totals: RuleTotals, _ old: RuleTotals, _ change: CardChange) -> String {
        var table = TextColumns(["\(trial.name) marks", "before", "after"], words: [0])
        table.rows = rows(totals, old).map { [$0.0, "\($0.1)", "\($0.2)"] }
        var parts = ["compared with \(trial.beside)", "", table.text]
        if let cost = Estimate.proportion(UInt64(totals.genuineLooking), of: UInt64(totals.attempts)) {
            func percent(_ value: Double) -> String { "\(Double(Int((value * 1000).rounded())) / 10) %" }
            parts.append(
                "cost in people: \(percent(cost.value)) of what it marks looks genuine "
                    + "(95 % interval \(percent(cost.low)) to \(percent(cost.high)))")
        }
        parts += ["", change.isEmpty ? "nothing on the scorecard changes" : change.text]
        return parts.joined(separator: "\n")
    }
}
