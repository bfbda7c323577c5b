import Foundation
import Testing

@testable import Dialects

/// The scanner beside Foundation's: what both read must be the same, and what Foundation reads
/// must be read.
@Suite("JSON scanner") struct ScannerTests {
    private static let paths = ["a", "b.c", "b.d", "list[0]", "list[1].x", "list", "p[n=q].v", "long_key_of_more_than_sixteen"]

    private static let seeds = [
        #"{"a":"x","b":{"c":1,"d":true},"list":[1,{"x":"y"}],"p":[{"n":"q","v":"w"}]}"#,
        #"{"p":[{"v":1,"n":"r"},{"v":-2.5e3,"n":"q"}],"long_key_of_more_than_sixteen":"é\u00e9\"\\\/\n"}"#,
        #"{ "a" : null , "b" : { "c" : [ ] , "d" : { } } , "list" : [ "s" , { "x" : false } ] }"#,
        #"{"list":[],"a":"\ud83d\ude00 and some more text over sixteen bytes","b":{"c":"","d":"-"}}"#,
        #"{"zz":[[[{"a":"no"}]]],"a":12345678901234567890,"b":{"c":0,"d":-0.0E+1},"list":[null,null]}"#,
    ]

    private func scan(_ bytes: [UInt8]) -> [String: String]? {
        let memory = CompiledMemory()
        let tree = JSONPathTree(firstSlot: 0)
        let slots = Self.paths.map { JSONPath($0).map { tree.slot(for: $0) } ?? -1 }
        guard let nodes = tree.compiled(in: memory).baseAddress else { return nil }
        var fields = RecordFields(capacity: slots.count)
        fields.begin(count: slots.count)
        let keys = JSONKeyMemory(trees: 1)
        var quotes = QuoteMarks()
        let text = memory.place(bytes)
        guard let start = text.baseAddress else { return nil }
        // The second pass goes by the keys that the first one learnt.
        for _ in 0..<2 {
            fields.begin(count: slots.count)
            var scanner = JSONScanner(
                Bytes(start: start, count: text.count),
                marks: quotes.mark(Bytes(start: start, count: text.count)), nodes: nodes,
                slots: fields.slots, memory: keys.entries(ofTree: 0), elements: [])
            if scanner.scan(root: 0) != nil { return nil }
        }
        var values: [String: String] = [:]
        for (path, slot) in zip(Self.paths, slots) {
            values[path] = fields.value(slot)?.text
        }
        return values
    }

    private func foundation(_ bytes: [UInt8]) -> [String: String]? {
        guard let root = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
            return nil
        }
        var values: [String: String] = [:]
        let list = root["list"] as? [Any]
        let p = (root["p"] as? [Any])?.first { ($0 as? [String: Any])?["n"] as? String == "q" }
        let found: [String: Any?] = [
            "a": root["a"], "b.c": (root["b"] as? [String: Any])?["c"],
            "b.d": (root["b"] as? [String: Any])?["d"], "list[0]": list?.first,
            "list[1].x": list.flatMap { $0.count > 1 ? ($0[1] as? [String: Any])?["x"] : nil },
            "list": list?.first, "p[n=q].v": (p as? [String: Any])?["v"],
            "long_key_of_more_than_sixteen": root["long_key_of_more_than_sixteen"],
        ]
        for (path, value) in found {
            if let text = value as? String { values[path] = text }
        }
        return values
    }

    @Test func `texts are those that Foundation reads, also after random damage`() {
        var generator = SeededGenerator(seed: 42)
        let marks = Array("{}[]\":,\\ 0123456789abcdefnulltrue\u{20}".utf8)
        var accepted = 0
        for round in 0..<6000 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0..<(round < 5 ? 0 : Int.random(in: 1...3, using: &generator)) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = marks[Int.random(in: 0..<marks.count, using: &generator)]
                case 1: bytes.insert(marks[Int.random(in: 0..<marks.count, using: &generator)], at: place)
                default: bytes.remove(at: place)
                }
            }
            guard let theirs = foundation(bytes), !hasTwin(bytes) else { continue }
            accepted += 1
            let ours = scan(bytes)
            let shown = String(decoding: bytes, as: UTF8.self)
            #expect(ours != nil, "not read: \(shown)")
            for (path, text) in theirs {
                let isNothing = text.isEmpty || text == "-" || text.lowercased() == "null"
                #expect(ours?[path] == (isNothing ? nil : text), "\(path) of \(shown)")
            }
        }
        #expect(accepted > 500)
    }

    /// Whether a key may stand twice, where readers differ on purpose.
    private func hasTwin(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return ["\"a\"", "\"b\"", "\"c\"", "\"d\"", "\"list\"", "\"p\"", "\"x\"", "\"v\"", "\"n\""].contains { key in
            text.components(separatedBy: key).count > 2
        } && !Self.seeds.contains(text)
    }

    @Test(arguments: [
        "", " ", "nul", "truex", "-", "1.", "1.e3", "01", "1e", "+1", ".5", "\"", "{\"a\"}", "{\"a\":}", "[1,]",
        "{,}", "[", "]", "{\"a\":1,}", "{\"a\":1}}", "{'a':1}", "NaN",
    ])
    func `what is no JSON is refused`(_ text: String) {
        #expect(scan(Array(text.utf8)) == nil)
    }

    @Test func `keys are found in any order and any length`() {
        for count in 1...40 {
            let filler = (0..<count).map { "\"k\($0)\(String(repeating: "y", count: $0))\":\($0)" }
            let text = "{\(filler.joined(separator: ",")),\"a\":\"last\"}"
            #expect(scan(Array(text.utf8))?["a"] == "last")
        }
    }
}
