import Attempts
import IdentityModel
import Testing

@Suite("What becomes of an attempt") struct OutcomeTests {
    private func only(_ happenings: Happening...) throws -> Attempt {
        let played = play(happenings)
        try #require(played.attempts.count == 1)
        return played.attempts[0]
    }

    private let start = happens(.login, "start", at: 0, actor: 1, tie: 1)
    private let wrong = happens(
        .login, "credential", .failure, .badCredential, at: 1, actor: 1, tie: 1)
    private let refused = happens(.login, "mfa", .denied, .userCancelled, at: 2, actor: 1, tie: 1)
    private let passed = happens(.login, "credential", .success, at: 3, actor: 1, tie: 1)
    private let done = happens(.login, "complete", .success, at: 4, actor: 1, tie: 1)

    @Test func `the last event that is not progress decides an unfinished attempt`() throws {
        #expect(try only(start).result == .abandoned)
        #expect(try only(start, wrong).result == .failed)
        #expect(try only(start, wrong, refused).result == .denied)
        #expect(try only(start, wrong, refused, passed).result == .abandoned)
        #expect(try only(wrong, happens(.login, "mfa", at: 2, actor: 1, tie: 1)).result == .failed)
        #expect(try only(refused, wrong.with { $0.at = time(5) }).result == .failed)
    }

    @Test func `a failure that a retry heals is no failed attempt, and no first try`() throws {
        let healed = try only(start, wrong, done)
        #expect(healed.result == .completed)
        #expect(!healed.isFirstTry)
        #expect(try !only(start, refused, done).isFirstTry)
        #expect(try only(start, passed, done).isFirstTry)
    }

    @Test func `a last step that did not succeed completes nothing`() throws {
        let failed = happens(.passwordReset, "complete", .failure, .other, at: 1, actor: 1, tie: 1)
        #expect(try only(failed).result == .failed)
        #expect(try only(failed).completedAt == nil)
    }

    @Test func `tries count submissions, and a completion without a credential success before it`()
        throws
    {
        #expect(try only(done).tries == 1)
        #expect(try only(passed, done).tries == 1)
        #expect(try only(wrong, done).tries == 2)
        #expect(try only(wrong, passed, done).tries == 2)
        let code = happens(.login, "mfa", .success, at: 3.5, actor: 1, tie: 1)
        #expect(try only(passed, code, done).tries == 2)
        #expect(try only(code, done).tries == 2)
        #expect(try only(start, refused).tries == 0)
        let prompted = happens(.login, "mfa", at: 3.5, actor: 1, tie: 1)
        #expect(try only(passed, prompted).tries == 1)
    }

    @Test func `of the other journeys only step-up counts tries`() throws {
        let challenge = happens(.stepUp, "challenge", at: 0, actor: 1, tie: 1)
        #expect(try only(challenge).tries == 0)
        #expect(
            try only(challenge, happens(.stepUp, "complete", .success, at: 1, actor: 1, tie: 1))
                .tries == 1)
        #expect(
            try only(happens(.registration, "complete", .success, at: 1, actor: 1, tie: 1)).tries
                == 0)
    }

    @Test func `duration is known only where the first event is an opening step`() throws {
        #expect(try only(start, passed, done).durationMilliseconds == 4000)
        #expect(try only(passed, done).durationMilliseconds == nil)
        #expect(try only(start, passed).durationMilliseconds == nil)
        let opened = start.with { $0.outcome = .failure }
        #expect(try only(opened, done.with { $0.at += 999 }).durationMilliseconds == 4000)
    }

    @Test func `values are of the first event that has one, method and assurance of the last`()
        throws
    {
        let attempt = try only(
            start.with { $0.dialect = 1 },
            wrong.with {
                $0.client = 2
                $0.userAgentClass = .mobile
                $0.actorKind = .workforce
                $0.method = .password
                $0.assurance = 6
                $0.dialect = 9
            },
            refused.with {
                $0.client = 3
                $0.segments = 4
                $0.userAgentClass = .desktop
                $0.actorKind = .customer
                $0.method = .otp
            })
        #expect(attempt.dialect == 1)
        #expect(attempt.client == 2)
        #expect(attempt.segments == 4)
        #expect(attempt.userAgentClass == .mobile)
        #expect(attempt.actorKind == .workforce)
        #expect(attempt.method == .otp)
        #expect(attempt.assurance == 6)
    }

    @Test func `an attempt is triggered by the risk of the event that opens it`() throws {
        #expect(try only(start.with { $0.risk = 1 }, wrong).isTriggered)
        #expect(try !only(start, wrong.with { $0.risk = 1 }).isTriggered)
    }

    @Test func `a takeover suspect's completion is itself marked`() throws {
        let marked = try only(wrong.marked(2), done)
        #expect(marked.isSuspect && !marked.isTakeoverSuspect)
        #expect(marked.signals.indexes == [2])
        let taken = try only(wrong.marked(2), done.marked(5))
        #expect(taken.isTakeoverSuspect)
        #expect(taken.signals.indexes == [2, 5])
        #expect(try !only(wrong, done).isSuspect)
    }

    @Test(arguments: [
        JourneyID.login, .registration, .passwordReset, .mfaEnrolment, .stepUp, .consent,
        .accountRecovery,
    ])
    func `an attempt is open until the watermark is past first event and limit`(journey: JourneyID)
        throws
    {
        let definition = JourneyCatalog()[journey]
        let limit = Double(definition.limit) / 1_000_000
        let completed = [
            happens(journey, definition.steps[0], at: 30, actor: 1, tie: 1),
            happens(journey, definition.steps.last ?? "", .success, at: 31, actor: 1, tie: 1),
        ]
        let before = play(completed, until: 30 + limit)
        #expect(before.matured.isEmpty)
        #expect(before.open.map(\.result) == [.completed])
        let after = play(completed, until: 30 + limit + 0.000_001)
        #expect(after.open.isEmpty)
        #expect(after.matured.map(\.result) == [.completed])
        #expect(after.slices == [Timestamp.slice(time(30 + limit))])
    }

    @Test func `any event of any journey moves the watermark`() {
        let played = play([start, happens(.support, "contact", at: 30 * minute + 0.000_001)])
        #expect(played.matured.count == 1)
        #expect(played.singles == 1)
    }
}
