import Foundation

/// Packs bytes, as plainly as each format allows: deflate and Zstandard blocks that are stored as they are.
enum Packing {
    /// One gzip member (RFC 1952), with the header fields that are asked for.
    static func gzip(_ content: [UInt8], extra: [UInt8]? = nil, name: String? = nil, comment: String? = nil) -> [UInt8] {
        let flags: UInt8 = (extra == nil ? 0 : 4) | (name == nil ? 0 : 8) | (comment == nil ? 0 : 16)
        var bytes: [UInt8] = [0x1F, 0x8B, 8, flags, 0, 0, 0, 0, 0, 255]
        if let extra { bytes += little(extra.count, 2) + extra }
        if let name { bytes += Array(name.utf8) + [0] }
        if let comment { bytes += Array(comment.utf8) + [0] }
        return bytes + stored(content) + little(Int(crc(content)), 4) + little(content.count, 4)
    }

    /// BGZF: members of a bounded size that is in an extra field, and an empty one last.
    static func blockGzip(_ content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        for start in stride(from: 0, through: content.count, by: 1000) {
            let part = Array(content[start..<min(content.count, start + 1000)])
            let size = gzip(part, extra: [0x42, 0x43, 2, 0, 0, 0]).count - 1
            bytes += gzip(part, extra: [0x42, 0x43, 2, 0, UInt8(size & 0xFF), UInt8(size >> 8)])
        }
        return bytes + gzip([], extra: [0x42, 0x43, 2, 0, 0x1C, 0])
    }

    /// One Zstandard frame (RFC 8878) of raw blocks.
    static func zstd(_ content: [UInt8], blockBytes: Int = 1 << 16) -> [UInt8] {
        // A single segment whose size has four bytes; no check sum.
        var bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0b1010_0000] + little(content.count, 4)
        var start = 0
        repeat {
            let end = min(content.count, start + blockBytes)
            bytes += little((end - start) << 3 | (end == content.count ? 1 : 0), 3) + content[start..<end]
            start = end
        } while start < content.count
        return bytes
    }

    /// A tar (POSIX ustar) of files.
    static func tar(_ members: [(name: String, content: [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, content) in members {
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, at place: Int) { header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8) }
            put(name, at: 0)
            put("0000644\0", at: 100)
            put("0000000\0", at: 108)
            put("0000000\0", at: 116)
            put(octal(content.count, 11) + " ", at: 124)
            put(octal(1_772_400_000, 11) + " ", at: 136)
            put("        0", at: 148)
            put("ustar\u{0}00", at: 257)
            put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ", at: 148)
            bytes += header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
        }
        return bytes + [UInt8](repeating: 0, count: 1024)
    }

    /// A zip (APPNOTE 6.3) of stored files.
    static func zip(_ members: [(name: String, content: [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for (name, content) in members {
            let shared: [UInt8] =
                [20, 0, 0, 0, 0, 0, 0, 0, 0x61, 0x5C] + little(Int(crc(content)), 4) + little(content.count, 4)
                + little(content.count, 4) + little(name.utf8.count, 2) + [0, 0]
            directory +=
                [0x50, 0x4B, 1, 2, 20, 3] + shared + [UInt8](repeating: 0, count: 6) + little(0o100644 << 16, 4)
                + little(bytes.count, 4) + Array(name.utf8)
            bytes += [0x50, 0x4B, 3, 4] + shared + Array(name.utf8) + content
        }
        let end: [UInt8] = [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + little(members.count, 2) + little(members.count, 2)
        return bytes + directory + end + little(directory.count, 4) + little(bytes.count, 4) + [0, 0]
    }

    /// `content` as `python3` packs it with `module` (`bz2`, `lzma`, `gzip`); nil where it cannot.
    static func python(_ module: String, _ content: [UInt8]) throws -> [UInt8]? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import sys,\(module);sys.stdout.buffer.write(\(module).compress(sys.stdin.buffer.read()))"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        // What is packed here is smaller than a pipe holds, so that neither side waits for the other.
        try input.fileHandleForWriting.write(contentsOf: Data(content))
        try input.fileHandleForWriting.close()
        let packed = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? Array(packed) : nil
    }

    /// Deflate (RFC 1951) of stored blocks alone.
    private static func stored(_ content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var start = 0
        repeat {
            let end = min(content.count, start + 0xFFFF)
            bytes += [end == content.count ? 1 : 0] + little(end - start, 2) + little(~(end - start) & 0xFFFF, 2) + content[start..<end]
            start = end
        } while start < content.count
        return bytes
    }

    private static let crcTable: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    static func crc(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { crcTable[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 }
    }

    static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func octal(_ value: Int, _ digits: Int) -> String {
        let text = String(value, radix: 8)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
