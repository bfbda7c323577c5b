import IdentityModel

/// The machine's state as bytes: the same state gives the same bytes, however it came about.
///
///     version │ rules' hash │ front │ rows │ families │ familiar │ required firings │ firings not taken
extension SignalMachine {
    private static let version: UInt8 = 1

    /// The state after the events so far, before `finish`.
    public func encodedCarry() -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(Self.version)
        writer.fixed(plan.fingerprint)
        writer.signed(front)
        if front == .min { return writer.bytes }
        let clock = front - plan.lagMax
        encodeRows(from: clock, into: &writer)
        for (family, lagged) in zip(families, plan.families) {
            Self.encode(family.stored(from: clock + lagged.lag), into: &writer)
        }
        let known = familiar.remembered(from: clock - plan.timespanMax)
        encode(known.map { ($0.pair, $0.times) }, into: &writer)
        let fired = firingTimes.stored(after: clock - plan.timespanMax)
        encode(fired.map { ($0.key, $0.times) }, into: &writer)
        let left = log.canonical(plan.rules)
        writer.count(left.count)
        for run in left {
            writer.count(run.rule)
            for value in run.group { writer.wide(value) }
            writer.signed(run.first)
            writer.signed(run.last)
        }
        return writer.bytes
    }

    /// A machine that goes on where the one stood that gave `carry`.
    ///
    /// - Throws: `SignalStateError` where the bytes are damaged or of other rules.
    public init(_ set: RuleSet, catalog: JourneyCatalog, hiddenSources: Set<UInt32> = [], carry: [UInt8])
        throws
    {
        self.init(set, catalog: catalog, hiddenSources: hiddenSources)
        try restore(carry)
    }

    /// Takes the state of `carry` into a machine that has seen nothing.
    mutating func restore(_ carry: [UInt8]) throws {
        var reader = ByteReader(carry)
        do {
            guard try reader.byte() == Self.version, try reader.fixed() == plan.fingerprint else {
                throw SignalStateError.otherRules
            }
            front = try reader.signed()
            if front != .min {
                guard (-(1 << 61)...(1 << 61)).contains(front) else { throw reader.malformed }
                try restoreState(&reader)
            }
            guard reader.isAtEnd else { throw reader.malformed }
        } catch let error as ByteReader.Malformed {
            throw SignalStateError.damagedCarry(offset: error.offset)
        }
    }

    private mutating func restoreState(_ reader: inout ByteReader) throws {
        let clock = front - plan.lagMax
        try restoreRows(from: clock, &reader)
        for index in families.indices {
            let lagged = clock + plan.families[index].lag
            var groups: [GroupWindows.StoredGroup] = []
            for _ in 0..<(try reader.count(ofWidth: 17)) {
                groups.append(try Self.group(plan.families[index], before: lagged, &reader))
            }
            families[index].restore(groups)
            let last = plan.families[index].rules.map(\.timespan).max() ?? 0
            for rule in plan.families[index].members { markedBefore[rule] = lagged + last }
        }
        for _ in 0..<(try reader.count(ofWidth: 17)) {
            let pair = try Self.key(&reader)
            familiar.restore(pair, try Self.times(&reader))
        }
        for _ in 0..<(try reader.count(ofWidth: 17)) {
            let key = try Self.key(&reader)
            firingTimes.restore(key, try Self.times(&reader))
        }
        for _ in 0..<(try reader.count(ofWidth: 3)) {
            let rule = try reader.count()
            guard rule < plan.rules.count else { throw reader.malformed }
            var group: [UInt128] = []
            for _ in plan.keyOfRule(rule).fields { group.append(try reader.wide()) }
            let first = try reader.signed()
            let last = try reader.signed()
            guard first <= last, Timestamp.slice(first) == Timestamp.slice(last) else {
                throw reader.malformed
            }
            log.restore(FiringRun(rule: rule, group: group, first: first, last: last))
        }
    }

    // MARK: Rows

    /// Whether a row is still to be judged, or to be taken into some window.
    private func isAwaited(_ row: SignalRow, _ clock: Int64) -> Bool {
        if row.at < clock { return false }
        if row.isLogin, plan.familiarity != nil { return true }
        return plan.classes.contains {
            row.at >= clock + $0.lag && (row.lanes.match | row.lanes.beside) & $0.mask != 0
        }
    }

    private func encodeRows(from clock: Int64, into writer: inout ByteWriter) {
        let kept = rows.indices.filter { isAwaited(rows[$0], clock) }
        writer.count(kept.count)
        var before = clock
        for index in kept {
            let row = rows[index]
            writer.signed(row.at - before)
            before = row.at
            writer.byte(row.isLogin ? 1 : 0)
            for lane in [row.lanes.match, row.lanes.beside, row.lanes.part, row.lanes.mark] {
                writer.unsigned(lane)
            }
            writer.wide(row.actor)
            writer.wide(row.address)
            writer.fixed(row.device)
            let base = index * plan.extraCount
            for value in extras[base..<base + plan.extraCount] { writer.wide(value) }
        }
    }

    private mutating func restoreRows(from clock: Int64, _ reader: inout ByteReader) throws {
        var before = clock
        for _ in 0..<(try reader.count(ofWidth: 46)) {
            let (at, isOverflowing) = before.addingReportingOverflow(try reader.signed())
            guard !isOverflowing, at >= before, at <= front else { throw reader.malformed }
            before = at
            let isLogin = try reader.byte() == 1
            let lanes = Lanes(
                match: try reader.unsigned(), beside: try reader.unsigned(), part: try reader.unsigned(),
                mark: try reader.unsigned())
            rows.append(
                SignalRow(
                    at: at, lanes: lanes, actor: try reader.wide(), address: try reader.wide(),
                    device: try reader.fixed(), isLogin: isLogin))
            for _ in 0..<plan.extraCount { extras.append(try reader.wide()) }
        }
        // What each class has in its windows already is known by the clock.
        for index in cursors.indices {
            let border = clock + plan.classes[index].lag
            cursors[index] = rows.firstIndex { $0.at >= border } ?? rows.count
        }
    }

    // MARK: Groups and times

    private static func encode(_ groups: [GroupWindows.StoredGroup], into writer: inout ByteWriter) {
        writer.count(groups.count)
        for group in groups {
            writer.wide(group.key)
            for last in group.lastFirings { writer.signed(last) }
            writer.count(group.entries.count)
            for (entry, values) in group.entries {
                writer.signed(entry.at)
                for lane in [entry.match, entry.beside, entry.part] { writer.unsigned(lane) }
                for value in values { writer.wide(value) }
            }
        }
    }

    private static func group(
        _ plan: FamilyPlan, before clock: Int64, _ reader: inout ByteReader
    ) throws -> GroupWindows.StoredGroup {
        var group = GroupWindows.StoredGroup(key: try key(&reader), lastFirings: [])
        for _ in plan.rules {
            let last = try reader.signed()
            guard last == .min || (clock - plan.keep..<clock).contains(last) else { throw reader.malformed }
            group.lastFirings.append(last)
        }
        var before = clock - plan.keep
        for _ in 0..<(try reader.count(ofWidth: 4)) {
            let at = try reader.signed()
            guard at >= before, at < clock else { throw reader.malformed }
            before = at
            let entry = WindowLog.Entry(
                at: at, match: try reader.unsigned() & plan.mask, beside: try reader.unsigned() & plan.mask,
                part: try reader.unsigned())
            var values: [UInt128] = []
            for _ in plan.values { values.append(try reader.wide()) }
            group.entries.append((entry, values))
        }
        return group
    }

    private func encode(_ times: [(UInt128, [Int64])], into writer: inout ByteWriter) {
        writer.count(times.count)
        for (key, own) in times {
            writer.wide(key)
            Self.encode(own, into: &writer)
        }
    }

    static func encode(_ times: [Int64], into writer: inout ByteWriter) {
        writer.count(times.count)
        var before: Int64 = 0
        for at in times {
            writer.signed(at - before)
            before = at
        }
    }

    static func key(_ reader: inout ByteReader) throws -> UInt128 {
        let key = try reader.wide()
        guard key != 0 else { throw reader.malformed }
        return key
    }

    /// Ascending times.
    static func times(_ reader: inout ByteReader) throws -> [Int64] {
        var times: [Int64] = []
        var before: Int64 = 0
        for index in 0..<(try reader.count(ofWidth: 1)) {
            let (at, isOverflowing) = before.addingReportingOverflow(try reader.signed())
            guard !isOverflowing, index == 0 || at >= before else { throw reader.malformed }
            times.append(at)
            before = at
        }
        return times
    }
}

extension SignalPlan {
    /// Stands for the rules and for how this machine lays them out.
    var fingerprint: UInt64 {
        var text = "\(familiarity as Familiarity?)"
        for rule in rules {
            var plain = rule
            plain.examples = []
            plain.file = ""
            text += "\(plain)"
        }
        return text.withUTF8 { Self.hash.fingerprint(UnsafeRawBufferPointer($0), domain: 0) }
    }

    private static let hash = KeyedHash(key: 0x4C6F_636B_7374_6570_5275_6C65_7300)
}

/// The reader's state as bytes: the same state gives the same bytes.
extension MarkReader {
    private static let version: UInt8 = 2

    /// What the reader remembers of the events so far.
    public func encodedCarry() -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(Self.version)
        writer.fixed(plan.fingerprint)
        let began = historyThatCounts
        writer.byte(began == nil ? 0 : 1)
        writer.signed(began ?? 0)
        writer.signed(front)
        if front == .min { return writer.bytes }
        let known = familiar.remembered(from: front - plan.timespanMax)
        writer.count(known.count)
        for (pair, times) in known {
            writer.wide(pair)
            SignalMachine.encode(times, into: &writer)
        }
        let stale = front - (plan.familiarity?.staleTimespan ?? 0)
        var open: [(UInt128, [Int64])] = []
        tries.forEach { pair, tries in
            let own = tries.times.filter { $0 > stale }
            if !own.isEmpty { open.append((pair, own)) }
        }
        writer.count(open.count)
        for (pair, times) in open.sorted(by: { $0.0 < $1.0 }) {
            writer.wide(pair)
            SignalMachine.encode(times, into: &writer)
        }
        return writer.bytes
    }

    /// When history began, as far as it still matters: a set that does not look at familiar people
    /// asks for none, and history that is no longer thin may have begun at any time before.
    private var historyThatCounts: Int64? {
        guard plan.familiarity != nil, let historyBegan else { return nil }
        return front == .min ? historyBegan : max(historyBegan, front - Familiarity.thinHistory)
    }

    /// A reader that goes on where the one stood that gave `carry`.
    ///
    /// - Throws: `SignalStateError` where the bytes are damaged or of other rules.
    public init(_ firings: FiringIndex, hiddenSources: Set<UInt32> = [], carry: [UInt8]) throws {
        self.init(firings, hiddenSources: hiddenSources)
        var reader = ByteReader(carry)
        do {
            guard try reader.byte() == Self.version, try reader.fixed() == plan.fingerprint else {
                throw SignalStateError.otherRules
            }
            let hasBegan = try reader.byte() == 1
            let began = try reader.signed()
            historyBegan = hasBegan ? began : nil
            front = try reader.signed()
            guard front != .min else { return }
            guard (-(1 << 61)...(1 << 61)).contains(front) else { throw reader.malformed }
            for _ in 0..<(try reader.count(ofWidth: 17)) {
                let pair = try SignalMachine.key(&reader)
                familiar.restore(pair, try SignalMachine.times(&reader))
            }
            for _ in 0..<(try reader.count(ofWidth: 17)) {
                let pair = try SignalMachine.key(&reader)
                tries[pair] = Tries(times: try SignalMachine.times(&reader))
            }
            guard reader.isAtEnd else { throw reader.malformed }
        } catch let error as ByteReader.Malformed {
            throw SignalStateError.damagedCarry(offset: error.offset)
        }
    }
}
