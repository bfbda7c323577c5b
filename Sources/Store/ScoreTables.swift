import GRDB

/// Reads and writes the tables of scoring: `cell`, `firing`, `carry`, `meta`.
enum ScoreTables {
    static func write(_ db: Database, _ commit: ScoringCommit) throws {
        if commit.dropsEverything {
            try db.execute(sql: "DELETE FROM cell; DELETE FROM firing; DELETE FROM carry")
        }
        for dropped in commit.droppedCells {
            for kind in dropped.kinds {
                try db.cachedStatement(sql: "DELETE FROM cell WHERE slice BETWEEN ? AND ? AND kind = ?")
                    .execute(arguments: [dropped.slices.lowerBound, dropped.slices.upperBound, kind])
            }
        }
        for cell in commit.cells {
            try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO cell (slice, journey, kind, body) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [cell.slice, cell.journey, cell.kind, cell.body.asData])
        }
        for slices in commit.replacedFirings {
            try db.cachedStatement(sql: "DELETE FROM firing WHERE slice BETWEEN ? AND ?")
                .execute(arguments: [slices.lowerBound, slices.upperBound])
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
        for dropped in commit.droppedCarries {
            try db.cachedStatement(sql: "DELETE FROM carry WHERE machine = ? AND border = ?")
                .execute(arguments: [dropped.machine, dropped.border])
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

    static func firings(_ db: Database, _ slices: ClosedRange<Int64>) throws -> [StoredFirings] {
        let sql = "SELECT slice, body FROM firing WHERE slice BETWEEN ? AND ? ORDER BY slice"
        let arguments: StatementArguments = [slices.lowerBound, slices.upperBound]
        return try Row.fetchCursor(db, sql: sql, arguments: arguments).reduce(into: []) {
            found, row in
            found.append(StoredFirings(slice: row[0], body: try row.bytes(1)))
        }
    }

    static func carryBorders(_ db: Database, _ machine: String) throws -> [Int64: UInt64] {
        try Row.fetchCursor(
            db, sql: "SELECT border, hash FROM carry WHERE machine = ?", arguments: [machine]
        ).reduce(into: [:]) { $0[$1[0]] = UInt64(bitPattern: $1[1]) }
    }

    static func carry(_ db: Database, _ machine: String, _ border: Int64) throws -> [UInt8]? {
        let sql = "SELECT body FROM carry WHERE machine = ? AND border = ?"
        return try Row.fetchOne(db, sql: sql, arguments: [machine, border])?.bytes(0)
    }
}
