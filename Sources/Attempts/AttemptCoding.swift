import IdentityModel

extension LiveAttempts {
    /// The numbers of all texts that open attempts hold.
    var textNumbers: Set<UInt32> {
        var numbers: Set<UInt32> = []
        forEachOpen { numbers.formUnion([$0.client, $0.segments, $0.dialect, $0.assurance]) }
        return numbers
    }

    /// Writes the open attempts of a journey in the order of opening. The index is not written: it
    /// follows from the correlations, origins and actors of those that may take more events.
    func encode(_ journey: Int, _ now: Int64, _ words: CarryTexts, to writer: inout ByteWriter) {
        writer.count(queues[journey].count)
        if queues[journey].count == 0 { return }
        var last = now - traits[journey].limit
        queues[journey].forEach { slot in
            let attempt = self[slot]
            writer.unsigned(UInt64(max(0, attempt.firstAt - last)))
            last = attempt.firstAt
            attempt.encode(words, to: &writer)
            guard isLive(slot, now) else { return }
            let ties = (values(of: slot, .tieWithRoom) + values(of: slot, .tieFull)).sorted()
            writer.count(ties.count)
            for tie in ties { writer.fixed(UInt64(truncatingIfNeeded: tie)) }
            let origins = values(of: slot, .origin).sorted()
            writer.count(origins.count)
            for origin in origins { writer.origin(origin) }
        }
    }

    /// Reads the open attempts of a journey and enters them into the index.
    mutating func decode(
        _ journey: Int, _ now: Int64, _ words: CarryTexts, from reader: inout ByteReader
    ) throws {
        var last = now - traits[journey].limit
        for _ in 0..<(try reader.count(ofWidth: Attempt.encodedBytesMin)) {
            last += try reader.distance(max: now - last)
            let id = JourneyID(rawValue: UInt8(journey))
            let attempt = try Attempt(id, firstAt: last, now, words, from: &reader)
            let slot = append(attempt)
            guard isLive(slot, now) else { continue }
            var ties: [UInt128] = []
            for _ in 0..<(try reader.count(ofWidth: 8)) { ties.append(UInt128(try reader.fixed())) }
            var origins: [UInt128] = []
            for _ in 0..<(try reader.count(ofWidth: 2)) { origins.append(try reader.origin()) }
            guard !ties.contains(0), !origins.contains(0) else { throw reader.malformed }
            enterAll(slot, ties: ties, origins: origins)
        }
    }
}

extension Attempt {
    /// The fewest bytes of an attempt in a carry.
    fileprivate static let encodedBytesMin = 16

    // A completed attempt takes no more events, so that its last event is its completion; and who
    // completes it is nobody or one of its actors.
    fileprivate func encode(_ words: CarryTexts, to writer: inout ByteWriter) {
        var held: [UInt128] = []
        actors.forEach { held.append($0) }
        writer.unsigned(UInt64(max(0, lastAt - firstAt)))
        writer.byte(firstFlags)
        let verdict = lastVerdict.map { $0.rawValue + 1 } ?? 0
        let completing = (held.firstIndex(of: completingActor) ?? -1) + 1
        let counts = UInt8(held.count) << 3 | UInt8(completing) << 5
        writer.byte(verdict | counts | (isCompletionMarked ? 0x80 : 0))
        for actor in held { writer.wide(actor) }
        writer.unsigned(UInt64(tries))
        writer.unsigned(UInt64(stepsReached))
        if hasSetback { for index in 0..<16 { writer.unsigned(UInt64(reasons[index])) } }
        for text in [client, segments, dialect, assurance] { words.write(text, to: &writer) }
        for word in [userAgentClass.rawValue, actorKind.rawValue, method.rawValue] { writer.byte(word) }
        writer.unsigned(signals.rawValue)
        writer.unsigned(UInt64(source))
        writer.byte((isFamiliarLooking ? 1 : 0) | (hasProviderBlock ? 2 : 0))
    }

    private var firstFlags: UInt8 {
        let flags = [
            completedAt != nil, showsOpening, hasSetback, hasCredentialSuccess, isTriggered, usesSecondFactor,
            isOnlySetupFailures, isOpenedByFloating,
        ]
        return flags.enumerated().reduce(0) { $0 | ($1.element ? 1 << UInt8($1.offset) : 0) }
    }

    fileprivate init(
        _ journey: JourneyID, firstAt: Int64, _ now: Int64, _ words: CarryTexts,
        from reader: inout ByteReader
    ) throws {
        self.init(journey: journey, at: firstAt, showsOpening: false)
        lastAt = firstAt + (try reader.distance(max: now - firstAt))
        let first = try reader.byte()
        func flag(_ bit: UInt8) -> Bool { first >> bit & 1 == 1 }
        if flag(0) { completedAt = lastAt }
        (showsOpening, hasSetback, hasCredentialSuccess) = (flag(1), flag(2), flag(3))
        (isTriggered, usesSecondFactor) = (flag(4), flag(5))
        (isOnlySetupFailures, isOpenedByFloating) = (flag(6), flag(7))
        let second = try reader.byte()
        if second & 7 != 0 { lastVerdict = try reader.value(Outcome(rawValue: (second & 7) - 1)) }
        isCompletionMarked = second & 0x80 != 0
        var held: [UInt128] = [0]
        for _ in 0..<(second >> 3 & 3) {
            held.append(try reader.wide())
            actors.insert(held[held.count - 1])
        }
        guard Int(second >> 5 & 3) < held.count else { throw reader.malformed }
        completingActor = held[Int(second >> 5 & 3)]
        tries = try reader.value(UInt32(exactly: try reader.amount()))
        guard tries < UInt32(Int32.max) else { throw reader.malformed }
        stepsReached = try reader.value(UInt16(exactly: try reader.unsigned()))
        if hasSetback {
            for index in 0..<16 { reasons[index] = try reader.value(UInt32(exactly: try reader.amount())) }
        }
        client = try words.number(from: &reader)
        segments = try words.number(from: &reader)
        dialect = try words.number(from: &reader)
        assurance = try words.number(from: &reader)
        userAgentClass = try reader.value(UserAgentClass(rawValue: try reader.byte()))
        actorKind = try reader.value(ActorKind(rawValue: try reader.byte()))
        method = try reader.value(AuthMethod(rawValue: try reader.byte()))
        signals = SignalSet(rawValue: try reader.unsigned())
        source = try reader.value(UInt32(exactly: try reader.unsigned()))
        let third = try reader.byte()
        (isFamiliarLooking, hasProviderBlock) = (third & 1 == 1, third & 2 == 2)
    }
}

extension ByteWriter {
    /// An origin: an IPv4 address takes few of the low bits, an IPv6 /64 the high ones alone.
    mutating func origin(_ origin: UInt128) {
        unsigned(UInt64(truncatingIfNeeded: origin))
        unsigned(UInt64(truncatingIfNeeded: origin >> 64))
    }
}

extension ByteReader {
    mutating func origin() throws -> UInt128 {
        let low = try unsigned()
        return UInt128(try unsigned()) << 64 | UInt128(low)
    }

    /// A span of time of at most `max`.
    mutating func distance(max: Int64) throws -> Int64 {
        guard let span = Int64(exactly: try unsigned()), span <= max else { throw malformed }
        return span
    }

    /// `value`, which only damaged bytes leave nil.
    func value<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw malformed }
        return value
    }
}
