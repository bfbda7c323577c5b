import Foundation
import Testing

@testable import Scorecard

@Suite("JSON text") struct JSONTextTests {
    @Test(arguments: [
        ("plain", #""plain""#), ("a\"b\\c", #""a\"b\\c""#), ("\n\r\t", #""\n\r\t""#),
        ("\u{0}\u{1F}", #""\u0000\u001f""#), ("\u{7F}é–🙂", "\"\u{7F}é–🙂\""), ("\r\n", #""\r\n""#),
    ])
    func `strings are escaped as RFC 8259 asks`(text: String, written: String) throws {
        #expect(JSONText.string(text).text() == written)
        let read = try JSONSerialization.jsonObject(
            with: Data(written.utf8), options: .fragmentsAllowed)
        #expect(read as? String == text)
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (0.5, "0.5"), (-0.5, "-0.5"), (1.0 / 3, "0.333333"),
            (2.0 / 3, "0.666667"),
            (0.1 + 0.2, "0.3"), (0.000_000_4, "0"), (-0.000_000_4, "0"), (0.000_001, "0.000001"),
            (0.100_001, "0.100001"),
            (0.999_999_9, "1"), (1234.5, "1234.5"), (1e9, "1000000000"), (.nan, "null"),
            (.infinity, "null"),
            (-.infinity, "null"),
        ] as [(Double, String)])
    func `numbers have at most six decimals`(number: Double, written: String) {
        #expect(JSONText.number(number).text() == written)
    }

    @Test func `a number too great for six decimals is still JSON`() throws {
        for number in [1e16, -3.5e200, Double.greatestFiniteMagnitude] {
            let text = JSONText.number(number).text()
            let read = try JSONSerialization.jsonObject(
                with: Data(text.utf8), options: .fragmentsAllowed)
            #expect(read as? Double == number)
        }
    }

    @Test func `counts are whole numbers, however great`() {
        #expect(JSONText.count(UInt64(12)).text() == "12")
        #expect(JSONText.count(UInt64.max).text() == "9223372036854775807")
        #expect(JSONText.count(-1).text() == "-1")
    }

    @Test func `what is missing is null`() {
        #expect(JSONText.optional(nil as Double?).text() == "null")
        #expect(JSONText.optional(nil as String?).text() == "null")
    }

    @Test func `keys keep their order, and empty lists stay short`() {
        let value = JSONText.object([
            ("b", .array([.integer(1), .bool(true)])), ("a", .object([])), ("c", .array([])),
            ("d\"", .null),
        ])
        let written = """
            {
             "b": [
              1,
              true
             ],
             "a": {},
             "c": [],
             "d\\"": null
            }
            """
        #expect(value.text() == written)
    }
}
