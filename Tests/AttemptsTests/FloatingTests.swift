import Attempts
import IdentityModel
import Testing

@Suite("Events of an MFA-only source") struct FloatingTests {
    private func factor(_ outcome: Outcome, at: Double, actor: UInt128 = 1, origin: UInt32 = 1)
        -> Happening
    {
        happens(
            .login, "mfa", outcome, outcome == .success ? .none : .mfaFailed, at: at, actor: actor,
            origin: origin
        )
        .floating
    }

    @Test func `it joins a live login of its actor, wherever it comes from`() throws {
        let played = play([
            happens(.login, "credential", .success, at: 0, actor: 1, origin: 1),
            factor(.success, at: 5, origin: 2),
            happens(.login, "complete", .success, at: 6, actor: 1, origin: 1),
        ])
        let attempt = try #require(played.attempts.first)
        #expect(played.attempts.count == 1)
        #expect(attempt.result == .completed)
        #expect(attempt.usesSecondFactor)
        #expect(attempt.stepsReached == 0b1110)
        #expect(attempt.tries == 2)
    }

    @Test func `it opens step-up within 24 h of a login of its actor`() {
        let login = happens(.login, "complete", .success, at: 0, actor: 1, origin: 1)
        #expect(
            play([login, factor(.success, at: 24 * hour)]).attempts.map(\.journey) == [
                .login, .stepUp,
            ])
        #expect(
            play([login, factor(.success, at: 24 * hour + 0.000_001)]).attempts.map(\.journey) == [
                .login, .login,
            ])
        #expect(
            play([login, factor(.success, at: 60, actor: 2)], until: hour).attempts.map(\.journey)
                == [.login, .login])
    }

    @Test func `a step-up that fails and is repeated is one attempt`() {
        let played = play([
            happens(.login, "complete", .success, at: 0, actor: 1, origin: 1),
            factor(.failure, at: 60), factor(.success, at: 70),
        ])
        #expect(played.attempts.map(\.journey) == [.login, .stepUp])
        #expect(played.attempts.map(\.result) == [.completed, .completed])
        #expect(played.attempts.map(\.isFirstTry) == [true, false])
        #expect(played.kinds == [])
    }

    @Test func `elsewhere it opens a login that its success completes`() {
        #expect(play([factor(.success, at: 0)]).attempts.map(\.result) == [.completed])
        let played = play([
            factor(.failure, at: 0), factor(.failure, at: 5), factor(.success, at: 10),
        ])
        #expect(played.attempts.map(\.result) == [.completed])
        #expect(played.attempts.map(\.durationMilliseconds) == [nil])
        #expect(played.attempts.map(\.tries) == [3])
        #expect(play([factor(.denied, at: 0)]).attempts.map(\.result) == [.denied])
    }

    @Test func `the login that a page view opened goes on past it`() {
        let view = happens(.login, "start", at: 0, origin: 1)
        let completion = happens(.login, "complete", .success, at: 9, actor: 1, origin: 1)
        for events in [
            [factor(.success, at: 5)], [factor(.failure, at: 4), factor(.success, at: 5)],
        ] {
            let played = play([view] + events + [completion])
            #expect(played.attempts.map(\.result) == [.completed])
            #expect(played.attempts.map(\.durationMilliseconds) == [9000])
        }
    }

    @Test func `without an actor it ties to nobody's earlier login`() {
        let login = happens(.login, "complete", .success, at: 0, origin: 1)
        let played = play([login, factor(.success, at: 60, actor: 0)])
        #expect(played.attempts.map(\.journey) == [.login, .login])
    }
}
