/// Fills record batches from a stream's bytes.
///
///     batch n    │ record │ record │ rec…            ◀── the source writes straight into the batch
///                                  └─────┐ carried
///     batch n+1  │ rec…ord │ record │ record │ r…
///
/// Only the unfinished record at the end is copied, once. Memory: one batch and one record at most.
public struct RecordAssembler {
    /// What the source's running dry means.
    public enum Exhaustion: Sendable {
        /// The stream is complete: what is left is its last record.
        case endsStream
        /// More may come later: what is left waits for it.
        case awaitsMore
    }

    private enum Framing {
        case lines(LineFraming)
        case json(JSONFraming)
    }

    /// Everything before it has been handed out in batches.
    public private(set) var position: UInt64
    private var framing: Framing
    private let exhaustion: Exhaustion
    private var carry: [UInt8] = []
    /// Position in the stream of the carry's first byte.
    private var carryOffset: UInt64
    private var spansExpected = 16
    private var failure: (any Error)?
    private var isEnded = false

    /// An assembler whose first byte is the one at `offset` in the stream.
    public init(
        framing choice: FramingChoice, startingAt offset: UInt64 = 0,
        exhaustion: Exhaustion = .endsStream
    ) {
        switch choice {
        case .lines: framing = .lines(LineFraming())
        case .json: framing = .json(JSONFraming())
        }
        self.exhaustion = exhaustion
        position = offset
        carryOffset = offset
    }

    /// Reads one batch's worth from `source`; nil when it has run dry.
    ///
    /// A batch may be empty, so that a caller gets to look around while a long record is dropped.
    /// - Throws: what `source` throws, after the batch of everything before it.
    public mutating func nextBatch(from source: any ByteSource) throws -> RecordBatch? {
        if let failure { throw failure }
        if isEnded { return nil }
        var isDry = false
        var failed: (any Error)?
        let held = carry.count
        let capacity = held + RecordLimits.batchBytes
        let chunk = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            let space = UnsafeMutableRawBufferPointer(buffer)
            space.copyBytes(from: carry)
            count = held
            do {
                while count < capacity {
                    let written = try source.read(
                        into: UnsafeMutableRawBufferPointer(rebasing: space[count...]))
                    if written == 0 {
                        isDry = true
                        break
                    }
                    count += written
                }
            } catch {
                failed = error
            }
        }
        failure = failed
        if isDry, exhaustion == .endsStream { isEnded = true }
        if isDry, exhaustion == .awaitsMore, chunk.count == held { return nil }
        return batch(of: chunk, failed != nil ? .cutOff : isEnded ? .ended : .open)
    }

    /// Frames `bytes` that arrived by themselves, as from a socket.
    public mutating func batch(
        appending bytes: UnsafeRawBufferPointer, _ end: StreamEnd = .open
    ) -> RecordBatch {
        var chunk = carry
        chunk.append(contentsOf: bytes)
        return batch(of: chunk, end)
    }

    private mutating func batch(of filled: consuming [UInt8], _ end: StreamEnd) -> RecordBatch {
        var bytes = filled
        var batch = RecordBatch()
        batch.streamOffset = carryOffset
        batch.spans.reserveCapacity(spansExpected)
        let (consumed, unfinishedSince) = bytes.withUnsafeBytes { frame($0, end, into: &batch) }
        spansExpected = batch.spans.count + batch.spans.count / 16 + 16
        carry.removeAll(keepingCapacity: true)
        carry.append(contentsOf: bytes[consumed...])
        carryOffset += UInt64(consumed)
        position = unfinishedSince ?? carryOffset
        bytes.removeLast(bytes.count - consumed)
        // A short stream must not keep a whole batch's memory waiting in the pipeline.
        batch.bytes = bytes.capacity > 4 * bytes.count + 4096 ? Array(bytes[...]) : bytes
        return batch
    }

    private mutating func frame(
        _ bytes: UnsafeRawBufferPointer, _ end: StreamEnd, into batch: inout RecordBatch
    ) -> (consumed: Int, unfinishedSince: UInt64?) {
        switch framing {
        case .lines(var lines):
            let consumed = lines.frame(bytes, at: carryOffset, end, into: &batch)
            framing = .lines(lines)
            return (consumed, lines.unfinishedSince)
        case .json(var json):
            let consumed = json.frame(bytes, at: carryOffset, end, into: &batch)
            framing = .json(json)
            return (consumed, json.unfinishedSince)
        }
    }
}

extension RecordBatch {
    /// Whether it holds nothing to hand over.
    public var isEmpty: Bool { spans.isEmpty && unframed.isEmpty }

    /// Leaves out what begins before `position`: it was handed over before.
    mutating func drop(before position: UInt64) {
        guard streamOffset < position else { return }
        let base = streamOffset
        spans.removeAll { base + UInt64($0.start) < position }
        unframed.removeAll { $0.offset < position }
    }
}
