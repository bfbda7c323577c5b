/// What was met while reading one source with one dialect: added to the stored counters.
package struct SourceTally: Sendable, Equatable {
    package var source: String
    package var dialect: String
    package var records = 0
    package var events = 0
    /// Records ignored on purpose.
    package var ignored = 0
    package var quarantined = 0
    package var clockSkewed = 0
    /// Records that the source itself lost, kernel drops included.
    package var dropped = 0
    /// Events that carry a correlation id.
    package var withCorrelation = 0

    package init(source: String, dialect: String) {
        self.source = source
        self.dialect = dialect
    }
}

/// All counters of one source and dialect: what readers tallied, and what the store found.
package struct SourceIntegrity: Sendable, Equatable {
    package var tally: SourceTally
    /// Events that were new.
    package var appended = 0
    package var duplicates = 0
    /// The same id with another text.
    package var collisions = 0
    /// Appended to a slice that had been scored.
    package var late = 0

    package init(tally: SourceTally) { self.tally = tally }
}

/// A record that no dialect understood.
package struct QuarantineEntry: Sendable, Equatable {
    package var source: String
    package var dialect: String
    /// Where the record begins in the uncompressed stream.
    package var position: UInt64
    package var length: Int
    /// Why, in words that name no person.
    package var cause: String
    /// A keyed fingerprint of the record's text.
    package var fingerprint: UInt64
    /// The record, sealed; nil where the source can be read again.
    package var sealed: SealedRecord?
    /// Of a sealed record: under what the decisions of its content's first reading are kept.
    package var head: [UInt8]?

    package init(
        source: String, dialect: String, position: UInt64, length: Int, cause: String,
        fingerprint: UInt64, sealed: SealedRecord? = nil, head: [UInt8]? = nil
    ) {
        self.source = source
        self.dialect = dialect
        self.position = position
        self.length = length
        self.cause = cause
        self.fingerprint = fingerprint
        self.sealed = sealed
        self.head = head
    }
}

/// A quarantined record as the store holds it.
package struct QuarantineRecord: Sendable, Equatable {
    /// The store's number of it.
    package var number: Int64
    package var entry: QuarantineEntry

    package init(number: Int64, entry: QuarantineEntry) {
        self.number = number
        self.entry = entry
    }
}

/// How much of one source is in the quarantine.
package struct QuarantinedSource: Sendable, Equatable {
    package var source: String
    package var records: Int
    /// How many of them are kept sealed, because the source cannot be read again.
    package var sealed: Int
    /// Records by the dialect that recognised them; the empty name where none did.
    package var byDialect: [String: Int]

    package init(source: String, records: Int, sealed: Int, byDialect: [String: Int]) {
        self.source = source
        self.records = records
        self.sealed = sealed
        self.byDialect = byDialect
    }
}
