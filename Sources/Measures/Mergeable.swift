/// A partial result that merges: associative, commutative, with an empty element.
///
/// Absorbing `a` then `b` equals absorbing them apart and merging, at every split.
public protocol Mergeable: Sendable, Equatable {
    /// The empty element.
    init()
    /// Adds `other` to this partial result.
    mutating func merge(_ other: Self)
}
