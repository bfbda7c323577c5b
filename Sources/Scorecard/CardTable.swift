import IdentityModel
import Measures

/// Columns of text, padded to their widths; numbers to the right.
struct TextTable {
    var header: [String]
    var rows: [[String]] = []
    /// The columns whose cells are words and stand to the left.
    var wordColumns: Set<Int> = [0]

    init(_ header: [String]) { self.header = header }

    func aligned(indent: String = "") -> [String] {
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        return ([header] + rows).map { row in
            let cells = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return wordColumns.contains(column) ? cell + padding : padding + cell
            }
            var line = indent + cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    func markdown() -> [String] {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        let rule = header.indices.map { wordColumns.contains($0) ? "---" : "---:" }
        return [line(header), line(rule)] + rows.map { line($0.map { $0.replacing("|", with: "\\|") }) }
    }
}

/// Figures as people read them.
enum FigureText {
    /// `12,345`.
    static func count(_ value: UInt64) -> String {
        var text = ""
        for (index, digit) in "\(value)".reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    /// `93.4 %`, or `–` where there is none.
    static func percent(_ value: Double?) -> String {
        guard let value else { return "–" }
        let tenths = Int((value * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }

    static func number(_ value: Double?) -> String {
        guard let value else { return "–" }
        if value == value.rounded(), value < 1e15 { return count(UInt64(max(0, value))) }
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    /// `850 ms`, `12.4 s`, `20 min`, `3.5 h`.
    static func duration(_ milliseconds: UInt64?) -> String {
        guard let milliseconds else { return "–" }
        func tenths(_ unit: UInt64) -> String {
            let value = (milliseconds * 10 + unit / 2) / unit
            return value % 10 == 0 ? "\(value / 10)" : "\(value / 10).\(value % 10)"
        }
        switch milliseconds {
        case ..<1000: return "\(milliseconds) ms"
        case ..<60_000: return tenths(1000) + " s"
        case ..<3_600_000: return tenths(60_000) + " min"
        default: return tenths(3_600_000) + " h"
        }
    }

    /// A metric's value in the unit that its name tells.
    static func metric(_ name: String, _ value: Double?) -> String {
        if name.hasSuffix("_ms") || name.contains("_ms_") { return duration(value.map { UInt64(max(0, $0)) }) }
        if name.hasSuffix("_rate") || name.hasSuffix("_rate_adjusted") || name == "drop_off" || name.hasSuffix("adoption") {
            return percent(value)
        }
        return number(value)
    }
}

extension Card {
    /// The journeys that any attempt or source speaks of.
    private var spokenOf: [JourneyFigures] { journeys.filter { $0.attempts > 0 || $0.stepsShown != 0 } }

    private var silentJourneys: [String] {
        journeys.filter { $0.attempts == 0 && $0.stepsShown == 0 }.map { catalog[$0.journey].name }
    }

    private func attemptsTable() -> TextTable {
        var table = TextTable([
            "journey", "attempts", "open", "completed", "failed", "denied", "abandoned", "first try", "actors", "p50",
            "p95",
        ])
        for figures in spokenOf {
            let all = figures.all
            let quantiles = figures.shows(step: 0) ? all.durations.quantiles(percents: [50, 95]) : nil
            table.rows.append([
                catalog[figures.journey].name, FigureText.count(figures.attempts), FigureText.count(figures.open.open),
                FigureText.count(all.completed), FigureText.count(all.failed), FigureText.count(all.denied),
                FigureText.count(all.abandoned), FigureText.count(all.firstTry),
                (figures.actors.attempted.isExact ? "" : "~") + FigureText.count(UInt64(figures.actors.attempted.count)),
                FigureText.duration(quantiles?[0]), FigureText.duration(quantiles?[1]),
            ])
        }
        return table
    }

    private func attackTable() -> TextTable {
        var table = TextTable(["journey", "suspect", "of matured", "takeover", "by signal"])
        table.wordColumns = [0, 4]
        for figures in spokenOf where figures.suspects > 0 {
            let signals = figures.suspect.bySignal.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
                .map { "\($0.key) \(FigureText.count($0.value))" }.joined(separator: ", ")
            table.rows.append([
                catalog[figures.journey].name, FigureText.count(figures.suspects),
                FigureText.percent(Estimate.proportion(figures.suspects, of: figures.all.matured)?.value),
                FigureText.count(figures.suspect.takeover), signals,
            ])
        }
        return table
    }

    private func pairsTable() -> TextTable {
        var table = TextTable(["pair", "half", "metric", "raw", "adjusted", "95 % interval", "note"])
        table.wordColumns = [0, 1, 2, 6]
        for figures in spokenOf {
            for pair in pairs[figures.journey] ?? [] {
                table.rows.append(row(pair.id, "experience", pair.experience))
                table.rows.append(row("", "assurance", pair.assurance))
            }
        }
        return table
    }

    private func row(_ id: String, _ side: String, _ half: PairHalf) -> [String] {
        func text(_ value: Double?) -> String { FigureText.metric(half.metric, value) }
        let interval = half.low == nil ? "–" : "\(text(half.low)) … \(text(half.high))"
        let note = half.unobservable.map { "unobservable: \($0)" } ?? ""
        var adjusted = text(half.adjusted)
        if let range = half.adjustedRange, range.lowerBound < range.upperBound {
            adjusted += " (\(text(range.lowerBound)) … \(text(range.upperBound)))"
        }
        return [id, side, half.metric, text(half.value), adjusted, interval, note]
    }

    private func signalsTable() -> TextTable {
        var table = TextTable(["rule", "attempts", "takeover", "genuine-looking", "share", "95 % interval"])
        for cost in signals {
            let share = cost.share
            table.rows.append([
                cost.source == .idp ? "\(cost.rule) (the identity provider's own)" : cost.rule,
                FigureText.count(cost.totals.attempts), FigureText.count(cost.totals.takeover),
                FigureText.count(cost.totals.genuineLooking), FigureText.percent(share?.value),
                "\(FigureText.percent(share?.low)) … \(FigureText.percent(share?.high))",
            ])
        }
        return table
    }

    private func notes() -> [String] {
        var lines: [String] = []
        if let history, history.isThin {
            lines.append(
                "thin history: \(history.days) days before this period; with fewer than 7 it is not known who is familiar")
        }
        for name in Set(sources.filter(\.isProxyHidden).map(\.source)).sorted() {
            lines.append("proxy headers missing: \(name) shows one address for everybody; no rule by origin looks there")
        }
        if showsSupport {
            let topics = contacts.filter { $0.key != .none }.sorted { $0.key < $1.key }
                .map { "\(catalog[$0.key].name) \(FigureText.count($0.value))" }.joined(separator: ", ")
            lines.append("support contacts: \(FigureText.count(contactsTotal))" + (topics.isEmpty ? "" : " (\(topics))"))
        }
        let aside = Self.setAsideKinds.map { "\($0) \(FigureText.count(setAside[$0] ?? 0))" }.joined(separator: ", ")
        lines.append("no attempts: \(aside)")
        let kept = keptOut.filter { $0.value > 0 }.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.key.word.isEmpty ? "unknown" : $0.key.word) \(FigureText.count($0.value))" }
            .joined(separator: ", ")
        if !kept.isEmpty { lines.append("kept out of population '\(query.population.word)': \(kept)") }
        if spokenOf.allSatisfy({ $0.attempts == 0 }), !kept.isEmpty {
            lines.append("no attempts of '\(query.population.word)' in this period; --population shows the others")
        }
        if !silentJourneys.isEmpty { lines.append("no source shows: \(silentJourneys.joined(separator: ", "))") }
        let lost = sources.reduce(0) { sum, row in
            sum + row.counts.filter { $0.0 == "quarantined" }.reduce(0) { $0 + $1.1 }
        }
        if lost > 0 { lines.append("quarantined records: \(FigureText.count(UInt64(lost))); lockstep quarantine list shows them") }
        return lines
    }

    private static let signalsTitle = "What the signals cost genuine people"

    private var title: String {
        let from = Timestamp.secondsText(query.hours.lowerBound * Timestamp.hour)
        let to = Timestamp.secondsText(query.hours.upperBound * Timestamp.hour)
        return "Scorecard \(from) – \(to), population \(query.population.word)"
    }

    /// The scorecard for a terminal.
    public func table() -> String {
        var lines = [title, ""] + attemptsTable().aligned(indent: "  ")
        let attacks = attackTable()
        if !attacks.rows.isEmpty { lines += ["", "Attack traffic (taken out of the adjusted figures)"] + attacks.aligned(indent: "  ") }
        let costs = signalsTable()
        if !costs.rows.isEmpty { lines += ["", Self.signalsTitle] + costs.aligned(indent: "  ") }
        lines += ["", "Pairs"] + pairsTable().aligned(indent: "  ") + [""] + notes()
        return lines.joined(separator: "\n")
    }

    /// The scorecard as Markdown.
    public func markdown() -> String {
        var lines = ["# \(title)", ""] + attemptsTable().markdown()
        let attacks = attackTable()
        if !attacks.rows.isEmpty { lines += ["", "## Attack traffic", ""] + attacks.markdown() }
        let costs = signalsTable()
        if !costs.rows.isEmpty { lines += ["", "## \(Self.signalsTitle)", ""] + costs.markdown() }
        lines += ["", "## Pairs", ""] + pairsTable().markdown() + ["", "## Notes", ""] + notes().map { "- \($0)" }
        return lines.joined(separator: "\n")
    }

    /// The scorecard as CSV (RFC 4180, but lines end with LF alone): a row per journey and figure, named as the JSON's keys.
    public func csv() -> String {
        var lines = ["journey,figure,value"]
        func add(_ journey: String, _ figure: String, _ value: String) {
            let quoted = [journey, figure, value].map {
                $0.utf8.contains(where: { ",\"\n\r".utf8.contains($0) }) ? "\"" + $0.replacing("\"", with: "\"\"") + "\"" : $0
            }
            lines.append(quoted.joined(separator: ","))
        }
        guard case .object(let top) = json(), case .array(let all)? = top.first(where: { $0.0 == "journeys" })?.1 else {
            return lines.joined(separator: "\n")
        }
        for case .object(let keys) in all {
            guard case .string(let name)? = keys.first?.1 else { continue }
            for (key, value) in keys.dropFirst() { flatten(value, key) { add(name, $0, $1) } }
        }
        for (key, value) in top where ["support", "signals", "history"].contains(key) {
            flatten(value, key) { add("", $0, $1) }
        }
        return lines.joined(separator: "\n")
    }

    private func flatten(_ value: JSONText, _ path: String, _ add: (String, String) -> Void) {
        switch value {
        case .object(let pairs):
            for (key, inner) in pairs where !Self.isPointRange(key, inner) { flatten(inner, path + "." + key, add) }
        case .array(let values):
            for (index, inner) in values.enumerated() { flatten(inner, path + "." + elementName(inner, index), add) }
        case .string(let text): add(path, text)
        case .null: add(path, "")
        default: add(path, value.text())
        }
    }

    /// Whether a range says no more than the point beside it.
    private static func isPointRange(_ key: String, _ value: JSONText) -> Bool {
        switch (key, value) {
        case ("adjusted_range", .null): true
        case ("adjusted_range", .array(let ends)): ends.count == 2 && ends[0].text() == ends[1].text()
        case ("also_ranges", .object(let pairs)): pairs.allSatisfy { isPointRange("adjusted_range", $0.1) }
        default: false
        }
    }

    /// Steps, pairs and rules go by their own names, not by their place.
    private func elementName(_ value: JSONText, _ index: Int) -> String {
        if case .object(let pairs) = value, let first = pairs.first, case .string(let name) = first.1,
            ["step", "id", "rule"].contains(first.0)
        {
            return name
        }
        return "\(index)"
    }
}
