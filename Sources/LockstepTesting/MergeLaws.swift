import Measures

/// Checks that a partial result merges as `Mergeable` promises.
///
///     try MergeLaws<ActorSet>.check([ActorSet(), small, large])
///     try MergeLaws<ActorSet>.check(absorbing: actors) { set, actor in set.insert(actor) }
public enum MergeLaws<Partial: Mergeable> {
    /// Checks the empty element, commutativity and associativity on every triple of `partials`.
    ///
    /// - Throws: `ConformanceFailure` for the first law that does not hold.
    public static func check(_ partials: [Partial]) throws {
        for (i, a) in partials.enumerated() {
            try require(
                merged(a, Partial()) == a,
                "\(Partial.self): partial \(i) merged with the empty one is another")
            try require(
                merged(Partial(), a) == a,
                "\(Partial.self): the empty one merged with partial \(i) is another")
            for (j, b) in partials.enumerated() {
                let ab = merged(a, b)
                try require(
                    ab == merged(b, a),
                    "\(Partial.self): merging partials \(i) and \(j) depends on which comes first")
                for (k, c) in partials.enumerated() {
                    try require(
                        merged(ab, c) == merged(a, merged(b, c)),
                        "\(Partial.self): merging partials \(i), \(j) and \(k) depends on the grouping"
                    )
                }
            }
        }
    }

    /// Checks that absorbing `elements` at once equals absorbing them apart and merging, at every
    /// split into two, and one by one.
    ///
    /// - Parameter absorb: adds an element to a partial result.
    /// - Throws: `ConformanceFailure` for the first split that gives another result.
    public static func check<Element>(
        absorbing elements: [Element], absorb: (inout Partial, Element) -> Void
    ) throws {
        try check(making: elements) { part in
            part.reduce(into: Partial()) { partial, element in absorb(&partial, element) }
        }
    }

    /// Checks the same of partial results that `make` makes of a run of elements at once.
    public static func check<Element>(
        making elements: [Element], make: (ArraySlice<Element>) -> Partial
    ) throws {
        let whole = make(elements[...])
        for split in 0...elements.count {
            try require(
                merged(make(elements[..<split]), make(elements[split...])) == whole,
                "\(Partial.self): apart and merged differs from at once, split after \(split) of \(elements.count)"
            )
        }
        var one = Partial()
        for index in elements.indices { one.merge(make(elements[index...index])) }
        try require(one == whole, "\(Partial.self): one by one and merged differs from at once")
    }

    private static func merged(_ a: Partial, _ b: Partial) -> Partial {
        var merged = a
        merged.merge(b)
        return merged
    }
}

/// Random numbers that a seed decides (SplitMix64): a failing case can be run again.
///
/// Source: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The sequence that `seed` names.
    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// A number of 128 bits, never 0: what a pseudonym looks like.
    public mutating func pseudonym() -> UInt128 { UInt128(next()) << 64 | UInt128(next()) | 1 }

    /// Whether a chance of `percent` in a hundred comes true.
    public mutating func happens(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &self) < percent
    }
}
