import Foundation
import Synchronization

/// A folder of JSON lines beside this file, one file for each dialect.
private func table(_ folder: String, _ dialect: String) throws -> [[String: Any]] {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("\(folder)/\(dialect).jsonl")
    guard FileManager.default.fileExists(atPath: path.path) else { return [] }
    return try JSONLines.objects(try Data(contentsOf: path))
}

/// The differences that somebody looked at, and why each is right: `differences/<dialect>.jsonl`.
struct ReviewedDifferences {
    private(set) var reasons: [Difference.Place: String] = [:]
    /// Rows that say nothing, or the same place again.
    private(set) var unusable: [String] = []

    init(dialect: String) throws {
        for (number, row) in try table("differences", dialect).enumerated() {
            guard let source = row["source"] as? String, let index = row["index"] as? Int,
                let field = row["field"] as? String, let reason = row["reason"] as? String,
                !reason.isEmpty, row.count == 4
            else {
                unusable.append("line \(number + 1): needs source, index, field and reason, nothing else")
                continue
            }
            let place = Difference.Place(source: source, index: index, field: field)
            if reasons.updateValue(reason, forKey: place) != nil {
                unusable.append("line \(number + 1): \(source) \(index) \(field) stands there twice")
            }
        }
    }
}

/// What the vendor's actions mean to us: `actions/<dialect>.jsonl`, rows of `action` and `reads`,
/// the latter a list of `journey/step` or `ignored`.
final class ReviewedReadings: Sendable {
    private let known: [String: Set<String>]
    private let used = Mutex<Set<String>>([])

    /// Readings of `known` actions.
    init(_ known: [String: Set<String>]) { self.known = known }

    convenience init(dialect: String) throws {
        var known: [String: Set<String>] = [:]
        for row in try table("actions", dialect) {
            let action = row["action"] as? String ?? ""
            known[action, default: []].formUnion(row["reads"] as? [String] ?? [])
        }
        self.init(known)
    }

    /// Whether `action` may be read as `place`; an action that stands in no row may not.
    func accept(_ action: String?, as place: String) -> Bool {
        guard let action, known[action]?.contains(place) == true else { return false }
        used.withLock { _ = $0.insert("\(action) → \(place)") }
        return true
    }

    /// Readings that no record has.
    var unused: [String] {
        let all = known.flatMap { action, places in places.map { "\(action) → \($0)" } }
        return used.withLock { Set(all).subtracting($0).sorted() }
    }
}
