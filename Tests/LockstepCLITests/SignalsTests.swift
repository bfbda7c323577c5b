import Foundation
import Testing

/// What rules marked, and why, on the command line.
@Suite("Signals on the command line") struct SignalsTests {
    private func guessed(_ options: String...) throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.write("logs/guessing.jsonl", SignalRecords.guessing)
        let replayed = try sandbox.run(["replay", "logs", "--signals", "basic"] + options)
        try #require(replayed.status == 0, "\(replayed.errors)")
        return sandbox
    }

    private func rows(_ result: Sandbox.Result) throws -> [[String: Any]] {
        #expect(result.status == 0, "\(result.errors)")
        return try #require(try JSONSerialization.jsonObject(with: result.output) as? [[String: Any]])
    }

    @Test func `a row has the rule, its group, the interval and what it marks`() throws {
        let sandbox = try guessed()
        let list = try rows(try sandbox.run("signals", "list", "--format", "json"))
        let row = try #require(list.first)
        #expect(list.count == 1)
        #expect(row["rule"] as? String == "brute_force")
        #expect(row["origin"] as? String == "198.51.100.7")
        #expect((row["actor"] as? String)?.count == 32)
        // The tenth guess, 4:30 after the first, fires; so does none after it.
        #expect(row["from"] as? String == "2026-02-28T23:54:30.000000Z")
        #expect(row["to"] as? String == "2026-03-01T00:14:30.000000Z")
        #expect(row["events"] as? Int == 11)
        #expect(row["attempts"] as? Int == 1)
        #expect(row["takeover"] as? Int == 1)
        #expect(try sandbox.run("signals", "list").lines.map { $0.split(separator: " ").first } == ["rule", "brute_force"])
    }

    @Test func `a person is found by the name as typed, and nobody else is`() throws {
        let sandbox = try guessed()
        for name in ["alice@example.org", " Alice@Example.ORG"] {
            #expect(try rows(try sandbox.run("signals", "list", "--actor", name, "--format", "json")).count == 1, "\(name)")
        }
        for name in ["bob@example.org", "carol@example.org"] {
            #expect(try rows(try sandbox.run("signals", "list", "--actor", name, "--format", "json")).isEmpty, "\(name)")
        }
        #expect(try sandbox.run("signals", "list", "--actor", "bob@example.org").text == "no rule marked anything\n")
    }

    @Test func `a person is not looked for under a new key`() throws {
        let sandbox = try guessed()
        let result = try sandbox.run("signals", "list", "--actor", "alice@example.org", "--key", "key/other")
        #expect(result.status == 2)
        #expect(result.errors.contains("the pseudonym key key/other does not exist"), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: sandbox.path("key/other")))
    }

    @Test func `a period shows the intervals that overlap with it`() throws {
        let sandbox = try guessed()
        let periods = [
            (["--to", "2026-02-28T23:00:00Z", "--from", "2026-02-28T22:00:00Z"], 0), (["--to", "2026-03-01T01:00:00Z"], 1),
            (["--from", "2026-03-01T01:00:00Z"], 0),
        ]
        for (period, count) in periods {
            let result = try sandbox.run(["signals", "list", "--format", "json"] + period)
            #expect(try rows(result).count == count, "\(period)")
        }
    }

    @Test func `why a rule fired is shown with the window, the count and the events`() throws {
        let sandbox = try guessed()
        let list = try rows(
            try sandbox.run("signals", "explain", "brute_force", "--actor", "alice@example.org", "--format", "json"))
        let window = try #require(list.first)
        #expect(list.count == 1)
        #expect(window["fired"] as? Bool == true)
        #expect(window["window_to"] as? String == "2026-03-01T00:04:30.000000Z")
        let conditions = try #require(window["conditions"] as? [[String: Any]])
        #expect(conditions.map { $0["condition"] as? String } == ["events ≥ 10"])
        #expect(conditions.map { $0["amount"] as? Int } == [10])
        let events = try #require(window["events"] as? [[String: Any]])
        #expect(events.count == 10)
        #expect(events.allSatisfy { $0["marked"] as? Bool == true && $0["outcome"] as? String == "failure" })
        #expect(events.first?["offset"] as? Int == 0)
    }

    @Test func `how close a rule came is shown where it did not fire`() throws {
        let sandbox = try guessed()
        let text = try sandbox.run("signals", "explain", "brute_force", "--ip", "203.0.113.0/24").text
        #expect(text.contains("did not fire; the closest it came:"), "\(text)")
        let rows = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(rows.contains("events ≥ 10 1 does not hold"), "\(text)")
    }

    @Test(arguments: [
        (["explain", "brute_force"], "name a person with --actor or an address with --ip"),
        (["explain", "pigeons", "--ip", "203.0.113.5"], "no rule of 'basic' is called 'pigeons'; known: brute_force, "),
        (["explain", "brute_force", "--ip", "home"], "--ip: 'home' is no address"),
        (["test", "pigeons"], "'pigeons' is no file and no rule of 'basic'; its rules: brute_force, "),
        (["list", "--from", "noon"], "--from: 'noon' is no time"),
        (["list", "--store", "store/none.sqlite"], "there is no store"),
    ]) func `what cannot be asked is refused`(arguments: [String], message: String) throws {
        let result = try guessed().run(["signals"] + arguments)
        #expect(result.status == 2)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test func `a stricter rule is tried without changing the store`() throws {
        let sandbox = try guessed()
        let before = try sandbox.run("scorecard", "--format", "json").output
        try sandbox.write("ours.yaml", SignalRecords.rule(events: 11))
        let result = try sandbox.run("signals", "test", "ours.yaml", "--format", "json")
        #expect(result.status == 0, "\(result.errors)")
        let trial = try result.json()
        #expect((trial["before"] as? [String: Any])?["attempts"] as? Int == 1)
        #expect((trial["marks"] as? [String: Any])?["attempts"] as? Int == 0)
        let change = try #require(trial["change"] as? [[String: String]])
        #expect(change.contains { $0["figure"] == "login: takeover_rate" || $0["figure"] == "takeover suspects" }, "\(change)")
        #expect(try sandbox.run("scorecard", "--format", "json").output == before)
    }

    @Test func `a rule of the set is compared with the set without it`() throws {
        let result = try guessed().run("signals", "test", "brute_force")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.lines.first == "compared with 'basic' without it")
        let rows = result.lines.map { $0.split(separator: " ").map(String.init) }
        #expect(rows.contains(["attempts", "0", "1"]), "\(result.text)")
        #expect(rows.contains(["takeover", "suspects", "0", "1"]), "\(result.text)")
    }

    @Test func `suspect attempts are printed with their signals and records`() throws {
        let sandbox = try guessed()
        let result = try sandbox.run("signals", "attempts")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.lines.count == 1)
        let attempt = try #require(try JSONSerialization.jsonObject(with: Data(result.lines[0].utf8)) as? [String: Any])
        #expect(attempt["signals"] as? [String] == ["brute_force"])
        #expect(attempt["result"] as? String == "completed")
        #expect(attempt["takeover"] as? Bool == true)
        #expect((attempt["records"] as? [Any])?.count == 11)
        #expect(try sandbox.run("signals", "attempts", "--all").lines.count == 2)
    }
}

/// Scoring the journal again.
@Suite("Rescoring on the command line") struct RescoreTests {
    @Test func `a changed rule takes effect without the logs`() throws {
        let sandbox = try Sandbox()
        try sandbox.write("logs/guessing.jsonl", SignalRecords.guessing)
        try sandbox.write("rules/brute_force.yaml", SignalRecords.rule(events: 11))
        #expect(try sandbox.run("replay", "logs", "--signals", "rules").status == 0)
        #expect(try sandbox.run("signals", "list").text == "no rule marked anything\n")
        try FileManager.default.removeItem(atPath: sandbox.path("logs"))
        try sandbox.write("rules/brute_force.yaml", SignalRecords.rule(events: 10))
        let result = try sandbox.run("rescore")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("by 'rules'"), "\(result.errors)")
        let rows = result.lines.map { $0.split(separator: " ").map(String.init) }
        #expect(rows.contains(["login", "suspect", "0", "1"]), "\(result.text)")
        #expect(rows.contains(["login", "by", "brute_force", "0", "1"]), "\(result.text)")
        #expect(try sandbox.run("signals", "list").lines.count == 2)
    }

    @Test func `gives the card that replay would have given, and says when there is nothing to do`() throws {
        let sandbox = try Sandbox()
        try sandbox.write("logs/guessing.jsonl", SignalRecords.guessing)
        #expect(try sandbox.run("replay", "logs", "--signals", "standard", "--format", "json").status == 0)
        let card = try sandbox.run("scorecard", "--format", "json").output
        #expect(try sandbox.run("rescore", "--signals", "basic").status == 0)
        #expect(try sandbox.run("scorecard", "--format", "json").output != card)
        #expect(try sandbox.run("rescore", "--signals", "standard").status == 0)
        #expect(try sandbox.run("scorecard", "--format", "json").output == card)
        let again = try sandbox.run("rescore")
        #expect(again.status == 0)
        #expect(again.errors.contains("nothing to do"), "\(again.errors)")
        #expect(again.text == "")
    }

    @Test func `makes no key`() throws {
        let sandbox = try Sandbox()
        let result = try sandbox.run("rescore")
        #expect(result.status == 2)
        #expect(!FileManager.default.fileExists(atPath: sandbox.path("key/pseudonym.key")))
    }
}
