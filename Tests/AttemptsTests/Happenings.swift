import Attempts
import IdentityModel

/// An event as a test writes it, and the signals that mark it.
struct Happening {
    var event = IdentityEvent()
    var signals: SignalSet = []
    var isFamiliar = false
    var isStaleCredential = false
}

/// Seconds in a minute, an hour.
let minute = 60.0
let hour = 3600.0

/// When the tests' time begins: 2026-03-01T00:00:00Z.
let dawn: Int64 = 1_772_323_200_000_000

/// The µs since 1970 at `seconds` after the tests' time began.
func time(_ seconds: Double) -> Int64 { dawn + Int64((seconds * 1_000_000).rounded()) }

/// An event of `step` at `seconds`. Actor, origin, correlation and session are small numbers; 0 is none.
func happens(
    _ journey: JourneyID, _ step: String, _ outcome: Outcome = .progress, _ reason: Reason = .none,
    at seconds: Double, actor: UInt128 = 0, origin: UInt32 = 0, tie: UInt64 = 0, session: UInt64 = 0
) -> Happening {
    var happening = Happening()
    happening.event.journey = journey
    happening.event.step = JourneyCatalog().step(named: step, of: journey) ?? 255
    happening.event.outcome = outcome
    happening.event.reason = reason
    happening.event.at = time(seconds)
    happening.event.name = actor
    happening.event.address = address(origin)
    happening.event.correlation = tie
    happening.event.span = .attempt
    happening.event.session = session
    return happening
}

/// The IPv4 address 10.x.y.z numbered `number`; none for 0.
func address(_ number: UInt32) -> NetworkAddress {
    number == 0
        ? .none : NetworkAddress(rawValue: UInt128(0xFFFF) << 32 | UInt128(0x0A00_0000 + number))
}

extension Happening {
    /// The same with some values changed.
    func with(_ change: (inout IdentityEvent) -> Void) -> Happening {
        var copy = self
        change(&copy.event)
        return copy
    }

    /// The same, marked by signal `index`.
    func marked(_ index: Int) -> Happening {
        var copy = self
        copy.signals.insert(SignalSet(index: index))
        return copy
    }

    /// The same event, from a source that cannot say which journey it belongs to.
    var floating: Happening { with { $0.flags.insert(.floating) } }
}

/// What the machine made of events.
struct Played: AttemptSink {
    struct Aside: Equatable {
        var kind: SetAside
        var journey: JourneyID
        var at: Int64
    }

    private(set) var matured: [Attempt] = []
    private(set) var slices: [Int64] = []
    var open: [Attempt] = []
    private(set) var asides: [Aside] = []
    private(set) var singles = 0
    /// When events joined by their actor.
    private(set) var joins: [Int64] = []

    mutating func matured(_ attempt: Attempt, slice: Int64) {
        matured.append(attempt)
        slices.append(slice)
    }

    mutating func setAside(_ kind: SetAside, _ event: Observation, journey: JourneyID) {
        asides.append(Aside(kind: kind, journey: journey, at: event.at))
    }

    mutating func joinedByActor(_ event: Observation) { joins.append(event.at) }

    mutating func single(_ observation: Observation) { singles += 1 }

    /// Matured attempts, then open ones; those of one journey in the order of their opening.
    var attempts: [Attempt] { matured + open }
    /// How often each kind was set aside, in order.
    var kinds: [SetAside] { asides.map(\.kind) }
}

/// Runs the machine over `happenings` in canonical order, then to `seconds` where they are given.
func play(
    _ happenings: [Happening], until seconds: Double? = nil, catalog: JourneyCatalog = .init()
) -> Played {
    var machine = AttemptMachine(catalog: catalog)
    var played = Played()
    var batch = EventBatch()
    let ordered = happenings.sorted { IdentityEvent.precedes($0.event, $1.event) }
    for happening in ordered { batch.append(happening.event) }
    // Texts are numbers already: as many as the tests use.
    let numbers = (0..<100).map { UInt32($0) }
    for (index, happening) in ordered.enumerated() {
        let observation = Observation(happening, batch, index, numbers: numbers)
        machine.observe(observation, into: &played)
    }
    if let seconds { machine.advance(to: time(seconds), into: &played) }
    machine.forEachOpen { played.open.append($0) }
    return played
}

extension Observation {
    /// `happening`, which is event `index` of `batch`.
    init(_ happening: Happening, _ batch: EventBatch, _ index: Int, numbers: [UInt32]) {
        self.init(
            batch, index, numbers: numbers, signals: happening.signals, isFamiliar: happening.isFamiliar,
            isStaleCredential: happening.isStaleCredential)
    }
}

extension Attempt {
    /// The actors it holds, ascending.
    var actorList: [UInt128] {
        var list: [UInt128] = []
        actors.forEach { list.append($0) }
        return list.sorted()
    }
}
