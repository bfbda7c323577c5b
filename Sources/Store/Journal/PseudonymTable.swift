import GRDB
import IdentityModel

/// Reads and writes table `pseudonym`: what the numbers in blocks stand for, in chunks.
///
///     checksum 4 │ 16 bytes │ 16 bytes │ …      number = chunk × 1,024 + place; number 0 is unused
///
/// Chunks only grow; forgetting a person sets their places to 0, "no value".
enum PseudonymTable {
    static let chunkCount = 1024
    static let chunkLength = UInt32(chunkCount)
    private static let headBytes = 4

    /// The newest number; 0 where there is none.
    static func newest(_ db: Database) throws -> UInt32 {
        let statement = try db.cachedStatement(
            sql: "SELECT chunk, length(body) FROM pseudonym ORDER BY chunk DESC LIMIT 1")
        guard let row = try Row.fetchOne(statement) else { return 0 }
        let (chunk, bytes): (Int64, Int) = (row[0], row[1])
        let newest = Int(chunk) * chunkCount + (bytes - headBytes) / 16 - 1
        return UInt32(clamping: newest)
    }

    /// The pseudonyms of `chunk` by place; empty where there is no such chunk.
    static func values(_ db: Database, chunk: UInt32) throws -> [UInt128] {
        let statement = try db.cachedStatement(sql: "SELECT body FROM pseudonym WHERE chunk = ?")
        let rows = try Row.fetchCursor(statement, arguments: [chunk])
        guard let row = try rows.next() else { return [] }
        return try withExtendedLifetime(rows) {
            try row.withBytes(0) { bytes in try values(bytes, chunk: chunk) }
        }
    }

    private static func values(
        _ bytes: UnsafeRawBufferPointer, chunk: UInt32
    ) throws -> [UInt128] {
        guard bytes.count >= 8,
            UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)) == BlockPart.checksum(bytes)
        else { throw StoreError.corruptPseudonyms(chunk: Int64(chunk)) }
        let count = min(chunkCount, (bytes.count - headBytes) / 16)
        return (0..<count).map { place in
            let value = bytes.loadUnaligned(
                fromByteOffset: headBytes + place * 16, as: UInt128.self)
            return UInt128(littleEndian: value)
        }
    }

    /// Gives `pseudonyms` the numbers after `newest`.
    static func append(_ db: Database, _ pseudonyms: [UInt128], after newest: UInt32) throws {
        guard !pseudonyms.isEmpty else { return }
        var rest = pseudonyms[...]
        // Number 0 is unused, so the place after `newest` is the one that follows it.
        var chunk = newest / chunkLength
        var values = newest == 0 ? [0] : try values(db, chunk: chunk)
        while !rest.isEmpty {
            let fitting = rest.prefix(chunkCount - values.count)
            values += fitting
            rest = rest.dropFirst(fitting.count)
            if !fitting.isEmpty { try write(db, values, chunk: chunk) }
            values = []
            chunk += 1
        }
    }

    private static func write(_ db: Database, _ values: [UInt128], chunk: UInt32) throws {
        var writer = ColumnWriter()
        writer.raw(UInt32(0))
        writer.raws(values.count) { values[$0] }
        writer.patch(writer.bytes.withUnsafeBytes { BlockPart.checksum($0) }, at: 0)
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO pseudonym VALUES (?, ?)")
            .execute(arguments: [chunk, writer.bytes.asData])
    }

    /// Sets the places of `pseudonyms` to "no value"; returns how many there were.
    static func erase(_ db: Database, _ pseudonyms: Set<UInt128>) throws -> Int {
        var erased = 0
        for chunk in 0...(try newest(db) / chunkLength) {
            var values = try values(db, chunk: chunk)
            let places = values.indices.filter { pseudonyms.contains(values[$0]) }
            guard !places.isEmpty else { continue }
            for place in places { values[place] = 0 }
            try write(db, values, chunk: chunk)
            erased += places.count
        }
        return erased
    }
}
