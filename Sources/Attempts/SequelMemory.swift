import IdentityModel

/// What the actors of watched attempts did next: whether they completed an unmarked login, with no
/// marked event of theirs after it.
///
/// Holds the actors of watched attempts that have not matured, and nobody else: an attempt that
/// looks for a login later than its last event was watched before that login came.
struct SequelMemory: Sendable {
    struct Sequel: Sendable {
        /// When the last unmarked login that no marked event has followed was completed; `Int64.min` is never.
        var quietLogin: Int64
        /// When the last of the actor's watched attempts matures.
        var until: Int64
    }

    private var actors = RecentTable<UInt128, Sequel>()
    /// No age is longer, whatever journeys a team declares; so that no sum overflows.
    private static let ageMax: Int64 = 1 << 60

    /// Begins to look at what the actors of `attempt`, which matures at `until`, do.
    mutating func watch(_ attempt: Attempt, until: Int64) {
        actors.sweep { $0.until < attempt.lastAt }
        attempt.actors.forEach { actor in
            let before = actors[actor]
            let last = max(until, before?.until ?? .min)
            actors.replace(actor, by: Sequel(quietLogin: before?.quietLogin ?? .min, until: last))
        }
    }

    /// Notes a marked event of `actor`.
    @inline(__always)
    mutating func noteMarked(_ actor: UInt128, at: Int64) {
        actors.change(actor) { if at > $0.quietLogin { $0.quietLogin = .min } }
    }

    /// Notes that `actor` completed a login of which no event is marked.
    @inline(__always)
    mutating func noteQuietLogin(_ actor: UInt128, at: Int64) {
        actors.change(actor) { $0.quietLogin = at }
    }

    /// Whether one of the actors of `attempt` has a quiet login later than its last event.
    func follows(_ attempt: Attempt) -> Bool {
        var isFollowed = false
        attempt.actors.forEach { actor in
            if let sequel = actors[actor], sequel.quietLogin > attempt.lastAt { isFollowed = true }
        }
        return isFollowed
    }

    // MARK: The carry

    /// Writes the quiet logins that one of the open attempts of `live` may still be told of.
    func encode(_ live: LiveAttempts, _ now: Int64, to writer: inout ByteWriter) {
        var told: [UInt128: Int64] = [:]
        live.forEachOpen { attempt in
            guard attempt.isWatched else { return }
            attempt.actors.forEach { actor in
                guard let sequel = actors[actor], sequel.quietLogin > attempt.lastAt else { return }
                told[actor] = sequel.quietLogin
            }
        }
        writer.count(told.count)
        for (actor, at) in told.sorted(by: { $0.key < $1.key }) {
            writer.wide(actor)
            writer.unsigned(UInt64(max(0, now - at)))
        }
    }

    /// Watches the open attempts of `live`, which are read already, and reads what `encode` wrote.
    mutating func decode(
        _ live: LiveAttempts, _ traits: [JourneyTraits], _ now: Int64, from reader: inout ByteReader
    ) throws {
        var watched: [Attempt] = []
        live.forEachOpen { if $0.isWatched { watched.append($0) } }
        for attempt in watched { watch(attempt, until: attempt.firstAt + traits[attempt.journey.index].limit) }
        for _ in 0..<(try reader.count(ofWidth: 17)) {
            let actor = try reader.wide()
            noteQuietLogin(actor, at: now - (try reader.distance(max: Self.ageMax)))
        }
    }
}
