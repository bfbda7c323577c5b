import Foundation
import IdentityModel
import Testing

@testable import Dialects

@Suite("Built-in dialects") struct SampleTests {
    @Test(arguments: EmbeddedSamples.names)
    func `its sample gives what is expected, and reaches every rule`(_ name: String) throws {
        let source = try #require(EmbeddedDialects.sources[name])
        let findings = try DialectCheck(Fixture.builtIn, name, source).findings()
        #expect(findings.isEmpty, "\(findings.map(\.description).joined(separator: "\n"))")
    }

    @Test func `all that are promised are there`() throws {
        let library = try Fixture.builtIn
        let promised = [
            "access-log", "auth0", "authelia", "authentik", "cognito", "duo", "entra",
            "google-workspace", "helpdesk", "keycloak", "lockstep", "okta", "pingfederate", "sshd",
        ]
        #expect(promised.allSatisfy(library.names.contains))
    }

    @Test(arguments: EmbeddedSamples.names)
    func `its sample is recognised as its own`(_ name: String) throws {
        let library = try Fixture.builtIn
        let sample = try #require(EmbeddedDialects.files["\(name)/sample.log"])
        let records = SampleRecords(sample).batch
        var normalizer = try StreamNormalizer(
            library: library, key: Fixture.key, options: NormalizerOptions(now: Fixture.now))
        var events = EventBatch()
        var tally = NormalizationTally()
        normalizer.normalize(records, into: &events, tally: &tally)
        #expect(normalizer.detection?.chosen == name, "\(String(describing: normalizer.detection))")
    }

    private let yaml = """
        dialect: test
        forms: {a: {json: {}, requires: [kind], fields: {kind: kind, time: time}}}
        event: {time: time}
        rules:
          - {when: {kind: x}, is: login/complete/success}
          - {when: {kind: y}, ignore: nothing}
        """

    private func findings(_ sample: String?, _ expected: String) throws -> [String] {
        let source = DialectSource(file: "test/dialect.yaml", text: yaml, sample: sample, expected: expected)
        return try checkDialects(catalog: JourneyCatalog(), sources: ["test": source]).map(\.description)
    }

    @Test func `a check finds differences, missing lines and unreached rules`() throws {
        let x = #"{"kind":"x","time":"2026-03-01T00:00:00Z"}"#
        let y = #"{"kind":"y"}"#
        let event =
            #"{"at":"2026-03-01T00:00:00.000000Z","journey":"login","step":"complete","outcome":"success","actor_kind":"customer"}"#
        let ignored = #"{"ignored":"nothing"}"#
        #expect(try findings("\(x)\n\(y)\n", "\(event)\n\(ignored)\n").isEmpty)
        #expect(try findings("\(y)\n\(x)\n{}\n", "\(ignored)\n\(event)\n{\"quarantined\":\"\"}").isEmpty)
        #expect(
            try findings("\(x)\n", event) == ["test/dialect.yaml:6: no record of sample.log reaches this rule"])
        #expect(
            try findings("\(x)\n\(y)\n", "\(event.replacing("success", with: "failure"))\n\(ignored)")
                == ["test/sample.log:1: 'outcome' is 'success', expected 'failure'"])
        #expect(
            try findings("\(x)\n\(y)\n", event)
                == ["test/expected.jsonl: has 1 lines, but the sample gives 2 results"])
        #expect(try findings("\(x)\n\(y)\n", "\(event)\n\(ignored)\n\(event)").count == 1)
        #expect(try findings(nil, "").count == 1)
    }

    @Test func `a folder overrides and adds dialects`() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/dialects-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, title) in [("keycloak", "Ours"), ("acme", "Acme")] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            let text = "dialect: \(name)\ntitle: \(title)\n" + jsonBody
            try text.write(toFile: "\(folder)/\(name)/dialect.yaml", atomically: true, encoding: .utf8)
        }
        let library = try DialectLibrary(catalog: JourneyCatalog(), overrides: folder)
        #expect(library.names.contains("acme") && library.names.contains("sshd"))
        #expect(library.descriptions.first { $0.name == "keycloak" }?.title == "Ours")
        #expect(throws: DialectError.self) {
            try DialectLibrary(catalog: JourneyCatalog(), overrides: folder + "/none")
        }
    }

    @Test func `the embedded copy is that of config`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appendingPathComponent("config/dialects")
        for (path, text) in EmbeddedDialects.files {
            let file = try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
            let same = text == file || text == file + "\n"
            #expect(same, "\(path) differs; run: sh config/embed.sh")
        }
    }
}
