import AdapterKit
import Testing

@Suite("Container formats") struct ContainerFormatTests {
    @Test(arguments: [
        ([0x1F, 0x8B, 0x08, 0x00], ContainerFormat.gzip),
        ([0x28, 0xB5, 0x2F, 0xFD], .zstd),
        ([0x5A, 0x2A, 0x4D, 0x18], .zstd),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .xz),
        ([0x50, 0x4B, 0x03, 0x04], .zip),
        ([0x50, 0x4B, 0x05, 0x06], .zip),
        (Array("BZh9".utf8) + [0x31, 0x41, 0x59, 0x26, 0x53, 0x59], .bzip2),
        (Array("BZh9".utf8) + [0x17, 0x72, 0x45, 0x38, 0x50, 0x90], .bzip2),
        ([0x04, 0x22, 0x4D, 0x18], .unsupported("LZ4 file")),
    ])
    func `are told by their first bytes`(head: [UInt8], format: ContainerFormat) {
        #expect(ContainerFormat.sniff(head) == format)
    }

    @Test(arguments: ["", "{\"a\":1}", "BZh9 is how a text may begin", "PK", "\u{1F}"])
    func `plain text is none of them`(text: String) {
        #expect(ContainerFormat.sniff(Array(text.utf8)) == .plain)
        #expect(
            ContainerFormat.sniff(Array(text.utf8) + [UInt8](repeating: 0x20, count: 600)) == .plain
        )
        #expect(ContainerFormat.sniff([UInt8](repeating: 0, count: 600)) == .plain)
    }

    @Test func `a tar without a magic number is known by its check sum`() {
        var header = [UInt8](repeating: 0, count: 512)
        header.replaceSubrange(0..<8, with: Array("auth.log".utf8))
        header.replaceSubrange(100..<107, with: Array("0000644".utf8))
        #expect(ContainerFormat.sniff(header) == .plain)
        let sum = header.reduce(0) { $0 + Int($1) } + 8 * 0x20
        let octal = Array(String(sum, radix: 8).utf8)
        header.replaceSubrange(148..<148 + octal.count, with: octal)
        #expect(ContainerFormat.sniff(header) == .tar)
    }
}
