import Foundation

/// The readings of one dialect's records, held against those of others.
struct DialectConformance {
    var dialect: String
    var records = 0
    /// Records of which every fact is shared.
    var agreeing = 0
    /// Records that the dialect ignores on purpose, as the reviewed tables say.
    var ignored = 0
    /// Records that differ, each difference with a listed reason.
    var explained = 0
    /// Rows that hold a reading but no record.
    var withoutRecord = 0
    /// Differences that nobody reviewed.
    var unexplained: [Difference] = []
    /// Rows of the reviewed tables that hold nothing any more.
    var stale: [String] = []
    /// What is written wrongly in the reviewed tables.
    var unusable: [String] = []

    var summary: String {
        let failing = Set(unexplained.map { "\($0.place.source) \($0.place.index)" }).count
        return "\(dialect): \(records) records, \(agreeing) agree, \(ignored) ignored on purpose, "
            + "\(explained) differ for a listed reason, \(failing) differ without one"
            + (withoutRecord > 0 ? " (\(withoutRecord) rows without a record skipped)" : "")
    }
}

/// The readings of all dialects, computed once for all tests.
struct ConformanceReport {
    private(set) var dialects: [DialectConformance] = []
    /// Files of readings that are not there.
    private(set) var missing: [String] = []

    static let shared = Result { try ConformanceReport() }

    init() throws {
        var rows: [TruthRow] = []
        for file in TruthRow.files {
            guard let read = try TruthRow.read(file) else {
                missing.append(file)
                continue
            }
            rows += read
        }
        let reader = try RecordReader()
        for dialect in TruthSource.dialects {
            dialects.append(try Self.conformance(of: dialect, rows, reader, isComplete: missing.isEmpty))
        }
    }

    private static func conformance(
        of dialect: String, _ rows: [TruthRow], _ reader: RecordReader, isComplete: Bool
    ) throws -> DialectConformance {
        var result = DialectConformance(dialect: dialect)
        let reviewed = try ReviewedDifferences(dialect: dialect)
        let readings = try ReviewedReadings(dialect: dialect)
        let comparison = Comparison(reader: reader, readings: readings)
        var met: Set<Difference.Place> = []
        for source in TruthSource.all where source.dialect == dialect {
            for row in rows where row.source.hasPrefix(source.prefix) {
                let row = source.complete(row)
                guard let record = row.record else {
                    result.withoutRecord += 1
                    continue
                }
                result.records += 1
                let compared = try comparison.compare(row, record, source)
                met.formUnion(compared.differences.map(\.place))
                let unexplained = compared.differences.filter { reviewed.reasons[$0.place] == nil }
                result.unexplained += unexplained
                guard unexplained.isEmpty else { continue }
                if compared.isIgnored {
                    result.ignored += 1
                } else if compared.differences.isEmpty {
                    result.agreeing += 1
                } else {
                    result.explained += 1
                }
            }
        }
        result.unusable = reviewed.unusable
        if isComplete {
            let stale = Set(reviewed.reasons.keys).subtracting(met).sorted()
            result.stale = stale.map { "differences: \($0.source) \($0.index) \($0.field)" }
            result.stale += readings.unused.map { "actions: \($0)" }
        }
        return result
    }
}
