/// A seeded source of random choices: xoshiro256++ by Blackman and Vigna, seeded by SplitMix64
/// (Steele, Lea and Flood). https://prng.di.unimi.it
///
/// Only integer arithmetic and IEEE multiplication and addition are used, never a function of the
/// C library, so that the same seed gives the same choices on every machine.
struct RandomSource: Sendable {
    private var s0: UInt64
    private var s1: UInt64
    private var s2: UInt64
    private var s3: UInt64

    /// Creates the source of one purpose: `stream` tells sources of one seed apart.
    init(seed: UInt64, stream: UInt64) {
        let state = scramble(seed, stream)
        s0 = scramble(state &+ 0x9E37_79B9_7F4A_7C15)
        s1 = scramble(state &+ 0x3C6E_F372_FE94_F82A)
        s2 = scramble(state &+ 0xDAA6_6D2C_7DDF_743F)
        s3 = scramble(state &+ 0x78DD_E6E5_FD29_F054)
    }

    mutating func next() -> UInt64 {
        let sum = s0 &+ s3
        let result = ((sum << 23) | (sum >> 41)) &+ s0
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = (s3 << 45) | (s3 >> 19)
        return result
    }

    /// A number of 0..<1.
    mutating func fraction() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A number of 0..<bound; the bias of the multiplication is below one in 2^40 here.
    mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// True with the given probability.
    mutating func chance(_ probability: Double) -> Bool {
        fraction() < probability
    }

    /// A number of the range, each as likely.
    mutating func between(_ low: Int64, _ high: Int64) -> Int64 {
        low + Int64(below(Int(high - low + 1)))
    }

    /// A number of the range with many small and few large values: how long people take.
    mutating func skewed(_ low: Int64, _ high: Int64) -> Int64 {
        let u = fraction()
        return low + Int64(u * u * u * Double(high - low))
    }

    /// A whole number near `mean`, spread like a Poisson count: the sum of four uniform numbers
    /// stands for the normal distribution.
    mutating func count(mean: Double) -> Int {
        let deviation = (fraction() + fraction() + fraction() + fraction() - 2) * 1.732
        let rounding = fraction()
        guard mean >= 8 else { return Int(mean + rounding) }
        return max(0, Int(mean + deviation * mean.squareRoot() + rounding))
    }
}

/// SplitMix64's output function: a bijection of 64 bits.
func scramble(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
}

/// A scrambled number of two parts, for attributes that are computed and never stored.
func scramble(_ first: UInt64, _ second: UInt64) -> UInt64 {
    scramble(scramble(first &+ 0x9E37_79B9_7F4A_7C15) ^ (second &* 0xD134_2543_DE82_EF95 &+ 1))
}
