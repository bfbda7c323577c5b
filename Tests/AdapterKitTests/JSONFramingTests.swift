import AdapterKit
import LockstepTesting
import Testing

@Suite("JSON framing") struct JSONFramingTests {
    private func values(_ text: String, _ end: StreamEnd = .ended) throws
        -> FramingConformance.Result
    {
        try FramingConformance.check(Array(text.utf8), .json, end)
    }

    @Test func `pretty-printed and concatenated values are records`() throws {
        let first = "{\n  \"a\": 1,\n  \"b\": { \"c\": [1, 2, {}] }\n}"
        let result = try values("\(first)\r\n{\"d\":2}{\"e\":3}\n\n")
        #expect(result.texts == [first, #"{"d":2}"#, #"{"e":3}"#])
    }

    @Test func `elements of an array are records`() throws {
        #expect(try values(#"[{"a":1},{"a":2}]"#).texts == [#"{"a":1}"#, #"{"a":2}"#])
        #expect(
            try values("[\n  {\"a\": [ ]} ,\n {\"a\":2}\n]\n").texts == [
                #"{"a": [ ]}"#, #"{"a":2}"#,
            ])
        #expect(try values("[]").texts == [])
    }

    @Test(arguments: JSONFraming.envelopeKeys)
    func `elements of an envelope's list are records`(key: String) throws {
        let text = #"{"count":2,"\#(key)": [ {"a":"]}"} , {"b":[{}]}],"next":{"x":["}"]},"z":1}"#
        #expect(
            try values("\(text)\n\(text)").texts
                == Array(repeating: [#"{"a":"]}"}"#, #"{"b":[{}]}"#], count: 2).flatMap { $0 })
    }

    @Test func `an empty envelope has no records`() throws {
        #expect(try values(#"{"Records":[]}"#).texts == [])
        #expect(try values(#"{"Records" : [ ] , "next":null}{"a":1}"#).texts == [#"{"a":1}"#])
    }

    @Test func `an envelope may carry bookkeeping before its list and a second list`() throws {
        let text = #"{"pagination":{"next":0,"of":[1]},"results":[{"a":1}],"items":[{"b":2}]}"#
        #expect(try values(text).texts == [#"{"a":1}"#, #"{"b":2}"#])
    }

    @Test(arguments: [
        #"{"kind":"x","id":{"time":"t"},"actor":{"email":"a"},"events":[{"name":"login_success"}]}"#,
        #"{"items":["a","b"],"n":1}"#,
        #"{"Records":{"a":[{}]}}"#,
        #"{"data":[{"a":1}]}"#,
        #"{"a":{"Records":[{"b":1}]}}"#,
        #"{"x":"Records","y":[{"b":1}]}"#,
        #"{"value":[[{"b":1}]]}"#,
    ])
    func `what only looks like an envelope is one record`(text: String) throws {
        #expect(try values(text).texts == [text])
    }

    @Test func `strings hide brackets, quotes and backslashes`() throws {
        let text = #"{"a":"\\\"}{[","b\\":"é\u00e9]","c":"\\"}"#
        #expect(try values("\(text)\(text)").texts == [text, text])
    }

    @Test func `garbage between values is a record per line`() throws {
        let result = try values(
            "{\"a\":1}\nnot json\n  [WARN] more }\n{\"b\":2} tail\n[1,\n2]\n\"s\"")
        #expect(
            result.texts == [
                #"{"a":1}"#, "not json", "[WARN] more }", #"{"b":2}"#, "tail", "[1,", "2]", "\"s\"",
            ])
    }

    @Test func `a torn line costs no more than itself`() throws {
        for torn in [
            #"{"type":"LOG"#, #"{"type":"LOGIN""#, #"{"type":17"#, #"{"a":{"b":[1,2"#, #"{"a":[1}"#,
        ] {
            let result = try values("\(torn)\n{\"a\":1}\n{\"a\":2}\n")
            #expect(result.texts == [torn, #"{"a":1}"#, #"{"a":2}"#], "\(torn)")
            #expect(result.unframed.isEmpty)
        }
    }

    @Test func `a torn element does not take the rest of its array with it`() throws {
        let result = try values("{\"Records\":[\n{\"a\":\"x\n{\"a\":1},\n{\"a\":2}\n]}\n{\"a\":3}")
        #expect(result.texts == [#"{"a":"x"#, #"{"a":1}"#, #"{"a":2}"#, #"{"a":3}"#])
    }

    @Test func `a value that the end cuts is unframed`() throws {
        for end in [StreamEnd.ended, .cutOff] {
            let result = try values("[{\"a\":1},\n{\"a\": {\"b\"", end)
            #expect(result.texts == [#"{"a":1}"#])
            #expect(result.unframed.map(\.offset) == [10])
            #expect(result.unframed.map(\.length) == [10])
        }
    }

    @Test func `an over-long element is unframed and the next one is read`() throws {
        let long =
            Array("{\"a\":\"".utf8) + [UInt8](repeating: 0x78, count: 2 << 20) + Array("\"}".utf8)
        let content = Array("{\"Records\":[{\"b\":1},".utf8) + long + Array(",{\"b\":2}]}".utf8)
        let result = try FramingConformance.check(content, .json, chunkSizes: [1 << 20, 4096])
        #expect(result.texts == [#"{"b":1}"#, #"{"b":2}"#])
        #expect(result.unframed.map(\.offset) == [20])
        #expect(result.unframed.map(\.length) == [UInt64(long.count)])
    }

    @Test func `depth costs nothing`() throws {
        let deep = String(repeating: "[", count: 100_000)
        let closed = String(repeating: "]", count: 100_000)
        let content = Array("{\"a\":\(deep)\(closed)}{\"b\":1}".utf8)
        let result = try FramingConformance.check(content, .json, chunkSizes: [4096])
        #expect(result.records.map(\.bytes.count) == [200_006, 7])
        let open = Array("{\"a\":\(deep)".utf8)
        #expect(try FramingConformance.check(open, .json, chunkSizes: [4096]).unframed.count == 1)
    }

    @Test func `random punctuation never crashes and gives the same records however it is cut`()
        throws
    {
        var random = SystemRandomNumberGenerator()
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\n", " ", "1", "\"Records\":[", "{\"a\":1}",
            "\"k\":",
        ]
        for _ in 0..<600 {
            let text = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            do {
                try FramingConformance.check(Array(text.utf8), .json, chunkSizes: [1, 2, 3, 11])
            } catch {
                Issue.record("\(text.debugDescription): \(error)")
            }
        }
    }
}

@Suite("Choice of framing") struct FramingChoiceTests {
    @Test(arguments: [
        "", "\n\n", "Jun  1 10:00:00 web sshd[7]: Failed\n", "[main] INFO started\n",
        "[2026-06-08] {\n",
        "{\"a\":1}\n{\"a\":2}\n", "\n  {\"a\":1} \r\n", "\u{FEFF}{\"a\":1}\n", "{thread} text\n",
        "[1,2]\n",
        "{\"id\":{},\"events\":[{\"name\":\"login\"}]}\n", "type=LOGIN, realm=x\n",
    ])
    func `lines are chosen`(head: String) {
        #expect(FramingChoice.decide(head: Array(head.utf8)) == .lines)
    }

    @Test(arguments: [
        "{\n  \"a\": 1\n}", "[{\"a\":1}]", "[\n{", "[", "{", "{\"a\":1}{\"a\":2}\n",
        "{\"Records\":[{\"a\":1}]}\n",
        "\u{FEFF}[\n  {\"a\":1}]", "{\"value\":[]}\n", "{\"a\":1,\n\"b\":2}", "[]",
    ])
    func `JSON is chosen`(head: String) {
        #expect(FramingChoice.decide(head: Array(head.utf8)) == .json)
    }

    @Test func `a first record longer than the head is JSON`() {
        let head =
            Array("{\"a\":\"".utf8) + [UInt8](repeating: 0x78, count: FramingChoice.headBytes)
        #expect(FramingChoice.decide(head: head) == .json)
    }

    @Test func `encoding marks are known`() {
        #expect(TextMark([0xEF, 0xBB, 0xBF, 0x61]) == .utf8)
        #expect(TextMark([0xFF, 0xFE, 0x61, 0x00]) == .utf16)
        #expect(TextMark([0xFE, 0xFF, 0x00, 0x61]) == .utf16)
        #expect(TextMark([0x61]) == .none)
    }
}
