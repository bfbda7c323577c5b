/// Raw records of one stream, in order, over one buffer.
///
///     bytes  │ {"type":"LOGIN",…}\n{"type":"LOGOUT",…}\r\n{"ty… │
///     spans    └──── 0 ─────────┘  └──── 1 ──────────┘           (framing bytes belong to no span)
///     streamOffset: position of bytes[0] in the uncompressed stream
///
/// Filling it again reuses its memory: nothing is allocated per record.
public struct RecordBatch: Sendable {
    /// A record's place in `bytes`.
    public struct Span: Sendable, Equatable {
        public var start: UInt32
        public var length: UInt32
        public init(start: Int, length: Int) {
            self.start = UInt32(start)
            self.length = UInt32(length)
        }
    }

    /// The bytes that the spans point into.
    public var bytes: [UInt8]
    /// The records, in stream order.
    public var spans: [Span]
    /// Position of `bytes[0]` in the uncompressed stream.
    public var streamOffset: UInt64
    /// Records that framing had to give up, such as an over-long one.
    public var unframed: [UnframedRecord]
    /// The dialect that the source itself names, if any (`record dialect=…` of the line protocol).
    public var dialectHint: String?

    /// A batch without records.
    public init() {
        bytes = []
        spans = []
        streamOffset = 0
        unframed = []
        dialectHint = nil
    }

    /// Where record `index` begins in the uncompressed stream.
    public func offset(of index: Int) -> UInt64 { streamOffset + UInt64(spans[index].start) }
}

/// A stretch of a stream that is no record: it goes to the quarantine as one.
public struct UnframedRecord: Sendable, Equatable {
    /// Where it begins in the uncompressed stream.
    public var offset: UInt64
    /// Its length in bytes.
    public var length: UInt64
    /// Why, such as "longer than 1 MiB".
    public var cause: String

    public init(offset: UInt64, length: UInt64, cause: String) {
        self.offset = offset
        self.length = length
        self.cause = cause
    }
}

/// Bounds that hold for every adapter.
public enum RecordLimits {
    /// A longer record is quarantined: no identity provider writes one, and memory must stay bounded.
    public static let recordBytesMax = 1 << 20
    /// How much of a stream one batch covers: large enough to pay for a hand-over between threads,
    /// small enough to stay in the cache.
    public static let batchBytes = 1 << 20
    /// How many first bytes of the content identify a stream.
    public static let headBytes = 4096
}
