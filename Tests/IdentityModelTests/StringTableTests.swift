import IdentityModel
import Testing

@Suite("String table") struct StringTableTests {
    @Test func `equal strings have one number, and 0 is the empty one`() {
        var table = StringTable()
        #expect(table.intern("") == 0)
        let numbers = (0..<2000).map { table.intern("string \($0)") }
        #expect(Set(numbers).count == 2000 && !numbers.contains(0))
        #expect((0..<2000).allSatisfy { table.intern("string \($0)") == numbers[$0] })
        #expect((0..<2000).allSatisfy { table[numbers[$0]] == "string \($0)" })
        #expect(table.count == 2001 && table[0] == "")
    }

    @Test func `strings that differ in one byte are two, at any length`() {
        var table = StringTable()
        var seen: Set<UInt32> = []
        for count in 1...40 {
            for place in 0..<count {
                var bytes = [UInt8](repeating: 0x61, count: count)
                bytes[place] = 0x62
                seen.insert(bytes.withUnsafeBytes { table.intern($0) })
            }
        }
        #expect(seen.count == 40 * 41 / 2)
    }

    @Test func `it can be emptied and filled again`() {
        var table = StringTable()
        for index in 0..<100 { _ = table.intern("a\(index)") }
        table.removeAll()
        #expect(table.count == 1)
        #expect(table.intern("b") == 1)
        #expect(table[1] == "b")
    }

    @Test func `unanchored steps travel in an event's flags`() {
        let flags = EventFlags(unanchored: .account, step: 0)
        #expect(flags?.unanchored?.journey == .account && flags?.unanchored?.step == 0)
        let session = EventFlags(unanchored: .session, step: 1)
        #expect(session?.unanchored?.journey == .session && session?.unanchored?.step == 1)
        #expect(EventFlags.silent.union(session ?? []).contains(.silent))
        #expect(EventFlags.silent.unanchored == nil)
        #expect(EventFlags(unanchored: .login, step: 0) == nil)
        #expect(EventFlags(unanchored: .account, step: 9) == nil)
    }
}
