#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The right to write to a store, held by one process at a time.
///
/// An advisory lock on `<store>.lock`: the system gives it back when the process ends, however it
/// ends. The file stays, for removing it would let two writers hold locks on two files.
final class WriterLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock for the store at `path`.
    init(path: String) throws {
        descriptor = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError.inaccessible(path: path, cause: String(cString: strerror(errno)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StoreError.writerPresent(path: path)
        }
    }

    deinit { close(descriptor) }
}
