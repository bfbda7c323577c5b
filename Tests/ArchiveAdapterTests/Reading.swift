import AdapterKit
import ArchiveAdapter
import LockstepTesting

/// Reads packed bytes through the adapter, from a file in a folder of its own.
struct Reading {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// What came of reading one file.
    struct Found {
        let path: String
        let sink: RecordingSink

        /// The stream that is the file itself.
        var stream: RecordingSink.Recorded? { sink[path] }
        /// The names of all streams, without the file's.
        var members: [String] {
            sink.streams.map { String($0.identity.name.dropFirst(path.count + 1)) }
        }

        /// The stream of the member called `name`.
        func member(_ name: String) -> RecordingSink.Recorded? { sink["\(path)!\(name)"] }
    }

    /// Writes `bytes` to the file `name` and reads it.
    func read(
        _ bytes: [UInt8], as name: String, ratioMax: Int = 1000, expandedBytesMax: UInt64 = 1 << 40
    ) async throws -> Found {
        try await read(
            path: folder.write(bytes, to: name), ratioMax: ratioMax,
            expandedBytesMax: expandedBytesMax)
    }

    /// Reads the file at `path`.
    func read(
        path: String, ratioMax: Int = 1000, expandedBytesMax: UInt64 = 1 << 40
    ) async throws -> Found {
        let sink = RecordingSink()
        let settings = ArchiveAdapter.Settings(
            paths: [path], ratioMax: ratioMax, expandedBytesMax: expandedBytesMax)
        try await ArchiveAdapter(settings: settings).run(resume: ResumePoints(), into: sink)
        return Found(path: path, sink: sink)
    }
}
