import Attempts
import IdentityModel
import LockstepTesting
import Testing

@testable import SecuritySignals

@Suite("The signal machine against the words") struct RandomSignalsTests {
    @Test func `gives the marks that a naive reading gives, however its input is cut`() {
        var random = SeededGenerator(seed: 0)
        var rules: [SignalRule] = []
        var machine = SignalMachine(rules: [], catalog: JourneyCatalog())
        for seed in 0..<UInt64(400) {
            if seed.isMultiple(of: 16) {
                rules = (0..<6).map { Self.rule($0, &random) }
                machine = SignalMachine(rules: rules, catalog: JourneyCatalog())
            }
            let events = Self.events(&random)
            let expected = NaiveSignals(rules: rules, events: events).marks()
            let found = marks(events, by: machine)
            let cut = marks(events, by: machine, batchCount: 1 + Int(seed % 7))
            if found == expected, cut == expected { continue }
            #expect(found == expected, "seed \(seed)")
            #expect(cut == expected, "seed \(seed), cut into batches")
            return
        }
    }

    @Test func `the order of events at one instant does not matter`() {
        var random = SeededGenerator(seed: 1)
        let rules = (0..<10).map { Self.rule($0, &random) }
        let machine = SignalMachine(rules: rules, catalog: JourneyCatalog())
        for seed in 0..<100 {
            let events = Self.events(&random)
            let shuffled = events.shuffled(using: &random).sorted { $0.at < $1.at }
            func marksByID(_ events: [IdentityEvent]) -> [UInt128: SignalSet] {
                Dictionary(uniqueKeysWithValues: zip(events.map(\.id), marks(events, by: machine)))
            }
            #expect(marksByID(events) == marksByID(shuffled), "seed \(seed)")
        }
    }

    @Test func `a share of four fifths is met by 12 of 15 and missed by 11 of 14`() {
        var random = SeededGenerator(seed: 1)
        var rule = Self.rule(0, &random)
        rule.match = .guess
        rule.groupBy = [.origin]
        rule.timespan = 600_000_000
        rule.eventsMin = 11
        rule.distinct = nil
        rule.share = SignalRule.Share(beside: .loginCompletion, numerator: 8, denominator: 10)
        rule.marks = .matching
        func marked(_ guesses: Int, beside logins: Int) -> Int {
            let events =
                (0..<logins).map { login(at: 0, actor: UInt128($0 + 1)) }
                + (0..<guesses).map { guess(at: 1, actor: UInt128($0 + 1)) }
            return marks(events, by: [rule]).count { !$0.isEmpty }
        }
        #expect(marked(12, beside: 3) == 12)
        #expect(marked(11, beside: 3) == 0)
        // What floating point gets wrong: 0.07 × 100 is more than 7.
        rule.share = SignalRule.Share(beside: .loginCompletion, numerator: 7, denominator: 100)
        rule.eventsMin = 1
        #expect(marked(7, beside: 93) == 7)
        #expect(marked(7, beside: 94) == 0)
    }

    @Test func `a matching event between two intervals is not marked`() {
        var random = SeededGenerator(seed: 1)
        var rule = Self.rule(0, &random)
        rule.match = .guess
        rule.groupBy = [.actor]
        rule.timespan = 10_000_000
        rule.eventsMin = 3
        rule.distinct = nil
        rule.share = nil
        rule.marks = .matching
        // Fires at 10, marking (0, 10], and at 25, marking (15, 25].
        let events = [1, 2, 10, 13, 23, 24, 25].map { guess(at: $0, actor: 1) }
        #expect(
            marks(events, by: [rule]).map { !$0.isEmpty } == [
                true, true, true, false, true, true, true,
            ])
    }

    @Test func `events of a journey that the catalog lacks match nothing`() {
        var random = SeededGenerator(seed: 1)
        var rule = Self.rule(0, &random)
        rule.match = EventMatch()
        rule.eventsMin = 1
        rule.groupBy = [.actor]
        rule.distinct = nil
        rule.share = nil
        var event = login(at: 0, actor: 1)
        #expect(marks([event], by: [rule]) == [SignalSet(index: 0)])
        for journey in [16, 27, 255] as [UInt8] {
            event.journey = JourneyID(rawValue: journey)
            #expect(marks([event], by: [rule]) == [[]])
        }
    }

    private static func rule(_ index: Int, _ random: inout SeededGenerator) -> SignalRule {
        func match() -> EventMatch {
            switch Int.random(in: 0..<5, using: &random) {
            case 0: .guess
            case 1: .loginCompletion
            case 2: EventMatch(journeys: [.passwordReset], steps: ["request"])
            case 3: EventMatch(outcomes: [.failure, .denied])
            default: EventMatch(journeys: [.login, .passwordReset], outcomes: [.success])
            }
        }
        let groups: [[SignalRule.GroupKey]] = [
            [.actor], [.origin], [.actor, .origin], [.origin, .actor],
        ]
        var rule = SignalRule(
            name: "rule\(index)", title: "", level: "", description: "", match: match(),
            groupBy: groups.randomElement(using: &random) ?? [.actor],
            timespan: Int64.random(in: 1...20, using: &random) * 1_000_000,
            eventsMin: Int.random(in: 1...4, using: &random), distinct: nil, share: nil,
            marks: random.happens(50) ? .matching : .group)
        if random.happens(50) {
            rule.distinct = (
                random.happens(50) ? .actor : .origin, Int.random(in: 1...3, using: &random)
            )
        }
        if random.happens(50) {
            let denominator = Int.random(in: 1...10, using: &random)
            rule.share = SignalRule.Share(
                beside: match(), numerator: Int.random(in: 0...denominator, using: &random),
                denominator: denominator)
        }
        return rule
    }

    /// 60 events in canonical order, many at one instant, now and then an hour apart.
    private static func events(_ random: inout SeededGenerator) -> [IdentityEvent] {
        // The hour turns in the middle of things.
        var at = dawn - Int64.random(in: 0...100, using: &random) * 1_000_000
        var events: [IdentityEvent] = []
        for _ in 0..<60 {
            at +=
                random.happens(3)
                ? Timestamp.hour : Int64.random(in: 0...4, using: &random) * 1_000_000
            var event = IdentityEvent()
            event.id = random.pseudonym()
            event.at = at
            event.journey =
                [.login, .login, .passwordReset, .consent].randomElement(using: &random) ?? .login
            event.step = UInt8.random(
                in: 0...JourneyCatalog()[event.journey].lastStep, using: &random)
            event.outcome = Outcome.allCases.randomElement(using: &random) ?? .progress
            event.reason =
                [.badCredential, .locked, .technical, .none].randomElement(using: &random) ?? .none
            event.subject = UInt128(Int.random(in: 0...3, using: &random))
            event.name = random.happens(30) ? event.subject : 0
            let origin = UInt32.random(in: 0...3, using: &random)
            // Origin 3 is a network of which each event shows another address.
            event.address =
                origin < 3
                ? address(origin) : NetworkAddress(rawValue: 0x2001 << 112 | event.id >> 70)
            events.append(event)
        }
        return events.sorted(by: IdentityEvent.precedes)
    }
}
