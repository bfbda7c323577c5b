import Foundation
import GRDB
import IdentityModel
import Synchronization

/// A store in one SQLite file (WAL, one fsync per commit), for one writer and many readers.
///
/// Calls may come from any thread. Writing happens on one queue of its own, in the order of the
/// calls; reading goes on beside it and sees whole commits only.
package final class SQLiteStore: Sendable {
    package let path: String
    let options: StoreOptions
    let pool: DatabasePool
    private let lock: Mutex<WriterLock?>
    let numbers = Mutex(SourceNumbers())
    let pseudonyms = PseudonymNumbers()
    let pseudonymLookup = PseudonymLookup()

    /// Opens the store at `path` for writing and makes it where there is none.
    ///
    /// - Parameter keyFingerprint: `PseudonymKey.fingerprint` of the key that makes the pseudonyms.
    /// - Throws: `StoreError`: another process writes, another key, a newer schema, no store.
    package static func openForWriting(
        path: String, keyFingerprint: String, options: StoreOptions = StoreOptions()
    ) throws -> SQLiteStore {
        let lock = try WriterLock(path: path)
        return try SQLiteStore(path, keyFingerprint, lock: lock, options)
    }

    /// Opens the existing store at `path` for reading.
    ///
    /// - Parameter keyFingerprint: Nil where the reader has no key and needs none.
    package static func openForReading(
        path: String, keyFingerprint: String? = nil
    ) throws -> SQLiteStore {
        guard FileManager.default.fileExists(atPath: path) else {
            throw StoreError.missing(path: path)
        }
        return try SQLiteStore(path, keyFingerprint, lock: nil, StoreOptions())
    }

    private init(
        _ path: String, _ fingerprint: String?, lock: WriterLock?, _ options: StoreOptions
    ) throws {
        self.path = path
        self.options = options
        self.lock = Mutex(lock)
        do {
            try StoreInspection.inspect(path: path, keyFingerprint: fingerprint)
            pool = try DatabasePool(
                path: path, configuration: Self.configuration(isReadOnly: lock == nil))
            try pool.read { db in try Schema.refuseOlder(db, path: path) }
            guard lock != nil else { return }
            try Schema.migrator.migrate(pool)
            try pool.write { db in
                try db.execute(
                    sql: "INSERT OR IGNORE INTO meta VALUES (?, ?)",
                    arguments: [StoreInspection.fingerprintKey, fingerprint])
            }
            try loadNumbers()
        } catch let error as DatabaseError {
            throw StoreInspection.named(error, path: path)
        }
    }

    private func loadNumbers() throws {
        let known = try pool.read { db in
            try Row.fetchAll(db, sql: "SELECT number, name FROM source")
        }
        numbers.withLock { numbers in
            for row in known { numbers.learn(row[0], row[1]) }
        }
    }

    private static func configuration(isReadOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(10)
        configuration.label = "lockstep.store"
        configuration.prepareDatabase { db in
            guard !isReadOnly else { return }
            if try Int.fetchOne(db, sql: "PRAGMA application_id") != Schema.applicationID {
                try db.execute(
                    sql: """
                        PRAGMA page_size = \(Schema.pageBytes);
                        PRAGMA auto_vacuum = INCREMENTAL;
                        PRAGMA application_id = \(Schema.applicationID);
                        """)
            }
            try db.execute(
                sql: """
                    PRAGMA synchronous = FULL;
                    PRAGMA wal_autocheckpoint = \(walPagesMax);
                    PRAGMA journal_size_limit = \(walPagesMax * Schema.pageBytes);
                    PRAGMA cache_size = -16384;
                    """)
        }
        return configuration
    }

    /// 32 MiB of log before its pages are copied into the file: a few commits at once.
    private static let walPagesMax = 8192

    /// Copies the log into the file, cuts it to nothing and gives the store back.
    package func close() throws {
        guard lock.withLock({ $0 != nil }) else { return try pool.close() }
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA incremental_vacuum")
            try db.checkpoint(.truncate)
        }
        try pool.close()
        lock.withLock { $0 = nil }
    }

    /// Runs `body` in a transaction on the writing queue.
    func writing<T: Sendable>(_ body: @Sendable @escaping (Database) throws -> T) async throws -> T
    {
        guard lock.withLock({ $0 != nil }) else { throw StoreError.readOnly }
        return try await pool.write(body)
    }

    func reached(_ step: CommitStep) throws { try options.fault?(step) }
}

/// The numbers that events carry for their sources.
///
/// Numbers are given in memory, for there is one writer, and written with the first commit that
/// uses them.
struct SourceNumbers {
    private var byName: [String: UInt32] = [:]
    private var newest: UInt32 = 0

    mutating func learn(_ number: UInt32, _ name: String) {
        byName[name] = number
        newest = max(newest, number)
    }

    mutating func number(of name: String) -> UInt32 {
        if let known = byName[name] { return known }
        learn(newest + 1, name)
        return newest
    }
}
