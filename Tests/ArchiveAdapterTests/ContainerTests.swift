import AdapterKit
import ArchiveAdapter
import LockstepTesting
import Testing

@Suite("Containers") struct ContainerTests {
    private let reading: Reading
    private let lines = (0..<3000).map {
        "{\"id\":\($0),\"text\":\"\(String($0 &* 2_654_435_761 % 1_000_000_007, radix: 36))\"}"
    }
    private var text: [UInt8] { Array((lines.joined(separator: "\n") + "\n").utf8) }

    init() throws { reading = try Reading() }

    @Test(arguments: ["zstd", "bzip2", "xz"])
    func `a compressed stream gives its records`(filter: String) async throws {
        let packed = try Packing.compressed(text, filter: filter)
        let found = try await reading.read(packed, as: "a.\(filter)")
        #expect(found.stream?.texts == lines)
        #expect(found.stream?.identity.head == Array(text.prefix(4096)))
        #expect(found.sink.sourceBytes == packed.count)
        #expect(found.sink.allFaults.isEmpty)
        let twice = try await reading.read(packed + packed, as: "twice.\(filter)")
        #expect(twice.stream?.texts == lines + lines)
        let empty = try await reading.read(
            try Packing.compressed([], filter: filter), as: "empty.\(filter)")
        #expect(empty.stream?.isFinished == true)
        #expect(empty.sink.allFaults.isEmpty)
    }

    @Test(arguments: ["zstd", "bzip2", "xz"])
    func `a compressed stream that is cut or damaged ends in one fault`(filter: String) async throws
    {
        let packed = try Packing.compressed(text, filter: filter)
        for count in [12, packed.count / 2, packed.count - 1] {
            let found = try await reading.read(Array(packed[..<count]), as: "cut.\(filter)")
            #expect(found.sink.allFaults.count == 1, "cut at \(count)")
            #expect(found.sink.allFaults.first?.source == found.path)
        }
        var damaged = packed
        damaged[packed.count / 2] ^= 0xFF
        let found = try await reading.read(damaged, as: "damaged.\(filter)")
        #expect(found.sink.allFaults.count == 1)
    }

    @Test(
        arguments: ["ustar", "pax", "gnutar", "v7tar", "zip"], [nil, "gzip", "zstd", "bzip2", "xz"])
    func `every file in an archive is a stream`(format: String, filter: String?) async throws {
        let members = [
            Packing.Member("logs/", kind: .folder), Packing.Member("logs/auth.log", text),
            Packing.Member("logs/empty.log"), Packing.Member("b.json", #"[{"a":1},{"a":2}]"#),
        ]
        let packed = try Packing.archive(members, format: format, filter: filter)
        let found = try await reading.read(packed, as: "archive")
        #expect(found.members == ["logs/auth.log", "logs/empty.log", "b.json"])
        #expect(found.member("logs/auth.log")?.texts == lines)
        #expect(found.member("logs/auth.log")?.identity.modifiedSeconds == 1_780_000_000)
        #expect(found.member("b.json")?.texts == [#"{"a":1}"#, #"{"a":2}"#])
        #expect(found.member("logs/empty.log")?.isFinished == true)
        #expect(found.sink.allFaults.isEmpty)
        #expect(found.sink.sourceBytes <= packed.count)
    }

    @Test func `packed files in an archive are unpacked`() async throws {
        let inner = try Packing.archive(
            [Packing.Member("deep.log", "deep\n")], format: "ustar", filter: "xz")
        let members = [
            Packing.Member("auth.log.1.gz", Packing.gzip(text, seconds: 1_770_000_000)),
            Packing.Member("auth.log.2.zst", try Packing.compressed(text, filter: "zstd")),
            Packing.Member("inner.tar.xz", inner),
            Packing.Member(
                "inner.zip", try Packing.archive([Packing.Member("z.log", "zip\n")], format: "zip")),
            Packing.Member("last.log", "last\n"),
        ]
        let found = try await reading.read(
            try Packing.archive(members, format: "pax", filter: "gzip"), as: "a.tar.gz")
        #expect(
            found.members == [
                "auth.log.1.gz", "auth.log.2.zst", "inner.tar.xz!deep.log", "inner.zip!z.log",
                "last.log",
            ])
        #expect(found.member("auth.log.1.gz")?.texts == lines)
        #expect(found.member("auth.log.1.gz")?.identity.modifiedSeconds == 1_770_000_000)
        #expect(found.member("auth.log.2.zst")?.texts == lines)
        #expect(found.member("inner.tar.xz!deep.log")?.texts == ["deep"])
        #expect(found.member("inner.zip!z.log")?.texts == ["zip"])
        #expect(found.sink.allFaults.isEmpty)
    }

    @Test func `packing without end is refused in one sentence`() async throws {
        var packed = text
        for _ in 0..<5 { packed = Packing.gzip(packed) }
        #expect(try await reading.read(packed, as: "5.gz").stream?.texts == lines)
        let found = try await reading.read(Packing.gzip(packed), as: "6.gz")
        #expect(found.sink.streams.isEmpty)
        #expect(
            found.sink.faults.map(\.cause) == ["is packed more than 5 layers deep; unpack it first"]
        )
    }

    @Test(arguments: ["ustar", "zip"])
    func `names that lead out of the folder are shown as they are and written nowhere`(
        format: String
    ) async throws {
        let members = [
            Packing.Member("../../evil.log", "a\n"),
            Packing.Member("/tmp/lockstep-evil.log", "b\n"),
            Packing.Member("grüße.log", "c\n"),
        ]
        let found = try await reading.read(try Packing.archive(members, format: format), as: "evil")
        #expect(found.members == ["../../evil.log", "/tmp/lockstep-evil.log", "grüße.log"])
        #expect(found.sink.streams.map(\.texts) == [["a"], ["b"], ["c"]])
        #expect(found.sink.allFaults.isEmpty)
        #expect(throws: SourceFault.self) { try FileByteSource(path: "/tmp/lockstep-evil.log") }
    }

    @Test func `what holds no records is left out`() async throws {
        let members = [
            Packing.Member("a.log", "a\n"), Packing.Member("link.log", kind: .link(to: "a.log")),
            Packing.Member("__MACOSX/._a.log", "x"), Packing.Member("._a.log", "x"),
        ]
        for format in ["ustar", "pax", "zip"] {
            let found = try await reading.read(
                try Packing.archive(members, format: format), as: "a")
            #expect(found.members == ["a.log"])
        }
        let hard = members + [Packing.Member("b.log", kind: .hardLink(to: "a.log"))]
        #expect(
            try await reading.read(try Packing.archive(hard, format: "ustar"), as: "a").members == [
                "a.log"
            ])
    }

    @Test func `an archive without members has no streams and no fault`() async throws {
        let zip = try Packing.archive([], format: "zip")
        for packed in [zip, Packing.gzip([UInt8](repeating: 0, count: 0))] {
            #expect(try await reading.read(packed, as: "empty").sink.allFaults.isEmpty)
        }
    }

    @Test func `a cut archive gives every whole record before and names the member`() async throws {
        let members = [
            Packing.Member("a.log", "a\n"), Packing.Member("b.log", text),
            Packing.Member("c.log", "c\n"),
        ]
        for (format, filter) in [("ustar", String?.none), ("ustar", "gzip"), ("zip", nil)] {
            let packed = try Packing.archive(members, format: format, filter: filter)
            let found = try await reading.read(Array(packed[..<(packed.count / 2)]), as: "cut")
            #expect(found.member("a.log")?.texts == ["a"], "\(format) \(filter ?? "")")
            let records = try #require(found.member("b.log")?.texts)
            #expect(records.count > 500)
            #expect(Array(lines.prefix(records.count)) == records)
            #expect(found.sink.allFaults.count == 1)
            let fault = try #require(found.member("b.log")?.faults.first)
            #expect(fault.source == "\(found.path)!b.log")
            #expect(try #require(fault.offset) >= UInt64(records.joined().utf8.count))
        }
    }

    @Test func `a damaged member of a zip does not hide the others`() async throws {
        let members = [Packing.Member("a.log", text), Packing.Member("b.log", "b\n")]
        var packed = try Packing.archive(members, format: "zip")
        packed[5000] ^= 0xFF
        let found = try await reading.read(packed, as: "a.zip")
        #expect(try #require(found.member("a.log")?.records.count) > 100)
        #expect(found.member("a.log")?.faults.count == 1)
        #expect(found.member("b.log")?.texts == ["b"])
        #expect(found.sink.allFaults.count == 1)
    }

    @Test func `many files are read side by side, and missing ones are named`() async throws {
        let paths = try (0..<20).map {
            try reading.folder.write(Packing.gzip(Array("file \($0)\n".utf8)), to: "\($0).gz")
        }
        let plain = try reading.folder.write("plain\n", to: "plain.log")
        let sink = RecordingSink()
        let missing = reading.folder.path("missing.gz")
        let settings = ArchiveAdapter.Settings(paths: paths + [missing, plain], streamsMax: 4)
        try await ArchiveAdapter(settings: settings).run(resume: ResumePoints(), into: sink)
        for (index, path) in paths.enumerated() { #expect(sink[path]?.texts == ["file \(index)"]) }
        #expect(sink[plain]?.texts == ["plain"])
        #expect(
            sink.faults.map(\.description) == [
                "\(missing): cannot be opened: No such file or directory"
            ])
    }

    @Test func `keeps the promises of a source adapter`() async throws {
        let long = (0..<9).flatMap { _ in text }
        let members = [Packing.Member("a.log", long), Packing.Member("b.log", text)]
        let tar = try reading.folder.write(
            Packing.archive(members, format: "pax", filter: "zstd"), to: "a.tar.zst")
        let zip = try reading.folder.write(Packing.archive(members, format: "zip"), to: "a.zip")
        for path in [tar, zip] {
            try await AdapterConformance<ArchiveAdapter>(
                settings: .init(paths: [path]),
                content: ["\(path)!a.log": long, "\(path)!b.log": text],
                resumesMax: 2
            ).check()
        }
    }

    @Test func `settings that cannot be right are refused`() {
        for settings in [
            ArchiveAdapter.Settings(paths: [""]), .init(streamsMax: -1), .init(ratioMax: 0),
        ] {
            #expect(throws: SettingsError.self) { try ArchiveAdapter(settings: settings) }
        }
        for key in [
            "kind: archive", "paths: []", "streamsMax: 0", "ratioMax: 1000",
            "expandedBytesMax: \(1 << 40)",
        ] {
            #expect(ArchiveAdapter.sample.contains("\n\(key)\n"), "\(key)")
        }
    }
}
