import AdapterKit
import ArchiveAdapter
import LockstepTesting
import Testing

@Suite("Gzip files") struct GzipTests {
    private let reading: Reading
    private let lines = (0..<9000).map {
        "{\"id\":\($0),\"text\":\"\(String($0 &* 2_654_435_761 % 1_000_000_007, radix: 36))\"}"
    }
    private var text: [UInt8] { Array((lines.joined(separator: "\n") + "\n").utf8) }

    init() throws { reading = try Reading() }

    @Test func `one member gives its records, the time in its header and its progress`()
        async throws
    {
        let packed = Packing.gzip(text, seconds: 1_770_000_000)
        let found = try await reading.read(packed, as: "a.gz")
        #expect(found.stream?.texts == lines)
        #expect(found.stream?.identity.name == found.path)
        #expect(found.stream?.identity.modifiedSeconds == 1_770_000_000)
        #expect(found.stream?.identity.head == Array(text.prefix(4096)))
        #expect(found.stream?.isFinished == true)
        #expect(found.sink.sourceBytes == packed.count)
        #expect(found.sink.allFaults.isEmpty)
    }

    @Test func `a header without a time leaves the file's`() async throws {
        let found = try await reading.read(Packing.gzip(text), as: "a.gz")
        #expect(try #require(found.stream?.identity.modifiedSeconds) > 1_775_000_000)
    }

    @Test func `every header field is passed over`() async throws {
        let packed = Packing.gzip(
            text, extra: [UInt8](repeating: 7, count: 300), name: "auth.log", comment: "kept",
            hasHeaderCheck: true)
        #expect(try await reading.read(packed, as: "a.gz").stream?.texts == lines)
        var damaged = Packing.gzip(text, name: "auth.log", hasHeaderCheck: true)
        damaged[12] ^= 1
        let found = try await reading.read(damaged, as: "b.gz")
        #expect(found.sink.faults.map(\.cause).first?.contains("header crc mismatch") == true)
    }

    @Test func `members one after the other are one stream`() async throws {
        let half = text.count / 2 + 3
        let parts = [Array(text[..<half]), [], Array(text[half...])]
        let found = try await reading.read(parts.flatMap { Packing.gzip($0) }, as: "multi.gz")
        #expect(found.stream?.texts == lines)
        let many = text.prefix(3000).flatMap { Packing.gzip([$0], level: 1) }
        let bytewise = try await reading.read(many, as: "bytewise.gz")
        #expect(
            bytewise.stream?.records
                == FramingConformance.split(Array(text.prefix(3000)), .lines).records)
        #expect(
            try await reading.read(Packing.blockGzip(text), as: "block.gz").stream?.texts == lines)
    }

    @Test func `an empty member is an empty stream`() async throws {
        let found = try await reading.read(Packing.gzip([]), as: "empty.gz")
        #expect(found.stream?.records.isEmpty == true)
        #expect(found.stream?.isFinished == true)
        #expect(found.sink.allFaults.isEmpty)
    }

    @Test func `zeros after the last member are padding`() async throws {
        for count in [1, 600, 1 << 19] {
            let padded = Packing.gzip(text) + [UInt8](repeating: 0, count: count)
            let found = try await reading.read(padded, as: "padded.gz")
            #expect(found.stream?.texts == lines)
            #expect(found.sink.allFaults.isEmpty)
        }
    }

    @Test func `other bytes after the last member are a fault after all that is good`() async throws
    {
        for garbage in [[UInt8]([0x58]), [0, 0, 0x58], Array("no gzip at all".utf8)] {
            let packed = Packing.gzip(text)
            let found = try await reading.read(packed + garbage, as: "garbage.gz")
            #expect(found.stream?.texts == lines)
            #expect(found.sink.allFaults.count == 1)
            #expect(found.stream?.faults.first?.source == found.path)
            #expect(try #require(found.stream?.faults.first?.offset) >= UInt64(packed.count))
            #expect(found.stream?.faults.first?.cause.contains("no compressed data") == true)
        }
    }

    @Test func `a wrong check sum or length is a fault after the data`() async throws {
        for (index, words) in [(8, "incorrect data check"), (4, "incorrect length check")] {
            var packed = Packing.gzip(text)
            packed[packed.count - index] ^= 0x55
            let found = try await reading.read(packed, as: "wrong.gz")
            #expect(found.stream?.texts == lines)
            #expect(found.stream?.faults.count == 1)
            #expect(found.stream?.faults.first?.cause.contains(words) == true)
            #expect(found.stream?.wasDeliveredLate == false)
        }
    }

    @Test func `a file cut at any byte gives what comes before and one fault`() async throws {
        let short = Array(text.prefix(2000))
        let packed = Packing.gzip(short)
        for count in stride(from: 3, to: packed.count, by: 7) {
            let found = try await reading.read(Array(packed[..<count]), as: "cut.gz")
            #expect(found.sink.allFaults.count == 1)
            #expect(found.sink.allFaults.first?.cause.contains("cut off") == true)
            #expect(found.sink.allFaults.first?.offset == UInt64(count))
            let whole = FramingConformance.split(short, .lines).records
            let records = found.stream?.records ?? []
            #expect(Array(whole.prefix(records.count)) == records)
        }
    }

    @Test func `damage in the middle gives what comes before, the place and the cause`()
        async throws
    {
        var packed = Packing.gzip(text)
        packed.replaceSubrange(
            packed.count / 2..<packed.count / 2 + 40, with: [UInt8](repeating: 0xFF, count: 40))
        let found = try await reading.read(packed, as: "damaged.gz")
        let records = try #require(found.stream?.texts)
        #expect(records.count > 2000)
        #expect(records.prefix(2000) == lines.prefix(2000))
        #expect(found.sink.allFaults.count == 1)
        let offset = try #require(found.stream?.faults.first?.offset)
        #expect(offset > UInt64(packed.count / 2 - 100))
    }

    @Test func `keeps the promises of a source adapter`() async throws {
        let long = (0..<4).flatMap { _ in text }
        let array = Array("[".utf8) + Array(lines.joined(separator: ",\n").utf8) + Array("]".utf8)
        for (name, content) in [("long.gz", long), ("array.json.gz", array)] {
            let path = try reading.folder.write(Packing.gzip(content), to: name)
            try await AdapterConformance<ArchiveAdapter>(
                settings: .init(paths: [path]), content: [path: content], resumesMax: 2
            ).check()
        }
    }
}
