import Foundation
import Testing

/// One input in every wrapping gives one scorecard.
@Suite("Replay of files, folders and archives") struct ReplayTests {
    static let content = Records.bytes(0..<40)
    static let halves = (Records.bytes(0..<23), Records.bytes(23..<40))

    /// A wrapping of `content`: what to write, and what to name on the command line.
    struct Wrapping: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var paths: [String]
        var streams = 1
        var files: @Sendable () throws -> [String: [UInt8]]?
    }

    static let wrappings = [
        Wrapping(testDescription: "plain", paths: ["a.jsonl"]) { ["a.jsonl": content] },
        Wrapping(testDescription: "gzip of two members", paths: ["a.gz"]) {
            ["a.gz": Packing.gzip(halves.0) + Packing.gzip(halves.1)]
        },
        Wrapping(testDescription: "gzip with every header field", paths: ["a.log"]) {
            ["a.log": Packing.gzip(content, extra: [1, 2, 2, 0, 9, 9], name: "../../etc/a.jsonl", comment: "no comment")]
        },
        Wrapping(testDescription: "BGZF", paths: ["a.bgz"]) { ["a.bgz": Packing.blockGzip(content)] },
        Wrapping(testDescription: "Zstandard", paths: ["a.zst"]) { ["a.zst": Packing.zstd(content)] },
        Wrapping(testDescription: "bzip2", paths: ["a.bz2"]) { try Packing.python("bz2", content).map { ["a.bz2": $0] } },
        Wrapping(testDescription: "xz", paths: ["a.xz"]) { try Packing.python("lzma", content).map { ["a.xz": $0] } },
        Wrapping(testDescription: "tar.gz", paths: ["a.tar.gz"], streams: 2) {
            ["a.tar.gz": Packing.gzip(Packing.tar([("one.jsonl", halves.0), ("old/two.jsonl", halves.1)]))]
        },
        Wrapping(testDescription: "zip with a gzip in it", paths: ["a.zip"], streams: 2) {
            ["a.zip": Packing.zip([("one.jsonl", halves.0), ("two.gz", Packing.gzip(halves.1))])]
        },
        Wrapping(testDescription: "folder", paths: ["logs"], streams: 2) {
            ["logs/one.jsonl": halves.0, "logs/old/two.gz": Packing.gzip(halves.1), "logs/.hidden": Array("x\n".utf8)]
        },
        Wrapping(testDescription: "glob", paths: ["logs/*.json?"], streams: 2) {
            ["logs/one.jsonl": halves.0, "logs/two.jsonl": halves.1, "logs/three.txt": Array("x\n".utf8)]
        },
    ]

    /// The scorecard of the plain file; every sandbox takes its key.
    static let plain = Swift.Result {
        let sandbox = try Sandbox()
        try sandbox.write("a.jsonl", content)
        let result = try sandbox.run("replay", "a.jsonl", "--format", "json")
        return (sandbox, result)
    }

    private func sandboxWithKey() throws -> Sandbox {
        let sandbox = try Sandbox()
        try FileManager.default.copyItem(
            atPath: Self.plain.get().0.path("key/pseudonym.key"), toPath: sandbox.path("key/pseudonym.key"))
        return sandbox
    }

    private func expectAll(_ result: Sandbox.Result, streams: Int) throws {
        #expect(result.status == 0, "\(result.errors)")
        #expect(try withoutIntegrity(result.text) == withoutIntegrity(Self.plain.get().1.text))
        #expect(try journey("login", of: result.json())["attempts"] as? Int == 40)
        #expect(result.errors.contains("read and scored 40 records in \(streams) streams, 40 new events, 0 counted before"), "\(result.errors)")
        #expect(result.errors.contains("keycloak: recognises "))
    }

    @Test(arguments: wrappings) func `gives the same scorecard`(wrapping: Wrapping) throws {
        let sandbox = try sandboxWithKey()
        guard let files = try wrapping.files() else {
            return print("skipped: python3 cannot pack \(wrapping.testDescription)")
        }
        for (name, bytes) in files { try sandbox.write(name, bytes) }
        try expectAll(try sandbox.run(["replay"] + wrapping.paths + ["--format", "json"]), streams: wrapping.streams)
    }

    @Test(arguments: [false, true]) func `standard input may be packed too`(isPacked: Bool) throws {
        let sandbox = try sandboxWithKey()
        let input = isPacked ? Packing.gzip(Self.content) : Self.content
        try expectAll(try sandbox.run(["replay", "-", "--format", "json"], input: input), streams: 1)
    }

    @Test func `overlapping files count once and leave the store's size`() throws {
        let sandbox = try sandboxWithKey()
        // Enough that pages of the file weigh little.
        let many = Records.bytes(0..<1500)
        try sandbox.write("all.jsonl", many)
        #expect(try sandbox.run("replay", "all.jsonl").status == 0)
        func size() throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(atPath: sandbox.path("store/lockstep.sqlite"))
            return try #require(attributes[.size] as? NSNumber).intValue
        }
        let (before, card) = (try size(), try sandbox.run("scorecard", "--format", "json"))
        try sandbox.write("copy.gz", Packing.gzip(many))
        try sandbox.write("logs/part.tar", Packing.tar([("part", Records.bytes(700..<1200))]))
        for paths in [["all.jsonl"], ["copy.gz", "logs"]] {
            let again = try sandbox.run(["replay"] + paths)
            #expect(again.status == 0)
            #expect(again.errors.contains(" 0 new events, "), "\(again.errors)")
        }
        let after = try sandbox.run("scorecard", "--format", "json")
        #expect(withoutIntegrity(after.text) == withoutIntegrity(card.text))
        let sizeAfter = try size()
        #expect(abs(sizeAfter - before) * 100 <= before, "\(before) bytes, then \(sizeAfter)")
    }

    @Test func `a forced dialect reads nothing else`() throws {
        let sandbox = try sandboxWithKey()
        try sandbox.write("a.jsonl", Records.logins(0..<3))
        let result = try sandbox.run("replay", "a.jsonl", "--dialect", "sshd")
        #expect(result.status == 1)
        #expect(result.errors.contains("3 quarantined (lockstep quarantine list)"))
        let list = try sandbox.run("quarantine")
        #expect(list.status == 0)
        #expect(list.lines.count == 3)
        #expect(list.lines.allSatisfy { $0.hasSuffix("sshd does not understand this record") })
    }

    @Test func `a mixed file takes each record's own dialect`() throws {
        let sandbox = try sandboxWithKey()
        let line = "Mar  1 10:00:00 web sshd[7]: Failed password for ann from 203.0.113.9 port 4 ssh2\n"
        try sandbox.write("mixed.log", Records.logins(0..<3) + line + Records.logins(3..<5))
        let result = try sandbox.run("replay", "mixed.log", "--year", "2026", "--format", "json")
        #expect(result.status == 0)
        let sources = try #require((try result.json()["integrity"] as? [String: Any])?["sources"] as? [[String: Any]])
        #expect(sources.map { $0["dialect"] as? String } == ["keycloak", "sshd"])
        #expect(sources.map { $0["events"] as? Int } == [5, 1])
    }

    @Test func `another key is refused and named`() throws {
        let sandbox = try sandboxWithKey()
        try sandbox.write("a.jsonl", Self.content)
        #expect(try sandbox.run("replay", "a.jsonl").status == 0)
        let other = try sandbox.run("replay", "a.jsonl", "--key", "key/other.key")
        #expect(other.status == 2)
        #expect(other.text == "")
        #expect(other.errors.contains("was made under the pseudonym key"))
    }
}
