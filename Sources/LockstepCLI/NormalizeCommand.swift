import AdapterKit
import ArgumentParser
import Collector
import Dialects
import Foundation
import IdentityModel

struct NormalizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "normalize",
        abstract: "Print logs as normalized events (NDJSON); store nothing.",
        discussion: """
            One JSON object a line, identities as pseudonyms unless --reveal asks for them in the clear. \
            Records that no dialect understands are named on stderr.

            Examples:
              lockstep normalize keycloak.jsonl.gz | head -3
              lockstep normalize --reveal --dialect sshd /var/log/auth.log | jq .name
            """)

    @Argument(help: ArgumentHelp("Files, folders, globs, or - for standard input.", valueName: "path"))
    var paths: [String]

    @Flag(help: "Print identities in the clear, not as pseudonyms.")
    var reveal = false

    @OptionGroup var keyFile: KeyArguments
    @OptionGroup var reading: ReadingArguments

    func run() async throws {
        let catalog = JourneyCatalog()
        let observer = IngestObserver { Console.message($0) }
        // In the clear no pseudonym leaves the process, so a passing key will do.
        let key = reveal ? PseudonymKey.random().key : try keyFile.load()
        let context = try reading.context(catalog: catalog, key: key, observer: observer)
        let sources = LogSources(paths: paths)
        for problem in sources.problems { observer.report(problem) }
        let sink = PrintingSink(context: context, catalog: catalog, reveals: reveal) { Console.data($0) }
        // One file at a time: the output stands in the order of the input.
        try await sources.read(into: sink, streamsMax: 1, bounds: reading.expansion)
        let counts = observer.current
        if counts.quarantined > 0 { Console.message("\(counts.quarantined) records were not understood") }
        if counts.faults > 0 || counts.quarantined > 0 { throw ExitStatus.doneInPart }
    }
}
