import AdapterKit
import ArchiveAdapter
import Foundation
import LockstepTesting
import Testing

/// Cases that other projects keep for their own readers, read in place; skipped where they are
/// absent.
@Suite(
    "Archives of other projects",
    .enabled(if: SharedArchives.arePresent, "../shared/data/archives is absent"))
struct SharedArchiveTests {
    @Test(arguments: SharedArchives.cases) func `read as they should`(expected: SharedArchives.Case)
        async throws
    {
        let path = "\(SharedArchives.folder)/\(expected.file)"
        let found = try await Reading().read(path: path)
        var contents: [String: String] = [:]
        for stream in found.sink.streams {
            let name =
                stream.identity.name == path
                ? "" : String(stream.identity.name.dropFirst(path.count + 1))
            contents[name] = stream.texts.joined(separator: "\n")
        }
        #expect(contents.keys.sorted() == expected.contents.keys.sorted())
        for (name, start) in expected.contents {
            #expect(contents[name]?.hasPrefix(start) == true, "\(name)")
        }
        let causes = found.sink.allFaults.map(\.cause)
        #expect(causes.count == (expected.fault == nil ? 0 : 1), "\(causes)")
        if let fault = expected.fault {
            #expect(causes.first?.contains(fault) == true, "\(causes)")
        }
    }

    @Test func `every case is judged`() throws {
        for kind in ["gzip", "zip"] {
            let files = try FileManager.default.contentsOfDirectory(
                atPath: "\(SharedArchives.folder)/\(kind)")
            let judged = Set(SharedArchives.cases.map(\.file))
            for file in files {
                #expect(judged.contains("\(kind)/\(file)"), "\(file) has no expectation")
            }
        }
    }
}

enum SharedArchives {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/data/archives").standardized.path

    static var arePresent: Bool { FileManager.default.fileExists(atPath: folder) }

    struct Case: Sendable, CustomTestStringConvertible {
        var file: String
        /// What each stream's content begins with, by member; the file itself is "".
        var contents: [String: String]
        var fault: String?
        var testDescription: String { file }
    }

    private static func gzip(_ name: String, _ content: String?, _ fault: String? = nil) -> Case {
        Case(
            file: "gzip/go-gunzip-\(name).gz", contents: content.map { ["": $0] } ?? [:],
            fault: fault)
    }

    private static func zip(_ name: String, _ contents: [String: String], _ fault: String? = nil)
        -> Case
    {
        Case(file: "zip/\(name)", contents: contents, fault: fault)
    }

    private static let testContent = ["test.txt": "This is a test text file.", "gophercolor16x16.png": ""]

    static let cases = [
        gzip("00-empty-txt", ""), gzip("01-empty-with-no-file-name", ""),
        gzip("02-hello-txt", "hello world"),
        gzip("03-hello-txt-x2", "hello world\nhello world"),
        gzip("04-shesells-txt", "she sells seashells"),
        gzip("05-gettysburg", "  Four score and seven years ago"),
        gzip("06-hello-txt-garbage", "hello world"), gzip("07-hello-txt-garbage", "hello world"),
        gzip("08-hello-txt-corrupt-checksum", "hello world", "incorrect data check"),
        gzip("09-hello-txt-corrupt-size", "hello world", "incorrect length check"),
        gzip("10-header-with-all-fields-used", ""),
        gzip("11-truncated-gzip-file-amid-raw-block", "", "cut off"),
        gzip("12-truncated-gzip-file-amid-fixed-block", "", "cut off"),
        gzip("13-gzip-header-with-truncated-name", "hello world", "cut off"),
        gzip("14-gzip-header-with-truncated-comment", "hello world", "cut off"),
        zip("crc32-not-streamed.zip", ["foo.txt": "foo", "bar.txt": "bar"]),
        zip("dd.zip", ["filename": "This is a test textfile."]),
        zip("dupdir.zip", ["a/b": "", "a/b/c": ""]), zip("readme.notzip", ["": ""]),
        zip("subdir.zip", ["a/b/c": ""]), zip("symlink.zip", [:]),
        zip("test-baddirsz.zip", [:], "is damaged"),
        zip("test-prefix.zip", testContent),
        zip("test-trailing-junk.zip", testContent),
        zip("test.zip", testContent),
        zip("unix.zip", ["hello": "world", "dir/bar": "foo", "readonly": "important"]),
        zip("utf8-infozip.zip", ["世界": ""]), zip("utf8-osx.zip", ["世界": ""]),
        zip("winxp.zip", ["hello": "world", "dir/bar": "foo", "readonly": "important"]),
        zip("zip64.zip", ["README": "This small file"]),
        zip("zip64-2.zip", ["README": "This small file"]),
    ]
}
