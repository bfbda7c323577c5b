import AdapterKit
import LockstepTesting
import Testing

@Suite("Line framing") struct LineFramingTests {
    private func lines(_ text: String, _ end: StreamEnd = .ended) throws
        -> FramingConformance.Result
    {
        try FramingConformance.check(Array(text.utf8), .lines, end)
    }

    @Test func `LF and CRLF both end a line and the last one needs neither`() throws {
        let result = try lines("one\r\ntwo\nthree")
        #expect(result.texts == ["one", "two", "three"])
        #expect(result.records.map(\.offset) == [0, 5, 9])
    }

    @Test func `blank lines are no records`() throws {
        #expect(try lines("\n\r\n  \t\none\n\n \ntwo\n\n").texts == ["one", "two"])
        #expect(try lines("").texts == [])
        #expect(try lines("\n\n\n").texts == [])
    }

    @Test func `a CR inside a line stays, and so do NUL and invalid UTF-8`() throws {
        let content: [UInt8] = [0x61, 0x0D, 0x62, 0x0A, 0x00, 0x00, 0x0A, 0xFF, 0xC3, 0x0A]
        let result = try FramingConformance.check(content, .lines)
        #expect(result.records.map(\.bytes) == [[0x61, 0x0D, 0x62], [0, 0], [0xFF, 0xC3]])
    }

    @Test func `a line of exactly the bound is a record and a longer one is unframed`() throws {
        let bound = RecordLimits.recordBytesMax
        let fits = [UInt8](repeating: 0x78, count: bound)
        for end in ["\n", "\r\n"] {
            let content =
                Array("a\n".utf8) + fits + Array(end.utf8) + fits + Array("y\(end)b\n".utf8)
            let result = try FramingConformance.check(
                content, .lines, chunkSizes: [1 << 20, 4096, 1000])
            #expect(result.records.map(\.bytes.count) == [1, bound, 1])
            let start = UInt64(2 + bound + end.utf8.count)
            #expect(result.unframed.map(\.offset) == [start])
            #expect(result.unframed[0].length >= UInt64(bound + 1))
            #expect(result.unframed[0].cause.contains("1 MiB"))
        }
    }

    @Test func `an over-long last line is one unframed record`() throws {
        let content = Array("a\n".utf8) + [UInt8](repeating: 0, count: 3 << 20)
        let result = try FramingConformance.check(content, .lines, chunkSizes: [1 << 16])
        #expect(result.texts == ["a"])
        #expect(result.unframed.map(\.length) == [3 << 20])
    }

    @Test func `what is left at a cut-off is no record`() throws {
        let result = try lines("whole\nhal", .cutOff)
        #expect(result.texts == ["whole"])
        #expect(result.unframed.map(\.offset) == [6])
        #expect(result.unframed.map(\.length) == [3])
        #expect(try lines("whole\n", .cutOff).unframed.isEmpty)
    }

    @Test func `random text gives the same lines however it is cut`() throws {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("ab \r\n\t".utf8)
        for _ in 0..<200 {
            let content = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            let result = try FramingConformance.check(content, .lines, chunkSizes: [1, 2, 5])
            let expected = String(decoding: content, as: UTF8.self).utf8.split(separator: 0x0A)
                .map { $0.last == 0x0D ? Array($0.dropLast()) : Array($0) }
                .filter { !$0.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
            #expect(result.records.map(\.bytes) == expected)
        }
    }
}
