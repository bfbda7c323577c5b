#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Memory whose bytes are 0 and that is not taken before it is touched.
///
/// From 2 MiB on in large pages where the system has them: a table that is read at random spends
/// more time on finding its small pages than on the reading.
final class ZeroedMemory: @unchecked Sendable {
    // Whoever holds it sees to it that one at a time writes.
    /// The first byte; a multiple of 64.
    let start: UnsafeMutableRawPointer
    private let block: UnsafeMutableRawPointer

    private static let largePageBytes = 1 << 21

    /// `bytes` bytes.
    init(bytes: Int) {
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

    deinit { free(block) }
}
