import IdentityModel
import Measures
import Testing

@testable import Scorecard

@Suite("The card as people read it") struct RenderingTests {
    /// A shop with something in every part of the card.
    static func fullShop() -> ShopCells {
        var shop = ShopCells()
        shop.show(.login, "start", "credential", "complete")
        shop.add(.login, [80, 5, 2, 3]) {
            $0.firstTry = 60
            $0.tries = 110
            $0.reasons[Int(Reason.badCredential.rawValue)] = 12
            $0.steps[0] = 100
            $0.steps[1] = 75
            $0.steps[3] = 80
            for value in [150, 200, 250] as [Int64] { $0.durations.add(value) }
        }
        shop.add(.login, [1, 19, 0, 0], suspect: true, takeover: 1) {
            $0.tries = 20
            $0.reasons[Int(Reason.badCredential.rawValue)] = 19
            $0.steps[1] = 20
            $0.steps[3] = 1
        }
        shop.add(.login, [9, 0, 0, 0], kind: .workforce)
        shop.addOpen(.login, 10, completed: 4)
        shop.addActors(.login) {
            $0.attempted = ActorSet(1...90)
            $0.completed = ActorSet(1...75)
        }
        shop.show(.consent, "complete")
        shop.add(.consent, [1234, 0, 0, 0])
        shop.cells.impact[.login]?.setAside.add(SetAsideKey(kind: .echo, hour: dawnHour), 5)
        var contacts = Tally<ContactKey>()
        contacts.add(ContactKey(journey: .login, hour: dawnHour), 2)
        contacts.add(ContactKey(journey: .none, hour: dawnHour), 1)
        shop.cells.impact[.support, default: ImpactCell()].contacts = contacts
        return shop
    }

    private func line(_ text: String, beginning word: String) -> Substring {
        text.split(separator: "\n").first { $0.drop { " |".contains($0) }.hasPrefix(word) } ?? ""
    }

    @Test func `the table shows counts, quantiles, attacks and what is missing`() {
        let table = Self.fullShop().card().table()
        #expect(
            table.hasPrefix(
                "Scorecard 2026-03-01T00:00:00Z – 2026-03-02T00:00:00Z, population customer\n"))
        let login = line(table, beginning: "login ").split(separator: " ").joined(separator: " ")
        #expect(login == "login 120 10 81 24 2 3 60 90 200 ms 250 ms")
        let consent = line(table, beginning: "consent ").split(separator: " ").joined(
            separator: " ")
        #expect(consent == "consent 1,234 0 1,234 0 0 0 0 0 – –")
        #expect(table.contains("stuffing 20"))
        #expect(table.contains("73.6 %") && table.contains("88.9 %"))
        #expect(table.contains("unobservable: no source shows a step before 'complete' (prompt)"))
        #expect(table.contains("support contacts: 3 (login 2)"))
        #expect(table.contains("no attempts: echo 5, sso 0, chained 0, unanchored 0, noise 0"))
        #expect(table.contains("kept out of population 'customer': workforce 9"))
        #expect(
            table.contains(
                "no source shows: registration, password_reset, mfa_enrolment, step_up, account_recovery"
            ))
        #expect(!table.split(separator: "\n").contains { $0.hasSuffix(" ") })
    }

    @Test func `markdown has tables whose rows have as many cells as their head`() {
        let markdown = Self.fullShop().card().markdown()
        #expect(markdown.hasPrefix("# Scorecard "))
        #expect(
            markdown.contains("## Attack traffic\n") && markdown.contains("## Pairs\n")
                && markdown.contains("## Notes\n"))
        #expect(
            line(markdown, beginning: "login ")
                == "| login | 120 | 10 | 81 | 24 | 2 | 3 | 60 | 90 | 200 ms | 250 ms |")
        var cells: Int?
        for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("|") else {
                cells = nil
                continue
            }
            #expect(cells == nil || line.split(separator: "|").count == cells)
            cells = line.split(separator: "|").count
        }
    }

    @Test func `CSV names figures as the JSON does`() {
        let lines = Self.fullShop().card().csv().split(separator: "\n")
        #expect(lines.first == "journey,figure,value")
        for row in [
            "login,attempts,120", "login,suspect.by_signal.stuffing,20",
            "login,genuine.duration_ms.p50,200",
            "login,steps.mfa.reached,", "consent,duration_ms,", ",support.contacts,3",
            ",support.by_journey.login,2",
            "login,pairs.login.experience.value,0.736364",
            "login,pairs.login.assurance.pressure,0.181818",
            "consent,pairs.consent.experience.unobservable,no source shows a step before 'complete' (prompt)",
        ] {
            #expect(lines.contains { $0 == row }, "\(row)")
        }
    }

    @Test func `what holds a comma, a quote or a line end is quoted in CSV`() {
        var shop = Self.fullShop()
        for name in ["a,b", "say \"x\"", "two\r\nlines"] {
            shop.add(.login, [0, 1, 0, 0], suspect: true, signal: name)
        }
        let csv = shop.card().csv()
        #expect(csv.contains("\nlogin,\"suspect.by_signal.a,b\",1\n"))
        #expect(csv.contains("\nlogin,\"suspect.by_signal.say \"\"x\"\"\",1\n"))
        #expect(csv.contains("\nlogin,\"suspect.by_signal.two\r\nlines\",1\n"))
    }

    @Test func `an empty card is told in words`() {
        let card = ShopCells().card()
        for text in [card.table(), card.markdown(), card.csv(), card.json().text()] {
            #expect(!text.isEmpty)
        }
        #expect(card.table().contains("no source shows: login, registration"))
        var shop = ShopCells()
        shop.show(.login)
        shop.add(.login, [0, 4, 0, 0], kind: .unknown)
        let workforce = shop.card(population: .workforce).table()
        #expect(workforce.contains("kept out of population 'workforce': unknown 4"))
        #expect(
            workforce.contains(
                "no attempts of 'workforce' in this period; --population shows the others"))
    }

    @Test func `estimated actors say so`() {
        var shop = Self.fullShop()
        let many = (1...5000 as ClosedRange<UInt128>).map { $0 << 120 | $0 << 52 | $0 }
        shop.addActors(.login) { $0.attempted = ActorSet(many) }
        let card = shop.card()
        #expect(line(card.table(), beginning: "login ").contains(" ~"))
        #expect(card.json().text().contains("\"actors_exact\": false"))
    }

    @Test(
        arguments: [
            (0, "0 ms"), (999, "999 ms"), (1000, "1 s"), (12_449, "12.4 s"), (59_999, "60 s"),
            (60_000, "1 min"),
            (90_000, "1.5 min"), (3_600_000, "1 h"), (259_200_000, "72 h"),
        ] as [(UInt64, String)])
    func `durations are told in the unit that fits`(milliseconds: UInt64, text: String) {
        #expect(FigureText.duration(milliseconds) == text)
    }

    @Test func `figures are told as people read them`() {
        #expect(
            FigureText.count(0) == "0" && FigureText.count(999) == "999"
                && FigureText.count(1_234_567) == "1,234,567")
        #expect(
            FigureText.percent(0.9345) == "93.5 %" && FigureText.percent(1) == "100.0 %"
                && FigureText.percent(nil) == "–")
        #expect(
            FigureText.number(12.345) == "12.35" && FigureText.number(0.05) == "0.05"
                && FigureText.number(1200) == "1,200")
        #expect(
            FigureText.metric("drop_off", 0.5) == "50.0 %"
                && FigureText.metric("time_to_complete_p50_ms", 1500) == "1.5 s")
    }
}
