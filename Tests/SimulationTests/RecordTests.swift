import Foundation
import Testing

@testable import Simulation

@Suite("Simulated records") struct RecordTests {
    /// One small simulation serves all tests of this suite.
    private static let shared = Task { try await SimulatedFolder() }

    private func folder() async throws -> SimulatedFolder { try await Self.shared.value }

    @Test func `every Keycloak line is JSON, in time order and with an id of its own`() async throws
    {
        let folder = try await folder()
        let records = try folder.records()
        #expect(records.count == folder.summary.records(of: .keycloak))
        #expect(zip(records, records.dropFirst()).allSatisfy { $0.at <= $1.at })
        #expect(Set(records.map(\.id)).count == records.count)
        let uuid = try Regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
        #expect(try records.prefix(500).allSatisfy { try uuid.wholeMatch(in: $0.id) != nil })
    }

    @Test func `every record lies in its file's day`() async throws {
        let folder = try await folder()
        for (index, day) in ["01", "02", "03"].enumerated() {
            let from = folder.options.startMicroseconds / 1_000 + Int64(index) * 86_400_000
            let lines = try folder.lines("keycloak/keycloak-2026-03-\(day)")
            let times = try lines.map { try KeycloakRecord($0).at }
            #expect(!times.isEmpty)
            #expect(times.allSatisfy { (from..<from + 86_400_000).contains($0) })
        }
    }

    @Test func `a session that passes midnight goes on in the next file`() async throws {
        let folder = try await folder()
        let first = try folder.lines("keycloak/keycloak-2026-03-01").map { try KeycloakRecord($0) }
        let second = try folder.lines("keycloak/keycloak-2026-03-02").map { try KeycloakRecord($0) }
        let sessions = Set(first.compactMap(\.session))
        #expect(second.contains { $0.session.map(sessions.contains) ?? false })
    }

    @Test func `a stored credential leaves two records for one act`() async throws {
        let records = try await folder().records()
        for (twin, type) in [("UPDATE_PASSWORD", "password"), ("UPDATE_TOTP", "otp")] {
            let twins = records.filter { $0.type == twin }
            #expect(!twins.isEmpty)
            for record in twins {
                #expect(
                    records.contains {
                        $0.type == "UPDATE_CREDENTIAL" && $0.details["credential_type"] == type
                            && $0.details["code_id"] == record.details["code_id"]
                            && (1...5).contains(record.at - $0.at)
                    })
            }
        }
    }

    @Test func `sessions are found again by other applications`() async throws {
        let logins = try await folder().records().filter { $0.type == "LOGIN" }
        let sessions = Dictionary(grouping: logins) { $0.session ?? "" }
        let shared = sessions.values.filter { Set($0.map(\.client)).count > 1 }
        #expect(Double(shared.count) > 0.1 * Double(sessions.count))
        #expect(logins.allSatisfy { $0.session == $0.details["code_id"] })
    }

    @Test func `a registration is followed by its login`() async throws {
        let records = try await folder().records()
        let registrations = records.filter { $0.type == "REGISTER" }
        let logins = Dictionary(grouping: records.filter { $0.type == "LOGIN" }) {
            $0.session ?? ""
        }
        #expect(registrations.count > 20)
        let end = try await folder().options.startMicroseconds / 1_000 + 3 * 86_400_000
        for record in registrations where record.at < end - 1_000 {
            let login = logins[record.details["code_id"] ?? ""]?.first
            #expect((1...1_000).contains((login?.at ?? 0) - record.at))
        }
    }

    @Test func `reset links are opened on other devices too`() async throws {
        let records = try await folder().records()
        let asked = Dictionary(grouping: records.filter { $0.type == "SEND_RESET_PASSWORD" }) {
            $0.name ?? ""
        }
        let opened = records.filter { $0.type == "EXECUTE_ACTION_TOKEN" }
        let elsewhere = opened.filter { record in
            let requests = asked[record.name ?? ""] ?? []
            return !requests.contains { $0.details["code_id"] == record.details["code_id"] }
        }
        #expect(!elsewhere.isEmpty)
        #expect(elsewhere.count < opened.count)
    }

    @Test func `no address and no name belongs to anybody`() async throws {
        let folder = try await folder()
        let ranges = ["192.0.2.", "198.51.100.", "203.0.113.", "198.18.", "198.19.", "2001:db8:"]
        for record in try folder.records() {
            let isShared =
                record.address.hasPrefix("100.")
                && (64..<128).contains(Int(record.address.split(separator: ".")[1]) ?? 0)
            #expect(
                isShared || ranges.contains { record.address.hasPrefix($0) }, "\(record.address)")
            if let name = record.name, let at = name.firstIndex(of: "@") {
                #expect(name[at...].hasPrefix("@example."), "\(name)")
            }
        }
    }

    @Test func `carriers put many people behind one address`() async throws {
        let records = try await folder().records().filter { $0.address.hasPrefix("100.") }
        let people = Dictionary(grouping: records) { $0.address }.mapValues {
            Set($0.compactMap(\.name)).count
        }
        #expect(people.count <= 48)
        #expect((people.values.max() ?? 0) > 20)
    }

    @Test func `records are about as long as real ones`() async throws {
        let lines = try await folder().lines("keycloak/")
        let mean = lines.reduce(0) { $0 + $1.utf8.count } / lines.count
        #expect((400...500).contains(mean), "\(mean)")
    }

    @Test func `nights are quiet`() async throws {
        let quiet = try await SimulatedFolder {
            $0.scenarios = []
            $0.formats = [.keycloak]
        }
        let hours = try quiet.records().map { $0.at / 3_600_000 % 24 }
        #expect(hours.count { $0 < 4 } * 4 < hours.count { (16..<20).contains($0) })
    }

    @Test func `the other formats have the forms that they are known by`() async throws {
        let folder = try await folder()
        let access = try Regex(
            #"[0-9a-f.:]+ - - \[\d\d/Mar/2026:\d\d:\d\d:\d\d \+0000\] "(GET|POST) \S+ HTTP/1.1" \d{3} \d+ "[^"]*" "[^"]+""#
        )
        let requests = try folder.lines("access/")
        #expect(try requests.prefix(400).allSatisfy { try access.wholeMatch(in: $0) != nil })
        for page in ["/login?", "/register?", "/forgot-password?", "/mfa/setup?", "/consent?"] {
            #expect(requests.contains { $0.contains("\"GET \(page)") }, "\(page)")
        }
        let shell = try Regex(#"Mar  [1-3] \d\d:\d\d:\d\d bastion sshd\[\d+\]: .+"#)
        #expect(try folder.lines("sshd/").allSatisfy { try shell.wholeMatch(in: $0) != nil })
        for line in try folder.lines("helpdesk/") {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            let fields = try #require(object as? [String: String])
            #expect(Set(fields.keys) == ["ticket", "at", "action", "topic", "customer", "channel"])
        }
    }
}
