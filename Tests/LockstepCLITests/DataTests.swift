import Foundation
import Testing

/// `check`, `normalize` and `simulate`: commands that need no store.
@Suite("Commands without a store") struct DataTests {
    @Test func `check finds nothing wrong with what is built in`() throws {
        let result = try Sandbox().run("check")
        #expect(result.status == 0)
        #expect(result.errors == "")
        #expect(result.lines.filter { $0.hasPrefix("ok    dialect ") }.count >= 14)
        #expect(result.lines.filter { $0.hasPrefix("ok    rule basic/") }.count == 4)
        #expect(result.lines.filter { $0.hasPrefix("ok    rule standard/") }.count >= 20)
        #expect(result.lines.allSatisfy { $0.hasPrefix("ok ") })
    }

    @Test func `check names what a sample does not give`() throws {
        let sandbox = try Sandbox()
        let shipped = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("config/dialects/helpdesk")
        for file in ["dialect.yaml", "sample.log", "expected.jsonl"] {
            let text = try String(contentsOf: shipped.appendingPathComponent(file), encoding: .utf8)
            let broken = file == "dialect.yaml" ? text.replacingOccurrences(of: "is: support/resolved/success", with: "is: support/resolved/failure") : text
            try sandbox.write("mine/helpdesk/\(file)", broken)
        }
        let result = try sandbox.run("check", "--dialects", "mine")
        #expect(result.status == 2)
        #expect(result.lines.contains { $0.hasPrefix("FAIL  dialect helpdesk ") })
        #expect(result.errors.contains("mine/helpdesk/sample.log:"))
        #expect(result.errors.contains("'outcome' is 'failure', expected 'success'"))
    }

    @Test func `check runs the examples of your own rules`() throws {
        let sandbox = try Sandbox()
        try sandbox.write(
            "rules/guesses.yaml",
            """
            title: Guesses
            name: guesses
            level: low
            description: Three wrong guesses at one person.
            match: guess
            correlation: {type: event_count, group-by: [actor], timespan: 10m, condition: {events: {gte: 3}}}
            marks: group
            examples:
              - title: two guesses
                fires: true
                events:
                  - {journey: login, step: credential, outcome: failure, reason: bad_credential, actor: ann, every: 10s, repeat: 2}
            """)
        let result = try sandbox.run("check", "--signals", "rules")
        #expect(result.status == 2)
        #expect(result.lines.contains("FAIL  rule rules/guesses: Guesses (1 examples)"), "\(result.lines)")
        #expect(result.errors.contains("rules/guesses.yaml:9: example 'two guesses': guesses does not fire and must"), "\(result.errors)")
    }

    /// The keys that docs/definitions.md gives a normalized event.
    private static let keys: Set<String> = [
        "at", "journey", "step", "outcome", "reason", "vendor_reason", "name", "subject", "actor", "actor_kind", "ip", "user_agent",
        "client", "tenant", "correlation", "session", "method", "risk", "country", "id", "dialect", "source", "offset",
    ]

    @Test func `normalize prints pseudonyms unless the clear is asked for`() throws {
        let sandbox = try Sandbox()
        try sandbox.write("kc.jsonl", Records.login(1, name: "  Ann.Example@Example.org ") + "\n" + Records.login(2))
        let closed = try sandbox.run("normalize", "kc.jsonl")
        let open = try sandbox.run("normalize", "kc.jsonl", "--reveal")
        for result in [closed, open] {
            #expect(result.status == 0)
            #expect(result.lines.count == 2)
            for line in result.lines {
                let event = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                #expect(Set(event.keys).isSubset(of: Self.keys), "\(event.keys)")
                #expect(event.values.allSatisfy { !($0 is NSNull) && $0 as? String != "" })
            }
        }
        for text in ["ann.example", "Ann.Example", "subject-1", "session-1", "code-1", "user-2"] {
            #expect(!closed.text.contains(text), "\(text)")
        }
        let event = try #require(try JSONSerialization.jsonObject(with: Data(open.lines[0].utf8)) as? [String: Any])
        #expect(event["at"] as? String == "2026-03-01T00:02:01.000000Z")
        #expect(event["journey"] as? String == "login")
        #expect(event["step"] as? String == "complete")
        #expect(event["outcome"] as? String == "success")
        #expect(event["name"] as? String == "ann.example@example.org")
        #expect(event["actor"] as? String == "ann.example@example.org")
        #expect(event["subject"] as? String == "subject-1")
        #expect(event["session"] as? String == "session-1")
        #expect(event["correlation"] as? String == "code-1")
        #expect(event["actor_kind"] as? String == "customer")
        #expect(event["ip"] as? String == "203.0.113.5")
        #expect(event["client"] as? String == "web")
        #expect(event["tenant"] as? String == "shop")
        #expect(event["dialect"] as? String == "keycloak")
        #expect(event["source"] as? String == "kc.jsonl")
        #expect(event["offset"] as? Int == 0)
        // A key is made at first use, for its owner alone; to reveal needs none.
        let mode = try FileManager.default.attributesOfItem(atPath: sandbox.path("key/pseudonym.key"))[.posixPermissions]
        #expect((mode as? NSNumber)?.intValue == 0o600)
        #expect(try sandbox.run("normalize", "kc.jsonl").output == closed.output)
    }

    @Test func `normalize names what it does not understand`() throws {
        let sandbox = try Sandbox()
        try sandbox.write("kc.jsonl", Records.logins(0..<2) + "what is this\n" + Records.logins(2..<3))
        let result = try sandbox.run("normalize", "--reveal", "kc.jsonl")
        #expect(result.status == 1)
        #expect(result.lines.count == 3)
        let offset = Records.logins(0..<2).utf8.count
        #expect(result.errors.contains("kc.jsonl: at byte \(offset): no dialect understands this record\n"), "\(result.errors)")
        #expect(result.errors.contains("1 records were not understood\n"))
    }

    @Test func `the same seed gives the same bytes`() throws {
        let sandbox = try Sandbox()
        func simulate(_ out: String, seed: String) throws -> [String: Data] {
            let result = try sandbox.run("simulate", "--out", out, "--seed", seed, "--days", "1", "--records", "600")
            #expect(result.status == 0)
            #expect(result.errors.contains("simulated "))
            var files: [String: Data] = [:]
            for line in result.lines {
                let columns = line.split(separator: "\t").map(String.init)
                #expect(columns.count == 3)
                let data = try Data(contentsOf: sandbox.folder.appendingPathComponent(columns[0]))
                #expect(Int(columns[2]) == data.count)
                files[String(columns[0].dropFirst(out.count))] = data
            }
            return files
        }
        let first = try simulate("a", seed: "7")
        #expect(first.count >= 5)
        #expect(try simulate("b", seed: "7") == first)
        #expect(try simulate("c", seed: "8") != first)
    }
}
