import Foundation
import IdentityModel
import Testing

@testable import SecuritySignals

@Suite("Rule files") struct RuleFileTests {
    private static let good = """
        title: Tries
        name: tries
        match: {journey: login, step: [credential, mfa], outcome: failure, reason: [locked, disabled]}
        correlation:
          type: value_count
          group-by: [actor, origin]
          timespan: 90s
          condition:
            events: {gte: 3}
            origin: {gte: 2}
            share: {beside: {journey: login, outcome: success}, gte: 0.75}
        marks: matching
        """

    private func read(_ text: String) -> (rule: SignalRule?, errors: [String]) {
        var reader = RuleReader(file: "tries.yaml", catalog: JourneyCatalog())
        return (reader.rule(text), reader.errors)
    }

    @Test func `a rule is read as it is written`() throws {
        let rule = try #require(read(Self.good).rule)
        #expect(rule.name == "tries" && rule.title == "Tries" && rule.marks == .matching)
        #expect(rule.match.journeys == [.login] && rule.match.steps == ["credential", "mfa"])
        #expect(rule.match.outcomes == [.failure] && rule.match.reasons == [.locked, .disabled])
        #expect(
            rule.groupBy == [.actor, .origin] && rule.timespan == 90_000_000)
        let beside = EventMatch(journeys: [.login], outcomes: [.success])
        #expect(
            rule.conditions == [
                Condition(.events, .gte, 3), Condition(.distinct(.origin), .gte, 2),
                Condition(.share(beside: beside), .gte, 75, over: 100),
            ])
    }

    @Test(arguments: [
        ("title:", "titel:", ":1: 'titel' is no key here"),
        ("name: tries", "", "'name' is missing"),
        ("step: [credential, mfa]", "step: credentials", ":3: no step is called 'credentials'"),
        ("journey: login, step", "journey: logon, step", ":3: no journey is called 'logon'"),
        ("outcome: failure", "outcome: fail", ":3: no outcome is called 'fail'"),
        ("reason: [locked, disabled]", "reason: lock", ":3: no reason is called 'lock'"),
        ("reason: [locked, disabled]", "reason: {is: locked}", ":3: a word or a list of words"),
        (
            "type: value_count", "type: count",
            ":5: 'type' is one of event_count, value_count, temporal, temporal_ordered, travel, got 'count'"
        ),
        ("type: value_count", "", "'type' is missing"),
        ("[actor, origin]", "[actor, risk]", ":6: events cannot be grouped by 'risk'"),
        ("group-by: [actor, origin]", "", "'group-by' names at least one"),
        ("timespan: 90s", "timespan: 90", ":7: 'timespan' reads like"),
        ("timespan: 90s", "timespan: 1.5h", ":7: 'timespan' reads like"),
        ("timespan: 90s", "timespan: 32d", ":7: 'timespan' reads like"),
        ("timespan: 90s", "timespan: -5m", ":7: 'timespan' reads like"),
        ("timespan: 90s", "timespan: 9223372036854775807d", ":7: 'timespan' reads like"),
        ("events: {gte: 3}", "events: 3", ":9: a condition is a mapping"),
        ("events: {gte: 3}", "events: {gte: 0}", ":9: 'gte' is a whole number above 0"),
        ("events: {gte: 3}", "events: {more: 3}", ":9: 'more' is no key here"),
        ("events: {gte: 3}", "risk: {gte: 3}", ":9: 'risk' is no key here"),
        ("origin: {gte: 2}", "", "'value_count' needs a condition on a field"),
        ("gte: 0.75", "gte: 1.01", ":11: 'gte' of a share"),
        ("gte: 0.75", "gte: -0.75", ":11: 'gte' of a share"),
        ("gte: 0.75", "gte: 0.-5", ":11: 'gte' of a share"),
        ("gte: 0.75", "gte: 0.12345678", ":11: 'gte' of a share"),
        ("gte: 0.75", "gte: 9223372036854775807.5", ":11: 'gte' of a share"),
        ("gte: 0.75", "gte: most", ":11: 'gte' of a share"),
        ("beside: {journey: login, outcome: success}, ", "", ":11: 'share' names the events"),
        (
            "share: {beside: {journey: login, outcome: success}, gte: 0.75}", "share: 0.75",
            ":11: a share is a mapping"
        ),
        ("marks: matching", "marks: all", ":12: 'marks' is 'matching' or 'group', got 'all'"),
        ("marks: matching", "", "'marks' is missing"),
    ])
    func `one mistake is one error that names its line`(right: String, wrong: String, error: String)
        throws
    {
        let text = Self.good.replacingOccurrences(of: right, with: wrong)
        try #require(text != Self.good)
        let read = read(text)
        #expect(read.rule == nil)
        #expect(read.errors.count == 1, "\(read.errors)")
        #expect(
            read.errors.allSatisfy { $0.hasPrefix("tries.yaml:") && $0.contains(error) },
            "\(read.errors)")
    }

    @Test(arguments: ["", "- a\n- b", "just text", "match: {", "match: &a [*a]", "\u{0}"])
    func `what is no rule at all is an error`(text: String) {
        #expect(read(text).rule == nil)
        #expect(!read(text).errors.isEmpty)
    }

    @Test(arguments: [
        ("0.8", 8, 10), ("0", 0, 1), ("1", 1, 1), ("1.0", 10, 10), ("0.000001", 1, 1_000_000),
    ])
    func `shares are kept as whole numbers`(text: String, numerator: Int, denominator: Int) {
        let share = read(Self.good.replacingOccurrences(of: "0.75", with: text)).rule?.conditions.last
        #expect(share?.numerator == numerator && share?.denominator == denominator)
    }

    @Test func `all errors of a folder come at once`() throws {
        let folder =
            NSTemporaryDirectory()
            + "lockstep-rule-files-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
        }
        func problems() -> [String] {
            do {
                _ = try RuleSet(named: folder, catalog: JourneyCatalog())
                return []
            } catch {
                return (error as? RuleSetError)?.problems ?? ["\(error)"]
            }
        }
        #expect(problems() == ["signals: '\(folder)' holds no .yaml file"])
        try write("a.yaml", Self.good)
        try write("readme.txt", "no rule")
        #expect(problems() == [])
        try write("b.yaml", Self.good)
        #expect(problems().map { $0.contains("two rules are called 'tries'") } == [true])
        try write(
            "b.yaml",
            Self.good.replacingOccurrences(of: "90s", with: "9").replacingOccurrences(
                of: "title", with: "titel"))
        try write("c.yaml", Self.good.replacingOccurrences(of: "login", with: "logon"))
        let all = problems()
        #expect(all.filter { $0.hasPrefix("\(folder)/b.yaml:1:") }.count == 1)
        #expect(all.filter { $0.hasPrefix("\(folder)/b.yaml:7:") }.count == 1)
        #expect(all.filter { $0.hasPrefix("\(folder)/c.yaml:3:") }.count == 1)
        #expect(all.filter { $0.hasPrefix("\(folder)/c.yaml:11:") }.count == 1)
        #expect(all.count == 4, "\(all)")
    }

    @Test func `an unknown set is an error that names those built in`() {
        #expect(throws: RuleSetError.self) {
            try RuleSet(named: "/no/such/folder", catalog: JourneyCatalog())
        }
    }
}
