import AdapterKit
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
    private let say: @Sendable (String) -> Void

    /// An observer that hands sentences for the user to `say`.
    package init(say: @escaping @Sendable (String) -> Void) { self.say = say }

    /// The counts at this moment.
    package var current: Counts { counts.withLock { $0 } }

    func add(_ change: (inout Counts) -> Void) { counts.withLock { change(&$0) } }

    /// A sentence for the user.
    func tell(_ sentence: String) { say(sentence) }

    /// Damage of a source: counted and told.
    package func report(_ fault: SourceFault) {
        add { $0.faults += 1 }
        say(fault.description)
    }
}
