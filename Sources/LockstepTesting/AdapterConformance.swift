import AdapterKit

/// Checks that a finite source adapter keeps the promises of `SourceAdapter`.
///
///     try await AdapterConformance<LogFileAdapter>(
///         settings: .init(paths: [path]), content: [path: bytes]
///     ).check()
public struct AdapterConformance<Adapter: SourceAdapter>: Sendable {
    private let settings: Adapter.Settings
    private let content: [String: [UInt8]]
    private let patience: Duration
    private let resumesMax: Int

    /// - Parameters:
    ///   - settings: of an adapter that reads to an end, the same each time.
    ///   - content: the uncompressed bytes of each stream, by its name; streams that are left out
    ///     are not compared with their content.
    ///   - patience: how long ending may take after a cancel.
    ///   - resumesMax: from how many positions of each stream reading is taken up again.
    public init(
        settings: Adapter.Settings, content: [String: [UInt8]] = [:],
        patience: Duration = .seconds(10), resumesMax: Int = 8
    ) {
        self.settings = settings
        self.content = content
        self.patience = patience
        self.resumesMax = resumesMax
    }

    /// Runs every check.
    ///
    /// - Throws: `ConformanceFailure` for the first promise that is not kept.
    public func check() async throws {
        let reference = try await read()
        try checkStreams(reference)
        try checkContent(reference)
        try await checkInstances(reference)
        try await checkResume(reference)
        try await checkCancel()
    }

    private func read(_ resume: ResumePoints = ResumePoints()) async throws -> [RecordingSink
        .Recorded]
    {
        let sink = RecordingSink()
        try await Adapter(settings: settings).run(resume: resume, into: sink)
        return sink.streams.sorted { $0.identity.name < $1.identity.name }
    }

    /// Streams end, positions grow and lie behind what was delivered, faults come last.
    private func checkStreams(_ streams: [RecordingSink.Recorded]) throws {
        try require(!streams.isEmpty, "no stream was opened; give the check something to read")
        for stream in streams {
            let name = stream.identity.name
            try require(stream.isFinished, "\(name): the stream was not finished")
            try require(
                !stream.wasDeliveredLate, "\(name): records were delivered after a fault or the end"
            )
            try require(!stream.hadOverlappingCalls, "\(name): two calls of the stream overlapped")
            try require(
                stream.identity.head.count <= RecordLimits.headBytes,
                "\(name): the head has \(stream.identity.head.count) bytes, \(RecordLimits.headBytes) at most"
            )
            for (before, after) in zip(stream.positions, stream.positions.dropFirst()) {
                try require(
                    before <= after,
                    "\(name): position \(after.rawValue) came after \(before.rawValue)")
            }
            for (before, after) in zip(stream.records, stream.records.dropFirst()) {
                try require(
                    before.offset + UInt64(before.bytes.count) <= after.offset,
                    "\(name): the record at \(after.offset) begins inside the one before it")
            }
            if let last = stream.records.last, let position = stream.positions.last {
                try require(
                    last.offset + UInt64(last.bytes.count) <= position.rawValue,
                    "\(name): the last position \(position.rawValue) lies before the last record's end"
                )
            }
        }
    }

    private func checkContent(_ streams: [RecordingSink.Recorded]) throws {
        for (name, bytes) in content {
            guard let stream = streams.first(where: { $0.identity.name == name }) else {
                throw ConformanceFailure(
                    "\(name): this stream was not opened; got \(streams.map(\.identity.name))")
            }
            try require(
                stream.identity.head.elementsEqual(bytes.prefix(RecordLimits.headBytes)),
                "\(name): the head is not the content's first bytes")
            for record in stream.records {
                let end = record.offset + UInt64(record.bytes.count)
                try require(
                    end <= UInt64(bytes.count)
                        && bytes[Int(record.offset)..<Int(end)].elementsEqual(record.bytes),
                    "\(name): the record at offset \(record.offset) is not what the content has there"
                )
            }
        }
    }

    /// Two instances side by side read what one alone reads.
    private func checkInstances(_ reference: [RecordingSink.Recorded]) async throws {
        async let first = read()
        async let second = read()
        for other in try await [first, second] {
            try compare(other, reference, "two instances side by side")
        }
    }

    private func compare(
        _ found: [RecordingSink.Recorded], _ expected: [RecordingSink.Recorded], _ occasion: String
    ) throws {
        let names = (found.map(\.identity.name), expected.map(\.identity.name))
        try require(names.0 == names.1, "\(occasion): streams \(names.0), expected \(names.1)")
        for (one, other) in zip(found, expected) {
            let name = one.identity.name
            try require(
                one.records == other.records,
                "\(occasion): \(name): got \(one.records.count) records, expected \(other.records.count), the same"
            )
            try require(
                one.unframed == other.unframed, "\(occasion): \(name): other unframed records")
            try require(one.faults == other.faults, "\(occasion): \(name): other faults")
        }
    }

    /// Taking up from a position gives what follows it, neither more nor less.
    private func checkResume(_ reference: [RecordingSink.Recorded]) async throws {
        for stream in reference where stream.identity.isRereadable {
            let name = stream.identity.name
            let step = max(1, stream.positions.count / resumesMax)
            for index in Swift.stride(from: 0, to: stream.positions.count, by: step) {
                let position = stream.positions[index]
                let again = try await read(ResumePoints([name: position]))
                let expected = stream.records.filter { $0.offset >= position.rawValue }
                let found = again.first { $0.identity.name == name }?.records ?? []
                try require(
                    found == expected,
                    "\(name): resumed at \(position.rawValue): got \(found.count) records, expected "
                        + "the \(expected.count) that follow")
            }
        }
    }

    /// A cancelled adapter ends, even while the pipeline is full.
    private func checkCancel() async throws {
        let settings = settings
        let sink = RecordingSink(.stalling(afterBatches: 0))
        let running = Task {
            try await Adapter(settings: settings).run(resume: ResumePoints(), into: sink)
        }
        while sink.batches == 0 { await Task.yield() }
        let clock = ContinuousClock()
        let start = clock.now
        running.cancel()
        do {
            try await running.value
        } catch is CancellationError {
            throw ConformanceFailure("a cancelled adapter returns, but it threw CancellationError")
        }
        let took = clock.now - start
        try require(
            took < patience, "ending took \(took) after a cancel, expected less than \(patience)")
    }
}
