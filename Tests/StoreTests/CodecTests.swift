import IdentityModel
import Testing

@testable import Store

@Suite("Block codec") struct CodecTests {
    /// Decodes `block`, whose pseudonyms are all among the names and subjects of `source`.
    private func decoded(
        _ block: EncodedBlock, _ numbers: PseudonymNumbers, _ source: EventBatch
    ) throws -> EventBatch {
        let known = Set(source.name + source.subject).subtracting([0]).sorted()
        let byNumber = Dictionary(uniqueKeysWithValues: zip(numbers.numbers(of: known), known))
        var batch = EventBatch()
        try block.core.withUnsafeBytes {
            let core = try BlockPartReader($0)
            let values = try BlockDecoder.pseudonyms(core).map { byNumber[$0] ?? 0 }
            try BlockDecoder.decode(core: core, columns: .all, pseudonyms: values, into: &batch)
        }
        try block.evidence.withUnsafeBytes { try BlockDecoder.decode(evidence: $0, into: &batch) }
        batch.id = try block.ids.withUnsafeBytes {
            try BlockDecoder.ids($0).map { UInt128($0) << 64 }
        }
        return batch
    }

    @Test(arguments: [0, 1, 2, 5, 64, 3000], [true, false])
    func `gives back what it was given`(count: Int, wild: Bool) throws {
        var source = RandomEvents(seed: UInt64(count))
        let batch = source.batch(count, hours: 1, wild: wild)
        let rows = CanonicalOrder.rows(of: batch)
        let numbers = PseudonymNumbers()
        var encoder = BlockEncoder(pseudonyms: numbers)
        _ = encoder.encode(batch, rows: rows[...])
        let again = try decoded(encoder.encode(batch, rows: rows[...]), numbers, batch)
        #expect(PlainEvent.all(again) == rows.map { PlainEvent(batch, Int($0)) })
        #expect(again.source == [UInt32](repeating: 0, count: count))
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `packs integers of any size`(seed: UInt64) throws {
        var random = Seeded(seed)
        for shift in 0..<64 {
            let values = (0..<100).map {
                $0 % 9 == 0 ? random.next() : random.next() >> UInt64(shift)
            }
            var writer = ColumnWriter()
            PackedIntegers.encode(values, into: &writer)
            let end = writer.bytes.count
            writer.append(repeatElement(0, count: PackedIntegers.slackBytes))
            let again = try writer.bytes.withUnsafeBytes { bytes in
                var reader = ColumnReader(bytes, 0..<end)
                return try PackedIntegers.decode(100, from: &reader, as: UInt64.self)
            }
            #expect(again == values)
        }
    }

    @Test func `answers damage anywhere with an error and never crashes`() throws {
        var source = RandomEvents(seed: 3)
        let batch = source.batch(20, hours: 1, wild: true)
        var encoder = BlockEncoder(pseudonyms: PseudonymNumbers())
        let block = encoder.encode(batch, rows: CanonicalOrder.rows(of: batch)[...])
        for offset in 4..<block.core.count {
            for change in [0x01, 0x80, 0xFF] as [UInt8] {
                var damaged = block.core
                damaged[offset] ^= change
                #expect(throws: CodecError.self) { try decodedCore(damaged) }
                // Behind a checksum that fits, damage must still not crash.
                let checksum = damaged.withUnsafeBytes { BlockPart.checksum($0) }
                for index in 0..<4 {
                    damaged[index] = UInt8(truncatingIfNeeded: checksum >> UInt32(index * 8))
                }
                _ = try? decodedCore(damaged)
            }
        }
        for length in 0..<block.core.count {
            #expect(throws: CodecError.self) { try decodedCore(Array(block.core.prefix(length))) }
        }
    }

    private func decodedCore(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes {
            let core = try BlockPartReader($0)
            let values = try BlockDecoder.pseudonyms(core).map { UInt128($0) }
            for pseudonyms in [nil, values] {
                var batch = EventBatch()
                try BlockDecoder.decode(
                    core: core, columns: .all, pseudonyms: pseudonyms, into: &batch)
            }
        }
    }

    @Test func `finds every id of a filter and few others`() {
        var random = Seeded(1)
        let ids = (0..<4000).map { _ in UInt128(random.next()) << 64 | UInt128(random.next()) }
        let filter = IdentityFilter.bytes(ids: ids, rows: (0..<2000).map { UInt32($0) }[...])
        filter.withUnsafeBytes { filter in
            #expect(ids[..<2000].allSatisfy { IdentityFilter.mayContain($0, filter) })
            #expect(ids[2000...].count { IdentityFilter.mayContain($0, filter) } < 200)
        }
    }
}
