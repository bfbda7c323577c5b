import ArgumentParser
import Collector
import Foundation
import IdentityModel
import Scorecard
import Store

struct ScorecardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scorecard",
        abstract: "Print the scorecard of a store.",
        discussion: """
            Rates are over matured attempts. "raw" counts everybody, "adjusted" leaves out attempts that a \
            signal marks. A figure that no source can show is called unobservable, never 0.

            Examples:
              lockstep scorecard
              lockstep scorecard --from 2026-03-01T00:00:00Z --to 2026-03-08T00:00:00Z --journey login
              lockstep scorecard --format json | jq '.journeys[] | {journey, attempts, completed}'
            """)

    @OptionGroup var storeOptions: StoreArguments
    @OptionGroup var period: PeriodArguments

    @Option(help: ArgumentHelp("Show one journey alone, such as login.", valueName: "journey"))
    var journey: String?

    @Option(help: "Whose attempts count: customer, workforce, service or agent.")
    var population: String = "customer"

    @Option(help: "table, json, csv or markdown.")
    var format: CardFormat = .table

    func run() throws {
        let catalog = JourneyCatalog()
        let store = try SQLiteStore.openForReading(path: storeOptions.store)
        defer { store.closeQuietly() }
        let loader = CardLoader(reader: store, catalog: catalog)
        guard let covered = try loader.hours() else {
            throw UsageError("\(storeOptions.store): the store holds no events; lockstep replay PATH… fills it")
        }
        if try store.slices().contains(where: \.isDirty) {
            Console.message(
                "warning: events came since the last scoring (it may have been interrupted); lockstep replay scores them")
        }
        let card = try loader.card(query(covered, catalog))
        Console.data(format.text(of: card))
    }

    private func query(_ covered: Range<Int64>, _ catalog: JourneyCatalog) throws -> CardQuery {
        guard let kind = ActorKind(word: population), kind != .unknown else {
            throw UsageError("--population: '\(population)' is none of customer, workforce, service, agent")
        }
        var id: JourneyID?
        if let journey {
            let names = catalog.attemptJourneys.map { catalog[$0].name }
            guard let found = catalog.id(named: journey), catalog[found].formsAttempts else {
                throw UsageError("--journey: no journey is called '\(journey)'; known: \(names.joined(separator: ", "))")
            }
            id = found
        }
        return CardQuery(hours: try period.hours(within: covered), journey: id, population: kind)
    }
}

/// How a scorecard is printed.
enum CardFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, csv, markdown

    func text(of card: Card) -> String {
        switch self {
        case .table: card.table()
        case .json: card.json().text()
        case .csv: card.csv()
        case .markdown: card.markdown()
        }
    }
}

/// The period of a scorecard.
struct PeriodArguments: ParsableArguments {
    @Option(help: ArgumentHelp("First hour (RFC 3339, whole UTC hour); default: all of the store.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("End, not included (RFC 3339, whole UTC hour).", valueName: "time"))
    var to: String?

    /// The hours asked for, as far as nothing is said those that are covered.
    func hours(within covered: Range<Int64>) throws -> Range<Int64> {
        let first = try from.map { try Self.hour($0, option: "--from") } ?? covered.lowerBound
        let end = try to.map { try Self.hour($0, option: "--to") } ?? max(covered.upperBound, first + 1)
        guard first < end else {
            throw UsageError("--from must lie before --to, got \(Timestamp.secondsText(first * Timestamp.hour)) and \(Timestamp.secondsText(end * Timestamp.hour))")
        }
        return first..<end
    }

    private static func hour(_ text: String, option: String) throws -> Int64 {
        let at = try TimeArgument.microseconds(text, option: option)
        guard at % Timestamp.hour == 0 else {
            throw UsageError("\(option): '\(text)' is no whole UTC hour; slices are hours, so write 2026-03-01T14:00:00Z")
        }
        return at / Timestamp.hour
    }
}

/// Times on the command line.
enum TimeArgument {
    /// µs since 1970 of an RFC 3339 time, or of a date alone (its first instant in UTC).
    static func microseconds(_ text: String, option: String) throws -> Int64 {
        let full = text.count == 10 ? text + "T00:00:00Z" : text
        for style in [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)] {
            if let date = try? style.parse(full) {
                return Int64((date.timeIntervalSince1970 * 1_000_000).rounded())
            }
        }
        throw UsageError("\(option): '\(text)' is no time; expected RFC 3339 such as 2026-03-01T00:00:00Z")
    }
}

extension SQLiteStore {
    /// Closes the store; a failure to do so loses nothing, for every commit is durable already.
    func closeQuietly() {
        do { try close() } catch { Console.message("warning: \(path): \(error)") }
    }
}
