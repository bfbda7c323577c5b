import AdapterKit
import Dialects
import IdentityModel
import Testing

@Suite("Bad input") struct BadInputTests {
    private func cause(_ bytes: [UInt8]) throws -> String? {
        try Fixture.run(Fixture.test(jsonBody), bytes: [bytes]).causes.first
    }

    @Test(arguments: [
        (#"{"kind":"login","time":17"#, "malformed JSON at byte 25"),
        (#"{"kind":"login" "time":1}"#, "malformed JSON at byte 16"),
        (#"{"kind":"login",}"#, "malformed JSON at byte 16"),
        (#"{"kind":"login"} x"#, "malformed JSON at byte 17"),
        (#"{"kind":"login","x":[1,2}"#, "malformed JSON at byte 24"),
        (#"{"kind":"login","x":tru}"#, "malformed JSON at byte 20"),
        (#"{"kind":"login","x":01}"#, "malformed JSON at byte 21"),
        (#"{"kind":"lo"#, "malformed JSON at byte 11"),
        (#"{"kind":"lo\"#, "malformed JSON at byte 12"),
        ("{", "malformed JSON at byte 1"), ("plain text", "no dialect understands this record"),
        ("[1,2]", "no dialect understands this record"), ("[", "no dialect understands this record"),
        ("\"text\"", "no dialect understands this record"), ("{}", "no dialect understands this record"),
    ])
    func `broken JSON is quarantined with its place`(_ text: String, _ cause: String) throws {
        #expect(try self.cause(Array(text.utf8)) == cause)
    }

    @Test func `JSON that nests too deep is quarantined`() throws {
        func nested(_ depth: Int) -> String {
            "{\"kind\":\"login\",\"time\":1772323261,\"x\":"
                + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        #expect(try cause(Array(nested(63).utf8)) == nil)
        #expect(try cause(Array(nested(64).utf8)) == "JSON nested deeper than 64")
        #expect(try cause(Array(nested(200_000).utf8)) == "JSON nested deeper than 64")
        let open = String(repeating: "{\"a\":", count: 100_000)
        #expect(try cause(Array(open.utf8)) == "JSON nested deeper than 64")
    }

    @Test func `a NUL byte puts a record into quarantine, an escaped one does not`() throws {
        var bytes = Array(#"{"kind":"login","time":1772323261,"code":"xy"}"#.utf8)
        #expect(try cause(bytes) == nil)
        bytes[43] = 0
        #expect(try cause(bytes) == "a NUL byte at byte 43")
        let escaped = try Fixture.run(
            Fixture.test(jsonBody), [#"{"kind":"login","time":1772323261,"code":"x\u0000y"}"#])
        #expect(escaped.lines.first?["vendor_reason"] == "x\0y")
    }

    @Test func `invalid UTF-8 is read and repaired when shown`() throws {
        let bytes = Array(#"{"kind":"login","time":1772323261,"name":"A"#.utf8)
            + [0xFF, 0xC3] + Array(#"","code":"#.utf8) + [0x22, 0xE2, 0x82, 0x22, 0x7D]
        let result = try Fixture.run(Fixture.test(jsonBody), bytes: [bytes])
        #expect(result.causes.isEmpty)
        #expect(result.lines.first?["name"]?.hasPrefix("a\u{FFFD}") == true)
        #expect(result.lines.first?["vendor_reason"] == "\u{FFFD}")
    }

    @Test func `a value of a megabyte is read`() throws {
        let long = String(repeating: "x", count: 1 << 20)
        let result = try Fixture.run(
            Fixture.test(jsonBody),
            [#"{"kind":"login","time":1772323261,"code":"\#(long)\u0041","name":"\#(long)Ä"}"#])
        #expect(result.lines.first?["vendor_reason"]?.count == (1 << 20) + 1)
        #expect(result.lines.first?["name"]?.hasSuffix("xä") == true)
    }

    @Test func `blank records are ignored, and CRLF and a byte order mark belong to no record`() throws {
        let line = #"{"kind":"login","time":1772323261}"#
        let result = try Fixture.run(
            Fixture.test(jsonBody), ["", "  \t ", "\r", "\u{FEFF}" + line + "\r", line])
        #expect(result.events.count == 2)
        #expect(result.tally.total.ignored == 3 && result.tally.total.records == 5)
        #expect(result.events.id[0] != result.events.id[1])
    }

    @Test func `what framing gave up is quarantined too`() throws {
        var normalizer = try StreamNormalizer(
            library: Fixture.test(jsonBody), key: Fixture.key, options: NormalizerOptions(now: Fixture.now))
        var batch = RecordBatch()
        batch.unframed = [UnframedRecord(offset: 7, length: 2_000_000, cause: "longer than 1 MiB")]
        var events = EventBatch()
        var tally = NormalizationTally()
        normalizer.normalize(batch, into: &events, tally: &tally)
        #expect(tally.quarantined.map(\.cause) == ["longer than 1 MiB"])
        #expect(tally.total.quarantined == 1 && tally.total.records == 1)
        #expect(normalizer.detection == nil)
    }

    @Test func `a hint names the dialect, and an unknown one is refused`() throws {
        let library = try Fixture.library([
            "a": "dialect: a\n" + jsonBody, "b": "dialect: b\n" + jsonBody,
        ])
        var normalizer = try StreamNormalizer(
            library: library, key: Fixture.key, options: NormalizerOptions(now: Fixture.now))
        var events = EventBatch()
        var tally = NormalizationTally()
        var batch = Fixture.batch([Array(#"{"kind":"login","time":1772323261}"#.utf8)])
        batch.dialectHint = "b"
        normalizer.normalize(batch, into: &events, tally: &tally)
        #expect(tally.perDialect.keys.sorted() == ["b"])
        batch.dialectHint = "c"
        normalizer.normalize(batch, into: &events, tally: &tally)
        #expect(tally.quarantined.map(\.cause) == ["no dialect is called 'c'"])
    }

    @Test func `every beginning of every built-in sample is survived`() throws {
        let library = try Fixture.builtIn
        var generator = SeededGenerator(seed: 11)
        for (path, text) in EmbeddedSamples.all {
            var records: [[UInt8]] = []
            for line in text.split(separator: "\n").prefix(12) {
                let bytes = Array(line.utf8)
                for _ in 0..<6 {
                    var cut = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
                    if !cut.isEmpty {
                        cut[Int.random(in: 0..<cut.count, using: &generator)] = UInt8.random(
                            in: 0...255, using: &generator)
                    }
                    records.append(cut)
                }
            }
            let result = try Fixture.run(library, bytes: records)
            let total = result.tally.total
            #expect(total.events == result.events.count, "\(path)")
            #expect(total.records <= total.events + total.ignored + total.quarantined, "\(path)")
        }
    }
}
