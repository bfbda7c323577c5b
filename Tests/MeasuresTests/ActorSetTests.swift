import IdentityModel
import LockstepTesting
import Testing

@testable import Measures

@Suite("Distinct actors") struct ActorSetTests {
    private func actors(_ count: Int, seed: UInt64 = 1) -> [UInt128] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in random.pseudonym() }
    }

    private func set(_ actors: some Sequence<UInt128>) -> ActorSet {
        actors.reduce(into: ActorSet()) { $0.insert($1) }
    }

    @Test func `merge as sets of any size do`() throws {
        let all = actors(6000)
        try MergeLaws.check([
            ActorSet(), set(all[..<3]), set(all[2..<2500]), set(all[2000..<5000]),
            set(all[..<4096]), set(all),
        ])
        try MergeLaws<ActorSet>.check(absorbing: Array(all[..<40] + all[..<10])) { $0.insert($1) }
    }

    @Test func `are exact up to 4,096 and estimated above`() {
        let all = actors(4097)
        let exact = set(all[..<4096])
        #expect(exact.isExact && exact.count == 4096 && exact.members?.count == 4096)
        let estimated = set(all)
        #expect(!estimated.isExact && estimated.members == nil)
        #expect(abs(estimated.count - 4097) < 4097 * 5 / 100)
    }

    @Test func `take a form that depends on the elements, not on how they came together`() {
        let all = actors(4097)
        let whole = set(all)
        #expect(set(all.reversed() + all) == whole)
        for split in [1, 96, 2048, 4000, 4096] {
            // The parts overlap, so that their counts add up to more than the whole.
            var merged = set(all[..<split])
            merged.merge(set(all[(split / 2)...]))
            #expect(merged == whole)
        }
        var overlapping = set(all[..<4000])
        overlapping.merge(set(all[96..<4096]))
        #expect(overlapping.isExact && overlapping == set(all[..<4096]))
    }

    @Test(arguments: [5000, 20_000, 200_000])
    func `are estimated within 5 per cent`(count: Int) {
        for seed in 1...3 as ClosedRange<UInt64> {
            let estimate = set(actors(count, seed: seed)).count
            #expect(abs(estimate - count) * 20 < count, "\(estimate) of \(count)")
        }
    }

    @Test func `nobody is no actor`() {
        #expect(set([0, 0]).isEmpty)
        #expect(set([0]).count == 0)
    }

    @Test(arguments: [0, 1, 3, 4096, 4097])
    func `come back as they were encoded, in the same bytes whatever their order`(count: Int) throws
    {
        let all = actors(count)
        var writer = ByteWriter()
        set(all).encode(to: &writer)
        var other = ByteWriter()
        set(all.reversed()).encode(to: &other)
        #expect(writer.bytes == other.bytes)
        var reader = ByteReader(writer.bytes)
        #expect(try ActorSet(from: &reader) == set(all))
        #expect(reader.isAtEnd)
    }

    @Test func `are the same sets however inserting, reading and merging alternate`() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<30 {
            var mixed = ActorSet()
            var naive: Set<UInt128> = []
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                // Few numbers, so that the same come again.
                let some = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                    UInt128.random(in: 1...200, using: &random)
                }
                naive.formUnion(some)
                if random.happens(50) {
                    for actor in some { mixed.insert(actor) }
                } else {
                    mixed.merge(set(some))
                }
                guard random.happens(30) else { continue }
                var writer = ByteWriter()
                mixed.encode(to: &writer)
                var reader = ByteReader(writer.bytes)
                mixed = try ActorSet(from: &reader)
            }
            #expect(mixed.members == naive.sorted() && mixed.count == naive.count)
            #expect(mixed == set(naive.shuffled(using: &random)))
        }
    }

    @Test func `damaged bytes are an error`() {
        func reads(_ write: (inout ByteWriter) -> Void) -> Bool {
            var writer = ByteWriter()
            write(&writer)
            var reader = ByteReader(writer.bytes)
            return (try? ActorSet(from: &reader)) != nil
        }
        #expect(!reads { $0.byte(2) })
        #expect(
            !reads {
                $0.byte(0)
                $0.count(1 << 40)
            })
        #expect(
            !reads {
                $0.byte(0)
                $0.count(1)
                $0.wide(0)
            })
        #expect(
            !reads {
                $0.byte(0)
                $0.count(2)
                $0.wide(7)
                $0.wide(7)
            })
        #expect(
            !reads { writer in
                writer.byte(0)
                writer.count(4097)
                for actor in 1...4097 as ClosedRange<UInt128> { writer.wide(actor) }
            })
        #expect(
            reads { writer in
                writer.byte(1)
                for _ in 0..<4096 { writer.byte(63) }
            })
        #expect(
            !reads { writer in
                writer.byte(1)
                for _ in 0..<4096 { writer.byte(64) }
            })
        #expect(
            !reads { writer in
                writer.byte(1)
                for _ in 0..<4095 { writer.byte(1) }
            })
    }
}
