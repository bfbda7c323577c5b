import Foundation

/// Writes simulated logs and their ground truth into a folder; what an earlier simulation left there
/// goes.
///
/// The period is worked through in waves of some hours. In each wave the hours are simulated side by
/// side, their events are filed under the hours in which they happen, and these are written and
/// compressed side by side. Memory is bounded by a wave and by the sequels that wait for their hour.
///
/// - `progress` is called after every wave, never concurrently.
/// - Throws `SimulationError` if the options make no sense or a file cannot be written, and
///   `CancellationError` if the task is cancelled; what was written by then stays behind.
package func simulate(
    _ options: SimulationOptions,
    progress: @Sendable (SimulationProgress) -> Void = { _ in }
) async throws -> SimulationSummary {
    try options.validate()
    try OutputSet.clear(options.directory)
    let began = ContinuousClock.now
    let world = World(options)
    let names = Names(seed: options.seed)
    var buckets = TrafficBuckets(start: world.start, hours: world.hours)
    var outputs = OutputSet(world)
    var ledger = TruthLedger(world)
    var records = 0
    for wave in waves(world) {
        try Task.checkCancellation()
        let simulated = await inParallel(wave, workers: options.workers) { hour in
            var builder = TrafficBuilder(world, hour: hour)
            builder.simulateAll()
            return builder.traffic
        }
        for traffic in simulated { buckets.deposit(traffic) }
        let due = wave.map { buckets.withdraw($0) }
        let pages = await inParallel(wave, workers: options.workers) { hour in
            HourPage(due[hour - wave.lowerBound], world: world, names: names, hour: hour)
        }
        for (hour, page) in zip(wave, pages) {
            for (stream, piece) in page.pieces {
                try outputs.append(piece, to: stream, hour: hour)
                if stream.format != nil { records += piece.records }
            }
            ledger.absorb(page.truth)
        }
        progress(
            SimulationProgress(
                hoursDone: wave.upperBound, hoursTotal: world.hours, records: records))
    }
    try outputs.finish()
    let truth = try writeTruth(ledger, directory: options.directory)
    var summary = SimulationSummary()
    summary.files = outputs.finished + [truth]
    let elapsed = ContinuousClock.now - began
    summary.seconds =
        Double(elapsed.components.seconds)
        + Double(elapsed.components.attoseconds) / 1e18
    return summary
}

/// One hour's records of all formats, written and compressed.
private struct HourPage: Sendable {
    var pieces: [(OutputSet.Stream, Piece)] = []
    var truth: [TruthEvent] = []

    init(_ traffic: Traffic, world: World, names: Names, hour: Int) {
        let start = world.span(hour).lowerBound
        let seed = world.options.seed
        let compression = world.options.compression
        func write<Writer: EventWriter>(
            _ stream: OutputSet.Stream, _ events: [Writer.Event], _ writer: Writer
        ) {
            pieces.append(
                (stream, piece(of: events, by: writer, from: start, compression: compression)))
        }
        for format in SimulationFormat.allCases where world.writes(format) {
            switch format {
            case .keycloak:
                write(.format(format), traffic.keycloak, KeycloakWriter(seed: seed, names: names))
            case .accessLog: write(.format(format), traffic.access, AccessLogWriter())
            case .sshd: write(.format(format), traffic.sshd, SSHDWriter())
            case .helpdesk:
                write(.format(format), traffic.helpdesk, HelpdeskWriter(names: names))
            }
        }
        guard world.writes(.keycloak), !world.plans.isEmpty else { return }
        let marked = traffic.keycloak.filter { $0.scenario != 0 }.map { TruthEvent(event: $0) }
        truth = marked.placesInOrder(from: start).map { marked[Int($0)] }
        let scenarios = world.plans.map { $0.scenario.rawValue }
        write(.truthEvents, truth, TruthEventWriter(seed: seed, scenarios: scenarios))
    }
}

/// The hours of the period in groups whose events fit in memory together; the groups depend on the
/// options, not on the number of workers.
private func waves(_ world: World) -> [Range<Int>] {
    let recordsPerHour = max(1, world.options.records / world.hours)
    let length = min(24, max(6, 500_000 / recordsPerHour))
    return stride(from: 0, to: world.hours, by: length).map {
        $0..<min(world.hours, $0 + length)
    }
}

/// Computes a value for each number of a range, with at most `workers` at a time; in order.
private func inParallel<Value: Sendable>(
    _ range: Range<Int>, workers: Int, _ body: @escaping @Sendable (Int) -> Value
) async -> [Value] {
    await withTaskGroup(of: (Int, Value).self) { group in
        var values = [Value?](repeating: nil, count: range.count)
        var next = range.lowerBound
        while next < range.upperBound, next - range.lowerBound < max(1, workers) {
            let number = next
            group.addTask { (number, body(number)) }
            next += 1
        }
        while let (number, value) = await group.next() {
            values[number - range.lowerBound] = value
            guard next < range.upperBound else { continue }
            let following = next
            group.addTask { (following, body(following)) }
            next += 1
        }
        return values.compactMap { $0 }
    }
}

private func writeTruth(
    _ ledger: TruthLedger, directory: String
) throws(SimulationError) -> SimulationSummary.File {
    let text = ledger.json()
    let path = directory + "/truth.json"
    do {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try text.withBytes { Data($0) }.write(to: URL(fileURLWithPath: path))
    } catch {
        throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
    return SimulationSummary.File(
        path: "truth.json", format: nil, records: 1, plainBytes: text.count, bytes: text.count)
}
