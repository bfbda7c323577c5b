import IdentityModel

/// Takes what the machine gives: matured attempts, completions that are no attempts, single events.
public protocol AttemptSink {
    /// `attempt` has matured in `slice` (whole UTC hours): the watermark passed first event + limit.
    mutating func matured(_ attempt: Attempt, slice: Int64)
    /// A completion at `at` that was nobody's try.
    mutating func setAside(_ kind: SetAside, journey: JourneyID, at: Int64)
    /// An event of a journey that forms no attempts.
    mutating func single(_ observation: Observation)
}

/// Completions that are nobody's try.
public enum SetAside: Int, Sendable, CaseIterable {
    case echo, sso, chained, unanchored
}

/// Makes attempts of events: a deterministic machine over observations in canonical order.
///
/// The rules are those of docs/definitions.md, "Attempt". Cost: about 0.2 µs per observation.
/// Memory holds live attempts and the sessions of 24 hours.
public struct AttemptMachine: Sendable {
    private let traits: [JourneyTraits]
    var live: LiveAttempts
    var memory = CompletionMemory()

    /// A machine that has seen nothing.
    public init(catalog: JourneyCatalog) {
        traits = catalog.traits
        live = LiveAttempts(catalog: catalog)
    }

    /// Lets time pass to `at`: attempts whose first event + limit lies before it mature.
    public mutating func advance(to at: Int64, into sink: inout some AttemptSink) {
        live.mature(before: at) { sink.matured($0, slice: $1) }
    }

    /// The attempts that have not matured, completed or not.
    public func forEachOpen(_ body: (Attempt) -> Void) { live.forEachOpen(body) }

    /// Takes the next observation, which does not precede any before it in canonical order.
    public mutating func observe(_ given: Observation, into sink: inout some AttemptSink) {
        advance(to: given.at, into: &sink)
        guard traits[given.journey.index].formsAttempts else {
            if given.flags.contains(.silent) {
                sink.setAside(.sso, journey: .login, at: given.at)
            }
            sink.single(given)
            return
        }
        var event = given
        var target: Int32?
        if event.flags.contains(.floating) { target = settle(&event) }
        let isCompletion =
            event.step == traits[event.journey.index].lastStep && event.outcome == .success
        if let kind = nobodysTry(event, isCompletion: isCompletion) {
            sink.setAside(kind, journey: event.journey, at: event.at)
            return
        }
        target = target ?? live.candidate(for: event)
        if isCompletion, target == nil, traits[event.journey.index].needsAnchor,
            !event.flags.contains(.floating)
        {
            sink.setAside(.unanchored, journey: event.journey, at: event.at)
            return
        }
        let slot = target ?? live.open(event)
        live.join(slot, event, isCompletion: isCompletion)
        if isCompletion { memory.completed(event) }
    }

    /// Decides which journey and step an event of an MFA-only source belongs to.
    ///
    /// - Returns: the live login attempt that it joins, if there is one.
    private mutating func settle(_ event: inout Observation) -> Int32? {
        let own = live.newestLogin(of: event.actor, at: event.at)
        if own == nil, memory.hasLogin(of: event.actor, before: event.at) {
            event.journey = .stepUp
            event.step = event.outcome == .success ? traits[JourneyID.stepUp.index].lastStep : 1
            return nil
        }
        event.journey = .login
        event.step = LoginStep.mfa
        let slot = own ?? live.candidate(for: event)
        // Only where no other source shows the login is the factor's success its completion.
        let isAlone = slot.map { live[$0].isOpenedByFloating } ?? true
        if event.outcome == .success, isAlone { event.step = LoginStep.complete }
        return slot
    }

    /// Whether a completion repeats, continues or follows another; in DESIGN's order.
    private mutating func nobodysTry(_ event: Observation, isCompletion: Bool) -> SetAside? {
        let isEcho = memory.noteCompletion(event, isCompletion: isCompletion)
        if event.journey == .login, event.step == LoginStep.credential {
            memory.noteCredential(event)
        }
        guard isCompletion else { return nil }
        let isSessionKnown = memory.noteSession(event)
        if isEcho { return .echo }
        guard event.journey == .login else { return nil }
        if isSessionKnown || event.flags.contains(.silent) { return .sso }
        return memory.isChained(event) ? .chained : nil
    }
}
