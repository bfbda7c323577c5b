/// At which slice borders the state of the machines is kept.
///
/// A late event rewinds to the kept border before it: close to the newest event borders lie close
/// together, for that is where late events fall, and ever further apart towards the past.
///
///     age of the border, up to   2 h      3 d      60 d
///     kept every                 1 h      24 h     168 h
enum CarryPlan {
    private static let tiers: [(age: Int64, every: Int64)] = [(2, 1), (72, 24), (60 * 24, 168)]

    /// Whether the state at the beginning of slice `border` is kept, when `newest` is the newest slice.
    static func keeps(_ border: Int64, newest: Int64) -> Bool {
        tiers.contains { newest - border <= $0.age && border % $0.every == 0 }
    }

    /// The last border in `borders` that is kept; nil where none is.
    static func border(in borders: ClosedRange<Int64>, newest: Int64) -> Int64? {
        tiers.map { borders.upperBound - borders.upperBound % $0.every }
            .filter { borders.contains($0) && keeps($0, newest: newest) }.max()
    }
}
