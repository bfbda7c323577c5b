import Dialects
import Testing

@Suite("Forms") struct FormTests {
    private static let rules = """
        event: {time: time, vendor_reason: code}
        rules:
          - is: login/complete/success
        """

    private static let ruleOfNames = rules.replacing("{time: time,", with: "{time: time, name: name,")

    private func first(_ forms: String, _ record: String) throws -> [String: String] {
        let named = forms.contains("name") || forms.contains("pairs")
        let rules = named ? Self.ruleOfNames : Self.rules
        let library = try Fixture.test("forms:\n" + forms + "\n" + rules)
        let result = try Fixture.run(library, [record])
        return try #require(result.lines.first, "\(result.causes)")
    }

    private func json(_ path: String, _ record: String) throws -> String? {
        let form = "  a:\n    json: {}\n    fields: {time: t, code: '\(path)'}"
        return try first(form, record)["vendor_reason"]
    }

    @Test(arguments: [
        ("a.b", #"{"t":1772323261,"a":{"x":[1,{"b":9}],"b":"deep"}}"#, "deep"),
        ("n", #"{"t":1772323261,"n":50126}"#, "50126"),
        ("n", #"{"t":1772323261,"n":true}"#, "true"),
        (#"a\.b"#, #"{"t":1772323261,"a.b":"dotted"}"#, "dotted"),
        ("list[1]", #"{"t":1772323261,"list":["x","y"]}"#, "y"),
        ("list[0].k", #"{"t":1772323261,"list":[{"k":"v"}]}"#, "v"),
        ("list", #"{"t":1772323261,"list":["x","y"]}"#, "x"),
        ("p[nm=b].v", #"{"t":1772323261,"p":[{"nm":"a","v":1},{"v":2,"nm":"b"}]}"#, "2"),
        ("p[nm=b].v", #"{"t":1772323261,"p":[{"nm":"b","v":1},{"nm":"b","v":2}]}"#, "1"),
        (#"p[n=a\.b].v"#, #"{"t":1772323261,"p":[{"n":"a.b","v":1}]}"#, "1"),
        ("code", #"{"t":1772323261,"c\u006fde":"escaped key"}"#, "escaped key"),
        ("code", #"{"t":1772323261,"code":"\u00e4\ud83d\ude00\n\/"}"#, "ä😀\n/"),
        ("code", #"{"t":1772323261,"code":"first","code":"last"}"#, "last"),
        ("code", " {\t\"t\" : 1772323261 ,\r\n \"code\" : \"spaced\" } ", "spaced"),
    ])
    func `a path finds its value`(_ path: String, _ record: String, _ value: String) throws {
        #expect(try json(path, record) == value)
    }

    @Test(arguments: [
        ("a", #"{"t":1772323261,"a":{"b":1}}"#), ("a", #"{"t":1772323261,"a":[[1]]}"#),
        ("a", #"{"t":1772323261,"a":null}"#), ("a.b", #"{"t":1772323261,"a":"text"}"#),
        ("a[3]", #"{"t":1772323261,"a":[1]}"#), ("p[n=x].v", #"{"t":1772323261,"p":[{"n":"y","v":1}]}"#),
    ])
    func `a path to nothing, an object or an array of arrays has no value`(
        _ path: String, _ record: String
    ) throws {
        #expect(try json(path, record) == nil)
    }

    @Test func `the first of several paths that has a value counts`() throws {
        let form = "  a:\n    json: {}\n    fields: {time: t, code: [x, y, z]}"
        let line = try first(form, #"{"t":1772323261,"x":"-","y":"second","z":"third"}"#)
        #expect(line["vendor_reason"] == "second")
    }

    @Test func `the second form reads what the first does not fit`() throws {
        let forms = """
              a: {json: {}, requires: [x], fields: {time: t, code: x}}
              b: {json: {}, requires: {y: [one, two]}, fields: {time: t, code: y}}
            """
        #expect(try first(forms, #"{"t":1772323261,"y":"two"}"#)["vendor_reason"] == "two")
    }

    @Test func `an envelope holds records, and so does a bare array`() throws {
        let library = try Fixture.test(
            "forms:\n  a: {json: {records: [Records]}, requires: [t], fields: {time: t, code: c}}\n"
                + Self.rules)
        let elements = #"{"t":1772323261,"c":"x"}, {"t":1772323262,"c":"y"}"#
        for record in ["{\"Records\":[\(elements)]}", "[\(elements)]"] {
            let result = try Fixture.run(library, [record])
            #expect(result.lines.map { $0["vendor_reason"] } == ["x", "y"])
            #expect(result.tally.total.records == 2)
            let offsets = result.events.offset
            #expect(offsets.count == 2 && offsets[0] < offsets[1])
        }
    }

    @Test func `each element of an array makes an event with an id of its own`() throws {
        let body = """
            forms:
              a:
                json: {each: data.events}
                requires: [each.t]
                fields: {time: each.t, code: each.c, name: who, id: id}
            event: {time: time, name: name, vendor_reason: code, id: id}
            rules:
              - is: login/complete/success
            """
        let result = try Fixture.run(
            Fixture.test(body),
            [#"{"id":"1","data":{"events":[{"t":1772323261,"c":"x"},{"t":1772323262}]},"who":"ann"}"#])
        #expect(result.lines.map { $0["vendor_reason"] } == ["x", nil])
        #expect(result.lines.map { $0["name"] } == ["ann", "ann"])
        #expect(Set(result.events.id).count == 2)
        #expect(result.tally.total.records == 1)
    }

    @Test func `a template takes fields between its literals`() throws {
        let form = #"  a: {text: ["{time:19} {_} user={name} [{{{code}}}] done"]}"#
        let line = try first(form, "2026-03-01 10:00:00 junk here user=Ann [{x7}] done")
        #expect(line["name"] == "ann")
        #expect(line["vendor_reason"] == "x7")
    }

    @Test(arguments: ["2026-03-01 10:00:00 more", "2026-03-01 10:00:0", ""])
    func `a template must fit the whole line`(_ line: String) throws {
        let library = try Fixture.test(#"forms: {a: {text: ["{time:19} end{code}"]}}"# + "\n" + Self.rules)
        #expect(try Fixture.run(library, [line]).events.isEmpty)
    }

    @Test func `pairs take quoted values with separators in them`() throws {
        let form = #"  a: {pairs: {separator: ", ", equals: "=", quote: '"'}, fields: {name: user}}"#
        let line = try first(
            form, #"time=1772323261, user="Ann, \"the\" \\ one", junk, code=7, code=8"#)
        #expect(line["name"] == #"ann, "the" \ one"#)
        #expect(line["vendor_reason"] == "7")
    }

    @Test func `pairs follow text, JSON and syslog`() throws {
        let pairs = #"pairs: {from: rest, separator: " ", equals: "=", quote: '"'}"#
        let text = "  a: {text: ['{time:20} {rest}'], \(pairs)}"
        #expect(try first(text, "2026-03-01T10:00:00Z a=1 name=ann")["name"] == "ann")
        let json = "  a: {json: {}, fields: {time: t, rest: m}, \(pairs)}"
        #expect(try first(json, #"{"t":1772323261,"m":"name=\"An n\" b=2"}"#)["name"] == "an n")
        let syslog = "  a: {syslog: true, \(pairs.replacing("rest", with: "message"))}"
        #expect(try first(syslog, "<38>Mar  1 10:00:00 host prog: name=ann x=y")["name"] == "ann")
    }

    @Test func `text_in lays templates over a JSON field`() throws {
        let form = "  a: {json: {}, fields: {time: t, m: m}, text_in: m, text: ['{name} said \"{code}\"']}"
        let line = try first(form, #"{"t":1772323261,"m":"Ann said \"no\""}"#)
        #expect(line["name"] == "ann" && line["vendor_reason"] == "no")
    }

    @Test(arguments: [
        "<38>Mar  1 08:00:01 gw1 sshd[1001]: hello ann", "Mar  1 08:00:01 gw1 sshd[1001]: hello ann",
        "Mar 1 08:00:01 gw1 sshd[1001]: hello ann", "<38>Mar 1 08:00:01.000 gw1 sshd[1001]: hello ann",
        "2026-03-01T08:00:01+00:00 gw1 sshd[1001]: hello ann",
        "<38>1 2026-03-01T08:00:01Z gw1 sshd 1001 - - hello ann",
        #"<38>1 2026-03-01T08:00:01Z gw1 sshd 1001 ID [x a="]\""][y b="c"] hello ann"#,
        "1 2026-03-01T08:00:01Z gw1 sshd 1001 - - \u{FEFF}hello ann",
    ])
    func `a syslog header comes off in all its forms`(_ record: String) throws {
        let body = """
            forms: {a: {syslog: true, requires: {program: sshd}}}
            event: {time: time, name: name, client: host, session: pid}
            rules:
              - line: "hello {name}"
                is: login/complete/success
            """
        let result = try Fixture.run(Fixture.test(body), [record])
        let line = try #require(result.lines.first, "\(result.causes)")
        #expect(line["at"] == "2026-03-01T08:00:01.000000Z")
        #expect(line["name"] == "ann" && line["client"] == "gw1" && line["session"] == "1001")
    }

    @Test func `comma-separated values may be quoted, and the header is skipped`() throws {
        let library = try Fixture.test(
            "forms: {a: {csv: {columns: [time, name, code]}}}\n" + Self.ruleOfNames)
        let result = try Fixture.run(
            library,
            ["time,name,code", #"2026-03-01T08:00:01Z,"Ann ""A"", x",7"#, "2026-03-01T08:00:01Z,x"])
        #expect(result.lines.map { $0["name"] } == [#"ann "a", x"#])
        #expect(result.tally.total.ignored == 1)
        #expect(result.tally.total.quarantined == 1)
    }

    @Test func `a derived field is what stands between two texts`() throws {
        let form = """
              a:
                json: {}
                fields: {time: t, u: u}
                derive:
                  path: {from: u, before: "?"}
                  code: {from: path, after: "/login/", before: "/"}
            """
        let url = #"{"t":1772323261,"u":"/login/step2/x?y=/login/no/"}"#
        #expect(try first(form, url)["vendor_reason"] == "step2")
        #expect(try first(form, #"{"t":1772323261,"u":"/login/step3"}"#)["vendor_reason"] == "step3")
        #expect(try first(form, #"{"t":1772323261,"u":"/other"}"#)["vendor_reason"] == nil)
    }
}
