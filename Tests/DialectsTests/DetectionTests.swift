import Dialects
import IdentityModel
import Testing

@Suite("Detection") struct DetectionTests {
    private static let login = #"{"id":"1","time":1772323261123,"type":"LOGIN","realmId":"r","clientId":"c"}"#
    private static let ssh = "Mar  1 08:00:01 gw sshd[1]: Accepted password for ann from 192.0.2.1 port 5 ssh2"

    @Test func `the dialect that recognises most is chosen, and the reason is told`() throws {
        let library = try Fixture.builtIn
        let records = Array(repeating: Self.login, count: 3) + [Self.ssh]
        let result = try Fixture.run(library, records)
        #expect(result.detection?.chosen == "keycloak")
        #expect(result.detection?.sampled == 4)
        #expect(result.detection?.description.hasPrefix("keycloak: recognises 3 of the first 4 records") == true)
        #expect(result.events.count == 4)
        #expect(result.tally.perDialect["keycloak"]?.events == 3)
        #expect(result.tally.perDialect["sshd"]?.events == 1)
    }

    @Test func `among equals the name decides`() throws {
        let library = try Fixture.library(["b": "dialect: b\n" + jsonBody, "a": "dialect: a\n" + jsonBody])
        let result = try Fixture.run(library, [#"{"kind":"login","time":1772323261}"#])
        #expect(result.detection?.chosen == "a")
        #expect(result.tally.perDialect.keys.sorted() == ["a"])
    }

    @Test func `a forced dialect reads alone`() throws {
        let library = try Fixture.builtIn
        let options = NormalizerOptions(now: Fixture.now, dialect: "sshd")
        let result = try Fixture.run(library, [Self.login, Self.ssh], options: options)
        #expect(result.causes == ["sshd does not understand this record"])
        #expect(result.events.count == 1)
    }

    @Test func `a stream that nobody knows is quarantined`() throws {
        let library = try Fixture.builtIn
        let result = try Fixture.run(library, ["lorem ipsum", "dolor sit amet"])
        #expect(result.detection?.chosen == nil)
        #expect(result.detection?.description == "no dialect recognises any of the first 2 records")
        #expect(result.causes == Array(repeating: "no dialect understands this record", count: 2))
        #expect(result.tally.perDialect[""]?.quarantined == 2)
    }

    @Test(arguments: ["keyclock", "sshd "])
    func `an unknown dialect is refused with the nearest name`(_ name: String) throws {
        let library = try Fixture.builtIn
        let options = NormalizerOptions(now: Fixture.now, dialect: name)
        let error = #expect(throws: DialectError.self) {
            _ = try Fixture.run(library, [], options: options)
        }
        #expect(error?.description.contains("did you mean") == true)
    }

    @Test func `unknown settings and zones are refused, all at once`() throws {
        let library = try Fixture.builtIn
        let options = NormalizerOptions(
            now: Fixture.now, zone: nil,
            settings: ["keycloak": ["verify_mail": "true", "zone": "Mars/Base"], "nobody": [:]])
        let error = #expect(throws: DialectError.self) {
            _ = try Fixture.run(library, [], options: options)
        }
        #expect(error?.problems.count == 3)
        #expect(error?.description.contains("did you mean 'verify_email'?") == true)
    }
}
