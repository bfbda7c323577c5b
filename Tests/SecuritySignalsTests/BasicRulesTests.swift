import IdentityModel
import Testing

@testable import SecuritySignals

@Suite("The rule set basic") struct BasicRulesTests {
    private let rules: [SignalRule]

    init() throws {
        let folder = #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        rules = try RuleSet(
            named: folder + "/../../config/signals/basic", catalog: JourneyCatalog()
        ).rules
    }

    /// Which of `events` the rule called `name` marks.
    private func marked(_ name: String, _ events: [IdentityEvent]) throws -> [Bool] {
        let index = try #require(rules.firstIndex { $0.name == name })
        let ordered = events.sorted(by: IdentityEvent.precedes)
        return marks(ordered, by: rules).map { $0.indexes.contains(index) }
    }

    private func count(_ name: String, _ events: [IdentityEvent]) throws -> Int {
        try marked(name, events).count { $0 }
    }

    @Test func `holds four rules in the order of their names`() {
        #expect(
            rules.map(\.name) == [
                "brute_force", "credential_stuffing", "distributed_guessing", "reset_abuse",
            ])
    }

    // MARK: credential_stuffing

    private func guesses(_ count: Int, over seconds: Double = 100, origin: UInt32 = 1)
        -> [IdentityEvent]
    {
        (0..<count).map {
            guess(
                at: seconds * Double($0) / Double(count - 1), actor: UInt128($0 + 1), origin: origin
            )
        }
    }

    @Test func `stuffing needs fifteen people from one origin`() throws {
        #expect(try count("credential_stuffing", guesses(14)) == 0)
        #expect(try count("credential_stuffing", guesses(15)) == 15)
        #expect(try count("credential_stuffing", guesses(14) + guesses(14)) == 0)
        #expect(try count("credential_stuffing", guesses(8) + guesses(7, origin: 2)) == 0)
        #expect(try count("credential_stuffing", guesses(15, origin: 0)) == 0)
    }

    @Test func `stuffing's window is open at its beginning`() throws {
        #expect(try count("credential_stuffing", guesses(15, over: 600)) == 0)
        #expect(try count("credential_stuffing", guesses(15, over: 599.999_999)) == 15)
    }

    @Test func `stuffing needs four guesses of five, to the last one`() throws {
        func people(_ logins: Int) -> [IdentityEvent] {
            guesses(20) + (0..<logins).map { login(at: 50, actor: UInt128(100 + $0)) }
        }
        // 20 of 25 is 0.8 exactly, and only at the last guess: 19 of 24 is less.
        #expect(try marked("credential_stuffing", people(5)).allSatisfy { $0 })
        #expect(try count("credential_stuffing", people(6)) == 0)
    }

    @Test func `a burst marks its origin's logins on both sides, its ends left out`() throws {
        let burst = (0..<15).map { guess(at: 1000, actor: UInt128($0 + 1)) }
        let beside = [400, 400.000_001, 1599.999_999, 1600].map { login(at: $0, actor: 99) }
        let other = [
            login(at: 1001, actor: 98, origin: 2),
            happens(.consent, "complete", .success, at: 1002, origin: 1),
        ]
        let expected =
            [false, true] + Array(repeating: true, count: 15) + [false, false, true, false]
        #expect(try marked("credential_stuffing", burst + beside + other) == expected)
    }

    @Test func `a broken release never looks like a guess`() throws {
        let events = guesses(40).map { event in
            var broken = event
            broken.reason = .technical
            return broken
        }
        #expect(try count("credential_stuffing", events) == 0)
    }

    @Test(arguments: [Reason.badCredential, .unknownUser, .locked, .disabled, .mfaFailed])
    func `guesses have five reasons`(reason: Reason) throws {
        let events = guesses(15).map { event in
            var other = event
            other.reason = reason
            return other
        }
        #expect(try count("credential_stuffing", events) == 15)
    }

    @Test func `addresses of one IPv6 network are one origin`() throws {
        let network = try #require(NetworkAddress("2001:db8:1:2::"))
        let events = guesses(15).enumerated().map { index, event in
            var other = event
            other.address = NetworkAddress(rawValue: network.rawValue + UInt128(index * 12_345))
            return other
        }
        #expect(try count("credential_stuffing", events) == 15)
    }

    // MARK: brute_force

    @Test func `brute force is ten guesses at one person from one origin`() throws {
        let nine = (0..<9).map { guess(at: Double($0), actor: 1) }
        #expect(try count("brute_force", nine) == 0)
        #expect(try count("brute_force", nine + [guess(at: 10, actor: 1, origin: 2)]) == 0)
        #expect(try count("brute_force", nine + [guess(at: 10, actor: 2)]) == 0)
        let after = [
            login(at: 20, actor: 1), login(at: 21, actor: 1, origin: 2), login(at: 22, actor: 2),
        ]
        let marked = try marked("brute_force", nine + [guess(at: 10, actor: 1)] + after)
        #expect(marked == Array(repeating: true, count: 11) + [false, false])
    }

    @Test func `an actor without origin, or an origin without actor, is no group`() throws {
        #expect(
            try count("brute_force", (0..<20).map { guess(at: Double($0), actor: 1, origin: 0) })
                == 0)
        #expect(
            try count("brute_force", (0..<20).map { guess(at: Double($0), actor: 0, origin: 1) })
                == 0)
    }

    // MARK: distributed_guessing

    @Test func `distributed guessing needs ten guesses and three origins, and marks guesses alone`()
        throws
    {
        func guesses(_ count: Int, origins: UInt32) -> [IdentityEvent] {
            (0..<count).map { guess(at: Double($0), actor: 1, origin: 1 + UInt32($0) % origins) }
        }
        #expect(try count("distributed_guessing", guesses(10, origins: 2)) == 0)
        #expect(try count("distributed_guessing", guesses(9, origins: 3)) == 0)
        let events = guesses(10, origins: 3) + [login(at: 9.5, actor: 1), guess(at: 300, actor: 2)]
        #expect(
            try marked("distributed_guessing", events) == Array(repeating: true, count: 10) + [
                false, false,
            ])
    }

    @Test func `a matching interval is open at its beginning and closed at its firing`() throws {
        let early = [guess(at: 0, actor: 1, origin: 9), guess(at: 0.000_001, actor: 1, origin: 9)]
        let burst = (0..<9).map { guess(at: 600, actor: 1, origin: UInt32($0) + 1) }
        let late = guess(at: 1200, actor: 1)
        // At 600 the window holds the second early guess and the burst: ten. At 1200 it holds one.
        let marked = try marked("distributed_guessing", early + burst + [late])
        #expect(marked == [false] + Array(repeating: true, count: 10) + [false])
    }

    // MARK: reset_abuse

    @Test func `reset abuse is requests for five people, whatever their outcome`() throws {
        func requests(_ count: Int, last: Double) -> [IdentityEvent] {
            (0..<count).map { index in
                happens(
                    .passwordReset, "request", index.isMultiple(of: 2) ? .success : .failure,
                    at: last * Double(index) / Double(count - 1), actor: UInt128(index + 1),
                    origin: 1)
            }
        }
        #expect(try count("reset_abuse", requests(4, last: 100)) == 0)
        #expect(try count("reset_abuse", requests(5, last: 3600)) == 0)
        let opened = happens(.passwordReset, "open", at: 50, actor: 1, origin: 1)
        let marked = try marked("reset_abuse", requests(5, last: 3599) + [opened])
        #expect(marked == [true, false, true, true, true, true])
    }
}
