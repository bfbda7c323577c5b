import Attempts
import IdentityModel
import LockstepTesting
import Testing

@testable import SecuritySignals

@Suite("The signal machine against the words") struct RandomSignalsTests {
    /// Batches of `batchCount` events; texts are numbered alike in each.
    private static func batches(_ events: [IdentityEvent], _ strings: StringTable, of batchCount: Int = .max) -> [EventBatch] {
        var batches: [EventBatch] = []
        for event in events {
            if batches.isEmpty || batches[batches.count - 1].count >= batchCount {
                batches.append(EventBatch())
                batches[batches.count - 1].strings = strings
            }
            batches[batches.count - 1].append(event)
        }
        return batches
    }

    private static func found(_ batches: [EventBatch], _ plan: SignalPlan) -> (FiringIndex, [MarkReader.Marks]) {
        var machine = SignalMachine(plan, hiddenSources: [])
        for batch in batches { machine.absorb(batch) }
        machine.finish()
        let firings = machine.firings
        return (firings, told(batches, firings))
    }

    private static func told(_ batches: [EventBatch], _ firings: FiringIndex) -> [MarkReader.Marks] {
        var reader = MarkReader(firings)
        return batches.flatMap { batch in
            reader.begin(batch)
            return (0..<batch.count).map { reader.marks(batch, $0) }
        }
    }

    @Test(arguments: [false, true])
    func `gives the marks that a naive reading gives, however its input is cut`(isFamiliar: Bool) {
        for seed in 0..<UInt64(isFamiliar ? 40 : 60) {
            var world = RandomWorld(seed: seed + (isFamiliar ? 100_000 : 0))
            let rules = world.rules(8, isFamiliar: isFamiliar)
            let plan = SignalPlan(rules: rules, catalog: JourneyCatalog(), familiarity: isFamiliar ? Familiarity() : nil)
            let events = world.events(60)
            let naive = NaiveSignals(rules: rules, events: events, strings: world.strings, familiarity: isFamiliar)
            let expected = naive.marks()
            let whole = Self.found(Self.batches(events, world.strings), plan).1
            let cut = Self.found(Self.batches(events, world.strings, of: 1 + Int(seed % 7)), plan).1
            for index in events.indices where whole[index].signals != expected[index] {
                let other = whole[index].signals.symmetricDifference(expected[index])
                let rule = other.indexes.first.map { rules[$0] }
                #expect(Bool(false), "seed \(seed), event \(index): \(whole[index].signals.indexes) is not \(expected[index].indexes) by \(String(describing: rule))")
                break
            }
            #expect(cut == whole, "seed \(seed), cut into batches")
            if isFamiliar { #expect(whole.map(\.isFamiliar) == naive.familiars(), "seed \(seed), familiar") }
            if whole.map(\.signals) != expected || cut != whole { return }
        }
    }

    @Test(arguments: [false, true])
    func `goes on from a state stored anywhere`(isFamiliar: Bool) throws {
        for seed in 0..<UInt64(40) {
            var world = RandomWorld(seed: seed + 500_000)
            let rules = world.rules(8, isFamiliar: isFamiliar)
            let plan = SignalPlan(rules: rules, catalog: JourneyCatalog(), familiarity: isFamiliar ? Familiarity() : nil)
            let batches = Self.batches(world.events(60), world.strings, of: 1 + Int(seed % 5))
            let (whole, expected) = Self.found(batches, plan)
            var machine = SignalMachine(plan, hiddenSources: [])
            var reader = MarkReader(whole)
            var marks: [MarkReader.Marks] = []
            var slices: [SliceFirings] = []
            for (index, batch) in batches.enumerated() {
                machine.absorb(batch)
                reader.begin(batch)
                marks += (0..<batch.count).map { reader.marks(batch, $0) }
                if world.random.happens(20) {
                    slices += machine.takeFirings(through: Timestamp.slice(batch.at[0]) - Int64(index % 2))
                }
                guard world.random.happens(40) else { continue }
                let carry = machine.encodedCarry()
                machine = SignalMachine(plan, hiddenSources: [])
                try machine.restore(carry)
                #expect(machine.encodedCarry() == carry, "seed \(seed)")
                let marksCarry = reader.encodedCarry()
                reader = try MarkReader(whole, carry: marksCarry)
                #expect(reader.encodedCarry() == marksCarry, "seed \(seed)")
            }
            machine.finish()
            slices += machine.takeFirings(through: .max)
            #expect(machine.firings.runs.isEmpty)
            let stored = try slices.map {
                try SliceFirings(slice: $0.slice, encoded: $0.encoded(), rules: rules)
            }
            #expect(stored == slices, "seed \(seed)")
            let index = FiringIndex(plan, runs: stored.flatMap(\.runs))
            #expect(index.runs == whole.runs, "seed \(seed)")
            #expect(marks == expected, "seed \(seed)")
            #expect(Self.told(batches, index) == expected, "seed \(seed)")
            if index.runs != whole.runs || marks != expected { return }
        }
    }

    @Test(arguments: [false, true])
    func `the same events give the same stored state, however they are cut`(isFamiliar: Bool) throws {
        for seed in 0..<UInt64(25) {
            var world = RandomWorld(seed: seed + 700_000)
            let rules = world.rules(8, isFamiliar: isFamiliar)
            let plan = SignalPlan(rules: rules, catalog: JourneyCatalog(), familiarity: isFamiliar ? Familiarity() : nil)
            let events = world.events(80)
            func carry(of count: Int, restoring: Bool) throws -> [UInt8] {
                var machine = SignalMachine(plan, hiddenSources: [])
                for batch in Self.batches(events, world.strings, of: count) {
                    machine.absorb(batch)
                    if restoring {
                        let carry = machine.encodedCarry()
                        machine = SignalMachine(plan, hiddenSources: [])
                        try machine.restore(carry)
                    }
                }
                return machine.encodedCarry()
            }
            let whole = try carry(of: .max, restoring: false)
            #expect(try carry(of: 7, restoring: false) == whole, "seed \(seed)")
            #expect(try carry(of: 11, restoring: true) == whole, "seed \(seed)")
        }
    }

    @Test func `a damaged state is a named error and never a crash`() throws {
        var world = RandomWorld(seed: 3)
        let rules = world.rules(8, isFamiliar: true)
        let plan = SignalPlan(rules: rules, catalog: JourneyCatalog(), familiarity: Familiarity())
        var machine = SignalMachine(plan, hiddenSources: [])
        for batch in Self.batches(world.events(60), world.strings) { machine.absorb(batch) }
        let carry = machine.encodedCarry()
        for _ in 0..<2000 {
            var damaged = carry
            let place = Int.random(in: 9..<carry.count, using: &world.random)
            if world.random.happens(50) {
                damaged[place] = UInt8.random(in: 0...255, using: &world.random)
            } else {
                damaged.removeLast(carry.count - place)
            }
            var fresh = SignalMachine(plan, hiddenSources: [])
            do {
                try fresh.restore(damaged)
            } catch {
                #expect(error is SignalStateError)
            }
        }
        var other = SignalMachine(rules: Array(rules.dropLast()), catalog: JourneyCatalog())
        #expect(throws: SignalStateError.otherRules) { try other.restore(carry) }
        var empty = SignalMachine(plan, hiddenSources: [])
        #expect(throws: SignalStateError.damagedCarry(offset: 0)) { try empty.restore([]) }
    }

    @Test(arguments: [false, true])
    func `the order of events at one instant does not matter`(isFamiliar: Bool) {
        for seed in 0..<UInt64(30) {
            var world = RandomWorld(seed: seed + 900_000)
            let rules = world.rules(10, isFamiliar: isFamiliar)
            let plan = SignalPlan(rules: rules, catalog: JourneyCatalog(), familiarity: isFamiliar ? Familiarity() : nil)
            let events = world.events(60)
            let shuffled = events.shuffled(using: &world.random).sorted { $0.at < $1.at }
            func marksByID(_ events: [IdentityEvent]) -> [UInt128: SignalSet] {
                let found = Self.found(Self.batches(events, world.strings), plan).1
                return Dictionary(uniqueKeysWithValues: zip(events.map(\.id), found.map(\.signals)))
            }
            #expect(marksByID(events) == marksByID(shuffled), "seed \(seed)")
        }
    }

    private static func guesses(_ groupBy: [SignalField], _ timespan: Int64, _ conditions: [Condition]) -> SignalRule {
        SignalRule(
            name: "guesses", match: .guess, groupBy: groupBy, timespan: timespan, conditions: conditions,
            marks: .matching)
    }

    @Test func `a share of four fifths is met by 12 of 15 and missed by 11 of 14`() {
        func rule(_ numerator: Int, _ denominator: Int, from least: Int) -> SignalRule {
            Self.guesses(
                [.origin], 600_000_000,
                [
                    Condition(.events, .gte, least),
                    Condition(.share(beside: .loginCompletion), .gte, numerator, over: denominator),
                ])
        }
        func marked(_ guesses: Int, beside logins: Int, by rule: SignalRule) -> Int {
            let events =
                (0..<logins).map { login(at: 0, actor: UInt128($0 + 1)) }
                + (0..<guesses).map { guess(at: 1, actor: UInt128($0 + 1)) }
            return marks(events, by: [rule]).count { !$0.isEmpty }
        }
        #expect(marked(12, beside: 3, by: rule(8, 10, from: 11)) == 12)
        #expect(marked(11, beside: 3, by: rule(8, 10, from: 11)) == 0)
        // What floating point gets wrong: 0.07 × 100 is more than 7.
        #expect(marked(7, beside: 93, by: rule(7, 100, from: 1)) == 7)
        #expect(marked(7, beside: 94, by: rule(7, 100, from: 1)) == 0)
    }

    @Test func `a matching event between two intervals is not marked`() {
        let rule = Self.guesses([.actor], 10_000_000, [Condition(.events, .gte, 3)])
        // Fires at 10, marking (0, 10], and at 25, marking (15, 25].
        let events = [1, 2, 10, 13, 23, 24, 25].map { guess(at: $0, actor: 1) }
        #expect(
            marks(events, by: [rule]).map { !$0.isEmpty } == [
                true, true, true, false, true, true, true,
            ])
    }

    @Test func `events of a journey that the catalog lacks match nothing`() {
        var rule = Self.guesses([.actor], 10_000_000, [])
        rule.match = EventMatch()
        var event = login(at: 0, actor: 1)
        #expect(marks([event], by: [rule]) == [SignalSet(index: 0)])
        for journey in [16, 27, 255] as [UInt8] {
            event.journey = JourneyID(rawValue: journey)
            #expect(marks([event], by: [rule]) == [[]])
        }
    }
}
