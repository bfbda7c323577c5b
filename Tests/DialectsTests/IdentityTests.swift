import IdentityModel
import Testing

@testable import Dialects

@Suite("Ids and identities") struct IdentityTests {
    private func library() throws -> DialectLibrary { try Fixture.test(jsonBody) }

    private func record(_ more: String = "", time: Int = 1_772_323_261) -> String {
        "{\"kind\":\"login\",\"time\":\(time)\(more)}"
    }

    @Test func `the vendor's id decides, wherever the record is read`() throws {
        let first = try Fixture.run(library(), [record(#","id":"e1","name":"ann""#)])
        let again = try Fixture.run(library(), [record(), record(#","id":"e1","name":"bob""#)])
        #expect(first.events.id[0] == again.events.id[1])
        #expect(first.events.recordHash[0] != again.events.recordHash[1])
        let other = try Fixture.run(library(), [record(#","id":"e2""#), record(#","id":"e1","tenant":"t""#)])
        #expect(Set(first.events.id + other.events.id).count == 3)
    }

    @Test func `equal lines of one stream are told apart, and equal streams are not`() throws {
        let lines = [record(), record(), record(), record(time: 1_772_323_262)]
        let first = try Fixture.run(library(), lines)
        let again = try Fixture.run(library(), lines)
        #expect(Set(first.events.id).count == 4)
        #expect(first.events.id == again.events.id)
    }

    @Test func `twins are counted among the 65,536 records before`() {
        var window = TwinWindow()
        #expect(window.count(7) == 0)
        #expect(window.count(7) == 1)
        for index in 0..<65_534 { _ = window.count(UInt64(1000 + index) &* 0x9E37_79B9_7F4A_7C15) }
        #expect(window.count(7) == 2)
        #expect(window.count(7) == 2)
        for index in 0..<65_536 { _ = window.count(UInt64(200_000 + index) &* 0x9E37_79B9_7F4A_7C15) }
        #expect(window.count(7) == 0)
    }

    @Test func `records with a vendor's id move the window too`() {
        var window = TwinWindow()
        _ = window.count(7)
        for _ in 0..<65_535 { window.skip() }
        #expect(window.count(7) == 1)
        for _ in 0..<65_536 { window.skip() }
        #expect(window.count(7) == 0)
    }

    @Test func `a text is looked for among exactly so many records before`() {
        // A window of three: the fourth record back is out of sight.
        //   text      A  B  A  C  A  D  E  A  F  G  H  A
        //   A before  0     1     1        1           0
        var window = TwinWindow(records: 3)
        let texts: [UInt64] = [1, 2, 1, 3, 1, 4, 5, 1, 6, 7, 8, 1]
        let expected: [UInt64] = [0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0]
        #expect(texts.map { window.count($0) } == expected)
    }

    @Test func `every record of the stream moves the window, whatever became of it`() throws {
        let body = """
            forms: {a: {json: {}, requires: [kind], fields: {time: time, kind: kind, x: x}}}
            event: {time: time}
            rules: [{when: {kind: login}, is: login/complete/success}, {when: {kind: no}, ignore: no}]
            """
        let event = #"{"kind":"login","time":1772323261}"#
        let others = [#"{"kind":"no"}"#, "nonsense", " ", #"{"kind":"odd"}"#]
        func ids(_ between: [String]) throws -> [UInt128] {
            var normalizer = try StreamNormalizer(
                library: Fixture.test(body), key: Fixture.key, options: NormalizerOptions(now: Fixture.now))
            normalizer.assembler.twins = TwinWindow(records: 4)
            var events = EventBatch()
            var tally = NormalizationTally()
            let lines = [event] + between + [event]
            normalizer.normalize(
                Fixture.batch(lines.map { Array($0.utf8) }), into: &events, tally: &tally)
            #expect(tally.total.records == UInt64(lines.count))
            return events.id
        }
        // Three records between: the first event is the fourth before, and seen. Four: it is not.
        for kind in others {
            let near = try ids([kind, kind, kind])
            let far = try ids([kind, kind, kind, kind])
            #expect(near.count == 2 && near[0] != near[1])
            #expect(far.count == 2 && far[0] == far[1])
        }
    }

    @Test func `elements of one record share its number, whichever of them is an event`() throws {
        let body = """
            forms: {a: {json: {each: list}, fields: {time: time, k: each.k}}}
            event: {time: time}
            rules: [{when: {k: a}, is: login/complete/success}, {when: {k: b}, ignore: no}]
            """
        let line = #"{"time":1772323261,"list":[{"k":"b"},{"k":"a"},{"k":"a"}]}"#
        let once = try Fixture.run(Fixture.test(body), [line])
        let twice = try Fixture.run(Fixture.test(body), [line, line])
        #expect(once.events.count == 2 && Set(twice.events.id).count == 4)
        #expect(Array(twice.events.id.prefix(2)) == once.events.id)
    }

    @Test func `a window goes on where another was`() {
        var window = TwinWindow()
        var generator = SeededGenerator(seed: 3)
        func next() -> UInt64 {
            UInt64.random(in: 0..<300, using: &generator) &* 0x9E37_79B9_7F4A_7C15
        }
        for _ in 0..<5000 { _ = window.count(next()) }
        var resumed = TwinWindow()
        let snapshot = window.snapshot
        resumed.resume(ordinal: snapshot.ordinal, entries: snapshot.entries)
        var differences = 0
        for _ in 0..<80_000 {
            let hash = next()
            if window.count(hash) != resumed.count(hash) { differences += 1 }
        }
        #expect(differences == 0)
    }

    @Test func `a normalizer goes on where another was`() throws {
        let body = """
            forms: {a: {syslog: true}}
            event: {time: time}
            rules: [{is: login/complete/success}]
            """
        let lines = ["Dec 31 10:00:00 h p: x", "Jan  1 10:00:00 h p: x", "Jan  1 10:00:00 h p: x"]
        let options = NormalizerOptions(now: Fixture.now)
        let library = try Fixture.test(body)
        let whole = try Fixture.run(library, lines, options: options)
        var events = EventBatch()
        var tally = NormalizationTally()
        var state: [UInt8]?
        for line in lines {
            var part = try StreamNormalizer(library: library, key: Fixture.key, options: options)
            if let state {
                let resumed = part.resume(from: state)
                #expect(resumed)
            }
            part.normalize(Fixture.batch([Array(line.utf8)]), into: &events, tally: &tally)
            state = part.checkpoint
            #expect(part.detection?.chosen == "test")
        }
        #expect(events.id == whole.events.id && events.at == whole.events.at)
        var fresh = try StreamNormalizer(library: library, key: Fixture.key, options: options)
        let fromNothing = fresh.resume(from: [])
        let fromHalf = fresh.resume(from: Array((state ?? []).dropLast()))
        #expect(!fromNothing && !fromHalf)
    }

    @Test func `a name is trimmed and in lower case, a subject only trimmed`() throws {
        let lines = [
            record(#","name":" Ann@Example.ORG ","subject":" U-1 ""#),
            record(#","name":"ann@example.org","subject":"U-1""#), record(#","name":"ÄNN","subject":"u-1""#),
            record(#","name":"änn""#),
        ]
        let result = try Fixture.run(library(), lines)
        let events = result.events
        #expect(events.name[0] == events.name[1] && events.name[2] == events.name[3])
        #expect(events.subject[0] == events.subject[1] && events.subject[1] != events.subject[2])
        #expect(result.lines[0]["actor"] == "ann@example.org" && result.lines[2]["name"] == "änn")
    }

    @Test(arguments: [
        #""""#, "null", #""null""#, #""NULL""#, #""unknown""#, #""Unknown""#, #""Not Available""#,
        #""not available""#, #""-""#, #""  ""#,
    ])
    func `what stands for nothing is no value`(_ value: String) throws {
        let result = try Fixture.run(
            library(), [record(",\"name\":\(value),\"subject\":\(value),\"ip\":\(value),\"code\":\(value)")])
        #expect(result.events.name[0] == 0 && result.events.subject[0] == 0)
        #expect(result.events.address[0] == 0)
        #expect(value == #""  ""# || result.events.vendorReason[0] == 0)
        #expect(result.lines[0]["actor"] == nil)
    }

    @Test func `correlation and session of one text are one transaction, a device of that text is not`() throws {
        let body = """
            forms: {a: {json: {}, fields: {time: time, x: x}}}
            event: {time: time, correlation: x, session: x, device: x}
            rules: [{is: login/complete/success}]
            """
        let event = try Fixture.run(Fixture.test(body), [record(#","x":"same""#)]).events[0]
        #expect(event.correlation == event.session)
        #expect(event.correlation != 0 && event.device != 0 && event.device != event.correlation)
    }

    @Test func `no clear identity stands in the columns`() throws {
        let secrets = ["ann@example.org", "u-12345", "c-777", "s-888", "dev-9"]
        let body = """
            forms: {a: {json: {}, fields: {time: time, n: n, s: s, c: c, w: w, d: d}}}
            event: {time: time, name: n, subject: s, correlation: c, session: w, device: d}
            rules: [{is: login/complete/success}]
            """
        let text =
            #","n":"Ann@Example.org","s":"u-12345","c":"c-777","w":"s-888","d":"dev-9""#
        var normalizer = try StreamNormalizer(
            library: Fixture.test(body), key: Fixture.key, options: NormalizerOptions(now: Fixture.now))
        var events = EventBatch()
        var tally = NormalizationTally()
        normalizer.normalize(Fixture.batch([Array(record(text).utf8)]), into: &events, tally: &tally)
        let stored = String(decoding: events.strings.storage, as: UTF8.self).lowercased()
        var out: [UInt8] = []
        var writer = EventWriter(catalog: JourneyCatalog())
        writer.append(events, source: "x", to: &out)
        let printed = String(decoding: out, as: UTF8.self).lowercased()
        for secret in secrets {
            #expect(!stored.contains(secret) && !printed.contains(secret))
        }
        #expect(events.name[0] != 0 && events.subject[0] != 0)
    }

    @Test func `what is revealed are the same events with clear texts`() throws {
        let lines = [record(#","name":"Ann","id":"1""#), record(#","subject":"u1","id":"2""#)]
        let result = try Fixture.run(library(), lines)
        #expect(result.revealed.name.count == 2)
        #expect(result.lines[0]["name"] == "ann" && result.lines[0]["actor"] == "ann")
        #expect(result.lines[1]["name"] == nil && result.lines[1]["actor"] == "u1")
        var pseudonyms: [UInt8] = []
        var writer = EventWriter(catalog: JourneyCatalog())
        writer.append(result.events, source: "test.log", to: &pseudonyms)
        let text = String(decoding: pseudonyms, as: UTF8.self)
        #expect(text.contains("\"id\":\"\(result.lines[0]["id"] ?? "?")\""))
        #expect(!text.contains("\"ann\""))
    }
}

/// A small generator with a seed (xorshift64*), so that a failure can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
