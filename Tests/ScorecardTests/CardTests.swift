import Foundation
import IdentityModel
import Measures
import Scorecard
import Testing

@Suite("Scorecard") struct CardTests {
    @Test func `the period bounds the first event, half open`() throws {
        var shop = ShopCells()
        for hour in 0...4 as ClosedRange<Int64> {
            shop.add(.login, [1, 0, 0, 0], hour: hour)
            shop.add(.login, [0, 1, 0, 0], hour: hour, suspect: true)
            shop.addOpen(.login, 3, completed: 1, hour: hour)
            shop.addActors(.login, hour: hour) { $0.attempted.insert(UInt128(hour + 1)) }
            let absolute = dawnHour + hour
            shop.cells.impact[.login]?.setAside.add(SetAsideKey(kind: .echo, hour: absolute))
            shop.cells.impact[.support, default: ImpactCell()].contacts.add(
                ContactKey(journey: .login, hour: absolute))
        }
        let card = shop.card(hours: 1..<3)
        let login = try #require(card.figures(.login))
        #expect(login.all.results == [2, 2, 0, 0] && login.genuine.results == [2, 0, 0, 0])
        #expect(login.suspect.results == [0, 2, 0, 0])
        #expect(login.open.open == 6 && login.open.completed == 2)
        #expect(login.attempts == 10)
        #expect(login.actors.attempted.members == [2, 3] && card.activeActors.members == [2, 3])
        #expect(card.setAside == ["echo": 2])
        #expect(card.contactsTotal == 2)
    }

    @Test func `another population is kept out and counted, open attempts included`() {
        var shop = ShopCells()
        shop.add(.login, [5, 0, 0, 0])
        shop.add(.login, [2, 0, 0, 0], kind: .unknown)
        shop.add(.login, [7, 1, 0, 0], kind: .workforce)
        shop.add(.consent, [1, 0, 0, 0], kind: .service)
        shop.add(.login, [0, 3, 0, 0], kind: .workforce, suspect: true)
        shop.addOpen(.login, 4, completed: 0, kind: .workforce)
        shop.addActors(.login, kind: .workforce) { $0.attempted.insert(1) }
        let customers = shop.card()
        #expect(customers.figures(.login)?.all.completed == 7)
        #expect(customers.figures(.login)?.suspects == 0)
        #expect(customers.keptOut == [.workforce: 15, .service: 1])
        #expect(customers.activeActors.isEmpty)
        let workforce = shop.card(population: .workforce)
        #expect(workforce.figures(.login)?.all.results == [7, 4, 0, 0])
        #expect(workforce.figures(.login)?.attempts == 15)
        #expect(workforce.figures(.login)?.suspects == 3)
        #expect(workforce.keptOut == [.customer: 5, .unknown: 2, .service: 1])
    }

    @Test func `one journey shown leaves the figures that others need`() {
        var shop = ShopCells()
        shop.show(.login)
        shop.show(.mfaEnrolment)
        shop.add(.mfaEnrolment, [1, 0, 0, 0])
        shop.addActors(.login) {
            $0.attempted = ActorSet([1, 2])
            $0.completed = ActorSet([1, 2])
            $0.usedFactor = ActorSet([1])
        }
        let card = shop.card(journey: .mfaEnrolment)
        #expect(card.journeys.map(\.journey) == [.mfaEnrolment])
        #expect(card.activeActors.count == 2)
        #expect(card.pair("mfa_enrolment")?.assurance.value == 0.5)
        #expect(card.pair("login") == nil)
    }

    @Test func `a contact about a journey that is not declared any more belongs to none`() {
        var shop = ShopCells()
        for journey in [JourneyID.login, .none, JourneyID(rawValue: 200)] {
            shop.cells.impact[.support, default: ImpactCell()].contacts.add(
                ContactKey(journey: journey, hour: dawnHour))
        }
        #expect(shop.card().contacts == [.login: 1, .none: 2])
        #expect(shop.card().contactsTotal == 3)
    }

    @Test func `is JSON of the published schema`() throws {
        let text = RenderingTests.fullShop().card(hours: 0..<24).json().text()
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let card = try #require(object as? [String: Any])
        #expect(card["schema"] as? String == "lockstep.scorecard/1")
        #expect(
            card["from"] as? String == "2026-03-01T00:00:00Z"
                && card["to"] as? String == "2026-03-02T00:00:00Z")
        #expect(card["lens"] as? String == "shared" && card["population"] as? String == "customer")
        let journeys = try #require(card["journeys"] as? [[String: Any]])
        let names = [
            "login", "registration", "password_reset", "mfa_enrolment", "step_up", "consent",
            "account_recovery",
        ]
        #expect(journeys.map { $0["journey"] as? String } == names)
        let login = journeys[0]
        let counts = [
            "attempts": 120, "open": 10, "open_completed": 4, "completed": 81, "failed": 24,
            "denied": 2,
            "abandoned": 3, "first_try": 60, "tries": 130, "actors": 90, "actors_completed": 75,
        ]
        for (key, count) in counts { #expect(login[key] as? Int == count, "\(key)") }
        #expect(login["actors_exact"] as? Bool == true)
        let suspect = try #require(login["suspect"] as? [String: Any])
        #expect(suspect["failed"] as? Int == 19 && suspect["takeover"] as? Int == 1)
        #expect(suspect["by_signal"] as? [String: Int] == ["stuffing": 20])
        let genuine = try #require(login["genuine"] as? [String: Any])
        #expect(genuine["completed"] as? Int == 80 && genuine["first_try"] as? Int == 60)
        #expect(
            login["duration_ms"] as? [String: Int] == [
                "count": 3, "p50": 200, "p95": 250, "p99": 250,
            ])
        #expect(login["reasons"] as? [String: Int] == ["bad_credential": 31])
        let steps = try #require(login["steps"] as? [[String: Any]])
        #expect(steps.map { $0["step"] as? String } == ["start", "credential", "mfa", "complete"])
        #expect(steps.map { $0["reached"] as? Int } == [100, 95, nil, 81])
        let consent = journeys[5]
        #expect(consent["duration_ms"] is NSNull)
        let support = try #require(card["support"] as? [String: Any])
        #expect(
            support["contacts"] as? Int == 3
                && support["by_journey"] as? [String: Int] == ["login": 2])
        let integrity = try #require(card["integrity"] as? [String: Any])
        #expect(integrity["echo"] as? Int == 5 && integrity["noise"] as? Int == 0)
        #expect(integrity["kept_out"] as? [String: Int] == ["workforce": 9])
    }
}
