import ArgumentParser
import Foundation
import IdentityModel
import Simulation

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Write simulated identity logs in vendors' formats, with the ground truth beside them.",
        discussion: """
            The same options give the same bytes. DIR receives keycloak/, access/, sshd/ and helpdesk/ \
            with compressed logs, and truth.json, which says what was attack and what was friction.

            Examples:
              lockstep simulate --out logs
              lockstep simulate --out logs --seed 7 --days 30 --records 500000 --scenario credential-stuffing
              lockstep simulate --out bench --records 2000000 --format keycloak --single-file
            """)

    @Option(help: ArgumentHelp("The folder to write into; what an earlier simulation left there goes.", valueName: "dir"))
    var out: String

    @Option(help: "The seed of every random choice.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("The first day, a UTC date.", valueName: "date"))
    var start: String = "2026-03-01"

    @Option(help: "The number of days.")
    var days: Int = 14

    @Option(help: "About how many Keycloak records; people and traffic follow from it.")
    var records: Int = SimulationOptions.defaultRecords

    @Option(
        name: .customLong("scenario"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "What happens beside ordinary traffic (\(Scenario.allCases.map(\.rawValue).joined(separator: ", ")), or none), at its usual time or so long after the start: broken-login@4d19h; default: the mix of the demonstration.",
            valueName: "scenario[@time]"))
    var scenarios: [String] = []

    @Option(
        name: .customLong("format"), parsing: .upToNextOption,
        help: ArgumentHelp("Which logs: \(SimulationFormat.allCases.map(\.rawValue).joined(separator: ", ")); default: all.", valueName: "format"))
    var formats: [String] = []

    @Flag(help: "One file per format for the whole period, instead of one per day.")
    var singleFile = false

    @Flag(help: "Plain files instead of gzip.")
    var plain = false

    func run() async throws {
        let began = ContinuousClock.now
        let summary = try await Self.run(try options())
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let rate = Int(Double(summary.records) / max(0.001, seconds))
        for file in summary.files { Console.data("\(out)/\(file.path)\t\(file.records)\t\(file.bytes)") }
        Console.message(
            "simulated \(summary.records) records in \(summary.files.count) files, \(Int(seconds.rounded())) s, \(rate) records/s")
    }

    /// Runs a simulation with its progress shown.
    static func run(_ options: SimulationOptions) async throws -> SimulationSummary {
        let isTerminal = Console.isErrorTerminal
        let summary: SimulationSummary
        do {
            summary = try await simulate(options) { progress in
                guard isTerminal else { return }
                Console.progress("simulating: hour \(progress.hoursDone) of \(progress.hoursTotal), \(progress.records) records")
            }
        } catch let error as SimulationError {
            throw UsageError(error.description)
        }
        if isTerminal { Console.progress("") }
        return summary
    }

    /// `broken-login`, or `broken-login@4d19h`: the scenario, and when it begins.
    private static func request(_ text: String) throws -> ScenarioRequest {
        let parts = text.split(separator: "@", maxSplits: 1).map(String.init)
        guard let name = parts.first, let scenario = Scenario(rawValue: name) else {
            let known = Scenario.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("--scenario: none is called '\(parts.first ?? text)'; known: \(known), or 'none'")
        }
        guard parts.count == 2 else { return ScenarioRequest(scenario) }
        guard let offset = milliseconds(parts[1]) else {
            throw UsageError("--scenario: '\(parts[1])' of '\(text)' is no time after the start; expected such as 4d19h30m")
        }
        return ScenarioRequest(scenario, offsetMilliseconds: offset)
    }

    /// `4d19h30m`, of which parts may be missing, in ms; nil of anything else.
    private static func milliseconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["d": 86_400_000, "h": 3_600_000, "m": 60_000]
        var sum: Int64 = 0
        var digits = ""
        for character in text {
            if character.isASCII, character.isNumber, digits.count < 6 {
                digits.append(character)
            } else if let unit = units[character], let amount = Int64(digits) {
                sum += amount * unit
                digits = ""
            } else {
                return nil
            }
        }
        return digits.isEmpty && !text.isEmpty ? sum : nil
    }

    private func options() throws -> SimulationOptions {
        var options = SimulationOptions(directory: out, seed: seed, days: days, records: records)
        options.startMicroseconds = try TimeArgument.microseconds(start, option: "--start")
        options.layout = singleFile ? .singleFile : .perDay
        options.compression = plain ? .none : .gzip
        options.workers = ProcessInfo.processInfo.activeProcessorCount
        if scenarios == ["none"] {
            options.scenarios = []
        } else if !scenarios.isEmpty {
            options.scenarios = try scenarios.map(Self.request)
        }
        if !formats.isEmpty {
            options.formats = try formats.map { name in
                guard let format = SimulationFormat(rawValue: name) else {
                    let known = SimulationFormat.allCases.map(\.rawValue).joined(separator: ", ")
                    throw UsageError("--format: none is called '\(name)'; known: \(known)")
                }
                return format
            }
        }
        return options
    }
}
