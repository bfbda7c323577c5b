import Foundation
import Testing

/// A temporary folder in which the real command runs as a process.
///
/// Key and store have folders of their own in it, and it is the working folder, so that arguments
/// are as short as a user's. It goes when the last reference to it does.
final class Sandbox: Sendable {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("lockstep-cli-\(UUID().uuidString)")
        for part in ["key", "store"] {
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(part), withIntermediateDirectories: true)
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// How a command ended.
    struct Result {
        var status: Int32
        var output: Data
        var errors: String

        var text: String { String(decoding: output, as: UTF8.self) }
        var lines: [String] { text.split(separator: "\n").map(String.init) }

        func json() throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: output) as? [String: Any], "\(text.prefix(300))\(errors)")
        }
    }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// Writes a file of the sandbox and gives its name back.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let url = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        return name
    }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    /// Runs `lockstep` to its end.
    ///
    /// - Parameters:
    ///   - store: the name of the store's file.
    ///   - input: what stands on standard input; nothing where nil.
    func run(_ arguments: [String], store: String = "store/lockstep.sqlite", input: [UInt8]? = nil) throws -> Result {
        let process = try start(arguments, store: store, input: input)
        process.process.waitUntilExit()
        return try process.result()
    }

    func run(_ arguments: String...) throws -> Result { try run(arguments) }

    /// A command that runs.
    struct Running {
        let process: Process
        fileprivate let output: URL
        fileprivate let errors: URL

        func result() throws -> Result {
            defer {
                try? FileManager.default.removeItem(at: output)
                try? FileManager.default.removeItem(at: errors)
            }
            return Result(
                status: process.terminationStatus, output: try Data(contentsOf: output),
                errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
        }
    }

    /// Starts `lockstep`. Output goes to files, so that no pipe can fill up.
    func start(_ arguments: [String], store: String = "store/lockstep.sqlite", input: [UInt8]? = nil) throws -> Running {
        let process = Process()
        let executable: URL = try #require(Self.executable, "the command 'lockstep' was not built beside the tests")
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        var environment = ProcessInfo.processInfo.environment
        environment["LOCKSTEP_KEY"] = path("key/pseudonym.key")
        environment["LOCKSTEP_STORE"] = store
        environment["HOME"] = folder.path
        environment["NO_COLOR"] = "1"
        process.environment = environment
        let name = UUID().uuidString
        let running = Running(
            process: process, output: folder.appendingPathComponent(".\(name).out"),
            errors: folder.appendingPathComponent(".\(name).err"))
        for file in [running.output, running.errors] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: running.output)
        process.standardError = try FileHandle(forWritingTo: running.errors)
        if let input {
            let pipe = Pipe()
            process.standardInput = pipe
            try process.run()
            try pipe.fileHandleForWriting.write(contentsOf: Data(input))
            try pipe.fileHandleForWriting.close()
        } else {
            process.standardInput = FileHandle.nullDevice
            try process.run()
        }
        return running
    }

    /// The command, built beside the bundle of the tests.
    static let executable: URL? = {
        let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
        let places = bundles + [URL(fileURLWithPath: CommandLine.arguments[0]), Bundle.main.executableURL].compactMap { $0 }
        return places.map { $0.deletingLastPathComponent().appendingPathComponent("lockstep") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }()
}

/// What of a scorecard is the same however often and in whatever pieces its input was read.
func withoutIntegrity(_ card: String) -> String {
    card.range(of: "\n \"integrity\": {").map { String(card[..<$0.lowerBound]) } ?? card
}

/// The journey called `name` of a scorecard.
func journey(_ name: String, of card: [String: Any]) throws -> [String: Any] {
    let journeys = try #require(card["journeys"] as? [[String: Any]])
    return try #require(journeys.first { $0["journey"] as? String == name })
}

/// One counter of the integrity part, over all sources.
func integrity(_ counter: String, of card: [String: Any]) -> Int {
    let sources = (card["integrity"] as? [String: Any])?["sources"] as? [[String: Any]] ?? []
    return sources.reduce(0) { $0 + (($1[counter] as? NSNumber)?.intValue ?? 0) }
}
