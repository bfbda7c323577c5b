import IdentityModel

/// What becomes durable in one step: events and how far their streams were read.
package struct JournalAppend: Sendable {
    package var batches: [SourcedBatch] = []
    package var streams: [StreamCheckpoint] = []
    package var quarantine: [QuarantineEntry] = []
    package var tallies: [SourceTally] = []
    /// Quarantined records that a retry understood, by their numbers: they leave the quarantine.
    package var released: [Int64] = []
    /// Quarantined records that a retry did not understand: they stay, with today's cause.
    package var refused: [QuarantineRefusal] = []
    /// The versions of the dialects that made the events, by their names; blocks carry them.
    package var versions: [String: String] = [:]

    /// A commit of nothing.
    package init() {}
}

/// Why a quarantined record was not understood again.
package struct QuarantineRefusal: Sendable, Equatable {
    /// The store's number of the record.
    package var number: Int64
    package var dialect: String
    package var cause: String

    package init(number: Int64, dialect: String, cause: String) {
        self.number = number
        self.dialect = dialect
        self.cause = cause
    }
}

/// Events of one source, in any order and of any slices.
package struct SourcedBatch: Sendable {
    /// The name of the stream; the store gives it a number and writes that into `source`.
    package var source: String
    package var events: EventBatch

    package init(source: String, events: EventBatch) {
        self.source = source
        self.events = events
    }
}

/// How far one stream was read.
package struct StreamCheckpoint: Sendable, Equatable {
    package var name: String
    /// Bytes from the beginning of the uncompressed content.
    package var position: UInt64
    /// What the reader needs to go on, such as hashes of the content and of recent records.
    package var state: [UInt8]

    package init(name: String, position: UInt64, state: [UInt8] = []) {
        self.name = name
        self.position = position
        self.state = state
    }
}

/// What an append did.
package struct AppendReport: Sendable, Equatable {
    /// Events that were new.
    package var appended = 0
    /// Events that the journal held already.
    package var duplicates = 0
    /// Events whose id the journal held with another text.
    package var collisions = 0
    /// New events of slices that had been scored.
    package var late = 0
    /// The slices that changed, in time order.
    package var slices: [Int64] = []

    package init() {}
}

/// What was decided when a content was first read, so that it is read the same way again.
package struct StreamDecision: Sendable, Equatable {
    /// Seconds since 1970 at which the content was last written, as told at the first reading.
    package var modifiedSeconds: Int64?
    /// The clock at the first reading, in µs since 1970.
    package var now: Int64
    /// The year of times that name none.
    package var year: Int?

    package init(modifiedSeconds: Int64?, now: Int64, year: Int?) {
        self.modifiedSeconds = modifiedSeconds
        self.now = now
        self.year = year
    }
}

/// One slice of the journal.
package struct SliceSummary: Sendable, Equatable {
    /// Whole UTC hours since 1970.
    package var slice: Int64
    package var events: Int
    /// Grows whenever the slice changes; scoring hands it back in `ScoringCommit.scored`.
    package var version: Int64
    /// Whether the slice changed since it was last scored.
    package var isDirty: Bool

    package init(slice: Int64, events: Int, version: Int64, isDirty: Bool) {
        self.slice = slice
        self.events = events
        self.version = version
        self.isDirty = isDirty
    }
}
