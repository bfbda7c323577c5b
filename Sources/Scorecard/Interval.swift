import Measures

/// A figure with its 95 % interval.
public struct Estimate: Sendable, Equatable {
    public var value: Double
    public var low: Double
    public var high: Double

    private static let z = 1.959963984540054

    /// `part` of `whole` with Wilson's score interval; nil of an empty whole.
    ///
    /// Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical
    /// Inference", JASA 22, 1927.
    public static func proportion(_ part: UInt64, of whole: UInt64) -> Estimate? {
        guard whole > 0 else { return nil }
        let n = Double(whole)
        let p = Double(part) / n
        let z2 = z * z
        let centre = (p + z2 / (2 * n)) / (1 + z2 / n)
        let half = z / (1 + z2 / n) * (p * (1 - p) / n + z2 / (4 * n * n)).squareRoot()
        return Estimate(
            value: p, low: part == 0 ? 0 : max(0, centre - half),
            high: part == whole ? 1 : min(1, centre + half))
    }

    /// `count` events per `scale` of `base`, as a Poisson rate with Byar's interval; nil without a base.
    ///
    /// Source: N. E. Breslow, N. E. Day, "Statistical Methods in Cancer Research" II, 1987, eq. 2.10.
    public static func rate(_ count: UInt64, per scale: Double, of base: UInt64) -> Estimate? {
        guard base > 0 else { return nil }
        let (low, high) = poisson(count)
        let factor = scale / Double(base)
        return Estimate(value: Double(count) * factor, low: low * factor, high: high * factor)
    }

    /// A count with its Poisson interval.
    public static func count(_ count: UInt64) -> Estimate {
        let (low, high) = poisson(count)
        return Estimate(value: Double(count), low: low, high: high)
    }

    private static func poisson(_ count: UInt64) -> (Double, Double) {
        func cube(_ x: Double) -> Double { x * x * x }
        let o = Double(count)
        let low = count == 0 ? 0 : o * cube(1 - 1 / (9 * o) - z / (3 * o.squareRoot()))
        let next = o + 1
        return (low, next * cube(1 - 1 / (9 * next) + z / (3 * next.squareRoot())))
    }

    /// The ranks (1-based) between which quantile `percent` of `count` values lies, by order statistics.
    ///
    /// Source: H. A. David, H. N. Nagaraja, "Order Statistics", 2003, sec. 7.1 (normal approximation).
    public static func quantileRanks(percent: UInt64, count: UInt64) -> (low: UInt64, high: UInt64) {
        let n = Double(count)
        let q = Double(percent) / 100
        let half = z * (n * q * (1 - q)).squareRoot()
        let low = max(1, (n * q - half).rounded(.down))
        let high = min(n, (n * q + half).rounded(.up) + 1)
        return (UInt64(low), UInt64(max(low, high)))
    }
}

extension DurationHistogram {
    /// The 95 % interval of quantile `percent` in ms; nil of an empty histogram.
    func quantileInterval(percent: UInt64) -> (low: UInt64, high: UInt64)? {
        let ranks = Estimate.quantileRanks(percent: percent, count: count)
        return values(ranks: ranks.low, ranks.high).map { (low: $0.0, high: $0.1) }
    }
}
