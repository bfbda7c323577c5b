import AdapterKit
import ArchiveAdapter
import ArgumentParser
import Foundation
import LogFileAdapter

/// The files that a command's PATH arguments mean, and the adapters that read them.
struct LogSources: Sendable {
    private let expansion: PathExpansion
    /// What could not be found or read; the rest goes on.
    var problems: [SourceFault] { expansion.faults }
    var isEmpty: Bool { expansion.entries.isEmpty }

    init(paths: [String]) { expansion = PathExpansion(paths) }

    /// The size of all files as stored; nil where standard input is among them.
    var totalBytes: UInt64? {
        var total: UInt64 = 0
        for entry in expansion.entries {
            guard entry.path != "-",
                let size = try? FileManager.default.attributesOfItem(atPath: entry.path)[.size] as? UInt64
            else { return nil }
            total += size
        }
        return total
    }

    /// Reads all of it into `sink`: packed files first, then plain ones.
    ///
    /// - Parameter streamsMax: How many files are read side by side.
    func read(into sink: some RecordSink, streamsMax: Int, bounds: ExpansionArguments) async throws {
        let packed = expansion.entries.filter { $0.kind == .archive }.map(\.path)
        let plain = expansion.entries.filter { $0.kind == .plain }.map(\.path)
        try await ArchiveAdapter(
            settings: .init(
                paths: packed, streamsMax: streamsMax, ratioMax: bounds.ratioMax,
                expandedBytesMax: bounds.expandedBytesMax)
        ).run(resume: ResumePoints(), into: sink)
        // A log file adapter reads its files one after the other: so many adapters, so many files at once.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<min(streamsMax, plain.count) {
                let paths = stride(from: lane, to: plain.count, by: streamsMax).map { plain[$0] }
                let adapter = try LogFileAdapter(settings: .init(paths: paths))
                group.addTask { try await adapter.run(resume: ResumePoints(), into: sink) }
            }
            try await group.waitForAll()
        }
    }
}

/// How far packed files may expand.
struct ExpansionArguments: ParsableArguments {
    @Option(help: "How many times its stored size a packed file may expand to, past 64 MiB.")
    var ratioMax: Int = 1000

    @Option(help: "How many bytes a packed file may expand to; 0 is any number.")
    var expandedBytesMax: UInt64 = 1 << 40
}
