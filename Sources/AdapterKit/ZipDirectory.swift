/// The record that ends a zip archive (APPNOTE 4.3.16), by which one is known whatever precedes it,
/// such as a program that unpacks it.
public enum ZipDirectory {
    private static let bytes = 22

    /// Whether `file`, which begins with `head`, ends with that record; leaves it at its beginning
    /// or throws `SourceFault`.
    ///
    /// Where `head` says already what the file is, or the record has a comment, the answer is
    /// false.
    public static func isAtEnd(of file: FileByteSource, head: [UInt8]) throws -> Bool {
        let format = ContainerFormat.sniff(head)
        guard let size = file.size, size >= UInt64(bytes), format == .plain || format == .zip else {
            return false
        }
        try file.seek(to: size - UInt64(bytes))
        var record = [UInt8](repeating: 0, count: bytes)
        let count = try record.withUnsafeMutableBytes { try file.read(into: $0) }
        try file.seek(to: UInt64(head.count))
        return count == bytes && record.starts(with: [0x50, 0x4B, 0x05, 0x06])
    }
}
