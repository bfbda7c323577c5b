import AdapterKit
import CZlib

/// The stored bytes of one zip member: a stretch of the file.
final class ZipMemberBytes: ByteSource {
    private let file: FileByteSource
    private var position: UInt64
    private var left: UInt64

    /// - Throws: `SourceFault` where there is no member at the place that the directory says.
    init(_ file: FileByteSource, _ entry: ZipIndex.Entry, name: String) throws {
        self.file = file
        let header = try file.bytes(at: entry.headerOffset, 30)
        guard header.count == 30, header.number(0, 4) == 0x0403_4B50 else {
            throw SourceFault(
                source: name, offset: nil,
                cause: "is not where the archive's directory says; the archive is damaged")
        }
        position = entry.headerOffset + 30 + header.number(26, 2) + header.number(28, 2)
        left = entry.storedBytes
    }

    var storedBytesRead: UInt64 { file.storedBytesRead }

    func read(into space: UnsafeMutableRawBufferPointer) throws -> Int {
        guard left > 0 else { return 0 }
        try file.seek(to: position)
        let count = try file.read(
            into: UnsafeMutableRawBufferPointer(
                rebasing: space.prefix(Int(min(left, UInt64(space.count))))))
        position += UInt64(count)
        left -= UInt64(count)
        return count
    }
}

/// Decodes one zip member, stored or deflated (RFC 1951), and checks its CRC and length.
final class ZipInflater: Inflating {
    let memberMagic: [UInt8] = []

    /// Nil for a stored member.
    private let inflater: ZlibInflater?
    private let entry: ZipIndex.Entry
    private var written: UInt64 = 0
    private var checkSum: UInt = 0

    init(_ entry: ZipIndex.Entry, name: String) throws {
        self.entry = entry
        inflater = entry.method == 8 ? try ZlibInflater(.raw, source: name) : nil
    }

    func beginMember() { inflater?.beginMember() }

    func inflate(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> InflateStep {
        var step = inflater?.inflate(input, into: output) ?? copy(input, into: output)
        let fresh = output.bindMemory(to: UInt8.self).baseAddress
        checkSum = crc32(checkSum, fresh, UInt32(clamping: step.written))
        written += UInt64(step.written)
        guard step.state == .memberEnded else { return step }
        if written != entry.contentBytes {
            step.state = .damaged("incorrect length")
        } else if checkSum != UInt(entry.checkSum) {
            step.state = .damaged("incorrect data check")
        }
        return step
    }

    private func copy(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> InflateStep {
        let count = min(input.count, output.count)
        output.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[..<count]))
        let isLast = written + UInt64(count) >= entry.storedBytes
        return InflateStep(consumed: count, written: count, state: isLast ? .memberEnded : .more)
    }
}
