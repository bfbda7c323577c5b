import Dialects
import IdentityModel
import Testing

@Suite("Errors in dialects") struct DialectErrorTests {
    private func problems(_ yaml: String) -> [String] {
        let error = #expect(throws: DialectError.self) { try Fixture.library(["test": yaml]) }
        return error?.problems.map(\.description) ?? []
    }

    /// The problems of a sound dialect of which one line was replaced.
    private func problems(_ line: String, _ wrong: String) -> [String] {
        let sound = """
            dialect: test
            version: 1
            kind: customer
            forms:
              a:
                json: {}
                requires: [kind]
                fields: {kind: kind, time: time, m: m}
            event:
              time: time
            tables: {errors: {x: locked}}
            rules:
              - when: {kind: x}
                is: login/complete/success
                reason: {from: kind, table: errors, else: other}
            """
        return problems(sound.replacing(line, with: wrong))
    }

    @Test(arguments: [
        ("version: 1", "verison: 1", "test/dialect.yaml:2: unknown key 'verison' in a dialect; did you mean 'version'?"),
        ("dialect: test", "dialect: tset", "test/dialect.yaml:1: 'dialect' must be the folder's name 'test', got 'tset'"),
        ("customer", "custommer", "test/dialect.yaml:3: kind 'custommer' is unknown; did you mean 'customer'?"),
        ("login/complete", "login/completed", "test/dialect.yaml:14: the journey 'login' has no step 'completed'; did you mean 'complete'?"),
        ("login/complete/success", "login/success", "test/dialect.yaml:14: 'is' must be journey/step/outcome, got 'login/success'"),
        ("complete/success", "complete/sucess", "test/dialect.yaml:14: no outcome is called 'sucess'; did you mean 'success'?"),
        ("table: errors", "table: error", "test/dialect.yaml:15: no table is called 'error'; did you mean 'errors'?"),
        ("else: other", "else: others", "test/dialect.yaml:15: no reason is called 'others'; did you mean 'other'?"),
        ("{kind: x}", "{kidn: x}", "test/dialect.yaml:13: no form gives a field 'kidn'; did you mean 'kind'?"),
        ("{kind: x}", "{kind: unknown}", "test/dialect.yaml:13: 'unknown' is no value to a dialect; write absent"),
        ("{kind: x}", "{kind: a*b}", "test/dialect.yaml:13: '*' may stand only at an end of a value, got 'a*b'"),
        ("{kind: x}", "{setting.q: x}", "test/dialect.yaml:13: no setting is called 'q'"),
        ("kind: kind,", "kind: 'a[',", "test/dialect.yaml:8: 'a[' is no path; write a dot inside a key as '\\.'"),
        ("json: {}", "json: {}\n    text: ['x']", "test/dialect.yaml:6: 'text' beside json needs 'text_in': the field that it is laid over"),
        ("  time: time", "  name: kind", "test/dialect.yaml:1: 'event' must say which field is 'time'"),
    ])
    func `a mistake is named with its place and a way out`(
        _ line: String, _ wrong: String, _ message: String
    ) {
        #expect(problems(line, wrong) == [message])
    }

    @Test func `all mistakes are told at once, in all dialects`() {
        let error = #expect(throws: DialectError.self) {
            try Fixture.library([
                "a": "dialect: b\nkind: nobody\nruls: []",
                "b": "dialect: b\nzone: Nowhere",
            ])
        }
        #expect((error?.problems.count ?? 0) >= 8)
    }

    @Test func `what is no YAML is told with its line`() {
        #expect(problems("dialect: test\n  x: [1\n").first?.hasPrefix("test/dialect.yaml:") == true)
        #expect(problems("").first == "test/dialect.yaml:1: the file is empty; a dialect was expected")
        #expect(problems("dialect: test\ndialect: test").first?.contains("stands twice") == true)
    }

    @Test(arguments: [
        ("{a", "'{' is never closed; write '{{' for a brace"),
        ("a}", "'}' closes nothing; write '}}' for a brace"),
        ("{}", "'{}' names no field; write '{_}' to skip text"),
        ("{a:x}", "the width of '{a:x}' must be a number of bytes"),
        ("{a}{b}", "nothing stands between '{a}' and the next field; give the first a width or put text between them"),
    ])
    func `a wrong template is explained`(_ template: String, _ message: String) {
        let yaml = """
            dialect: test
            forms: {f: {text: ["\(template)"]}}
            event: {time: time}
            rules: [{ignore: all}]
            """
        #expect(problems(yaml).contains { $0.contains(message) })
    }
}
