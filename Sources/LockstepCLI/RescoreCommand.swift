import ArgumentParser
import Collector
import Foundation
import IdentityModel
import Scorecard
import SecuritySignals
import Store
import Synchronization

struct RescoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rescore",
        abstract: "Score the journal again, with the same rules or others; no raw logs are read.",
        discussion: """
            Without --signals the rules of the last scoring are read anew, so that a changed file takes effect. \
            What changed on the scorecard is printed: suspect attempts by rule, and both halves of each pair.

            Examples:
              lockstep rescore
              lockstep rescore --signals config/signals/ours
            """)

    @OptionGroup var storeOptions: StoreArguments

    @Option(help: ArgumentHelp("A built-in rule set, or a folder of rules; default: that of the last scoring.", valueName: "set"))
    var signals: String?

    func run() async throws {
        let catalog = JourneyCatalog()
        let key = try existingKey()
        let store = try SQLiteStore.openForWriting(path: storeOptions.store, keyFingerprint: key.fingerprint)
        defer { store.closeQuietly() }
        let loader = CardLoader(reader: store, catalog: catalog)
        guard let hours = try loader.hours() else {
            throw UsageError("\(storeOptions.store): the store holds no events; lockstep replay PATH… fills it")
        }
        let before = try ScoredRules(store, catalog: catalog)
        let rules = try RuleSet(named: signals ?? before?.set.name ?? Self.usualSet, catalog: catalog)
        let cardBefore = try before.map { _ in try loader.card(CardQuery(hours: hours)) }
        guard let report = try await ScoringProgress.score(store, store, rules, catalog) else {
            Console.message("nothing to do: the journal is scored by '\(rules.name)' as it stands")
            return
        }
        try await store.compact()
        let scope = report.isFull ? "all \(report.attemptSlices) hours" : "\(report.attemptSlices) changed hours"
        Console.message("scored \(scope) by '\(rules.name)'")
        let change = CardChange(from: cardBefore, to: try loader.card(CardQuery(hours: hours)), catalog)
        Console.data(change.isEmpty ? "nothing on the scorecard changed" : change.text)
    }

    private static let usualSet = "basic"

    /// The store's key: a new one would be refused, so none is made.
    private func existingKey() throws -> PseudonymKey {
        guard FileManager.default.fileExists(atPath: storeOptions.keyFile.path) else {
            throw UsageError("\(storeOptions.keyFile.path): the pseudonym key does not exist; --key names the store's own")
        }
        return try storeOptions.keyFile.load()
    }
}

/// Scores with its progress shown: a line that moves on a terminal, one every ten seconds otherwise.
enum ScoringProgress {
    static func score(
        _ reader: any JournalReading & ScoreReading, _ writer: any ScoreWriting, _ rules: RuleSet,
        _ catalog: JourneyCatalog
    ) async throws -> ScoringReport? {
        var scorer = Scorer(reader: reader, writer: writer, rules: rules, catalog: catalog)
        let began = ContinuousClock.now
        let shown = Mutex(began)
        let pause: Duration = Console.isErrorTerminal ? .milliseconds(150) : .seconds(10)
        scorer.onProgress = { done, total in
            let isDue = shown.withLock { last in
                guard ContinuousClock.now - last >= pause else { return false }
                last = .now
                return true
            }
            guard isDue else { return }
            let line = "scoring: \(done * 100 / max(1, total)) %  hour \(done) of \(total)"
            if Console.isErrorTerminal { Console.progress(line) } else { Console.message(line) }
        }
        defer { if Console.isErrorTerminal { Console.progress("") } }
        return try await scorer.score()
    }
}
