/// Bytes of one stream in order, pulled by whoever frames them.
///
///     file ──▶ PeekableSource ──▶ inflated ──▶ PeekableSource ──▶ member of a tar ──▶ StreamReader
///
/// A decoder is a byte source over another, so containers nest without knowing of each other. It
/// writes straight into the reader's buffer; nothing is copied on the way.
public protocol ByteSource: AnyObject {
    /// Writes the next bytes into `space`, which is never empty, and returns how many; 0 at the
    /// end.
    ///
    /// - Throws: `SourceFault` for damage, but only once every byte before it has been returned.
    func read(into space: UnsafeMutableRawBufferPointer) throws -> Int

    /// Passes over the next `count` bytes.
    func skip(_ count: UInt64) throws

    /// How many bytes of the outermost source, as it is stored, have been read so far.
    var storedBytesRead: UInt64 { get }
}

extension ByteSource {
    /// Passes over the next `count` bytes.
    public func skip(_ count: UInt64) throws { try discard(count) }

    /// Passes over the next `count` bytes by reading them.
    public func discard(_ count: UInt64) throws {
        var left = count
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { scratch.deallocate() }
        while left > 0 {
            let space = UnsafeMutableRawBufferPointer(
                rebasing: scratch.prefix(Int(min(left, UInt64(scratch.count)))))
            let written = try read(into: space)
            if written == 0 { return }
            left -= UInt64(written)
        }
    }
}

/// A byte source whose first bytes can be looked at before they are read.
public final class PeekableSource: ByteSource {
    private let inner: any ByteSource
    private var buffered: [UInt8] = []
    private var given = 0
    private var failure: (any Error)?

    /// Looks ahead in `inner`, which must not be read elsewhere from now on.
    public init(_ inner: any ByteSource) { self.inner = inner }

    public var storedBytesRead: UInt64 { inner.storedBytesRead }

    /// Returns the next `count` bytes, or all there are if fewer, and leaves them to be read.
    ///
    /// Damage met while looking ahead is thrown by `read`, after the bytes before it.
    public func peek(_ count: Int) -> [UInt8] {
        while buffered.count - given < count, failure == nil {
            let wanted = count - (buffered.count - given)
            let filled = buffered.count
            buffered.append(contentsOf: repeatElement(0, count: wanted))
            var written = 0
            do {
                written = try buffered.withUnsafeMutableBytes {
                    try inner.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
                }
            } catch {
                failure = error
            }
            buffered.removeLast(wanted - written)
            if written == 0 { break }
        }
        return Array(buffered[given...].prefix(count))
    }

    /// The damage that looking ahead met, if it has not been thrown yet.
    public var pendingFailure: (any Error)? { failure }

    public func read(into space: UnsafeMutableRawBufferPointer) throws -> Int {
        if given < buffered.count {
            let count = min(space.count, buffered.count - given)
            space.copyBytes(from: buffered[given..<given + count])
            given += count
            if given == buffered.count {
                buffered = []
                given = 0
            }
            return count
        }
        if let failure { throw failure }
        return try inner.read(into: space)
    }

    public func skip(_ count: UInt64) throws {
        let fromBuffer = min(count, UInt64(buffered.count - given))
        given += Int(fromBuffer)
        guard count > fromBuffer else { return }
        if let failure { throw failure }
        try inner.skip(count - fromBuffer)
    }
}
