import Foundation
import IdentityModel
import Yams

/// A named set of rules, as `--signals` selects it.
public struct RuleSet: Sendable {
    /// `basic`, `standard`, or the folder it was read from.
    public let name: String
    /// The rules in the order of their names: an attempt's signal set numbers them so.
    public let rules: [SignalRule]
    /// How familiar people are known; nil where the set does not look at them.
    public let familiarity: Familiarity?
    /// The files' texts: what re-scoring compares.
    public let fingerprintText: String
    /// The files that it was read from, in the order of their names.
    public let files: [(name: String, text: String)]
    private let catalog: JourneyCatalog
    /// What the rules compile to, once for all machines and indexes of the set.
    let plan: SignalPlan

    /// The most rules of one set: a signal is a bit of 64.
    public static let rulesMax = 64
    /// The most selections of all temporal rules of a set together.
    static let selectionsMax = 64
    /// The file that speaks of the set itself.
    private static let ownFile = "set.yaml"

    /// The names of the built-in sets.
    public static var builtIn: [String] { EmbeddedSignals.sets.keys.sorted() }

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
        try self.init(name: name, files: files, catalog: catalog)
    }

    /// Reads a set from the texts of its files, as `files` of a set gives them.
    ///
    /// - Throws: `RuleSetError` with all errors at once, each naming file, line and remedy.
    public init(name: String, files: [(name: String, text: String)], catalog: JourneyCatalog) throws {
        var rules: [SignalRule] = []
        var familiarity: Familiarity?
        var errors: [String] = []
        for file in files.sorted(by: { $0.name < $1.name }) {
            var reader = RuleReader(file: file.name, catalog: catalog)
            if file.name == Self.ownFile || file.name.hasSuffix("/" + Self.ownFile) {
                familiarity = reader.familiarity(file.text)
            } else if let rule = reader.rule(file.text) {
                rules.append(rule)
            }
            errors += reader.errors
        }
        errors += Self.problems(of: rules, named: name, familiarity, areAllRead: errors.isEmpty)
        guard errors.isEmpty else { throw RuleSetError(problems: errors) }
        self.name = name
        self.rules = rules.sorted { $0.name < $1.name }
        self.familiarity = familiarity
        self.catalog = catalog
        plan = SignalPlan(rules: self.rules, catalog: catalog, familiarity: familiarity)
        self.files = files.sorted { $0.name < $1.name }
        fingerprintText = self.files.map { "\($0.name)\n\($0.text)" }.joined()
    }

    /// `other` with rules of the same names that differ otherwise, as `mark` tells re-scoring.
    init(_ other: RuleSet, rules: [SignalRule], _ mark: String) {
        name = other.name
        self.rules = rules
        familiarity = other.familiarity
        catalog = other.catalog
        files = other.files
        fingerprintText = mark + other.fingerprintText
        plan = SignalPlan(rules: rules, catalog: other.catalog, familiarity: other.familiarity)
    }

    /// The columns of events that the rules, and what a `MarkReader` tells, look at.
    public var columnsNeeded: SignalColumns {
        var columns: SignalColumns = [.step, .name, .subject]
        for rule in rules { columns.formUnion(SignalColumns(rule)) }
        if familiarity != nil { columns.formUnion([.address, .device]) }
        return columns
    }

    /// The compiled rules: those of the set, unless its journeys were others.
    func plan(for catalog: JourneyCatalog) -> SignalPlan {
        catalog == self.catalog
            ? plan : SignalPlan(rules: rules, catalog: catalog, familiarity: familiarity)
    }

    // MARK: Checking

    private static func problems(
        of rules: [SignalRule], named name: String, _ familiarity: Familiarity?, areAllRead: Bool
    ) -> [String] {
        var errors: [String] = []
        let names = rules.map(\.name)
        for (index, rule) in rules.enumerated() where names[..<index].contains(rule.name) {
            errors.append("\(name): two rules are called '\(rule.name)'; a rule's name must be its own")
        }
        if rules.count > rulesMax {
            errors.append("\(name): \(rules.count) rules; a set may hold \(rulesMax)")
        }
        let selections = rules.map(\.selections.count).filter { $0 > 1 }.reduce(0, +)
        if selections > selectionsMax {
            errors.append(
                "\(name): \(selections) selections of temporal rules; a set may hold \(selectionsMax)")
        }
        let asking = rules.filter { $0.selections.contains { !$0.match.newToActor.isEmpty } }
        for rule in asking where familiarity == nil {
            errors.append("\(rule.file): 'new_to_actor' needs 'familiarity: true' in set.yaml")
        }
        // A rule that could not be read is not missing: its own error says what to do.
        if areAllRead { errors += requirementProblems(rules) }
        return errors
    }

    private static func requirementProblems(_ rules: [SignalRule]) -> [String] {
        var errors: [String] = []
        for rule in rules {
            for required in rule.requires where !rules.contains(where: { $0.name == required }) {
                let known = rules.map(\.name).joined(separator: ", ")
                errors.append(
                    "\(rule.file): '\(rule.name)' requires '\(required)', which is no rule of the set;"
                        + " known: \(known)"
                )
            }
        }
        let required = rules.map { rule in
            rule.requires.compactMap { name in rules.firstIndex { $0.name == name } }
        }
        if let cycle = Requirements(required).cycle {
            let rule = rules[cycle]
            errors.append(
                "\(rule.file): '\(rule.name)' requires itself in the end;"
                    + " take one 'requires' out of the circle"
            )
        }
        return errors
    }

    private static func folder(_ path: String) throws -> [(name: String, text: String)] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw RuleSetError(problems: [
                "signals: no rule set and no folder is called '\(path)';"
                    + " built in: \(builtIn.joined(separator: ", "))"
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
                throw RuleSetError(problems: [
                    "\(full): cannot be read as UTF-8 text: \(error.localizedDescription)"
                ])
            }
        }
    }
}

/// What is wrong with a rule set: every problem at once.
public struct RuleSetError: Error, CustomStringConvertible {
    public let problems: [String]
    public var description: String { problems.joined(separator: "\n") }
}

/// Reading the file of the set itself.
extension RuleReader {
    /// How the set treats familiar people; nil where it does not look at them.
    mutating func familiarity(_ text: String) -> Familiarity? {
        guard let root = root(text, "set.yaml is a mapping of keys such as 'familiarity'"),
            let mapping = root.mapping
        else { return nil }
        refuseUnknown(in: mapping, known: ["description", "familiarity", "stale_credential"])
        guard let switched = mapping["familiarity"]?.bool else {
            problem(mapping["familiarity"] ?? root, "'familiarity' is true or false")
            return nil
        }
        var familiarity = Familiarity()
        if let node = mapping["stale_credential"] {
            if let stale = node.mapping, let events = stale["events"]?.int, (2...1000).contains(events) {
                refuseUnknown(in: stale, known: ["events", "timespan"])
                familiarity.staleEvents = events
                familiarity.staleTimespan = duration(stale["timespan"], "timespan", in: node)
            } else {
                problem(
                    node,
                    "'stale_credential' is a mapping such as {events: 5, timespan: 1h}, of 2 to 1000 events")
            }
        }
        return switched ? familiarity : nil
    }
}
