import IdentityModel

/// Runs rules over events in canonical order: one pass, memory bounded by what lies in the windows.
///
/// Events at one instant are all taken into the window before a rule is asked, so the order among
/// them does not matter. Cost: about 40 ns for an event that a rule speaks of, 3 ns for others.
public struct SignalMachine: Sendable {
    private let rules: [SignalRule]
    private let groupings: [RuleGrouping]
    private let classes: EventClassTable
    private var groups: [[UInt128: Int]]
    private var windows: [Window] = []
    private var freeWindows: [Int] = []
    private var touched: [Int] = []
    private var instant = Int64.min
    private var nextSweep = Int64.min
    /// Where the rules fired, so far.
    public private(set) var firings: FiringIndex

    public init(rules: [SignalRule], catalog: JourneyCatalog) {
        self.rules = rules
        groupings = rules.map(RuleGrouping.init)
        classes = EventClassTable(rules: rules, catalog: catalog)
        groups = Array(repeating: [:], count: rules.count)
        firings = FiringIndex(rules: rules, classes: classes)
    }

    /// Takes the events of `batch`, none of which precedes any before it in canonical order.
    public mutating func absorb(_ batch: EventBatch) {
        for index in 0..<batch.count {
            let at = batch.at[index]
            if at != instant { settle(before: at) }
            let place = classes.index(
                journey: batch.journey[index], step: batch.step[index], outcome: batch.outcome[index],
                reason: batch.reason[index])
            let matching = classes.matching[place]
            let interested = matching | classes.beside[place]
            if interested == 0 { continue }
            let name = batch.name[index]
            let actor = name != 0 ? name : batch.subject[index]
            let origin = NetworkAddress(rawValue: batch.address[index]).origin
            var rest = interested
            while rest != 0 {
                let bit = rest.trailingZeroBitCount
                rest &= rest - 1
                enter(bit, actor, origin, at, isMatch: matching >> UInt64(bit) & 1 == 1)
            }
        }
    }

    /// Asks the rules that the last instant touched. Call once, when all events are absorbed.
    public mutating func finish() { settle(before: Int64.max) }

    private mutating func enter(_ rule: Int, _ actor: UInt128, _ origin: UInt128, _ at: Int64, isMatch: Bool) {
        let grouping = groupings[rule]
        let key = grouping.group(actor: actor, origin: origin)
        if key == 0 { return }
        let slot: Int
        if let known = groups[rule][key] {
            slot = known
        } else {
            slot = freeWindows.popLast() ?? windows.count
            let fresh = Window(rule: rule, key: key)
            if slot == windows.count { windows.append(fresh) } else { windows[slot] = fresh }
            groups[rule][key] = slot
        }
        let value: UInt128 =
            switch grouping.distinct {
            case .actor: actor
            case .origin: origin
            case nil: 0
            }
        // What lies beside matches must not pile up where nobody guesses.
        if !isMatch { windows[slot].expire(upTo: at - grouping.timespan) }
        windows[slot].push(Window.Entry(at: at, value: value, isMatch: isMatch))
        if isMatch, !windows[slot].isTouched {
            windows[slot].isTouched = true
            touched.append(slot)
        }
    }

    /// Asks the rules about the instant that has passed, and moves on to `at`.
    private mutating func settle(before at: Int64) {
        for slot in touched {
            windows[slot].isTouched = false
            let rule = windows[slot].rule
            windows[slot].expire(upTo: instant - groupings[rule].timespan)
            if windows[slot].mayFire(rules[rule].eventsMin), windows[slot].fires(rules[rule]) {
                firings.record(rule: rule, key: windows[slot].key, at: instant)
            }
        }
        touched.removeAll(keepingCapacity: true)
        instant = at
        if at >= nextSweep { sweep(at) }
    }

    /// Once per hour of log time, forgets the groups whose windows have run empty and what lies
    /// before the windows of the others: events beside a match may never be asked about.
    private mutating func sweep(_ at: Int64) {
        nextSweep = at == Int64.max ? at : (Timestamp.slice(at) + 1) * Timestamp.hour
        for index in groups.indices {
            let horizon = at - rules[index].timespan
            for (key, slot) in groups[index] {
                guard windows[slot].newest <= horizon else {
                    windows[slot].expire(upTo: horizon)
                    continue
                }
                groups[index][key] = nil
                windows[slot] = Window(rule: index, key: 0)
                freeWindows.append(slot)
            }
        }
    }
}

/// The events of one group inside a rule's window.
struct Window: Sendable {
    struct Entry: Sendable {
        var at: Int64
        var value: UInt128
        var isMatch: Bool
    }

    let rule: Int
    let key: UInt128
    var isTouched = false
    private var entries: [Entry] = []
    private var head = 0
    private var matches = 0
    private var distinct: [UInt128: Int32]?

    init(rule: Int, key: UInt128) {
        self.rule = rule
        self.key = key
    }

    /// The newest entry's time.
    var newest: Int64 { entries.last?.at ?? Int64.min }

    mutating func push(_ entry: Entry) {
        entries.append(entry)
        guard entry.isMatch else { return }
        matches += 1
        if entry.value != 0 { distinct?[entry.value, default: 0] += 1 }
    }

    /// Drops the entries at or before `horizon`: windows are open at their beginning.
    mutating func expire(upTo horizon: Int64) {
        while head < entries.count, entries[head].at <= horizon {
            let old = entries[head]
            head += 1
            guard old.isMatch else { continue }
            matches -= 1
            if old.value != 0, let left = distinct?[old.value] {
                distinct?[old.value] = left == 1 ? nil : left - 1
            }
        }
        if head > 32, head * 2 > entries.count {
            entries.removeFirst(head)
            head = 0
        }
    }

    /// Whether there are enough matching events to ask further.
    func mayFire(_ eventsMin: Int) -> Bool { matches >= eventsMin }

    /// Whether the rule's conditions hold over the window as it stands.
    mutating func fires(_ rule: SignalRule) -> Bool {
        guard matches >= rule.eventsMin else { return false }
        if let share = rule.share {
            let all = entries.count - head
            guard matches * share.denominator >= share.numerator * all else { return false }
        }
        guard let wanted = rule.distinct else { return true }
        guard matches >= wanted.min else { return false }
        if distinct == nil {
            var counts: [UInt128: Int32] = [:]
            for entry in entries[head...] where entry.isMatch && entry.value != 0 {
                counts[entry.value, default: 0] += 1
            }
            distinct = counts
        }
        return (distinct?.count ?? 0) >= wanted.min
    }
}
