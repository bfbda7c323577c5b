import GRDB

/// Reads and writes the rows of table `slice`.
enum SliceTable {
    /// Adds `events` to `slice`, which changes it; returns whether it had been scored before.
    static func grow(_ db: Database, _ slice: Int64, by events: Int) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO slice (slice, events, version) VALUES (?, ?, 1)
                ON CONFLICT (slice) DO UPDATE
                SET events = events + excluded.events, version = version + 1
                RETURNING scored_version IS NOT NULL
                """)
        return try Bool.fetchOne(statement, arguments: [slice, events]) ?? false
    }

    static func all(_ db: Database) throws -> [SliceSummary] {
        let sql =
            "SELECT slice, events, version, scored_version IS NOT version FROM slice ORDER BY slice"
        return try Row.fetchCursor(db, sql: sql).reduce(into: []) { slices, row in
            slices.append(
                SliceSummary(slice: row[0], events: row[1], version: row[2], isDirty: row[3]))
        }
    }

    /// Notes that `scored` was scored at the version that was read.
    static func markScored(_ db: Database, _ scored: ScoredSlice) throws {
        try db.cachedStatement(sql: "UPDATE slice SET scored_version = ? WHERE slice = ?")
            .execute(arguments: [scored.version, scored.slice])
    }
}
