import IdentityModel

extension CompletionMemory {
    /// Writes what may still be asked for at `now`.
    func encode(_ now: Int64, to writer: inout ByteWriter) {
        encodeTwins(now, to: &writer)
        encodeMoments(now, to: &writer)
        encodeDay(now, to: &writer)
    }

    mutating func decode(_ now: Int64, from reader: inout ByteReader) throws {
        try decodeTwins(now, from: &reader)
        try decodeMoments(now, from: &reader)
        try decodeDay(now, from: &reader)
    }

    private func encodeTwins(_ now: Int64, to writer: inout ByteWriter) {
        // Without a correlation or a session a completion has no echo.
        let twins = latest.recent { now - $0.at <= Self.echoMax && ($0.tie != 0 || $0.session != 0) }
        writer.count(twins.count)
        for (key, twin) in twins.sorted(by: { $0.0 < $1.0 }) {
            writer.wide(key)
            writer.unsigned(UInt64(max(0, now - twin.at)))
            writer.fixed(twin.tie)
            writer.fixed(twin.session)
        }
    }

    private mutating func decodeTwins(_ now: Int64, from reader: inout ByteReader) throws {
        for _ in 0..<(try reader.count(ofWidth: 33)) {
            let key = try reader.wide()
            let at = now - (try reader.distance(max: Self.echoMax))
            latest.replace(key, by: Completion(at: at, tie: try reader.fixed(), session: try reader.fixed()))
        }
    }

    /// Anchors and credential steps, each as its key, its age, and two bits: whether it is an
    /// anchor, and whether it is of another event than the one before.
    private func encodeMoments(_ now: Int64, to writer: inout ByteWriter) {
        let anchors = anchors.recent { now - $0.at <= Self.chainMax }
            .map { (key: $0.0, moment: $0.1, isAnchor: true) }
        let steps = credentials.recent { now - $0.at <= Self.chainMax }
            .map { (key: $0.0, moment: $0.1, isAnchor: false) }
        writer.count(anchors.count + steps.count)
        var last: UInt64 = 0
        let ordered = (anchors + steps).sorted { ($0.moment.ordinal, $0.key) < ($1.moment.ordinal, $1.key) }
        for (key, moment, isAnchor) in ordered {
            writer.byte((isAnchor ? 1 : 0) | (moment.ordinal != last ? 2 : 0))
            writer.wide(key)
            writer.unsigned(UInt64(max(0, now - moment.at)))
            last = moment.ordinal
        }
    }

    private mutating func decodeMoments(_ now: Int64, from reader: inout ByteReader) throws {
        for _ in 0..<(try reader.count(ofWidth: 18)) {
            let bits = try reader.byte()
            let key = try reader.wide()
            let at = now - (try reader.distance(max: Self.chainMax))
            if bits & 2 != 0 { noted += 1 }
            let moment = Moment(at: at, ordinal: noted)
            if bits & 1 != 0 {
                anchors.replace(key, by: moment)
                newestAnchor = max(newestAnchor, at)
            } else {
                credentials.replace(key, by: moment)
            }
        }
    }

    /// Sessions and logins in the order of time: most often a login brings both at once.
    private func encodeDay(_ now: Int64, to writer: inout ByteWriter) {
        let seen = sessions.recent { now - $0 <= Self.sessionMax }
            .map { (at: $0.1, isLogin: false, key: $0.0) }
        let entered = logins.recent { now - $0 <= Self.sessionMax }
            .map { (at: $0.1, isLogin: true, key: $0.0) }
        writer.count(seen.count + entered.count)
        var last = now &- Self.sessionMax
        let ordered = (seen + entered).sorted {
            $0.at != $1.at ? $0.at < $1.at : $0.isLogin != $1.isLogin ? $1.isLogin : $0.key < $1.key
        }
        for (at, isLogin, key) in ordered {
            writer.unsigned(UInt64(max(0, at - last)) << 1 | (isLogin ? 1 : 0))
            writer.fixed(key)
            last = at
        }
    }

    private mutating func decodeDay(_ now: Int64, from reader: inout ByteReader) throws {
        var last = now - Self.sessionMax
        for _ in 0..<(try reader.count(ofWidth: 9)) {
            let step = try reader.unsigned()
            guard let span = Int64(exactly: step >> 1), span <= now - last else { throw reader.malformed }
            last += span
            let key = try reader.fixed()
            if step & 1 == 1 { logins.replace(key, by: last) } else { sessions.replace(key, by: last) }
        }
    }
}
