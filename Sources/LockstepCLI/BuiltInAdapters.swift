import ArchiveAdapter
import LogFileAdapter

/// The adapters of this build: one line per adapter, and nothing else knows them all.
enum BuiltInAdapters {
    static let all: [AdapterListing] = [
        AdapterListing(kind: LogFileAdapter.kind, summary: "plain log files and standard input", sample: LogFileAdapter.sample),
        AdapterListing(kind: ArchiveAdapter.kind, summary: ".gz .zst .bz2 .xz .tar.* .zip and plain files", sample: ArchiveAdapter.sample),
    ]
}

/// What `lockstep adapters` tells of an adapter.
struct AdapterListing: Sendable {
    var kind: String
    var summary: String
    /// Its sample configuration: every setting at its default.
    var sample: String
}
