import Collector
import Foundation
import IdentityModel
import Scorecard
import Testing

/// What scoring does with events, counted by the source that they came from.
@Suite("Integrity per source") struct SourceIntegrityTests {
    /// A Keycloak event `seconds` after 2026-03-01T00:00:00Z.
    private func line(
        _ type: String, at seconds: Int, user: String, ip: String = "203.0.113.7", code: String = "",
        session: String = "", realm: String = "shop", error: String = ""
    ) -> String {
        var details = #""username":"\#(user)""#
        if !code.isEmpty { details += #","code_id":"\#(code)""# }
        var line = #"{"time":\#(1_772_323_200_000 + seconds * 1000),"type":"\#(type)","realmName":"\#(realm)","#
        line += #""clientId":"web","userId":null,"ipAddress":"\#(ip)","#
        if !session.isEmpty { line += #""sessionId":"\#(session)","# }
        if !error.isEmpty { line += #""error":"\#(error)","# }
        return line + #""details":{\#(details)}}"#
    }

    private func row(_ card: Card, _ name: String) throws -> SourceFigures {
        try #require(card.sources.first { $0.source.hasSuffix(name) }).figures
    }

    @Test func `counts go to the source of the event, bounded by the period`() async throws {
        let harness = try ReplayHarness()
        let wrong = "invalid_user_credentials"
        // By actor: the second try has another code. The third is in the second hour.
        let first = [
            line("LOGIN_ERROR", at: 0, user: "ann", code: "c1", error: wrong),
            line("LOGIN_ERROR", at: 10, user: "ann", code: "c2", error: wrong),
            line("LOGIN", at: 100, user: "bob", code: "c3", session: "s1"),
            line("LOGIN_ERROR", at: 3590, user: "cid", code: "c4", error: wrong),
        ]
        // The same session again is sso; a realm of staff is kept out.
        let second = [
            line("LOGIN_ERROR", at: 20, user: "ann", code: "c5", error: wrong),
            line("LOGIN", at: 200, user: "bob", code: "c6", session: "s1"),
            line("LOGIN", at: 300, user: "root", code: "c7", session: "s2", realm: "master"),
            line("LOGIN_ERROR", at: 3610, user: "cid", code: "c8", error: wrong),
        ]
        let paths = try [("first.jsonl", first), ("second.jsonl", second)].map {
            try harness.file($0, $1.joined(separator: "\n"))
        }
        try await harness.replay(paths)
        let loader = CardLoader(reader: harness.store, catalog: harness.catalog)
        let hours = try #require(try loader.hours())
        let whole = try loader.card(CardQuery(hours: hours))
        #expect(try row(whole, "first.jsonl").joinedByActor == 1)
        #expect(try row(whole, "first.jsonl").setAside.isEmpty && row(whole, "first.jsonl").keptOut.isEmpty)
        #expect(try row(whole, "second.jsonl").joinedByActor == 2)
        #expect(try row(whole, "second.jsonl").setAside == ["sso": 1])
        #expect(try row(whole, "second.jsonl").keptOut == [.workforce: 1])
        #expect(whole.setAside["sso"] == 1 && whole.keptOut == [.workforce: 1])
        #expect(whole.history == nil)
        let later = try loader.card(CardQuery(hours: hours.upperBound - 1..<hours.upperBound))
        #expect(try row(later, "second.jsonl").joinedByActor == 1)
        #expect(try row(later, "second.jsonl").setAside.isEmpty && row(later, "second.jsonl").keptOut.isEmpty)
    }

    @Test func `a set that knows familiar people tells how much history lies before`() async throws {
        let harness = try ReplayHarness()
        let lines = [0, 12].map { line("LOGIN", at: $0 * 86_400, user: "ann", session: "s\($0)") }
        try await harness.replay([try harness.file("a.jsonl", lines.joined(separator: "\n"))], rules: "standard")
        let loader = CardLoader(reader: harness.store, catalog: harness.catalog)
        let hours = try #require(try loader.hours())
        #expect(try loader.card(CardQuery(hours: hours)).history == CardHistory(hours: 0, hoursMin: 168))
        let later = CardQuery(hours: hours.lowerBound + 180..<hours.upperBound)
        #expect(try loader.card(later).history == CardHistory(hours: 180, hoursMin: 168))
    }
}
