import AdapterKit
import LockstepTesting
import LogFileAdapter
import Testing

@Suite("Log file adapter") struct LogFileAdapterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ paths: [String], resume: ResumePoints = ResumePoints()) async throws
        -> RecordingSink
    {
        let sink = RecordingSink()
        try await LogFileAdapter(settings: .init(paths: paths)).run(resume: resume, into: sink)
        return sink
    }

    @Test func `keeps the promises of a source adapter`() async throws {
        let lines = (0..<2800).map {
            "{\"id\":\($0),\"text\":\"\(String(repeating: "x", count: $0 % 900))\"}"
        }
        let texts = [
            "lines.log": lines.joined(separator: "\n"),
            "crlf.log": lines.joined(separator: "\r\n") + "\r\n",
            "array.json": "[\n" + lines.joined(separator: ",\n") + "\n]\n",
            "envelope.json": "{\"Records\":[" + lines.joined(separator: ",") + "],\"next\":\"x\"}",
            "marked.log": "\u{FEFF}" + lines[..<10].joined(separator: "\n"), "empty.log": "",
        ]
        var content: [String: [UInt8]] = [:]
        for (name, text) in texts {
            let path = try folder.write(text, to: name)
            content[path] = Array(text.utf8)
            guard name != "empty.log" else { continue }
            try await AdapterConformance<LogFileAdapter>(
                settings: .init(paths: [path]), content: [path: Array(text.utf8)], resumesMax: 2
            ).check()
        }
        let sink = try await read(content.keys.sorted())
        for name in ["lines.log", "crlf.log", "array.json", "envelope.json"] {
            #expect(sink[folder.path(name)]?.texts == lines)
        }
        #expect(sink[folder.path("marked.log")]?.texts == Array(lines[..<10]))
        #expect(sink[folder.path("empty.log")]?.isFinished == true)
        #expect(sink.sourceBytes == content.values.reduce(0) { $0 + $1.count })
        #expect(sink.allFaults.isEmpty)
    }

    @Test func `a missing file is named and the others are read`() async throws {
        let good = try folder.write("a\n", to: "good.log")
        let sink = try await read([folder.path("missing.log"), folder.path, good])
        #expect(sink[good]?.texts == ["a"])
        #expect(
            sink.faults.map(\.description) == [
                "\(folder.path("missing.log")): cannot be opened: No such file or directory",
                "\(folder.path): is a folder, expected a file; name the files in it",
            ])
    }

    @Test func `UTF-16 is refused with a remedy`() async throws {
        let path = try folder.write([0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00], to: "wide.log")
        let sink = try await read([path])
        #expect(sink.streams.isEmpty)
        #expect(sink.faults.count == 1)
        #expect(sink.faults.first?.cause.contains("iconv") == true)
    }

    @Test func `a packed file is refused and names the adapter that reads it`() async throws {
        let path = try folder.write([0x1F, 0x8B, 0x08, 0x00, 0, 0, 0, 0, 0, 3], to: "a.log")
        let sink = try await read([path])
        #expect(sink.faults.first?.cause.contains("the archive adapter reads it") == true)
    }

    @Test func `an over-long line is unframed and what follows it is read`() async throws {
        let long = String(repeating: "y", count: 3 << 20)
        let path = try folder.write("a\n\(long)\nb\n", to: "long.log")
        let sink = try await read([path])
        #expect(sink[path]?.texts == ["a", "b"])
        #expect(sink[path]?.unframed.map(\.length) == [3 << 20])
        try await AdapterConformance<LogFileAdapter>(settings: .init(paths: [path])).check()
    }

    @Test func `a position beyond the end gives nothing`() async throws {
        let path = try folder.write("a\nb\n", to: "short.log")
        let sink = try await read(
            [path], resume: ResumePoints([path: StreamPosition(rawValue: 100)]))
        #expect(sink[path]?.records.isEmpty == true)
        #expect(sink[path]?.isFinished == true)
    }

    @Test func `the time of the file and its first bytes identify it`() async throws {
        let text = String(repeating: "line of text\n", count: 1000)
        let path = try folder.write(text, to: "a.log")
        let identity = try #require(try await read([path])[path]).identity
        #expect(identity.head == Array(text.utf8.prefix(RecordLimits.headBytes)))
        #expect(identity.isRereadable)
        #expect(try #require(identity.modifiedSeconds) > 1_600_000_000)
    }

    @Test func `an empty path is refused before anything is read`() throws {
        #expect(throws: SettingsError.self) { try LogFileAdapter(settings: .init(paths: [""])) }
    }

    @Test func `the sample names every setting`() {
        for key in ["kind: log-file", "paths: []", "mode: finite"] {
            #expect(LogFileAdapter.sample.contains("\n\(key)"), "\(key)")
        }
    }
}
