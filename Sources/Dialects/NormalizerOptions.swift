import IdentityModel

/// How one stream is normalized.
public struct NormalizerOptions: Sendable {
    /// The only dialect to read with; nil lets each record find its own.
    public var dialect: String?
    /// The year of the stream's first time that has none.
    public var year: Int?
    /// The zone of times that have none, instead of each dialect's own.
    public var zone: String?
    /// Seconds since 1970 at which the stream was last written, where known.
    public var modifiedSeconds: Int64?
    /// The present, in µs since 1970: a time more than a day later is clock skew.
    public var now: Int64
    /// Values of dialects' settings: dialect → setting → value. `zone` is a setting of every dialect.
    public var settings: [String: [String: String]]

    /// Options for a stream read at `now`.
    public init(
        now: Int64, dialect: String? = nil, year: Int? = nil, zone: String? = nil,
        modifiedSeconds: Int64? = nil, settings: [String: [String: String]] = [:]
    ) {
        self.now = now
        self.dialect = dialect
        self.year = year
        self.zone = zone
        self.modifiedSeconds = modifiedSeconds
        self.settings = settings
    }
}

/// What became of the records of a stream.
public struct NormalizationTally: Sendable, Equatable {
    /// Counts of one dialect.
    public struct Counts: Sendable, Equatable {
        public var records: UInt64 = 0
        public var events: UInt64 = 0
        /// Left out on purpose, as the dialect says.
        public var ignored: UInt64 = 0
        /// Not understood, those with a wrong time among them.
        public var quarantined: UInt64 = 0
        public var clockSkewed: UInt64 = 0
        /// Events with a correlation id.
        public var withCorrelation: UInt64 = 0

        public init() {}

        /// Adds the counts of `other`.
        public mutating func add(_ other: Counts) {
            records += other.records
            events += other.events
            ignored += other.ignored
            quarantined += other.quarantined
            clockSkewed += other.clockSkewed
            withCorrelation += other.withCorrelation
        }
    }

    /// Counts by dialect; what no dialect understands counts under the stream's dialect, or under
    /// the empty name where it has none.
    public var perDialect: [String: Counts] = [:]
    /// The records to quarantine, in stream order. The caller takes them out after each batch.
    public var quarantined: [QuarantinedRecord] = []

    /// A tally of nothing.
    public init() {}

    /// The counts of all dialects together.
    public var total: Counts {
        perDialect.values.reduce(into: Counts()) { $0.add($1) }
    }
}

/// A record that no event could be made of.
public struct QuarantinedRecord: Sendable, Equatable {
    /// Where it begins in the uncompressed stream.
    public var offset: UInt64
    /// Its length in bytes.
    public var length: UInt64
    /// Why, without anything that a person typed.
    public var cause: String
    /// The dialect that recognised it; empty where none did.
    public var dialect: String

    public init(offset: UInt64, length: UInt64, cause: String, dialect: String) {
        self.offset = offset
        self.length = length
        self.cause = cause
        self.dialect = dialect
    }
}

/// The clear texts behind the pseudonyms of an `EventBatch`, row by row. They never leave the
/// command that the user asked to show them.
public struct RevealedIdentities: Sendable {
    /// The texts that the columns number.
    public var strings = StringTable()
    public var name: [UInt32] = []
    public var subject: [UInt32] = []
    public var correlation: [UInt32] = []
    public var session: [UInt32] = []

    /// Columns without rows.
    public init() {}

    /// Forgets all rows and keeps the memory.
    public mutating func removeAll() {
        strings.removeAll()
        name.removeAll(keepingCapacity: true)
        subject.removeAll(keepingCapacity: true)
        correlation.removeAll(keepingCapacity: true)
        session.removeAll(keepingCapacity: true)
    }
}
