import IdentityModel

/// Asking rules about a group's window, and their firings.
extension GroupWindows {
    /// So many entries are walked before a group is counted instead.
    private static let walkMax = 64

    /// Whether the conditions of a rule hold over its window as it stands, an event of the instant matching.
    mutating func holds(_ key: UInt128, _ local: Int) -> Bool {
        if plan.rules[local].isAlways { return true }
        guard let group = groups[key] else { return false }
        if plan.rules[local].kind == .travel { return hasTravelled(group.last) }
        var slot = group.counts
        if slot == WindowLog.none {
            if !isNear(group.last, local) { return false }
            slot = startCounts(key, group.last)
        }
        return holds(slot, group.last, local)
    }

    private mutating func holds(_ slot: UInt32, _ last: UInt32, _ local: Int) -> Bool {
        let state = counts.rules[Int(slot) * plan.rules.count + local]
        if state.matches < plan.rules[local].eventsMin { return false }
        switch plan.rules[local].kind {
        case .temporal where !counts.hasAllParts(slot, local): return false
        case .temporalOrdered where !counts.hasAllParts(slot, local) || !hasOrder(last, local): return false
        default: break
        }
        for test in plan.rules[local].tests {
            if test.tally >= 0, !counts.tallies[Int(slot) * plan.tallies.count + test.tally].isCounting {
                startTallies(slot, last, local)
            }
            if !holds(test, state, slot) { return false }
        }
        return true
    }

    private func holds(_ test: FamilyPlan.Test, _ state: GroupCounts.RuleCount, _ slot: UInt32) -> Bool {
        let matches = Int(state.matches)
        let tally =
            test.tally < 0
            ? GroupCounts.Tally() : counts.tallies[Int(slot) * plan.tallies.count + test.tally]
        return switch test.condition.measure {
        case .events: test.condition.holds(matches)
        case .distinct: test.condition.holds(Int(tally.distinct))
        case .share: test.condition.holds(matches, over: Int(state.all))
        case .eventsPer: test.condition.holds(matches, over: Int(tally.distinct))
        case .shareOfActors: test.condition.holds(Int(tally.few), over: Int(tally.distinct))
        }
    }

    private mutating func startTallies(_ slot: UInt32, _ last: UInt32, _ local: Int) {
        var numbers: [UInt32] = []
        walk(from: last, plan.rules[local].timespan) { number, _ in
            numbers.append(number)
            return true
        }
        counts.startTallies(slot, local, numbers, log)
    }

    /// Whether the entries of a group that nobody counts may be enough for a rule.
    private func isNear(_ last: UInt32, _ local: Int) -> Bool {
        let bit = plan.rules[local].bit
        var left = Self.walkMax
        var matches = 0
        var parts: UInt64 = 0
        walk(from: last, plan.rules[local].timespan) { _, entry in
            if entry.match & bit != 0 {
                matches += 1
                parts |= entry.part
            }
            left -= 1
            return left > 0
        }
        if left == 0 { return true }
        return matches >= plan.rules[local].eventsMin
            && plan.rules[local].lanes.allSatisfy { parts & $0 != 0 }
    }

    /// Whether the selections occur in order, looked at backwards: each as late as it can.
    private func hasOrder(_ last: UInt32, _ local: Int) -> Bool {
        let lanes = plan.rules[local].lanes
        var open = lanes.count
        var instant = Int64.max
        var here: UInt64 = 0
        walk(from: last, plan.rules[local].timespan) { _, entry in
            if entry.at != instant { here = 0 }
            instant = entry.at
            here |= entry.part
            while open > 0, here & lanes[open - 1] != 0 { open -= 1 }
            return open > 0
        }
        return open == 0
    }

    /// Whether one of the newest instant's places is too far from another of them or of the instant before.
    private func hasTravelled(_ last: UInt32) -> Bool {
        guard log.holds(last) else { return false }
        let newest = log[last].at
        var previous = Int64.min
        var here: [Place] = []
        var before: [Place] = []
        walk(from: last, plan.rules[0].timespan) { number, entry in
            let place = Place(packed: log.value(number, 0))
            if entry.at == newest {
                if !here.contains(place) { here.append(place) }
                return true
            }
            if previous == .min { previous = entry.at }
            if entry.at != previous { return false }
            if !before.contains(place) { before.append(place) }
            return true
        }
        return here.contains { one in
            here.contains { one.isTooFar(from: $0, within: 0) }
                || before.contains { one.isTooFar(from: $0, within: newest - previous) }
        }
    }

    // MARK: Firings

    /// Notes that a rule fired; gives the number of its run in the log and the firing before.
    mutating func noteFiring(_ key: UInt128, _ local: Int, at: Int64) -> (run: Int, before: Int64) {
        let state = firedPlace(key) + local
        defer { fired[state].last = at }
        return (fired[state].run, fired[state].last)
    }

    mutating func noteRun(_ key: UInt128, _ local: Int, _ run: Int) {
        fired[firedPlace(key) + local].run = run
    }

    /// When a rule fired last for `key`; `Int64.min` is never.
    func lastFiring(_ key: UInt128, _ local: Int) -> Int64 {
        guard let place = firedGroups[key] else { return .min }
        return fired[Int(place) + local].last
    }

    /// The place of the first rule's firings.
    private mutating func firedPlace(_ key: UInt128) -> Int {
        let (place, isNew) = firedGroups.place(of: key, orInsert: UInt32(fired.count))
        if isNew { fired.append(contentsOf: repeatElement(Fired(), count: plan.rules.count)) }
        return Int(firedGroups[at: place])
    }

    /// Lets go of firings that no interval needs any more.
    mutating func forgetFirings() {
        if fired.isEmpty { return }
        let rules = plan.rules.count
        let horizon = reached &- plan.keep
        var kept: [(key: UInt128, states: ArraySlice<Fired>)] = []
        firedGroups.forEach { key, place in
            let states = fired[Int(place)..<Int(place) + rules]
            if states.contains(where: { $0.last != .min && $0.last > horizon }) { kept.append((key, states)) }
        }
        if kept.count == firedGroups.count { return }
        firedGroups.removeAll(keepingCapacity: true)
        var left: [Fired] = []
        for (key, states) in kept {
            firedGroups[key] = UInt32(left.count)
            left += states
        }
        fired = left
    }
}
