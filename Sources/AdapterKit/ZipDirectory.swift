/// The record that ends a zip archive (APPNOTE 4.3.16), by which one is known whatever precedes it,
/// such as a program that unpacks it.
public enum ZipDirectory {
    private static let bytes = 22
    /// The comment that may follow has at most 65,535 bytes.
    private static let commentBytesMax = 65_535

    /// Whether `file`, which begins with `head`, ends with that record and its comment; leaves it
    /// at the end of `head` or throws `SourceFault`.
    ///
    /// Bytes after the comment are let through, as other readers do. Where `head` says already that the file is packed in another way, the answer is false.
    public static func isAtEnd(of file: FileByteSource, head: [UInt8]) throws -> Bool {
        let format = ContainerFormat.sniff(head)
        guard let size = file.size, size >= UInt64(bytes), format == .plain || format == .zip else {
            return false
        }
        let tailBytes = Int(min(size, UInt64(bytes + commentBytesMax)))
        try file.seek(to: size - UInt64(tailBytes))
        var tail = [UInt8](repeating: 0, count: tailBytes)
        var filled = 0
        while filled < tailBytes {
            let count = try tail.withUnsafeMutableBytes {
                try file.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
            }
            if count == 0 { break }
            filled += count
        }
        try file.seek(to: UInt64(head.count))
        guard filled == tailBytes else { return false }
        return stride(from: tailBytes - bytes, through: 0, by: -1).contains { at in
            tail[at] == 0x50 && tail[at + 1] == 0x4B && tail[at + 2] == 5 && tail[at + 3] == 6
                && Int(tail[at + 20]) | Int(tail[at + 21]) << 8 <= tailBytes - at - bytes
        }
    }
}
