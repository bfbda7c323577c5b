import ArgumentParser
import Foundation
import Store

struct QuarantineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "Show the records that no dialect understood.",
        discussion: """
            A row names the source, the byte at which the record begins in its uncompressed content, its \
            length, the dialect that was asked, and the cause. The record itself is never printed: it may \
            hold identities. When a dialect has been mended, replay the source again: what counts already \
            is counted once.
            """,
        subcommands: [List.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List quarantined records, oldest first.")

        @OptionGroup var storeOptions: StoreArguments

        @Option(help: "At most so many rows.")
        var limit: Int = 100

        func run() throws {
            let store = try SQLiteStore.openForReading(path: storeOptions.store)
            defer { store.closeQuietly() }
            for record in try store.quarantine(limit: limit) {
                let entry = record.entry
                Console.data("\(record.number)\t\(entry.source)\t\(entry.position)\t\(entry.length)\t\(entry.dialect)\t\(entry.cause)")
            }
        }
    }
}
