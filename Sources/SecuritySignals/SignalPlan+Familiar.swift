/// What familiar people, and what is not new to them, take out of a rule.
extension SignalPlan {
    @inline(__always)
    func keyOfRule(_ rule: Int) -> GroupKey { keys[familyOfRule[rule]] }

    /// Whether `rule` does not mark `row`, because its actor is familiar or nothing of it is new.
    @inline(__always)
    func isExempt(_ row: SignalRow, from rule: Int, _ familiar: FamiliarMemory) -> Bool {
        if byOrigin >> UInt64(rule) & 1 == 1, familiarity != nil,
            familiar.knows(row, at: row.at - rules[rule].timespan)
        {
            return true
        }
        if novelties.isEmpty || rules[rule].marks == .group { return false }
        return !hasNovelty(row, rule, familiar)
    }

    /// Whether some selection of `rule` takes the row once novelty is asked for.
    private func hasNovelty(_ row: SignalRow, _ rule: Int, _ familiar: FamiliarMemory) -> Bool {
        var lanes = row.lanes
        for test in novelties where lanes.match & test.lanes.match | lanes.part & test.lanes.part != 0 {
            if familiar.isNothingNew(test.novelty, row, at: row.at - test.timespan) {
                lanes.remove(test.lanes)
            }
        }
        lanes = regathered(lanes, row.lanes)
        return lanes.match >> UInt64(rule) & 1 == 1
    }

    /// Takes a temporal rule's bits away where none of its selections is left.
    func regathered(_ lanes: Lanes, _ before: Lanes) -> Lanes {
        var lanes = lanes
        var lost = before.part & ~lanes.part
        while lost != 0 {
            let lane = lost.trailingZeroBitCount
            lost &= lost - 1
            let rule = parts[lane].rule
            let isLeft = parts.indices.contains {
                parts[$0].rule == rule && lanes.part >> UInt64($0) & 1 == 1
            }
            if !isLeft {
                lanes.match &= ~(1 << UInt64(rule))
                if rules[rule].marks == .matching { lanes.mark &= ~(1 << UInt64(rule)) }
            }
        }
        return lanes
    }
}
