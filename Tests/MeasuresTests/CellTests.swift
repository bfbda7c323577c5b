import IdentityModel
import LockstepTesting
import Testing

@testable import Measures

@Suite("Cells") struct CellTests {
    private static func impactCells(_ count: Int, seed: UInt64) -> [ImpactCell] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in random.impactCell() }
    }

    private static func threatCells(_ count: Int, seed: UInt64) -> [ThreatCell] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in random.threatCell() }
    }

    @Test func `merge in any order and grouping`() throws {
        try MergeLaws.check([ImpactCell()] + Self.impactCells(4, seed: 1))
        try MergeLaws<ImpactCell>.check(absorbing: Self.impactCells(10, seed: 2)) { $0.merge($1) }
        try MergeLaws.check([ThreatCell()] + Self.threatCells(5, seed: 3))
        try MergeLaws<ThreatCell>.check(absorbing: Self.threatCells(12, seed: 4)) { $0.merge($1) }
    }

    @Test func `the kit tells when a law does not hold`() {
        struct Latest: Mergeable {
            var value = 0
            mutating func merge(_ other: Latest) { value = other.value == 0 ? value : other.value }
        }
        struct Counted: Mergeable {
            var merges = 0
            mutating func merge(_ other: Counted) { merges += other.merges + 1 }
        }
        #expect(throws: ConformanceFailure.self) {
            try MergeLaws.check([Latest(value: 1), Latest(value: 2)])
        }
        #expect(throws: ConformanceFailure.self) { try MergeLaws.check([Counted(merges: 1)]) }
        #expect(throws: ConformanceFailure.self) {
            try MergeLaws<Latest>.check(absorbing: [1, 2, 3]) { $0.value += $1 }
        }
    }

    @Test func `come back as they were encoded, in the same bytes whatever their order`() throws {
        for seed in 0..<20 as Range<UInt64> {
            let impact = Self.impactCells(3, seed: seed)
            let merged = impact.reduce(into: ImpactCell()) { $0.merge($1) }
            let reversed = impact.reversed().reduce(into: ImpactCell()) { $0.merge($1) }
            #expect(try ImpactCell(encoded: merged.encoded()) == merged)
            #expect(merged.encoded() == reversed.encoded())
            let threat = Self.threatCells(3, seed: seed)
            let threats = threat.reduce(into: ThreatCell()) { $0.merge($1) }
            #expect(try ThreatCell(encoded: threats.encoded()) == threats)
            #expect(
                threats.encoded()
                    == threat.reversed().reduce(into: ThreatCell()) { $0.merge($1) }.encoded())
        }
        #expect(try ImpactCell(encoded: ImpactCell().encoded()) == ImpactCell())
        #expect(try ThreatCell(encoded: ThreatCell().encoded()) == ThreatCell())
    }

    @Test func `can be read without their marginals`() throws {
        for cell in Self.impactCells(10, seed: 9) {
            var bare = cell
            bare.marginals = Marginals()
            #expect(try ImpactCell.withoutMarginals(encoded: cell.encoded()) == bare)
            #expect(throws: ByteReader.Malformed.self) {
                try ImpactCell.withoutMarginals(encoded: Array(cell.encoded().dropLast()))
            }
        }
    }

    @Test func `bytes that end early or go on too long are an error`() {
        let impact = Self.impactCells(1, seed: 1)[0].encoded()
        for length in impact.indices {
            #expect(throws: ByteReader.Malformed.self) {
                try ImpactCell(encoded: Array(impact[..<length]))
            }
        }
        #expect(throws: ByteReader.Malformed.self) { try ImpactCell(encoded: impact + [0]) }
        let threat = Self.threatCells(1, seed: 1)[0].encoded()
        for length in threat.indices {
            #expect(throws: ByteReader.Malformed.self) {
                try ThreatCell(encoded: Array(threat[..<length]))
            }
        }
        #expect(throws: ByteReader.Malformed.self) { try ThreatCell(encoded: threat + [0]) }
    }

    @Test func `bytes that were changed give an error or a cell that can be used`() {
        var random = SeededGenerator(seed: 5)
        let cells = Self.impactCells(2, seed: 6)
        let bytes = cells[0].encoded()
        let threat = Self.threatCells(1, seed: 6)[0].encoded()
        for _ in 0..<3000 {
            var changed = bytes
            for _ in 0...random.below(3) {
                changed[random.below(changed.count)] = UInt8(random.below(256))
            }
            if var cell = try? ImpactCell(encoded: changed) {
                cell.merge(cells[1])
                _ = cell.encoded()
                for totals in cell.totals.values {
                    _ = totals.matured
                    _ = totals.durations.quantiles(percents: [50, 95, 99])
                }
                _ = cell.actors.values.map(\.attempted.count)
                cell.marginals.bound()
            }
            var changedThreat = threat
            changedThreat[random.below(threat.count)] = UInt8(random.below(256))
            if var cell = try? ThreatCell(encoded: changedThreat) {
                cell.merge(cell)
                _ = cell.encoded()
            }
        }
    }

    @Test func `numbers of any size come back`() throws {
        var writer = ByteWriter()
        let signed: [Int64] = [0, -1, 1, 63, -64, 64, Int64.max, Int64.min]
        let unsigned: [UInt64] = [0, 127, 128, 16_383, 16_384, UInt64.max]
        for value in signed { writer.signed(value) }
        for value in unsigned { writer.unsigned(value) }
        writer.text("größer\u{0}")
        writer.wide(UInt128.max - 1)
        writer.fixed(UInt64.max - 1)
        var reader = ByteReader(writer.bytes)
        for value in signed { #expect(try reader.signed() == value) }
        for value in unsigned { #expect(try reader.unsigned() == value) }
        #expect(try reader.text() == "größer\u{0}")
        #expect(try reader.wide() == UInt128.max - 1)
        #expect(try reader.fixed() == UInt64.max - 1)
        #expect(reader.isAtEnd)
        var overlong = ByteReader([UInt8](repeating: 0xFF, count: 9) + [2])
        #expect(throws: ByteReader.Malformed.self) { try overlong.unsigned() }
    }
}
