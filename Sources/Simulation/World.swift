/// All that the simulation of one hour needs to know: immutable, and shared by all workers.
struct World: Sendable {
    let options: SimulationOptions
    /// Milliseconds since 1970.
    let start: Int64
    let hours: Int
    let population: Population
    let origins: Origins
    let plans: [ScenarioPlan]
    private let curve: TrafficCurve
    /// The visits of the whole period, of all kinds.
    let visits: Double

    /// Creates the world of valid options; measures on a small world how many records a visit
    /// leaves, so that the wanted number of records is met.
    init(_ options: SimulationOptions) {
        let measured = World(options, scenarios: [], visits: World.measuredVisits)
        var records = 0
        for hour in 0..<measured.hours {
            var builder = TrafficBuilder(measured, hour: hour)
            builder.simulateVisits()
            let end = measured.end
            records += builder.traffic.keycloak.count { $0.at < end }
        }
        let recordsPerVisit = max(0.5, Double(records) / World.measuredVisits)
        let plans = options.scenarios.enumerated().map { index, request in
            ScenarioPlan(request, number: UInt8(index + 1), options: options)
        }
        let planned = plans.reduce(0) { $0 + $1.recordsExpected }
        let wanted = max(Double(options.records) * 0.3, Double(options.records) - planned)
        let campaigns = (0..<measured.hours).reduce(0) { sum, hour in
            sum + measured.curve.shares[hour] * plans.campaignFactor(measured.span(hour))
        }
        let visits = wanted / recordsPerVisit / (1 + campaigns)
        self.init(options, scenarios: plans, visits: visits)
    }

    private init(_ options: SimulationOptions, scenarios: [ScenarioPlan], visits: Double) {
        self.options = options
        start = options.startMicroseconds / 1_000
        hours = options.days * 24
        // A customer comes every five or six days on average.
        let customers = max(500, min(200_000_000, options.records * 11 / 10 / options.days))
        population = Population(seed: options.seed, customers: customers)
        origins = Origins(population: population)
        curve = TrafficCurve(start: start, hours: hours)
        plans = scenarios
        self.visits = visits
    }

    /// Enough that chance moves the measured mean by about one in a hundred.
    private static let measuredVisits = 8_000.0

    /// The first instant after the period.
    var end: Int64 { start + Int64(hours) * Clock.hour }

    /// The hour's milliseconds.
    func span(_ hour: Int) -> Range<Int64> {
        let from = start + Int64(hour) * Clock.hour
        return from..<from + Clock.hour
    }

    /// The visits to expect in an hour, a marketing campaign aside.
    func visits(_ hour: Int) -> Double { visits * curve.shares[hour] }

    /// A number for the `index`-th new account or ticket of an hour, which no other hour hands out.
    func uniqueNumber(hour: Int, index: Int) -> Int {
        hour * (64 + Int(visits * 1.2) / hours) + index
    }

    /// The scenario of a kind that is under way.
    func plan(_ scenario: Scenario, at: Int64) -> ScenarioPlan? {
        plans.first { $0.scenario == scenario && $0.window.contains(at) }
    }

    /// Whether a format is wanted.
    func writes(_ format: SimulationFormat) -> Bool { options.formats.contains(format) }
}

extension [ScenarioPlan] {
    /// How many times more visits than usual campaigns bring in a span of time.
    func campaignFactor(_ span: Range<Int64>) -> Double {
        reduce(0) { factor, plan in
            guard plan.scenario == .marketingSpike else { return factor }
            let overlap = span.clamped(to: plan.window).count
            return factor + 4 * plan.intensity * Double(overlap) / Double(span.count)
        }
    }
}
