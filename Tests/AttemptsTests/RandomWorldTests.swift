import Attempts
import IdentityModel
import LockstepTesting
import Testing

@Suite("The attempt machine against the words") struct RandomWorldTests {
    /// What a world is made of; each kind aims at another corner of the index.
    enum World: CaseIterable, Sendable {
        /// Few correlations and many actors: attempts fill up.
        case crowded
        /// Hardly an actor and few origins: attempts begin without one.
        case faceless
        /// Many origins for few actors: keys come late.
        case wandering
        /// All journeys with completions, twins, sessions and MFA-only events.
        case everything
        /// The journeys of days.
        case slow
        /// Hundreds of attempts at once, opening and maturing: the index grows and is emptied.
        case busy

        var seeds: UInt64 { self == .busy ? 2 : 300 }
        var eventCount: Int { self == .busy ? 500 : 60 }
    }

    @Test(arguments: World.allCases)
    func `gives the attempts that a naive reading gives`(world: World) {
        for seed in 0..<world.seeds {
            let events = Self.events(world, seed: seed)
            var naive = NaiveAttempts()
            for event in events { naive.take(event) }
            let played = play(events)
            for journey in JourneyCatalog().attemptJourneys {
                let found = played.attempts.filter { $0.journey == journey }.map {
                    AttemptFacts($0)
                }
                let expected = naive.tries.filter { $0.journey == journey }.map { AttemptFacts($0) }
                if found == expected { continue }
                #expect(found == expected, "\(world), seed \(seed), journey \(journey.rawValue)")
                return
            }
            if played.asides == naive.asides { continue }
            #expect(played.asides == naive.asides, "\(world), seed \(seed)")
            return
        }
    }

    /// Events in canonical order; each of up to 64 is marked by a signal of its own.
    static func events(_ world: World, seed: UInt64) -> [Happening] {
        var random = SeededGenerator(
            seed: seed &* 31 &+ UInt64(World.allCases.firstIndex(of: world) ?? 0))
        var at = dawn + Int64.random(in: 0..<24, using: &random) * Timestamp.hour
        var journeys = journeys(world)
        if random.happens(50) { journeys = [journeys.randomElement(using: &random) ?? .login] }
        var events: [Happening] = []
        for _ in 0..<world.eventCount {
            at += pause(world, &random)
            events.append(
                event(world, at: at, journeys.randomElement(using: &random) ?? .login, &random))
            if random.happens(world == .everything ? 15 : 2), let twin = events.last {
                events.append(
                    twin.with {
                        $0.at += random.happens(50) ? 0 : 1_000_000
                        $0.id = random.pseudonym()
                    })
            }
        }
        var ordered = events.sorted { IdentityEvent.precedes($0.event, $1.event) }
        ordered.removeLast(ordered.count - world.eventCount)
        for index in ordered.indices { ordered[index].signals = SignalSet(index: index % 64) }
        return ordered
    }

    private static func journeys(_ world: World) -> [JourneyID] {
        switch world {
        case .crowded, .faceless, .wandering: [.login, .mfaEnrolment, .stepUp, .consent]
        case .everything: JourneyCatalog().attemptJourneys + [.login, .login]
        case .busy: [.consent]
        case .slow: [.registration, .passwordReset, .accountRecovery, .login]
        }
    }

    private static func pause(_ world: World, _ random: inout SeededGenerator) -> Int64 {
        let seconds: [Int64] =
            switch world {
            case .crowded, .faceless, .wandering: [0, 1, 5, 20, 60, 120, 300, 600, 601]
            case .everything: [0, 1, 1, 2, 3, 10, 30, 60, 61, 600, 3600, 86_400]
            case .busy: [0, 1, 2, 5, 10]
            case .slow: [0, 30, 60, 3600, 7200, 21_600, 43_200, 86_400]
            }
        return (seconds.randomElement(using: &random) ?? 0) * 1_000_000
    }

    private static func event(
        _ world: World, at: Int64, _ journey: JourneyID, _ random: inout SeededGenerator
    ) -> Happening {
        func pick(_ none: Int, _ count: UInt32) -> UInt32 {
            random.happens(none) ? 0 : UInt32.random(in: 1...count, using: &random)
        }
        var event = IdentityEvent()
        event.id = random.pseudonym()
        event.at = at
        event.journey = journey
        event.step = UInt8.random(in: 0...JourneyCatalog()[journey].lastStep, using: &random)
        event.outcome = Outcome.allCases.randomElement(using: &random) ?? .progress
        event.reason =
            [.badCredential, .technical, .expired, .locked, .other].randomElement(using: &random) ?? .other
        event.actorKind =
            [.unknown, .customer, .workforce].randomElement(using: &random) ?? .unknown
        event.method = [.none, .password, .otp].randomElement(using: &random) ?? .none
        event.span = random.happens(10) ? .request : .browser
        event.client = pick(50, 3)
        event.risk = pick(80, 1)
        switch world {
        case .crowded:
            event.name = UInt128(pick(10, 6))
            event.address = address(pick(40, 3))
            event.correlation = UInt64(pick(20, 2))
        case .faceless:
            event.name = UInt128(pick(75, 4))
            event.address = address(pick(15, 3))
            event.correlation = UInt64(pick(70, 3))
        case .wandering:
            event.name = UInt128(pick(20, 3))
            event.address = address(pick(10, 6))
            event.correlation = UInt64(pick(50, 3))
        case .busy:
            event.name = UInt128(pick(30, 400))
            event.address = address(pick(10, 300))
            event.correlation = UInt64(pick(30, 400))
        case .everything, .slow:
            event.name = UInt128(pick(20, 4))
            event.address = address(pick(20, 3))
            event.correlation = UInt64(pick(40, 4))
            event.session = UInt64(pick(50, 5))
        }
        if event.outcome == .success, world != .everything, random.happens(60) {
            event.outcome = .failure
        }
        if world == .everything {
            if journey == .login, event.step == LoginStep.mfa, random.happens(50) {
                event.flags = .floating
            }
            if journey == .login, event.step == LoginStep.complete, random.happens(5) {
                event.flags = .silent
            }
        }
        return Happening(event: event)
    }
}
