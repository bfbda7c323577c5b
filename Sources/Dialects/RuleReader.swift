import IdentityModel

/// Reads one entry of `rules`.
extension DialectReader {
    private static let ruleKeys = [
        "when", "line", "line_from", "is", "ignore", "reason", "method", "risk", "kind", "set",
        "correlation", "silent", "floating", "unanchored",
    ]

    func rule(_ walk: YAMLWalk) -> RuleDefinition {
        var rule = RuleDefinition()
        rule.line = walk.line
        let parts = walk.entries("a rule", keys: Self.ruleKeys)
        if let when = parts["when"] { rule.conditions = conditions(when) }
        if let line = parts["line"] { rule.templates = FormReader(problems: problems).templates(line) }
        if let from = parts["line_from"]?.located("'line_from'") {
            rule.lineFrom = from
            if parts["line"] == nil { walk.reject("'line_from' needs 'line' beside it") }
        }
        readAction(parts, walk, into: &rule)
        rule.reason = parts["reason"].flatMap {
            choice($0, "reason", reasonWords) { Reason(word: $0) != nil }
        }
        rule.method = parts["method"].flatMap {
            choice($0, "method", methodWords) { AuthMethod(word: $0) != nil }
        }
        rule.risk = parts["risk"].flatMap { choice($0, "risk", []) { _ in true } }
        rule.kind = parts["kind"].flatMap(actorKind)
        rule.span = parts["correlation"].flatMap(span)
        if let set = parts["set"] { rule.set = mapping(set, "set") }
        if parts["silent"]?.boolean("'silent'") == true { rule.flags.insert(.silent) }
        if parts["floating"]?.boolean("'floating'") == true { rule.flags.insert(.floating) }
        if let unanchored = parts["unanchored"] { readUnanchored(unanchored, into: &rule) }
        return rule
    }

    private var reasonWords: [String] { words({ $0.word }, of: Reason.self) }
    private var methodWords: [String] { words({ $0.word }, of: AuthMethod.self) }

    private func readAction(
        _ parts: [String: YAMLWalk], _ walk: YAMLWalk, into rule: inout RuleDefinition
    ) {
        switch (parts["is"], parts["ignore"]) {
        case (let action?, nil):
            if case .mapping = action.node {
                readFieldAction(action, into: &rule)
            } else if let (journey, step, outcome) = event(action) {
                rule.action = .event(journey: journey, step: step, outcome: outcome)
            }
        case (nil, let ignore?):
            rule.action = .ignore(ignore.text("'ignore'") ?? "")
        default:
            walk.reject("a rule needs exactly one of 'is' and 'ignore'")
        }
    }

    private func readFieldAction(_ walk: YAMLWalk, into rule: inout RuleDefinition) {
        let parts = walk.entries("'is'", keys: ["journey", "step", "outcome"])
        guard let journey = parts["journey"]?.located("'journey'"),
            let step = parts["step"]?.located("'step'"),
            let outcome = parts["outcome"]?.located("'outcome'")
        else {
            walk.reject("'is' from fields needs 'journey', 'step' and 'outcome'")
            return
        }
        rule.action = .fields(journey: journey, step: step, outcome: outcome)
    }

    /// `login/complete/success`.
    private func event(_ walk: YAMLWalk) -> (JourneyID, UInt8, Outcome)? {
        guard let text = walk.text("'is'") else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else {
            walk.reject("'is' must be journey/step/outcome, got '\(text)'")
            return nil
        }
        guard let (journey, step) = place(parts[0], parts[1], walk) else { return nil }
        guard let outcome = Outcome(word: parts[2]) else {
            let known = Outcome.allCases.map(\.word)
            walk.reject("no outcome is called '\(parts[2])'\(suggestion(for: parts[2], among: known))")
            return nil
        }
        return (journey, step, outcome)
    }

    private func place(_ journey: String, _ step: String, _ walk: YAMLWalk) -> (JourneyID, UInt8)? {
        guard let id = catalog.id(named: journey) else {
            let hint = suggestion(for: journey, among: catalog.journeys.map(\.name))
            walk.reject("no journey is called '\(journey)'\(hint)")
            return nil
        }
        guard let rank = catalog.step(named: step, of: id) else {
            let hint = suggestion(for: step, among: catalog[id].steps)
            walk.reject("the journey '\(journey)' has no step '\(step)'\(hint)")
            return nil
        }
        return (id, rank)
    }

    /// `account/password_changed`: the single event travels with the event as a number in its flags.
    private func readUnanchored(_ walk: YAMLWalk, into rule: inout RuleDefinition) {
        guard let text = walk.text("'unanchored'") else { return }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts[0] == "account" || parts[0] == "session" else {
            walk.reject("'unanchored' must be account/STEP or session/STEP, got '\(text)'")
            return
        }
        if let (journey, step) = place(parts[0], parts[1], walk) {
            rule.flags.formUnion(EventFlags(unanchored: journey, step: step) ?? [])
        }
    }

    private func choice(
        _ walk: YAMLWalk, _ what: String, _ known: [String], _ isWord: (String) -> Bool
    ) -> RuleDefinition.Choice? {
        guard case .mapping = walk.node else {
            guard let word = walk.located("'\(what)'") else { return nil }
            check([word], what, known, isWord)
            return .word(word)
        }
        let parts = walk.entries("'\(what)'", keys: ["from", "table", "else"])
        guard let from = parts["from"]?.located("'from'") else {
            walk.reject("'\(what)' needs 'from': the field that it is taken from")
            return nil
        }
        let table = parts["table"].flatMap(namedTable)
        let otherwise = parts["else"]?.located("'else'")
        check((table?.entries.map(\.value) ?? []) + (otherwise.map { [$0] } ?? []), what, known, isWord)
        return .lookup(from: from, table: table, otherwise: otherwise)
    }

    private func check(
        _ words: [Located<String>], _ what: String, _ known: [String], _ isWord: (String) -> Bool
    ) {
        for word in words where !isWord(word.value) || word.value.isEmpty {
            let hint = suggestion(for: word.value, among: known)
            problems.add(word.line, "no \(what) is called '\(word.value)'\(hint)")
        }
    }
}
