import IdentityModel

/// Reads one entry of `forms`.
struct FormReader {
    let problems: ProblemList

    private static let keys = [
        "json", "text", "text_in", "pairs", "syslog", "csv", "requires", "fields", "derive",
    ]

    /// The form called `name` that `walk` describes.
    func form(_ walk: YAMLWalk, named name: Located<String>) -> FormDefinition {
        var form = FormDefinition()
        form.name = name.value
        form.line = name.line
        let parts = walk.entries("the form '\(name.value)'", keys: Self.keys)
        readText(parts, into: &form)
        if let pairs = parts["pairs"] { form.pairs = self.pairs(pairs) }
        if let json = parts["json"] { readJSON(json, into: &form) }
        if let csv = parts["csv"] { readCSV(csv, into: &form) }
        choosePrimary(parts, walk, &form)
        for (field, sources) in parts["fields"]?.entries("'fields'") ?? [] {
            form.fields.append((field, sources.texts("'\(field.value)'")))
        }
        if let requires = parts["requires"] { form.requires = requirements(requires) }
        for (field, value) in parts["derive"]?.entries("'derive'") ?? [] {
            if let derivation = derivation(value, of: field) { form.derive.append(derivation) }
        }
        checkPaths(form)
        return form
    }

    private func readText(_ parts: [String: YAMLWalk], into form: inout FormDefinition) {
        form.templates = parts["text"].map(templates) ?? []
        form.textIn = parts["text_in"]?.located("'text_in'")
        if let textIn = parts["text_in"], parts["text"] == nil {
            textIn.reject("'text_in' needs 'text' beside it")
        }
    }

    /// The templates of `text` or `line`.
    func templates(_ walk: YAMLWalk) -> [TextTemplate] {
        walk.texts("a template").compactMap { text in
            do throws(TextTemplate.Flaw) {
                return try TextTemplate(text.value)
            } catch {
                problems.add(text.line, error.text)
                return nil
            }
        }
    }

    private func choosePrimary(
        _ parts: [String: YAMLWalk], _ walk: YAMLWalk, _ form: inout FormDefinition
    ) {
        let carriers = ["json", "syslog", "csv"].filter { parts[$0] != nil }
        if carriers.count > 1 {
            walk.reject("the form '\(form.name)' has \(carriers.joined(separator: " and ")); one is allowed")
        }
        switch carriers.first {
        case "json"?: form.primary = .json
        case "syslog"?:
            form.primary = .syslog
            if parts["syslog"]?.boolean("'syslog'") == false { walk.reject("'syslog' must be true") }
        case "csv"?: form.primary = .csv
        default:
            form.primary = parts["text"] != nil ? .text : .pairs
            if parts["text"] == nil, parts["pairs"] == nil {
                walk.reject("the form '\(form.name)' needs json, text, pairs, syslog or csv")
            }
        }
        if !carriers.isEmpty, parts["text"] != nil, parts["text_in"] == nil {
            walk.reject("'text' beside \(carriers[0]) needs 'text_in': the field that it is laid over")
        }
        if form.primary == .text || !carriers.isEmpty, let pairs = form.pairs, pairs.from == nil {
            walk.reject("'pairs' of the form '\(form.name)' needs 'from': the field that it reads")
        }
        if form.primary == .pairs, let from = form.pairs?.from {
            problems.add(from.line, "'from' names a field, but nothing in this form gives fields before")
        }
    }

    private func pairs(_ walk: YAMLWalk) -> FormDefinition.Pairs {
        var pairs = FormDefinition.Pairs()
        let parts = walk.entries(
            "'pairs'", keys: ["from", "separator", "equals", "quote", "escapes"])
        pairs.from = parts["from"]?.located("'from'")
        pairs.separator = parts["separator"]?.text("'separator'") ?? pairs.separator
        pairs.equals = parts["equals"]?.text("'equals'") ?? pairs.equals
        if pairs.separator.isEmpty || pairs.equals.isEmpty {
            walk.reject("'separator' and 'equals' must not be empty")
        }
        if let quote = parts["quote"] { pairs.quote = quote.byte("'quote'") ?? 0 }
        if let escapes = parts["escapes"] {
            pairs.hasJSONEscapes =
                escapes.word("escapes", among: ["json", "quote"]) { word in
                    word == "json" ? true : word == "quote" ? false : nil
                } ?? false
        }
        return pairs
    }

    private func readJSON(_ walk: YAMLWalk, into form: inout FormDefinition) {
        let parts = walk.entries("'json'", keys: ["records", "each"])
        form.records = parts["records"]?.texts("'records'").map(\.value) ?? []
        guard let each = parts["each"], let text = each.text("'each'") else { return }
        form.each = JSONPath(text)
        if form.each == nil { each.reject("'\(text)' is no path") }
    }

    private func readCSV(_ walk: YAMLWalk, into form: inout FormDefinition) {
        let parts = walk.entries("'csv'", keys: ["columns", "separator"])
        form.columns = parts["columns"]?.texts("'columns'").map(\.value) ?? []
        if form.columns.isEmpty { walk.reject("'csv' needs 'columns'") }
        form.separator = parts["separator"]?.byte("'separator'") ?? 0x2C
    }

    private func requirements(_ walk: YAMLWalk) -> [FormDefinition.Requirement] {
        guard case .mapping = walk.node else {
            return walk.texts("'requires'").map { FormDefinition.Requirement(name: $0, values: []) }
        }
        return walk.entries("'requires'").map { name, value in
            if case .scalar(let scalar) = value.node, scalar.string == "present" {
                return FormDefinition.Requirement(name: name, values: [])
            }
            return FormDefinition.Requirement(
                name: name, values: value.texts("'\(name.value)'").map(\.value))
        }
    }

    private func derivation(
        _ walk: YAMLWalk, of field: Located<String>
    ) -> FormDefinition.Derivation? {
        let parts = walk.entries("'derive'", keys: ["from", "after", "before"])
        guard let from = parts["from"]?.located("'from'") else {
            walk.reject("'\(field.value)' needs 'from'")
            return nil
        }
        let after = parts["after"]?.text("'after'")
        let before = parts["before"]?.text("'before'")
        if after == nil, before == nil { walk.reject("'\(field.value)' needs 'after' or 'before'") }
        return FormDefinition.Derivation(name: field, from: from, after: after, before: before)
    }

    private func checkPaths(_ form: FormDefinition) {
        guard form.primary == .json else { return }
        let texts = form.fields.flatMap(\.sources) + form.requires.map(\.name)
        for source in texts where JSONPath(source.value) == nil {
            problems.add(source.line, "'\(source.value)' is no path; write a dot inside a key as '\\.'")
        }
    }
}
