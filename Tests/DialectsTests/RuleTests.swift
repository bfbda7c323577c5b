import Dialects
import IdentityModel
import Testing

@Suite("Rules") struct RuleTests {
    private func run(_ rules: String, _ record: String, settings: [String: String] = [:]) throws -> Normalized {
        let body = """
            kind: customer
            correlation: browser
            settings: {mode: plain}
            forms:
              a:
                json: {}
                fields: {time: t, a: a, b: b, c: c, message: m, name: name, tie: tie}
            event: {time: time, name: name, correlation: tie}
            tables: {errors: {locked_out: locked, "pass*": bad_credential, passed: other}}

            """
        let options = NormalizerOptions(now: Fixture.now, settings: ["test": settings])
        return try Fixture.run(
            Fixture.test(body + rules), ["{\"t\":1772323261,\(record)}"], options: options)
    }

    private func step(_ condition: String, _ record: String) throws -> String? {
        let rules = """
            rules:
              - when: {\(condition)}
                is: login/complete/success
              - is: login/start/progress
            """
        return try run(rules, record).lines.first?["step"]
    }

    @Test(arguments: [
        ("a: x", #""a":"x""#), ("a: [w, x]", #""a":"x""#), ("a: present", #""a":"x""#),
        ("a: absent", #""b":"x""#), ("a: absent", #""a":"null""#), ("a: {not: [y]}", #""a":"x""#),
        ("a: {not: [y]}", #""b":"y""#), ("a: x*", #""a":"xyz""#), ("a: '*z'", #""a":"xyz""#),
        ("a: '*y*'", #""a":"xyz""#), ("a: [q, 'x*']", #""a":"xyz""#), ("a: x, b: y", #""a":"x","b":"y""#),
        ("a: 5", #""a":5"#), ("setting.mode: plain, a: x", #""a":"x""#),
    ])
    func `a condition holds`(_ condition: String, _ record: String) throws {
        #expect(try step(condition, record) == "complete")
    }

    @Test(arguments: [
        ("a: x", #""a":"X""#), ("a: [w, x]", #""b":"x""#), ("a: present", #""a":"unknown""#),
        ("a: absent", #""a":"x""#), ("a: {not: [x]}", #""a":"x""#), ("a: x*", #""a":"yx""#),
        ("a: '*z'", #""a":"zy""#), ("a: '*y*'", #""a":"xz""#), ("a: x, b: y", #""a":"x","b":"z""#),
        ("setting.mode: other", #""a":"x""#),
    ])
    func `a condition does not hold`(_ condition: String, _ record: String) throws {
        #expect(try step(condition, record) == "start")
    }

    @Test func `the first rule that fits wins, however it is found`() throws {
        let rules = """
            rules:
              - {when: {a: x, b: present}, is: login/mfa/failure}
              - {when: {c: early}, is: login/credential/failure}
              - {when: {a: [x, y]}, is: login/complete/success}
              - {when: {a: z}, is: session/end/success}
              - {when: {a: y}, is: login/start/progress}
              - {is: consent/prompt/progress}
            """
        func step(_ record: String) throws -> String? { try run(rules, record).lines.first?["step"] }
        #expect(try step(#""a":"x","b":1"#) == "mfa")
        #expect(try step(#""a":"x","c":"early""#) == "credential")
        #expect(try step(#""a":"y""#) == "complete")
        #expect(try step(#""a":"z""#) == "end")
        #expect(try step(#""a":"q""#) == "prompt")
    }

    @Test func `a line takes fields, and only of the rule that fits`() throws {
        let rules = """
            rules:
              - {when: {name: Bob}, line: "Failed for {name} from {b}", is: login/mfa/failure}
              - {line: ["Failed {c} for {name}", "Failed for {name} from {b}"], is: login/credential/failure}
              - {line: "Closed", is: session/end/success}
              - {line: "{name} left", is: session/end/success}
            """
        let failed = try run(rules, #""m":"Failed for Ann from x","name":"before""#).lines.first
        #expect(failed?["step"] == "credential" && failed?["name"] == "ann")
        #expect(try run(rules, #""m":"Failed for Bob from x""#).lines.first?["step"] == "mfa")
        #expect(try run(rules, #""m":"Closed","name":"kept""#).lines.first?["name"] == "kept")
        #expect(try run(rules, #""m":"Cy left""#).lines.first?["name"] == "cy")
        #expect(try run(rules, #""m":"Other""#).causes == ["test: no rule fits this record"])
    }

    @Test(arguments: [
        ("locked_out", "locked"), ("passed", "other"), ("password", "bad_credential"), ("x", "technical"),
    ])
    func `a reason is looked up, whole words before beginnings`(_ code: String, _ reason: String) throws {
        let rules = """
            rules:
              - is: login/credential/failure
                reason: {from: a, table: errors, else: technical}
            """
        #expect(try run(rules, "\"a\":\"\(code)\"").lines.first?["reason"] == reason)
    }

    @Test func `without else an unknown word gives no reason`() throws {
        let rules = "rules:\n  - {is: login/credential/failure, reason: {from: a, table: errors}}"
        #expect(try run(rules, #""a":"x""#).lines.first?["reason"] == nil)
    }

    @Test func `words from fields name journey, step, outcome, reason and method`() throws {
        let rules = """
            rules:
              - is: {journey: a, step: b, outcome: c}
                reason: {from: name}
                method: {from: tie}
                risk: {from: message}
            """
        let line = try run(
            rules, #""a":"login","b":"mfa","c":"failure","name":"mfa_timeout","tie":"push","m":"hot""#
        ).lines.first
        #expect(line?["journey"] == "login" && line?["step"] == "mfa" && line?["outcome"] == "failure")
        #expect(line?["reason"] == "mfa_timeout" && line?["method"] == "push" && line?["risk"] == "hot")
        let wrong = try run(rules, #""a":"login","b":"dance","c":"failure""#)
        #expect(wrong.causes == ["test: its step is none that this build knows"])
    }

    @Test func `a rule may set other fields, kind, span and flags`() throws {
        let rules = """
            kinds:
              - {when: {b: robot}, is: agent}
            rules:
              - when: {a: x}
                is: login/complete/success
                set: {name: c}
                correlation: request
                silent: true
                floating: true
                unanchored: account/password_changed
              - {when: {a: y}, is: login/complete/success, kind: workforce}
              - {is: login/complete/success}
            """
        let set = try run(rules, #""a":"x","c":"Cy","name":"ann","tie":"t","b":"robot""#)
        let event = set.events[0]
        #expect(set.lines[0]["name"] == "cy")
        #expect(event.actorKind == .agent)
        #expect(event.span == .request && event.correlation != 0 && event.tie == 0)
        #expect(event.flags.contains(.silent) && event.flags.contains(.floating))
        #expect(event.flags.unanchored?.journey == .account)
        let plain = try run(rules, #""a":"y","tie":"t","b":"robot""#).events[0]
        #expect(plain.actorKind == .workforce && plain.span == .browser && plain.flags == [])
        #expect(try run(rules, #""a":"z""#).events[0].actorKind == .customer)
    }

    @Test func `a kind may be left unset, by the dialect, by a condition and by a rule`() throws {
        let body = """
            kind: none
            forms: {a: {json: {}, fields: {time: t, a: a}}}
            event: {time: time}
            kinds:
              - {when: {a: person}, is: customer}
              - {when: {a: nobody}, is: none}
              - {when: {a: [nobody, robot]}, is: agent}
            rules:
              - {when: {a: admin}, is: login/complete/success, kind: workforce}
              - {is: login/complete/success}
            """
        func kind(_ a: String) throws -> ActorKind {
            try Fixture.run(Fixture.test(body), ["{\"t\":1772323261,\"a\":\"\(a)\"}"]).events[0].actorKind
        }
        #expect(try kind("x") == .unknown && kind("person") == .customer)
        #expect(try kind("nobody") == .unknown && kind("robot") == .agent)
        #expect(try kind("admin") == .workforce)
        let rules = """
            rules:
              - {when: {a: x}, is: login/start/progress, kind: none}
              - {is: login/complete/success}
            """
        #expect(try run(rules, #""a":"x""#).events[0].actorKind == .unknown)
        #expect(try run(rules, #""a":"y""#).events[0].actorKind == .customer)
        #expect(try run(rules, #""a":"x""#).lines[0]["actor_kind"] == nil)
    }

    @Test func `a setting changes what a rule means`() throws {
        let rules = """
            rules:
              - {when: {setting.mode: other}, is: session/end/success}
              - {is: login/complete/success}
            """
        #expect(try run(rules, #""a":1"#).lines.first?["journey"] == "login")
        let other = try run(rules, #""a":1"#, settings: ["mode": "other"])
        #expect(other.lines.first?["journey"] == "session")
    }

    @Test func `what no rule knows is named by its code, never by what a person typed`() throws {
        let rules = """
            rules:
              - {when: {a: x}, is: login/complete/success}
              - {when: {a: y}, is: login/complete/success}
            """
        #expect(try run(rules, #""a":"FOO_BAR""#).causes == ["test: no rule for a=FOO_BAR"])
        #expect(try run(rules, #""a":"ann@example.org""#).causes == ["test: no rule fits this record"])
    }
}
