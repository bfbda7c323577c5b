/// Reads one byte source to its end as one stream: the loop that finite adapters share.
public struct StreamReader: Sendable {
    /// The stream's name, see `StreamIdentity`.
    public var name: String
    /// When the content was last written, see `StreamIdentity`.
    public var modifiedSeconds: Int64?
    /// Whether it can be read again at the same place.
    public var isRereadable: Bool

    public init(name: String, modifiedSeconds: Int64?, isRereadable: Bool) {
        self.name = name
        self.modifiedSeconds = modifiedSeconds
        self.isRereadable = isRereadable
    }

    /// Opens a stream of `sink` and delivers what `source` holds from `resume` on; returns early
    /// when the task is cancelled.
    ///
    /// Damage is reported after everything before it has been delivered. `meter` is shared by the
    /// streams of one file, so that its bytes are told to the sink once.
    /// - Throws: what the sink throws.
    public func read(
        _ source: PeekableSource, from resume: StreamPosition? = nil,
        meter: StoredBytesMeter = StoredBytesMeter(), into sink: some RecordSink
    ) async throws {
        let head = source.peek(FramingChoice.headBytes)
        if head.isEmpty, let failure = source.pendingFailure {
            if let fault = failure as? SourceFault { await sink.report(fault) }
            return
        }
        guard TextMark(head) != .utf16 else {
            await sink.report(
                SourceFault(
                    source: name, offset: 0,
                    cause:
                        "is text in UTF-16, expected UTF-8; convert it with 'iconv -f UTF-16 -t UTF-8'"
                ))
            return
        }
        let stream = try await sink.open(
            StreamIdentity(
                name: name, head: Array(head.prefix(RecordLimits.headBytes)),
                modifiedSeconds: modifiedSeconds, isRereadable: isRereadable))
        try await deliver(source, head, from: resume ?? .start, meter, to: stream, of: sink)
    }

    private func deliver(
        _ source: PeekableSource, _ head: [UInt8], from resume: StreamPosition,
        _ meter: StoredBytesMeter, to stream: some RecordStream, of sink: some RecordSink
    ) async throws {
        let choice = FramingChoice.decide(head: head)
        // Lines can be picked up anywhere. JSON is framed again from its beginning, because what a
        // bracket means depends on those before it.
        let markBytes: UInt64 = TextMark(head) == .utf8 ? 3 : 0
        let first = choice == .lines ? max(resume.rawValue, markBytes) : markBytes
        var assembler = RecordAssembler(framing: choice, startingAt: first)
        do {
            try source.skip(first)
        } catch let fault as SourceFault {
            await stream.report(fault)
            return try await stream.finish()
        }
        while !Task.isCancelled {
            let outcome = Result { try assembler.nextBatch(from: source) }
            await meter.tell(sink, source.storedBytesRead)
            switch outcome {
            case .success(nil): return try await stream.finish()
            case .success(var batch?):
                batch.drop(before: resume.rawValue)
                if !batch.isEmpty {
                    try await stream.deliver(
                        batch, upTo: StreamPosition(rawValue: assembler.position))
                }
            case .failure(let fault as SourceFault):
                await stream.report(fault)
                return try await stream.finish()
            case .failure: return
            }
        }
    }
}

/// Tells a sink how far a file has been read, each byte once.
public final class StoredBytesMeter {
    private var told: UInt64 = 0

    public init() {}

    /// Tells `sink` what has been read beyond what it was told before; `stored` is the file's
    /// count.
    public func tell(_ sink: some RecordSink, _ stored: UInt64) async {
        guard stored > told else { return }
        let news = stored - told
        told = stored
        await sink.advanced(sourceBytes: Int(news))
    }
}
