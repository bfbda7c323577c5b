import ArgumentParser
import Attempts
import Collector
import IdentityModel
import Scorecard
import SecuritySignals
import Store

struct SignalsAttemptsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attempts",
        abstract: "Print suspect attempts as JSON lines: which signals mark them, and where their records lie.",
        discussion: """
            One object a line: journey, from, to, result (open while it may still change), kind, signals, takeover \
            and genuine_looking (whether it looks like a genuine person's), actors (pseudonyms), origins, and \
            records: the source and the byte at which each record begins in its uncompressed content.
            """)

    @OptionGroup var storeOptions: StoreArguments
    @OptionGroup var period: PeriodArguments

    @Flag(help: "Genuine attempts too.")
    var all = false

    func run() async throws {
        let scored = try ScoredStore(storeOptions.store)
        defer { scored.store.closeQuietly() }
        let walk = scored.walk()
        let printer = AttemptPrinter(
            scored.rules.set, catalog: scored.catalog, sources: try scored.store.sourceNames(),
            hours: try period.hours(within: scored.covered), all: all)
        try walk.walk(try walk.firings(), through: Int64.max, printer)
        printer.flush()
    }
}

/// Prints attempts as they mature.
private final class AttemptPrinter: MarkedVisitor {
    let columns: ColumnSet = [.evidence]
    private let names: [String]
    private let catalog: JourneyCatalog
    private let sources: [UInt32: String]
    private let hours: Range<Int64>
    private let all: Bool
    private var records: [UInt64: [(source: UInt32, offset: UInt64)]] = [:]
    private var origins: [UInt64: [UInt128]] = [:]
    private var waiting: [String] = []

    init(_ rules: RuleSet, catalog: JourneyCatalog, sources: [UInt32: String], hours: Range<Int64>, all: Bool) {
        names = rules.rules.map(\.name)
        self.catalog = catalog
        self.sources = sources
        self.hours = hours
        self.all = all
    }

    func event(
        _ batch: EventBatch, _ index: Int, _ marks: MarkReader.Marks, _ reader: inout MarkReader, attempt: UInt64?
    ) {
        guard let attempt else { return }
        records[attempt, default: []].append((batch.source[index], batch.offset[index]))
        let address = batch.address[index]
        if address != 0, origins[attempt]?.contains(address) != true { origins[attempt, default: []].append(address) }
    }

    func attempt(_ attempt: Attempt, isOpen: Bool) {
        let records = records.removeValue(forKey: attempt.number.value) ?? []
        let origins = origins.removeValue(forKey: attempt.number.value) ?? []
        guard all || attempt.isSuspect, hours.contains(Timestamp.slice(attempt.firstAt)), !attempt.isNoise else { return }
        var actors: [String] = []
        attempt.actors.forEach { actors.append(FieldText.pseudonym($0)) }
        let kind = attempt.actorKind == .unknown ? ActorKind.customer : attempt.actorKind
        let fields: [(String, String)] = [
            ("journey", Self.quoted(catalog[attempt.journey].name)),
            ("from", Self.quoted(Timestamp.text(attempt.firstAt))), ("to", Self.quoted(Timestamp.text(attempt.lastAt))),
            ("result", Self.quoted(isOpen ? "open" : "\(attempt.result)")), ("kind", Self.quoted(kind.word)),
            ("signals", Self.list(attempt.signals.indexes.map { names[$0] })),
            ("takeover", "\(attempt.isTakeoverSuspect)"), ("genuine_looking", "\(attempt.looksGenuine)"),
            ("actors", Self.list(actors)),
            ("origins", Self.list(origins.map { NetworkAddress(rawValue: $0).description })),
            ("records", "[" + records.map { "[\(Self.quoted(sources[$0.source] ?? "")),\($0.offset)]" }.joined(separator: ",") + "]"),
        ]
        waiting.append("{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}")
        if waiting.count >= 1000 { flush() }
    }

    /// Prints what waits.
    func flush() {
        if !waiting.isEmpty { Console.data(waiting.joined(separator: "\n")) }
        waiting.removeAll(keepingCapacity: true)
    }

    private static func list(_ words: [String]) -> String { "[" + words.map(quoted).joined(separator: ",") + "]" }
    private static func quoted(_ text: String) -> String { JSONText.string(text).text() }
}
