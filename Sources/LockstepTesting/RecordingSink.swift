import AdapterKit
import Synchronization

/// A sink that keeps all it is given, in memory.
public final class RecordingSink: RecordSink {
    /// How it takes batches.
    public enum Behaviour: Sendable {
        /// At once.
        case taking
        /// Never again after so many, like a pipeline that stays full.
        case stalling(afterBatches: Int)
    }

    /// All that one stream was given.
    public struct Recorded: Sendable {
        public var identity: StreamIdentity
        /// The records, with their place in the uncompressed stream.
        public var records: [PlacedRecord] = []
        public var unframed: [UnframedRecord] = []
        public var faults: [SourceFault] = []
        /// The position of each delivery.
        public var positions: [StreamPosition] = []
        public var isFinished = false
        /// Whether something was delivered after a fault or after the end.
        public var wasDeliveredLate = false
        /// Whether two calls overlapped.
        public var hadOverlappingCalls = false
        var isBusy = false

        /// The records as text.
        public var texts: [String] { records.map { String(decoding: $0.bytes, as: UTF8.self) } }
    }

    private struct State {
        var streams: [Recorded] = []
        var faults: [SourceFault] = []
        var sourceBytes = 0
        var batches = 0
    }

    private let state = Mutex(State())
    private let behaviour: Behaviour

    public init(_ behaviour: Behaviour = .taking) { self.behaviour = behaviour }

    /// The streams in the order in which they were opened.
    public var streams: [Recorded] { state.withLock { $0.streams } }
    /// The faults that belong to no stream.
    public var faults: [SourceFault] { state.withLock { $0.faults } }
    /// All faults, those of streams first.
    public var allFaults: [SourceFault] {
        state.withLock { $0.streams.flatMap(\.faults) + $0.faults }
    }
    /// How many bytes of the sources were read.
    public var sourceBytes: Int { state.withLock { $0.sourceBytes } }
    /// How many batches were delivered.
    public var batches: Int { state.withLock { $0.batches } }

    /// The stream called `name`, if it was opened.
    public subscript(name: String) -> Recorded? { streams.first { $0.identity.name == name } }

    public func open(_ identity: StreamIdentity) async throws -> Stream {
        let index = state.withLock {
            $0.streams.append(Recorded(identity: identity))
            return $0.streams.count - 1
        }
        return Stream(sink: self, index: index)
    }

    public func report(_ fault: SourceFault) async { state.withLock { $0.faults.append(fault) } }

    public func advanced(sourceBytes: Int) async {
        state.withLock { $0.sourceBytes += sourceBytes }
    }

    fileprivate func update(_ index: Int, _ change: (inout Recorded) -> Void) {
        state.withLock { change(&$0.streams[index]) }
    }

    fileprivate func take(_ index: Int, _ batch: RecordBatch, _ position: StreamPosition)
        async throws
    {
        update(index) {
            if $0.isBusy { $0.hadOverlappingCalls = true }
            $0.isBusy = true
        }
        defer { update(index) { $0.isBusy = false } }
        let count = state.withLock {
            $0.batches += 1
            return $0.batches
        }
        if case .stalling(let after) = behaviour, count > after {
            // Only cancelling ends this.
            while true { try await Task.sleep(for: .seconds(3600)) }
        }
        await Task.yield()
        update(index) {
            if $0.isFinished || !$0.faults.isEmpty { $0.wasDeliveredLate = true }
            $0.records.append(contentsOf: PlacedRecord.all(of: batch))
            $0.unframed.append(contentsOf: batch.unframed)
            $0.positions.append(position)
        }
    }

    /// A stream of a recording sink.
    public struct Stream: RecordStream {
        fileprivate let sink: RecordingSink
        fileprivate let index: Int

        public func deliver(_ batch: RecordBatch, upTo position: StreamPosition) async throws {
            try await sink.take(index, batch, position)
        }

        public func durable(_ position: StreamPosition) async throws {}

        public func report(_ fault: SourceFault) async {
            sink.update(index) { $0.faults.append(fault) }
        }

        public func finish() async throws { sink.update(index) { $0.isFinished = true } }
    }
}

/// A record and its place in the uncompressed stream.
public struct PlacedRecord: Sendable, Equatable {
    public var offset: UInt64
    public var bytes: [UInt8]

    public init(offset: UInt64, bytes: [UInt8]) {
        self.offset = offset
        self.bytes = bytes
    }

    /// The records of `batch`.
    public static func all(of batch: RecordBatch) -> [PlacedRecord] {
        batch.spans.indices.map { index in
            let span = batch.spans[index]
            let start = Int(span.start)
            return PlacedRecord(
                offset: batch.offset(of: index),
                bytes: Array(batch.bytes[start..<start + Int(span.length)]))
        }
    }
}
