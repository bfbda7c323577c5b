import Foundation
import Testing

/// Archives that other projects keep for their own readers, through the whole command.
@Suite(
    "Archives of other projects on the command line",
    .enabled(if: SharedArchives.arePresent, "../shared/data/archives is absent"))
struct SharedArchiveTests {
    /// Files that are damaged, by what is said of them; the others are not named as such.
    private static let damaged = [
        "gzip/go-gunzip-08-hello-txt-corrupt-checksum.gz": "incorrect data check",
        "gzip/go-gunzip-09-hello-txt-corrupt-size.gz": "incorrect length check",
        "gzip/go-gunzip-11-truncated-gzip-file-amid-raw-block.gz": "cut off",
        "gzip/go-gunzip-12-truncated-gzip-file-amid-fixed-block.gz": "cut off",
        "gzip/go-gunzip-13-gzip-header-with-truncated-name.gz": "cut off",
        "gzip/go-gunzip-14-gzip-header-with-truncated-comment.gz": "cut off",
        "zip/test-baddirsz.zip": "is damaged",
    ]

    @Test func `a folder of them is read to its end, and each damage is named`() throws {
        let sandbox = try Sandbox()
        let result = try sandbox.run("replay", SharedArchives.folder)
        #expect(result.status == 1)
        let faults = result.errors.split(separator: "\n").filter { line in
            Self.damaged.values.contains { line.contains($0) }
        }
        #expect(faults.count == Self.damaged.count, "\(faults)")
        for (file, cause) in Self.damaged {
            #expect(faults.contains { $0.hasPrefix("\(SharedArchives.folder)/\(file): ") && $0.contains(cause) }, "\(file)")
        }
        // No line of them is an identity log: each is in the quarantine with its place.
        let list = try sandbox.run("quarantine", "--limit", "100000")
        #expect(list.lines.contains { $0.contains("go-gunzip-04-shesells-txt.gz\t0\t") })
        #expect(list.lines.contains { $0.contains("zip/unix.zip!dir/bar\t0\t4\t") })
        #expect(result.errors.contains(" \(list.lines.count) quarantined (lockstep quarantine list)"))
    }
}

private enum SharedArchives {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../shared/data/archives").standardized.path
    static var arePresent: Bool { FileManager.default.fileExists(atPath: folder) }
}
