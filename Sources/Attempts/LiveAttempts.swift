import IdentityModel

/// The attempts that have not matured, and which of them an event joins.
struct LiveAttempts: Sendable {
    let traits: [JourneyTraits]
    private var index = LiveIndex()
    private var attempts: [Attempt] = []
    /// The head of each attempt's ring in the index; `nothing` once it can take no more events.
    private var rings: [Int32] = []
    private var openings: [UInt64] = []
    private var freeSlots: [Int32] = []
    private var openedCount: UInt64 = 0
    /// The earliest first event + limit of all attempts: none matures at or before it.
    private var nextMaturity = Int64.max
    /// Slots by journey in the order of opening, which is the order of maturing.
    private(set) var queues: [SlotQueue]
    /// When the first of each queue matures; none at or before it.
    private var dueAt: [Int64]

    init(catalog: JourneyCatalog) {
        traits = catalog.traits
        queues = Array(repeating: SlotQueue(), count: traits.count)
        dueAt = Array(repeating: .max, count: traits.count)
    }

    subscript(slot: Int32) -> Attempt { attempts[Int(slot)] }

    /// Whether the attempt at `slot` is to be watched, and whether a signal marks it.
    @inline(__always) func isWatched(_ slot: Int32) -> Bool { attempts[Int(slot)].isWatched }
    @inline(__always) func isSuspect(_ slot: Int32) -> Bool { attempts[Int(slot)].isSuspect }
    /// What tells the attempt at `slot` apart from all others of the run.
    @inline(__always) func number(_ slot: Int32) -> UInt64 { openings[Int(slot)] }

    // MARK: Maturing

    /// Whether an attempt matures before `at`.
    @inline(__always) func isDue(_ at: Int64) -> Bool { at > nextMaturity }

    /// Gives all attempts whose first event + limit is before `at`, and forgets them.
    mutating func mature(before at: Int64, _ body: (Attempt, Int64) -> Void) {
        // Most events pass no maturity at all.
        if at <= nextMaturity { return }
        for journey in dueAt.indices where dueAt[journey] < at {
            let limit = traits[journey].limit
            var due = Int64.max
            while let slot = queues[journey].first {
                due = attempts[Int(slot)].firstAt + limit
                if due >= at { break }
                queues[journey].removeFirst()
                body(attempts[Int(slot)], Timestamp.slice(due))
                retire(slot)
                freeSlots.append(slot)
                due = .max
            }
            dueAt[journey] = due
        }
        nextMaturity = dueAt.reduce(.max, min)
    }

    func forEachOpen(_ body: (Attempt) -> Void) {
        for queue in queues { queue.forEach { body(attempts[Int($0)]) } }
    }

    // MARK: Which attempt an event joins

    /// The newest live attempt that preferences 1 to 3 of docs/definitions.md name, or nil.
    mutating func candidate(for event: Observation) -> Candidate? {
        if let slot = byTie(event) { return Candidate(slot: slot, isByActor: false) }
        if let slot = byActor(event) { return Candidate(slot: slot, isByActor: true) }
        return byOrigin(event).map { Candidate(slot: $0, isByActor: false) }
    }

    /// The newest live login attempt that holds `actor`.
    func newestLogin(of actor: UInt128, at: Int64) -> Int32? {
        guard actor != 0 else { return nil }
        var node = index.newest(Key.actor(.login, actor))
        while node != LiveIndex.nothing {
            let slot = index.nodes[Int(node)].attempt
            if isLive(slot, at) { return slot }
            node = index.nodes[Int(node)].older
        }
        return nil
    }

    private mutating func byTie(_ event: Observation) -> Int32? {
        guard event.tie != 0 else { return nil }
        let roomy = newest(Key.tie(event.journey, event.tie, isFull: false), event.at)
        if index.fullCount == 0 { return roomy }
        let full =
            event.actor == 0
            ? newest(Key.tie(event.journey, event.tie, isFull: true), event.at)
            : newest(Key.tie(event.journey, event.tie, actor: event.actor), event.at)
        guard let roomy else { return full }
        guard let full else { return roomy }
        return openings[Int(roomy)] > openings[Int(full)] ? roomy : full
    }

    private mutating func byActor(_ event: Observation) -> Int32? {
        guard event.actor != 0 else { return nil }
        if traits[event.journey.index].joinsByActorAlone {
            return newest(Key.actor(event.journey, event.actor), event.at)
        }
        guard event.origin != 0 else { return nil }
        return newest(Key.actor(event.journey, event.actor, origin: event.origin), event.at)
    }

    private mutating func byOrigin(_ event: Observation) -> Int32? {
        guard event.origin != 0 else { return nil }
        let takesAny = event.actor == 0 && event.step != 0
        return newest(Key.origin(event.journey, event.origin, hasActor: takesAny), event.at)
    }

    /// The newest live attempt of `key`; those that are past their gap are taken out on the way.
    private mutating func newest(_ key: UInt128, _ at: Int64) -> Int32? {
        while true {
            let node = index.newest(key)
            if node == LiveIndex.nothing { return nil }
            let slot = index.nodes[Int(node)].attempt
            if isLive(slot, at) { return slot }
            retire(slot)
        }
    }

    @inline(__always)
    func isLive(_ slot: Int32, _ at: Int64) -> Bool {
        let place = Int(slot)
        guard attempts[place].completedAt == nil else { return false }
        let own = traits[attempts[place].journey.index]
        return at - attempts[place].lastAt <= own.gap && at - attempts[place].firstAt <= own.limit
    }

    private mutating func retire(_ slot: Int32) {
        if rings[Int(slot)] == LiveIndex.nothing { return }
        index.remove(ring: rings[Int(slot)])
        rings[Int(slot)] = LiveIndex.nothing
    }

    // MARK: Opening and joining

    /// Opens an attempt that `event` then joins.
    mutating func open(_ event: Observation) -> Int32 {
        var attempt = Attempt(journey: event.journey, at: event.at, showsOpening: event.step == 0)
        attempt.dialect = event.dialect
        attempt.source = event.source
        attempt.isTriggered = event.hasRisk
        attempt.isOpenedByFloating = event.flags.contains(.floating)
        return append(attempt)
    }

    /// Appends an attempt that is newer than all others of its journey.
    mutating func append(_ attempt: Attempt) -> Int32 {
        let slot: Int32
        if let reused = freeSlots.popLast() {
            slot = reused
            attempts[Int(reused)] = attempt
            rings[Int(reused)] = LiveIndex.nothing
            openings[Int(reused)] = openedCount
        } else {
            slot = Int32(attempts.count)
            attempts.append(attempt)
            rings.append(LiveIndex.nothing)
            openings.append(openedCount)
        }
        attempts[Int(slot)].number.value = openedCount
        openedCount += 1
        let journey = attempt.journey.index
        let due = attempt.firstAt + traits[journey].limit
        nextMaturity = min(nextMaturity, due)
        dueAt[journey] = min(dueAt[journey], due)
        queues[journey].append(slot)
        return slot
    }

    /// Adds `event` to the attempt at `slot`.
    mutating func join(_ slot: Int32, _ event: Observation, isCompletion: Bool) {
        let actorsBefore = attempts[Int(slot)].actors.count
        let isNewActor = event.actor != 0 && !attempts[Int(slot)].actors.contains(event.actor)
        attempts[Int(slot)].absorb(event, isCompletion: isCompletion)
        if isCompletion {
            retire(slot)
            return
        }
        let actorsAfter = attempts[Int(slot)].actors.count
        let becomesFull = actorsAfter == ActorTriple.countMax && actorsBefore < ActorTriple.countMax
        if isNewActor, becomesFull || (actorsBefore == 0 && rings[Int(slot)] != LiveIndex.nothing) {
            rekey(slot)
        }
        enter(slot, event, isNewActor: isNewActor)
    }

    /// Enters the keys that `event` brings and the attempt does not yet hold.
    private mutating func enter(_ slot: Int32, _ event: Observation, isNewActor: Bool) {
        let ring = rings[Int(slot)]
        let attempt = attempts[Int(slot)]
        let isFull = attempt.actors.count == ActorTriple.countMax
        if event.tie != 0 {
            let key = Key.tie(event.journey, event.tie, isFull: isFull)
            if !index.ring(ring, of: slot, holds: key) { enterTie(slot, attempt, event.tie, isFull: isFull) }
        }
        if event.origin != 0 {
            let key = Key.origin(event.journey, event.origin, hasActor: true)
            if !index.ring(ring, of: slot, holds: key) { enterOrigin(slot, attempt, event.origin) }
        }
        if isNewActor { enterActorAtOrigins(slot, attempt, event.actor) }
        if isNewActor, usesActorKey(event.journey) {
            insert(slot, Key.actor(event.journey, event.actor), 0, .actor)
        }
    }

    private mutating func enterTie(_ slot: Int32, _ attempt: Attempt, _ tie: UInt64, isFull: Bool) {
        let key = Key.tie(attempt.journey, tie, isFull: isFull)
        insert(slot, key, UInt128(tie), isFull ? .tieFull : .tieWithRoom)
        if isFull {
            attempt.actors.forEach { actor in
                insert(slot, Key.tie(attempt.journey, tie, actor: actor), 0, .tieFullWithActor)
            }
        }
    }

    private mutating func enterOrigin(_ slot: Int32, _ attempt: Attempt, _ origin: UInt128) {
        insert(slot, Key.origin(attempt.journey, origin, hasActor: true), origin, .origin)
        if attempt.actors.count == 0 {
            insert(slot, Key.origin(attempt.journey, origin, hasActor: false), 0, .originWithoutActor)
        } else if !traits[attempt.journey.index].joinsByActorAlone {
            attempt.actors.forEach { actor in
                insert(slot, Key.actor(attempt.journey, actor, origin: origin), 0, .actorAtOrigin)
            }
        }
    }

    private mutating func enterActorAtOrigins(_ slot: Int32, _ attempt: Attempt, _ actor: UInt128) {
        if traits[attempt.journey.index].joinsByActorAlone { return }
        for origin in values(of: slot, .origin) {
            let key = Key.actor(attempt.journey, actor, origin: origin)
            insert(slot, key, 0, .actorAtOrigin)
        }
    }

    /// Enters all keys anew after the number of actors has changed what they say.
    private mutating func rekey(_ slot: Int32) {
        let ties = values(of: slot, .tieWithRoom) + values(of: slot, .tieFull)
        let origins = values(of: slot, .origin)
        retire(slot)
        enterAll(slot, ties: ties, origins: origins)
    }

    /// Enters all keys of an attempt that holds `ties` and `origins`; the index follows from them
    /// and its actors alone.
    mutating func enterAll(_ slot: Int32, ties: [UInt128], origins: [UInt128]) {
        let attempt = attempts[Int(slot)]
        let isFull = attempt.actors.count == ActorTriple.countMax
        for tie in ties { enterTie(slot, attempt, UInt64(truncatingIfNeeded: tie), isFull: isFull) }
        for origin in origins { enterOrigin(slot, attempt, origin) }
        guard usesActorKey(attempt.journey) else { return }
        attempt.actors.forEach { insert(slot, Key.actor(attempt.journey, $0), 0, .actor) }
    }

    /// Login attempts are found by actor alone for events of MFA-only sources.
    private func usesActorKey(_ journey: JourneyID) -> Bool {
        traits[journey.index].joinsByActorAlone || journey == .login
    }

    func values(of slot: Int32, _ kind: LiveIndex.KeyKind) -> [UInt128] {
        var found: [UInt128] = []
        var node = rings[Int(slot)]
        while node != LiveIndex.nothing {
            if index.nodes[Int(node)].kind == kind { found.append(index.nodes[Int(node)].value) }
            node = index.nodes[Int(node)].sibling
        }
        return found
    }

    private mutating func insert(_ slot: Int32, _ key: UInt128, _ value: UInt128, _ kind: LiveIndex.KeyKind) {
        let ring = rings[Int(slot)]
        if index.ring(ring, of: slot, holds: key) { return }
        rings[Int(slot)] = index.insert(
            key, value: value, kind: kind, attempt: slot, opened: openings[Int(slot)], sibling: ring)
    }
}

/// The attempt that an event joins.
struct Candidate: Sendable {
    var slot: Int32
    /// Whether its actor led there: preference 2 of docs/definitions.md.
    var isByActor: Bool
}

/// A queue of slots over one array.
struct SlotQueue: Sendable {
    private var slots: [Int32] = []
    private var head = 0

    var first: Int32? { head < slots.count ? slots[head] : nil }
    var count: Int { slots.count - head }

    mutating func append(_ slot: Int32) { slots.append(slot) }

    mutating func removeFirst() {
        head += 1
        if head > 1024, head * 2 > slots.count {
            slots.removeFirst(head)
            head = 0
        }
    }

    func forEach(_ body: (Int32) -> Void) { for slot in slots[head...] { body(slot) } }
}

/// Index keys: values mixed with the journey and the kind of key.
private enum Key {
    @inline(__always)
    private static func mix(
        _ journey: JourneyID, _ kind: LiveIndex.KeyKind, _ a: UInt128, _ b: UInt128
    ) -> UInt128 {
        let tag = UInt64(journey.rawValue) << 8 | UInt64(kind.rawValue)
        var low = UInt64(truncatingIfNeeded: a) ^ tag &* 0x9E37_79B9_7F4A_7C15
        var high = UInt64(truncatingIfNeeded: a >> 64) ^ tag &* 0xC2B2_AE3D_27D4_EB4F
        let bLow = UInt64(truncatingIfNeeded: b)
        let bHigh = UInt64(truncatingIfNeeded: b >> 64)
        low = (low ^ bLow &* 0xff51_afd7_ed55_8ccd) &* 0x9FB2_1C65_1E98_DF25
        high = (high ^ bHigh &* 0xc4ce_b9fe_1a85_ec53) &* 0xD6E8_FEB8_6659_FD93
        low ^= low >> 32 ^ high
        high ^= high >> 29 ^ low &* 0x9E37_79B9_7F4A_7C15
        let key = UInt128(high) << 64 | UInt128(low)
        return key == 0 ? 1 : key
    }

    static func tie(_ journey: JourneyID, _ tie: UInt64, isFull: Bool) -> UInt128 {
        mix(journey, isFull ? .tieFull : .tieWithRoom, UInt128(tie), 0)
    }
    static func tie(_ journey: JourneyID, _ tie: UInt64, actor: UInt128) -> UInt128 {
        mix(journey, .tieFullWithActor, actor, UInt128(tie) << 64 | UInt128(tie))
    }
    static func actor(_ journey: JourneyID, _ actor: UInt128) -> UInt128 {
        mix(journey, .actor, actor, 0)
    }
    static func actor(_ journey: JourneyID, _ actor: UInt128, origin: UInt128) -> UInt128 {
        mix(journey, .actorAtOrigin, actor, origin)
    }
    static func origin(_ journey: JourneyID, _ origin: UInt128, hasActor: Bool) -> UInt128 {
        mix(journey, hasActor ? .origin : .originWithoutActor, origin, 0)
    }
}
