import AdapterKit

/// Reads plain log files, each as one stream.
public struct LogFileAdapter: SourceAdapter {
    /// What a user may set.
    public struct Settings: Sendable, Codable, Equatable {
        /// Files to read; `-` is standard input.
        public var paths: [String] = []
        /// When reading ends.
        public var mode = Mode.finite

        public init(paths: [String] = [], mode: Mode = .finite) {
            self.paths = paths
            self.mode = mode
        }
    }

    /// When reading ends.
    public enum Mode: String, Sendable, Codable, CaseIterable {
        /// At the end of each file.
        case finite
    }

    public static let kind = "log-file"

    /// The sample configuration: every setting at its default.
    public static var sample: String {
        String(decoding: PackageResources.sample_yaml, as: UTF8.self)
    }

    private let settings: Settings

    public init(settings: Settings) throws {
        guard !settings.paths.contains("") else {
            throw SettingsError("log-file: 'paths' has an empty path; expected a file or '-'")
        }
        self.settings = settings
    }

    /// Reads the files one after the other.
    public func run(resume: ResumePoints, into sink: some RecordSink) async throws {
        for path in settings.paths {
            if Task.isCancelled { return }
            do {
                try await read(path, from: resume[path], into: sink)
            } catch is CancellationError {
                return
            }
        }
    }

    private func read(
        _ path: String, from position: StreamPosition?, into sink: some RecordSink
    ) async throws {
        let file: FileByteSource
        do {
            file = try FileByteSource(path: path)
        } catch let fault as SourceFault {
            return await sink.report(fault)
        }
        let source = PeekableSource(file)
        let format = ContainerFormat.sniff(source.peek(ContainerFormat.headBytes))
        guard format == .plain else {
            return await sink.report(
                SourceFault(
                    source: path, offset: 0,
                    cause:
                        "is packed (\(format.name)), expected plain text; the archive adapter reads it"
                ))
        }
        let reader = StreamReader(
            name: path, modifiedSeconds: file.modifiedSeconds, isRereadable: file.isRereadable)
        try await reader.read(source, from: position, into: sink)
    }
}
