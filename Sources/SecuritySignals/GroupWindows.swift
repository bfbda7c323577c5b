import IdentityModel

/// The groups of one family of rules, with what lies in their windows.
///
/// Two stages: a group first has only a bound, so many events at most that any of its windows holds.
/// Where that reaches a rule's threshold, the group's entries are walked, and where they are really
/// near, they are counted exactly from then on, until the last of them leaves.
///
///     groups   key → newest entry │ bound │ counts?        32 bytes each
///     log      ●──●──●──●──●──●──●──●──●──●                one for the family, in order of time
///     cursors  24 h           10 min                       what leaves a timespan's windows
///
/// Cost: one table look-up, and one entry written and later read in order, per event and family.
struct GroupWindows: Sendable {
    /// What an instant touched: rules to be asked about a group, and one of its rows.
    struct Touch: Sendable {
        var key: UInt128
        var rules: UInt64
        var row: Int
    }

    struct Fired: Sendable {
        var last = Int64.min
        /// The number of its newest run in the log of firings.
        var run = -1
    }

    let plan: FamilyPlan
    var groups = GroupTable(room: sweepMin)
    var log: WindowLog
    var counts: GroupCounts
    /// By timespan: the first entry in its windows.
    private var cursors: [UInt32]
    /// Windows end here; `Int64.min` before any.
    private(set) var reached = Int64.min
    private var bucket: UInt16 = 0
    private var bucketEnd = Int64.min
    /// Groups that are gone are looked for when there are so many.
    private var sweepCount = sweepMin
    private static let sweepMin = 4096
    private(set) var touched: [Touch] = []
    /// Groups that have fired, and by that place and rule: when.
    var firedGroups = OpenTable<UInt128, UInt32>()
    var fired: [Fired] = []

    init(plan: FamilyPlan) {
        self.plan = plan
        log = WindowLog(width: plan.values.count)
        counts = GroupCounts(plan: plan)
        cursors = plan.spans.map { _ in 0 }
    }

    // MARK: Entering

    /// Makes the memory this value's own: before anything is changed.
    mutating func makeUnique() {
        groups.makeUnique()
        log.makeUnique()
    }

    /// Takes an event into the group of `key`, whose values have been staged in the log. Events come
    /// in order of time.
    ///
    /// - Returns: whether a rule is to be asked when the instant is over.
    @inline(__always)
    mutating func enter(
        _ key: UInt128, at: Int64, match: UInt64, beside: UInt64, part: UInt64, row: Int
    ) -> Bool {
        if at != reached { advance(to: at) }
        let number = log.next
        let (group, isNew) = groups.enter(key)
        let counts = group.pointee.counts
        let entry = WindowLog.Entry(
            at: at, match: match, beside: beside, part: part, previous: isNew ? number : group.pointee.last,
            counts: counts)
        group.pointee.last = number
        log.reserve()
        log.append(entry)
        var asked = match & ~plan.requiring
        if match & plan.countedMask != 0 {
            group.pointee.note(bucket)
            asked &= ~plan.dismissed[group.pointee.bound]
        }
        if asked != 0 { touch(group, Touch(key: key, rules: asked, row: row)) }
        if counts != WindowLog.none {
            self.counts.enter(counts, number, (match | beside) & plan.mask, log)
        }
        return asked != 0
    }

    private mutating func touch(_ group: UnsafeMutablePointer<GroupTable.Group>, _ touch: Touch) {
        let known = Int(group.pointee.touch)
        if known < touched.count, touched[known].key == touch.key {
            touched[known].rules |= touch.rules
            touched[known].row = touch.row
        } else {
            group.pointee.touch = UInt32(touched.count)
            touched.append(touch)
        }
    }

    /// Ends the instant: nothing is touched.
    mutating func endInstant() { touched.removeAll(keepingCapacity: true) }

    // MARK: Leaving

    /// Moves the windows' end to `at`, and drops what they no longer hold: they are open at their beginning.
    @inline(__always)
    mutating func advance(to at: Int64) {
        reached = at
        if at >= bucketEnd { turnBucket() }
        for span in 0..<cursors.count {
            let horizon = at &- plan.spans[span]
            while cursors[span] != log.next, log[cursors[span]].at <= horizon { leave(span) }
        }
        if groups.count >= sweepCount { sweep() }
    }

    private mutating func turnBucket() {
        let number = reached.floorDivided(by: plan.countedSpan)
        bucket = UInt16(truncatingIfNeeded: number)
        bucketEnd = (number + 1) * plan.countedSpan
    }

    /// Moves a timespan's cursor over one entry.
    @inline(__always)
    private mutating func leave(_ span: Int) {
        let number = cursors[span]
        cursors[span] &+= 1
        let isGone = span == plan.spans.count &- 1
        let entry = log[number]
        if entry.counts != WindowLog.none {
            let involved = (entry.match | entry.beside) & plan.spanMasks[span]
            if involved != 0 { counts.leave(entry.counts, number, involved, log) }
            if isGone, counts.release(entry.counts) {
                groups.change(counts.keys[Int(entry.counts)]) { $0.counts = WindowLog.none }
            }
        }
        if isGone { log.removeFirst() }
    }

    /// Forgets groups without an entry.
    @inline(never)
    private mutating func sweep() {
        var left = 0
        groups.forEach { _, group in left += log.holds(group.last) ? 1 : 0 }
        sweepCount = max(Self.sweepMin, left * 2)
        groups = groups.filtered(room: sweepCount) { log.holds($0.last) }
        forgetFirings()
    }

    // MARK: Counting

    /// Counts a group exactly from now on: all of its entries that are left.
    mutating func startCounts(_ key: UInt128, _ last: UInt32) -> UInt32 {
        let slot = counts.take(key)
        groups.change(key) { $0.counts = slot }
        var number = last
        while log.holds(number) {
            log.setCounts(number, slot)
            let entry = log[number]
            var involved: UInt64 = 0
            for span in cursors.indices where number &- log.first >= cursors[span] &- log.first {
                involved |= plan.spanMasks[span]
            }
            counts.enter(slot, number, (entry.match | entry.beside) & involved, log)
            if entry.previous == number { break }
            number = entry.previous
        }
        return slot
    }

    /// The group's entries in (end − timespan, end], newest first, until `body` says that it has enough.
    @inline(__always)
    func walk(from last: UInt32, _ timespan: Int64, _ body: (UInt32, WindowLog.Entry) -> Bool) {
        let horizon = reached &- timespan
        var number = last
        while log.holds(number) {
            let entry = log[number]
            if entry.at <= horizon || !body(number, entry) || entry.previous == number { return }
            number = entry.previous
        }
    }
}
