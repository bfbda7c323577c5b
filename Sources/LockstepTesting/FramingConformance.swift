import AdapterKit

/// Checks that framing gives the same records however its input is cut.
public enum FramingConformance {
    /// What a stream is split into.
    public struct Result: Sendable, Equatable {
        public var records: [PlacedRecord] = []
        public var unframed: [UnframedRecord] = []

        /// The records as text.
        public var texts: [String] { records.map { String(decoding: $0.bytes, as: UTF8.self) } }
    }

    /// Splits `content` with `framing`, fed `chunkBytes` at a time; nil feeds all of it at once.
    public static func split(
        _ content: [UInt8], _ framing: FramingChoice, chunkBytes: Int? = nil,
        _ end: StreamEnd = .ended
    ) -> Result {
        var assembler = RecordAssembler(framing: framing)
        var result = Result()
        var rest = content[...]
        repeat {
            let chunk = rest.prefix(chunkBytes ?? rest.count)
            rest = rest.dropFirst(chunk.count)
            let batch = chunk.withUnsafeBytes {
                assembler.batch(appending: $0, rest.isEmpty ? end : .open)
            }
            result.records.append(contentsOf: PlacedRecord.all(of: batch))
            result.unframed.append(contentsOf: batch.unframed)
        } while !rest.isEmpty
        return result
    }

    /// Checks `content` whole, byte by byte and in chunks of several sizes, and returns its
    /// records.
    ///
    /// - Throws: `ConformanceFailure` if some way of cutting gives other records.
    @discardableResult
    public static func check(
        _ content: [UInt8], _ framing: FramingChoice, _ end: StreamEnd = .ended,
        chunkSizes: [Int] = [1, 2, 3, 7, 64, 4096]
    ) throws -> Result {
        let whole = split(content, framing, end)
        for record in whole.records {
            let start = Int(record.offset)
            try require(
                content[start..<start + record.bytes.count].elementsEqual(record.bytes),
                "the record at offset \(start) is not what the content has there")
        }
        for size in chunkSizes {
            let cut = split(content, framing, chunkBytes: size, end)
            try require(
                cut == whole,
                "in chunks of \(size): \(cut.records.count) records and \(cut.unframed.count) unframed, "
                    + "whole: \(whole.records.count) and \(whole.unframed.count), or other ones")
        }
        return whole
    }
}

/// Bytes in memory as a byte source, handed out a few at a time, with damage at their end if
/// wanted.
public final class ChunkedSource: ByteSource {
    private let content: [UInt8]
    private let chunkBytes: Int
    private let fault: SourceFault?
    private var given = 0

    public init(_ content: [UInt8], chunkBytes: Int = .max, fault: SourceFault? = nil) {
        self.content = content
        self.chunkBytes = chunkBytes
        self.fault = fault
    }

    public var storedBytesRead: UInt64 { UInt64(given) }

    public func read(into space: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = min(space.count, chunkBytes, content.count - given)
        if count == 0, let fault { throw fault }
        space.copyBytes(from: content[given..<given + count])
        given += count
        return count
    }
}
