import ArgumentParser
import Collector
import Foundation
import IdentityModel
import SecuritySignals
import Store

struct SignalsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signals",
        abstract: "What rules mark, why, and what other rules would.",
        subcommands: [
            SignalsListCommand.self, SignalsAttemptsCommand.self, SignalsExplainCommand.self, SignalsTestCommand.self,
        ])
}

/// A store that was scored, opened for reading, with the rules of its last scoring.
struct ScoredStore {
    let store: SQLiteStore
    let catalog: JourneyCatalog
    let rules: ScoredRules
    /// The hours that the journal covers.
    let covered: Range<Int64>

    /// Opens the store; says what to do where it holds nothing or was not scored.
    init(_ path: String, key: PseudonymKey? = nil) throws {
        catalog = JourneyCatalog()
        store = try SQLiteStore.openForReading(path: path, keyFingerprint: key?.fingerprint)
        guard let covered = try CardLoader(reader: store, catalog: catalog).hours() else {
            throw UsageError("\(path): the store holds no events; lockstep replay PATH… fills it")
        }
        guard let rules = try ScoredRules(store, catalog: catalog) else {
            throw UsageError("\(path): the store is not scored by this version; lockstep rescore does it")
        }
        self.covered = covered
        self.rules = rules
        if try store.slices().contains(where: \.isDirty) {
            Console.message("warning: events came since the last scoring; lockstep rescore scores them")
        }
    }

    /// A walk over the journal with the stored firings.
    func walk() -> MarkedWalk {
        MarkedWalk(reader: store, rules: rules.set, catalog: catalog, hiddenSources: rules.hiddenSources)
    }
}

extension StoreArguments {
    /// The pseudonyms under which somebody called `name` may stand: as a name, and as a subject.
    ///
    /// Never makes a key: under a new one nobody could be found.
    func pseudonyms(of name: String, option: String) throws -> (key: PseudonymKey, values: Set<UInt128>) {
        guard FileManager.default.fileExists(atPath: keyFile.path) else {
            throw UsageError("\(option): the pseudonym key \(keyFile.path) does not exist; --key names the store's own")
        }
        let trimmed = name.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !trimmed.isEmpty else { throw UsageError("\(option) names nobody") }
        let key = try keyFile.load()
        var pseudonymizer = key.pseudonymizer()
        var values: Set<UInt128> = []
        for form in [trimmed.lowercased(), trimmed] {
            values.insert(Array(form.utf8).withUnsafeBytes { pseudonymizer.pseudonym($0) })
        }
        return (key, values)
    }
}

/// How rows are printed.
enum RowFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}
