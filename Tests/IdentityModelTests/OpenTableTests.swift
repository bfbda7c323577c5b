import Testing

@testable import IdentityModel

@Suite("Open table") struct OpenTableTests {
    /// Numbers in an order that each seed fixes.
    private struct Dice {
        var state: UInt64
        mutating func next(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `does what a dictionary does`(seed: UInt64) {
        var dice = Dice(state: seed)
        var table = OpenTable<UInt128, UInt64>()
        var dictionary: [UInt128: UInt64] = [:]
        for _ in 0..<3000 {
            // Few keys of two halves, so that they are met again.
            let key = UInt128(dice.next(40)) << 64 | UInt128(dice.next(8) + 1)
            let value = dice.next(1000)
            switch dice.next(8) {
            case 0, 1:
                let before = dictionary.updateValue(value, forKey: key)
                #expect(table.updateValue(value, forKey: key) == before)
            case 2: #expect(table.remove(key) == (dictionary.removeValue(forKey: key) != nil))
            case 3:
                table.update(key, default: 7) { $0 += value }
                dictionary[key, default: 7] += value
            case 4:
                table[key] = nil
                dictionary[key] = nil
            case 5 where value < 20:
                table.removeAll { $1 % 3 == 0 }
                dictionary = dictionary.filter { $1 % 3 != 0 }
            default: #expect(table[key] == dictionary[key])
            }
            #expect(table.count == dictionary.count)
        }
        var held: [UInt128: UInt64] = [:]
        table.forEach { held[$0] = $1 }
        #expect(held == dictionary)
    }

    @Test func `holds keys that differ in any bits`() {
        var table = OpenTable<UInt64, UInt64>()
        var wide = OpenTable<UInt128, UInt64>()
        for shift in 0..<56 as Range<UInt64> {
            for low in 1...255 as ClosedRange<UInt64> {
                table[low << shift] = low << shift
                wide[UInt128(low) << UInt128(2 * shift)] = low
            }
        }
        for shift in 0..<56 as Range<UInt64> {
            for low in 1...255 as ClosedRange<UInt64> { #expect(table[low << shift] == low << shift) }
        }
        #expect(wide.contains(1 << 110) && !wide.contains(1 << 127))
    }

    @Test func `never holds the key that means no value`() {
        var table = OpenTable<UInt64, Int>()
        table[0] = 1
        #expect(table.update(0, default: 5) { $0 + 1 } == 6)
        #expect(table.isEmpty && table[0] == nil && !table.remove(0))
        table[9] = 1
        #expect(table[0] == nil && table.count == 1)
    }

    @Test func `changes no copy`() {
        var table = OpenTable<UInt64, Int>()
        for key in 1...100 as ClosedRange<UInt64> { table[key] = 1 }
        let copy = table
        for key in 1...50 as ClosedRange<UInt64> { table.remove(key) }
        table.update(60, default: 0) { $0 += 1 }
        table.removeAll(keepingCapacity: true)
        table[1] = 9
        #expect(copy.count == 100)
        for key in 1...100 as ClosedRange<UInt64> { #expect(copy[key] == 1) }
        #expect(table.count == 1 && table[1] == 9 && table[60] == nil)
    }

    @Test func `finds places to change values in`() {
        var table = OpenTable<UInt64, [Int]>()
        let (place, isNew) = table.place(of: 5, orInsert: [1])
        table[at: place].append(2)
        #expect(isNew && table[5] == [1, 2])
        #expect(table.place(of: 5, orInsert: []).isNew == false)
        #expect(table.place(of: 6) == nil)
        table.reserveCapacity(1000)
        #expect(table.place(of: 5).map { table[at: $0] } == [1, 2])
    }

    @Test func `is a set where there are no values`() {
        var set = OpenTable<UInt128, Void>()
        #expect(set.insert(3) && !set.insert(3) && !set.insert(0))
        #expect(set.count == 1 && set.contains(3))
    }
}
