import IdentityModel
import Testing

@testable import SecuritySignals

@Suite("The vocabulary of rules") struct RuleVocabularyTests {
    private static let text = """
        name: chain
        level: high
        tags: [attack.t1110.003, owasp.oat-008]
        events:
          first: {is: guess, client: [web, mobile-*], not: {client: mobile-test}}
          then: {journey: login, step: complete, address: [10.0.0.0/8, "2001:db8::/32"], asn: [AS64496, 7]}
        except: {cidr: 192.0.2.0/24, user_agent_class: bot}
        requires: [other, third]
        correlation:
          type: temporal_ordered
          group-by: [actor, origin_48]
          timespan: 2h
          condition:
            and:
              - events: {gte: 3, lt: 9}
              - events_per: {field: client, lte: 2.5}
              - share_of_actors: {tries: 2, gt: 0.5}
        marks: matching
        """

    private func read(_ text: String) -> (rule: SignalRule?, errors: [String]) {
        var reader = RuleReader(file: "chain.yaml", catalog: JourneyCatalog())
        return (reader.rule(text), reader.errors)
    }

    @Test func `all words are read`() throws {
        let read = read(Self.text)
        #expect(read.errors == [])
        let rule = try #require(read.rule)
        #expect(rule.kind == .temporalOrdered && rule.selections.map(\.name) == ["first", "then"])
        #expect(rule.selections[0].match.reasons == EventMatch.guess.reasons)
        #expect(
            rule.selections[0].match.tests == [
                FieldTest(.client, texts: [.whole("web"), .prefix("mobile-")]),
                FieldTest(.client, texts: [.whole("mobile-test")], isNegated: true),
            ])
        #expect(rule.selections[1].match.tests.map(\.field) == [.asn, .address])
        #expect(rule.selections[1].match.tests[0].numbers == [64496, 7])
        #expect(rule.except.map(\.field) == [.address, .userAgentClass] && rule.except.allSatisfy(\.isNegated))
        #expect(rule.requires == ["other", "third"] && rule.groupBy == [.actor, .origin48])
        #expect(
            rule.conditions == [
                Condition(.events, .gte, 3), Condition(.events, .lt, 9),
                Condition(.eventsPer(.client), .lte, 25, over: 10),
                Condition(.shareOfActors(tries: 2), .gt, 5, over: 10),
            ])
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/33", ":6: an address reads like"),
        ("AS64496", "ASX", ":6: 'ASX' is no asn"),
        ("user_agent_class: bot", "user_agent_class: robot", ":7: 'robot' is no user_agent_class"),
        ("user_agent_class: bot", "risk: high", ":7: 'risk' is no key here"),
        ("level: high", "level: severe", ":2: 'level' is one of"),
        ("attack.t1110.003", "t1110", ":3: a tag reads like"),
        ("tries: 2", "tries: 0", "'share_of_actors' is a mapping such as"),
        ("lte: 2.5", "lte: x", "'lte' of 'events_per' is a number"),
        ("type: temporal_ordered", "type: event_count", "'events' is for temporal rules"),
        ("  first: {is: guess, client: [web, mobile-*], not: {client: mobile-test}}\n", "", "two or more selections"),
        ("is: guess", "is: guesses", ":5: no events are called 'guesses'"),
    ])
    func `a mistake names its line and what would be right`(right: String, wrong: String, error: String) throws {
        let text = Self.text.replacing(right, with: wrong)
        try #require(text != Self.text)
        let read = read(text)
        #expect(read.rule == nil)
        #expect(read.errors.contains { $0.hasPrefix("chain.yaml:") && $0.contains(error) }, "\(read.errors)")
    }

    private func problems(_ files: [(String, String)]) -> [String] {
        do {
            _ = try RuleSet(name: "own", files: files.map { ($0.0, $0.1) }, catalog: JourneyCatalog())
            return []
        } catch {
            return (error as? RuleSetError)?.problems ?? []
        }
    }

    private func plain(_ name: String, requires: String = "[]", match: String = "guess") -> (String, String) {
        (
            "\(name).yaml",
            """
            name: \(name)
            match: \(match)
            requires: \(requires)
            correlation: {type: event_count, group-by: [actor], timespan: 10m, condition: {events: {gte: 1}}}
            marks: matching
            """
        )
    }

    @Test func `what rules require must be there and must not go in a circle`() {
        #expect(problems([plain("a", requires: "b"), plain("b")]) == [])
        #expect(problems([plain("a", requires: "c")]).first?.hasPrefix("a.yaml: 'a' requires 'c'") == true)
        let circle = problems([plain("a", requires: "b"), plain("b", requires: "[c]"), plain("c", requires: "a")])
        #expect(circle.count == 1 && circle[0].contains("requires itself in the end"))
    }

    @Test func `what is new to an actor is known only with familiarity`() {
        let rule = plain("a", match: "{is: login_completion, new_to_actor: origin}")
        #expect(problems([rule]).first?.contains("needs 'familiarity: true'") == true)
        #expect(problems([rule, ("set.yaml", "familiarity: true")]) == [])
        #expect(problems([rule, ("set.yaml", "familiarity: perhaps")]).first?.hasPrefix("set.yaml:1:") == true)
    }

    @Test func `an example that lies is named by file and line`() throws {
        let text = plain("a").1 + "\nexamples:\n  - title: two guesses\n    events: [{is: guess, actor: x, repeat: 2, every: 1s}]\n    fires: true\n    marked: 1"
        let set = try RuleSet(name: "own", files: [("a.yaml", text)], catalog: JourneyCatalog())
        #expect(set.runExamples().map(\.description) == ["a.yaml:7: example 'two guesses': a marks 2 events, and must mark 1"])
    }

    @Test func `distances are those of the sphere`() {
        func place(_ latitude: Int16, _ longitude: Int16) -> Place {
            Place(packed: Place.packed(latitude: latitude, longitude: longitude))
        }
        let hour: Int64 = 3_600_000_000
        // Berlin to Paris is 878 km: an hour and five minutes at 800 km/h.
        #expect(place(525, 134).isTooFar(from: place(489, 24), within: hour))
        #expect(!place(525, 134).isTooFar(from: place(489, 24), within: hour + hour / 6))
        // A degree of longitude at the equator is 111.19 km; 4.4 degrees are 489 km and 4.5 are 500.4 km.
        #expect(!place(0, 0).isTooFar(from: place(0, 44), within: 0))
        #expect(place(0, 0).isTooFar(from: place(0, 45), within: 0))
        // Across the date line, and to the antipodes in a day.
        #expect(!place(0, 1799).isTooFar(from: place(0, -1799), within: 0))
        #expect(place(0, 0).isTooFar(from: place(0, 1800), within: 25 * hour))
        #expect(!place(0, 0).isTooFar(from: place(0, 1800), within: 26 * hour))
        #expect(Place.packed(latitude: .min, longitude: 0) == 0)
    }
}
