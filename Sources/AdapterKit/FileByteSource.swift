#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The stored bytes of a file, a pipe or standard input.
public final class FileByteSource: ByteSource {
    /// What a person calls it: the path, or `-`.
    public let name: String
    /// Its length in bytes; nil where it has none, as a pipe.
    public let size: UInt64?
    /// Seconds since 1970 at which it was last written; nil for a pipe.
    public let modifiedSeconds: Int64?
    /// Counts no byte twice, so it never passes `size`, however often a zip's directory is
    /// consulted.
    public var storedBytesRead: UInt64 { min(bytesRead, size ?? .max) }

    private let descriptor: CInt
    private let ownsDescriptor: Bool
    private var position: UInt64 = 0
    private var bytesRead: UInt64 = 0

    /// Opens the file at `path`; `-` is standard input.
    ///
    /// - Throws: `SourceFault` saying why it cannot be read.
    public init(path: String) throws {
        name = path
        ownsDescriptor = path != "-"
        descriptor = ownsDescriptor ? open(path, O_RDONLY | O_CLOEXEC) : 0
        guard descriptor >= 0 else { throw SourceFault.system("cannot be opened", errno, path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            if ownsDescriptor { close(descriptor) }
            throw SourceFault.system("cannot be examined", code, path)
        }
        let type = status.st_mode & mode_t(S_IFMT)
        guard type != mode_t(S_IFDIR) else {
            if ownsDescriptor { close(descriptor) }
            throw SourceFault(
                source: path, offset: nil,
                cause: "is a folder, expected a file; name the files in it")
        }
        guard type == mode_t(S_IFREG) else {
            size = nil
            modifiedSeconds = nil
            return
        }
        size = UInt64(status.st_size)
        #if canImport(Darwin)
            modifiedSeconds = Int64(status.st_mtimespec.tv_sec)
        #else
            modifiedSeconds = Int64(status.st_mtim.tv_sec)
            posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        #endif
        let current = lseek(descriptor, 0, SEEK_CUR)
        position = current > 0 ? UInt64(current) : 0
    }

    deinit {
        if ownsDescriptor { close(descriptor) }
    }

    /// Whether it can be read again at the same place.
    public var isRereadable: Bool { size != nil && ownsDescriptor }

    public func read(into space: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            if size == nil { try waitUntilReadable() }
            #if canImport(Darwin)
                let count = Darwin.read(descriptor, space.baseAddress, space.count)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, space.baseAddress, space.count)
            #else
                let count = Glibc.read(descriptor, space.baseAddress, space.count)
            #endif
            if count >= 0 {
                position += UInt64(count)
                bytesRead += UInt64(count)
                return count
            }
            guard errno == EINTR else {
                throw SourceFault.system("reading failed", errno, name, offset: position)
            }
        }
    }

    public func skip(_ count: UInt64) throws {
        guard let size else { return try discard(count) }
        let count = min(count, size > position ? size - position : 0)
        try seek(to: position + count)
        bytesRead += count
    }

    /// Goes to `offset`, counted from the beginning of the file.
    public func seek(to offset: UInt64) throws {
        guard lseek(descriptor, off_t(clamping: offset), SEEK_SET) >= 0 else {
            throw SourceFault.system("seeking failed", errno, name, offset: offset)
        }
        position = offset
    }

    /// A pipe may stay silent for ever: wake now and then so that cancelling ends the wait.
    private func waitUntilReadable() throws {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            try Task.checkCancellation()
            let ready = poll(&request, 1, 100)
            if ready > 0 || (ready < 0 && errno != EINTR) { return }
        }
    }
}

extension SourceFault {
    /// A failed system call on `source`.
    static func system(
        _ action: String, _ code: CInt, _ source: String, offset: UInt64? = nil
    ) -> SourceFault {
        SourceFault(
            source: source, offset: offset, cause: "\(action): \(String(cString: strerror(code)))")
    }
}
