import Foundation
import IdentityModel
import Testing

@testable import Store

@Suite("Journal") struct JournalTests {
    /// Commits with repeats, near and far, and other texts of known ids.
    private func commits(seed: UInt64, events: Int, commits count: Int) -> [EventBatch] {
        var source = RandomEvents(seed: seed)
        var all = source.batch(events, hours: 4, wild: seed % 2 == 0)
        for row in 0..<events / 5 {
            var other = all[row * 3]
            other.recordLength = other.recordLength &+ UInt32(row % 3) &- 1
            other.recordHash ^= 1
            other.step = UInt8(row % 4)
            all.append(other)
        }
        for row in 0..<events / 4 { all.append(all[row * 2]) }
        let rows = Array(0..<all.count).shuffled(using: &source.random)
        let size = (rows.count + count - 1) / count
        return stride(from: 0, to: rows.count, by: size).map { start in
            all.picked(rows[start..<min(rows.count, start + size)])
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `holds each event once, whatever the division and order`(seed: UInt64) async throws {
        let place = try TemporaryStore()
        var options = StoreOptions()
        options.runsMax = seed < 4 ? 3 : 16
        options.blockEventsMax = seed < 3 ? 50 : 65_536
        let store = try place.writer(options)
        try await StoreConformance(store: store).holdsEachEventOnce(
            commits(seed: seed, events: 600, commits: Int(seed) * 4), batchEvents: Int(seed) * 37)
        try store.close()
    }

    @Test func `handles thousands of events within one instant`() async throws {
        let place = try TemporaryStore()
        let store = try place.writer()
        var source = RandomEvents(seed: 9)
        var batch = source.batch(3000, hours: 1)
        batch.at = batch.at.map { _ in RandomEvents.start }
        try await StoreConformance(store: store).holdsEachEventOnce(
            [batch, batch, batch.picked((0..<3000).reversed())], batchEvents: 500)
        try store.close()
    }

    @Test func `decodes a subset of columns as the whole`() async throws {
        let place = try TemporaryStore()
        let store = try place.writer()
        var source = RandomEvents(seed: 4)
        try await store.appendAll([source.batch(400, wild: true), source.batch(400, wild: true)])
        let slice = try #require(try store.slices().first).slice
        var whole = EventBatch()
        try store.readSlice(slice, batchEvents: 10_000) { whole = $0 }
        for bit in 0..<16 {
            let columns = ColumnSet(rawValue: 1 << UInt32(bit))
            try store.readSlice(slice, columns: columns, batchEvents: 10_000) { part in
                #expect(part.at == whole.at)
                #expect(part.name == (columns.contains(.name) ? whole.name : []))
                #expect(part.subject == (columns.contains(.subject) ? whole.subject : []))
                #expect(part.journey == (columns.contains(.step) ? whole.journey : []))
                #expect(part.flags == (columns.contains(.kind) ? whole.flags : []))
                #expect(part.session == (columns.contains(.session) ? whole.session : []))
                #expect(part.address == (columns.contains(.address) ? whole.address : []))
                #expect(part.asn == (columns.contains(.geography) ? whole.asn : []))
                #expect(part.id == (columns.contains(.id) ? whole.id : []))
                #expect(part.offset == (columns.contains(.evidence) ? whole.offset : []))
                #expect(
                    part.risk.map { part.strings[$0] }
                        == (columns.contains(.vendor) ? whole.risk.map { whole.strings[$0] } : []))
            }
        }
        try store.close()
    }

    @Test(arguments: CommitStep.allCases.filter { $0 != .scores && $0 != .compaction })
    func `writes all of a commit or nothing`(step: CommitStep) async throws {
        let place = try TemporaryStore()
        try place.writer().close()
        var options = StoreOptions()
        options.fault = { if $0 == step { throw Interruption() } }
        let store = try place.writer(options)
        var source = RandomEvents(seed: 5)
        var commit = JournalAppend()
        commit.batches = [SourcedBatch(source: "a", events: source.batch(50))]
        commit.streams = [StreamCheckpoint(name: "a", position: 7)]
        commit.tallies = [SourceTally(source: "a", dialect: "keycloak")]
        commit.quarantine = [
            QuarantineEntry(
                source: "a", dialect: "", position: 1, length: 2, cause: "no dialect",
                fingerprint: 3)
        ]
        await #expect(throws: Interruption.self) { try await store.append(commit) }
        #expect(try store.slices().isEmpty)
        #expect(try store.streams().isEmpty)
        #expect(try store.sources().isEmpty)
        #expect(try store.quarantine(limit: 9).isEmpty)
        try store.close()
        let healthy = try place.writer()
        try await healthy.append(commit)
        #expect(try healthy.sourceNames() == [1: "a"])
        #expect(try healthy.streams() == commit.streams)
        try healthy.close()
    }

    private struct Interruption: Error {}

    @Test func `keeps its size for any order of files and when they are read again`() async throws {
        var source = RandomEvents(seed: 6)
        let all = source.batch(12_000, hours: 3)
        let files = (0..<10).map { file in all.picked(file * 1200..<(file + 1) * 1200) }
        var sizes: [Int] = []
        for order in [files, files.reversed(), files.shuffled(using: &source.random) + files] {
            let place = try TemporaryStore()
            let store = try place.writer()
            try await store.appendAll(order)
            try await store.compact()
            try store.close()
            sizes.append(try place.bytes().count)
        }
        let (least, most) = (try #require(sizes.min()), try #require(sizes.max()))
        #expect(Double(most) <= Double(least) * 1.01, "sizes \(sizes)")
    }

    @Test func `names a damaged block`() async throws {
        let place = try TemporaryStore()
        let store = try place.writer()
        var source = RandomEvents(seed: 7)
        try await store.appendAll([source.batch(100, hours: 1)])
        try await store.pool.write { db in
            try db.execute(
                sql: "UPDATE block SET core = substr(core, 1, 200) || x'ff' || substr(core, 202)")
        }
        let slice = try #require(try store.slices().first).slice
        let damaged = StoreError.corruptBlock(
            slice: slice, block: 1, cause: "part 'core': the checksum differs")
        #expect(throws: damaged) { try store.readSlice(slice, batchEvents: 10) { _ in } }
        #expect(try store.slices().count == 1)
        try store.close()
    }
}
