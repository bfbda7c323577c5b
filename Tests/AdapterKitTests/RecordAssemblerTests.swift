import AdapterKit
import LockstepTesting
import Testing

@Suite("Record assembler") struct RecordAssemblerTests {
    private let content = (0..<60_000).flatMap {
        Array("{\"id\":\($0),\"pad\":\"0123456789012345678901234567\"}\n".utf8)
    }

    private func all(
        _ source: any ByteSource, _ assembler: inout RecordAssembler
    ) throws -> (records: [PlacedRecord], batches: Int) {
        var records: [PlacedRecord] = []
        var batches = 0
        while let batch = try assembler.nextBatch(from: source) {
            #expect(batch.bytes.count <= RecordLimits.batchBytes + RecordLimits.recordBytesMax + 2)
            #expect(batch.streamOffset + UInt64(batch.bytes.count) == assembler.position)
            records.append(contentsOf: PlacedRecord.all(of: batch))
            batches += 1
        }
        return (records, batches)
    }

    @Test(arguments: [1 << 30, 1 << 20, 4097, 1000]) func `a source's pieces do not show`(
        chunk: Int
    ) throws {
        for framing in [FramingChoice.lines, .json] {
            var assembler = RecordAssembler(framing: framing)
            let found = try all(ChunkedSource(content, chunkBytes: chunk), &assembler)
            #expect(found.records == FramingConformance.split(content, framing).records)
            #expect(found.records.count == 60_000)
            #expect(found.batches == (content.count >> 20) + 1)
            #expect(assembler.position == UInt64(content.count))
        }
    }

    @Test func `damage comes after everything before it`() throws {
        let fault = SourceFault(source: "x", offset: 7, cause: "broken")
        let source = ChunkedSource(Array("one\ntwo\nthr".utf8), fault: fault)
        var assembler = RecordAssembler(framing: .lines)
        let batch = try assembler.nextBatch(from: source)
        #expect(batch?.spans.count == 2)
        #expect(batch?.unframed.count == 1)
        #expect(throws: fault) { try assembler.nextBatch(from: source) }
        #expect(throws: fault) { try assembler.nextBatch(from: source) }
    }

    @Test func `an unfinished line waits where more may come`() throws {
        var assembler = RecordAssembler(framing: .lines, exhaustion: .awaitsMore)
        let first = try assembler.nextBatch(from: ChunkedSource(Array("one\ntw".utf8)))
        #expect(first?.spans.count == 1)
        #expect(assembler.position == 4)
        #expect(try assembler.nextBatch(from: ChunkedSource([])) == nil)
        let second = try assembler.nextBatch(from: ChunkedSource(Array("o\n".utf8)))
        #expect(second.map(PlacedRecord.all) == [PlacedRecord(offset: 4, bytes: Array("two".utf8))])
        #expect(assembler.position == 8)
    }

    @Test func `the position stays before a record that is being dropped`() throws {
        var assembler = RecordAssembler(framing: .lines, exhaustion: .awaitsMore)
        let long = Array("a\n".utf8) + [UInt8](repeating: 0x78, count: 3 << 20)
        let source = ChunkedSource(long)
        while try assembler.nextBatch(from: source) != nil {}
        #expect(assembler.position == 2)
        let last = try assembler.nextBatch(from: ChunkedSource(Array("\nb\n".utf8)))
        #expect(
            last?.unframed == [
                UnframedRecord(offset: 2, length: 3 << 20, cause: last?.unframed.first?.cause ?? "")
            ])
        #expect(assembler.position == UInt64(long.count) + 3)
    }

    @Test func `looking ahead takes nothing away`() throws {
        for chunk in [1, 3, 100] {
            let fault = SourceFault(source: "x", offset: nil, cause: "broken")
            let source = PeekableSource(
                ChunkedSource(Array("abcdef".utf8), chunkBytes: chunk, fault: fault))
            #expect(source.peek(4) == Array("abcd".utf8))
            #expect(source.peek(2) == Array("ab".utf8))
            #expect(source.peek(9) == Array("abcdef".utf8))
            try source.skip(2)
            #expect(source.peek(9) == Array("cdef".utf8))
            var space = [UInt8](repeating: 0, count: 10)
            #expect(try space.withUnsafeMutableBytes { try source.read(into: $0) } == 4)
            #expect(throws: fault) {
                try space.withUnsafeMutableBytes { try source.read(into: $0) }
            }
        }
    }
}
