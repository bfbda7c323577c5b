import Foundation
import Testing

/// Records that no dialect understood: listed, and tried again.
@Suite("Quarantine on the command line") struct QuarantineTests {
    private static let dialects = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("config/dialects")

    /// Writes a folder of dialects in which Keycloak's lacks the rule for `LOGIN`.
    private func lacking(_ sandbox: Sandbox) throws -> String {
        let text = try String(contentsOf: Self.dialects.appendingPathComponent("keycloak/dialect.yaml"), encoding: .utf8)
        let broken = text.replacingOccurrences(of: "  - when: {type: LOGIN}\n", with: "  - when: {type: LOG_IN}\n")
        try #require(broken != text)
        try sandbox.write("lacking/keycloak/dialect.yaml", broken)
        return "lacking"
    }

    @Test func `retry reads files, members and pipes again`() throws {
        let sandbox = try Sandbox()
        let lacking = try lacking(sandbox)
        try sandbox.write("a.jsonl", Records.bytes(0..<5))
        try sandbox.write("b!c.tar.gz", Packing.gzip(Packing.tar([("x/one.jsonl", Records.bytes(5..<9)), ("two.jsonl", Records.bytes(9..<10))])))
        let piped = Records.bytes(10..<12)
        for (paths, input) in [(["a.jsonl", "b!c.tar.gz"], nil), (["-"], piped)] {
            let result = try sandbox.run(["replay", "--dialects", lacking] + paths, input: input)
            #expect(result.status == 1)
        }
        let list = try sandbox.run("quarantine", "list")
        #expect(list.status == 0)
        #expect(list.errors == "")
        let rows = list.lines.map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
        #expect(rows.count == 12)
        #expect(rows.allSatisfy { $0.count == 6 && $0[4] == "keycloak" && $0[5] == "keycloak: no rule for type=LOGIN" })
        #expect(Set(rows.map { $0[1] }) == ["a.jsonl", "b!c.tar.gz!x/one.jsonl", "b!c.tar.gz!two.jsonl", "-"])
        #expect(rows.filter { $0[1] == "a.jsonl" }.map { $0[2] } == (0..<5).map { String(Records.logins(0..<$0).utf8.count) })
        let few = try sandbox.run("quarantine", "--limit", "2")
        #expect(few.lines == Array(list.lines.prefix(2)))
        #expect(few.errors == "10 more; --limit 12 shows all\n")

        // With the dialect that still lacks the rule nothing moves.
        let inVain = try sandbox.run("quarantine", "retry", "--dialects", lacking)
        #expect(inVain.status == 1)
        #expect(inVain.errors.hasSuffix("understood 0 quarantined records: 0 events, 0 ignored on purpose; 12 stay (lockstep quarantine list)\n"))
        #expect(try sandbox.run("quarantine").output == list.output)

        let retry = try sandbox.run("quarantine", "retry")
        #expect(retry.status == 0, "\(retry.errors)")
        #expect(retry.lines == ["-\t2\t0\t0", "a.jsonl\t5\t0\t0", "b!c.tar.gz!two.jsonl\t1\t0\t0", "b!c.tar.gz!x/one.jsonl\t4\t0\t0"])
        #expect(retry.errors == "understood 12 quarantined records: 12 events, 0 ignored on purpose; the quarantine is empty\n")
        let card = try sandbox.run("scorecard", "--format", "json")
        #expect(card.errors == "")

        let other = try Sandbox()
        try FileManager.default.copyItem(atPath: sandbox.path("key/pseudonym.key"), toPath: other.path("key/pseudonym.key"))
        try other.write("all.jsonl", Records.bytes(0..<12))
        let atOnce = try other.run("replay", "all.jsonl", "--format", "json")
        #expect(withoutIntegrity(card.text) == withoutIntegrity(atOnce.text))
        #expect(try integrity("records", of: card.json()) == 12)
        #expect(try integrity("events", of: card.json()) == 12)
        #expect(try integrity("quarantined", of: card.json()) == 0)

        let again = try sandbox.run("quarantine", "retry")
        #expect(again.status == 0)
        #expect(again.text == "")
        #expect(try sandbox.run("scorecard", "--format", "json").output == card.output)
    }

    @Test func `a source that went or changed is named`() throws {
        let sandbox = try Sandbox()
        let lacking = try lacking(sandbox)
        for name in ["gone.jsonl", "changed.jsonl", "packed.tar"] {
            try sandbox.write(name, name == "packed.tar" ? Packing.tar([("a", Records.bytes(4..<6))]) : Records.bytes(name == "gone.jsonl" ? 0..<2 : 2..<4))
        }
        #expect(try sandbox.run("replay", "gone.jsonl", "changed.jsonl", "packed.tar", "--dialects", lacking).status == 1)
        try FileManager.default.removeItem(atPath: sandbox.path("gone.jsonl"))
        try sandbox.write("changed.jsonl", Records.bytes(2..<3) + Records.bytes(7..<8))
        try sandbox.write("packed.tar", Packing.tar([("b", Records.bytes(4..<6))]))
        let retry = try sandbox.run("quarantine", "retry")
        #expect(retry.status == 1)
        #expect(retry.lines == ["changed.jsonl\t1\t0\t1", "gone.jsonl\t0\t0\t2", "packed.tar!a\t0\t0\t2"])
        let told = retry.errors.split(separator: "\n").map(String.init)
        #expect(told.contains("changed.jsonl: 1 quarantined records stay: it has other content where they stood"))
        #expect(told.contains("gone.jsonl: 2 quarantined records stay: it cannot be read again: there is no such file; run retry where replay was run, or put it back"))
        #expect(told.contains("packed.tar!a: 2 quarantined records stay: it cannot be read again: it is no longer in its archive, or damaged before it"))
        #expect(told.last == "understood 1 quarantined records: 1 events, 0 ignored on purpose; 5 stay (lockstep quarantine list)")
    }
}

/// Where the pseudonym key lies and who may read it.
@Suite("Key file") struct KeyFileTests {
    @Test func `a key beside the store, or one that others may read, is warned of`() throws {
        let sandbox = try Sandbox()
        try sandbox.write("a.jsonl", Records.bytes(0..<2))
        let beside = try sandbox.run("replay", "a.jsonl", "--key", "store/../store/my.key")
        #expect(beside.status == 0)
        #expect(beside.errors.contains("warning: store/../store/my.key: the pseudonym key lies in the store's own folder"))
        let apart = try sandbox.run(["replay", "a.jsonl"], store: "store/other.sqlite")
        #expect(apart.status == 0)
        #expect(!apart.errors.contains("warning"), "\(apart.errors)")
        let key = sandbox.path("key/pseudonym.key")
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: key)
        let shared = try sandbox.run(["replay", "a.jsonl"], store: "store/other.sqlite")
        #expect(shared.status == 0)
        #expect(shared.errors.contains("warning: \(key): others than its owner may use the pseudonym key; chmod 600 \(key)\n"))
    }

    @Test func `a key of another length is refused`() throws {
        let sandbox = try Sandbox()
        try sandbox.write("a.jsonl", Records.bytes(0..<2))
        try sandbox.write("key/pseudonym.key", "too short")
        let result = try sandbox.run("replay", "a.jsonl")
        #expect(result.status == 2)
        #expect(result.errors.contains("a pseudonym key has 32 bytes, this file has 9"))
        #expect(!FileManager.default.fileExists(atPath: sandbox.path("store/lockstep.sqlite")))
    }
}
