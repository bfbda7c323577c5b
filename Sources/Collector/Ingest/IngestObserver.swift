import AdapterKit
import Dialects
import Synchronization

/// What a run of adapters met, for messages and progress. Safe to use from any task.
package final class IngestObserver: Sendable {
    /// Counts so far.
    package struct Counts: Sendable {
        /// Bytes of the sources as stored (compressed).
        package var sourceBytes: UInt64 = 0
        package var records: UInt64 = 0
        package var events: UInt64 = 0
        package var ignored: UInt64 = 0
        package var quarantined: UInt64 = 0
        package var faults = 0
        package var streams = 0
    }

    private let counts = Mutex(Counts())
    /// Streams whose first records one dialect alone recognises, by dialect.
    private let ordinary = Mutex<[String: Int]>([:])
    private let say: @Sendable (String) -> Void
    private static let toldPerDialect = 3
    /// Records set aside so far, of all streams.
    private let setAside = Mutex(0)
    private static let toldSetAside = 5

    /// An observer that hands sentences for the user to `say`.
    package init(say: @escaping @Sendable (String) -> Void) { self.say = say }

    /// The counts at this moment.
    package var current: Counts { counts.withLock { $0 } }

    func add(_ change: (inout Counts) -> Void) { counts.withLock { change(&$0) } }

    /// Counts records that nobody normalizes.
    package func count(records: Int) { add { $0.records += UInt64(records) } }

    /// Says which dialect was chosen for a stream, and why.
    ///
    /// The first few streams of each dialect are told one by one, the rest are counted: see
    /// `tellUntold`. What is out of the ordinary is always told.
    func note(_ detection: DetectionReport, of stream: String) {
        guard let dialect = detection.chosen, detection.scores.count == 1 else {
            return say("\(stream): \(detection)")
        }
        let known = ordinary.withLock { ordinary in
            defer { ordinary[dialect, default: 0] += 1 }
            return ordinary[dialect, default: 0]
        }
        if known < Self.toldPerDialect { say("\(stream): \(detection)") }
    }

    /// Says how many streams were in the dialects that `note` stopped telling.
    package func tellUntold() {
        for (dialect, streams) in ordinary.withLock({ $0 }).sorted(by: { $0.key < $1.key })
        where streams > Self.toldPerDialect {
            say("\(dialect): so were \(streams - Self.toldPerDialect) more files, each by its own first records")
        }
    }

    /// Says that a record was set aside, where, and why: of the first few of a run. The quarantine
    /// lists all of them.
    func note(_ record: QuarantinedRecord, of stream: String) {
        let before = setAside.withLock { count in
            defer { count += 1 }
            return count
        }
        if before < Self.toldSetAside {
            say("\(stream): record at byte \(record.offset) set aside: \(record.cause)")
        } else if before == Self.toldSetAside {
            say("more records were set aside; 'lockstep quarantine list' names each")
        }
    }

    /// A sentence for the user.
    func tell(_ sentence: String) { say(sentence) }

    /// Damage of a source: counted and told.
    package func report(_ fault: SourceFault) {
        add { $0.faults += 1 }
        say(fault.description)
    }
}
