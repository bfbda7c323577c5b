import Testing

/// Real records that others have read, too, read by the dialects.
///
/// The records stand beside the project and not in it. Where they are absent, every test says so
/// and passes.
@Suite("Conformance") struct ConformanceTests {
    /// The readings of `dialect`, or nil where there are none.
    private func conformance(_ dialect: String) throws -> DialectConformance? {
        let report = try ConformanceReport.shared.get()
        return report.dialects.first { $0.dialect == dialect && $0.records > 0 }
    }

    @Test(arguments: TruthSource.dialects)
    func `reads records as others do, or differs for a listed reason`(dialect: String) throws {
        for difference in try conformance(dialect)?.unexplained ?? [] {
            let place = difference.place
            Issue.record(
                """
                \(place.source) \(place.index) \(place.field): they say '\(difference.theirs)', we say \
                '\(difference.ours)'; correct the dialect, or give the reason in \
                differences/\(dialect).jsonl (an action's meaning in actions/\(dialect).jsonl)
                """)
        }
    }

    @Test(arguments: TruthSource.dialects)
    func `lists no difference that is none`(dialect: String) throws {
        for row in try conformance(dialect)?.stale ?? [] {
            Issue.record("\(dialect): no record differs like this any more; remove it: \(row)")
        }
    }

    @Test(arguments: TruthSource.dialects)
    func `gives a place and a reason in every row, once`(dialect: String) throws {
        #expect(try conformance(dialect)?.unusable ?? [] == [])
    }

    @Test func `says how many records agree`() throws {
        let report = try ConformanceReport.shared.get()
        let skipped = report.missing.map { "skipped \($0): not in \(TruthRow.folder.path)" }
        let counted = report.dialects.filter { $0.records > 0 }.map(\.summary)
        print((skipped + counted).map { "Conformance: \($0)" }.joined(separator: "\n"))
    }
}
