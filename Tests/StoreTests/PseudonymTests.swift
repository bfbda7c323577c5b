import Foundation
import GRDB
import IdentityModel
import Testing

@testable import Store

@Suite("Pseudonyms of the journal") struct PseudonymTests {
    private func events(_ store: SQLiteStore) throws -> [PlainEvent] {
        try store.slices().flatMap { slice in
            var events: [PlainEvent] = []
            try store.readSlice(slice.slice, batchEvents: 700) { events += PlainEvent.all($0) }
            return events
        }
    }

    private func sorted(_ batches: [EventBatch]) -> [PlainEvent] {
        batches.flatMap { PlainEvent.all($0) }
            .sorted { IdentityEvent.precedes($0.event, $1.event) }
    }

    /// `count` events of as many people.
    private func crowd(_ count: Int, from first: Int) -> EventBatch {
        var batch = EventBatch()
        for person in first..<first + count {
            var event = IdentityEvent()
            event.id = UInt128(person + 1) << 64
            event.at = RandomEvents.start + Int64(person) * 1000
            event.name = UInt128(person + 1) << 90 | 7
            event.subject = person % 3 == 0 ? 0 : UInt128(person + 1)
            batch.append(event)
        }
        return batch
    }

    @Test func `stay whose they are when commits fail and the store is opened again`() async throws
    {
        let place = try TemporaryStore()
        try place.writer().close()
        let failing = Toggle()
        var options = StoreOptions()
        options.fault = { step in if step == .tallies, failing.isOn { throw Interruption() } }
        let store = try place.writer(options)
        let batches = (0..<6).map { crowd(900, from: $0 * 700) }
        for (number, batch) in batches.enumerated() where number < 4 {
            failing.isOn = number % 2 == 0
            if failing.isOn {
                await #expect(throws: Interruption.self) { try await store.appendAll([batch]) }
            } else {
                try await store.appendAll([batch])
                _ = try events(store)
            }
        }
        try store.close()
        let later = try place.writer()
        try await later.appendAll(batches)
        try await later.compact()
        #expect(try events(later) == sorted([crowd(4400, from: 0)]))
        try later.close()
        let reader = try SQLiteStore.openForReading(path: place.path)
        #expect(try events(reader) == sorted([crowd(4400, from: 0)]))
        try reader.close()
    }

    private struct Interruption: Error {}

    private final class Toggle: @unchecked Sendable {
        // Only changed while no call to the store runs.
        var isOn = false
    }

    @Test func `are read by an open reader while they grow`() async throws {
        let place = try TemporaryStore()
        let writer = try place.writer()
        let reader = try SQLiteStore.openForReading(path: place.path)
        for round in 0..<4 {
            try await writer.appendAll([crowd(400, from: round * 400)])
            #expect(try events(reader) == sorted([crowd((round + 1) * 400, from: 0)]))
        }
        try reader.close()
        try writer.close()
    }

    @Test func `cost their bytes once, however many hours a person comes back in`() async throws {
        let place = try TemporaryStore()
        let store = try place.writer()
        var hours: [EventBatch] = []
        for hour in 0..<5 {
            var batch = crowd(500, from: 0)
            batch.at = batch.at.map { $0 + Int64(hour) * Timestamp.hour }
            hours.append(batch)
        }
        try await store.appendAll(hours)
        let held = try await store.pool.read { try PseudonymTable.newest($0) }
        // 500 names, and 333 subjects: every third person has none.
        #expect(held == 833)
        #expect(try events(store) == sorted(hours))
        try store.close()
    }

    @Test func `are gone when they are to be forgotten, and a person who comes back is new`()
        async throws
    {
        let place = try TemporaryStore()
        let store = try place.writer()
        let before = crowd(1500, from: 0)
        try await store.appendAll([before])
        _ = try events(store)
        #expect(try await store.forget([before.name[7], before.subject[8], 1 << 50]) == 2)
        var expected = before
        expected.name[7] = 0
        expected.subject[8] = 0
        #expect(try events(store) == sorted([expected]))
        var again = crowd(1500, from: 0).picked([7, 8])
        again.at = again.at.map { $0 + Timestamp.hour }
        try await store.appendAll([again])
        #expect(try events(store) == sorted([expected, again]))
        try store.close()
        let bytes = Data(try place.bytes())
        #expect(bytes.range(of: withUnsafeBytes(of: before.name[9]) { Data($0) }) != nil)
    }

    @Test func `that are damaged are named`() async throws {
        let place = try TemporaryStore()
        let store = try place.writer()
        try await store.appendAll([crowd(20, from: 0)])
        try await store.pool.write { db in
            try db.execute(
                sql: "UPDATE pseudonym SET body = substr(body, 1, 50) || x'ff' || substr(body, 52)")
        }
        let slice = try #require(try store.slices().first).slice
        #expect(throws: StoreError.corruptPseudonyms(chunk: 0)) {
            try store.readSlice(slice, batchEvents: 10) { _ in }
        }
        try store.readSlice(slice, columns: .step, batchEvents: 100) { #expect($0.count == 20) }
        try await store.pool.write { try $0.execute(sql: "DELETE FROM pseudonym") }
        #expect(
            throws: StoreError.corruptBlock(
                slice: slice, block: 1, cause: "part 'core': a pseudonym is missing")
        ) { try store.readSlice(slice, batchEvents: 10) { _ in } }
        try store.close()
    }

    @Test func `compares ids by the half that is stored`() async throws {
        let place = try TemporaryStore()
        let store = try place.writer()
        var batch = crowd(3, from: 0)
        try await store.appendAll([batch])
        batch.id = batch.id.map { $0 | 5 }
        let report = try await store.appendAll([batch])
        #expect(report.duplicates == 3)
        #expect(report.appended == 0)
        try store.close()
    }

    @Test func `keeps the version of the dialect with each event, whatever is merged`()
        async throws
    {
        let place = try TemporaryStore()
        let store = try place.writer()
        let versions = [["okta": "1"], ["okta": "2"], [:]]
        for (round, versions) in versions.enumerated() {
            var commit = JournalAppend()
            var batch = crowd(10 + round, from: round * 20)
            let okta = batch.strings.intern("okta")
            batch.dialect = batch.dialect.map { _ in okta }
            commit.batches = [SourcedBatch(source: "a", events: batch)]
            commit.versions = versions
            try await store.append(commit)
        }
        try await store.compact()
        let slice = try #require(try store.slices().first).slice
        #expect(
            try store.dialectVersions(of: slice) == [
                DialectVersion(dialect: "okta", version: "1"): 10,
                DialectVersion(dialect: "okta", version: "2"): 11,
                DialectVersion(dialect: "okta", version: ""): 12,
            ])
        try store.readSlice(slice, batchEvents: 100) { batch in
            #expect(Set(batch.dialect.map { batch.strings[$0] }) == ["okta"])
        }
        #expect(try store.sources().map(\.tally.dialect) == ["okta"])
        try store.close()
    }

    @Test func `refuses a store of the format before them`() async throws {
        let place = try TemporaryStore()
        let store = try place.writer()
        try await store.appendAll([crowd(3, from: 0)])
        try await store.pool.write { try $0.execute(sql: "DROP TABLE pseudonym") }
        try store.close()
        let refusal = StoreError.olderFormat(path: place.path)
        #expect(throws: refusal) { try place.writer() }
        #expect(throws: refusal) { try SQLiteStore.openForReading(path: place.path) }
    }
}
