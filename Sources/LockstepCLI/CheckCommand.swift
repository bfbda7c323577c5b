import ArgumentParser
import Dialects
import IdentityModel
import SecuritySignals

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate dialects and rules, and run the dialects' samples.",
        discussion: """
            Every dialect's sample.log is read and compared with its expected.jsonl; a rule that no sample \
            reaches is an error. Your own dialects are checked beside the built-in ones with --dialects.
            """)

    @Option(help: ArgumentHelp("A folder of dialects that add to or replace the built-in ones.", valueName: "dir"))
    var dialects: String?

    @Option(help: ArgumentHelp("A rule set: basic, or a folder of rules.", valueName: "set"))
    var signals: String = "basic"

    func run() throws {
        let catalog = JourneyCatalog()
        let rules = try RuleSet(named: signals, catalog: catalog)
        let library = try DialectLibrary(catalog: catalog, overrides: dialects)
        let findings = try checkDialects(catalog: catalog, overrides: dialects)
        for finding in findings { Console.message(finding.description) }
        for dialect in library.descriptions {
            let own = findings.filter { $0.dialect == dialect.name }.count
            Console.data("\(own == 0 ? "ok  " : "FAIL")  dialect \(dialect.name) (version \(dialect.version)): \(dialect.title)")
        }
        for rule in rules.rules { Console.data("ok    rule \(rule.name): \(rule.title)") }
        guard findings.isEmpty else {
            Console.message("\(findings.count) findings; the first that names a dialect's line is usually the cause of the rest")
            throw ExitStatus.wrongUse
        }
    }
}
