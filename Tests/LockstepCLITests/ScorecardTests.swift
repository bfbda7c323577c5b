import Foundation
import Testing

/// The scorecard of a store, by period, journey, population and format.
@Suite("Scorecard on the command line") struct ScorecardTests {
    /// A store of one simulated day, filled once.
    static let shop = Swift.Result {
        let sandbox = try Sandbox()
        let simulated = try sandbox.run("simulate", "--out", "logs", "--days", "2", "--records", "2000")
        let replayed = try sandbox.run("replay", "logs/keycloak", "logs/access", "logs/sshd", "logs/helpdesk", "--year", "2026", "--format", "json")
        try #require(simulated.status == 0 && replayed.status == 0, "\(simulated.errors)\(replayed.errors)")
        return (sandbox, replayed)
    }

    private func card(_ options: String...) throws -> [String: Any] {
        let result = try Self.shop.get().0.run(["scorecard", "--format", "json"] + options)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors == "")
        return try result.json()
    }

    private func attempts(_ card: [String: Any], _ name: String = "login") throws -> Int {
        try #require(try journey(name, of: card)["attempts"] as? Int)
    }

    @Test func `is what replay printed`() throws {
        let (sandbox, replayed) = try Self.shop.get()
        #expect(try sandbox.run("scorecard", "--format", "json").output == replayed.output)
        let card = try replayed.json()
        #expect(card["schema"] as? String == "lockstep.scorecard/1")
        #expect(card["population"] as? String == "customer")
        #expect(try attempts(card) > 100)
    }

    @Test func `periods are half open and add up`() throws {
        let whole = try card("--from", "2026-03-01T00:00:00Z", "--to", "2026-03-03T00:00:00Z")
        let parts = try [
            card("--from", "2026-03-01T00:00:00Z", "--to", "2026-03-01T13:00:00Z"),
            card("--from", "2026-03-01T13:00:00Z", "--to", "2026-03-03T00:00:00Z"),
        ]
        #expect(parts[0]["from"] as? String == "2026-03-01T00:00:00Z")
        #expect(parts[0]["to"] as? String == "2026-03-01T13:00:00Z")
        for name in ["login", "registration", "password_reset"] {
            #expect(try parts.reduce(0) { $0 + (try attempts($1, name)) } == attempts(whole, name), "\(name)")
        }
        #expect(try attempts(parts[0]) > 0)
        let hour = try card("--from", "2026-03-01T12:00:00+00:00", "--to", "2026-03-01T13:00:00Z")
        #expect(try attempts(hour) < attempts(parts[0]))
    }

    @Test(arguments: [
        (["--from", "2026-03-01T00:30:00Z"], "--from: '2026-03-01T00:30:00Z' is no whole UTC hour"),
        (["--to", "noon"], "--to: 'noon' is no time; expected RFC 3339"),
        (["--from", "2026-03-02T00:00:00Z", "--to", "2026-03-01T00:00:00Z"], "--from must lie before --to"),
        (["--journey", "pigeon"], "--journey: no journey is called 'pigeon'; known: login, "),
        (["--journey", "session"], "--journey: no journey is called 'session'"),
        (["--population", "pigeons"], "--population: 'pigeons' is none of customer, workforce, service, agent"),
    ]) func `what cannot be asked is refused`(options: [String], message: String) throws {
        let result = try Self.shop.get().0.run(["scorecard"] + options)
        #expect(result.status == 2)
        #expect(result.text == "")
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test func `one journey alone is as it is among all`() throws {
        let all = try card()
        let one = try card("--journey", "password_reset")
        let journeys = try #require(one["journeys"] as? [[String: Any]])
        #expect(journeys.map { $0["journey"] as? String } == ["password_reset"])
        #expect(try NSDictionary(dictionary: journeys[0]) == NSDictionary(dictionary: journey("password_reset", of: all)))
    }

    @Test func `the workforce is a population of its own`() throws {
        let workforce = try card("--population", "workforce")
        #expect(workforce["population"] as? String == "workforce")
        let shells = try attempts(workforce)
        #expect(shells > 0)
        #expect(shells != (try attempts(card())))
    }

    @Test func `every format shows the same numbers`() throws {
        let sandbox = try Self.shop.get().0
        let login = try journey("login", of: card())
        func texts(_ format: String) throws -> [String] {
            let result = try sandbox.run("scorecard", "--format", format)
            #expect(result.status == 0)
            #expect(result.errors == "")
            return result.lines
        }
        let counts = try ["attempts", "completed", "failed", "denied", "abandoned"].map { try #require(login[$0] as? Int) }
        let csv = try texts("csv")
        #expect(csv[0] == "journey,figure,value")
        for figure in ["attempts", "completed", "failed", "denied", "abandoned"] {
            #expect(csv.contains("login,\(figure),\(try #require(login[figure] as? Int))"), "\(figure)")
        }
        for format in ["table", "markdown"] {
            let row = try #require(try texts(format).first { $0.contains("login ") && !$0.contains("Scorecard") })
            let words = row.replacingOccurrences(of: ",", with: "").split { !$0.isNumber }.map(String.init)
            for count in counts { #expect(words.contains(String(count)), "\(format) lacks \(count): \(row)") }
        }
        #expect(try texts("table") == (try sandbox.run("scorecard").lines))
    }
}
