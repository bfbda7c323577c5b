import AdapterKit
import Foundation
import LockstepTesting
import Testing

@Suite("Path expansion") struct PathExpansionTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func expand(_ names: String...) -> PathExpansion {
        PathExpansion(names.map { $0 == "-" ? $0 : folder.path($0) })
    }

    private func names(_ expansion: PathExpansion) -> [String] {
        expansion.entries.map { $0.path.replacingOccurrences(of: folder.path + "/", with: "") }
    }

    @Test func `a folder stands for all files below it, sorted, hidden ones left out`() throws {
        for name in ["logs/b.log", "logs/a/z.log", "logs/a/.hidden", "logs/.git/x", "logs/B.log"] {
            try folder.write("x\n", to: name)
        }
        let expansion = expand("logs")
        #expect(names(expansion) == ["logs/B.log", "logs/a/z.log", "logs/b.log"])
        #expect(expansion.faults.isEmpty)
    }

    @Test func `a glob stands for what matches it, and nothing matching is a fault`() throws {
        for name in ["auth.log", "auth.log.1", "other"] { try folder.write("x\n", to: name) }
        #expect(names(expand("auth.log*")) == ["auth.log", "auth.log.1"])
        let none = expand("none*.log")
        #expect(none.entries.isEmpty)
        #expect(none.faults.map(\.cause) == ["no file matches this pattern"])
        #expect(none.faults[0].source.hasSuffix("none*.log"))
    }

    @Test func `a name with brackets is first of all a name`() throws {
        try folder.write("x\n", to: "a[1].log")
        #expect(names(expand("a[1].log")) == ["a[1].log"])
    }

    @Test func `a file that is reached twice is listed once`() throws {
        try folder.write("x\n", to: "logs/a.log")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("logs/b.log"), withDestinationPath: folder.path("logs/a.log"))
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("logs/loop"), withDestinationPath: folder.path("logs"))
        let expansion = expand("logs/a.log", "logs", "logs/*.log", "-", "-")
        #expect(names(expansion) == ["logs/a.log", "-"])
        #expect(expansion.faults.isEmpty)
    }

    @Test func `an empty folder, a missing file and an unreadable one are named`() throws {
        try FileManager.default.createDirectory(
            atPath: folder.path("empty/below"), withIntermediateDirectories: true)
        try folder.write("x", to: "empty/.hidden")
        let expansion = expand("empty", "missing.log")
        #expect(
            expansion.faults.map(\.source) == [folder.path("empty"), folder.path("missing.log")])
        #expect(expansion.faults[0].cause.hasPrefix("no logs in this folder"))
        #expect(expansion.faults[1].cause == "cannot be read: No such file or directory")
        try folder.write("x", to: "secret.log")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0], ofItemAtPath: folder.path("secret.log"))
        // root may read everything.
        guard getuid() != 0 else { return }
        let secret = expand("secret.log")
        #expect(secret.entries.isEmpty)
        #expect(secret.faults.map(\.cause) == ["cannot be opened: Permission denied"])
    }

    @Test func `the kind is told by content and not by name`() throws {
        try folder.write("plain\n", to: "a.gz")
        try folder.write([0x1F, 0x8B, 0x08, 0x00], to: "b.log")
        try folder.write([], to: "empty.log")
        #expect(try PathExpansion.sourceKind(of: folder.path("a.gz")) == .plain)
        #expect(try PathExpansion.sourceKind(of: folder.path("b.log")) == .archive)
        #expect(try PathExpansion.sourceKind(of: folder.path("empty.log")) == .plain)
        #expect(try PathExpansion.sourceKind(of: "-") == .archive)
        #expect(throws: SourceFault.self) { try PathExpansion.sourceKind(of: folder.path("none")) }
        #expect(throws: SourceFault.self) { try PathExpansion.sourceKind(of: folder.path) }
    }
}
