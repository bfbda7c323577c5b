import IdentityModel

/// Takes what the machine gives: matured attempts, completions that are no attempts, single events.
public protocol AttemptSink {
    /// `attempt` has matured in `slice` (whole UTC hours): the watermark passed first event + limit.
    mutating func matured(_ attempt: Attempt, slice: Int64)
    /// A completion of `journey` that was nobody's try.
    mutating func setAside(_ kind: SetAside, _ event: Observation, journey: JourneyID)
    /// `event` has joined an attempt by its actor, for want of a correlation that ties them.
    mutating func joinedByActor(_ event: Observation)
    /// An event of a journey that forms no attempts.
    mutating func single(_ observation: Observation)
}

/// Completions that are nobody's try.
public enum SetAside: Int, Sendable, CaseIterable {
    case echo, sso, chained, unanchored
}

/// Makes attempts of events: a deterministic machine over observations in canonical order.
///
/// The rules are those of docs/definitions.md, "Attempt". Cost: about 0.4 µs per observation.
/// Memory holds live attempts and the sessions of 24 hours.
public struct AttemptMachine: Sendable {
    let traits: [JourneyTraits]
    /// The time that the machine was advanced to.
    var now = Int64.min
    var live: LiveAttempts
    var memory = CompletionMemory()
    var sequels = SequelMemory()

    /// A machine that has seen nothing.
    public init(catalog: JourneyCatalog) {
        traits = catalog.traits
        live = LiveAttempts(catalog: catalog)
    }

    /// Lets time pass to `at`: attempts whose first event + limit lies before it mature.
    public mutating func advance(to at: Int64, into sink: inout some AttemptSink) {
        if at > now { now = at }
        guard live.isDue(at) else { return }
        let sequels = sequels
        live.mature(before: at) { attempt, slice in
            guard attempt.isWatched else {
                sink.matured(attempt, slice: slice)
                return
            }
            var attempt = attempt
            attempt.hasQuietSequel = sequels.follows(attempt)
            sink.matured(attempt, slice: slice)
        }
    }

    /// The attempts that have not matured, completed or not.
    public func forEachOpen(_ body: (Attempt) -> Void) { live.forEachOpen(body) }

    /// Takes the next observation, which does not precede any before it in canonical order.
    ///
    /// - Returns: the `Attempt.number` of the attempt that it joined or opened; nil where there is none.
    @discardableResult
    public mutating func observe(_ given: Observation, into sink: inout some AttemptSink) -> UInt64? {
        advance(to: given.at, into: &sink)
        if !given.signals.isEmpty { sequels.noteMarked(given.actor, at: given.at) }
        guard traits[given.journey.index].formsAttempts else {
            if given.flags.contains(.silent) {
                sink.setAside(.sso, given, journey: .login)
            }
            sink.single(given)
            return nil
        }
        if given.flags.contains(.floating) {
            var event = given
            let target = settle(&event)
            return take(event, target: target, into: &sink)
        }
        return take(given, target: nil, into: &sink)
    }

    /// Takes an event whose journey is known; `target` is the attempt that it joins, if that is too.
    private mutating func take(
        _ event: Observation, target: Candidate?, into sink: inout some AttemptSink
    ) -> UInt64? {
        let isCompletion =
            event.step == traits[event.journey.index].lastStep && event.outcome == .success
        if let kind = nobodysTry(event, isCompletion: isCompletion) {
            sink.setAside(kind, event, journey: event.journey)
            return nil
        }
        let target = target ?? live.candidate(for: event)
        if isCompletion, target == nil, traits[event.journey.index].needsAnchor,
            !event.flags.contains(.floating)
        {
            sink.setAside(.unanchored, event, journey: event.journey)
            return nil
        }
        if target?.isByActor == true { sink.joinedByActor(event) }
        let slot = target?.slot ?? live.open(event)
        live.join(slot, event, isCompletion: isCompletion)
        if isCompletion { memory.completed(event) }
        noteSequel(event, slot, isCompletion: isCompletion)
        return live.number(slot)
    }

    /// Notes what `event`, which has joined the attempt at `slot`, says of the actors' sequels.
    private mutating func noteSequel(_ event: Observation, _ slot: Int32, isCompletion: Bool) {
        if live.isWatched(slot) {
            let attempt = live[slot]
            sequels.watch(attempt, until: attempt.firstAt + traits[attempt.journey.index].limit)
        }
        if isCompletion, event.journey == .login, !live.isSuspect(slot) {
            sequels.noteQuietLogin(event.actor, at: event.at)
        }
    }

    /// Decides which journey and step an event of an MFA-only source belongs to.
    ///
    /// - Returns: the live login attempt that it joins, if there is one.
    private mutating func settle(_ event: inout Observation) -> Candidate? {
        let own = live.newestLogin(of: event.actor, at: event.at)
        if own == nil, memory.hasLogin(of: event.actor, before: event.at) {
            event.journey = .stepUp
            event.step = event.outcome == .success ? traits[JourneyID.stepUp.index].lastStep : 1
            return nil
        }
        event.journey = .login
        event.step = LoginStep.mfa
        let target = own.map { Candidate(slot: $0, isByActor: false) } ?? live.candidate(for: event)
        // Only where no other source shows the login is the factor's success its completion.
        let isAlone = target.map { live[$0.slot].isOpenedByFloating } ?? true
        if event.outcome == .success, isAlone { event.step = LoginStep.complete }
        return target
    }

    /// Whether a completion repeats, continues or follows another; in the order of docs/definitions.md.
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
