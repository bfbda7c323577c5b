import Attempts
import IdentityModel
import Testing

@Suite("Completions that are nobody's try") struct NobodysTryTests {
    private func enrolled(_ at: Double, actor: UInt128 = 1, tie: UInt64 = 1, session: UInt64 = 0)
        -> Happening
    {
        happens(
            .mfaEnrolment, "complete", .success, at: at, actor: actor, tie: tie, session: session)
    }

    private func login(_ at: Double, actor: UInt128 = 1, tie: UInt64 = 0, session: UInt64 = 0)
        -> Happening
    {
        happens(
            .login, "complete", .success, at: at, actor: actor, origin: 1, tie: tie,
            session: session)
    }

    // MARK: Echo

    @Test func `a completion repeated within 2 s is an echo`() {
        #expect(play([enrolled(0), enrolled(2)]).kinds == [.echo])
        #expect(play([enrolled(0), enrolled(2.000_001)]).kinds == [])
        #expect(
            play([enrolled(0, tie: 0, session: 5), enrolled(1, tie: 0, session: 5)]).kinds == [
                .echo
            ])
        #expect(play([enrolled(0), enrolled(1)]).attempts.count == 1)
    }

    @Test func `an echo needs the same actor, journey and correlation or session`() {
        #expect(play([enrolled(0), enrolled(1, tie: 2)]).kinds == [])
        #expect(play([enrolled(0), enrolled(1, actor: 2)]).kinds == [])
        #expect(play([enrolled(0, actor: 0), enrolled(1, actor: 0)]).kinds == [])
        #expect(
            play([enrolled(0), happens(.consent, "complete", .success, at: 1, actor: 1, tie: 1)])
                .kinds == [])
        #expect(play([enrolled(0, tie: 0), enrolled(1, tie: 0)]).kinds == [])
    }

    @Test func `an event of that journey and actor between prevents an echo`() {
        let between = happens(.mfaEnrolment, "offer", at: 0.5, actor: 1, tie: 9)
        #expect(play([enrolled(0), between, enrolled(1)]).kinds == [])
        #expect(play([enrolled(0), between.with { $0.name = 2 }, enrolled(1)]).kinds == [.echo])
        #expect(
            play([enrolled(0), between.with { $0.journey = .consent }, enrolled(1)]).kinds == [
                .echo
            ])
    }

    @Test func `a run of echoes goes on as long as each follows within 2 s`() {
        #expect(
            play((0..<5).map { enrolled(Double($0) * 2) }).kinds
                == Array(repeating: .echo, count: 4))
    }

    @Test func `echoes are found among thousands of completions of the same second`() {
        let twins = (1...5000).flatMap { number in
            [0.0, 1.0].map {
                enrolled(
                    $0 + Double(number) / 1_000_000, actor: UInt128(number), tie: UInt64(number))
            }
        }
        let played = play(twins)
        #expect(played.kinds.count == 5000)
        #expect(played.attempts.count == 5000)
    }

    // MARK: Single sign-on

    @Test(arguments: [0.0, 23 * hour + 59 * minute])
    func `a session seen in a completion of the 24 h before is single sign-on`(start: Double) {
        let first = login(start, session: 5)
        #expect(play([first, login(start + 24 * hour, actor: 2, session: 5)]).kinds == [.sso])
        #expect(
            play([first, login(start + 24 * hour + 0.000_001, actor: 2, session: 5)]).kinds == [])
        #expect(play([first, login(start + 60, session: 6)]).kinds == [])
    }

    @Test func `single sign-on itself shows its session again`() {
        #expect(
            play([0, 20, 40, 60].map { login($0 * hour, session: 5) }).kinds == [.sso, .sso, .sso])
    }

    @Test func `only login completions are single sign-on, and any completion shows a session`() {
        let consent = happens(.consent, "complete", .success, at: 0, actor: 1, tie: 3, session: 5)
        #expect(play([consent, login(60, session: 5)]).kinds == [.sso])
        #expect(play([login(0, session: 5), consent.with { $0.at = time(60) }]).kinds == [])
    }

    @Test func `what the dialect calls silent is single sign-on`() {
        let silent = login(0).with { $0.flags = .silent }
        #expect(play([silent]).kinds == [.sso])
        let single = happens(.session, "sso", .success, at: 0, actor: 1).with { $0.flags = .silent }
        let played = play([single])
        #expect(played.kinds == [.sso])
        #expect(played.singles == 1)
    }

    @Test func `a failure before single sign-on keeps its attempt`() {
        let played = play([
            login(0, session: 5),
            happens(.login, "credential", .failure, .badCredential, at: 60, actor: 1, origin: 1),
            login(70, session: 5),
        ])
        #expect(played.kinds == [.sso])
        #expect(played.attempts.map(\.result) == [.completed, .failed])
    }

    // MARK: Chained

    private func registered(_ at: Double, tie: UInt64 = 1, session: UInt64 = 0) -> Happening {
        happens(.registration, "complete", .success, at: at, actor: 1, tie: tie, session: session)
    }

    @Test func `a login within 60 s of a completed registration or reset is chained`() {
        #expect(play([registered(0), login(60, tie: 1)]).kinds == [.chained])
        #expect(play([registered(0), login(60.000_001, tie: 1)]).kinds == [])
        #expect(play([registered(0), login(30, tie: 2)]).kinds == [])
        let reset = [
            happens(.passwordReset, "request", .success, at: 0, actor: 1, tie: 1),
            happens(.passwordReset, "complete", .success, at: 10, actor: 1, tie: 1),
        ]
        #expect(play(reset + [login(40, tie: 1)]).kinds == [.chained])
        #expect(play([reset[1], login(40, tie: 1)]).kinds == [.unanchored])
    }

    @Test func `a credential step between makes the login a try of its own`() {
        let credential = happens(.login, "credential", .success, at: 5, actor: 1, tie: 1)
        #expect(play([registered(0), credential, login(10, tie: 1)]).kinds == [])
        // The credential step is tied to the login by its session, the registration by its correlation.
        let session = happens(
            .login, "credential", .failure, .badCredential, at: 5, actor: 1, session: 8)
        #expect(play([registered(0), session, login(10, tie: 1, session: 8)]).kinds == [])
        #expect(play([registered(0), session, login(10, tie: 1, session: 9)]).kinds == [.chained])
    }

    @Test func `a credential step before the registration does not unchain`() {
        let credential = happens(
            .login, "credential", .failure, .unknownUser, at: 0, actor: 1, tie: 1)
        #expect(play([credential, registered(5), login(10, tie: 1)]).kinds == [.chained])
    }

    // MARK: Unanchored and noise

    @Test(arguments: [JourneyID.passwordReset, .accountRecovery, .stepUp])
    func `a completion that no attempt awaits is unanchored`(journey: JourneyID) {
        let last = JourneyCatalog()[journey].steps.last ?? ""
        let completion = happens(journey, last, .success, at: 10, actor: 1, origin: 1)
        let played = play([completion])
        #expect(played.kinds == [.unanchored])
        #expect(played.attempts.isEmpty)
        let opening = happens(
            journey, JourneyCatalog()[journey].steps[0], at: 0, actor: 1, origin: 1)
        #expect(play([opening, completion]).attempts.map(\.result) == [.completed])
    }

    @Test(arguments: [JourneyID.login, .registration, .mfaEnrolment, .consent])
    func `elsewhere a completion alone is a completed attempt`(journey: JourneyID) {
        let last = JourneyCatalog()[journey].steps.last ?? ""
        let played = play([happens(journey, last, .success, at: 0, actor: 1)])
        #expect(played.attempts.map(\.result) == [.completed])
        #expect(played.kinds == [])
    }

    @Test func `set-up failures without an actor are noise`() {
        let expired = happens(.login, "start", .failure, .expired, at: 0, origin: 1)
        let technical = happens(.login, "start", .failure, .technical, at: 1, origin: 1)
        func isNoise(_ more: Happening...) -> [Bool] {
            play([expired, technical] + more).attempts.map(\.isNoise)
        }
        #expect(isNoise() == [true])
        #expect(isNoise(happens(.login, "start", at: 2, origin: 1)) == [false])
        #expect(isNoise(happens(.login, "start", .failure, .other, at: 2, origin: 1)) == [false])
        #expect(
            isNoise(happens(.login, "credential", .failure, .technical, at: 2, origin: 1)) == [
                false
            ])
        #expect(
            isNoise(happens(.login, "start", .failure, .technical, at: 2, actor: 1, origin: 1)) == [
                false
            ])
        let consent = happens(.consent, "prompt", .failure, .technical, at: 0, origin: 1)
        #expect(play([consent]).attempts.map(\.isNoise) == [false])
    }
}
