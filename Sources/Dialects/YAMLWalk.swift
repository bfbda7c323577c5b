import Yams

/// A YAML node with the list that its mistakes go to.
///
/// Every reading method notes a problem and gives an empty value instead of stopping, so that
/// one run tells all that is wrong.
struct YAMLWalk {
    let node: Node
    let problems: ProblemList

    /// The line that the node stands on.
    var line: Int { node.mark?.line ?? 0 }

    /// The node as text, whatever it looks like to YAML (`false`, `12`), or nil.
    func text(_ what: String) -> String? {
        guard case .scalar(let scalar) = node else {
            problems.add(line, "\(what) must be a word, got \(shape)")
            return nil
        }
        return scalar.string
    }

    /// The node as text with its line.
    func located(_ what: String) -> Located<String>? {
        text(what).map { Located(value: $0, line: line) }
    }

    /// One text or a list of texts.
    func texts(_ what: String) -> [Located<String>] {
        guard case .sequence(let sequence) = node else {
            return located(what).map { [$0] } ?? []
        }
        if sequence.isEmpty { problems.add(line, "\(what) must not be an empty list") }
        return sequence.compactMap { YAMLWalk(node: $0, problems: problems).located(what) }
    }

    /// The elements of a list.
    func list(_ what: String) -> [YAMLWalk] {
        guard case .sequence(let sequence) = node else {
            problems.add(line, "\(what) must be a list, got \(shape)")
            return []
        }
        return sequence.map { YAMLWalk(node: $0, problems: problems) }
    }

    /// The entries of a mapping in their order, whatever their keys.
    func entries(_ what: String) -> [(key: Located<String>, value: YAMLWalk)] {
        guard case .mapping(let mapping) = node else {
            problems.add(line, "\(what) must be a mapping, got \(shape)")
            return []
        }
        return mapping.compactMap { key, value in
            guard case .scalar(let scalar) = key else {
                problems.add(key.mark?.line ?? line, "a key of \(what) must be a word")
                return nil
            }
            let place = scalar.mark?.line ?? line
            return (
                Located(value: scalar.string, line: place), YAMLWalk(node: value, problems: problems)
            )
        }
    }

    /// The entries of a mapping that may have these `keys` and no others.
    func entries(_ what: String, keys: [String]) -> [String: YAMLWalk] {
        var known: [String: YAMLWalk] = [:]
        for (key, value) in entries(what) {
            if keys.contains(key.value) {
                known[key.value] = value
            } else {
                let hint = suggestion(for: key.value, among: keys)
                problems.add(key.line, "unknown key '\(key.value)' in \(what)\(hint)")
            }
        }
        return known
    }

    /// `true` or `false`.
    func boolean(_ what: String) -> Bool {
        let word = text(what) ?? "false"
        if word != "true", word != "false" {
            problems.add(line, "\(what) must be true or false, got '\(word)'")
        }
        return word == "true"
    }

    /// A whole number of at least 1.
    func count(_ what: String) -> Int {
        guard let word = text(what) else { return 1 }
        guard let number = Int(word), number >= 1 else {
            problems.add(line, "\(what) must be a whole number from 1, got '\(word)'")
            return 1
        }
        return number
    }

    /// One byte, such as a separator.
    func byte(_ what: String) -> UInt8? {
        guard let word = text(what) else { return nil }
        guard word.utf8.count == 1, let byte = word.utf8.first else {
            problems.add(line, "\(what) must be one ASCII character, got '\(word)'")
            return nil
        }
        return byte
    }

    /// One of the words that `values` names.
    func word<Value>(
        _ what: String, among words: [String], _ value: (String) -> Value?
    ) -> Value? {
        guard let given = text(what) else { return nil }
        if let found = value(given) { return found }
        let hint = suggestion(for: given, among: words)
        problems.add(line, "\(what) '\(given)' is unknown\(hint)")
        return nil
    }

    /// Notes `text` as a problem of this node.
    func reject(_ text: String) { problems.add(line, text) }

    private var shape: String {
        switch node {
        case .scalar(let scalar): "'\(scalar.string)'"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}

/// The words of a vocabulary, without the empty one.
func words<Value: CaseIterable>(_ word: (Value) -> String, of type: Value.Type) -> [String] {
    type.allCases.map(word).filter { !$0.isEmpty }
}
