import GRDB

/// Reads and writes table `quarantine`.
enum QuarantineTable {
    /// Inserts `entry`; the same record of the same source is held once.
    static func insert(_ db: Database, _ entry: QuarantineEntry) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO quarantine
                    (source, dialect, position, length, cause, fingerprint, sealed)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            entry.source, entry.dialect, Int64(bitPattern: entry.position), entry.length,
            entry.cause, Int64(bitPattern: entry.fingerprint), entry.sealed?.bytes.asData,
        ])
    }

    static func remove(_ db: Database, _ number: Int64) throws {
        try db.cachedStatement(sql: "DELETE FROM quarantine WHERE number = ?")
            .execute(arguments: [number])
    }

    static func oldest(_ db: Database, limit: Int) throws -> [QuarantineRecord] {
        let sql = """
            SELECT number, source, dialect, position, length, cause, fingerprint, sealed
            FROM quarantine ORDER BY number LIMIT ?
            """
        return try Row.fetchCursor(db, sql: sql, arguments: [limit]).reduce(into: []) {
            records, row in
            let sealed = row.hasNull(atIndex: 7) ? nil : SealedRecord(bytes: try row.bytes(7))
            records.append(
                QuarantineRecord(
                    number: row[0],
                    entry: QuarantineEntry(
                        source: row[1], dialect: row[2], position: UInt64(bitPattern: row[3]),
                        length: row[4], cause: row[5], fingerprint: UInt64(bitPattern: row[6]),
                        sealed: sealed)))
        }
    }
}
