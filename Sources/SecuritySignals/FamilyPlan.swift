import IdentityModel

/// Rules that share one table of groups: the same key, asked at the same clock.
struct FamilyPlan: Sendable {
    /// A count of the values that a rule's matching events show.
    struct Tally: Sendable {
        let rule: Int
        /// Which of the values that lie beside an entry.
        let value: Int
        /// Values with at most so many events are counted apart; 0 where nobody asks.
        let tries: UInt32
    }

    /// A value that is kept beside each entry.
    struct Value: Sendable, Equatable {
        let place: FieldPlace
        /// Of actors, where familiar people are no value: the timespan of the rule that asks.
        let timespan: Int64?
    }

    /// A condition and the tally it looks at.
    struct Test: Sendable {
        let condition: Condition
        let tally: Int
    }

    /// A rule of the family.
    struct Member: Sendable {
        let bit: UInt64
        let kind: SignalRule.Kind
        let timespan: Int64
        let marks: SignalRule.Marks
        let isRequiring: Bool
        let eventsMin: Int
        /// One matching event is all it asks for.
        let isAlways: Bool
        var tallies: Range<Int> = 0..<0
        var tests: [Test] = []
        /// Its selections' lanes, in order.
        var lanes: [UInt64] = []
        var parts: Range<Int> = 0..<0
    }

    let key: GroupKey
    let lag: Int64
    let isTravel: Bool
    /// The rules' numbers, and the rules.
    var members: [Int]
    private(set) var rules: [Member] = []
    private(set) var mask: UInt64 = 0
    private(set) var requiring: UInt64 = 0
    /// Distinct timespans, ascending, and the rules that have each.
    private(set) var spans: [Int64] = []
    private(set) var spanMasks: [UInt64] = []
    private(set) var tallies: [Tally] = []
    private(set) var values: [Value] = []
    /// Rules that need the values.
    private(set) var valueMask: UInt64 = 0
    private(set) var partLanes: [UInt64] = []
    private(set) var partMask: UInt64 = 0
    /// Rules that ask for more than one event, and the longest of their timespans.
    private(set) var countedMask: UInt64 = 0
    private(set) var countedSpan = Timestamp.hour
    /// By a bound on the counted events of a group: rules that cannot fire. 255 is any number.
    private(set) var dismissed = [UInt64](repeating: 0, count: 256)
    /// A rule's number → its place in `rules`.
    private(set) var local = [Int](repeating: 0, count: 64)

    init(key: GroupKey, lag: Int64, isTravel: Bool, members: [Int]) {
        self.key = key
        self.lag = lag
        self.isTravel = isTravel
        self.members = members
    }

    /// How long a group may matter after its last event.
    var keep: Int64 { 2 * (spans.last ?? 0) }

    mutating func compile(
        _ all: [SignalRule], _ parts: [SelectionPart], _ extras: [SignalField], isFamiliar: Bool
    ) {
        spans = Set(members.map { all[$0].timespan }).sorted()
        spanMasks = spans.map { span in
            members.reduce(0) { all[$1].timespan == span ? $0 | 1 << UInt64($1) : $0 }
        }
        mask = spanMasks.reduce(0, |)
        for (place, index) in members.enumerated() {
            local[index] = place
            let rule = all[index]
            var member = Member(
                bit: 1 << UInt64(index), kind: rule.kind, timespan: rule.timespan, marks: rule.marks,
                isRequiring: !rule.requires.isEmpty,
                eventsMin: max(1, rule.conditions.map(\.eventsMin).max() ?? 1), isAlways: rule.isAlways)
            if member.isRequiring { requiring |= member.bit }
            let first = tallies.count
            for condition in rule.conditions {
                let tally = tally(condition, rule, index, extras, isFamiliar)
                member.tests.append(Test(condition: condition, tally: tally))
            }
            member.tallies = first..<tallies.count
            // Values are counted only where all else holds.
            member.tests = member.tests.filter { $0.tally < 0 } + member.tests.filter { $0.tally >= 0 }
            let firstPart = partLanes.count
            for (lane, part) in parts.enumerated() where part.rule == index {
                partLanes.append(1 << UInt64(lane))
                partMask |= 1 << UInt64(lane)
                member.lanes.append(1 << UInt64(lane))
            }
            member.parts = firstPart..<partLanes.count
            rules.append(member)
        }
        bound()
        if isTravel {
            values = [Value(place: .extra(extras.count), timespan: nil)]
            valueMask = mask
        }
    }

    private mutating func bound() {
        let counted = rules.filter { $0.eventsMin > 1 }
        countedMask = counted.reduce(0) { $0 | $1.bit }
        countedSpan = counted.map(\.timespan).max() ?? Timestamp.hour
        for bound in 0..<255 {
            dismissed[bound] = counted.reduce(0) { $1.eventsMin > bound ? $0 | $1.bit : $0 }
        }
    }

    /// The place of the tally that `condition` looks at, made where the rule has none like it.
    private mutating func tally(
        _ condition: Condition, _ rule: SignalRule, _ index: Int, _ extras: [SignalField], _ isFamiliar: Bool
    ) -> Int {
        guard let field = condition.field else { return -1 }
        let value = Value(
            place: FieldPlace(field, extras: extras),
            timespan: field == .actor && isFamiliar ? rule.timespan : nil)
        let place = values.firstIndex(of: value) ?? values.count
        if place == values.count { values.append(value) }
        valueMask |= 1 << UInt64(index)
        var tries: UInt32 = 0
        if case .shareOfActors(let most) = condition.measure { tries = UInt32(clamping: most) }
        let same = tallies.firstIndex {
            $0.rule == index && $0.value == place && ($0.tries == tries || tries == 0)
        }
        if let known = same {
            return known
        }
        tallies.append(Tally(rule: index, value: place, tries: tries))
        return tallies.count - 1
    }
}

extension SignalRule {
    /// Whether it fires at every matching event (whose required rules have fired).
    fileprivate var isAlways: Bool {
        (kind == .eventCount || kind == .valueCount)
            && conditions.allSatisfy {
                $0.measure == .events && $0.relation == .gte && $0.numerator <= $0.denominator
            }
    }
}
