import Foundation
import IdentityModel

/// All dialects of this build and of a team, compiled, in order of their names.
public struct DialectLibrary: Sendable {
    let dialects: [CompiledDialect]
    let catalog: JourneyCatalog

    /// The built-in dialects, overridden and joined by those in the folder `overrides`, of which
    /// each subfolder that holds a `dialect.yaml` is one.
    ///
    /// - Throws: `DialectError` with everything that is wrong, in all files.
    public init(catalog: JourneyCatalog, overrides folder: String? = nil) throws {
        var sources = EmbeddedDialects.sources
        if let folder { try Self.addFolder(folder, to: &sources) }
        try self.init(catalog: catalog, sources: sources)
    }

    /// A library of the dialects whose files' texts `sources` holds by dialect name.
    package init(catalog: JourneyCatalog, sources: [String: DialectSource]) throws {
        self.catalog = catalog
        var compiled: [CompiledDialect] = []
        var problems: [DialectError.Problem] = []
        for (name, source) in sources.sorted(by: { $0.key < $1.key }) {
            let found = ProblemList(file: source.file)
            var reader = DialectReader(catalog: catalog, problems: found)
            if let definition = reader.read(source.text, folder: name) {
                let compiler = DialectCompiler(definition, catalog: catalog, problems: found)
                if let dialect = compiler.compile() { compiled.append(dialect) }
            }
            problems += found.problems.sorted { $0.line < $1.line }
        }
        guard problems.isEmpty else { throw DialectError(problems: problems) }
        dialects = compiled
    }

    /// The names of all dialects, sorted.
    public var names: [String] { dialects.map(\.name) }

    /// What one dialect says of itself.
    public struct Description: Sendable, Equatable {
        public var name: String
        public var version: Int
        public var title: String
        /// Its switches and their values unless a team changes them.
        public var settings: [String: String]
    }

    /// All dialects, by name.
    public var descriptions: [Description] {
        dialects.map { dialect in
            Description(
                name: dialect.name, version: dialect.version, title: dialect.title,
                settings: Dictionary(dialect.settings.map { ($0.name, $0.value) }) { first, _ in first })
        }
    }

    /// The number of the dialect called `name`, or nil.
    func index(of name: String) -> Int? { dialects.firstIndex { $0.name == name } }

    /// Adds the dialects in `folder` to `sources`; one of the same name is replaced.
    static func addFolder(_ folder: String, to sources: inout [String: DialectSource]) throws {
        let files = FileManager.default
        guard let names = try? files.contentsOfDirectory(atPath: folder) else {
            let problem = DialectError.Problem(
                file: folder, line: 0, text: "cannot be read; it must be a folder of dialects")
            throw DialectError(problems: [problem])
        }
        for name in names.sorted() {
            let path = "\(folder)/\(name)/dialect.yaml"
            guard files.fileExists(atPath: path) else { continue }
            guard let data = files.contents(atPath: path) else {
                let problem = DialectError.Problem(file: path, line: 0, text: "cannot be read")
                throw DialectError(problems: [problem])
            }
            func text(_ file: String) -> String? {
                files.contents(atPath: "\(folder)/\(name)/\(file)")
                    .map { String(decoding: $0, as: UTF8.self) }
            }
            sources[name] = DialectSource(
                file: path, text: String(decoding: data, as: UTF8.self), sample: text("sample.log"),
                expected: text("expected.jsonl"))
        }
    }
}

/// The files of one dialect.
package struct DialectSource: Sendable {
    /// What messages call the `dialect.yaml`.
    package var file: String
    /// The contents of `dialect.yaml`.
    package var text: String
    /// The contents of `sample.log` and `expected.jsonl`, where there are any.
    package var sample: String?
    package var expected: String?

    package init(file: String, text: String, sample: String? = nil, expected: String? = nil) {
        self.file = file
        self.text = text
        self.sample = sample
        self.expected = expected
    }
}

extension EmbeddedDialects {
    /// The built-in dialects by name.
    static var sources: [String: DialectSource] {
        var sources: [String: DialectSource] = [:]
        for (path, text) in files where path.hasSuffix("/dialect.yaml") {
            let name = String(path.dropLast("/dialect.yaml".count))
            sources[name] = DialectSource(
                file: path, text: text, sample: files["\(name)/sample.log"],
                expected: files["\(name)/expected.jsonl"])
        }
        return sources
    }
}
