/// The signals that mark something, by their index in the rule set; at most 64.
public struct SignalSet: OptionSet, Sendable, Hashable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// The set of the one signal at `index` of the rule set.
    public init(index: Int) { rawValue = 1 << UInt64(index) }
    /// The indexes in the set, ascending.
    public var indexes: [Int] { (0..<64).filter { rawValue >> UInt64($0) & 1 == 1 } }
}
