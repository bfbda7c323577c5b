import ArgumentParser
import Collector
import Foundation
import IdentityModel
import SecuritySignals
import Store

struct QuarantineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "Show the records that no dialect understood, or try them again.",
        discussion: """
            A record that no dialect understands is set aside and counted; nothing is lost silently. The \
            record itself is never printed, for it may hold identities.

            Examples:
              lockstep quarantine list
              lockstep quarantine retry --dialects my-dialects/
            """,
        subcommands: [List.self, Retry.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List quarantined records, oldest first.",
            discussion: """
                A row names, between tabs: the record's number, its source, the byte at which it begins in \
                the uncompressed content, its length, the dialect that recognised it (empty where none did), \
                and why it was not understood.
                """)

        @OptionGroup var storeOptions: StoreArguments

        @Option(help: "At most so many rows.")
        var limit: Int = 100

        func run() throws {
            guard limit >= 0 else { throw UsageError("--limit: must be 0 or more, got \(limit)") }
            let store = try SQLiteStore.openForReading(path: storeOptions.store)
            defer { store.closeQuietly() }
            for record in try store.quarantine(limit: limit) {
                let entry = record.entry
                Console.data("\(record.number)\t\(entry.source)\t\(entry.position)\t\(entry.length)\t\(entry.dialect)\t\(entry.cause)")
            }
            let total = try store.quarantinedSources().reduce(0) { $0 + $1.records }
            if total > limit { Console.message("\(total - limit) more; --limit \(total) shows all") }
        }
    }
}

extension QuarantineCommand {
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read quarantined records again with today's dialects, and score.",
            discussion: """
                To be run after a dialect was added or mended. Files and archives are read again where they \
                lie, from the folder in which replay was run; records from pipes were kept sealed and are \
                opened with the key. Only what was quarantined is added, so nothing counts twice. Give the \
                reading options (--dialects, --set, --zone, …) as at replay; year and clock of each content \
                stay as they were decided at its first reading.

                A row for each source says, between tabs: its name, events made, records ignored on purpose \
                now, and records that stay. The exit status is 0 when the quarantine is empty, else 1.

                Examples:
                  lockstep quarantine retry
                  lockstep quarantine retry --dialects my-dialects/ --store shop.sqlite
                """)

        @OptionGroup var storeArguments: StoreArguments
        @OptionGroup var reading: ReadingArguments

        @Option(help: ArgumentHelp("The rule set that tells attack traffic apart: basic, or a folder of rules.", valueName: "set"))
        var signals: String = "basic"

        func run() async throws {
            let catalog = JourneyCatalog()
            let rules = try RuleSet(named: signals, catalog: catalog)
            guard FileManager.default.fileExists(atPath: storeArguments.store) else {
                throw StoreError.missing(path: storeArguments.store)
            }
            let key = try storeArguments.loadKey()
            let observer = IngestObserver { Console.message($0) }
            let context = try reading.context(catalog: catalog, key: key, observer: observer)
            let store = try SQLiteStore.openForWriting(path: storeArguments.store, keyFingerprint: key.fingerprint)
            defer { store.closeQuietly() }
            let retry = try QuarantineRetry(context: context, store: store)
            try await read(for: retry, observer)
            for source in retry.sources where source.sealed > 0 { try await retry.retrySealed(of: source.source) }
            try await Scorer(reader: store, writer: store, rules: rules, catalog: catalog).score()
            try await store.compact()
            let remaining = Dictionary(try store.quarantinedSources().map { ($0.source, $0.records) }) { $0 + $1 }
            for source in retry.sources { tell(source, retry.outcome(of: source.source), remaining[source.source] ?? 0) }
            summarize(retry, remaining: remaining.values.reduce(0, +))
            if !remaining.isEmpty { throw ExitStatus.doneInPart }
        }

        /// Reads the files of all sources that can be read again, each once.
        private func read(for retry: QuarantineRetry, _ observer: IngestObserver) async throws {
            let names = retry.sources.filter { $0.records > $0.sealed }.map(\.source)
            let files = Set(names.compactMap(SourceFile.path)).sorted()
            for file in files {
                let sources = LogSources(paths: [file])
                for problem in sources.problems { observer.report(problem) }
                try await sources.read(into: retry.sink, streamsMax: 1, bounds: reading.expansion)
            }
        }

        /// Says what became of one source's records.
        private func tell(_ source: QuarantinedSource, _ outcome: QuarantineRetry.Outcome?, _ remaining: Int) {
            let name = source.source
            Console.data("\(name)\t\(outcome?.events ?? 0)\t\(outcome?.ignored ?? 0)\t\(remaining)")
            let unread = source.records - (outcome?.released ?? 0) - (outcome?.refused ?? 0)
            guard unread > 0, remaining > 0 else { return }
            let cause =
                SourceFile.path(of: name) == nil
                ? "cannot be read again: there is no such file; run retry where replay was run, or put it back"
                : outcome == nil
                    ? "cannot be read again: it is no longer in its archive, or damaged before it"
                    : "has other content where they stood"
            Console.message("\(name): \(unread) quarantined records stay: it \(cause)")
        }

        private func summarize(_ retry: QuarantineRetry, remaining: Int) {
            var total = QuarantineRetry.Outcome()
            for source in retry.sources { if let own = retry.outcome(of: source.source) { total.add(own) } }
            Console.message(
                "understood \(total.released) quarantined records: \(total.events) events, \(total.ignored) ignored on purpose; "
                    + (remaining == 0 ? "the quarantine is empty" : "\(remaining) stay (lockstep quarantine list)"))
        }
    }
}

/// The file that holds a source: `logs.tar.gz` of `logs.tar.gz!auth.log`.
private enum SourceFile {
    /// Nil where no such file is. A name may hold `!` itself: the longest that is a file counts.
    static func path(of source: String) -> String? {
        var end = source.endIndex
        while true {
            let path = String(source[..<end])
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue { return path }
            guard let mark = source[..<end].lastIndex(of: "!") else { return nil }
            end = mark
        }
    }
}
