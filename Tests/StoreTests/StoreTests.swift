import Foundation
import IdentityModel
import Testing

@testable import Store

@Suite("SQLite store") struct StoreTests {
    @Test func `refuses another key, a second writer and a newer schema, each in a sentence`()
        async throws
    {
        let place = try TemporaryStore()
        let store = try place.writer()
        #expect(throws: StoreError.writerPresent(path: place.path)) { try place.writer() }
        try await store.pool.write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 later')")
        }
        try store.close()
        let before = try place.bytes()
        #expect(throws: StoreError.newerSchema(path: place.path, migration: "9 later")) {
            try place.writer()
        }
        #expect(try place.bytes() == before)
    }

    @Test func `refuses another key and leaves the file as it was`() throws {
        let place = try TemporaryStore()
        try place.writer(key: "aaaa").close()
        let before = try place.bytes()
        let refusal = StoreError.otherKey(path: place.path, stored: "aaaa", given: "bbbb")
        #expect(throws: refusal) { try place.writer(key: "bbbb") }
        #expect(throws: refusal) {
            try SQLiteStore.openForReading(path: place.path, keyFingerprint: "bbbb")
        }
        #expect(try place.bytes() == before)
        try place.writer(key: "aaaa").close()
    }

    @Test func `refuses what is no store`() throws {
        let place = try TemporaryStore()
        #expect(throws: StoreError.missing(path: place.path)) {
            try SQLiteStore.openForReading(path: place.path)
        }
        let text = [UInt8](
            "these are the times that try men's souls, and more than a hundred bytes of them, surely"
                .utf8)
        try Data(text + text).write(to: URL(fileURLWithPath: place.path))
        #expect(throws: StoreError.notAStore(path: place.path, cause: "not an SQLite file")) {
            try place.writer()
        }
        #expect(try place.bytes() == text + text)
    }

    @Test func `lets a reader see commits while a writer works`() async throws {
        let place = try TemporaryStore()
        let writer = try place.writer()
        let reader = try SQLiteStore.openForReading(path: place.path, keyFingerprint: "0011223344")
        #expect(try reader.slices().isEmpty)
        var source = RandomEvents(seed: 1)
        try await writer.appendAll([source.batch(10, hours: 1)])
        #expect(try reader.slices().map(\.events) == [10])
        await #expect(throws: StoreError.readOnly) { try await reader.append(JournalAppend()) }
        try reader.close()
        try writer.close()
        let later = try SQLiteStore.openForReading(path: place.path)
        #expect(try later.slices().map(\.events) == [10])
        try later.close()
    }

    @Test func `counts late events and keeps a slice dirty that grew while it was scored`()
        async throws
    {
        let place = try TemporaryStore()
        let store = try place.writer()
        var source = RandomEvents(seed: 2)
        let batch = source.batch(30, hours: 1)
        #expect(try await store.appendAll([batch.picked(0..<10)]).late == 0)
        let read = try #require(try store.slices().first)
        #expect(read.isDirty)
        #expect(try await store.appendAll([batch.picked(10..<20)]).late == 0)
        var scoring = ScoringCommit()
        scoring.scored = [ScoredSlice(slice: read.slice, version: read.version)]
        try await store.commitScoring(scoring)
        let grown = try #require(try store.slices().first)
        #expect(grown.isDirty)
        scoring.scored = [ScoredSlice(slice: read.slice, version: grown.version)]
        try await store.commitScoring(scoring)
        #expect(try store.slices().first?.isDirty == false)
        #expect(try await store.appendAll([batch.picked(0..<20)]).late == 0)
        #expect(try store.slices().first?.isDirty == false)
        #expect(try await store.appendAll([batch]).late == 10)
        #expect(try store.slices().first?.isDirty == true)
        let counted = try store.sources()
        #expect(counted.reduce(0) { $0 + $1.late } == 10)
        #expect(counted.reduce(0) { $0 + $1.appended } == 30)
        #expect(counted.reduce(0) { $0 + $1.duplicates } == 40)
        try store.close()
    }

    @Test func `adds tallies up and holds a quarantined record once`() async throws {
        let place = try TemporaryStore()
        let store = try place.writer()
        var commit = JournalAppend()
        var tally = SourceTally(source: "a", dialect: "okta")
        tally.records = 5
        tally.ignored = 2
        commit.tallies = [tally, tally]
        commit.quarantine = [
            QuarantineEntry(
                source: "a", dialect: "okta", position: .max, length: 9, cause: "no dialect",
                fingerprint: .max)
        ]
        try await store.append(commit)
        try await store.append(commit)
        #expect(try store.sources().map(\.tally.records) == [20])
        #expect(try store.sources().map(\.tally.ignored) == [8])
        let held = try store.quarantine(limit: 10)
        #expect(held.map(\.entry) == commit.quarantine)
        try await store.removeQuarantine(held.map(\.number))
        #expect(try store.quarantine(limit: 10).isEmpty)
        try store.close()
    }

    @Test func `seals a record that only its key opens`() async throws {
        let place = try TemporaryStore()
        let (key, _) = PseudonymKey.random()
        let record = [UInt8]("user=alice@example.org from 203.0.113.7".utf8)
        let sealed = try record.withUnsafeBytes { try SealedRecord(sealing: $0, under: key) }
        let store = try place.writer(key: key.fingerprint)
        var commit = JournalAppend()
        commit.quarantine = [
            QuarantineEntry(
                source: "-", dialect: "", position: 0, length: record.count, cause: "no dialect",
                fingerprint: 1, sealed: sealed)
        ]
        try await store.append(commit)
        let held = try #require(try store.quarantine(limit: 1).first?.entry.sealed)
        #expect(try held.opened(under: key) == record)
        #expect(throws: StoreError.sealBroken) { try held.opened(under: PseudonymKey.random().key) }
        try store.close()
        let file = Data(try place.bytes())
        #expect(file.range(of: Data("alice".utf8)) == nil)
        #expect(file.range(of: Data("203.0.113.7".utf8)) == nil)
    }

    @Test func `keeps the decisions of a first reading`() async throws {
        let place = try TemporaryStore()
        let store = try place.writer()
        let first = StreamDecision(modifiedSeconds: nil, now: 5, year: 2025)
        let second = StreamDecision(modifiedSeconds: 8, now: 9, year: nil)
        #expect(try await store.decision(forHead: [1, 2], proposal: first) == first)
        #expect(try await store.decision(forHead: [1, 2], proposal: second) == first)
        #expect(try await store.decision(forHead: [3], proposal: second) == second)
        try store.close()
    }

    @Test func `replaces what scoring computed`() async throws {
        let place = try TemporaryStore()
        let store = try place.writer()
        var commit = ScoringCommit()
        commit.cells = [
            StoredCell(slice: 5, journey: 0, kind: 1, body: [1]),
            StoredCell(slice: 5, journey: 2, kind: 1, body: [2]),
            StoredCell(slice: 6, journey: 0, kind: 1, body: []),
        ]
        commit.firings = [StoredFirings(slice: 5, body: [7])]
        commit.carries = [1, 4, 9].map {
            StoredCarry(machine: "m", border: $0, body: [UInt8($0)])
        }
        commit.meta = ["rules": "abc"]
        try await store.commitScoring(commit)
        #expect(try store.cells(slices: 0..<9, journey: nil) == commit.cells)
        #expect(try store.cells(slices: 0..<9, journey: 2).map(\.body) == [[2]])
        #expect(try store.carryBorders(machine: "m").keys.sorted() == [1, 4, 9])
        #expect(try store.carryBorders(machine: "m")[4] == commit.carries[1].hash)
        #expect(try store.carry(machine: "m", border: 4) == [4])
        #expect(try store.carry(machine: "m", border: 5) == nil)
        #expect(try store.metaValue("rules") == "abc")
        var next = ScoringCommit()
        next.droppedCells = [DroppedCells(slices: 4...5, kinds: [1])]
        next.cells = [StoredCell(slice: 5, journey: 0, kind: 1, body: [3])]
        next.replacedFirings = [5...5]
        next.firings = [StoredFirings(slice: 6, body: [8])]
        next.droppedCarries = [CarryBorder(machine: "m", border: 1), CarryBorder(machine: "m", border: 9)]
        next.meta = ["rules": nil]
        try await store.commitScoring(next)
        #expect(try store.cells(slices: 0..<9, journey: nil).map(\.body) == [[3], []])
        #expect(try store.firings(slices: 0...8) == next.firings)
        #expect(try store.carryBorders(machine: "m").keys.sorted() == [4])
        #expect(try store.metaValue("rules") == nil)
        var last = ScoringCommit()
        last.dropsEverything = true
        try await store.commitScoring(last)
        #expect(try store.cells(slices: 0..<9, journey: nil).isEmpty)
        #expect(try store.firings(slices: 0...8).isEmpty)
        #expect(try store.carryBorders(machine: "m").isEmpty)
        try store.close()
    }
}
