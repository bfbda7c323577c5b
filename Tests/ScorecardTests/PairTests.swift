import IdentityModel
import Measures
import Scorecard
import Testing

@Suite("Pairs") struct PairTests {
    @Test(arguments: [
        (JourneyID.login, "login"), (.mfaEnrolment, "mfa_enrolment"),
        (.registration, "registration"),
        (.consent, "consent"), (.stepUp, "step_up"),
    ])
    func `where only completions are shown, nobody can be seen to give up`(
        journey: JourneyID, id: String
    ) throws {
        var shop = ShopCells()
        shop.add(journey, [50, 0, 0, 0])
        #expect(
            shop.card().pair(id)?.experience.unobservable?.contains("no source shows the journey")
                == true)
        shop.show(journey, "complete")
        let pair = try #require(shop.card().pair(id))
        #expect(
            pair.experience.value == nil && pair.experience.adjusted == nil
                && pair.experience.low == nil)
        #expect(
            pair.experience.unobservable?.contains("no source shows a step before 'complete'")
                == true)
        #expect(pair.verdict == "unobservable")
        shop.show(journey)
        #expect(shop.card().pair(id)?.experience.unobservable == nil)
    }

    @Test func `raw counts all attempts, adjusted the genuine ones`() throws {
        var shop = ShopCells()
        shop.show(.login)
        shop.add(.login, [80, 10, 5, 5])
        shop.add(.login, [4, 96, 0, 0], suspect: true, takeover: 1)
        let pair = try #require(shop.card().pair("login"))
        #expect(pair.experience.metric == "success_rate")
        #expect(pair.experience.value == 0.42 && pair.experience.adjusted == 0.8)
        // Wilson's interval of 80 in 100.
        #expect(pair.experience.low.map { abs($0 - 0.711_170) < 1e-6 } == true)
        #expect(pair.experience.high.map { abs($0 - 0.866_633) < 1e-6 } == true)
        #expect(
            pair.assurance.metric == "takeover_suspect_rate" && pair.assurance.value == 1.0 / 84)
        #expect(pair.pressure == 0.5)
        #expect(pair.verdict == nil)
    }

    @Test func `without attempts there is no rate, and no crash`() throws {
        var shop = ShopCells()
        for journey in JourneyCatalog().attemptJourneys { shop.show(journey) }
        for pairs in shop.card().pairs.values {
            for pair in pairs {
                #expect(pair.pressure == nil)
                if pair.experience.metric != "attempts" { #expect(pair.experience.value == nil) }
            }
        }
        #expect(shop.card().pair("account_recovery")?.assurance.value == 0)
    }

    @Test func `contacts are per thousand active actors, or unobservable without a help desk`()
        throws
    {
        var shop = ShopCells()
        shop.show(.login)
        shop.show(.accountRecovery)
        shop.addActors(.login) { $0.attempted = ActorSet(1...400) }
        shop.addActors(.consent) { $0.attempted = ActorSet(300...500) }
        shop.add(.accountRecovery, [3, 0, 0, 2])
        shop.addOpen(.accountRecovery, 5, completed: 0)
        #expect(
            shop.card().pair("login_contacts")?.experience.unobservable
                == "no source shows support contacts")
        shop.cells.impact[.support, default: ImpactCell()].contacts.add(
            ContactKey(journey: .login, hour: dawnHour), 6)
        let card = shop.card()
        #expect(card.pair("login_contacts")?.experience.value == 12)
        #expect(card.pair("account_recovery")?.experience.value == 0)
        let volume = try #require(card.pair("account_recovery")?.assurance)
        #expect(volume.metric == "attempts" && volume.value == 10)
        #expect(volume.also("attempts_per_1000_active_actors") == 20)
    }

    @Test func `a reset's time is known where its request is shown`() throws {
        var shop = ShopCells()
        shop.show(.passwordReset, "open", "complete")
        shop.add(.passwordReset, [9, 0, 0, 1]) { totals in
            for value in 1...9 { totals.durations.add(Int64(value)) }
        }
        #expect(
            shop.card().pair("password_reset")?.experience.unobservable
                == "no source shows the step 'request'")
        shop.show(.passwordReset)
        shop.add(.passwordReset, [1, 0, 0, 9], suspect: true) { $0.durations.add(200) }
        let half = try #require(shop.card().pair("password_reset")?.experience)
        #expect(half.value == 5 && half.adjusted == 5)
        #expect(half.low == 1 && half.high == 9)
        #expect(
            half.also("time_to_complete_p95_ms") == 200
                && half.also("time_to_complete_p95_ms_adjusted") == 9)
        #expect(half.also("completion_rate") == 0.5 && half.also("completion_rate_adjusted") == 0.9)
    }

    @Test func `drop-off is what did not complete`() throws {
        var shop = ShopCells()
        shop.show(.mfaEnrolment)
        shop.add(.mfaEnrolment, [3, 1, 0, 4])
        shop.add(.mfaEnrolment, [0, 2, 0, 0], suspect: true)
        let half = try #require(shop.card().pair("mfa_enrolment")?.experience)
        #expect(half.value == 0.7 && half.adjusted == 0.625)
    }

    @Test func `triggered step-ups are told apart from the others`() throws {
        var shop = ShopCells()
        shop.show(.stepUp)
        shop.add(.stepUp, [6, 1, 0, 3]) {
            $0.triggered = 4
            $0.triggeredCompleted = 1
        }
        #expect(
            shop.card().pair("step_up")?.assurance.unobservable
                == "no source shows the step 'complete' of login")
        shop.show(.login)
        shop.add(.login, [200, 0, 0, 0])
        let pair = try #require(shop.card().pair("step_up"))
        #expect(pair.experience.value == 0.25)
        #expect(
            pair.experience.also("untriggered_completion_rate").map { abs($0 - 5.0 / 6) < 1e-12 }
                == true)
        #expect(pair.experience.also("abandonment_rate") == 0.3)
        #expect(pair.assurance.value == 0.02)
    }

    @Test func `social registrations stand apart`() throws {
        var shop = ShopCells()
        shop.show(.registration)
        shop.add(.registration, [6, 0, 0, 4])
        for (hour, kind, result) in [
            (0, ActorKind.customer, 0), (0, .workforce, 0), (30, .customer, 0), (1, .customer, 3),
        ] {
            let cell = CellKey(hour: dawnHour + Int64(hour), kind: kind, traffic: .genuine)
            shop.cells.impact[.registration]?.marginals
                .add(
                    MarginalKey(cell: cell, dimension: .method, value: "social"), result: result, 2)
        }
        let half = try #require(shop.card().pair("registration")?.experience)
        #expect(half.value == 0.6)
        #expect(half.also("social_conversion_rate") == 0.5)
        #expect(half.also("own_conversion_rate").map { abs($0 - 4.0 / 6) < 1e-12 } == true)
    }

    // MARK: Adoption

    private func adopting(_ change: (inout ShopCells) -> Void) throws -> PairHalf {
        var shop = ShopCells()
        shop.show(.login)
        shop.addActors(.login, hour: 5) { $0.completed = ActorSet(1...10) }
        change(&shop)
        return try #require(shop.card(hours: 4..<8).pair("mfa_enrolment")?.assurance)
    }

    @Test func `adoption counts those who use a factor, or enrolled and did not remove it since`()
        throws
    {
        let half = try adopting { shop in
            shop.addActors(.login, hour: 5) { $0.usedFactor = ActorSet([1]) }
            shop.addActors(.mfaEnrolment, hour: 0) { $0.enrolledFactor = ActorSet([2, 3, 77]) }
            shop.addActors(.mfaEnrolment, hour: 6) { $0.removedFactor = ActorSet([1, 3]) }
            shop.addActors(.mfaEnrolment, hour: 7) { $0.enrolledFactor = ActorSet([4]) }
        }
        // 1 used one in the period, 2 and 4 hold one, 3 removed it, 77 did not log in.
        #expect(half.value == 0.3)
    }

    @Test func `adoption sees neither what came after the period nor use before it`() throws {
        let half = try adopting { shop in
            shop.addActors(.login, hour: 3) { $0.usedFactor = ActorSet([1]) }
            shop.addActors(.mfaEnrolment, hour: 8) { $0.enrolledFactor = ActorSet([2]) }
            shop.addActors(.mfaEnrolment, hour: 8) { $0.removedFactor = ActorSet([3]) }
            shop.addActors(.mfaEnrolment, hour: 3) { $0.enrolledFactor = ActorSet([3]) }
        }
        #expect(half.value == 0.1)
    }

    @Test func `a factor replaced within the hour stays held, whichever kind each event says`()
        throws
    {
        let half = try adopting { shop in
            shop.addActors(.mfaEnrolment, hour: 5, kind: .unknown) {
                $0.removedFactor = ActorSet([1])
            }
            shop.addActors(.mfaEnrolment, hour: 5) { $0.enrolledFactor = ActorSet([1]) }
        }
        #expect(half.value == 0.1)
        let reversed = try adopting { shop in
            shop.addActors(.mfaEnrolment, hour: 5) { $0.removedFactor = ActorSet([1]) }
            shop.addActors(.mfaEnrolment, hour: 5, kind: .unknown) {
                $0.enrolledFactor = ActorSet([1])
            }
        }
        #expect(reversed.value == 0.1)
    }

    @Test func `adoption is unobservable where no factor is ever seen, or actors are too many`()
        throws
    {
        #expect(try adopting { _ in }.unobservable?.contains("second factor") == true)
        let many = try adopting { shop in
            shop.addActors(.login, hour: 5) {
                $0.completed = ActorSet((1...5000 as ClosedRange<UInt128>).map { $0 << 100 | $0 })
                $0.usedFactor = ActorSet([1])
            }
        }
        #expect(
            many.unobservable?.contains("ask for a shorter period") == true && many.value == nil)
    }
}
