import ArgumentParser
import Foundation

/// The command `lockstep`.
@main
struct Lockstep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockstep",
        abstract: "One scorecard of customer identity, read from the logs you already have.",
        discussion: """
            Lockstep reads identity logs, makes one common event of every record, tells attack \
            traffic from people, and keeps one scorecard for security and product.

            Start with:
              lockstep demo                      simulated logs, store and scorecard in one go
              lockstep replay logs/ more.tar.gz  your own logs; nothing leaves this machine

            Exit status: 0 done, 1 done in part (what was left is named), 2 wrong use or configuration.
            """,
        version: "0.1.0",
        subcommands: [
            DemoCommand.self, ReplayCommand.self, ScorecardCommand.self, NormalizeCommand.self, CheckCommand.self,
            SimulateCommand.self, AdaptersCommand.self, QuarantineCommand.self, SignalsCommand.self, RescoreCommand.self,
        ])

    /// Parses, runs, and maps every way of ending to the exit status that the README names.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let status as ExitStatus {
            Foundation.exit(status.rawValue)
        } catch {
            let isSuccess = exitCode(for: error) == .success
            let text = fullMessage(for: error)
            if isSuccess { Console.data(text) } else { Console.message(text) }
            Foundation.exit(isSuccess ? ExitStatus.done.rawValue : ExitStatus.wrongUse.rawValue)
        }
    }
}

/// How the command ended.
enum ExitStatus: Int32, Error {
    case done = 0
    /// Something was quarantined or unreadable; each was named.
    case doneInPart = 1
    /// Wrong use or configuration.
    case wrongUse = 2
}

/// A sentence for the user about wrong use or configuration; ends the command with status 2.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
