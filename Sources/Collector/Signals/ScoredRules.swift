import Foundation
import IdentityModel
import SecuritySignals
import Store

/// The rules of a store's last scoring, kept in it as they were then: what was marked can be
/// explained although the files have changed since.
package struct ScoredRules: Sendable {
    private struct Stored: Codable {
        struct File: Codable {
            var name: String
            var text: String
        }
        var name: String
        var files: [File]
    }

    package let set: RuleSet
    /// Sources whose addresses are a proxy's.
    package let hiddenSources: Set<UInt32>

    /// What the last scoring that ended went by; nil where the store was never scored.
    ///
    /// - Throws: `RuleSetError` where this version of Lockstep does not know the rules any more.
    package init?(_ reader: some ScoreReading, catalog: JourneyCatalog) throws {
        guard let text = try reader.metaValue(ScoringMeta.ruleSet) else { return nil }
        let stored = try JSONDecoder().decode(Stored.self, from: Data(text.utf8))
        set = try RuleSet(
            name: stored.name, files: stored.files.map { ($0.name, $0.text) }, catalog: catalog)
        hiddenSources = try ScoringMeta.hidden(reader)
    }

    /// The text under which a scoring keeps `rules`.
    static func text(of rules: RuleSet) throws -> String {
        let stored = Stored(
            name: rules.name, files: rules.files.map { Stored.File(name: $0.name, text: $0.text) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(stored), as: UTF8.self)
    }
}

extension ScoringMeta {
    /// The sources that the last scoring found to show their proxy's address.
    static func hidden(_ reader: some ScoreReading) throws -> Set<UInt32> {
        let text = try reader.metaValue(hiddenSources) ?? ""
        return Set(text.split(separator: ",").compactMap { UInt32($0) })
    }
}
