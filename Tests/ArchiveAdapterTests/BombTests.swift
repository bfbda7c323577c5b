import AdapterKit
import ArchiveAdapter
import LockstepTesting
import Testing

@Suite("Decompression bombs") struct BombTests {
    private let reading: Reading
    /// 1 GiB of zeros in 1 MB: members of 64 MiB, one after the other.
    private static let zeros = Packing.gzip([UInt8](repeating: 0, count: 64 << 20), level: 9)

    init() throws { reading = try Reading() }

    @Test func `a gigabyte of zeros is stopped by the ratio, and read if that is raised`()
        async throws
    {
        let bomb = (0..<16).flatMap { _ in Self.zeros }
        let found = try await reading.read(bomb, as: "bomb.gz")
        #expect(found.sink.allFaults.count == 1)
        let cause = try #require(found.sink.allFaults.first?.cause)
        #expect(cause.contains("more than 1000 times its size"))
        #expect(cause.contains("--ratio-max"))
        let shorter = (0..<5).flatMap { _ in Self.zeros }
        let raised = try await reading.read(shorter, as: "bomb.gz", ratioMax: 2000)
        #expect(raised.sink.allFaults.isEmpty)
        #expect(raised.stream?.unframed.map(\.length) == [5 * 64 << 20])
    }

    @Test func `a bomb in a bomb is stopped`() async throws {
        let nested = Packing.gzip((0..<16).flatMap { _ in Self.zeros })
        let found = try await reading.read(nested, as: "nested.gz")
        #expect(found.sink.allFaults.count == 1)
        #expect(found.sink.allFaults.first?.cause.contains("--ratio-max") == true)
        let packed = try Packing.archive([Packing.Member("bomb.gz", nested)], format: "zip")
        let zipped = try await reading.read(packed, as: "nested.zip")
        #expect(zipped.sink.allFaults.count == 1)
        #expect(zipped.sink.allFaults.first?.source == "\(zipped.path)!bomb.gz")
    }

    @Test(arguments: ["zstd", "xz", "bzip2"])
    func `other formats are bounded too`(filter: String) async throws {
        let packed = try Packing.compressed([UInt8](repeating: 0, count: 66 << 20), filter: filter)
        let found = try await reading.read(packed, as: "bomb.\(filter)")
        #expect(found.sink.allFaults.count == 1)
        #expect(found.sink.allFaults.first?.cause.contains("--ratio-max") == true)
    }

    @Test func `the absolute bound counts all members together`() async throws {
        let text = Array(String(repeating: "line\n", count: 20_000).utf8)
        let members = (0..<5).map { Packing.Member("\($0).log", text) }
        let packed = try Packing.archive(members, format: "zip")
        let found = try await reading.read(packed, as: "a.zip", expandedBytesMax: 250_000)
        #expect(found.member("0.log")?.records.count == 20_000)
        #expect(found.member("1.log")?.records.count == 20_000)
        let cause = try #require(found.sink.allFaults.first?.cause)
        #expect(
            cause == "expands to more than 250000 bytes; raise the bound (--expanded-bytes-max) if it is no bomb")
        #expect(found.sink.allFaults.count == 1)
        let allowed = try await reading.read(packed, as: "a.zip", expandedBytesMax: 0)
        #expect(allowed.sink.streams.count == 5)
        #expect(allowed.sink.allFaults.isEmpty)
    }
}
