/// How bytes are packed, told by their first bytes and never by a file's name.
public enum ContainerFormat: Sendable, Equatable {
    /// Not packed.
    case plain
    /// One compressed stream.
    case gzip, zstd, bzip2, xz
    /// An archive of members.
    case tar, zip
    /// A container that Lockstep does not read, by its name.
    case unsupported(String)

    /// How many first bytes `sniff` needs to decide.
    public static let headBytes = 512

    /// The format of content that begins with `head`.
    public static func sniff(_ head: [UInt8]) -> ContainerFormat {
        for (magic, format) in magics where head.starts(with: magic) { return format }
        if isBzip2(head) { return .bzip2 }
        if isSkippableZstdFrame(head) { return .zstd }
        if isTar(head) { return .tar }
        return .plain
    }

    private static let magics: [([UInt8], ContainerFormat)] = [
        ([0x1F, 0x8B], .gzip),
        ([0x28, 0xB5, 0x2F, 0xFD], .zstd),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .xz),
        ([0x50, 0x4B, 0x03, 0x04], .zip),
        ([0x50, 0x4B, 0x05, 0x06], .zip),
        ([0x50, 0x4B, 0x07, 0x08], .zip),
        ([0x50, 0x4B, 0x30, 0x30, 0x50, 0x4B], .zip),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .unsupported("7-Zip archive")),
        ([0x52, 0x61, 0x72, 0x21, 0x1A, 0x07], .unsupported("RAR archive")),
        ([0x04, 0x22, 0x4D, 0x18], .unsupported("LZ4 file")),
        ([0x4C, 0x5A, 0x49, 0x50, 0x01], .unsupported("lzip file")),
        ([0x1F, 0x9D], .unsupported("compress (.Z) file")),
    ]

    /// `BZh1`…`BZh9`, then the magic of a block or of an empty stream's end.
    private static func isBzip2(_ head: [UInt8]) -> Bool {
        guard head.count >= 10, head.starts(with: [0x42, 0x5A, 0x68]),
            (0x31...0x39).contains(head[3])
        else { return false }
        let mark = Array(head[4..<10])
        return mark == [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]
            || mark == [0x17, 0x72, 0x45, 0x38, 0x50, 0x90]
    }

    /// RFC 8878, section 3.1.2.
    private static func isSkippableZstdFrame(_ head: [UInt8]) -> Bool {
        head.count >= 4 && head[0] & 0xF0 == 0x50 && head[1...3].elementsEqual([0x2A, 0x4D, 0x18])
    }

    /// By the header's checksum, so that tars older than `ustar` are known too.
    private static func isTar(_ head: [UInt8]) -> Bool {
        guard head.count >= 512 else { return false }
        if head[257..<262].elementsEqual("ustar".utf8) { return true }
        var stored = 0
        for byte in head[148..<156] where (0x30...0x37).contains(byte) {
            stored = stored << 3 | Int(byte & 7)
        }
        var sum = 8 * 0x20
        for index in 0..<512 where !(148..<156).contains(index) { sum += Int(head[index]) }
        return head[0] != 0 && stored == sum
    }
}

extension ContainerFormat {
    /// What a person calls it.
    public var name: String {
        switch self {
        case .plain: "plain"
        case .gzip: "gzip"
        case .zstd: "Zstandard"
        case .bzip2: "bzip2"
        case .xz: "xz"
        case .tar: "tar archive"
        case .zip: "ZIP archive"
        case .unsupported(let name): name
        }
    }
}
