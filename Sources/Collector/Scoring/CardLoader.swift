import IdentityModel
import Measures
import Scorecard
import Store

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
                cells.impact[journey, default: ImpactCell()].merge(try ImpactCell(encoded: stored.body))
            case .threat:
                cells.threat[journey, default: ThreatCell()].merge(try ThreatCell(encoded: stored.body))
            case nil: continue
            }
        }
        var card = Card(query, cells: cells, catalog: catalog)
        card.sources = try reader.sources().map(Self.row)
        return card
    }

    private static func row(_ source: SourceIntegrity) -> SourceRow {
        let tally = source.tally
        return SourceRow(
            source: tally.source, dialect: tally.dialect,
            counts: [
                ("records", tally.records), ("events", tally.events), ("ignored", tally.ignored),
                ("quarantined", tally.quarantined), ("duplicates", source.duplicates),
                ("collisions", source.collisions), ("late", source.late),
                ("clock_skewed", tally.clockSkewed), ("dropped", tally.dropped),
                ("with_correlation", tally.withCorrelation),
            ])
    }
}
