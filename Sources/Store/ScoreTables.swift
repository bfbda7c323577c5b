import GRDB

/// Reads and writes the tables of scoring: `cell`, `firing`, `carry`, `meta`.
enum ScoreTables {
    static func write(_ db: Database, _ commit: ScoringCommit) throws {
        for replaced in commit.replacedSlices {
            try db.cachedStatement(
                sql:
                    "DELETE FROM cell WHERE slice = ? AND kind = ? AND journey = COALESCE(?, journey)"
            ).execute(arguments: [replaced.slice, replaced.kind, replaced.journey])
        }
        for cell in commit.cells {
            try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO cell (slice, journey, kind, body) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [cell.slice, cell.journey, cell.kind, cell.body.asData])
        }
        for firings in commit.firings {
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO firing VALUES (?, ?)")
                .execute(arguments: [firings.slice, firings.body.asData])
        }
        try writeCarries(db, commit)
        for scored in commit.scored { try SliceTable.markScored(db, scored) }
        for (key, value) in commit.meta {
            if let value {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)", arguments: [key, value])
            } else {
                try db.execute(sql: "DELETE FROM meta WHERE key = ?", arguments: [key])
            }
        }
    }

    private static func writeCarries(_ db: Database, _ commit: ScoringCommit) throws {
        for border in commit.forgottenCarries {
            try db.cachedStatement(sql: "DELETE FROM carry WHERE machine = ? AND border > ?")
                .execute(arguments: [border.machine, border.border])
        }
        for border in commit.expiredCarries {
            try db.cachedStatement(sql: "DELETE FROM carry WHERE machine = ? AND border < ?")
                .execute(arguments: [border.machine, border.border])
        }
        for carry in commit.carries {
            try db.cachedStatement(
                sql:
                    "INSERT OR REPLACE INTO carry (machine, border, hash, body) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [
                carry.machine, carry.border, Int64(bitPattern: carry.hash), carry.body.asData,
            ])
        }
    }

    static func cells(_ db: Database, _ slices: Range<Int64>, _ journey: UInt8?) throws
        -> [StoredCell]
    {
        let sql = """
            SELECT slice, journey, kind, body FROM cell
            WHERE slice >= ? AND slice < ? AND journey = COALESCE(?, journey)
            ORDER BY slice, journey, kind
            """
        let arguments: StatementArguments = [slices.lowerBound, slices.upperBound, journey]
        return try Row.fetchCursor(db, sql: sql, arguments: arguments).reduce(into: []) {
            cells, row in
            cells.append(
                StoredCell(slice: row[0], journey: row[1], kind: row[2], body: try row.bytes(3)))
        }
    }

    static func firings(_ db: Database, _ slices: Range<Int64>) throws -> [StoredFirings] {
        let sql = "SELECT slice, body FROM firing WHERE slice >= ? AND slice < ? ORDER BY slice"
        let arguments: StatementArguments = [slices.lowerBound, slices.upperBound]
        return try Row.fetchCursor(db, sql: sql, arguments: arguments).reduce(into: []) {
            found, row in
            found.append(StoredFirings(slice: row[0], body: try row.bytes(1)))
        }
    }

    static func carry(_ db: Database, _ machine: String, _ border: Int64) throws -> StoredCarry? {
        let sql = """
            SELECT machine, border, hash, body FROM carry
            WHERE machine = ? AND border <= ? ORDER BY border DESC LIMIT 1
            """
        guard let row = try Row.fetchOne(db, sql: sql, arguments: [machine, border]) else {
            return nil
        }
        return StoredCarry(
            machine: row[0], border: row[1], hash: UInt64(bitPattern: row[2]),
            body: try row.bytes(3))
    }
}
