import Foundation
import Testing

@testable import Simulation

@Suite("Simulated scenarios") struct ScenarioTests {
    /// All scenarios in one period serve all tests of this suite.
    private static let shared = Task {
        try await SimulatedFolder {
            $0.days = 10
            $0.records = 20_000
            $0.formats = [.keycloak]
            $0.scenarios = Scenario.allCases.map { ScenarioRequest($0) }
        }
    }

    private func scenario(
        _ scenario: Scenario
    ) async throws -> (truth: TruthScenario, records: [KeycloakRecord]) {
        try await Self.shared.value.scenario(scenario)
    }

    @Test func `the truth lists only records that exist, and all of them`() async throws {
        let folder = try await Self.shared.value
        let ids = Set(try folder.records().map(\.id))
        var listed: [String: Int] = [:]
        for line in try folder.lines("truth-events") {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            let fields = try #require(object as? [String: Any])
            #expect(ids.contains(try #require(fields["id"] as? String)))
            listed[try #require(fields["scenario"] as? String), default: 0] += 1
        }
        let truth = try folder.truth()
        #expect(truth.map(\.scenario) == Scenario.allCases.map(\.rawValue))
        for scenario in truth {
            #expect(scenario.events == listed[scenario.scenario], "\(scenario.scenario)")
            #expect(scenario.events > 0, "\(scenario.scenario)")
            #expect(scenario.eventIds.count == min(scenario.events, TruthLedger.listedMax))
            #expect(scenario.eventIds.allSatisfy(ids.contains))
            #expect(scenario.takeoverIds.allSatisfy(ids.contains))
        }
    }

    @Test func `takeovers are logins of attacks`() async throws {
        let folder = try await Self.shared.value
        let logins = Set(try folder.records().filter { $0.type == "LOGIN" }.map(\.id))
        for scenario in try folder.truth() {
            #expect(scenario.takeoverIds.allSatisfy(logins.contains))
            #expect(scenario.takeovers == 0 || scenario.kind == "attack")
        }
    }

    @Test func `stuffing tries many names from one origin in ten minutes`() async throws {
        let (truth, records) = try await scenario(.credentialStuffing)
        let guesses = records.filter { $0.type == "LOGIN_ERROR" }
        let distinct = mostDistinct(
            guesses, within: 600_000, key: { $0.origin }, value: { $0.name ?? "" })
        #expect(distinct >= 15, "\(distinct)")
        #expect(truth.attempts > 0)
        let logins = records.filter { $0.type == "LOGIN" }
        #expect(logins.count < guesses.count / 5)
    }

    @Test func `a spray stays under ten guesses an hour from one origin`() async throws {
        let (_, records) = try await scenario(.passwordSpray)
        let hourly = mostDistinct(
            records, within: 3_600_000, key: { $0.origin }, value: { $0.id })
        let daily = mostDistinct(
            records, within: 86_400_000, key: { $0.origin }, value: { $0.name ?? "" })
        #expect(hourly <= 10, "\(hourly)")
        #expect(daily >= 40, "\(daily)")
    }

    @Test func `a reset bomber asks for many victims, and again for each`() async throws {
        let (_, records) = try await scenario(.resetBombing)
        let victims = mostDistinct(
            records, within: 3_600_000, key: { $0.origin }, value: { $0.name ?? "" })
        let mails = mostDistinct(
            records, within: 3_600_000, key: { $0.name ?? "" }, value: { $0.id })
        #expect(victims >= 5, "\(victims)")
        #expect(mails >= 5, "\(mails)")
    }

    @Test func `a tired victim gets five pushes in ten minutes, and one gives in`() async throws {
        let (truth, records) = try await scenario(.mfaFatigue)
        let pushes = records.filter { $0.details["credential_type"] == "push" }
        let most = mostDistinct(
            pushes, within: 600_000, key: { $0.name ?? "" }, value: { $0.id })
        #expect(most >= 5, "\(most)")
        #expect(truth.takeovers >= 1)
    }

    @Test func `brute force guesses ten times and more at one actor from one origin`() async throws
    {
        let (_, records) = try await scenario(.bruteForce)
        let guesses = records.filter { $0.type == "LOGIN_ERROR" }
        let most = mostDistinct(
            guesses, within: 600_000, key: { "\($0.name ?? "") \($0.origin)" }, value: { $0.id })
        #expect(most >= 10, "\(most)")
    }

    @Test func `distributed guessing comes from three origins and more`() async throws {
        let (_, records) = try await scenario(.distributedGuessing)
        let guesses = mostDistinct(
            records, within: 600_000, key: { $0.name ?? "" }, value: { $0.id })
        let origins = mostDistinct(
            records, within: 600_000, key: { $0.name ?? "" }, value: { $0.origin })
        #expect(guesses >= 10, "\(guesses)")
        #expect(origins >= 3, "\(origins)")
    }

    @Test func `a script registers from few origins`() async throws {
        let (_, records) = try await scenario(.fakeRegistration)
        let most = mostDistinct(
            records.filter { $0.type == "REGISTER" }, within: 3_600_000, key: { $0.origin },
            value: { $0.name ?? "" })
        #expect(most >= 10, "\(most)")
    }

    @Test func `a broken login meets people everywhere with a technical error`() async throws {
        let (truth, records) = try await scenario(.brokenLogin)
        #expect(truth.kind == "friction")
        #expect(records.allSatisfy { $0.error == "invalid_request" && $0.name != nil })
        #expect(Set(records.map(\.origin)).count > 8)
    }

    @Test func `a broken enrolment fails on phones only`() async throws {
        let (truth, records) = try await scenario(.brokenEnrolment)
        #expect(truth.kind == "friction")
        #expect(records.allSatisfy { $0.type == "UPDATE_CREDENTIAL_ERROR" })
        let all = try await Self.shared.value.records()
        let ids = Set(truth.eventIds)
        let other = all.filter { $0.type == "UPDATE_CREDENTIAL_ERROR" && !ids.contains($0.id) }
        #expect(other.count < records.count)
    }

    @Test func `stale passwords fail at home under the person's own name`() async throws {
        let (truth, records) = try await scenario(.stalePassword)
        #expect(truth.kind == "friction")
        let pairs = Set(records.map { "\($0.name ?? "") \($0.origin)" })
        #expect(pairs.count <= truth.attempts)
        #expect(records.count > 10 * pairs.count)
    }

    @Test func `a campaign brings honest visits`() async throws {
        let (truth, records) = try await scenario(.marketingSpike)
        #expect(truth.kind == "benign")
        #expect(records.count { $0.type == "LOGIN" } > records.count { $0.type == "LOGIN_ERROR" })
    }

    @Test func `a scenario happens when it is asked for`() async throws {
        let offset: Int64 = 30 * 3_600_000
        let folder = try await SimulatedFolder {
            $0.formats = [.keycloak]
            $0.scenarios = [.credentialStuffing, .brokenLogin].map {
                ScenarioRequest(
                    $0, offsetMilliseconds: offset, durationMilliseconds: 3_600_000, intensity: 2)
            }
        }
        let from = folder.options.startMicroseconds / 1_000 + offset
        for scenario in [Scenario.credentialStuffing, .brokenLogin] {
            let (_, records) = try folder.scenario(scenario)
            #expect(records.count > 10)
            #expect(records.allSatisfy { (from..<from + 2 * 3_600_000).contains($0.at) })
        }
    }
}
