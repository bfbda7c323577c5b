import Foundation
import GRDB

/// Looks at a file before anything is written to it.
enum StoreInspection {
    static let fingerprintKey = "key_fingerprint"

    /// Refuses what is no store, was made under another key or by a later version.
    ///
    /// - Parameter keyFingerprint: Nil accepts any key.
    static func inspect(path: String, keyFingerprint: String?) throws {
        guard try isFilled(path) else { return }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.read { db in
            let application = try Int.fetchOne(db, sql: "PRAGMA application_id")
            guard application == Schema.applicationID else {
                throw StoreError.notAStore(path: path, cause: "an SQLite file of something else")
            }
            guard try db.tableExists("grdb_migrations") else { return }
            let known = Set(Schema.migrator.migrations)
            let applied = try String.fetchAll(
                db, sql: "SELECT identifier FROM grdb_migrations ORDER BY rowid")
            if let newer = applied.first(where: { !known.contains($0) }) {
                throw StoreError.newerSchema(path: path, migration: newer)
            }
            guard try db.tableExists("meta"), let keyFingerprint else { return }
            let stored = try String.fetchOne(
                db, sql: "SELECT value FROM meta WHERE key = ?", arguments: [fingerprintKey])
            if let stored, stored != keyFingerprint {
                throw StoreError.otherKey(path: path, stored: stored, given: keyFingerprint)
            }
        }
        try queue.close()
    }

    /// Whether there is a file of more than nothing.
    private static func isFilled(_ path: String) throws -> Bool {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            return false
        }
        if isDirectory.boolValue { throw StoreError.notAStore(path: path, cause: "a folder") }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.size] as? NSNumber)?.intValue != 0
    }

    /// The error that says what `error` means for the store at `path`.
    static func named(_ error: DatabaseError, path: String) -> any Error {
        switch error.resultCode {
        case .SQLITE_NOTADB: StoreError.notAStore(path: path, cause: "not an SQLite file")
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH:
            StoreError.inaccessible(path: path, cause: error.message ?? "refused")
        default: error
        }
    }
}
