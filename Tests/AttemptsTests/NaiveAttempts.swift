import Attempts
import IdentityModel

/// Attempts as the definition's words say, without an index: for each event all attempts are
/// looked at, newest first, and all events before it. Quadratic; the measure of the machine.
struct NaiveAttempts {
    struct Try {
        var journey: JourneyID
        var members: [Happening] = []
        var completion: Happening?
        /// Whether an MFA-only source opened it.
        var isFloating: Bool

        var first: IdentityEvent { members[0].event }
        func holds(actor: UInt128) -> Bool { members.contains { $0.event.actor == actor } }
        func holds(origin: UInt128) -> Bool { members.contains { $0.event.origin == origin } }
        func holds(tie: UInt64) -> Bool { members.contains { $0.event.tie == tie } }
        var actors: Set<UInt128> { Set(members.map(\.event.actor)).subtracting([0]) }
    }

    private struct Past {
        var event: IdentityEvent
        var isCompletion: Bool
        /// Whether it completed an attempt, so was somebody's try.
        var completesTry = false
    }

    let catalog = JourneyCatalog()
    private(set) var tries: [Try] = []
    private(set) var asides: [Played.Aside] = []
    private var past: [Past] = []

    mutating func take(_ given: Happening) {
        guard catalog[given.event.journey].formsAttempts else { return }
        var happening = given
        let floated = given.event.flags.contains(.floating) ? settle(&happening.event) : nil
        let event = happening.event
        let isCompletion =
            event.step == catalog[event.journey].lastStep && event.outcome == .success
        var now = Past(event: event, isCompletion: isCompletion)
        defer { past.append(now) }
        if isCompletion, let kind = nobodysTry(event) {
            asides.append(Played.Aside(kind: kind, journey: event.journey, at: event.at))
            return
        }
        let found = floated ?? joined(by: event)
        if isCompletion, found == nil,
            [.passwordReset, .accountRecovery, .stepUp].contains(event.journey),
            !event.flags.contains(.floating)
        {
            asides.append(Played.Aside(kind: .unanchored, journey: event.journey, at: event.at))
            return
        }
        if found == nil {
            tries.append(Try(journey: event.journey, isFloating: event.flags.contains(.floating)))
        }
        let place = found ?? tries.count - 1
        tries[place].members.append(happening)
        if isCompletion {
            tries[place].completion = happening
            now.completesTry = true
        }
    }

    private func isLive(_ one: Try, _ at: Int64) -> Bool {
        let last = one.members[one.members.count - 1].event
        return one.completion == nil && at - last.at <= catalog[one.journey].gap
            && at - one.first.at <= catalog[one.journey].limit
    }

    private func newest(_ event: IdentityEvent, where fits: (Try) -> Bool) -> Int? {
        tries.indices.reversed().first {
            tries[$0].journey == event.journey && isLive(tries[$0], event.at) && fits(tries[$0])
        }
    }

    private func joined(by event: IdentityEvent) -> Int? {
        if event.tie != 0 {
            let found = newest(event) {
                $0.holds(tie: event.tie)
                    && $0.actors.union([event.actor]).subtracting([0]).count <= 3
            }
            if let found { return found }
        }
        if event.actor != 0 {
            let alone = [.registration, .passwordReset, .accountRecovery].contains(event.journey)
            let found = newest(event) {
                $0.holds(actor: event.actor)
                    && (alone || (event.origin != 0 && $0.holds(origin: event.origin)))
            }
            if let found { return found }
        }
        guard event.origin != 0 else { return nil }
        return newest(event) {
            $0.holds(origin: event.origin)
                && ($0.actors.isEmpty || (event.actor == 0 && event.step != 0))
        }
    }

    private func settle(_ event: inout IdentityEvent) -> Int? {
        event.journey = .login
        event.step = LoginStep.mfa
        let own = event.actor == 0 ? nil : newest(event) { $0.holds(actor: event.actor) }
        let hadLogin = past.contains {
            $0.completesTry && $0.event.journey == .login && $0.event.actor == event.actor
                && event.actor != 0
                && event.at - $0.event.at <= 24 * Timestamp.hour
        }
        if own == nil, hadLogin {
            event.journey = .stepUp
            event.step = event.outcome == .success ? 2 : 1
            return nil
        }
        let place = own ?? joined(by: event)
        let completes = place.map { tries[$0].isFloating } ?? true
        if event.outcome == .success, completes { event.step = LoginStep.complete }
        return place
    }

    private func nobodysTry(_ event: IdentityEvent) -> SetAside? {
        func isTied(_ other: IdentityEvent) -> Bool {
            (event.tie != 0 && event.tie == other.tie)
                || (event.session != 0 && event.session == other.session)
        }
        let before = past.last {
            $0.event.journey == event.journey && $0.event.actor == event.actor
        }
        if event.actor != 0, let before, before.isCompletion, isTied(before.event),
            event.at - before.event.at <= 2_000_000
        {
            return .echo
        }
        guard event.journey == .login else { return nil }
        let isSeen = past.contains {
            $0.isCompletion && event.session != 0 && $0.event.session == event.session
                && event.at - $0.event.at <= 24 * Timestamp.hour
        }
        if isSeen || event.flags.contains(.silent) { return .sso }
        let credential = past.lastIndex {
            $0.event.journey == .login && $0.event.step == LoginStep.credential && isTied($0.event)
        }
        let entry = past.lastIndex {
            $0.completesTry && [.registration, .passwordReset].contains($0.event.journey)
                && isTied($0.event)
                && event.at - $0.event.at <= 60_000_000
        }
        return entry.map { $0 > credential ?? -1 } ?? false ? .chained : nil
    }
}

/// What of an attempt the two computations are compared by.
struct AttemptFacts: Equatable {
    var journey: JourneyID
    var firstAt: Int64
    var lastAt: Int64
    var completedAt: Int64?
    var result: AttemptResult
    /// Each event of a random world carries a signal of its own, so these are the members.
    var members: SignalSet
    var actors: [UInt128]
    var completingActor: UInt128
    var tries: UInt32
    var isFirstTry: Bool
    var isNoise: Bool
    var steps: UInt16
    var reasons: [UInt32]
    var duration: Int64?
    var kind: ActorKind
    var client: UInt32
    var method: AuthMethod
    var isTriggered: Bool

    init(_ attempt: Attempt) {
        journey = attempt.journey
        firstAt = attempt.firstAt
        lastAt = attempt.lastAt
        completedAt = attempt.completedAt
        result = attempt.result
        members = attempt.signals
        actors = attempt.actorList
        completingActor = attempt.completingActor
        tries = attempt.tries
        isFirstTry = attempt.isFirstTry
        isNoise = attempt.isNoise
        steps = attempt.stepsReached
        reasons = (0..<16).map { attempt.reasons[$0] }
        duration = attempt.durationMilliseconds
        kind = attempt.actorKind
        client = attempt.client
        method = attempt.method
        isTriggered = attempt.isTriggered
    }

    init(_ one: NaiveAttempts.Try) {
        let events = one.members.map(\.event)
        journey = one.journey
        firstAt = events[0].at
        lastAt = events[events.count - 1].at
        completedAt = one.completion?.event.at
        let verdict = events.last { $0.outcome != .progress }?.outcome
        result =
            one.completion != nil
            ? .completed : verdict == .denied ? .denied : verdict == .failure ? .failed : .abandoned
        members = one.members.reduce(into: []) { $0.formUnion($1.signals) }
        actors = one.actors.sorted()
        completingActor = one.completion?.event.actor ?? 0
        tries = Self.tries(one)
        let setbacks = events.filter { $0.outcome == .failure || $0.outcome == .denied }
        isFirstTry = one.completion != nil && setbacks.isEmpty
        isNoise =
            one.journey == .login && one.actors.isEmpty
            && events.allSatisfy {
                $0.step == 0 && $0.outcome == .failure
                    && [.technical, .expired].contains($0.reason)
            }
        steps = events.reduce(0) { $0 | 1 << UInt16($1.step) }
        reasons = (0..<16).map { reason in
            UInt32(setbacks.count { Int($0.reason.rawValue) == reason })
        }
        duration =
            events[0].step == 0 ? one.completion.map { ($0.event.at - events[0].at) / 1000 } : nil
        kind = events.first { $0.actorKind != .unknown }?.actorKind ?? .unknown
        client = events.first { $0.client != 0 }?.client ?? 0
        method = events.last { $0.method != .none }?.method ?? .none
        isTriggered = events[0].risk != 0
    }

    private static func tries(_ one: NaiveAttempts.Try) -> UInt32 {
        guard one.journey == .login || one.journey == .stepUp else { return 0 }
        let steps = JourneyCatalog()[one.journey].steps
        let submissions = one.members.filter {
            ["credential", "mfa"].contains(steps[Int($0.event.step)])
                && [.success, .failure].contains($0.event.outcome)
        }
        let passed = submissions.contains {
            steps[Int($0.event.step)] == "credential" && $0.event.outcome == .success
        }
        return UInt32(submissions.count) + (one.completion != nil && !passed ? 1 : 0)
    }
}
