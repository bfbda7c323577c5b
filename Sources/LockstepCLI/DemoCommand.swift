import ArgumentParser
import Foundation
import Simulation

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Simulate two weeks of a shop's logs, replay them, and print the scorecard.",
        discussion: "Everything it makes lies in one folder: the logs, the store, and the pseudonym key of the demonstration.")

    @Option(help: ArgumentHelp("The folder to use; a demonstration that lies there is made anew.", valueName: "dir"))
    var out: String = "demo"

    @Option(help: "The seed of the simulation.")
    var seed: UInt64 = 1

    func run() async throws {
        let logs = out + "/logs"
        let store = out + "/store/lockstep.sqlite"
        Console.message("1. simulating two weeks of a shop into \(logs)")
        let summary = try await SimulateCommand.run(SimulationOptions(directory: logs, seed: seed))
        Console.message("   \(summary.records) records in \(summary.files.count) files; truth.json says what was an attack")
        Console.message("2. replaying them into \(store)")
        try prepareFolder(for: store)
        let replay = try ReplayCommand.parse([
            logs + "/keycloak", logs + "/access", logs + "/sshd", logs + "/helpdesk", "--store", store, "--key", out + "/demo.key",
        ])
        try await replay.run()
        Console.message("")
        Console.message("Next: lockstep scorecard --store \(store) --format json, or replay your own logs")
    }

    /// The demonstration starts from an empty store.
    private func prepareFolder(for store: String) throws {
        let folder = (store as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: store + suffix) {
                try FileManager.default.removeItem(atPath: store + suffix)
            }
        } catch {
            throw UsageError("\(folder): cannot be used for the demonstration: \(error.localizedDescription)")
        }
    }
}
