import IdentityModel
import LockstepTesting
import Testing

@testable import Measures

@Suite("Marginals") struct MarginalsTests {
    private func key(_ value: String, _ dimension: Dimension = .client, hour: Int64 = dawnHour)
        -> MarginalKey
    {
        MarginalKey(
            cell: CellKey(hour: hour, kind: .customer, traffic: .genuine), dimension: dimension,
            value: value)
    }

    private func sum(_ marginals: Marginals, _ dimension: Dimension) -> UInt64 {
        marginals.counts.filter { $0.key.dimension == dimension }.values.joined().reduce(0, +)
    }

    @Test func `keep the thousand values with the highest counts, ties by name`() {
        var marginals = Marginals()
        for number in 1000..<2010 {
            // Two of a value seen most lie in different hours: together they are more.
            marginals.add(key("app\(number)"), result: 0, number == 2009 ? 1 : 2)
            if number == 2009 { marginals.add(key("app2009", hour: dawnHour + 1), result: 3, 2) }
            marginals.add(key("key=\(number)", .segment), result: 1)
        }
        let before = marginals
        marginals.bound()
        let clients = Set(marginals.counts.keys.filter { $0.dimension == .client }.map(\.value))
        #expect(clients.count == 1001)
        #expect(clients.isSuperset(of: ["app1000", "app1998", "app2009", "other"]))
        #expect(clients.isDisjoint(with: ["app1999", "app2008"]))
        #expect(marginals.counts[key("other")] == [20, 0, 0, 0])
        #expect(marginals.counts[key("other", .segment)] == [0, 10, 0, 0])
        for dimension in Dimension.allCases {
            #expect(sum(marginals, dimension) == sum(before, dimension))
        }
    }

    @Test func `up to a thousand values stay as they are`() {
        var marginals = Marginals()
        for number in 0..<1000 { marginals.add(key("app\(number)"), result: 0) }
        let before = marginals
        marginals.bound()
        #expect(marginals == before)
    }

    @Test(arguments: [1, 3])
    func `a value that is called other loses nothing to the rest`(amount: UInt64) {
        for seed in 0..<20 {
            var marginals = Marginals()
            marginals.add(key("other"), result: 2, amount)
            for number in 0..<1100 { marginals.add(key("app\(number)-\(seed)"), result: 0, 2) }
            marginals.bound()
            #expect(sum(marginals, .client) == 2200 + amount)
            #expect(marginals.counts[key("other")]?[2] == amount)
        }
    }

    @Test func `a text spelt in other bytes is another value, whichever came first`() {
        let spellings = ["caf\u{E9}", "cafe\u{301}"]
        #expect(spellings[0] == spellings[1])
        var encodings: Set<[UInt8]> = []
        for order in [spellings, spellings.reversed()] {
            var marginals = Marginals()
            for spelling in order { marginals.add(key(spelling), result: 0) }
            #expect(marginals.counts.count == 2)
            var writer = ByteWriter()
            marginals.encode(to: &writer)
            encodings.insert(writer.bytes)
        }
        #expect(encodings.count == 1)
    }

    @Test func `merge value by value`() throws {
        var random = SeededGenerator(seed: 1)
        let keys = (0..<30).map { _ in
            key("app\(random.below(5))", Dimension.allCases[random.below(5)])
        }
        try MergeLaws<Marginals>.check(absorbing: keys) { $0.add($1, result: $1.value.count % 4) }
    }
}
