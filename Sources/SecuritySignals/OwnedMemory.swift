#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Memory whose bytes are 0 at first, for values that hold it alone while they change it.
///
/// Not taken from the system before it is touched; from 2 MiB on in large pages where there are
/// some: a table that is read at random spends more time on finding its small pages than on reading.
final class OwnedMemory: @unchecked Sendable {
    // Who holds it sees to it, by `isKnownUniquelyReferenced`, that nobody reads while it writes.
    /// The first byte; a multiple of 64.
    let start: UnsafeMutableRawPointer
    private let bytes: Int
    private let block: UnsafeMutableRawPointer

    private static let largePageBytes = 1 << 21

    init(bytes: Int) {
        self.bytes = bytes
        let isLarge = bytes >= Self.largePageBytes
        let alignment = isLarge ? Self.largePageBytes : 64
        if let fresh = calloc(1, bytes + alignment) {
            block = fresh
        } else {
            // Out of memory: Swift's own allocation says so.
            block = .allocate(byteCount: bytes + alignment, alignment: 16)
            block.initializeMemory(as: UInt8.self, repeating: 0, count: bytes + alignment)
        }
        start = block.alignedUp(toMultipleOf: alignment)
        #if os(Linux)
            if isLarge { _ = madvise(start, bytes, MADV_HUGEPAGE) }
        #endif
    }

    convenience init(copying other: OwnedMemory) {
        self.init(bytes: other.bytes)
        start.copyMemory(from: other.start, byteCount: bytes)
    }

    deinit { free(block) }
}
