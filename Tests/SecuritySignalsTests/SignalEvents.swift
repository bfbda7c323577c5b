import Attempts
import IdentityModel

@testable import SecuritySignals

/// When the tests' time begins: 2026-03-01T00:00:00Z.
let dawn: Int64 = 1_772_323_200_000_000

/// The µs since 1970 at `seconds` after the tests' time began.
func time(_ seconds: Double) -> Int64 { dawn + Int64((seconds * 1_000_000).rounded()) }

/// The IPv4 address 10.x.y.z numbered `number`; none for 0.
func address(_ number: UInt32) -> NetworkAddress {
    number == 0
        ? .none : NetworkAddress(rawValue: UInt128(0xFFFF) << 32 | UInt128(0x0A00_0000 + number))
}

/// An event of `step` at `seconds`. Actor and origin are small numbers; 0 is none.
func happens(
    _ journey: JourneyID, _ step: String, _ outcome: Outcome = .progress, _ reason: Reason = .none,
    at seconds: Double, actor: UInt128 = 0, origin: UInt32 = 0
) -> IdentityEvent {
    var event = IdentityEvent()
    event.journey = journey
    event.step = JourneyCatalog().step(named: step, of: journey) ?? 255
    event.outcome = outcome
    event.reason = reason
    event.at = time(seconds)
    event.name = actor
    event.address = address(origin)
    return event
}

/// A wrong password at a login.
func guess(at seconds: Double, actor: UInt128, origin: UInt32 = 1) -> IdentityEvent {
    happens(
        .login, "credential", .failure, .badCredential, at: seconds, actor: actor, origin: origin)
}

/// A login that succeeds.
func login(at seconds: Double, actor: UInt128, origin: UInt32 = 1) -> IdentityEvent {
    happens(.login, "complete", .success, at: seconds, actor: actor, origin: origin)
}

/// The signals that mark each of `events`, which come in canonical order; cut into batches of `batchCount`.
func marks(_ events: [IdentityEvent], by rules: [SignalRule], batchCount: Int = .max) -> [SignalSet]
{
    marks(
        events, by: SignalMachine(rules: rules, catalog: JourneyCatalog()), batchCount: batchCount)
}

/// The same by a machine that has seen nothing.
func marks(_ events: [IdentityEvent], by fresh: SignalMachine, batchCount: Int = .max)
    -> [SignalSet]
{
    var machine = fresh
    var batches: [EventBatch] = []
    for event in events {
        if batches.isEmpty || batches[batches.count - 1].count >= batchCount {
            batches.append(EventBatch())
        }
        batches[batches.count - 1].append(event)
    }
    for batch in batches { machine.absorb(batch) }
    machine.finish()
    let firings = machine.firings
    return batches.flatMap { batch in (0..<batch.count).map { firings.marks(batch, $0) } }
}
