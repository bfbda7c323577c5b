import ArgumentParser
import Collector
import IdentityModel
import Scorecard
import SecuritySignals

struct SignalsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what rules marked: a row per rule, group and interval.",
        discussion: """
            A row counts the marked events of its interval, the attempts that hold one of them, and the takeover \
            suspects among these: attempts whose completing event is marked. An attempt that several rows mark \
            counts in each. With --actor, only rows that mark an event of that person are listed.

            Examples:
              lockstep signals list --from 2026-03-09T00:00:00Z --to 2026-03-10T00:00:00Z
              lockstep signals list --actor alice@example.org --format json | jq '.[] | {rule, from, to}'
            """)

    @OptionGroup var storeOptions: StoreArguments
    @OptionGroup var period: PeriodArguments

    @Option(help: ArgumentHelp("A person by name or user id; hashed before it is looked for.", valueName: "name"))
    var actor: String?

    @Option(help: "table or json.")
    var format: RowFormat = .table

    func run() async throws {
        let sought = try actor.map { try storeOptions.pseudonyms(of: $0, option: "--actor") }
        let scored = try ScoredStore(storeOptions.store, key: sought?.key)
        defer { scored.store.closeQuietly() }
        let walk = scored.walk()
        let firings = try walk.firings()
        let survey = SignalSurvey(
            scored.rules.set, firings: firings, hours: try period.hours(within: scored.covered),
            sought: sought?.values ?? [])
        if let last = survey.lastSlice { try walk.walk(firings, through: last, survey) }
        let intervals = survey.intervals
        switch format {
        case .json: Console.data(JSONText.array(intervals.map(Self.json)).text())
        case .table: Console.data(Self.table(intervals))
        }
    }

    private static func json(_ row: MarkedInterval) -> JSONText {
        .object([
            ("rule", .string(row.rule)), ("origin", .optional(row.value(.origin))),
            ("actor", .optional(row.value(.actor))), ("from", .string(Timestamp.text(row.from))),
            ("to", .string(Timestamp.text(row.to))), ("events", .count(row.events)),
            ("attempts", .count(row.attempts)), ("takeover", .count(row.takeover)),
            ("group", .object(row.group.map { ($0.field.rawValue, .string($0.value)) })),
        ])
    }

    private static func table(_ rows: [MarkedInterval]) -> String {
        if rows.isEmpty { return "no rule marked anything" }
        var table = TextColumns(
            ["rule", "group", "from", "to", "events", "attempts", "takeover"], words: [0, 1, 2, 3])
        for row in rows {
            table.rows.append([
                row.rule, row.group.map { shown($0.field, $0.value) }.joined(separator: " "),
                Timestamp.secondsText(row.from), Timestamp.secondsText(row.to), "\(row.events)", "\(row.attempts)",
                row.takeover == 0 ? "–" : "\(row.takeover)",
            ])
        }
        return table.text
    }

    /// Pseudonyms are cut to what tells people apart at a glance; `--format json` has them whole.
    private static func shown(_ field: SignalField, _ value: String) -> String {
        switch field {
        case .origin, .origin48, .address, .asn: value
        case .actor, .name, .subject: "\(field.rawValue) \(value.prefix(12))…"
        default: "\(field.rawValue) \(value.count > 40 ? value.prefix(39) + "…" : value[...])"
        }
    }
}

/// Aligned columns of text: words to the left, numbers to the right.
struct TextColumns {
    let header: [String]
    let words: Set<Int>
    var rows: [[String]] = []

    init(_ header: [String], words: Set<Int>) {
        self.header = header
        self.words = words
    }

    var text: String {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return words.contains(column) ? cell + padding : padding + cell
            }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
