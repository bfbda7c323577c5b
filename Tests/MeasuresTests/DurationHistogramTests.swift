import IdentityModel
import LockstepTesting
import Testing

@testable import Measures

@Suite("Duration histogram") struct DurationHistogramTests {
    private func histogram(_ values: some Sequence<Int64>) -> DurationHistogram {
        values.reduce(into: DurationHistogram()) { $0.add($1) }
    }

    /// Durations of all magnitudes from 0 ms to years.
    private func durations(_ count: Int, seed: UInt64) -> [Int64] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            Int64.random(in: 0...(1 << Int64.random(in: 0...36, using: &random)), using: &random)
        }
    }

    @Test func `merges as counts do`() throws {
        let values = durations(60, seed: 1)
        try MergeLaws.check([
            DurationHistogram(), histogram(values[..<5]), histogram(values[..<1]),
            histogram(values[30...]),
        ])
        try MergeLaws<DurationHistogram>.check(absorbing: values) { $0.add($1) }
    }

    @Test func `gives quantiles within 1 per cent of the value at rank ⌈q·n⌉`() throws {
        for seed in 1...40 as ClosedRange<UInt64> {
            let values = durations(Int(seed * seed), seed: seed)
            let sorted = values.sorted()
            let percents: [UInt64] = [1, 50, 90, 95, 99, 100]
            let quantiles = try #require(histogram(values).quantiles(percents: percents))
            for (percent, quantile) in zip(percents, quantiles) {
                let rank = (Int(percent) * sorted.count + 99) / 100
                let exact = sorted[rank - 1]
                #expect(
                    abs(Int64(quantile) - exact) * 100 <= exact, "p\(percent) of \(sorted.count)")
            }
        }
    }

    @Test func `ranks are counted from the least, and halves are not rounded`() {
        // p50 of 1…10 is the 5th, of 1…11 the 6th; p95 of 20 the 19th, of 21 the 20th.
        #expect(histogram(1...10).quantiles(percents: [50]) == [5])
        #expect(histogram(1...11).quantiles(percents: [50]) == [6])
        #expect(histogram(1...20).quantiles(percents: [95, 99]) == [19, 20])
        #expect(histogram(1...21).quantiles(percents: [95]) == [20])
        #expect(histogram([7]).quantiles(percents: [0, 50, 100]) == [7, 7, 7])
        #expect(DurationHistogram().quantiles(percents: [50]) == nil)
    }

    @Test func `is exact below 256 ms and within its bucket at every edge above`() {
        for value in 0...255 as ClosedRange<Int64> {
            #expect(
                DurationHistogram.midpoint(DurationHistogram.bucket(UInt64(value))) == UInt64(value)
            )
        }
        for octave in 8...62 as ClosedRange<UInt64> {
            let power: UInt64 = 1 << octave
            for value in [power, power - 1, power + 1, power + power / 3] {
                let midpoint = DurationHistogram.midpoint(DurationHistogram.bucket(value))
                let distance = midpoint > value ? midpoint - value : value - midpoint
                #expect(distance <= value / 200)
                #expect(DurationHistogram.bucket(midpoint) == DurationHistogram.bucket(value))
            }
            #expect(DurationHistogram.bucket(power) == DurationHistogram.bucket(power - 1) + 1)
        }
    }

    @Test func `takes any duration`() {
        #expect(histogram([-5]).quantiles(percents: [50]) == [0])
        #expect(histogram([Int64.max, Int64.min]).count == 2)
        #expect(
            histogram([Int64.max]).quantiles(percents: [50]).map {
                $0[0] > UInt64(Int64.max / 100 * 99)
            } == true)
    }

    @Test func `comes back as it was encoded`() throws {
        for values in [[], [0], [Int64.max, 0, 0, 300], durations(500, seed: 9)] as [[Int64]] {
            var writer = ByteWriter()
            histogram(values).encode(to: &writer)
            var reader = ByteReader(writer.bytes)
            #expect(try DurationHistogram(from: &reader) == histogram(values))
            #expect(reader.isAtEnd)
        }
    }

    @Test func `damaged bytes are an error`() {
        func reads(_ numbers: [UInt64]) -> Bool {
            var writer = ByteWriter()
            for number in numbers { writer.unsigned(number) }
            var reader = ByteReader(writer.bytes)
            return (try? DurationHistogram(from: &reader)) != nil
        }
        #expect(reads([2, 0, 1, 1, 1]))
        #expect(!reads([2, 0, 1, 0, 1]), "a bucket twice")
        #expect(!reads([1, 0, 0]), "an empty bucket")
        #expect(!reads([1, 1 << 31, 1]), "a bucket that does not exist")
        #expect(!reads([2, 5, 1, UInt64.max, 1]), "a bucket before the last")
        #expect(!reads([1, 0, UInt64.max]), "a count that overflows")
        #expect(!reads([3, 0, 1, 1, 1]), "a bucket missing")
    }
}
