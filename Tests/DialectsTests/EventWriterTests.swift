import IdentityModel
import Testing

@testable import Dialects

@Suite("Event writer") struct EventWriterTests {
    private func line(_ change: (inout IdentityEvent, inout StringTable) -> Void) -> String {
        var events = EventBatch()
        var event = IdentityEvent()
        event.journey = .login
        change(&event, &events.strings)
        events.append(event)
        var writer = EventWriter(catalog: JourneyCatalog())
        var out: [UInt8] = []
        writer.append(events, source: "a \"b\".log", to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    @Test func `keys stand in their order, and what has no value is left out`() {
        let text = line { event, strings in
            event.at = 1_772_323_261_123_456
            event.step = LoginStep.credential
            event.outcome = .failure
            event.reason = .badCredential
            event.vendorReason = strings.intern("code \"x\"\n")
            event.name = 0x0123_4567_89AB_CDEF_0011_2233_4455_6677
            event.actorKind = .customer
            event.address = NetworkAddress("203.0.113.5") ?? .none
            event.correlation = 0xAB
            event.method = .password
            event.id = 255
            event.offset = 1_234_567
        }
        let expected = """
            {"at":"2026-03-01T00:01:01.123456Z","journey":"login","step":"credential","outcome":"failure",\
            "reason":"bad_credential","vendor_reason":"code \\"x\\"\\u000a",\
            "name":"0123456789abcdef0011223344556677","actor":"0123456789abcdef0011223344556677",\
            "actor_kind":"customer","ip":"203.0.113.5","correlation":"00000000000000ab",\
            "method":"password","id":"000000000000000000000000000000ff","source":"a \\"b\\".log",\
            "offset":1234567}

            """
        #expect(text == expected)
    }

    @Test(arguments: [
        "203.0.113.5", "2001:db8::1", "::1", "1::", "2001:db8:0:1:1:1:1:1", "fe80::1:0:0:1", "1:2:3:4:5:6:7:8",
        "2001:0:0:1::1", "255.255.255.255", "64:ff9b::c000:221",
    ])
    func `an address is written as its description`(_ address: String) throws {
        let parsed = try #require(NetworkAddress(address))
        let text = line { event, _ in event.address = parsed }
        #expect(text.contains("\"ip\":\"\(parsed.description)\""))
    }

    @Test func `times of many days are written as Timestamp writes them`() {
        var events = EventBatch()
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<500 {
            var event = IdentityEvent()
            event.at = Int64.random(in: 946_684_800_000_000..<4_102_444_800_000_000, using: &generator)
            events.append(event)
        }
        var writer = EventWriter(catalog: JourneyCatalog())
        var out: [UInt8] = []
        writer.append(events, source: "", to: &out)
        let lines = String(decoding: out, as: UTF8.self).split(separator: "\n")
        for (line, at) in zip(lines, events.at) {
            #expect(line.hasPrefix("{\"at\":\"\(Timestamp.text(at))\""))
        }
    }

    @Test(arguments: [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148", UserAgentClass.mobile),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/120 Mobile Safari", .mobile),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0", .desktop),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605", .desktop),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", .bot),
        ("python-requests/2.31", .bot), ("curl/8.5.0", .bot), ("SmartTV/1.0", .other),
    ])
    func `a user agent has a class`(_ agent: String, _ expected: UserAgentClass) {
        let memory = CompiledMemory()
        #expect(UserAgentClassifier.classify(memory.place(agent)) == expected)
    }

    @Test func `rows appended at once are the rows appended one by one`() {
        var generator = SeededGenerator(seed: 9)
        var rows: [IdentityEvent] = []
        for index in 0..<700 {
            var event = IdentityEvent()
            event.id = UInt128(generator.next())
            event.at = Int64(index)
            event.outcome = .denied
            event.longitude = Int16(index)
            event.recordHash = UInt32(truncatingIfNeeded: generator.next())
            rows.append(event)
        }
        var one = EventBatch()
        var many = EventBatch()
        for row in rows { one.append(row) }
        rows.withUnsafeBufferPointer { many.append(contentsOf: $0) }
        #expect(one.count == many.count)
        #expect((0..<one.count).allSatisfy { one[$0] == many[$0] })
    }
}
