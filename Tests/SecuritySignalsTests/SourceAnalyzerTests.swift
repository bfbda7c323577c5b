import Attempts
import IdentityModel
import Measures
import Testing

@testable import SecuritySignals

@Suite("The counts per source") struct SourceAnalyzerTests {
    private let hour = Timestamp.slice(dawn)

    private func attempt(_ source: UInt32, dialect: UInt32, _ kind: ActorKind, isNoise: Bool = false) -> Attempt {
        var attempt = Attempt(journey: .login, at: dawn, showsOpening: true)
        attempt.isOnlySetupFailures = isNoise
        (attempt.source, attempt.dialect, attempt.actorKind) = (source, dialect, kind)
        return attempt
    }

    private func observation(_ source: UInt32, at seconds: Double) -> Observation {
        var batch = EventBatch()
        var event = happens(.login, "complete", .success, at: seconds, actor: 1)
        event.source = source
        batch.append(event)
        return Observation(batch, 0, numbers: [0], signals: [])
    }

    @Test func `tell sources, dialects, hours and kinds apart`() {
        var texts = StringTable()
        let (keycloak, sshd) = (texts.intern("keycloak"), texts.intern("sshd"))
        var analyzer = SourceAnalyzer()
        for _ in 0..<3 { analyzer.absorb(attempt(0xFFFF_FFFE, dialect: keycloak, .customer), slice: hour + 1) }
        analyzer.absorb(attempt(7, dialect: sshd, .workforce), slice: hour + 1)
        analyzer.absorb(attempt(7, dialect: keycloak, .workforce), slice: hour + 1)
        analyzer.absorb(attempt(7, dialect: keycloak, .customer, isNoise: true), slice: hour + 2)
        analyzer.absorb(.echo, observation(7, at: 0))
        analyzer.absorb(.unanchored, observation(7, at: 0))
        analyzer.joinedByActor(observation(7, at: 10))
        analyzer.joinedByActor(observation(7, at: 3600))
        let first = analyzer.takeCells(through: hour, texts: texts)
        #expect(first.keys.sorted() == [hour])
        func key(_ count: SourceCount, _ hour: Int64, _ source: UInt32, _ dialect: String) -> SourceKey {
            SourceKey(count, hour: hour, source: source, dialect: dialect)
        }
        #expect(
            first[hour]?.counts.counts == [
                key(.aside(.echo), hour, 7, ""): 1, key(.aside(.unanchored), hour, 7, ""): 1,
                key(.joinedByActor, hour, 7, ""): 1,
            ])
        let rest = analyzer.takeCells(through: .max, texts: texts)
        #expect(
            rest[hour + 1]?.counts.counts == [
                key(.attempts(.customer), hour, 0xFFFF_FFFE, "keycloak"): 3,
                key(.attempts(.workforce), hour, 7, "sshd"): 1,
                key(.attempts(.workforce), hour, 7, "keycloak"): 1,
                key(.joinedByActor, hour + 1, 7, ""): 1,
            ])
        #expect(rest[hour + 2]?.counts.counts == [key(.aside(.noise), hour, 7, "keycloak"): 1])
        #expect(analyzer.takeCells(through: .max, texts: texts).isEmpty)
    }
}
