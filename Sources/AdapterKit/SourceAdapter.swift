/// A place identity records come from: a file, a socket, an archive, another process.
///
/// An adapter moves bytes; it does not interpret them. Meaning belongs to a dialect.
///
/// Finite sources and endless ones have one shape: a finite adapter returns when everything is
/// read, an endless one is cancelled.
public protocol SourceAdapter: Sendable {
    associatedtype Settings: Sendable

    /// The word that selects this adapter in a configuration file, such as `log-file`.
    static var kind: String { get }

    /// Checks `settings` without touching the outside world.
    ///
    /// - Throws: `SettingsError` that names the setting, what was given and what would be right.
    init(settings: Settings) throws

    /// Reads until the source ends, the task is cancelled, or reading fails.
    ///
    /// - Opens a stream per unit of order (a file, an archive member, a connection). Streams may
    ///   run side by side; calls to one stream never overlap.
    /// - Damage that leaves other streams readable is reported with `RecordStream.report` or
    ///   `RecordSink.report`; throw only when reading cannot go on at all.
    /// - `deliver` suspends while the pipeline is full: never buffer ahead of it.
    func run(resume: ResumePoints, into sink: some RecordSink) async throws
}

/// Where reading of each stream may go on, by the stream's name; empty at a first run.
public struct ResumePoints: Sendable {
    private let positions: [String: StreamPosition]

    /// Resume points by stream name.
    public init(_ positions: [String: StreamPosition] = [:]) { self.positions = positions }

    /// The position up to which the stream called `name` is durable, or nil.
    public subscript(name: String) -> StreamPosition? { positions[name] }
}

/// How far a stream was read: bytes from the beginning of its uncompressed content.
public struct StreamPosition: RawRepresentable, Hashable, Sendable, Comparable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    /// The beginning.
    public static let start = Self(rawValue: 0)
}

/// What is known of a stream when it is opened.
public struct StreamIdentity: Sendable {
    /// What a person calls it: a path, `archive.tar.gz!member`, `-`.
    public var name: String
    /// The first bytes of the uncompressed content (at most 4,096): a renamed or compressed copy is the same stream.
    public var head: [UInt8]
    /// Seconds since 1970 at which the content was last written, as the nearest of archive member,
    /// gzip header and file tell it; nil where nothing does.
    public var modifiedSeconds: Int64?
    /// Whether the content can be read again at the same place (a file) or not (a pipe).
    public var isRereadable: Bool

    public init(name: String, head: [UInt8], modifiedSeconds: Int64?, isRereadable: Bool) {
        self.name = name
        self.head = head
        self.modifiedSeconds = modifiedSeconds
        self.isRereadable = isRereadable
    }
}

/// Takes streams from an adapter. Implemented by the engine.
public protocol RecordSink: Sendable {
    associatedtype Stream: RecordStream

    /// Opens the stream that `identity` describes.
    func open(_ identity: StreamIdentity) async throws -> Stream

    /// Reports damage of a container that belongs to no open stream.
    func report(_ fault: SourceFault) async

    /// Tells how many bytes of the source itself (compressed, as stored) were read since the last call.
    func advanced(sourceBytes: Int) async
}

/// One stream of records in order. Implemented by the engine; calls never overlap.
public protocol RecordStream: Sendable {
    /// Hands over `batch`; suspends while the pipeline is full.
    ///
    /// - Parameter position: everything before it in the stream has been delivered.
    func deliver(_ batch: RecordBatch, upTo position: StreamPosition) async throws

    /// Returns once everything up to `position` is committed; for acknowledgements.
    func durable(_ position: StreamPosition) async throws

    /// Reports damage of this stream; what was delivered before it stays.
    func report(_ fault: SourceFault) async

    /// Says that the stream has ended. Nothing is delivered after it.
    func finish() async throws
}

/// Damage met while reading: everything before it was delivered.
public struct SourceFault: Error, Sendable, Equatable {
    /// The file, `archive!member`, or peer.
    public var source: String
    /// Bytes from the beginning of what `source` names, where known.
    public var offset: UInt64?
    /// What is wrong, what was expected and what to do, in one sentence without a full stop.
    public var cause: String

    public init(source: String, offset: UInt64?, cause: String) {
        self.source = source
        self.offset = offset
        self.cause = cause
    }
}

extension SourceFault: CustomStringConvertible {
    /// `backup.gz: at byte 1234: …`.
    public var description: String {
        let place = offset.map { "at byte \($0): " } ?? ""
        return "\(source): \(place)\(cause)"
    }
}

/// A setting that cannot be right.
public struct SettingsError: Error, Sendable, CustomStringConvertible {
    public let description: String
    /// An error saying `description`: where, what is wrong, what would be right.
    public init(_ description: String) { self.description = description }
}
