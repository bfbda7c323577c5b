/// A vendor format that a simulation writes, each in its own folder.
package enum SimulationFormat: String, CaseIterable, Sendable {
    /// Keycloak's event store as JSON, one object a line.
    case keycloak
    /// The Apache combined log of the web server in front of the login pages.
    case accessLog = "access-log"
    /// sshd and PAM lines as syslog writes them to `auth.log`.
    case sshd
    /// Support contacts as JSON lines.
    case helpdesk
}

/// How a simulation divides a format's records into files.
package enum SimulationLayout: Sendable {
    /// One file a day (helpdesk: one a month), as log rotation leaves them.
    case perDay
    /// One file for the whole period, for benchmarks.
    case singleFile
}

/// How a simulation compresses its files.
package enum SimulationCompression: Sendable {
    /// One gzip member (RFC 1952) per file.
    case gzip
    /// Plain text.
    case none
}

/// What to simulate: the same options give the same bytes, whatever `workers` is.
package struct SimulationOptions: Sendable {
    /// The folder that receives the files; made if it is missing.
    package var directory: String
    /// The seed of every random choice.
    package var seed: UInt64
    /// The first instant, a UTC midnight, in microseconds since 1970.
    package var startMicroseconds: Int64
    /// The number of days, at least 1.
    package var days: Int
    /// The number of Keycloak records wanted, met within 10 % from about 10,000 on; population,
    /// traffic and the volume of the scenarios follow from it.
    package var records: Int
    /// What happens beside ordinary traffic.
    package var scenarios: [ScenarioRequest]
    /// The formats to write.
    package var formats: [SimulationFormat]
    /// How the records are divided into files.
    package var layout: SimulationLayout
    /// How the files are compressed.
    package var compression: SimulationCompression
    /// How many tasks work at once; no influence on what is written.
    package var workers: Int

    /// The number of Keycloak records of a small shop over two weeks.
    package static let defaultRecords = 60_000
    /// 2026-03-01T00:00:00Z, a Sunday.
    package static let defaultStartMicroseconds: Int64 = 1_772_323_200_000_000

    /// Creates the options of a small shop's two weeks, unless told otherwise.
    package init(
        directory: String, seed: UInt64 = 1,
        startMicroseconds: Int64 = SimulationOptions.defaultStartMicroseconds, days: Int = 14,
        records: Int = SimulationOptions.defaultRecords,
        scenarios: [ScenarioRequest] = ScenarioRequest.demonstration,
        formats: [SimulationFormat] = SimulationFormat.allCases, layout: SimulationLayout = .perDay,
        compression: SimulationCompression = .gzip, workers: Int = 2
    ) {
        self.directory = directory
        self.seed = seed
        self.startMicroseconds = startMicroseconds
        self.days = days
        self.records = records
        self.scenarios = scenarios
        self.formats = formats
        self.layout = layout
        self.compression = compression
        self.workers = workers
    }

    /// Throws the first reason why these options cannot be simulated.
    func validate() throws(SimulationError) {
        guard (0..<SimulationOptions.startMicrosecondsMax).contains(startMicroseconds),
            startMicroseconds % (Clock.day * 1_000) == 0
        else { throw .startNotMidnight(startMicroseconds) }
        guard (1...SimulationOptions.daysMax).contains(days) else { throw .daysOutOfRange(days) }
        guard (1...SimulationOptions.recordsMax).contains(records) else {
            throw .recordsOutOfRange(records)
        }
        guard scenarios.count <= SimulationOptions.scenariosMax else {
            throw .tooManyScenarios(scenarios.count)
        }
        for request in scenarios
        where !(0...SimulationOptions.intensityMax).contains(request.intensity) {
            throw .intensityOutOfRange(request.scenario)
        }
    }

    /// The year 2100: the time in a gzip header has 32 bits.
    static let startMicrosecondsMax: Int64 = 4_102_444_800_000_000
    /// Beyond it a scenario would be all there is.
    static let intensityMax = 1_000.0
    /// Ten years: slot numbers stay far inside the 32 bits that record ordinals give them.
    static let daysMax = 3_660
    /// A person's number has 28 bits, and there are about as many people as records a day.
    static let recordsMax = 200_000_000
    /// A record names its scenario in one byte.
    static let scenariosMax = 250
}

/// Why a simulation was refused or stopped.
package enum SimulationError: Error, Equatable, CustomStringConvertible {
    case startNotMidnight(Int64)
    case daysOutOfRange(Int)
    case recordsOutOfRange(Int)
    case tooManyScenarios(Int)
    case intensityOutOfRange(Scenario)
    case cannotWrite(path: String, reason: String)

    package var description: String {
        switch self {
        case .startNotMidnight(let start):
            "simulate: the start must be a UTC midnight before 2100, in microseconds, got \(start)"
        case .daysOutOfRange(let days):
            "simulate: 'days' must be 1 to \(SimulationOptions.daysMax), got \(days)"
        case .recordsOutOfRange(let records):
            "simulate: 'records' must be 1 to \(SimulationOptions.recordsMax), got \(records)"
        case .tooManyScenarios(let count):
            "simulate: at most \(SimulationOptions.scenariosMax) scenarios, got \(count)"
        case .intensityOutOfRange(let scenario):
            "simulate: the intensity of '\(scenario.rawValue)' must be 0 to 1000"
        case .cannotWrite(let path, let reason):
            "\(path): cannot be written, \(reason)"
        }
    }
}

/// How far a simulation has come.
package struct SimulationProgress: Sendable {
    /// Whole hours of simulated time already written.
    package let hoursDone: Int
    /// Hours of simulated time in all.
    package let hoursTotal: Int
    /// Records of all formats already written.
    package let records: Int
}

/// What a simulation wrote.
package struct SimulationSummary: Sendable {
    /// One file of the output.
    package struct File: Sendable, Equatable {
        /// The path under the output folder.
        package let path: String
        /// The format, or nil for the ground truth.
        package let format: SimulationFormat?
        /// The number of records in it.
        package let records: Int
        /// Its size before compression.
        package let plainBytes: Int
        /// Its size on disk.
        package let bytes: Int
    }

    /// The files in the order in which they were finished.
    package internal(set) var files: [File] = []
    /// How long it took.
    package internal(set) var seconds: Double = 0

    /// The records of one format.
    package func records(of format: SimulationFormat) -> Int {
        files.lazy.filter { $0.format == format }.reduce(0) { $0 + $1.records }
    }

    /// The records of all formats, the ground truth aside.
    package var records: Int {
        files.lazy.filter { $0.format != nil }.reduce(0) { $0 + $1.records }
    }
}
