import IdentityModel
import Measures

/// What differs between two scorecards of one journal: what other rules change.
public struct CardChange: Sendable {
    /// A figure that is not what it was.
    public struct Row: Sendable {
        public var journey: String
        public var figure: String
        /// As people read them; `–` where there is none.
        public var before: String
        public var after: String
    }

    public let rows: [Row]
    public var isEmpty: Bool { rows.isEmpty }

    /// The change from `before`, nil where nothing was scored, to `after`.
    public init(from before: Card?, to after: Card, _ catalog: JourneyCatalog) {
        var rows: [Row] = []
        for figures in after.journeys {
            let old = before?.journeys.first { $0.journey == figures.journey }
            let name = catalog[figures.journey].name
            func add(_ figure: String, _ before: String, _ after: String) {
                if before != after { rows.append(Row(journey: name, figure: figure, before: before, after: after)) }
            }
            func count(_ value: UInt64?) -> String { value.map(FigureText.count) ?? "–" }
            add("attempts", count(old?.attempts), count(figures.attempts))
            add("suspect", count(old?.suspects), count(figures.suspects))
            add("takeover suspects", count(old?.suspect.takeover), count(figures.suspect.takeover))
            let signals = Set(figures.suspect.signals.keys).union(old?.suspect.signals.keys.map { $0 } ?? [])
            for signal in signals.sorted() {
                add(
                    "by \(signal)", count(old?.suspect.signals[signal]?.attempts ?? 0),
                    count(figures.suspect.signals[signal]?.attempts ?? 0))
            }
            for pair in after.pairs[figures.journey] ?? [] {
                let old = before?.pairs[figures.journey]?.first { $0.id == pair.id }
                Self.compare(pair.id, old?.experience, pair.experience, add)
                Self.compare(pair.id, old?.assurance, pair.assurance, add)
                add("\(pair.id): pressure", FigureText.percent(old?.pressure), FigureText.percent(pair.pressure))
            }
        }
        self.rows = rows
    }

    private static func compare(
        _ pair: String, _ before: PairHalf?, _ after: PairHalf, _ add: (String, String, String) -> Void
    ) {
        let metric = after.metric
        add("\(pair): \(metric)", FigureText.metric(metric, before?.value), FigureText.metric(metric, after.value))
        add(
            "\(pair): \(metric) adjusted", FigureText.metric(metric, before?.adjusted),
            FigureText.metric(metric, after.adjusted))
    }

    /// The rows as a table.
    public var text: String {
        var table = TextTable(["journey", "figure", "before", "after"])
        table.wordColumns = [0, 1]
        table.rows = rows.map { [$0.journey, $0.figure, $0.before, $0.after] }
        return table.aligned().joined(separator: "\n")
    }

    /// The rows as an array of objects.
    public var json: JSONText {
        .array(
            rows.map {
                .object([
                    ("journey", .string($0.journey)), ("figure", .string($0.figure)), ("before", .string($0.before)),
                    ("after", .string($0.after)),
                ])
            })
    }
}
