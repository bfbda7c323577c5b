import IdentityModel
import Testing

@testable import SecuritySignals

@Suite("The rule set standard") struct StandardRulesTests {
    private static let folder: String =
        #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/../../config/signals/standard"

    private func set() throws -> RuleSet { try RuleSet(named: Self.folder, catalog: JourneyCatalog()) }

    @Test func `its examples are as they say`() throws {
        let problems = try set().runExamples()
        #expect(problems.isEmpty, "\(problems.map(\.description).joined(separator: "\n"))")
    }

    @Test func `every rule fires in an example and stays silent in another, and can be explained`() throws {
        let set = try set()
        #expect(set.familiarity == Familiarity(staleEvents: 5, staleTimespan: Timestamp.hour))
        #expect(set.rules.count >= 20)
        for rule in set.rules {
            #expect(rule.examples.contains { $0.fires }, "\(rule.name)")
            #expect(rule.examples.contains { !$0.fires }, "\(rule.name)")
            #expect(!rule.explanation.isEmpty && rule.source != nil && !rule.tags.isEmpty, "\(rule.name)")
        }
    }

    @Test func `asks for the columns that its rules look at`() throws {
        let columns = try set().columnsNeeded
        #expect(columns.isSuperset(of: [.step, .name, .subject, .address, .device, .client, .vendor, .userAgent]))
        #expect(columns.isSuperset(of: [.geography, .kind]))
        #expect(columns.isDisjoint(with: [.session, .correlation, .segments]))
        let basic = try RuleSet(named: "basic", catalog: JourneyCatalog())
        #expect(basic.columnsNeeded == [.step, .name, .subject, .address])
        #expect(basic.familiarity == nil)
    }

    @Test func `five unmarked guesses of a familiar person within an hour are a stale credential`() throws {
        let set = try set()
        var batch = EventBatch()
        batch.append(login(at: 0, actor: 1))
        for index in 0..<7 { batch.append(guess(at: 86_400 + Double(index) * 600, actor: 1)) }
        for index in 0..<7 { batch.append(guess(at: 100_000 + Double(index) * 600, actor: 2)) }
        var machine = SignalMachine(set, catalog: JourneyCatalog())
        machine.absorb(batch)
        machine.finish()
        var reader = MarkReader(machine.firings)
        reader.begin(batch)
        let marks = (0..<batch.count).map { reader.marks(batch, $0) }
        #expect(marks.map(\.isFamiliar) == [false] + Array(repeating: true, count: 7) + Array(repeating: false, count: 7))
        let stale = [false, false, false, false, false, true, true, true]
        #expect(marks.map(\.isStaleCredential) == stale + Array(repeating: false, count: 7))
        #expect(marks.allSatisfy { $0.signals.isEmpty })
        #expect(reader.isHistoryThin(at: time(6.9 * 86_400)) && !reader.isHistoryThin(at: time(7 * 86_400)))
    }
}
