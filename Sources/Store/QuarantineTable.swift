import GRDB

/// Reads and writes table `quarantine`.
enum QuarantineTable {
    private static let columns =
        "number, source, dialect, position, length, cause, fingerprint, sealed, head"

    /// Inserts `entry`; the same record of the same source is held once.
    static func insert(_ db: Database, _ entry: QuarantineEntry) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO quarantine
                    (source, dialect, position, length, cause, fingerprint, sealed, head)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            entry.source, entry.dialect, Int64(bitPattern: entry.position), entry.length,
            entry.cause, Int64(bitPattern: entry.fingerprint), entry.sealed?.bytes.asData,
            entry.head?.asData,
        ])
    }

    static func remove(_ db: Database, _ number: Int64) throws {
        try db.cachedStatement(sql: "DELETE FROM quarantine WHERE number = ?")
            .execute(arguments: [number])
    }

    /// Writes today's cause of a record that stays.
    static func refuse(_ db: Database, _ refusal: QuarantineRefusal) throws {
        try db.cachedStatement(sql: "UPDATE quarantine SET dialect = ?, cause = ? WHERE number = ?")
            .execute(arguments: [refusal.dialect, refusal.cause, refusal.number])
    }

    static func oldest(_ db: Database, limit: Int) throws -> [QuarantineRecord] {
        let sql = "SELECT \(columns) FROM quarantine ORDER BY number LIMIT ?"
        return try records(db, sql, [limit])
    }

    /// The records of `source` that begin in `positions`, in order of position.
    static func records(
        _ db: Database, of source: String, _ positions: Range<UInt64>
    ) throws -> [QuarantineRecord] {
        let sql = """
            SELECT \(columns) FROM quarantine
            WHERE source = ? AND position >= ? AND position < ? ORDER BY position, number
            """
        return try records(
            db, sql,
            [
                source, Int64(clamping: positions.lowerBound),
                Int64(clamping: positions.upperBound),
            ])
    }

    /// The next sealed records of `source` after `last`, content by content, in order of position.
    static func sealed(
        _ db: Database, of source: String, after last: QuarantineRecord?, limit: Int
    ) throws -> [QuarantineRecord] {
        let sql = """
            SELECT \(columns) FROM quarantine
            WHERE source = ? AND sealed IS NOT NULL
                AND (IFNULL(head, x''), position, number) > (?, ?, ?)
            ORDER BY IFNULL(head, x''), position, number LIMIT ?
            """
        return try records(
            db, sql,
            [
                source, (last?.entry.head ?? []).asData,
                last.map { Int64(bitPattern: $0.entry.position) } ?? -1, last?.number ?? -1, limit,
            ])
    }

    /// What is held of each source, by name.
    static func sources(_ db: Database) throws -> [QuarantinedSource] {
        let sql = """
            SELECT source, dialect, COUNT(*), COUNT(sealed) FROM quarantine
            GROUP BY source, dialect ORDER BY source, dialect
            """
        return try Row.fetchCursor(db, sql: sql).reduce(into: []) { sources, row in
            let name: String = row[0]
            if sources.last?.source != name {
                sources.append(
                    QuarantinedSource(source: name, records: 0, sealed: 0, byDialect: [:]))
            }
            let last = sources.count - 1
            sources[last].records += row[2] as Int
            sources[last].sealed += row[3] as Int
            sources[last].byDialect[row[1]] = row[2]
        }
    }

    private static func records(
        _ db: Database, _ sql: String, _ arguments: StatementArguments
    ) throws -> [QuarantineRecord] {
        try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments).reduce(into: []) {
            records, row in
            let sealed = row.hasNull(atIndex: 7) ? nil : SealedRecord(bytes: try row.bytes(7))
            let head = row.hasNull(atIndex: 8) ? nil : try row.bytes(8)
            records.append(
                QuarantineRecord(
                    number: row[0],
                    entry: QuarantineEntry(
                        source: row[1], dialect: row[2], position: UInt64(bitPattern: row[3]),
                        length: row[4], cause: row[5], fingerprint: UInt64(bitPattern: row[6]),
                        sealed: sealed, head: head)))
        }
    }
}
