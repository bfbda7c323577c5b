import Foundation
import GRDB
import IdentityModel

/// Reads and writes the rows of table `block`.
enum BlockTable {
    /// The blocks of `slice`, in order of their first time.
    static func blocks(_ db: Database, slice: Int64) throws -> [BlockSummary] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT block, slice, run, events, at_first, at_last FROM block
                WHERE slice = ? ORDER BY at_first, block
                """)
        return try Row.fetchCursor(statement, arguments: [slice]).reduce(into: []) { blocks, row in
            blocks.append(
                BlockSummary(
                    block: row[0], slice: row[1], run: row[2], events: row[3], atFirst: row[4],
                    atLast: row[5]))
        }
    }

    /// Inserts `encoded` and returns what describes it.
    static func insert(
        _ db: Database, _ encoded: EncodedBlock, slice: Int64, run: Int64
    ) throws -> BlockSummary {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO block
                    (slice, run, events, at_first, at_last, filter, core, ids, evidence)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            slice, run, encoded.events, encoded.atFirst, encoded.atLast, encoded.filter.asData,
            encoded.core.asData, encoded.ids.asData, encoded.evidence.asData,
        ])
        return BlockSummary(
            block: db.lastInsertedRowID, slice: slice, run: run, events: encoded.events,
            atFirst: encoded.atFirst, atLast: encoded.atLast)
    }

    static func delete(_ db: Database, _ block: BlockSummary) throws {
        try db.cachedStatement(sql: "DELETE FROM block WHERE block = ?")
            .execute(arguments: [block.block])
    }

    /// Calls `body` with the bytes of one part of `block`.
    static func withPart<R>(
        _ db: Database, _ part: Part, of block: BlockSummary,
        _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        let statement = try db.cachedStatement(
            sql: "SELECT \(part.rawValue) FROM block WHERE block = ?")
        // The bytes are SQLite's own and live as long as the cursor does.
        let rows = try Row.fetchCursor(statement, arguments: [block.block])
        guard let row = try rows.next() else { throw corrupt(block, "it is missing") }
        do {
            return try withExtendedLifetime(rows) { try row.withBytes(0, body) }
        } catch let error as CodecError {
            throw corrupt(block, "part '\(part.rawValue)': \(error.cause)")
        }
    }

    /// The parts of a block.
    enum Part: String {
        case filter, core, ids, evidence
    }

    /// Decodes `columns` of `block`.
    ///
    /// - Parameter pseudonyms: Nil gives the stored form, which only `BlockEncoder` reads.
    static func decode(
        _ db: Database, _ block: BlockSummary, columns: ColumnSet, pseudonyms: PseudonymLookup?
    ) throws -> EventBatch {
        var batch = EventBatch()
        try withPart(db, .core, of: block) { bytes in
            let core = try BlockPartReader(bytes)
            var values: [UInt128]?
            if let pseudonyms {
                let isNeeded = !columns.isDisjoint(with: [.name, .subject])
                values =
                    isNeeded
                    ? try pseudonyms.values(of: BlockDecoder.pseudonyms(core), db) : []
            }
            try BlockDecoder.decode(
                core: core, columns: columns, pseudonyms: values, into: &batch)
        }
        guard batch.count == block.events else {
            throw corrupt(block, "it holds another count of events")
        }
        if columns.contains(.id) {
            batch.id = try withPart(db, .ids, of: block) {
                try BlockDecoder.ids($0).map { UInt128($0) << 64 }
            }
            guard batch.id.count == batch.count else {
                throw corrupt(block, "its parts differ in length")
            }
        }
        if columns.contains(.evidence) {
            try withPart(db, .evidence, of: block) {
                try BlockDecoder.decode(evidence: $0, into: &batch)
            }
        } else if columns.contains(.source) {
            try withPart(db, .evidence, of: block) {
                try BlockDecoder.decode(sourcesOf: $0, into: &batch)
            }
        }
        return batch
    }

    static func corrupt(_ block: BlockSummary, _ cause: String) -> StoreError {
        .corruptBlock(slice: block.slice, block: block.block, cause: cause)
    }
}
