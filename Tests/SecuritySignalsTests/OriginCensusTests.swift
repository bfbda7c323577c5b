import IdentityModel
import LockstepTesting
import Testing

@testable import SecuritySignals

@Suite("The census of origins") struct OriginCensusTests {
    private func batch(_ events: [IdentityEvent], source: UInt32 = 1) -> EventBatch {
        var batch = EventBatch()
        for event in events {
            var event = event
            event.source = source
            batch.append(event)
        }
        return batch
    }

    private func hidden(_ events: [IdentityEvent]) -> Set<UInt32> {
        var census = OriginCensus()
        census.absorb(batch(events))
        return census.hiddenSources
    }

    /// A public address.
    private func at(_ number: Int) -> NetworkAddress {
        NetworkAddress(rawValue: UInt128(0xFFFF) << 32 | UInt128(0xCB00_7100 + number))
    }

    private func logins(_ count: Int, _ origin: (Int) -> Int) -> [IdentityEvent] {
        (0..<count).map { index in
            var event = login(at: Double(index), actor: UInt128(index + 1))
            event.address = at(origin(index))
            return event
        }
    }

    private func guesses(_ count: Int, _ origin: Int) -> [IdentityEvent] {
        logins(count) { _ in origin }.map { event in
            var guess = event
            guess.step = LoginStep.credential
            guess.outcome = .failure
            return guess
        }
    }

    @Test func `a source where one origin carries over half of everything hides its origins`() {
        #expect(hidden(logins(1000) { $0 <= 500 ? 0 : $0 }) == [1])
        #expect(hidden(logins(1000) { $0 < 500 ? 0 : $0 }) == [])
        #expect(hidden(logins(999) { _ in 0 }) == [])
    }

    @Test func `a flood of failures does not switch off the rules that see it`() {
        #expect(hidden(logins(500) { $0 + 1 } + guesses(5000, 0)) == [])
    }

    @Test func `private addresses are nobody's, a carrier's are`() {
        let inside = (0..<1000).map { login(at: 0, actor: 1, origin: UInt32($0 + 1)) }
        #expect(hidden(inside) == [1])
        for (text, isPrivate) in [
            ("10.1.2.3", true), ("172.31.0.1", true), ("172.32.0.1", false), ("192.168.1.1", true),
            ("100.64.0.1", false), ("fd00::1", true), ("2001:db8::1", false), ("127.0.0.1", true),
        ] {
            #expect(NetworkAddress(text).map { OriginCensus.isPrivate($0.rawValue) } == isPrivate, "\(text)")
        }
    }

    @Test func `counting apart and merging is counting at once`() {
        let events = logins(1200) { $0.isMultiple(of: 3) ? $0 : 0 }
        for split in [0, 1, 700, 1200] {
            var left = OriginCensus()
            var right = OriginCensus()
            left.absorb(batch(Array(events[..<split])))
            right.absorb(batch(Array(events[split...])))
            left.merge(right)
            #expect(left.hiddenSources == [1])
        }
    }

    @Test func `an origin of many thousands is found among more than are counted`() {
        #expect(hidden(logins(20_000) { $0 % 5 < 3 ? 0 : $0 }) == [1])
    }

    @Test func `events of a hidden source form no group by origin`() throws {
        let set = try RuleSet(named: "basic", catalog: JourneyCatalog())
        let events = batch((0..<30).map { guess(at: Double($0), actor: UInt128($0 + 1)) })
        func firings(_ hidden: Set<UInt32>) -> Int {
            var machine = SignalMachine(set, catalog: JourneyCatalog(), hiddenSources: hidden)
            machine.absorb(events)
            machine.finish()
            return machine.firings.runs.count
        }
        #expect(firings([]) == 1)
        #expect(firings([1]) == 0)
    }
}
