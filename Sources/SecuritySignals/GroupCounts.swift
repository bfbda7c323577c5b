import IdentityModel

/// Exact counts over the windows of those groups that came near a rule's threshold.
///
/// Counts are kept as entries come and go, so that asking a rule costs no walk. All else has none:
/// most groups never come near.
struct GroupCounts: Sendable {
    struct RuleCount: Sendable {
        var matches: UInt32 = 0
        /// Matching events and those beside them.
        var all: UInt32 = 0
    }

    struct Tally: Sendable {
        var distinct: UInt32 = 0
        /// Values with at most the asked number of events.
        var few: UInt32 = 0
        var isCounting = false
    }

    private let plan: FamilyPlan
    /// By slot: the group, and how many entries of the log are counted.
    private(set) var keys: [UInt128] = []
    private var live: [UInt32] = []
    /// By slot and rule, tally, selection.
    private(set) var rules: [RuleCount] = []
    private(set) var tallies: [Tally] = []
    private var parts: [UInt32] = []
    private var valueCounts = OpenTable<UInt128, UInt32>()
    private var free: [UInt32] = []

    init(plan: FamilyPlan) { self.plan = plan }

    /// A slot for the group `key`, all counts 0.
    mutating func take(_ key: UInt128) -> UInt32 {
        if let slot = free.popLast() {
            keys[Int(slot)] = key
            return slot
        }
        keys.append(key)
        live.append(0)
        rules.append(contentsOf: repeatElement(RuleCount(), count: plan.rules.count))
        tallies.append(contentsOf: repeatElement(Tally(), count: plan.tallies.count))
        parts.append(contentsOf: repeatElement(0, count: plan.partLanes.count))
        return UInt32(keys.count - 1)
    }

    /// Counts an entry for the rules `involved`, in whose windows it lies.
    mutating func enter(_ slot: UInt32, _ number: UInt32, _ involved: UInt64, _ log: WindowLog) {
        let slot = Int(slot)
        let entry = log[number]
        live[slot] &+= 1
        var rest = involved
        while rest != 0 {
            let bit = rest.trailingZeroBitCount
            rest &= rest &- 1
            let local = plan.local[bit]
            let state = slot &* plan.rules.count &+ local
            rules[state].all &+= 1
            guard entry.match >> UInt64(bit) & 1 == 1 else { continue }
            rules[state].matches &+= 1
            for tally in plan.rules[local].tallies
            where tallies[slot &* plan.tallies.count &+ tally].isCounting {
                count(slot, tally, log.value(number, plan.tallies[tally].value))
            }
            if plan.partMask == 0 { continue }
            for part in plan.rules[local].parts where entry.part & plan.partLanes[part] != 0 {
                parts[slot &* plan.partLanes.count &+ part] &+= 1
            }
        }
    }

    /// Takes an entry out of the counts of the rules `involved`, whose windows it leaves.
    mutating func leave(_ slot: UInt32, _ number: UInt32, _ involved: UInt64, _ log: WindowLog) {
        let slot = Int(slot)
        let entry = log[number]
        var rest = involved
        while rest != 0 {
            let bit = rest.trailingZeroBitCount
            rest &= rest &- 1
            let local = plan.local[bit]
            let state = slot &* plan.rules.count &+ local
            rules[state].all &-= 1
            guard entry.match >> UInt64(bit) & 1 == 1 else { continue }
            rules[state].matches &-= 1
            for tally in plan.rules[local].tallies
            where tallies[slot &* plan.tallies.count &+ tally].isCounting {
                uncount(slot, tally, log.value(number, plan.tallies[tally].value))
                if rules[state].matches == 0 { tallies[slot &* plan.tallies.count &+ tally] = Tally() }
            }
            if plan.partMask == 0 { continue }
            for part in plan.rules[local].parts where entry.part & plan.partLanes[part] != 0 {
                parts[slot &* plan.partLanes.count &+ part] &-= 1
            }
        }
    }

    /// Tells that the log lets an entry go; whether it was the last of `slot`, which is free now.
    mutating func release(_ slot: UInt32) -> Bool {
        live[Int(slot)] &-= 1
        if live[Int(slot)] != 0 { return false }
        free.append(slot)
        return true
    }

    /// Whether some entry in the window shows each of the rule's selections.
    func hasAllParts(_ slot: UInt32, _ local: Int) -> Bool {
        plan.rules[local].parts.allSatisfy { parts[Int(slot) * plan.partLanes.count + $0] > 0 }
    }

    // MARK: Distinct values

    /// Begins to count the values of a rule, whose window holds the entries `numbers`.
    mutating func startTallies(_ slot: UInt32, _ local: Int, _ numbers: [UInt32], _ log: WindowLog) {
        let rule = plan.rules[local]
        for tally in rule.tallies where !tallies[Int(slot) * plan.tallies.count + tally].isCounting {
            tallies[Int(slot) * plan.tallies.count + tally] = Tally(isCounting: true)
            for number in numbers where log[number].match & rule.bit != 0 {
                count(Int(slot), tally, log.value(number, plan.tallies[tally].value))
            }
        }
    }

    /// Where the count of a value lies in the table that all groups share.
    @inline(__always)
    private func countKey(_ slot: Int, _ tally: Int, _ value: UInt128) -> UInt128 {
        let owner = UInt64(slot &* plan.tallies.count &+ tally &+ 1) &* 0x9E37_79B9_7F4A_7C15
        let key = GroupKey.spread(value) &+ (UInt128(owner) << 64 | UInt128(~owner))
        return key == 0 ? 1 : key
    }

    @inline(__always)
    private mutating func count(_ slot: Int, _ tally: Int, _ value: UInt128) {
        if value == 0 { return }
        let amount = valueCounts.update(countKey(slot, tally, value), default: 0) { count -> UInt32 in
            count &+= 1
            return count
        }
        let state = slot &* plan.tallies.count &+ tally
        let tries = plan.tallies[tally].tries
        if amount == 1 {
            tallies[state].distinct &+= 1
            if tries >= 1 { tallies[state].few &+= 1 }
        } else if amount == tries &+ 1 {
            tallies[state].few &-= 1
        }
    }

    @inline(__always)
    private mutating func uncount(_ slot: Int, _ tally: Int, _ value: UInt128) {
        if value == 0 { return }
        let key = countKey(slot, tally, value)
        guard let place = valueCounts.place(of: key) else { return }
        let amount = valueCounts[at: place]
        let state = slot &* plan.tallies.count &+ tally
        let tries = plan.tallies[tally].tries
        if amount == 1 {
            valueCounts.remove(key)
            tallies[state].distinct &-= 1
            if tries >= 1 { tallies[state].few &-= 1 }
        } else {
            valueCounts[at: place] = amount &- 1
            if amount == tries &+ 1 { tallies[state].few &+= 1 }
        }
    }
}
