import IdentityModel
import Measures
import Scorecard
import SecuritySignals
import Store

/// What a scoring leaves in the store for the scorecard, beside the cells.
enum ScoringMeta {
    /// Numbers of the sources that show their proxy's address, joined by commas.
    static let hiddenSources = "scoring.hidden_sources"
    /// `1` where the rule set knows familiar people.
    static let familiarity = "scoring.familiarity"
    /// The files of the rule set, as they were.
    static let ruleSet = "scoring.rule_set"
}

/// Reads a scorecard out of a store.
package struct CardLoader: Sendable {
    private let reader: any JournalReading & ScoreReading
    private let catalog: JourneyCatalog

    package init(reader: any JournalReading & ScoreReading, catalog: JourneyCatalog) {
        self.reader = reader
        self.catalog = catalog
    }

    /// The whole hours that the journal covers; nil of an empty store.
    package func hours() throws -> Range<Int64>? {
        guard let first = try reader.slices().first?.slice, let watermark = try reader.watermark() else {
            return nil
        }
        return first..<(Timestamp.slice(watermark) + 1)
    }

    /// The scorecard that `query` asks for.
    package func card(_ query: CardQuery) throws -> Card {
        var cells = CardCells()
        for stored in try reader.cells(slices: Int64.min..<Int64.max, journey: nil) {
            let journey = JourneyID(rawValue: stored.journey)
            switch CellKind(rawValue: stored.kind) {
            case .impact, .open:
                cells.impact[journey, default: ImpactCell()].merge(try impactCell(stored.body, of: journey))
            case .threat:
                cells.threat[journey, default: ThreatCell()].merge(try ThreatCell(encoded: stored.body))
            case .sources, .openSources: cells.sources.merge(try SourceCell(encoded: stored.body))
            case nil: continue
            }
        }
        var card = Card(query, cells: cells, catalog: catalog)
        card.sources = try sourceRows(cells.sources, query)
        card.history = try history(before: query.hours.lowerBound)
        return card
    }

    /// Of all marginals a scorecard shows those of registrations alone: social ones apart.
    private func impactCell(_ body: [UInt8], of journey: JourneyID) throws -> ImpactCell {
        journey == .registration
            ? try ImpactCell(encoded: body) : try ImpactCell.withoutMarginals(encoded: body)
    }

    /// How much history lies before hour `first`; nil where the rules know no familiar people.
    private func history(before first: Int64) throws -> CardHistory? {
        guard try reader.metaValue(ScoringMeta.familiarity) != nil,
            let began = try reader.slices().first?.slice
        else { return nil }
        return CardHistory(hours: max(0, first - began), hoursMin: Familiarity.thinHistory / Timestamp.hour)
    }

    // MARK: Integrity

    private func sourceRows(_ counted: SourceCell, _ query: CardQuery) throws -> [SourceRow] {
        let names = try reader.sourceNames()
        let hidden = try ScoringMeta.hidden(reader)
        let hiddenNames = Set(hidden.compactMap { names[$0] })
        var found = SourceFigures.byPlace(counted, query, names: names)
        var rows = try reader.sources().map { source in
            let place = SourceFigures.Place(source: source.tally.source, dialect: source.tally.dialect)
            return Self.row(source, found.removeValue(forKey: place) ?? SourceFigures())
        }
        // Nothing that was counted is lost, should no reader have tallied the like.
        for (place, figures) in found.sorted(by: { $0.key < $1.key }) {
            let tally = SourceTally(source: place.source, dialect: place.dialect)
            rows.append(Self.row(SourceIntegrity(tally: tally), figures))
        }
        for index in rows.indices { rows[index].isProxyHidden = hiddenNames.contains(rows[index].source) }
        return rows
    }

    private static func row(_ source: SourceIntegrity, _ figures: SourceFigures) -> SourceRow {
        let tally = source.tally
        return SourceRow(
            source: tally.source, dialect: tally.dialect,
            counts: [
                ("records", tally.records), ("events", tally.events), ("ignored", tally.ignored),
                ("quarantined", tally.quarantined), ("duplicates", source.duplicates),
                ("collisions", source.collisions), ("late", source.late),
                ("clock_skewed", tally.clockSkewed), ("dropped", tally.dropped),
                ("with_correlation", tally.withCorrelation),
            ], figures: figures)
    }
}
