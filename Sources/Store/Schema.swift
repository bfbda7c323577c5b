import GRDB

/// The tables of a store, as named migrations: append, never edit.
enum Schema {
    /// "Lock" in ASCII: tells a store from other SQLite files.
    static let applicationID = 0x4C6F_636B
    /// Blocks are read whole, and a smaller page wastes less at their ends.
    static let pageBytes = 4096

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 journal") { db in
            for table in [journal, streams, integrity, scores] { try db.execute(sql: table) }
        }
        migrator.registerMigration("2 content of quarantined records") { db in
            try db.execute(sql: "ALTER TABLE quarantine ADD COLUMN head BLOB")
        }
        migrator.registerMigration("3 pseudonyms apart from blocks") { db in
            try db.execute(sql: pseudonyms)
        }
        return migrator
    }

    /// Refuses a store whose blocks hold their pseudonyms themselves: no release ever wrote one.
    static func refuseOlder(_ db: Database, path: String) throws {
        guard try db.tableExists("block"), try !db.tableExists("pseudonym") else { return }
        if try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM block)") ?? false {
            throw StoreError.olderFormat(path: path)
        }
    }

    private static let pseudonyms =
        "CREATE TABLE pseudonym (chunk INTEGER PRIMARY KEY, body BLOB NOT NULL)"

    /// `core` comes before `ids` and `evidence`: scoring reads only the first pages of a row.
    private static let journal = """
        CREATE TABLE slice (
            slice INTEGER PRIMARY KEY,
            events INTEGER NOT NULL,
            version INTEGER NOT NULL,
            scored_version INTEGER
        );
        CREATE TABLE block (
            block INTEGER PRIMARY KEY,
            slice INTEGER NOT NULL,
            run INTEGER NOT NULL,
            events INTEGER NOT NULL,
            at_first INTEGER NOT NULL,
            at_last INTEGER NOT NULL,
            filter BLOB NOT NULL,
            core BLOB NOT NULL,
            ids BLOB NOT NULL,
            evidence BLOB NOT NULL
        );
        CREATE INDEX block_slice ON block (slice, at_first);
        CREATE TABLE source (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        """

    private static let streams = """
        CREATE TABLE stream (
            name TEXT PRIMARY KEY, position INTEGER NOT NULL, state BLOB NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE decision (
            head BLOB PRIMARY KEY, modified INTEGER, now INTEGER NOT NULL, year INTEGER
        ) WITHOUT ROWID;
        """

    private static let integrity = """
        CREATE TABLE integrity (
            source TEXT NOT NULL,
            dialect TEXT NOT NULL,
            records INTEGER NOT NULL DEFAULT 0,
            events INTEGER NOT NULL DEFAULT 0,
            ignored INTEGER NOT NULL DEFAULT 0,
            quarantined INTEGER NOT NULL DEFAULT 0,
            clock_skewed INTEGER NOT NULL DEFAULT 0,
            dropped INTEGER NOT NULL DEFAULT 0,
            with_correlation INTEGER NOT NULL DEFAULT 0,
            appended INTEGER NOT NULL DEFAULT 0,
            duplicates INTEGER NOT NULL DEFAULT 0,
            collisions INTEGER NOT NULL DEFAULT 0,
            late INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (source, dialect)
        ) WITHOUT ROWID;
        CREATE TABLE quarantine (
            number INTEGER PRIMARY KEY,
            source TEXT NOT NULL,
            dialect TEXT NOT NULL,
            position INTEGER NOT NULL,
            length INTEGER NOT NULL,
            cause TEXT NOT NULL,
            fingerprint INTEGER NOT NULL,
            sealed BLOB,
            UNIQUE (source, position, fingerprint)
        );
        """

    private static let scores = """
        CREATE TABLE cell (
            cell INTEGER PRIMARY KEY,
            slice INTEGER NOT NULL,
            journey INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            body BLOB NOT NULL,
            UNIQUE (slice, journey, kind)
        );
        CREATE TABLE firing (slice INTEGER PRIMARY KEY, body BLOB NOT NULL);
        CREATE TABLE carry (
            carry INTEGER PRIMARY KEY,
            machine TEXT NOT NULL,
            border INTEGER NOT NULL,
            hash INTEGER NOT NULL,
            body BLOB NOT NULL,
            UNIQUE (machine, border)
        );
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        """
}
