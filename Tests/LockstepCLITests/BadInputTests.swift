import Foundation
import Testing

/// Each kind of bad input has one defined result: everything before the damage counts, one line
/// names file, member, offset and cause, and the exit status is 1.
@Suite("Bad input") struct BadInputTests {
    /// A bad input among good records.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var file: String
        var status: Int32 = 1
        /// Completed logins that the scorecard shows.
        var attempts: Int
        var quarantined = 0
        /// What a line of stderr, or a row of the quarantine, says.
        var says: [String] = []
        var options: [String] = []
        var bytes: @Sendable () throws -> [UInt8]?
    }

    private static func among(_ bad: String) -> [UInt8] { Array((Records.logins(0..<3) + bad + "\n" + Records.logins(3..<5)).utf8) }
    private static let badOffset = Records.logins(0..<3).utf8.count
    /// 49 KB: one stored block of deflate holds all of it.
    private static let many = Records.bytes(0..<200)

    static let cases = [
        Case(
            testDescription: "gzip cut off", file: "a.gz", attempts: 100, quarantined: 1,
            says: ["a.gz: at byte \(cut.count): ends in the middle of its compressed data: it was cut off or is still written"]
        ) { cut },
        Case(
            testDescription: "gzip with a broken block", file: "a.gz", attempts: 100, quarantined: 1,
            // The two inflaters read ahead differently by some bytes.
            says: ["a.gz: at byte \(start.count / 1000)", "the compressed data is damaged: invalid "]
        ) { broken },
        Case(
            testDescription: "gzip with a wrong check sum", file: "a.gz", attempts: 5,
            says: ["a.gz: at byte ", "the compressed data is damaged: incorrect data check"]
        ) {
            var bytes = Packing.gzip(Records.bytes(0..<5))
            bytes[bytes.count - 6] ^= 1
            return bytes
        },
        Case(
            testDescription: "text after a gzip member", file: "a.gz", attempts: 5,
            says: ["a.gz: at byte ", "has bytes after its last complete member that are no compressed data; what came before is read"]
        ) { Packing.gzip(Records.bytes(0..<5)) + Records.bytes(5..<7) },
        Case(testDescription: "zeros after a gzip member", file: "a.gz", status: 0, attempts: 5) {
            Packing.gzip(Records.bytes(0..<5)) + [UInt8](repeating: 0, count: 512)
        },
        Case(
            testDescription: "tar.gz cut off", file: "a.tar.gz", attempts: 100, quarantined: 1,
            says: ["a.tar.gz!late.jsonl: at byte \(start.count): is damaged: ends in the middle of its compressed data", " of in/a.tar.gz"]
        ) {
            let tar = Packing.tar([("early.jsonl", Records.bytes(0..<5)), ("late.jsonl", many)])
            let late = tar.count - 1024 - (512 - many.count % 512) % 512 - many.count
            return Array(Packing.gzip(tar)[..<(15 + late + start.count)])
        },
        Case(
            testDescription: "xz cut off", file: "a.xz", attempts: 0, says: ["a.xz: at byte 26: ends in the middle of its compressed data"]
        ) { try Packing.python("lzma", many).map { Array($0[..<26]) } },
        Case(
            testDescription: "bzip2 cut off", file: "a.bz2", attempts: 0, says: ["a.bz2: at byte 100: ends in the middle of its compressed data"]
        ) { try Packing.python("bz2", many).map { Array($0[..<100]) } },
        Case(
            // Cut in the header of the second block.
            testDescription: "zstd cut off", file: "a.zst", attempts: 100, quarantined: 1,
            says: ["a.zst: at byte ", "ends in the middle of its compressed data"]
        ) { Array(Packing.zstd(many, blockBytes: start.count)[..<(start.count + 14)]) },
        Case(
            testDescription: "zip without its directory", file: "a.zip", attempts: 5, says: ["a.zip: at byte ", "is damaged"]
        ) {
            let zip = Packing.zip([("a.jsonl", Records.bytes(0..<5)), ("b.jsonl", many)])
            return Array(zip[..<(Records.bytes(0..<5).count + 60)])
        },
        Case(
            testDescription: "over-long record", file: "a.jsonl", attempts: 5, quarantined: 1,
            says: ["\t\(badOffset)\t\((1 << 20) + 1)\t\tlonger than 1 MiB"]
        ) { among(String(repeating: "a", count: (1 << 20) + 1)) },
        Case(testDescription: "longest record", file: "a.jsonl", status: 0, attempts: 6) {
            let pad = (1 << 20) - Records.login(9).utf8.count
            return among(Records.login(9, pad: String(repeating: "a", count: pad)))
        },
        Case(testDescription: "invalid UTF-8 in values", file: "a.jsonl", status: 0, attempts: 6) {
            let line = Array(Records.login(9, name: "user-#", client: "we#b").utf8).flatMap { $0 == 0x23 ? [0xFF, 0xC3] : [$0] }
            return Records.bytes(0..<3) + line + [0x0A] + Records.bytes(3..<5)
        },
        Case(
            testDescription: "NUL byte", file: "a.jsonl", attempts: 5, quarantined: 1,
            says: ["\t\(badOffset)\t", "a NUL byte at byte "]
        ) { among(Records.login(9, name: "us\0er")) },
        Case(testDescription: "CRLF", file: "a.jsonl", status: 0, attempts: 5) {
            Array(Records.logins(0..<5).replacingOccurrences(of: "\n", with: "\r\n").utf8)
        },
        Case(testDescription: "no last newline", file: "a.jsonl", status: 0, attempts: 5) { Array(Records.bytes(0..<5).dropLast()) },
        Case(
            testDescription: "deep JSON", file: "a.jsonl", attempts: 5, quarantined: 1, says: ["\t\(badOffset)\t", "JSON nested deeper than "]
        ) { among(String(repeating: "{\"a\":", count: 20_000) + "1" + String(repeating: "}", count: 20_000)) },
        Case(
            testDescription: "malformed JSON", file: "a.jsonl", attempts: 5, quarantined: 1, says: ["\t\(badOffset)\t", "malformed JSON at byte "]
        ) { among(String(Records.login(9).dropLast(2)) + "]}") },
        Case(testDescription: "huge JSON array", file: "a.json", status: 0, attempts: 600) {
            // 3 MiB in one value, whose elements are records.
            let pad = String(repeating: " ", count: 5000)
            return Array(("[" + (0..<600).map { Records.login($0) + pad }.joined(separator: ",") + "]").utf8)
        },
        Case(
            testDescription: "huge JSON value", file: "a.json", attempts: 2, quarantined: 1, says: ["longer than 1 MiB"]
        ) {
            let huge = Records.login(1, pad: String(repeating: "a", count: 3 << 20))
            return Array("[\n\(Records.login(0)),\n\(huge),\n\(Records.login(2))\n]".utf8)
        },
        Case(
            testDescription: "bomb by its absolute bound", file: "a.gz", attempts: 40, quarantined: 0,
            says: ["a.gz: at byte ", "expands to more than 20000 bytes"], options: ["--expanded-bytes-max", "20000"]
        ) { Packing.gzip(Records.bytes(0..<40)) + Packing.gzip(Array(String(repeating: "\n", count: 90_000).utf8)) },
        Case(
            testDescription: "bomb by its ratio", file: "a.gz", attempts: 5,
            says: ["a.gz: at byte ", "expands to more than 100 times its size"], options: ["--ratio-max", "100"]
        ) {
            try Packing.python("gzip", [UInt8](repeating: 0x0A, count: 1 << 20)).map { blank in
                Packing.gzip(Records.bytes(0..<5)) + [[UInt8]](repeating: blank, count: 70).flatMap { $0 }
            }
        },
        Case(testDescription: "tar with paths that lead out", file: "a.tar", status: 0, attempts: 6) {
            Packing.tar([
                ("/tmp/lockstep-cli-evil.jsonl", Records.bytes(0..<2)), ("../evil.jsonl", Records.bytes(2..<4)),
                ("ok/../../evil.jsonl", Records.bytes(4..<6)),
            ])
        },
        Case(testDescription: "zip with paths that lead out", file: "a.zip", status: 0, attempts: 4) {
            Packing.zip([("/tmp/lockstep-cli-evil.jsonl", Records.bytes(0..<2)), ("../evil.jsonl", Records.bytes(2..<4))])
        },
        Case(testDescription: "empty file", file: "a.log", status: 0, attempts: 0, says: ["the store holds no events"]) { [] },
        Case(testDescription: "empty gzip", file: "a.gz", status: 0, attempts: 0, says: ["the store holds no events"]) { Packing.gzip([]) },
        Case(testDescription: "UTF-16", file: "a.log", attempts: 0, says: ["a.log: at byte 0: is text in UTF-16, expected UTF-8"]) {
            [0xFF, 0xFE] + Records.bytes(0..<5).flatMap { [$0, 0] }
        },
        Case(testDescription: "container of another kind", file: "a.7z", attempts: 0, says: ["a.7z: is a 7-Zip archive, which is not read; unpack it first"]) {
            [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C] + [UInt8](repeating: 0, count: 600)
        },
    ]

    /// The first 100 records of `many` and a part of the next.
    private static let start = Array(many[..<(Records.bytes(0..<100).count + 40)])

    /// A gzip header and a stored block that ends early.
    private static var cut: [UInt8] { Array(Packing.gzip(many)[..<(15 + start.count)]) }

    /// A gzip header, a whole stored block that is not the last, and one of a type that does not exist.
    private static var broken: [UInt8] {
        let block: [UInt8] = [0] + Packing.little(start.count, 2) + Packing.little(~start.count & 0xFFFF, 2) + start
        return Packing.gzip([])[..<10] + block + [UInt8](repeating: 7, count: 40)
    }

    @Test(arguments: cases) func `has a defined result`(bad: Case) throws {
        let sandbox = try Sandbox()
        guard let bytes = try bad.bytes() else { return print("skipped: python3 cannot pack '\(bad.testDescription)'") }
        try sandbox.write("in/" + bad.file, bytes)
        try sandbox.write("good.jsonl", Records.bytes(1000..<1002))
        let before = try Self.files(sandbox)
        // A good file beside the bad one is read whatever happens.
        let result = try sandbox.run(["replay", "in/" + bad.file, "good.jsonl", "--format", "json"] + bad.options)
        #expect(result.status == bad.status, "\(result.errors)")
        let card = try result.json()
        #expect(try journey("login", of: card)["attempts"] as? Int == bad.attempts + 2)
        #expect(integrity("quarantined", of: card) == bad.quarantined)
        let list = try sandbox.run("quarantine")
        #expect(list.lines.count == bad.quarantined)
        #expect(list.lines.allSatisfy { $0.contains("\tin/\(bad.file)") })
        let told = (result.errors + list.text).split(separator: "\n")
        for text in bad.says where text != "the store holds no events" {
            #expect(told.contains { $0.contains(text) }, "'\(text)' in \(result.errors)\(list.text)")
        }
        #expect(result.errors.contains("sources damaged or unreadable") == (bad.status == 1 && bad.quarantined == 0 || result.errors.contains("in/\(bad.file): at byte ") || result.errors.contains("!late.jsonl: at byte ")))
        // Nothing was unpacked to any place, inside or outside.
        #expect(try Self.files(sandbox) == before)
        for path in ["/tmp/lockstep-cli-evil.jsonl", sandbox.folder.deletingLastPathComponent().appendingPathComponent("evil.jsonl").path] {
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    /// The files of the sandbox, but for key and store.
    private static func files(_ sandbox: Sandbox) throws -> Set<String> {
        let all = try #require(FileManager.default.enumerator(atPath: sandbox.folder.path)).compactMap { $0 as? String }
        return Set(all.filter { !$0.hasPrefix("key/") && !$0.hasPrefix("store/") && !$0.hasPrefix(".") })
    }

    @Test func `a file of nothing leaves an empty store, said on stderr`() throws {
        let sandbox = try Sandbox()
        try sandbox.write("a.log", [])
        let result = try sandbox.run("replay", "a.log", "--format", "json")
        #expect(result.status == 0)
        #expect(result.text == "")
        #expect(result.errors.contains("the store holds no events"))
        let card = try sandbox.run("scorecard")
        #expect(card.status == 2)
        #expect(card.errors.contains("the store holds no events; lockstep replay PATH… fills it"))
    }

    @Test(arguments: [
        ("missing.log", "missing.log: cannot be read: No such file or directory"),
        ("nothing-*.log", "nothing-*.log: no file matches this pattern"),
        ("nologs", "nologs: no logs in this folder; hidden files do not count"),
    ]) func `what is not there is named, and the rest is read`(path: String, message: String) throws {
        let sandbox = try Sandbox()
        try sandbox.write("nologs/.hidden", Records.bytes(0..<5))
        let alone = try sandbox.run("replay", path)
        #expect(alone.status == 1)
        #expect(alone.text == "")
        #expect(alone.errors == "\(message)\nnothing to read\n")
        try sandbox.write("good.jsonl", Records.bytes(0..<2))
        let both = try sandbox.run("replay", path, "good.jsonl", "--format", "json")
        #expect(both.status == 1)
        #expect(both.errors.hasPrefix(message + "\n"))
        #expect(try journey("login", of: both.json())["attempts"] as? Int == 2)
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything")) func `an unreadable file is named`() throws {
        let sandbox = try Sandbox()
        try sandbox.write("secret.log", Records.bytes(0..<5))
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: sandbox.path("secret.log"))
        let result = try sandbox.run("replay", "secret.log")
        #expect(result.status == 1)
        #expect(result.errors.contains("secret.log: cannot be opened: Permission denied"))
    }

    @Test func `bounds of packed files are checked`() throws {
        let sandbox = try Sandbox()
        try sandbox.write("a.gz", Packing.gzip([]))
        let result = try sandbox.run("replay", "a.gz", "--ratio-max", "0")
        #expect(result.status == 2)
        #expect(result.errors.contains("'ratioMax' must be 1 or more, got 0"), "\(result.errors)")
    }
}
