import AdapterKit
import CIsal
import Testing

@testable import ArchiveAdapter

/// What both gzip decoders give of the same bytes.
@Suite struct InflaterTests {
    /// What was decoded, how many members ended, and what was said of damage.
    private struct Outcome {
        var content: [UInt8] = []
        var members = 0
        var damage: String?
    }

    /// Decodes `packed`, handed over in pieces of `inputBytes`, into buffers of `outputBytes`.
    private static func decode(
        _ packed: [UInt8], with inflater: any Inflating, inputBytes: Int, outputBytes: Int
    ) -> Outcome {
        var outcome = Outcome()
        var output = [UInt8](repeating: 0, count: outputBytes)
        var next = 0
        while true {
            let end = min(packed.count, next + inputBytes)
            let step = packed[next..<end].withUnsafeBytes { input in
                output.withUnsafeMutableBytes { inflater.inflate(input, into: $0) }
            }
            next += step.consumed
            outcome.content += output[..<step.written]
            switch step.state {
            case .memberEnded:
                outcome.members += 1
                if next == packed.count { return outcome }
                inflater.beginMember()
            case .damaged(let reason):
                outcome.damage = reason
                return outcome
            case .more where step.consumed == 0 && step.written == 0: return outcome
            case .more: break
            }
        }
    }

    private static func both(_ packed: [UInt8], _ input: Int, _ output: Int) throws -> (Outcome, Outcome) {
        let isal = try #require(IsalInflater())
        let zlib = try ZlibInflater(.gzip, source: "test")
        return (
            decode(packed, with: isal, inputBytes: input, outputBytes: output),
            decode(packed, with: zlib, inputBytes: input, outputBytes: output)
        )
    }

    private static let lines = (0..<9000).flatMap { number in
        Array("{\"id\":\(number &* 2_654_435_761 % 1_000_003),\"type\":\"LOGIN\"}\n".utf8)
    }

    @Test(.enabled(if: lockstep_isal_is_present(), "ISA-L is not installed"), arguments: [1, 7, 4096, 1 << 18])
    func `ISA-L decodes members with all header fields as zlib does, however they are cut`(input: Int) throws {
        let packed =
            Packing.gzip(Array(Self.lines[..<50_000]), extra: [66, 67, 2, 0, 1, 2], name: "a.log", comment: "c", hasHeaderCheck: true)
            + Packing.gzip([]) + Packing.gzip(Array(Self.lines[50_000...]), level: 1)
        let (isal, zlib) = try Self.both(packed, input, 8192)
        #expect(isal.content.elementsEqual(Self.lines), "\(isal.content.count) of \(Self.lines.count) bytes")
        #expect(isal.members == 3)
        #expect(isal.damage == nil)
        #expect(zlib.content.elementsEqual(isal.content))
    }

    @Test(.enabled(if: lockstep_isal_is_present(), "ISA-L is not installed"), arguments: 0..<60)
    func `ISA-L gives everything before damage, as zlib does`(seed: Int) throws {
        var packed = Packing.gzip(Self.lines)
        let place = 12 + seed &* 7919 % (packed.count - 12)
        if seed % 2 == 0 { packed.removeLast(packed.count - place) } else { packed[place] ^= UInt8(1 << (seed % 8)) }
        let (isal, zlib) = try Self.both(packed, 4096, 1 << 16)
        #expect(isal.members == 0)
        #expect(zlib.members == 0)
        #expect((isal.damage == nil) == (zlib.damage == nil))
        // One decoder may hold back a byte before a cut, or stop a copy (258 bytes at most) earlier.
        let shared = min(isal.content.count, zlib.content.count)
        #expect(abs(isal.content.count - zlib.content.count) <= 300)
        #expect(isal.content[..<shared].elementsEqual(zlib.content[..<shared]))
    }
}
