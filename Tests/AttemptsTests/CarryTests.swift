import Attempts
import IdentityModel
import LockstepTesting
import Testing

@Suite("The carry of the attempt machine") struct CarryTests {
    @Test(arguments: RandomWorldTests.World.allCases)
    func `going on from a border gives what not stopping gives`(world: RandomWorldTests.World) throws {
        for seed in 0..<(world == .busy ? 2 : 80) as Range<UInt64> {
            let events = Self.labelled(RandomWorldTests.events(world, seed: seed))
            var whole = Run()
            var cut = Run()
            for (index, event) in events.enumerated() {
                for border in Self.borders(before: index, of: events) {
                    let kept = whole.carry(at: border)
                    #expect(cut.carry(at: border) == kept, "\(world), seed \(seed), event \(index)")
                    cut = try cut.reopened(from: kept, seed: seed)
                }
                whole.take(event)
                cut.take(event)
            }
            whole.end()
            cut.end()
            let isSame = whole.attempts == cut.attempts && whole.slices == cut.slices
                && whole.asides == cut.asides && whole.singles == cut.singles && whole.joins == cut.joins
            if isSame { continue }
            Issue.record("\(world), seed \(seed)")
            return
        }
    }

    @Test(arguments: RandomWorldTests.World.allCases)
    func `what lies too far back to matter leaves no trace`(world: RandomWorldTests.World) {
        let quiet = 96 * Timestamp.hour
        for seed in 0..<(world == .busy ? 1 : 40) as Range<UInt64> {
            let late = Self.labelled(RandomWorldTests.events(world, seed: seed))
            let start = late[0].event.at
            var runs = [Run(), Run(), Run()]
            for (number, run) in runs.indices.dropLast().enumerated() {
                let other = 1000 + 2 * seed + UInt64(number)
                var past = Self.labelled(RandomWorldTests.events(world, seed: other))
                let shift = start - quiet - past[past.count - 1].event.at
                for index in past.indices { past[index].event.at += shift }
                for event in past { runs[run].take(event) }
            }
            for (index, event) in late.enumerated() {
                let kept = runs.indices.map { runs[$0].carry(at: event.event.at) }
                #expect(kept[0] == kept[2] && kept[1] == kept[2], "\(world), seed \(seed), event \(index)")
                for run in runs.indices { runs[run].take(event) }
            }
        }
    }

    @Test func `a day without events leaves nothing but unfinished business of days`() {
        var run = Run()
        run.take(happens(.login, "complete", .success, at: 0, actor: 1, origin: 1, tie: 5, session: 9))
        run.take(happens(.registration, "start", at: 60, actor: 2, origin: 2))
        let untouched = Run()
        let dayLater = time(24 * hour)
        let twoDaysLater = time(48 * hour)
        var (atDay, atTwo) = (untouched, untouched)
        // The session was seen 24 h ago, the registration may go on for 72 h.
        #expect(run.carry(at: dayLater).count > atDay.carry(at: dayLater).count + 50)
        var other = Run()
        other.take(happens(.registration, "start", at: 60, actor: 2, origin: 2))
        #expect(run.carry(at: twoDaysLater) == other.carry(at: twoDaysLater))
        #expect(run.carry(at: twoDaysLater) != atTwo.carry(at: twoDaysLater))
        #expect(run.carry(at: time(73 * hour)) == atTwo.carry(at: time(73 * hour)))
    }

    @Test func `a machine that has seen nothing carries nothing`() throws {
        var texts = StringTable()
        let bytes = AttemptMachine(catalog: JourneyCatalog()).encodedCarry(texts: texts)
        let again = try AttemptMachine(catalog: JourneyCatalog(), carry: bytes, texts: &texts)
        #expect(again.encodedCarry(texts: texts) == bytes)
        #expect(bytes.count < 32)
    }

    @Test func `damaged bytes are an error, or another sound state`() throws {
        var run = Run()
        run.take(happens(.passwordReset, "request", at: -9, actor: 8))
        run.take(happens(.passwordReset, "complete", .success, at: -8, actor: 8, tie: 3, session: 4))
        run.take(happens(.login, "credential", .failure, .badCredential, at: -7, actor: 8, tie: 3))
        for (index, event) in Self.labelled(RandomWorldTests.events(.crowded, seed: 5)).enumerated() {
            run.take(event.with { $0.at = time(Double(index) / 20) })
        }
        let bytes = run.carry(at: run.now)
        #expect(bytes.count > 300)
        for count in bytes.indices {
            #expect(throws: AttemptCarryError.self) { try Run(carry: Array(bytes[..<count])) }
        }
        #expect(throws: AttemptCarryError.malformed(offset: bytes.count)) { try Run(carry: bytes + [0]) }
        #expect(throws: AttemptCarryError.version(9)) { try Run(carry: [9] + bytes.dropFirst()) }
        var random = SeededGenerator(seed: 1)
        for _ in 0..<4000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: damaged.indices, using: &random)
                damaged[place] = UInt8.random(in: 0...255, using: &random)
            }
            do {
                var read = try Run(carry: damaged)
                #expect(read.carry(at: .min) == damaged)
                read.end()
            } catch is AttemptCarryError {}
        }
    }

    // MARK: Borders

    /// Now and then an instant between the events: their own, or a whole hour.
    private static func borders(before index: Int, of events: [Happening]) -> [Int64] {
        guard index > 0 else { return [] }
        let (last, next) = (events[index - 1].event.at, events[index].event.at)
        var borders: [Int64] = []
        let border = (last / Timestamp.hour + 1) * Timestamp.hour
        if border <= next { borders.append(border) }
        // An event at the border itself comes after it.
        if index % 3 == 0, last < next { borders.append(next) }
        return borders
    }

    /// The same events with texts in every place that may hold one, a source and few marks.
    private static func labelled(_ events: [Happening]) -> [Happening] {
        events.map { one in
            var one = one
            if one.event.id % 4 != 0 { one.signals = [] }
            one.isFamiliar = one.event.id % 11 == 0
            one.isStaleCredential = one.event.id % 13 == 0
            return one.with {
                $0.source = UInt32(truncatingIfNeeded: $0.id % 300)
                $0.segments = UInt32(truncatingIfNeeded: $0.id % 4) * $0.client
                $0.dialect = 10 + UInt32(truncatingIfNeeded: $0.id >> 8 % 3)
                $0.assurance = $0.outcome == .success ? 20 + $0.client : 0
            }
        }
    }
}

/// A machine at work under a table of texts of its own.
private struct Run {
    private var machine: AttemptMachine
    private var texts = StringTable()
    private var numbers: [UInt32] = [0]
    private(set) var now = Int64.min
    private(set) var attempts: [Attempt] = []
    private(set) var slices: [Int64] = []
    private(set) var asides: [Played.Aside] = []
    private(set) var singles = 0
    private(set) var joins: [Int64] = []

    init() {
        machine = AttemptMachine(catalog: JourneyCatalog())
        learn()
    }

    init(carry: [UInt8]) throws {
        machine = try AttemptMachine(catalog: JourneyCatalog(), carry: carry, texts: &texts)
        learn()
    }

    /// The same run with a machine that was read anew, under other numbers for the texts.
    func reopened(from carry: [UInt8], seed: UInt64) throws -> Run {
        var run = self
        run.texts = StringTable()
        for filler in 0..<seed % 5 { _ = run.texts.intern("filler \(filler)") }
        run.machine = try AttemptMachine(catalog: JourneyCatalog(), carry: carry, texts: &run.texts)
        run.learn()
        return run
    }

    private mutating func learn() {
        numbers = [0]
        for number in 1..<100 { numbers.append(texts.intern("text \(number)")) }
    }

    mutating func take(_ happening: Happening) {
        var batch = EventBatch()
        batch.append(happening.event)
        var played = Played()
        now = happening.event.at
        machine.observe(Observation(happening, batch, 0, numbers: numbers), into: &played)
        note(played)
    }

    mutating func carry(at border: Int64) -> [UInt8] {
        var played = Played()
        machine.advance(to: border, into: &played)
        note(played)
        return machine.encodedCarry(texts: texts)
    }

    /// Gives the open attempts after the matured ones.
    mutating func end() {
        var played = Played()
        machine.forEachOpen { played.open.append($0) }
        note(played)
    }

    private mutating func note(_ played: Played) {
        for var attempt in played.attempts {
            for path in [\Attempt.client, \.segments, \.dialect, \.assurance] {
                attempt[keyPath: path] = UInt32(texts[attempt[keyPath: path]].dropFirst(5)) ?? 0
            }
            attempts.append(attempt)
        }
        slices += played.slices
        asides += played.asides
        singles += played.singles
        joins += played.joins
    }
}
