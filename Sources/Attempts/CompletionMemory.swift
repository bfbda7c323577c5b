import IdentityModel

/// What must be remembered of completions: twins for 2 s, sign-ins that follow a registration or
/// reset for 60 s, sessions and logins for 24 h.
struct CompletionMemory: Sendable {
    struct Completion: Sendable, Equatable {
        var at: Int64
        var tie: UInt64
        var session: UInt64
    }

    /// When something happened, and after how many others of its kind.
    struct Moment: Sendable {
        var at: Int64
        var ordinal: UInt64
    }

    static let echoMax: Int64 = 2_000_000
    static let chainMax: Int64 = 60_000_000
    static let sessionMax: Int64 = 24 * Timestamp.hour

    /// The newest completion of each journey and actor.
    var latest = RecentTable<UInt128, Completion>()
    /// Completed registrations and resets, and login credential steps after them, by what ties them.
    var anchors = RecentTable<UInt128, Moment>()
    var credentials = RecentTable<UInt128, Moment>()
    /// When the newest anchor that ties anything was entered.
    var newestAnchor = Int64.min
    var noted: UInt64 = 0
    /// When a completion showed the session, and when the actor completed a login, last.
    var sessions = RecentTable<UInt64, Int64>()
    var logins = RecentTable<UInt64, Int64>()

    /// Notes an event of a journey that forms attempts and tells whether it is an echo: a
    /// completion that repeats the one before it, with no event of that journey and actor between.
    mutating func noteCompletion(_ event: Observation, isCompletion: Bool) -> Bool {
        guard event.actor != 0 else { return false }
        if !isCompletion {
            latest.remove(Self.key(event.journey, event.actor))
            return false
        }
        latest.sweep { event.at - $0.at > Self.echoMax }
        let now = Completion(at: event.at, tie: event.tie, session: event.session)
        guard let before = latest.replace(Self.key(event.journey, event.actor), by: now) else {
            return false
        }
        let isSame =
            (now.tie != 0 && now.tie == before.tie)
            || (now.session != 0 && now.session == before.session)
        return isSame && now.at - before.at <= Self.echoMax
    }

    /// Notes the session of a completion and tells whether a completion of the 24 h before showed it.
    mutating func noteSession(_ event: Observation) -> Bool {
        guard event.session != 0 else { return false }
        sessions.sweep { event.at - $0 > Self.sessionMax }
        guard let before = sessions.replace(event.session, by: event.at) else { return false }
        return event.at - before <= Self.sessionMax
    }

    /// A credential step between: the sign-in that follows is a try of its own.
    mutating func noteCredential(_ event: Observation) {
        if newestAnchor < event.at - Self.chainMax { return }
        Self.note(event, in: &credentials, &noted)
    }

    /// Whether a login completion follows a completed registration or reset within 60 s, and no
    /// credential step that is tied to it lies between.
    func isChained(_ event: Observation) -> Bool {
        if newestAnchor < event.at - Self.chainMax { return false }
        let ties = Self.ties(event)
        let credential = max(credentials[ties.0]?.ordinal ?? 0, credentials[ties.1]?.ordinal ?? 0)
        func follows(_ tie: UInt128) -> Bool {
            guard let anchor = anchors[tie] else { return false }
            return event.at - anchor.at <= Self.chainMax && anchor.ordinal > credential
        }
        return follows(ties.0) || follows(ties.1)
    }

    /// Notes that an attempt completed with `event`.
    mutating func completed(_ event: Observation) {
        if event.journey == .login, event.actor != 0 {
            logins.sweep { event.at - $0 > Self.sessionMax }
            logins.replace(Self.folded(event.actor), by: event.at)
        }
        guard event.journey == .registration || event.journey == .passwordReset else { return }
        if event.tie == 0, event.session == 0 { return }
        newestAnchor = event.at
        Self.note(event, in: &anchors, &noted)
    }

    /// Enters `event` under its correlation and its session; what is older than 60 s may go.
    private static func note(
        _ event: Observation, in moments: inout RecentTable<UInt128, Moment>, _ noted: inout UInt64
    ) {
        moments.sweep { event.at - $0.at > chainMax }
        noted += 1
        let now = Moment(at: event.at, ordinal: noted)
        let ties = ties(event)
        moments.replace(ties.0, by: now)
        moments.replace(ties.1, by: now)
    }

    /// Whether `actor` completed a login in the 24 h before `at`.
    func hasLogin(of actor: UInt128, before at: Int64) -> Bool {
        guard actor != 0, let last = logins[Self.folded(actor)] else { return false }
        return at - last <= Self.sessionMax
    }

    private static func key(_ journey: JourneyID, _ actor: UInt128) -> UInt128 {
        actor ^ UInt128(journey.rawValue) << 120
    }

    /// The keys of the correlation and of the session; 0 where there is none, which ties nothing.
    private static func ties(_ event: Observation) -> (UInt128, UInt128) {
        (UInt128(event.tie), UInt128(event.session) << 64)
    }

    /// Half of a pseudonym stands for it, as a session's fingerprint does: a day of logins is long.
    private static func folded(_ actor: UInt128) -> UInt64 {
        let half = UInt64(truncatingIfNeeded: actor)
        return half == 0 ? 1 : half
    }
}

/// What is remembered for a while. It is swept whenever it has doubled since the last time, so
/// that a burst costs as little per entry as a trickle; who reads it checks the age.
struct RecentTable<Key: OpenTableKey, Value: Sendable>: Sendable {
    private var values = OpenTable<Key, Value>()
    private var sweepCount = Self.sweepCountMin
    private static var sweepCountMin: Int { 512 }

    subscript(key: Key) -> Value? { values[key] }

    mutating func remove(_ key: Key) { values.remove(key) }

    /// Changes the value of `key`, where it is held.
    @inline(__always)
    mutating func change(_ key: Key, _ body: (inout Value) -> Void) {
        if let place = values.place(of: key) { body(&values[at: place]) }
    }

    /// Enters `value` and gives the one before it.
    @discardableResult
    mutating func replace(_ key: Key, by value: Value) -> Value? {
        values.updateValue(value, forKey: key)
    }

    /// The keys and values that are `isRecent`, in any order.
    func recent(_ isRecent: (Value) -> Bool) -> [(Key, Value)] {
        var found: [(Key, Value)] = []
        values.forEach { key, value in if isRecent(value) { found.append((key, value)) } }
        return found
    }

    /// Forgets the values that are `isOver`, if there are many.
    @inline(__always)
    mutating func sweep(_ isOver: (Value) -> Bool) {
        guard values.count > sweepCount else { return }
        values.removeAll { isOver($1) }
        sweepCount = max(Self.sweepCountMin, 2 * values.count)
    }
}
