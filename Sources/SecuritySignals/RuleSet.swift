import Foundation
import IdentityModel
import Yams

/// A named set of rules, as `--signals` selects it.
public struct RuleSet: Sendable {
    /// `basic`, or the folder it was read from.
    public let name: String
    /// The rules in the order of their names: an attempt's signal set numbers them so.
    public let rules: [SignalRule]
    /// The files' texts: what re-scoring compares.
    public let fingerprintText: String

    /// The most rules of one set: a signal is a bit of 64.
    public static let rulesMax = 64

    /// Reads the built-in set called `name`, or every `.yaml` file of the folder `name`.
    ///
    /// - Throws: `RuleSetError` with all errors at once, each naming file, line and remedy.
    public init(named name: String, catalog: JourneyCatalog) throws {
        let files: [(name: String, text: String)]
        if let embedded = EmbeddedSignals.sets[name] {
            files = embedded.map { ("signals/\(name)/\($0.name)", $0.text) }
        } else {
            files = try Self.folder(name)
        }
        var rules: [SignalRule] = []
        var errors: [String] = []
        for file in files.sorted(by: { $0.name < $1.name }) {
            var reader = RuleReader(file: file.name, catalog: catalog)
            if let rule = reader.rule(file.text) { rules.append(rule) }
            errors += reader.errors
        }
        let names = rules.map(\.name)
        for (index, rule) in rules.enumerated() where names[..<index].contains(rule.name) {
            errors.append("\(name): two rules are called '\(rule.name)'; a rule's name must be its own")
        }
        if rules.count > Self.rulesMax {
            errors.append("\(name): \(rules.count) rules; a set may hold \(Self.rulesMax)")
        }
        guard errors.isEmpty else { throw RuleSetError(problems: errors) }
        self.name = name
        self.rules = rules.sorted { $0.name < $1.name }
        fingerprintText = files.sorted { $0.name < $1.name }.map { "\($0.name)\n\($0.text)" }.joined()
    }

    private static func folder(_ path: String) throws -> [(name: String, text: String)] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            let known = EmbeddedSignals.sets.keys.sorted().joined(separator: ", ")
            throw RuleSetError(problems: [
                "signals: no rule set and no folder is called '\(path)'; built in: \(known)"
            ])
        }
        let files = names.filter { $0.hasSuffix(".yaml") }.sorted()
        guard !files.isEmpty else {
            throw RuleSetError(problems: ["signals: '\(path)' holds no .yaml file"])
        }
        return try files.map { file in
            let full = path + "/" + file
            do {
                return (full, try String(contentsOfFile: full, encoding: .utf8))
            } catch {
                throw RuleSetError(problems: ["\(full): cannot be read as UTF-8 text: \(error.localizedDescription)"])
            }
        }
    }
}

/// What is wrong with a rule set: every problem at once.
public struct RuleSetError: Error, CustomStringConvertible {
    public let problems: [String]
    public var description: String { problems.joined(separator: "\n") }
}
