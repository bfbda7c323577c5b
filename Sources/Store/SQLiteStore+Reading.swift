import GRDB
import IdentityModel

extension SQLiteStore: JournalReading {
    package func slices() throws -> [SliceSummary] { try reading(SliceTable.all) }

    package func watermark() throws -> Int64? {
        try reading { db in
            try Int64.fetchOne(
                db,
                sql: "SELECT MAX(at_last) FROM block WHERE slice = (SELECT MAX(slice) FROM block)")
        }
    }

    package func readSlice(
        _ slice: Int64, columns: ColumnSet, batchEvents: Int, _ body: (EventBatch) throws -> Void
    ) throws {
        try reading { db in
            let blocks = try BlockTable.blocks(db, slice: slice)
            var merge = RunMerge(blocks, columns: columns, batchEvents: batchEvents) {
                try BlockTable.decode(db, $0, columns: $1, pseudonyms: self.pseudonymLookup)
            }
            try merge.forEachBatch(body)
        }
    }

    /// How many events of `slice` each dialect made, by its version at the time.
    package func dialectVersions(of slice: Int64) throws -> [DialectVersion: Int] {
        try reading { db in
            var events: [DialectVersion: Int] = [:]
            for block in try BlockTable.blocks(db, slice: slice) {
                let batch = try BlockTable.decode(db, block, columns: .vendor, pseudonyms: nil)
                var counts: [UInt32: Int] = [:]
                for dialect in batch.dialect { counts[dialect, default: 0] += 1 }
                for (dialect, count) in counts {
                    events[DialectStamp.parts(of: dialect, in: batch.strings), default: 0] += count
                }
            }
            return events
        }
    }

    package func streams() throws -> [StreamCheckpoint] { try reading(StreamTable.all) }

    package func sourceNames() throws -> [UInt32: String] {
        try reading { db in
            try Row.fetchCursor(db, sql: "SELECT number, name FROM source").reduce(into: [:]) {
                $0[$1[0]] = $1[1]
            }
        }
    }

    package func sources() throws -> [SourceIntegrity] { try reading(IntegrityTable.all) }

    package func quarantine(limit: Int) throws -> [QuarantineRecord] {
        try reading { db in try QuarantineTable.oldest(db, limit: limit) }
    }

    package func quarantinedSources() throws -> [QuarantinedSource] {
        try reading(QuarantineTable.sources)
    }

    package func quarantine(
        of source: String, positions: Range<UInt64>
    ) throws -> [QuarantineRecord] {
        try reading { db in try QuarantineTable.records(db, of: source, positions) }
    }

    package func sealedQuarantine(
        of source: String, after last: QuarantineRecord?, limit: Int
    ) throws -> [QuarantineRecord] {
        try reading { db in try QuarantineTable.sealed(db, of: source, after: last, limit: limit) }
    }

    /// Runs `body` on one state of the store; calls within `body` see the same state.
    func reading<R>(_ body: (Database) throws -> R) throws -> R {
        try pool.unsafeReentrantRead { db in
            if db.isInsideTransaction { return try body(db) }
            try db.beginTransaction(.deferred)
            defer { try? db.rollback() }
            return try body(db)
        }
    }
}

extension SQLiteStore: ScoreReading {
    package func cells(slices: Range<Int64>, journey: UInt8?) throws -> [StoredCell] {
        try reading { db in try ScoreTables.cells(db, slices, journey) }
    }

    package func firings(slices: ClosedRange<Int64>) throws -> [StoredFirings] {
        try reading { db in try ScoreTables.firings(db, slices) }
    }

    package func carryBorders(machine: String) throws -> [Int64: UInt64] {
        try reading { db in try ScoreTables.carryBorders(db, machine) }
    }

    package func carry(machine: String, border: Int64) throws -> [UInt8]? {
        try reading { db in try ScoreTables.carry(db, machine, border) }
    }

    package func metaValue(_ key: String) throws -> String? {
        try reading { db in
            try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = ?", arguments: [key])
        }
    }
}
