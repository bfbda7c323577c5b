import IdentityModel
import SecuritySignals

/// The firings around the slices that the attempt pass stands at.
struct FiringWindow {
    /// How many slices away a firing may mark an event: the longest timespan in hours, and one.
    let reach: Int64
    private let rules: RuleSet
    private let catalog: JourneyCatalog
    private var held: [SliceFirings] = []

    init(_ rules: RuleSet, catalog: JourneyCatalog) {
        self.rules = rules
        self.catalog = catalog
        let longest = rules.rules.map(\.timespan).max() ?? 0
        reach = (longest + Timestamp.hour - 1) / Timestamp.hour + 1
    }

    mutating func add(_ firings: [SliceFirings]) { held += firings }

    /// What may mark the events of `slices`; firings too old for them and for what follows are let go.
    mutating func index(for slices: ClosedRange<Int64>) -> FiringIndex {
        held.removeAll { $0.slice < slices.lowerBound - reach }
        let near = held.filter { $0.slice <= slices.upperBound + reach }
        return FiringIndex(rules, catalog: catalog, slices: near)
    }
}
