import AdapterKit
import ArchiveAdapter
import ArgumentParser
import Collector
import Dialects
import Foundation
import IdentityModel
import LogFileAdapter
import Scorecard
import SecuritySignals
import Store

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Read logs into a store, score them, and print the scorecard.",
        discussion: """
            PATH is a file, a folder (read recursively), a glob in quotes, or - for standard input. Packed \
            files (.gz .zst .bz2 .xz .tar.* .zip) are recognised by their content. The dialect of each file \
            is detected from its first records. Reading something twice counts it once.

            Examples:
              lockstep replay logs/ backup/2026-05.tar.gz '/var/log/auth.log*'
              zcat old.gz | lockstep replay - --dialect keycloak
            """)

    @Argument(help: ArgumentHelp("Files, folders, globs, or - for standard input.", valueName: "path"))
    var paths: [String]

    @OptionGroup var storeArguments: StoreArguments
    @OptionGroup var reading: ReadingArguments

    @Option(help: ArgumentHelp("The rule set that tells attack traffic apart: basic, or a folder of rules.", valueName: "set"))
    var signals: String = "basic"

    @Option(help: "How the scorecard is printed: table, json, csv or markdown.")
    var format: CardFormat = .table

    func run() async throws {
        let catalog = JourneyCatalog()
        let rules = try RuleSet(named: signals, catalog: catalog)
        let key = try storeArguments.loadKey()
        let observer = IngestObserver { Console.message($0) }
        let context = try reading.context(catalog: catalog, key: key, observer: observer)
        let sources = LogSources(paths: paths)
        for problem in sources.problems { observer.report(problem) }
        guard !sources.isEmpty else {
            Console.message("nothing to read")
            throw ExitStatus.doneInPart
        }
        let store = try SQLiteStore.openForWriting(path: storeArguments.store, keyFingerprint: key.fingerprint)
        defer { store.closeQuietly() }
        let began = ContinuousClock.now
        let report = try await ingest(sources, into: store, context)
        let read = ContinuousClock.now
        let scorer = Scorer(reader: store, writer: store, rules: rules, catalog: catalog)
        try await scorer.score()
        try await store.compact()
        let times = (reading: read - began, scoring: ContinuousClock.now - read)
        summarize(observer.current, report, reading: times.reading, scoring: times.scoring)
        try printCard(store, catalog)
        let counts = observer.current
        if counts.faults > 0 || counts.quarantined > 0 { throw ExitStatus.doneInPart }
    }

    private func ingest(_ sources: LogSources, into store: SQLiteStore, _ context: IngestContext) async throws -> AppendReport {
        let committer = JournalCommitter(journal: store)
        let sink = JournalSink(context: context, journal: store, committer: committer)
        let progress = Task { await ReplayProgress(observer: context.observer, totalBytes: sources.totalBytes).run() }
        defer { progress.cancel() }
        try await sources.read(into: sink, streamsMax: ProcessInfo.processInfo.activeProcessorCount, bounds: reading.expansion)
        try await sink.drain()
        progress.cancel()
        await progress.value
        context.observer.tellUntold()
        return await committer.report
    }

    private func summarize(_ counts: IngestObserver.Counts, _ report: AppendReport, reading: Duration, scoring: Duration) {
        let rate = Int(Double(counts.records) / max(0.001, (reading + scoring) / .seconds(1)))
        var parts = [
            "\(counts.records) records in \(counts.streams) streams", "\(report.appended) new events",
            "\(report.duplicates) counted before", "\(counts.ignored) ignored on purpose",
        ]
        if report.collisions > 0 { parts.append("\(report.collisions) ids with two texts") }
        if counts.quarantined > 0 { parts.append("\(counts.quarantined) quarantined (lockstep quarantine list)") }
        if counts.faults > 0 { parts.append("\(counts.faults) sources damaged or unreadable") }
        Console.message("read and scored " + parts.joined(separator: ", ") + "; read in \(Self.seconds(reading)) s, scored in \(Self.seconds(scoring)) s, \(rate) records/s")
    }

    /// `12.3`
    private static func seconds(_ duration: Duration) -> String {
        let tenths = Int(duration / .milliseconds(100))
        return "\(tenths / 10).\(tenths % 10)"
    }

    private func printCard(_ store: SQLiteStore, _ catalog: JourneyCatalog) throws {
        let loader = CardLoader(reader: store, catalog: catalog)
        guard let hours = try loader.hours() else {
            Console.message("the store holds no events")
            return
        }
        Console.data(format.text(of: try loader.card(CardQuery(hours: hours))))
    }
}

/// How records are read.
struct ReadingArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Read everything as this dialect instead of detecting it.", valueName: "name"))
    var dialect: String?

    @Option(help: ArgumentHelp("A folder of dialects that add to or replace the built-in ones.", valueName: "dir"))
    var dialects: String?

    @Option(
        name: .customLong("set"), parsing: .upToNextOption,
        help: ArgumentHelp("A dialect's setting, such as keycloak.verify_email=true.", valueName: "dialect.key=value"))
    var settings: [String] = []

    @Option(help: "The year of times that name none (RFC 3164); default: the file's time.")
    var year: Int?

    @Option(help: ArgumentHelp("The zone of times that name none: UTC, +02:00 or Europe/Berlin; default: the dialect's.", valueName: "zone"))
    var zone: String?

    @Option(help: ArgumentHelp("The clock: records a day later are quarantined (RFC 3339); default: now.", valueName: "time"))
    var now: String?

    @OptionGroup var expansion: ExpansionArguments

    func context(catalog: JourneyCatalog, key: PseudonymKey, observer: IngestObserver) throws -> IngestContext {
        let library = try DialectLibrary(catalog: catalog, overrides: dialects)
        if let dialect, !library.names.contains(dialect) {
            throw UsageError("--dialect: none is called '\(dialect)'; known: \(library.names.joined(separator: ", "))")
        }
        var options = NormalizerOptions(now: try clock())
        options.dialect = dialect
        options.year = year
        options.zone = zone
        options.settings = try settingsByDialect(library)
        return IngestContext(library: library, key: key, options: options, observer: observer)
    }

    private func clock() throws -> Int64 {
        if let now { return try TimeArgument.microseconds(now, option: "--now") }
        return Int64(Date().timeIntervalSince1970 * 1_000_000)
    }

    private func settingsByDialect(_ library: DialectLibrary) throws -> [String: [String: String]] {
        var values: [String: [String: String]] = [:]
        for setting in settings {
            let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
            let names = parts.first?.split(separator: ".", maxSplits: 1).map(String.init) ?? []
            guard parts.count == 2, names.count == 2, library.names.contains(names[0]) else {
                throw UsageError("--set: '\(setting)' does not read dialect.key=value, such as keycloak.verify_email=true")
            }
            values[names[0], default: [:]][names[1]] = parts[1]
        }
        return values
    }
}
