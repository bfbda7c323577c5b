import ArgumentParser
import Dialects
import IdentityModel
import SecuritySignals

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate dialects and rules, and run their samples and examples.",
        discussion: """
            Every dialect's sample.log is read and compared with its expected.jsonl; a rule that no sample \
            reaches is an error. Every signal rule's examples are run: events it must and must not fire on. \
            Your own dialects are checked beside the built-in ones with --dialects, your own rules with --signals.
            """)

    @Option(help: ArgumentHelp("A folder of dialects that add to or replace the built-in ones.", valueName: "dir"))
    var dialects: String?

    @Option(help: ArgumentHelp("A folder of rules; otherwise every built-in rule set is checked.", valueName: "set"))
    var signals: String?

    func run() throws {
        let catalog = JourneyCatalog()
        let problems = try checkEveryDialect(catalog) + checkEveryRule(catalog)
        for problem in problems { Console.message(problem) }
        guard problems.isEmpty else {
            Console.message(
                "\(problems.count) findings; the first that names a dialect's line is usually the cause of the rest")
            throw ExitStatus.wrongUse
        }
    }

    /// A line for each dialect on the terminal; gives what is wrong.
    private func checkEveryDialect(_ catalog: JourneyCatalog) throws -> [String] {
        let library = try DialectLibrary(catalog: catalog, overrides: dialects)
        let findings = try checkDialects(catalog: catalog, overrides: dialects)
        for dialect in library.descriptions {
            let isSound = !findings.contains { $0.dialect == dialect.name }
            Console.data("\(verdict(isSound))  dialect \(dialect.name) (version \(dialect.version)): \(dialect.title)")
        }
        return findings.map(\.description)
    }

    /// A line for each rule on the terminal; gives what is wrong.
    private func checkEveryRule(_ catalog: JourneyCatalog) throws -> [String] {
        try (signals.map { [$0] } ?? RuleSet.builtIn).flatMap { name in
            let rules = try RuleSet(named: name, catalog: catalog)
            let findings = rules.runExamples()
            for rule in rules.rules {
                let isSound = !findings.contains { $0.rule == rule.name }
                let examples = rule.examples.isEmpty ? "" : " (\(rule.examples.count) examples)"
                Console.data("\(verdict(isSound))  rule \(name)/\(rule.name): \(rule.title)\(examples)")
            }
            return findings.map(\.description)
        }
    }

    private func verdict(_ isSound: Bool) -> String { isSound ? "ok  " : "FAIL" }
}
