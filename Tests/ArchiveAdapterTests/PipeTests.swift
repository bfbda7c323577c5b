import AdapterKit
import ArchiveAdapter
import Foundation
import LockstepTesting
import Testing

@Suite("Pipes") struct PipeTests {
    private let reading: Reading
    private let text = Array((0..<20_000).map { "line \($0)\n" }.joined().utf8)

    init() throws { reading = try Reading() }

    /// Reads `bytes` through a named pipe, as standard input would give them.
    private func read(_ bytes: [UInt8], as name: String) async throws -> Reading.Found {
        let path = reading.folder.path(name)
        #expect(mkfifo(path, 0o600) == 0)
        let writer = Thread {
            guard let file = fopen(path, "w") else { return }
            fwrite(bytes, 1, bytes.count, file)
            fclose(file)
        }
        writer.start()
        return try await reading.read(path: path)
    }

    @Test func `plain and packed bytes are told apart and read`() async throws {
        let expected = FramingConformance.split(text, .lines).records
        let packed = [
            "plain": text, "gzip": Packing.gzip(text),
            "zstd": try Packing.compressed(text, filter: "zstd"),
            "xz": try Packing.compressed(text, filter: "xz"),
        ]
        for (name, bytes) in packed {
            let found = try await read(bytes, as: name)
            #expect(found.stream?.records == expected, "\(name)")
            #expect(found.stream?.identity.isRereadable == false)
            #expect(found.stream?.identity.modifiedSeconds == nil || name == "gzip")
            #expect(found.sink.sourceBytes == bytes.count)
            #expect(found.sink.allFaults.isEmpty)
        }
    }

    @Test(arguments: ["pax", "zip"]) func `archives are read from front to back`(format: String)
        async throws
    {
        let members = [Packing.Member("a.log", text), Packing.Member("b.log", "b\n")]
        let found = try await read(try Packing.archive(members, format: format), as: format)
        #expect(found.members == ["a.log", "b.log"])
        #expect(found.member("b.log")?.texts == ["b"])
        #expect(found.sink.allFaults.isEmpty)
    }

    @Test func `a silent pipe does not keep a cancelled adapter`() async throws {
        let path = reading.folder.path("silent")
        #expect(mkfifo(path, 0o600) == 0)
        // Open for both, so that neither side waits for the other.
        let descriptor = open(path, O_RDWR)
        defer { close(descriptor) }
        let sink = RecordingSink()
        let running = Task {
            try await ArchiveAdapter(settings: .init(paths: [path])).run(
                resume: ResumePoints(), into: sink)
        }
        running.cancel()
        try await running.value
        #expect(sink.streams.isEmpty)
        #expect(sink.allFaults.isEmpty)
    }
}
