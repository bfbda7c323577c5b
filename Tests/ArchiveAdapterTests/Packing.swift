import CArchive
import CZlib
import LockstepTesting

/// Packs bytes for tests, in memory.
enum Packing {
    /// One gzip member (RFC 1952), with the optional header fields that are asked for.
    static func gzip(
        _ content: [UInt8], level: CInt = 6, seconds: UInt32 = 0, extra: [UInt8]? = nil,
        name: String? = nil, comment: String? = nil, hasHeaderCheck: Bool = false
    ) -> [UInt8] {
        var flags: UInt8 = 0
        if hasHeaderCheck { flags |= 2 }
        if extra != nil { flags |= 4 }
        if name != nil { flags |= 8 }
        if comment != nil { flags |= 16 }
        var bytes: [UInt8] = [0x1F, 0x8B, 8, flags]
        bytes += littleEndian(UInt(seconds), 4) + [0, 3]
        if let extra { bytes += littleEndian(UInt(extra.count), 2) + extra }
        if let name { bytes += Array(name.utf8) + [0] }
        if let comment { bytes += Array(comment.utf8) + [0] }
        if hasHeaderCheck { bytes += littleEndian(UInt(check(bytes) & 0xFFFF), 2) }
        return bytes + deflate(content, level) + littleEndian(UInt(check(content)), 4)
            + littleEndian(UInt(content.count) & 0xFFFF_FFFF, 4)
    }

    /// BGZF: gzip members of at most 64 KiB, each with its size in an extra field, and an empty one
    /// last.
    static func blockGzip(_ content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        for start in stride(from: 0, through: content.count, by: 60_000) {
            let part = Array(content[start..<min(content.count, start + 60_000)])
            let size = gzip(part, extra: [0x42, 0x43, 2, 0, 0, 0]).count - 1
            bytes += gzip(part, extra: [0x42, 0x43, 2, 0, UInt8(size & 0xFF), UInt8(size >> 8)])
        }
        return bytes + gzip([], extra: [0x42, 0x43, 2, 0, 0x1B, 0])
    }

    /// A member of an archive.
    struct Member {
        enum Kind { case file, folder, link(to: String), hardLink(to: String) }
        var name: String
        var content: [UInt8] = []
        var seconds = 1_780_000_000
        var kind = Kind.file

        init(_ name: String, _ text: String) {
            self.name = name
            content = Array(text.utf8)
        }

        init(_ name: String, _ content: [UInt8] = [], kind: Kind = .file) {
            self.name = name
            self.content = content
            self.kind = kind
        }
    }

    /// Members packed as `format` (`ustar`, `pax`, `gnutar`, `v7tar`, `zip`, `raw`) and then with
    /// `filter`.
    static func archive(_ members: [Member], format: String, filter: String? = nil) throws
        -> [UInt8]
    {
        let handle = archive_write_new()
        defer { archive_write_free(handle) }
        guard archive_write_set_format_by_name(handle, format) == ARCHIVE_OK,
            filter.map({ archive_write_add_filter_by_name(handle, $0) == ARCHIVE_OK }) ?? true
        else {
            throw ConformanceFailure(
                "libarchive cannot write \(format) with \(filter ?? "no filter")")
        }
        archive_write_set_bytes_in_last_block(handle, 1)
        var space = [UInt8](
            repeating: 0, count: members.reduce(1 << 16) { $0 + $1.content.count * 2 + 4096 })
        var used = 0
        try space.withUnsafeMutableBytes { space in
            guard
                archive_write_open_memory(handle, space.baseAddress, space.count, &used)
                    == ARCHIVE_OK
            else {
                throw ConformanceFailure("libarchive cannot open")
            }
            for member in members { try write(member, to: handle) }
            guard archive_write_close(handle) == ARCHIVE_OK else {
                throw ConformanceFailure("libarchive cannot close")
            }
        }
        return Array(space[..<used])
    }

    /// One stream compressed with `filter` (`zstd`, `bzip2`, `xz`).
    static func compressed(_ content: [UInt8], filter: String) throws -> [UInt8] {
        try archive([Member("data", content)], format: "raw", filter: filter)
    }

    private static func write(_ member: Member, to handle: OpaquePointer?) throws {
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, member.name)
        archive_entry_set_mtime(entry, time_t(member.seconds), 0)
        archive_entry_set_perm(entry, 0o644)
        var type: UInt32 = 0o100000
        switch member.kind {
        case .file: archive_entry_set_size(entry, Int64(member.content.count))
        case .folder: type = 0o040000
        case .link(let target):
            type = 0o120000
            archive_entry_set_symlink_utf8(entry, target)
        case .hardLink(let target): archive_entry_set_hardlink_utf8(entry, target)
        }
        archive_entry_set_filetype(entry, type)
        guard archive_write_header(handle, entry) >= ARCHIVE_WARN,
            archive_write_data(handle, member.content, member.content.count) == member.content.count
        else {
            throw ConformanceFailure(
                "\(member.name) cannot be packed: \(String(cString: archive_error_string(handle)))")
        }
    }

    private static func deflate(_ content: [UInt8], _ level: CInt) -> [UInt8] {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        defer { stream.deallocate() }
        stream.initialize(to: z_stream())
        _ = lockstep_deflate_init(stream, level, -MAX_WBITS)
        defer { deflateEnd(stream) }
        var output = [UInt8](repeating: 0, count: Int(deflateBound(stream, UInt(content.count))))
        var content = content
        let written = content.withUnsafeMutableBufferPointer { content in
            output.withUnsafeMutableBufferPointer { output in
                stream.pointee.next_in = content.baseAddress
                stream.pointee.avail_in = UInt32(content.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                _ = CZlib.deflate(stream, Z_FINISH)
                return output.count - Int(stream.pointee.avail_out)
            }
        }
        return Array(output[..<written])
    }

    private static func check(_ bytes: [UInt8]) -> UInt { crc32(0, bytes, UInt32(bytes.count)) }

    private static func littleEndian(_ value: UInt, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt($0))) }
    }
}
