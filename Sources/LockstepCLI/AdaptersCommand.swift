import ArgumentParser

struct AdaptersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adapters",
        abstract: "List the source adapters of this build, or print one's sample configuration.",
        discussion: "An adapter knows how bytes arrive; what they mean is a dialect's. Plugins/README.md says how to add one.")

    @Argument(help: ArgumentHelp("Print the sample configuration of this adapter.", valueName: "kind"))
    var kind: String?

    func run() throws {
        guard let kind else {
            for adapter in BuiltInAdapters.all { Console.data("\(adapter.kind)\t\(adapter.summary)") }
            return
        }
        guard let adapter = BuiltInAdapters.all.first(where: { $0.kind == kind }) else {
            let known = BuiltInAdapters.all.map(\.kind).joined(separator: ", ")
            throw UsageError("adapters: none is called '\(kind)'; this build has \(known)")
        }
        Console.data(adapter.sample)
    }
}
