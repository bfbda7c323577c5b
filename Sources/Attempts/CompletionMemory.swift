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

    var latest = BriefTable<Completion>()
    /// Completed registrations and resets, and login credential steps after them, by what ties them.
    var anchors = BriefTable<Moment>()
    var credentials = BriefTable<Moment>()
    private var newestAnchor = Int64.min
    private var noted: UInt64 = 0
    var sessions = AgedTable<UInt64>()
    var logins = AgedTable<UInt128>()

    /// Notes an event of a journey that forms attempts and tells whether it is an echo: a
    /// completion that repeats the one before it, with no event of that journey and actor between.
    mutating func noteCompletion(_ event: Observation, isCompletion: Bool) -> Bool {
        guard event.actor != 0 else { return false }
        if !isCompletion {
            latest.remove(Self.key(event.journey, event.actor))
            return false
        }
        latest.sweep { event.at - $0.at <= Self.echoMax }
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
        return sessions.note(event.session, at: event.at).map { event.at - $0 <= Self.sessionMax }
            ?? false
    }

    /// A credential step between: the sign-in that follows is a try of its own.
    mutating func noteCredential(_ event: Observation) {
        if newestAnchor < event.at - Self.chainMax { return }
        Self.note(event, in: &credentials, &noted)
    }

    /// Whether a login completion follows a completed registration or reset within 60 s, and no
    /// credential step that is tied to it lies between.
    func isChained(_ event: Observation) -> Bool {
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
        if event.journey == .login { _ = logins.note(event.actor, at: event.at) }
        guard event.journey == .registration || event.journey == .passwordReset else { return }
        newestAnchor = event.at
        Self.note(event, in: &anchors, &noted)
    }

    /// Enters `event` under its correlation and its session; what is older than 60 s may go.
    private static func note(
        _ event: Observation, in moments: inout BriefTable<Moment>, _ noted: inout UInt64
    ) {
        moments.sweep { event.at - $0.at <= chainMax }
        noted += 1
        let now = Moment(at: event.at, ordinal: noted)
        let ties = ties(event)
        if ties.0 != 0 { moments.replace(ties.0, by: now) }
        if ties.1 != 0 { moments.replace(ties.1, by: now) }
    }

    /// Whether `actor` completed a login in the 24 h before `at`.
    func hasLogin(of actor: UInt128, before at: Int64) -> Bool {
        guard actor != 0, let last = logins.last(actor) else { return false }
        return at - last <= Self.sessionMax
    }

    private static func key(_ journey: JourneyID, _ actor: UInt128) -> UInt128 {
        actor ^ UInt128(journey.rawValue) << 120
    }
    /// The keys of the correlation and of the session; 0 where there is none, which ties nothing.
    private static func ties(_ event: Observation) -> (UInt128, UInt128) {
        (UInt128(event.tie), UInt128(event.session) << 64)
    }
}

/// What is remembered for seconds. It is swept whenever it has doubled since the last time, so
/// that a burst costs as little per entry as a trickle.
struct BriefTable<Value: Sendable>: Sendable {
    private var values: [UInt128: Value] = [:]
    private var sweepCount = Self.sweepCountMin
    private static var sweepCountMin: Int { 4096 }

    subscript(key: UInt128) -> Value? { values[key] }

    mutating func remove(_ key: UInt128) {
        if !values.isEmpty { values[key] = nil }
    }

    /// Enters `value` and gives the one before it.
    @discardableResult
    mutating func replace(_ key: UInt128, by value: Value) -> Value? {
        values.updateValue(value, forKey: key)
    }

    /// Forgets the values that are not `isRecent`, if there are many.
    mutating func sweep(_ isRecent: (Value) -> Bool) {
        guard values.count > sweepCount else { return }
        values = values.filter { isRecent($0.value) }
        sweepCount = max(Self.sweepCountMin, 2 * values.count)
    }
}

/// Key → newest time, forgotten after one to two days: two generations, of which the older is
/// dropped whole at midnight, so that nothing is swept entry by entry.
struct AgedTable<Key: Hashable & Sendable>: Sendable {
    var current: [Key: Int64] = [:]
    var previous: [Key: Int64] = [:]
    var day = Int64.min

    /// The time noted last for `key`, as far as it is remembered.
    func last(_ key: Key) -> Int64? { current[key] ?? previous[key] }

    /// Notes `key` at `at` and gives the time noted before.
    mutating func note(_ key: Key, at: Int64) -> Int64? {
        let today = at.floorDivided(by: Timestamp.day)
        if today != day {
            previous = today == day &+ 1 ? current : [:]
            current = [:]
            day = today
        }
        if let before = current.updateValue(at, forKey: key) { return before }
        return previous[key]
    }
}
