import Foundation
import Testing

/// What every command does with options, right and wrong.
@Suite("Use of the command") struct UsageTests {
    static let commands = [
        ["demo"], ["replay"], ["scorecard"], ["normalize"], ["check"], ["simulate"], ["adapters"], ["quarantine"],
        ["quarantine", "list"], ["quarantine", "retry"],
    ]

    @Test(arguments: [[]] + commands) func `help says what it does, on stdout`(command: [String]) throws {
        let result = try Sandbox().run(command + ["--help"])
        #expect(result.status == 0)
        #expect(result.errors == "")
        #expect(result.text.hasPrefix("OVERVIEW: "))
        #expect(result.text.contains("USAGE: \((["lockstep"] + command).joined(separator: " "))"))
        #expect(result.lines.allSatisfy { !$0.contains("--") || $0.contains("-") }, "\(result.text)")
    }

    @Test func `the overview names every command`() throws {
        let text = try Sandbox().run("--help").text
        for command in Self.commands { #expect(text.contains("  \(command[0])  "), "\(command[0])") }
    }

    @Test(arguments: commands) func `an unknown option is wrong use`(command: [String]) throws {
        let needed = ["replay": ["x.log"], "normalize": ["x.log"], "simulate": ["--out", "x"]][command[0]] ?? []
        let result = try Sandbox().run(command + needed + ["--nonsense"])
        #expect(result.status == 2)
        #expect(result.text == "")
        #expect(result.errors.contains("Unknown option '--nonsense'"), "\(result.errors)")
    }

    @Test(arguments: [
        (["replay"], "Missing expected argument '<path> ...'"),
        (["normalize"], "Missing expected argument '<path> ...'"),
        (["simulate"], "Missing expected argument '--out <dir>'"),
        (["nonsense"], "nonsense"),
        (["scorecard", "--format", "xml"], "xml"),
        (["scorecard"], "store/lockstep.sqlite: there is no store; make one with 'lockstep replay'"),
        (["quarantine"], "store/lockstep.sqlite: there is no store; make one with 'lockstep replay'"),
        (["quarantine", "retry"], "store/lockstep.sqlite: there is no store; make one with 'lockstep replay'"),
        (["adapters", "pigeon"], "adapters: none is called 'pigeon'; this build has log-file, archive"),
        (["replay", "x.log", "--dialect", "pigeon"], "--dialect: none is called 'pigeon'; known: access-log,"),
        (["replay", "x.log", "--set", "keycloak"], "--set: 'keycloak' does not read dialect.key=value"),
        (["replay", "x.log", "--signals", "nowhere"], "nowhere"),
        (["replay", "x.log", "--now", "soon"], "--now: 'soon' is no time; expected RFC 3339 such as 2026-03-01T00:00:00Z"),
        (["check", "--dialects", "nowhere"], "nowhere: cannot be read; it must be a folder of dialects"),
        (["simulate", "--out", "x", "--scenario", "pigeon"], "--scenario: none is called 'pigeon'"),
        (["simulate", "--out", "x", "--format", "pigeon"], "--format: none is called 'pigeon'"),
        (["simulate", "--out", "x", "--start", "soon"], "--start: 'soon' is no time"),
        (["simulate", "--out", "x", "--days", "0"], "days"),
    ]) func `wrong use is named`(arguments: [String], message: String) throws {
        let result = try Sandbox().run(arguments)
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.text == "")
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test func `the version is data`() throws {
        let result = try Sandbox().run("--version")
        #expect(result.status == 0)
        #expect(result.lines.count == 1)
        #expect(result.lines.first?.wholeMatch(of: /\d+\.\d+\.\d+/) != nil)
    }

    @Test func `adapters are listed, and each prints its sample`() throws {
        let sandbox = try Sandbox()
        let list = try sandbox.run("adapters")
        #expect(list.status == 0)
        #expect(list.errors == "")
        let kinds = list.lines.map { $0.split(separator: "\t").map(String.init) }
        #expect(kinds.map(\.count) == [2, 2])
        #expect(kinds.map(\.first) == ["log-file", "archive"])
        for kind in kinds { #expect(try sandbox.run("adapters", kind[0]).text.contains("paths:")) }
    }
}
