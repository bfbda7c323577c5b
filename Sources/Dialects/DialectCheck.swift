import AdapterKit
import Foundation
import IdentityModel

/// Something that a dialect's sample shows to be wrong.
public struct DialectCheckFinding: Sendable, Equatable, CustomStringConvertible {
    public var dialect: String
    /// The file that the line number counts in, such as `keycloak/sample.log`.
    public var file: String
    /// From 1; 0 where no line is to blame.
    public var line: Int
    /// What is wrong, what was expected and what came.
    public var text: String

    /// `keycloak/sample.log:12: 'outcome' is 'success', expected 'failure'`.
    public var description: String {
        line > 0 ? "\(file):\(line): \(text)" : "\(file): \(text)"
    }
}

/// Reads each dialect's sample and compares it with what is expected of it.
///
/// - A sample is read as if at the newest time expected of it, as one stream, by its own dialect.
/// - Each record of the sample must become what its line of the expectation says.
/// - Each rule must be reached by some record. Where a rule asks for another value of a setting
///   than the usual one, the sample is read once more with that value to see.
///
/// - Returns: what is wrong; empty when all is right.
/// - Throws: `DialectError` where a dialect cannot be compiled at all.
public func checkDialects(
    catalog: JourneyCatalog, overrides folder: String? = nil
) throws -> [DialectCheckFinding] {
    var sources = EmbeddedDialects.sources
    if let folder { try DialectLibrary.addFolder(folder, to: &sources) }
    return try checkDialects(catalog: catalog, sources: sources)
}

/// Checks the dialects whose files' texts `sources` holds by dialect name.
package func checkDialects(
    catalog: JourneyCatalog, sources: [String: DialectSource]
) throws -> [DialectCheckFinding] {
    let library = try DialectLibrary(catalog: catalog, sources: sources)
    return try library.names.flatMap { name -> [DialectCheckFinding] in
        guard let source = sources[name] else { return [] }
        return try DialectCheck(library, name, source).findings()
    }
}

/// The check of one dialect.
struct DialectCheck {
    private let library: DialectLibrary
    private let dialect: CompiledDialect
    private let folder: String
    private let sample: String?
    private let expected: [(line: Int, values: [String: String])]
    private var found: [DialectCheckFinding] = []

    init(_ library: DialectLibrary, _ name: String, _ source: DialectSource) throws {
        self.library = library
        dialect = library.dialects[library.index(of: name) ?? 0]
        folder = source.file.hasSuffix("/dialect.yaml")
            ? String(source.file.dropLast("/dialect.yaml".count)) : name
        sample = source.sample
        expected = (source.expected ?? "").split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
            .filter { !$1.allSatisfy(\.isWhitespace) }
            .map { ($0 + 1, Self.object(String($1))) }
    }

    /// Everything that is wrong.
    consuming func findings() throws -> [DialectCheckFinding] {
        guard let sample else {
            note("sample.log", 0, "is missing; it must hold at least one record for every rule")
            return found
        }
        for line in expected where line.values.isEmpty {
            note("expected.jsonl", line.line, "is no JSON object with values")
        }
        let records = SampleRecords(sample)
        let run = try SampleRun(library, dialect.name, records, now: newest, settings: [:])
        compare(run, records)
        var reached = run.reached
        for (setting, value) in otherSettings {
            let settings = [dialect.name: [setting: value]]
            let other = try SampleRun(library, dialect.name, records, now: newest, settings: settings)
            reached.formUnion(other.reached)
        }
        for rule in 0..<dialect.rules.count where !reached.contains(rule) {
            note("dialect.yaml", dialect.ruleLines[rule], "no record of sample.log reaches this rule")
        }
        return found
    }

    private var newest: Int64 {
        var zones = TimeReader(zones: [.utc], years: YearClock(year: nil, newest: 0))
        let times = expected.compactMap { $0.values["at"] }.compactMap { text -> Int64? in
            let memory = CompiledMemory()
            return zones.read(memory.place(text), .rfc3339, dialect: 0)
        }
        return times.max() ?? 4_102_444_800_000_000
    }

    /// Values of settings that some rule asks for and that are not the usual ones.
    private var otherSettings: [(String, String)] {
        dialect.askedSettings.filter { asked in
            dialect.settings.contains { $0.name == asked.0 && $0.value != asked.1 }
        }
    }

    private mutating func compare(_ run: SampleRun, _ records: SampleRecords) {
        for (index, outcome) in run.outcomes.enumerated() {
            guard index < expected.count else {
                note(
                    "expected.jsonl", 0,
                    "has \(expected.count) lines, but the sample gives \(run.outcomes.count) results")
                return
            }
            let line = records.line(of: outcome.offset)
            compare(outcome.values, expected[index].values, sampleLine: line)
        }
        if expected.count > run.outcomes.count {
            note(
                "expected.jsonl", expected[run.outcomes.count].line,
                "has no record in sample.log; the sample gives \(run.outcomes.count) results")
        }
    }

    private mutating func compare(
        _ given: [String: String], _ wanted: [String: String], sampleLine: Int
    ) {
        for key in Set(given.keys).union(wanted.keys).sorted() where given[key] != wanted[key] {
            if key == "quarantined", given[key] != nil, wanted[key] != nil { continue }
            let came = given[key].map { "'\($0)'" } ?? "absent"
            let hoped = wanted[key].map { "'\($0)'" } ?? "absent"
            note("sample.log", sampleLine, "'\(key)' is \(came), expected \(hoped)")
        }
    }

    private mutating func note(_ file: String, _ line: Int, _ text: String) {
        found.append(
            DialectCheckFinding(
                dialect: dialect.name, file: "\(folder)/\(file)", line: line, text: text))
    }

    /// The values of a JSON object as text; empty where it is none.
    static func object(_ line: String) -> [String: String] {
        let parsed = try? JSONSerialization.jsonObject(with: Data(line.utf8))
        guard let parsed = parsed as? [String: Any] else { return [:] }
        return parsed.mapValues { "\($0)" }
    }
}
