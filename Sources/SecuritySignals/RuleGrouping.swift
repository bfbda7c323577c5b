/// The part of a rule that is needed for every event, as plain values: copying it retains nothing.
struct RuleGrouping: Sendable {
    let byActor: Bool
    let byOrigin: Bool
    let distinct: SignalRule.GroupKey?
    let marks: SignalRule.Marks
    let timespan: Int64

    init(_ rule: SignalRule) {
        byActor = rule.groupBy.contains(.actor)
        byOrigin = rule.groupBy.contains(.origin)
        distinct = rule.distinct?.field
        marks = rule.marks
        timespan = rule.timespan
    }

    /// The group that an event of `actor` and `origin` belongs to, or 0 where a value is missing.
    @inline(__always)
    func group(actor: UInt128, origin: UInt128) -> UInt128 {
        var key: UInt128 = 0
        if byActor {
            if actor == 0 { return 0 }
            key = actor
        }
        if byOrigin {
            if origin == 0 { return 0 }
            key ^= Self.spread(origin)
        }
        return key == 0 ? 1 : key
    }

    /// A bijection of 128 bits: different origins stay different, and are as uniform as pseudonyms.
    @inline(__always)
    private static func spread(_ value: UInt128) -> UInt128 {
        var low = UInt64(truncatingIfNeeded: value)
        var high = UInt64(truncatingIfNeeded: value >> 64)
        for _ in 0..<2 {
            low &+= (high ^ high >> 31) &* 0x9E37_79B9_7F4A_7C15
            high &+= (low ^ low >> 29) &* 0xC2B2_AE3D_27D4_EB4F
        }
        return UInt128(high) << 64 | UInt128(low)
    }
}
