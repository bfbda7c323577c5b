import GRDB

/// Reads and writes the tables `stream` and `decision`.
enum StreamTable {
    static func write(_ db: Database, _ stream: StreamCheckpoint) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO stream VALUES (?, ?, ?)")
            .execute(arguments: [
                stream.name, Int64(bitPattern: stream.position), stream.state.asData,
            ])
    }

    static func all(_ db: Database) throws -> [StreamCheckpoint] {
        try Row.fetchCursor(db, sql: "SELECT name, position, state FROM stream ORDER BY name")
            .reduce(into: []) { streams, row in
                streams.append(
                    StreamCheckpoint(
                        name: row[0], position: UInt64(bitPattern: row[1]), state: try row.bytes(2))
                )
            }
    }

    /// What is kept for `head`, after `proposal` was kept where nothing was.
    static func decision(
        _ db: Database, _ head: [UInt8], _ proposal: StreamDecision
    ) throws -> StreamDecision {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO decision VALUES (?, ?, ?, ?)")
            .execute(arguments: [
                head.asData, proposal.modifiedSeconds, proposal.now, proposal.year,
            ])
        let sql = "SELECT modified, now, year FROM decision WHERE head = ?"
        guard let row = try Row.fetchOne(db, sql: sql, arguments: [head.asData]) else {
            return proposal
        }
        return StreamDecision(modifiedSeconds: row[0], now: row[1], year: row[2])
    }
}
