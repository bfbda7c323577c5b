import Foundation
import IdentityModel
import Measures
import Testing

@testable import Scorecard

@Suite("Detectors, ranges and sources on the card") struct DetectorFigureTests {
    private func object(_ card: Card) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(card.json().text().utf8))
        return try #require(object as? [String: Any])
    }

    // MARK: Ranges

    @Test func `the range reaches from all suspects out to familiar-looking ones put back`() throws {
        var shop = ShopCells()
        shop.show(.login)
        shop.add(.login, [80, 20, 0, 0])
        shop.add(.login, [0, 100, 0, 0], suspect: true)
        shop.add(.login, [10, 15, 0, 0], suspect: true, familiar: true)
        let card = shop.card()
        let half = try #require(card.pair("login")?.experience)
        #expect(half.value == 0.4 && half.adjusted == 0.8)
        // 90 of 125.
        #expect(half.adjustedRange == 0.72...0.8)
        #expect(card.figures(.login)?.suspects == 125)
        #expect(card.table().contains("80.0 % (72.0 % … 80.0 %)"))
        #expect(card.csv().contains("login,pairs.login.experience.adjusted_range.0,0.72\n"))
        #expect(card.markdown().contains("80.0 % (72.0 % … 80.0 %)"))
    }

    @Test func `the range of what is better low is ordered by value as well`() throws {
        var shop = ShopCells()
        shop.show(.mfaEnrolment)
        shop.add(.mfaEnrolment, [80, 20, 0, 0])
        shop.add(.mfaEnrolment, [0, 60, 0, 0], suspect: true, familiar: true)
        // 20 of 100, 80 of 160.
        #expect(shop.card().pair("mfa_enrolment")?.experience.adjustedRange == 0.2...0.5)
    }

    @Test func `without familiar-looking suspects the range is the point, and is not shown`() throws {
        var shop = ShopCells()
        shop.show(.login)
        shop.add(.login, [80, 20, 0, 0])
        shop.add(.login, [0, 100, 0, 0], suspect: true)
        let card = shop.card()
        #expect(card.pair("login")?.experience.adjustedRange == 0.8...0.8)
        #expect(!card.table().contains("(80.0 %"))
        #expect(!card.csv().contains("adjusted_range"))
        let journeys = try #require(try object(card)["journeys"] as? [[String: Any]])
        let pairs = try #require(journeys[0]["pairs"] as? [[String: Any]])
        let experience = try #require(pairs[0]["experience"] as? [String: Any])
        #expect(experience["adjusted_range"] as? [Double] == [0.8, 0.8])
        let assurance = try #require(pairs[0]["assurance"] as? [String: Any])
        #expect(assurance["adjusted_range"] is NSNull)
    }

    @Test func `durations and the rates beside them have ranges, too`() throws {
        var shop = ShopCells()
        shop.show(.passwordReset)
        shop.add(.passwordReset, [3, 1, 0, 0]) { totals in [10, 20, 30].forEach { totals.durations.add($0) } }
        shop.add(.passwordReset, [2, 4, 0, 0], suspect: true, familiar: true) { totals in
            [100, 200].forEach { totals.durations.add($0) }
        }
        let half = try #require(shop.card().pair("password_reset")?.experience)
        // The second of three; the third of five.
        #expect(half.adjusted == 20 && half.adjustedRange == 20...30)
        let ranges = Dictionary(uniqueKeysWithValues: half.alsoRanges.map { ($0.0, $0.1) })
        #expect(ranges["completion_rate_adjusted"] == 0.5...0.75)
        #expect(ranges["time_to_complete_p95_ms_adjusted"] == 30...200)
    }

    // MARK: What signals cost

    @Test func `each rule tells what it marks and how much of it looks genuine`() throws {
        var shop = ShopCells()
        shop.show(.login)
        shop.add(.login, [1, 79, 0, 0], suspect: true, takeover: 1, genuineLooking: 6)
        shop.add(.consent, [0, 20, 0, 0], suspect: true, genuineLooking: 4)
        shop.add(.login, [0, 50, 0, 0], kind: .workforce, suspect: true, genuineLooking: 50)
        shop.add(.login, [0, 50, 0, 0], hour: 30, suspect: true, genuineLooking: 50)
        var blocked = ThreatTotals()
        blocked.providerBlocks = SignalTotals(attempts: 8, takeover: 0, genuineLooking: 4)
        let key = CellKey(hour: dawnHour, kind: .customer, traffic: .suspect)
        shop.cells.threat[.login]?.totals[key]?.merge(blocked)
        let signals = try #require(try object(shop.card())["signals"] as? [[String: Any]])
        #expect(signals.map { $0["rule"] as? String } == ["stuffing", "idp_block"])
        #expect(signals.map { $0["source"] as? String } == ["rule", "idp"])
        #expect(signals.map { $0["attempts"] as? Int } == [100, 8])
        #expect(signals.map { $0["takeover"] as? Int } == [1, 0])
        #expect(signals.map { $0["genuine_looking"] as? Int } == [10, 4])
        #expect(signals.map { $0["share"] as? Double } == [0.1, 0.5])
        // Wilson's interval of 10 in 100.
        #expect(signals[0]["low"] as? Double == 0.055229 && signals[0]["high"] as? Double == 0.174366)
        let table = shop.card().table()
        #expect(table.contains("\nWhat the signals cost genuine people\n"))
        #expect(table.contains("10.0 %") && table.contains("5.5 % … 17.4 %"))
        #expect(shop.card(journey: .consent).signals.map(\.totals.attempts) == [20])
        #expect(shop.card().csv().contains("\n,signals.stuffing.genuine_looking,10\n"))
    }

    @Test func `without marks no rule is listed`() throws {
        var shop = ShopCells()
        shop.add(.login, [1, 0, 0, 0])
        #expect((try object(shop.card())["signals"] as? [Any])?.isEmpty == true)
        #expect(!shop.card().table().contains("What the signals cost"))
    }

    // MARK: History and sources

    @Test(arguments: [(0, 0, true), (167, 6, true), (168, 7, false), (240, 10, false)] as [(Int64, Int64, Bool)])
    func `under seven days of history are thin`(hours: Int64, days: Int64, isThin: Bool) throws {
        var card = ShopCells().card()
        #expect(try object(card)["history"] == nil)
        card.history = CardHistory(hours: hours, hoursMin: 168)
        let history = try #require(try object(card)["history"] as? [String: Any])
        #expect(history["days"] as? Int64 == days && history["thin"] as? Bool == isThin)
        #expect(card.table().contains("thin history: \(days) days") == isThin)
    }

    @Test func `counts per source are bounded by the period and the population`() {
        var cell = SourceCell()
        func add(_ count: SourceCount, hour: Int64 = 0, source: UInt32 = 1, _ amount: UInt64) {
            cell.counts.add(SourceKey(count, hour: dawnHour + hour, source: source, dialect: "keycloak"), amount)
        }
        add(.joinedByActor, 5)
        add(.joinedByActor, hour: 24, 7)
        add(.aside(.echo), 2)
        add(.aside(.echo), source: 2, 3)
        add(.attempts(.customer), 100)
        add(.attempts(.unknown), 10)
        add(.attempts(.workforce), hour: 1, 4)
        add(.attempts(.workforce), hour: -1, 9)
        let query = CardQuery(hours: dawnHour..<dawnHour + 24)
        let found = SourceFigures.byPlace(cell, query, names: [1: "a.log", 2: "b.log"])
        var first = SourceFigures()
        first.joinedByActor = 5
        first.setAside = ["echo": 2]
        first.keptOut = [.workforce: 4]
        #expect(found[.init(source: "a.log", dialect: "keycloak")] == first)
        #expect(found[.init(source: "b.log", dialect: "keycloak")]?.setAside == ["echo": 3])
    }

    @Test func `a source's row has its own counts beside those of the store`() throws {
        var card = ShopCells().card()
        var figures = SourceFigures()
        figures.joinedByActor = 3
        figures.setAside = ["sso": 2]
        figures.keptOut = [.workforce: 1]
        card.sources = [SourceRow(source: "a.log", dialect: "okta", counts: [("records", 9)], figures: figures)]
        func row() throws -> [String: Any] {
            let integrity = try #require(try object(card)["integrity"] as? [String: Any])
            return try #require((integrity["sources"] as? [[String: Any]])?.first)
        }
        let plain = try row()
        #expect(plain["records"] as? Int == 9 && plain["joined_by_actor"] as? Int == 3)
        #expect(plain["sso"] as? Int == 2 && plain["noise"] as? Int == 0)
        #expect(plain["kept_out"] as? [String: Int] == ["workforce": 1])
        #expect(plain["proxy_headers_missing"] == nil)
        card.sources[0].isProxyHidden = true
        #expect(try row()["proxy_headers_missing"] as? Bool == true)
        #expect(card.table().contains("proxy headers missing: a.log"))
    }
}
