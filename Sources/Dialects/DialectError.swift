/// All that is wrong with one or more dialects.
public struct DialectError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One thing that is wrong.
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        /// The file, such as `keycloak/dialect.yaml`, or what else holds the mistake.
        public var file: String
        /// The line in it, from 1; 0 where no line is to blame.
        public var line: Int
        /// What is wrong, what was given and what would be right.
        public var text: String

        public init(file: String, line: Int, text: String) {
            self.file = file
            self.line = line
            self.text = text
        }

        /// `keycloak/dialect.yaml:12: unknown key 'fieds'; did you mean 'fields'?`
        public var description: String {
            line > 0 ? "\(file):\(line): \(text)" : "\(file): \(text)"
        }
    }

    /// Everything found, by file and line.
    public var problems: [Problem]

    /// An error that tells `problems`.
    public init(problems: [Problem]) { self.problems = problems }

    /// One problem a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Collects what is wrong with one file, so that all of it is told at once.
final class ProblemList {
    let file: String
    private(set) var problems: [DialectError.Problem] = []

    init(file: String) { self.file = file }

    /// Notes a problem; the same one twice (through a YAML alias) counts once.
    func add(_ line: Int, _ text: String) {
        let problem = DialectError.Problem(file: file, line: line, text: text)
        if !problems.contains(problem) { problems.append(problem) }
    }
}

/// `; did you mean 'fields'?` where one of `known` is close to `word`, else a list of them.
func suggestion(for word: String, among known: [String]) -> String {
    if let nearest = nearestName(to: word, among: known) { return "; did you mean '\(nearest)'?" }
    if known.isEmpty || known.count > 24 { return "" }
    return "; known are \(known.sorted().joined(separator: ", "))"
}

/// The one of `names` that differs from `word` by the fewest letters, if these are few.
func nearestName(to word: String, among names: [String]) -> String? {
    let allowed = max(1, word.count / 3)
    let scored = names.map { (name: $0, distance: editDistance(word, $0)) }
    let best = scored.min { ($0.distance, $0.name) < ($1.distance, $1.name) }
    guard let best, best.distance <= allowed else { return nil }
    return best.name
}

/// Letters to insert, delete, replace or swap with their neighbour to make `a` into `b`.
private func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.lowercased()), Array(b.lowercased()))
    var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in 0...a.count { rows[i][0] = i }
    for j in 0...b.count { rows[0][j] = j }
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    for i in 1...a.count {
        for j in 1...b.count {
            let change = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, change)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
            }
        }
    }
    return rows[a.count][b.count]
}
