import GRDB

/// Reads and writes table `integrity`: one row per source and dialect.
enum IntegrityTable {
    static func add(_ db: Database, _ tally: SourceTally) throws {
        try add(
            db, tally.source, tally.dialect,
            [
                "records": tally.records, "events": tally.events, "ignored": tally.ignored,
                "quarantined": tally.quarantined, "clock_skewed": tally.clockSkewed,
                "dropped": tally.dropped, "with_correlation": tally.withCorrelation,
            ])
    }

    static func add(
        _ db: Database, _ counts: Findings.Counts, source: String, dialect: String
    ) throws {
        try add(
            db, source, dialect,
            [
                "appended": counts.appended, "duplicates": counts.duplicates,
                "collisions": counts.collisions, "late": counts.late,
            ])
    }

    private static func add(
        _ db: Database, _ source: String, _ dialect: String, _ counters: KeyValuePairs<String, Int>
    ) throws {
        let names = counters.map(\.key)
        let sql = """
            INSERT INTO integrity (source, dialect, \(names.joined(separator: ", ")))
            VALUES (?, ?\(String(repeating: ", ?", count: names.count)))
            ON CONFLICT (source, dialect) DO UPDATE
            SET \(names.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", "))
            """
        let values: [(any DatabaseValueConvertible)?] = [source, dialect] + counters.map(\.value)
        try db.cachedStatement(sql: sql).execute(arguments: StatementArguments(values))
    }

    static func all(_ db: Database) throws -> [SourceIntegrity] {
        try Row.fetchCursor(db, sql: "SELECT * FROM integrity ORDER BY source, dialect")
            .reduce(into: []) { sources, row in sources.append(SourceIntegrity(row)) }
    }
}

extension SourceIntegrity {
    fileprivate init(_ row: Row) {
        var tally = SourceTally(source: row["source"], dialect: row["dialect"])
        tally.records = row["records"]
        tally.events = row["events"]
        tally.ignored = row["ignored"]
        tally.quarantined = row["quarantined"]
        tally.clockSkewed = row["clock_skewed"]
        tally.dropped = row["dropped"]
        tally.withCorrelation = row["with_correlation"]
        self.init(tally: tally)
        appended = row["appended"]
        duplicates = row["duplicates"]
        collisions = row["collisions"]
        late = row["late"]
    }
}
