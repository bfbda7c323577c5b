import AdapterKit
import CArchive

/// Walks the members of a tar or zip archive with libarchive.
final class ContainerReader {
    /// A member that holds a file's content.
    struct Member {
        var name: String
        /// Seconds since 1970; nil where the archive does not say.
        var modifiedSeconds: Int64?
    }

    private let handle: OpaquePointer
    private let input: ContainerInput
    private let name: String
    private(set) var isUsable = true

    /// - Parameters:
    ///   - format: what `source` was sniffed as.
    ///   - name: what `source` is called in errors.
    /// - Throws: `SourceFault` if it cannot be read at all.
    init(_ source: any ByteSource, _ format: ContainerFormat, name: String) throws {
        self.name = name
        guard let handle = archive_read_new() else {
            throw SourceFault(source: name, offset: nil, cause: "libarchive got no memory")
        }
        self.handle = handle
        input = ContainerInput(source)
        guard Self.register(format, on: handle) == ARCHIVE_OK else {
            throw SourceFault(
                source: name, offset: nil,
                cause:
                    "is packed as \(format.name), which the installed libarchive cannot read; unpack it first"
            )
        }
        input.attach(to: handle)
        guard archive_read_open1(handle) >= ARCHIVE_WARN else {
            throw SourceFault(source: name, offset: 0, cause: "is damaged: \(Self.message(handle))")
        }
    }

    deinit { archive_read_free(handle) }

    var storedBytesRead: UInt64 { input.storedBytesRead }

    private static func register(_ format: ContainerFormat, on handle: OpaquePointer) -> CInt {
        switch format {
        case .tar: archive_read_support_format_tar(handle)
        case .zip: archive_read_support_format_zip(handle)
        default: ARCHIVE_FATAL
        }
    }

    /// Goes to the next member that is a file; nil at the end.
    ///
    /// - Throws: `SourceFault` if the archive is damaged here; nothing can be read after it.
    func nextMember() throws -> Member? {
        while isUsable {
            var entry: OpaquePointer?
            let status = archive_read_next_header(handle, &entry)
            if status == ARCHIVE_EOF {
                isUsable = false
                try input.rethrow()
                return nil
            }
            guard status >= ARCHIVE_WARN, let entry else {
                isUsable = false
                try input.rethrow()
                throw SourceFault(
                    source: name, offset: UInt64(clamping: archive_read_header_position(handle)),
                    cause: "is damaged: \(Self.message(handle))")
            }
            if let member = Self.member(entry) { return member }
        }
        return nil
    }

    /// Whether `name` is one of the notes that macOS puts beside files.
    static func isSideNote(_ name: String) -> Bool {
        let parts = name.split(separator: "/")
        return parts.first == "__MACOSX" || parts.last?.hasPrefix("._") == true
    }

    /// Directories, links and devices hold no records.
    private static func member(_ entry: OpaquePointer) -> Member? {
        let typeMask: UInt32 = 0o170000
        let regular: UInt32 = 0o100000
        let type = UInt32(archive_entry_filetype(entry)) & typeMask
        let bytes = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
        let name = bytes.map { String(cString: $0) } ?? "?"
        guard type == regular || (type == 0 && !name.hasSuffix("/")) else { return nil }
        guard archive_entry_hardlink(entry) == nil, archive_entry_symlink(entry) == nil else {
            return nil
        }
        guard !isSideNote(name) else { return nil }
        let modified =
            archive_entry_mtime_is_set(entry) != 0 ? Int64(archive_entry_mtime(entry)) : nil
        return Member(name: name, modifiedSeconds: modified)
    }

    /// A block of the current member's content.
    struct Block {
        var bytes: UnsafeRawBufferPointer
        /// Its place in the member; what was left out before it is zeros.
        var offset: UInt64
        /// What is wrong after it, if something is.
        var damage: String?
    }

    /// The next block of the current member, valid until the next call; nil at its end.
    func nextBlock() throws -> Block? {
        var bytes: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        let status = archive_read_data_block(handle, &bytes, &count, &offset)
        if status == ARCHIVE_EOF {
            try input.rethrow()
            return nil
        }
        if status == ARCHIVE_FATAL { isUsable = false }
        let damage: String? = status == ARCHIVE_OK ? nil : input.failureText ?? Self.message(handle)
        // With an error, libarchive leaves the pointer unset unless it decoded something before it.
        let content = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count)
        return Block(bytes: content, offset: UInt64(clamping: offset), damage: damage)
    }

    private static func message(_ handle: OpaquePointer) -> String {
        archive_error_string(handle).map { String(cString: $0) } ?? "it is in no known form"
    }
}
