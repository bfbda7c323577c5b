import IdentityModel

/// Reads `event`, `set`, conditions and tables of a dialect.
extension DialectReader {
    /// Which field is what: `event` of a dialect, or `set` of a rule.
    func mapping(_ walk: YAMLWalk, _ what: String) -> MappingDefinition {
        var mapping = MappingDefinition()
        let keys = EventKey.allCases.map(\.rawValue) + ["segments"]
        for (name, value) in walk.entries("'\(what)'", keys: keys) {
            if name == "segments" {
                for (label, field) in value.entries("'segments'") {
                    if let field = field.located("a segment") {
                        mapping.segments.append((label.value, field))
                    }
                }
            } else if let key = EventKey(rawValue: name) {
                mapping.sources[key] = source(value, key, &mapping)
            }
        }
        mapping.segments.sort { $0.label < $1.label }
        return mapping
    }

    private func source(
        _ walk: YAMLWalk, _ key: EventKey, _ mapping: inout MappingDefinition
    ) -> MappingDefinition.Source {
        guard case .mapping = walk.node else {
            return MappingDefinition.Source(fields: walk.texts("'\(key.rawValue)'"))
        }
        switch key {
        case .time:
            let parts = walk.entries("'time'", keys: ["field", "format"])
            if let format = parts["format"] {
                let words = TimeFormat.allCases.map(\.word)
                mapping.format =
                    format.word("format", among: words) { word in
                        TimeFormat.allCases.first { $0.word == word }
                    } ?? .auto
            }
            if parts["field"] == nil { walk.reject("'time' needs 'field'") }
            return MappingDefinition.Source(fields: parts["field"]?.texts("'field'") ?? [])
        case .topic:
            let parts = walk.entries("'topic'", keys: ["from", "table", "else"])
            if parts["from"] == nil { walk.reject("'topic' needs 'from'") }
            let source = MappingDefinition.Source(
                fields: parts["from"]?.texts("'from'") ?? [], table: parts["table"].flatMap(namedTable),
                otherwise: parts["else"]?.located("'else'"))
            check(topics: source)
            return source
        default:
            walk.reject("'\(key.rawValue)' must be a field or a list of fields")
            return MappingDefinition.Source(fields: [])
        }
    }

    private func check(topics source: MappingDefinition.Source) {
        let words = (source.table?.entries.map(\.value) ?? []) + (source.otherwise.map { [$0] } ?? [])
        for word in words where catalog.id(named: word.value) == nil {
            let hint = suggestion(for: word.value, among: catalog.journeys.map(\.name))
            problems.add(word.line, "no journey is called '\(word.value)'\(hint)")
        }
    }

    /// The conditions of a `when`.
    func conditions(_ walk: YAMLWalk) -> [ConditionDefinition] {
        walk.entries("'when'").compactMap { field, value in
            test(value).map { ConditionDefinition(field: field, test: $0) }
        }
    }

    private func test(_ walk: YAMLWalk) -> ConditionDefinition.Test? {
        switch walk.node {
        case .mapping:
            let parts = walk.entries("a condition", keys: ["not"])
            guard let not = parts["not"] else {
                walk.reject("a condition is a value, a list of values, present, absent or {not: …}")
                return nil
            }
            return .noneOf(values(not))
        case .scalar(let scalar) where scalar.string == "present": return .present
        case .scalar(let scalar) where scalar.string == "absent": return .absent
        default: return .oneOf(values(walk))
        }
    }

    private func values(_ walk: YAMLWalk) -> [String] {
        walk.texts("a condition").compactMap { value in
            var text = value.value
            let isNothing = text.withUTF8 { utf8 in
                utf8.baseAddress.map { isNullLike(Bytes(start: $0, count: utf8.count)) } ?? true
            }
            if isNothing {
                problems.add(value.line, "'\(text)' is no value to a dialect; write absent")
                return nil
            }
            if text.dropFirst().dropLast().contains("*") {
                problems.add(value.line, "'*' may stand only at an end of a value, got '\(text)'")
                return nil
            }
            return text
        }
    }
}
