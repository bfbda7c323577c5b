import AdapterKit

/// Reads packed files, each member as one stream, without unpacking them to disk.
public struct ArchiveAdapter: SourceAdapter {
    /// What a user may set.
    public struct Settings: Sendable, Codable, Equatable {
        /// Files to read, packed or plain; `-` is standard input.
        public var paths: [String] = []
        /// How many files are read side by side; 0 is one per core.
        public var streamsMax = 0
        /// How many times its stored size a file may expand to, once it has passed 64 MiB.
        public var ratioMax = 1000
        /// How many bytes a file may expand to; 0 is any number.
        public var expandedBytesMax: UInt64 = 1 << 40

        public init(
            paths: [String] = [], streamsMax: Int = 0, ratioMax: Int = 1000,
            expandedBytesMax: UInt64 = 1 << 40
        ) {
            self.paths = paths
            self.streamsMax = streamsMax
            self.ratioMax = ratioMax
            self.expandedBytesMax = expandedBytesMax
        }
    }

    public static let kind = "archive"

    /// The sample configuration: every setting at its default.
    public static var sample: String {
        String(decoding: PackageResources.sample_yaml, as: UTF8.self)
    }

    private let settings: Settings

    public init(settings: Settings) throws {
        guard !settings.paths.contains("") else {
            throw SettingsError("archive: 'paths' has an empty path; expected a file or '-'")
        }
        guard settings.streamsMax >= 0 else {
            throw SettingsError(
                "archive: 'streamsMax' must be 0 or more, got \(settings.streamsMax)")
        }
        guard settings.ratioMax >= 1 else {
            throw SettingsError("archive: 'ratioMax' must be 1 or more, got \(settings.ratioMax)")
        }
        self.settings = settings
    }

    /// Reads up to `streamsMax` files side by side; the members of one file come in its order.
    public func run(resume: ResumePoints, into sink: some RecordSink) async throws {
        let width = settings.streamsMax > 0 ? settings.streamsMax : ProcessorCount.online
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, path) in settings.paths.enumerated() {
                    if index >= width { try await group.next() }
                    if Task.isCancelled { break }
                    group.addTask { try await read(path, resume: resume, into: sink) }
                }
                try await group.waitForAll()
            }
        } catch is CancellationError {
            return
        }
    }

    private func read(_ path: String, resume: ResumePoints, into sink: some RecordSink) async throws
    {
        let file: FileByteSource
        do {
            file = try FileByteSource(path: path)
        } catch let fault as SourceFault {
            return await sink.report(fault)
        }
        let unpacking = Unpacking(
            sink: sink, resume: resume, isRereadable: file.isRereadable,
            guardian: ExpansionGuard(
                ratioMax: settings.ratioMax, expandedBytesMax: settings.expandedBytesMax))
        try await unpacking.read(file)
    }
}
