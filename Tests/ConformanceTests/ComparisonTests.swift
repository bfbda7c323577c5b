import Testing

/// The comparison itself, on a record that is written here.
@Suite("Conformance: comparison") struct ComparisonTests {
    private static let record = """
        {"uuid":"11d8-77","published":"2026-03-02T08:15:30.250Z","eventType":"user.session.start",\
        "outcome":{"result":"SUCCESS"},"actor":{"id":"00u1","type":"User","alternateId":"Ann@Example.org"},\
        "client":{"ipAddress":"192.0.2.7"}}
        """
    private static let facts = [
        "timestamp": "2026-03-02T08:15:30.25Z", "source_ip": "192.0.2.7", "user_name": "ann@example.org",
        "user_id": "00u1", "event_id": "11d8-77", "outcome": "success", "action": "user.session.start",
    ]

    /// The fields that differ when the others' reading is `facts`.
    private func differences(_ facts: [String: String], record: String = record) throws -> [String] {
        let comparison = Comparison(
            reader: try RecordReader(),
            readings: ReviewedReadings(["user.session.start": ["login/complete"], "user.noted": ["ignored"]]))
        let row = TruthRow(source: "here", index: 0, record: record, facts: facts)
        let source = TruthSource(prefix: "here", dialect: "okta")
        return try comparison.compare(row, record, source).differences.map(\.place.field)
    }

    @Test func `finds nothing where both say the same`() throws {
        #expect(try differences(Self.facts) == [])
    }

    @Test(arguments: [
        ("timestamp", "2026-03-02T08:15:30.26Z"), ("source_ip", "192.0.2.8"),
        ("user_name", "bob@example.org"), ("user_id", "00u2"), ("event_id", "11d8-78"),
        ("outcome", "failure"), ("action", "user.session.end"),
    ])
    func `finds the one fact that differs`(field: String, theirs: String) throws {
        #expect(try differences(Self.facts.merging([field: theirs]) { $1 }) == [field])
    }

    @Test func `an outcome that they leave open says nothing`() throws {
        #expect(try differences(Self.facts.merging(["outcome": "unknown"]) { $1 }) == [])
    }

    @Test func `a record that no dialect reads is a difference`() throws {
        #expect(try differences(Self.facts, record: "what is this") == ["record"])
    }

    @Test func `a record that is ignored needs an action that may be`() throws {
        let record = Self.record.replacing("user.session.start", with: "group.user_membership.add")
        #expect(try differences(["action": "user.noted"], record: record) == [])
        #expect(try differences(["action": "user.session.start"], record: record) == ["record"])
    }
}
