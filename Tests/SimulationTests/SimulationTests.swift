import Foundation
import Testing

@testable import Simulation

@Suite("Simulation") struct SimulationTests {
    @Test func `the same options give the same bytes on any number of workers`() async throws {
        let one = try await SimulatedFolder {
            $0.workers = 1
            $0.compression = .gzip
        }
        let four = try await SimulatedFolder {
            $0.workers = 4
            $0.compression = .gzip
        }
        #expect(one.files == four.files)
        for name in one.files { #expect(try one.bytes(name) == four.bytes(name), "\(name)") }
    }

    @Test func `another seed gives other records`() async throws {
        let one = try await SimulatedFolder { $0.formats = [.keycloak] }
        let two = try await SimulatedFolder {
            $0.formats = [.keycloak]
            $0.seed = 2
        }
        let name = "keycloak/keycloak-2026-03-02.jsonl"
        #expect(try one.bytes(name) != two.bytes(name))
    }

    @Test func `there is a file per day and format`() async throws {
        let folder = try await SimulatedFolder { $0.compression = .gzip }
        let days = ["2026-03-01", "2026-03-02", "2026-03-03"]
        var expected = days.flatMap {
            [
                "access/access-\($0).log.gz", "keycloak/keycloak-\($0).jsonl.gz",
                "sshd/auth-\($0).log.gz",
            ]
        }
        expected += ["helpdesk/helpdesk-2026-03.jsonl.gz", "truth-events.jsonl.gz", "truth.json"]
        #expect(folder.files == expected.sorted())
        #expect(folder.summary.files.map(\.path).sorted() == expected.sorted())
    }

    @Test func `each gzip file is one member with the plain file's bytes`() async throws {
        let packed = try await SimulatedFolder { $0.compression = .gzip }
        let plain = try await SimulatedFolder()
        for name in plain.files where name != "truth.json" {
            let inflated = try #require(inflateOneMember(try packed.bytes(name + ".gz")), "\(name)")
            #expect(try Data(inflated) == plain.bytes(name), "\(name)")
        }
    }

    @Test func `one file for the whole period holds the days one after the other`() async throws {
        let daily = try await SimulatedFolder { $0.formats = [.keycloak] }
        let single = try await SimulatedFolder {
            $0.formats = [.keycloak]
            $0.layout = .singleFile
        }
        let days = try daily.files.filter { $0.hasPrefix("keycloak/") }.map { try daily.bytes($0) }
        #expect(try single.bytes("keycloak/keycloak.jsonl") == days.reduce(Data(), +))
    }

    @Test func `leaving formats out does not change the others`() async throws {
        let all = try await SimulatedFolder()
        let some = try await SimulatedFolder { $0.formats = [.keycloak] }
        let name = "keycloak/keycloak-2026-03-03.jsonl"
        #expect(try all.bytes(name) == some.bytes(name))
    }

    @Test(arguments: [10_000, 40_000, 150_000])
    func `the number of records is met within a tenth`(records: Int) async throws {
        let folder = try await SimulatedFolder {
            $0.records = records
            $0.formats = [.keycloak]
            $0.compression = .gzip
        }
        let share = Double(folder.summary.records(of: .keycloak)) / Double(records)
        #expect((0.9...1.1).contains(share), "\(share)")
    }

    @Test func `an earlier simulation's files go`() async throws {
        let folder = try await SimulatedFolder { $0.formats = [.keycloak] }
        let own = folder.path + "/keycloak/notes.txt"
        try Data("mine".utf8).write(to: URL(fileURLWithPath: own))
        var options = folder.options
        options.days = 1
        options.compression = .gzip
        _ = try await simulate(options)
        #expect(
            folder.files == [
                "keycloak/keycloak-2026-03-01.jsonl.gz", "keycloak/notes.txt",
                "truth-events.jsonl.gz", "truth.json",
            ])
    }

    @Test func `options that make no sense are refused`() async {
        func refusal(_ change: (inout SimulationOptions) -> Void) async -> SimulationError? {
            var options = SimulationOptions(directory: "/nonexistent")
            change(&options)
            do {
                _ = try await simulate(options)
                return nil
            } catch {
                return error as? SimulationError
            }
        }
        #expect(
            await refusal { $0.startMicroseconds += 1 } == .startNotMidnight(1_772_323_200_000_001))
        #expect(await refusal { $0.days = 0 } == .daysOutOfRange(0))
        #expect(await refusal { $0.records = -1 } == .recordsOutOfRange(-1))
        #expect(
            await refusal { $0.scenarios[0].intensity = .nan }
                == .intensityOutOfRange(.credentialStuffing))
    }

    @Test func `a folder that cannot be made is named`() async throws {
        let blocker = FileManager.default.temporaryDirectory
            .appendingPathComponent("lockstep-simulation-\(UUID().uuidString)")
        try Data().write(to: blocker)
        defer { try? FileManager.default.removeItem(at: blocker) }
        let options = SimulationOptions(directory: blocker.path, days: 1, records: 1_000)
        await #expect(throws: SimulationError.self) { try await simulate(options) }
    }

    @Test func `progress ends with all hours and all records`() async throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("lockstep-simulation-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let options = SimulationOptions(directory: directory, days: 2, records: 2_000)
        let (stream, continuation) = AsyncStream.makeStream(of: SimulationProgress.self)
        let summary = try await simulate(options) { continuation.yield($0) }
        continuation.finish()
        var seen: [SimulationProgress] = []
        for await progress in stream { seen.append(progress) }
        #expect(seen.last?.hoursDone == 48)
        #expect(seen.last?.hoursTotal == 48)
        #expect(seen.last?.records == summary.records)
    }
}
