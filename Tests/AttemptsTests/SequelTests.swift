import Attempts
import IdentityModel
import Testing

@Suite("What a watched attempt's actors do next") struct SequelTests {
    /// A marked failure of actor 1 at 0; the attempt matures at 30 min.
    private let marked = happens(.login, "credential", .failure, .badCredential, at: 0, actor: 1, origin: 9).marked(0)

    private func login(_ at: Double, actor: UInt128 = 1, origin: UInt32 = 2) -> Happening {
        happens(.login, "complete", .success, at: at, actor: actor, origin: origin)
    }

    private func isFollowed(_ next: [Happening]) -> Bool? {
        play([marked] + next, until: 2 * hour).matured.first { $0.isSuspect }?.hasQuietSequel
    }

    @Test func `an unmarked login before maturity follows it`() {
        #expect(isFollowed([]) == false)
        #expect(isFollowed([login(20 * minute)]) == true)
        #expect(isFollowed([login(30 * minute)]) == true)
        #expect(isFollowed([login(30 * minute + 0.000_001)]) == false)
        #expect(isFollowed([login(20 * minute, actor: 2)]) == false)
        #expect(isFollowed([login(20 * minute).marked(3)]) == false)
        let reset = happens(.passwordReset, "request", at: 60, actor: 1, origin: 2)
        let done = happens(.passwordReset, "complete", .success, at: 90, actor: 1, origin: 2)
        #expect(isFollowed([reset, done]) == false)
    }

    @Test func `a login of which any event is marked does not follow it`() {
        let typo = happens(.login, "credential", .failure, .badCredential, at: 20 * minute, actor: 1, origin: 2)
        #expect(isFollowed([typo, login(21 * minute)]) == true)
        #expect(isFollowed([typo.marked(1), login(21 * minute)]) == false)
    }

    @Test func `a marked event after the login spoils it, until maturity`() {
        let again = { (at: Double) in
            happens(.login, "credential", .failure, .badCredential, at: at, actor: 1, origin: 9).marked(0)
        }
        #expect(isFollowed([login(20 * minute), again(20 * minute + 1)]) == false)
        #expect(isFollowed([login(20 * minute), again(30 * minute)]) == false)
        #expect(isFollowed([login(20 * minute), again(30 * minute + 1)]) == true)
        #expect(isFollowed([login(20 * minute), again(21 * minute), login(29 * minute, origin: 3)]) == true)
        let single = happens(.account, "password_changed", .success, at: 21 * minute, actor: 1).marked(2)
        #expect(isFollowed([login(20 * minute), single]) == false)
    }

    @Test func `the provider's own blocks are watched though no signal marks them`() {
        for (reason, isBlock) in [(Reason.locked, true), (.rateLimited, true), (.policyDenied, true), (.badCredential, false)] {
            let refused = happens(.login, "credential", .failure, reason, at: 0, actor: 1, origin: 9)
            let attempt = play([refused, login(20 * minute)], until: 2 * hour).matured.first
            #expect(attempt?.isProviderBlocked == isBlock && attempt?.isSuspect == false)
            #expect(attempt?.hasQuietSequel == isBlock)
        }
        let healed = [
            happens(.login, "credential", .failure, .locked, at: 0, actor: 1, origin: 9), login(60, origin: 9),
        ]
        #expect(play(healed, until: hour).matured.first?.isProviderBlocked == false)
    }

    @Test func `a familiar actor makes an attempt look genuine`() {
        var familiar = marked
        familiar.isFamiliar = true
        let attempt = play([familiar], until: hour).matured.first
        #expect(attempt?.isFamiliarLooking == true && attempt?.looksGenuine == true)
        #expect(play([marked], until: hour).matured.first?.looksGenuine == false)
    }

    @Test func `a stale credential is another reason, and the same block`() {
        var stale = happens(.login, "credential", .failure, .locked, at: 0, actor: 1, origin: 9)
        stale.isStaleCredential = true
        let attempt = play([stale, marked.with { $0.at = time(1) }], until: hour).matured.first
        #expect(attempt?.reasons[Int(Reason.staleCredential.rawValue)] == 1)
        #expect(attempt?.reasons[Int(Reason.badCredential.rawValue)] == 1)
        #expect(attempt?.reasons[Int(Reason.locked.rawValue)] == 0)
        #expect(attempt?.isProviderBlocked == true)
    }

    @Test func `an event that its actor led to an attempt is told`() {
        let first = happens(.login, "credential", .failure, .badCredential, at: 0, actor: 1, origin: 9, tie: 5)
        let byActor = happens(.login, "credential", .failure, .badCredential, at: 10, actor: 1, origin: 9, tie: 6)
        let byTie = happens(.login, "credential", .failure, .badCredential, at: 20, actor: 1, origin: 9, tie: 5)
        let byOrigin = happens(.login, "mfa", at: 30, origin: 9)
        let elsewhere = happens(.login, "credential", .failure, .badCredential, at: 40, actor: 1, origin: 8)
        let played = play([first, byActor, byTie, byOrigin, elsewhere])
        #expect(played.joins == [time(10)])
        #expect(played.attempts.count == 2)
        // Links are opened on other devices: the actor alone leads there.
        let asked = happens(.passwordReset, "request", at: 0, actor: 3, origin: 1)
        let opened = happens(.passwordReset, "open", at: 60, actor: 3, origin: 2)
        #expect(play([asked, opened]).joins == [time(60)])
    }

    @Test(arguments: RandomWorldTests.World.allCases)
    func `is what the words say, in random worlds`(world: RandomWorldTests.World) {
        var followed = 0
        for seed in 0..<min(100, world.seeds) {
            let events = RandomWorldTests.events(world, seed: seed).map { one in
                var one = one
                if one.event.id % 3 != 0 { one.signals = [] }
                return one
            }
            let played = play(events)
            for attempt in played.matured where attempt.isSuspect || attempt.hasProviderBlock {
                let expected = Self.follows(attempt, events, played.attempts)
                #expect(attempt.hasQuietSequel == expected, "\(world), seed \(seed)")
                if expected { followed += 1 }
            }
        }
        if world == .everything { #expect(followed > 0) }
    }

    /// The definition, word by word.
    private static func follows(_ attempt: Attempt, _ events: [Happening], _ all: [Attempt]) -> Bool {
        let end = attempt.firstAt + JourneyCatalog()[attempt.journey].limit
        return all.contains { login in
            guard login.journey == .login, login.signals.isEmpty, let at = login.completedAt,
                at > attempt.lastAt, at <= end, attempt.actors.contains(login.completingActor)
            else { return false }
            return !events.contains { one in
                !one.signals.isEmpty && one.event.actor == login.completingActor && one.event.at > at
                    && one.event.at <= end
            }
        }
    }
}
