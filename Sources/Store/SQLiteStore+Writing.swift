import GRDB
import IdentityModel

extension SQLiteStore: JournalWriting {
    @discardableResult
    package func append(_ commit: JournalAppend) async throws -> AppendReport {
        let names = commit.batches.map(\.source)
        let sources = numbers.withLock { numbers in names.map { numbers.number(of: $0) } }
        try pseudonyms.load { body in try pool.read(body) }
        let prepared = PreparedAppend(
            commit, numbers: sources, pseudonyms: pseudonyms, options: options)
        return try await writing { db in
            let nameByNumber = Dictionary(
                zip(sources, names), uniquingKeysWith: { first, _ in first })
            for (number, name) in nameByNumber.sorted(by: { $0.key < $1.key }) {
                try db.cachedStatement(sql: "INSERT OR IGNORE INTO source VALUES (?, ?)")
                    .execute(arguments: [number, name])
            }
            var slices = SliceAppend(db, prepared, self.options)
            for part in prepared.parts { try slices.append(part) }
            // Last of the blocks' affairs: it writes every number that was given for them.
            try self.pseudonyms.write(db)
            try self.reached(.blocks)
            for stream in commit.streams { try StreamTable.write(db, stream) }
            try self.reached(.streams)
            // What leaves goes first: a part of it may come in again at the same place.
            for number in commit.released { try QuarantineTable.remove(db, number) }
            for refusal in commit.refused { try QuarantineTable.refuse(db, refusal) }
            for entry in commit.quarantine { try QuarantineTable.insert(db, entry) }
            try self.reached(.quarantine)
            for tally in commit.tallies { try IntegrityTable.add(db, tally) }
            for (key, counts) in slices.findings.counts {
                try IntegrityTable.add(
                    db, counts, source: nameByNumber[key.source] ?? "",
                    dialect: prepared.events.strings[key.dialect])
            }
            try self.reached(.tallies)
            return AppendReport(slices.findings.total, slices: slices.changed)
        }
    }

    package func compact() async throws {
        let slices = try await writing { db in
            try Int64.fetchAll(db, sql: "SELECT slice FROM slice ORDER BY slice")
        }
        // One transaction per few slices bounds the log and lets appends come between.
        for start in stride(from: 0, to: slices.count, by: 16) {
            let group = slices[start..<min(slices.count, start + 16)]
            try await writing { db in
                let compaction = SliceCompaction(db, self.options)
                for slice in group {
                    if try compaction.compact(BlockTable.blocks(db, slice: slice)) {
                        try self.reached(.compaction)
                    }
                }
            }
        }
        try await writing { db in
            try db.execute(sql: "PRAGMA incremental_vacuum")
        }
    }

    /// Makes events forget who acted: the actors with these pseudonyms become "no value".
    ///
    /// Cells keep what was computed. Other processes that have the store open may hold the
    /// pseudonyms in memory until they open it again.
    /// - Returns: How many pseudonyms were erased.
    @discardableResult
    package func forget(_ forgotten: Set<UInt128>) async throws -> Int {
        try pseudonyms.load { body in try pool.read(body) }
        let erased = try await writing { db in try PseudonymTable.erase(db, forgotten) }
        pseudonyms.forget(forgotten)
        pseudonymLookup.removeAll()
        return erased
    }

    package func decision(
        forHead head: [UInt8], proposal: StreamDecision
    ) async throws -> StreamDecision {
        try await writing { db in try StreamTable.decision(db, head, proposal) }
    }

    package func removeQuarantine(_ numbers: [Int64]) async throws {
        try await writing { db in
            for number in numbers { try QuarantineTable.remove(db, number) }
        }
    }
}

extension AppendReport {
    fileprivate init(_ counts: Findings.Counts, slices: [Int64]) {
        self.init()
        appended = counts.appended
        duplicates = counts.duplicates
        collisions = counts.collisions
        late = counts.late
        self.slices = slices
    }
}

extension SQLiteStore: ScoreWriting {
    package func commitScoring(_ commit: ScoringCommit) async throws {
        try await writing { db in
            try ScoreTables.write(db, commit)
            try self.reached(.scores)
        }
    }
}
