import IdentityModel
import LockstepTesting
import Testing

@testable import Measures

@Suite("Counts per source") struct SourceCellTests {
    private static func cells(_ count: Int, seed: UInt64) -> [SourceCell] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in random.sourceCell() }
    }

    @Test func `merge in any order and grouping`() throws {
        try MergeLaws.check([SourceCell()] + Self.cells(4, seed: 1))
    }

    @Test func `come back as they were encoded, in the same bytes whatever their order`() throws {
        for seed in 0..<20 as Range<UInt64> {
            let cells = Self.cells(3, seed: seed)
            let merged = cells.reduce(into: SourceCell()) { $0.merge($1) }
            let reversed = cells.reversed().reduce(into: SourceCell()) { $0.merge($1) }
            #expect(try SourceCell(encoded: merged.encoded()) == merged)
            #expect(merged.encoded() == reversed.encoded())
        }
        #expect(try SourceCell(encoded: SourceCell().encoded()) == SourceCell())
    }

    @Test func `bytes that end early or go on too long are an error`() {
        let bytes = Self.cells(1, seed: 1)[0].encoded()
        for length in bytes.indices {
            #expect(throws: ByteReader.Malformed.self) { try SourceCell(encoded: Array(bytes[..<length])) }
        }
        #expect(throws: ByteReader.Malformed.self) { try SourceCell(encoded: bytes + [0]) }
    }

    @Test func `bytes that were changed give an error or a cell that can be used`() {
        var random = SeededGenerator(seed: 5)
        let bytes = Self.cells(1, seed: 6)[0].encoded()
        for _ in 0..<3000 {
            var changed = bytes
            changed[random.below(changed.count)] = UInt8(random.below(256))
            if var cell = try? SourceCell(encoded: changed) {
                cell.merge(cell)
                _ = cell.encoded()
            }
        }
    }

    @Test func `every count has a number of its own`() {
        let all: [SourceCount] =
            [.joinedByActor] + SetAsideKind.allCases.map { .aside($0) } + ActorKind.allCases.map { .attempts($0) }
        #expect(Set(all.map(\.code)).count == 11)
        for count in all { #expect(SourceCount(code: count.code) == count && count.code < 128) }
        #expect(SourceCount(code: 0) == nil && SourceCount(code: 7) == nil && SourceCount(code: 13) == nil)
    }
}
