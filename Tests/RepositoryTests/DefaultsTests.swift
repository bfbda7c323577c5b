import Foundation
import Testing

/// What is shipped as data is complete and is what the binary holds.
@Suite("Shipped defaults") struct DefaultsTests {
    @Test func `every dialect is a folder of four files`() throws {
        let folders = Repository.folders(in: "config/dialects")
        #expect(folders.count >= 14)
        for folder in folders {
            for file in ["dialect.yaml", "sample.log", "expected.jsonl", "README.md"] {
                let path = Repository.root.appendingPathComponent("config/dialects/\(folder)/\(file)").path
                #expect(FileManager.default.fileExists(atPath: path), "config/dialects/\(folder) lacks \(file)")
            }
        }
    }

    /// Runs the generator over a copy of the tree and compares.
    @Test func `the built-in defaults are generated from config`() throws {
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("lockstep-embed-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        for folder in ["Sources/Dialects", "Sources/SecuritySignals"] {
            try FileManager.default.createDirectory(at: copy.appendingPathComponent(folder), withIntermediateDirectories: true)
        }
        try FileManager.default.copyItem(at: Repository.root.appendingPathComponent("config"), to: copy.appendingPathComponent("config"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [copy.appendingPathComponent("config/embed.sh").path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        for file in ["Sources/Dialects/EmbeddedDialects.swift", "Sources/SecuritySignals/EmbeddedSignals.swift"] {
            let fresh = try String(contentsOf: copy.appendingPathComponent(file), encoding: .utf8)
            #expect(try fresh == Repository.text(file), "\(file) is stale: run `make embed`")
        }
    }

    @Test func `each adapter has its sample and its page`() {
        for folder in Repository.folders(in: "Plugins") where folder != "examples" {
            for file in ["sample.yaml", "README.md"] {
                let path = Repository.root.appendingPathComponent("Plugins/\(folder)/\(file)").path
                #expect(FileManager.default.fileExists(atPath: path), "Plugins/\(folder) lacks \(file)")
            }
        }
    }
}
