import IdentityModel

/// One try at one journey by one person, as it stands when it is given to the analyzers.
public struct Attempt: Sendable, Equatable {
    public var journey: JourneyID
    /// When its first event happened (µs since 1970): the hour of it is where the attempt counts.
    public var firstAt: Int64
    public var lastAt: Int64
    /// When its last step succeeded, within gap and limit; nil where it did not.
    public var completedAt: Int64?
    /// The outcome of the last event that is not `progress`; nil where there is none.
    public var lastVerdict: Outcome?
    /// Whether the first event is of an opening step.
    public var showsOpening: Bool
    /// Whether a failure or a denial lies on the way.
    public var hasSetback = false
    /// Whether a credential step succeeded.
    public var hasCredentialSuccess = false
    /// Credential submissions, as docs/definitions.md counts them.
    public var tries: UInt32 = 0
    /// A bit per step rank.
    public var stepsReached: UInt16 = 0
    /// Failure and denied events by `Reason.rawValue`.
    public var reasons = SIMD16<UInt32>(repeating: 0)
    /// The actors it holds (pseudonyms); at most three, 0 where there are fewer.
    public var actors = ActorTriple()
    /// The actor of the completing event.
    public var completingActor: UInt128 = 0
    /// Values of the first event that has one; texts are numbers of the scoring run's table.
    public var client: UInt32 = 0
    public var segments: UInt32 = 0
    public var userAgentClass: UserAgentClass = .none
    public var actorKind: ActorKind = .unknown
    /// The dialect and the source of the first event.
    public var dialect: UInt32 = 0
    public var source: UInt32 = 0
    /// Values of the last event that has one.
    public var method: AuthMethod = .none
    public var assurance: UInt32 = 0
    /// Whether the opening event carries a risk verdict or trigger.
    public var isTriggered = false
    /// Whether a second factor was used on the way.
    public var usesSecondFactor = false
    /// Whether it consists of `technical` or `expired` failures at the opening step alone.
    public var isOnlySetupFailures = true
    /// Whether an MFA-only source opened it, so that its success completes.
    public var isOpenedByFloating = false
    /// All signals that mark any of its events.
    public var signals: SignalSet = []
    /// Whether the completing event itself is marked.
    public var isCompletionMarked = false
    /// Whether any of its events is of a familiar actor.
    public var isFamiliarLooking = false
    /// Whether the identity provider itself refused on the way: by policy, by rate, by a lock.
    public var hasProviderBlock = false
    /// Whether, when it matured, one of its actors had completed an unmarked login later than its
    /// last event, with no marked event of that actor after it; told of watched attempts alone.
    public var hasQuietSequel = false
    /// Tells the attempts of one run apart.
    public var number = AttemptNumber()

    package init(journey: JourneyID, at: Int64, showsOpening: Bool) {
        self.journey = journey
        firstAt = at
        lastAt = at
        self.showsOpening = showsOpening
    }

    /// What became of it, if it has matured.
    public var result: AttemptResult {
        if completedAt != nil { return .completed }
        switch lastVerdict {
        case .denied: return .denied
        case .failure: return .failed
        default: return .abandoned
        }
    }

    /// Whether any of its events is marked.
    public var isSuspect: Bool { !signals.isEmpty }

    /// Whether it is a suspect attempt whose completing event is itself marked.
    public var isTakeoverSuspect: Bool { completedAt != nil && isCompletionMarked }

    /// Whether the identity provider's own block ended it.
    public var isProviderBlocked: Bool {
        hasProviderBlock && (result == .denied || result == .failed)
    }

    /// Whether it looks like a genuine person's, whatever marks it.
    public var looksGenuine: Bool { isFamiliarLooking || hasQuietSequel }

    /// Whether what its actors do next is of interest: a signal marks it, or the provider refused.
    var isWatched: Bool { isSuspect || hasProviderBlock }

    /// Whether it completed without failure or denial on the way.
    public var isFirstTry: Bool { completedAt != nil && !hasSetback }

    /// A login attempt of set-up failures without an actor: in no rate.
    public var isNoise: Bool { journey == .login && isOnlySetupFailures && actors.count == 0 }

    /// Completion − first event in ms, where the opening step was seen.
    public var durationMilliseconds: Int64? {
        guard let completedAt, showsOpening else { return nil }
        return (completedAt - firstAt) / 1000
    }
}

/// The place of an attempt among those that one run of the machine opened.
///
/// A run that goes on from a carry numbers anew, so the number is no part of what an attempt is:
/// attempts that are alike in all else are equal.
public struct AttemptNumber: Sendable, Equatable {
    public var value: UInt64 = 0
    public init() {}
    public static func == (a: Self, b: Self) -> Bool { true }
}

/// The outcome of a matured attempt.
public enum AttemptResult: Int, Sendable, CaseIterable {
    case completed, failed, denied, abandoned
}

/// Up to three actors.
public struct ActorTriple: Sendable, Equatable {
    /// The most that one attempt may hold: a browser is shared by a household, not by a word list.
    public static let countMax = 3
    private var first: UInt128 = 0
    private var second: UInt128 = 0
    private var third: UInt128 = 0

    public init() {}

    public var count: Int { first == 0 ? 0 : second == 0 ? 1 : third == 0 ? 2 : 3 }

    public func contains(_ actor: UInt128) -> Bool {
        actor != 0 && (first == actor || second == actor || third == actor)
    }

    /// Calls `body` with each actor.
    @inline(__always)
    public func forEach(_ body: (UInt128) -> Void) {
        if first != 0 { body(first) }
        if second != 0 { body(second) }
        if third != 0 { body(third) }
    }

    /// Adds `actor` where it is new and there is room.
    mutating func insert(_ actor: UInt128) {
        if actor == 0 || contains(actor) { return }
        switch count {
        case 0: first = actor
        case 1: second = actor
        case 2: third = actor
        default: return
        }
    }
}

extension Attempt {
    /// Adds `event`, which the machine has found to belong here.
    mutating func absorb(_ event: Observation, isCompletion: Bool) {
        lastAt = event.at
        stepsReached |= 1 << UInt16(event.step)
        signals.formUnion(event.signals)
        if client == 0 { client = event.client }
        if segments == 0 { segments = event.segments }
        if userAgentClass == .none { userAgentClass = event.userAgentClass }
        if actorKind == .unknown { actorKind = event.actorKind }
        if event.method != .none { method = event.method }
        if event.assurance != 0 { assurance = event.assurance }
        if event.isFamiliar { isFamiliarLooking = true }
        actors.insert(event.actor)
        let isSetupFailure =
            event.step == 0 && event.outcome == .failure
            && (event.reason == .technical || event.reason == .expired)
        if !isSetupFailure { isOnlySetupFailures = false }
        countTry(event, isCompletion: isCompletion)
        if event.outcome != .progress { lastVerdict = event.outcome }
        if event.outcome == .failure || event.outcome == .denied {
            hasSetback = true
            // Only the count sees the other reason: all that decides goes by the dialect's.
            let counted = event.isStaleCredential ? Reason.staleCredential : event.reason
            reasons[Int(counted.rawValue)] &+= 1
            if event.reason.isProviderBlock { hasProviderBlock = true }
        }
        if isCompletion {
            completedAt = event.at
            completingActor = event.actor
            isCompletionMarked = !event.signals.isEmpty
        }
    }

    /// Credential submissions of login and step_up: steps named credential or mfa with success or
    /// failure, and a completion that no credential success precedes.
    private mutating func countTry(_ event: Observation, isCompletion: Bool) {
        guard journey == .login || journey == .stepUp else { return }
        if isCompletion {
            if !hasCredentialSuccess { tries += 1 }
            if event.method.isSecondFactor || event.flags.contains(.floating) { usesSecondFactor = true }
            return
        }
        guard journey == .login, event.outcome == .success || event.outcome == .failure else { return }
        if event.step == LoginStep.credential || event.step == LoginStep.mfa { tries += 1 }
        if event.outcome == .success {
            if event.step == LoginStep.credential { hasCredentialSuccess = true }
            if event.step == LoginStep.mfa { usesSecondFactor = true }
        }
    }
}

extension Reason {
    /// Whether the identity provider refused, whatever the person had to show.
    fileprivate var isProviderBlock: Bool { self == .policyDenied || self == .rateLimited || self == .locked }
}
