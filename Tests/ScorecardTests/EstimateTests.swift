import Measures
import Testing

@testable import Scorecard

@Suite("Intervals") struct EstimateTests {
    private func isClose(_ a: Double?, _ b: Double, within tolerance: Double = 1e-9) -> Bool {
        a.map { abs($0 - b) <= tolerance } ?? false
    }

    // scipy.stats.binomtest(part, whole).proportion_ci(method='wilson')
    @Test(
        arguments: [
            (8, 10, 0.490_162_471_536_641_8, 0.943_317_848_545_624_8),
            (1, 1000, 0.000_176_546_370_626, 0.005_642_558_597_958),
            (943, 1010, 0.916_613_178_728_043_3, 0.947_427_241_377_648_4),
            (0, 20, 0, 0.161_125_158_052_819_35),
            (20, 20, 0.838_874_841_947_180_8, 1),
        ] as [(UInt64, UInt64, Double, Double)])
    func `proportions have Wilson's interval`(
        part: UInt64, whole: UInt64, low: Double, high: Double
    ) {
        let estimate = Estimate.proportion(part, of: whole)
        #expect(isClose(estimate?.value, Double(part) / Double(whole)))
        #expect(isClose(estimate?.low, low) && isClose(estimate?.high, high))
    }

    @Test func `nothing of nothing is no proportion and no rate`() {
        #expect(Estimate.proportion(0, of: 0) == nil)
        #expect(Estimate.rate(0, per: 1000, of: 0) == nil)
    }

    // By hand from Byar's formula; scipy's exact interval (chi2.ppf) is within 2 % from 5 on.
    @Test(
        arguments: [
            (0, 0, 3.668_011_832_173_751), (1, 0.013_072_132_901_504, 5.563_755_582_475_261),
            (5, 1.611_347_715_747_193, 11.668_164_123_398_595),
            (10, 4.787_449_913_967_563, 18.391_458_605_756_473),
            (100, 81.362_105_490_527_88, 121.627_937_579_206_5),
            (1000, 938.972_498_715_490_2, 1063.952_581_271_486_2),
        ] as [(UInt64, Double, Double)])
    func `counts have Byar's Poisson interval`(count: UInt64, low: Double, high: Double) {
        let estimate = Estimate.count(count)
        #expect(estimate.value == Double(count))
        #expect(isClose(estimate.low, low) && isClose(estimate.high, high))
        let rate = Estimate.rate(count, per: 1000, of: 400)
        #expect(isClose(rate?.value, Double(count) * 2.5))
        #expect(isClose(rate?.low, low * 2.5) && isClose(rate?.high, high * 2.5))
    }

    @Test(
        arguments: [(10, 4.795_388_696, 18.390_356_046), (100, 81.363_991_251, 121.626_793_792)]
            as [(UInt64, Double, Double)])
    func `Byar's interval is near the exact one`(count: UInt64, low: Double, high: Double) {
        let estimate = Estimate.count(count)
        #expect(
            isClose(estimate.low, low, within: low * 0.002)
                && isClose(estimate.high, high, within: high * 0.002))
    }

    // n·q ± 1.96·√(n·q·(1−q)), rounded outwards; the upper rank one further.
    @Test(
        arguments: [
            (50, 100, 40, 61), (50, 10, 1, 10), (50, 1, 1, 1), (95, 100, 90, 100),
            (95, 1000, 936, 965), (99, 0, 1, 1),
        ] as [(UInt64, UInt64, UInt64, UInt64)])
    func `quantiles lie between two ranks`(
        percent: UInt64, count: UInt64, low: UInt64, high: UInt64
    ) {
        let ranks = Estimate.quantileRanks(percent: percent, count: count)
        #expect(ranks.low == low && ranks.high == high)
    }

    @Test func `a histogram gives the values at those ranks`() {
        var histogram = DurationHistogram()
        #expect(histogram.quantileInterval(percent: 50) == nil)
        for value in 1...100 as ClosedRange<Int64> { histogram.add(value) }
        let interval = histogram.quantileInterval(percent: 50)
        #expect(interval?.low == 40 && interval?.high == 61)
    }
}
