import Attempts
import IdentityModel
import Testing

@Suite("Which attempt an event joins") struct JoiningTests {
    @Test(arguments: [
        (JourneyID.login, 10 * minute), (.registration, 24 * hour), (.passwordReset, 24 * hour),
        (.mfaEnrolment, 30 * minute), (.stepUp, 10 * minute), (.consent, 10 * minute),
        (.accountRecovery, 24 * hour),
    ])
    func `an event joins up to the gap and not after it`(journey: JourneyID, gap: Double) {
        func attempts(_ pause: Double) -> Int {
            let first = happens(
                journey, JourneyCatalog()[journey].steps[0], at: 0, actor: 1, origin: 1, tie: 1)
            return play([first, first.with { $0.at = time(pause) }]).attempts.count
        }
        #expect(attempts(gap) == 1)
        #expect(attempts(gap + 0.000_001) == 2)
    }

    @Test(arguments: [
        (JourneyID.login, 30 * minute, 9 * minute), (.registration, 72 * hour, 23 * hour),
        (.mfaEnrolment, hour, 29 * minute), (.stepUp, 30 * minute, 9 * minute),
        (.consent, 30 * minute, 9 * minute), (.accountRecovery, 72 * hour, 23 * hour),
    ])
    func `an event joins up to the limit and not after it`(
        journey: JourneyID, limit: Double, pause: Double
    ) {
        func attempts(_ last: Double) -> Int {
            let times = Array(stride(from: 0, to: limit, by: pause)) + [last]
            let events = times.map {
                happens(journey, JourneyCatalog()[journey].steps[0], at: $0, actor: 1, tie: 1)
            }
            return play(events).attempts.count
        }
        #expect(attempts(limit) == 1)
        #expect(attempts(limit + 0.000_001) == 2)
    }

    @Test func `a completed attempt takes no more events`() {
        let played = play([
            happens(.login, "complete", .success, at: 0, actor: 1, origin: 1, tie: 1),
            happens(
                .login, "credential", .failure, .badCredential, at: 5, actor: 1, origin: 1, tie: 1),
        ])
        #expect(played.attempts.map(\.result) == [.completed, .failed])
    }

    @Test func `a fourth actor on one correlation opens another attempt`() {
        let guesses = (1...4).map {
            happens(
                .login, "credential", .failure, .unknownUser, at: Double($0), actor: UInt128($0),
                origin: 1, tie: 7)
        }
        #expect(play(guesses).attempts.map(\.actorList) == [[1, 2, 3], [4]])
    }

    @Test func `an older full attempt still takes an actor that it holds`() {
        var guesses = (1...4).map {
            happens(
                .login, "credential", .failure, .unknownUser, at: Double($0), actor: UInt128($0),
                origin: 1, tie: 7)
        }
        // Actor 4's attempt is newer and has room, so actor 5 joins it; actor 4's attempt is also the
        // newest for actor 2, who would be its third.
        guesses.append(
            happens(
                .login, "credential", .failure, .unknownUser, at: 5, actor: 5, origin: 1, tie: 7))
        guesses.append(
            happens(
                .login, "credential", .failure, .unknownUser, at: 6, actor: 2, origin: 1, tie: 7))
        #expect(play(guesses).attempts.map(\.actorList) == [[1, 2, 3], [2, 4, 5]])
        // Now both are full: actor 1 is known to the older one alone.
        guesses.append(
            happens(.login, "mfa", .failure, .mfaFailed, at: 7, actor: 1, origin: 9, tie: 7))
        let played = play(guesses)
        #expect(played.attempts.map(\.actorList) == [[1, 2, 3], [2, 4, 5]])
        #expect(played.attempts.first?.stepsReached == 1 << 1 | 1 << 2)
    }

    @Test func `a full attempt takes an event without actor`() {
        let guesses = (1...3).map {
            happens(
                .login, "credential", .failure, .unknownUser, at: Double($0), actor: UInt128($0),
                tie: 7)
        }
        let played = play(guesses + [happens(.login, "complete", .success, at: 4, tie: 7)])
        #expect(played.attempts.map(\.result) == [.completed])
    }

    @Test func `a correlation that spans one request ties nothing`() {
        let events = (0...1).map { index in
            happens(
                .login, "credential", .failure, .badCredential, at: Double(index),
                actor: UInt128(index + 1), tie: 7
            )
            .with { $0.span = .request }
        }
        #expect(play(events).attempts.count == 2)
    }

    @Test func `correlation is preferred to actor and origin`() {
        let played = play([
            happens(.login, "start", at: 0, actor: 1, origin: 1, tie: 1),
            happens(.login, "start", at: 1, actor: 1, origin: 2, tie: 2),
            happens(.login, "complete", .success, at: 2, actor: 1, origin: 2, tie: 1),
        ])
        #expect(played.attempts.map(\.result) == [.completed, .abandoned])
    }

    @Test func `a login goes on for the same actor at the same origin, not elsewhere`() {
        let first = happens(
            .login, "credential", .failure, .badCredential, at: 0, actor: 1, origin: 1)
        let second = happens(.login, "complete", .success, at: 1, actor: 1, origin: 1)
        #expect(play([first, second]).attempts.count == 1)
        #expect(play([first, second.with { $0.address = address(2) }]).attempts.count == 2)
    }

    @Test func `an actor who came late to an attempt is found at its earlier origins`() {
        // The second event brings a new actor and a new origin at once.
        let played = play([
            happens(
                .login, "credential", .failure, .badCredential, at: 0, actor: 1, origin: 1, tie: 1),
            happens(
                .login, "credential", .failure, .badCredential, at: 1, actor: 2, origin: 2, tie: 1),
            happens(.login, "complete", .success, at: 2, actor: 2, origin: 1),
        ])
        #expect(played.attempts.map(\.result) == [.completed])
    }

    @Test(arguments: [JourneyID.registration, .passwordReset, .accountRecovery])
    func `a link may be opened on another device`(journey: JourneyID) {
        let steps = JourneyCatalog()[journey].steps
        let played = play([
            happens(journey, steps[0], .success, at: 0, actor: 1, origin: 1),
            happens(journey, steps.last ?? "", .success, at: 60, actor: 1, origin: 2),
        ])
        #expect(played.attempts.map(\.result) == [.completed])
    }

    @Test func `a page view without actor joins the person who follows from its origin`() {
        let played = play([
            happens(.login, "start", at: 0, origin: 1),
            happens(.login, "complete", .success, at: 1, actor: 1, origin: 1),
            happens(.login, "complete", .success, at: 2, actor: 2, origin: 1, session: 2),
        ])
        #expect(played.attempts.map(\.actorList) == [[1], [2]])
        #expect(played.attempts.map(\.showsOpening) == [true, false])
    }

    @Test func `an opening step without actor does not join a known person's attempt`() {
        let known = happens(
            .login, "credential", .failure, .badCredential, at: 0, actor: 1, origin: 1)
        #expect(play([known, happens(.login, "start", at: 1, origin: 1)]).attempts.count == 2)
        #expect(play([known, happens(.login, "mfa", at: 1, origin: 1)]).attempts.count == 1)
    }

    @Test func `of two attempts that fit, the one opened last is joined, not the one used last`() {
        let played = play([
            happens(.login, "start", at: 0, actor: 1, origin: 1, tie: 1),
            happens(.login, "start", at: 1, actor: 1, origin: 2, tie: 2),
            happens(
                .login, "credential", .failure, .badCredential, at: 2, actor: 1, origin: 2, tie: 1),
            happens(.login, "complete", .success, at: 3, actor: 1, origin: 2),
        ])
        #expect(played.attempts.map(\.result) == [.failed, .completed])
    }

    @Test func `canonical order is time, step, outcome, id`() {
        var events = [Happening]()
        for outcome in [Outcome.progress, .failure, .denied, .success] {
            for step in ["start", "credential"] {
                for id in 1...2 {
                    let event = happens(.login, step, outcome, at: 1).with { $0.id = UInt128(id) << 64 }
                    events.append(event)
                    events.append(event.with { $0.at -= 1 })
                }
            }
        }
        let ordered = events.map(\.event).sorted(by: IdentityEvent.precedes)
        let keys = ordered.map { ($0.at, $0.step, $0.outcome.rawValue, $0.id) }
        #expect(zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 })
        var batch = EventBatch()
        for event in ordered { batch.append(event) }
        for a in 0..<batch.count {
            for b in 0..<batch.count { #expect(batch.precedes(a, b) == (a < b)) }
        }
        #expect(Outcome.allCases.map(\.word) == ["progress", "failure", "denied", "success"])
    }
}
