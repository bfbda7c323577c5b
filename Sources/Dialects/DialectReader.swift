import IdentityModel
import Yams

/// Reads a `dialect.yaml` into its definition and notes everything that is wrong with it.
struct DialectReader {
    let catalog: JourneyCatalog
    let problems: ProblemList
    var tables: [String: TableDefinition] = [:]

    init(catalog: JourneyCatalog, problems: ProblemList) {
        self.catalog = catalog
        self.problems = problems
    }

    private static let keys = [
        "dialect", "version", "title", "reference", "kind", "correlation", "zone", "settings",
        "forms", "event", "kinds", "tables", "rules",
    ]

    /// The dialect that `text` describes; `folder` is the name that it must have.
    mutating func read(_ text: String, folder: String) -> DialectDefinition? {
        guard let root = compose(text) else { return nil }
        let parts = root.entries("a dialect", keys: Self.keys)
        var dialect = DialectDefinition()
        readHead(parts, root, folder: folder, into: &dialect)
        for (name, table) in parts["tables"]?.entries("tables") ?? [] {
            tables[name.value] = self.table(table)
        }
        for (name, form) in parts["forms"]?.entries("forms") ?? [] {
            dialect.forms.append(FormReader(problems: problems).form(form, named: name))
        }
        if let event = parts["event"] { dialect.event = mapping(event, "event") }
        if dialect.event.sources[.time] == nil { root.reject("'event' must say which field is 'time'") }
        for kind in parts["kinds"]?.list("kinds") ?? [] { read(kind: kind, into: &dialect) }
        for rule in parts["rules"]?.list("rules") ?? [] { dialect.rules.append(self.rule(rule)) }
        if dialect.forms.isEmpty { root.reject("a dialect needs 'forms'") }
        if dialect.rules.isEmpty { root.reject("a dialect needs 'rules'") }
        return dialect
    }

    private func compose(_ text: String) -> YAMLWalk? {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                problems.add(1, "the file is empty; a dialect was expected")
                return nil
            }
            return YAMLWalk(node: node, problems: problems)
        } catch let error as YamlError {
            let (line, text) = Self.tell(error)
            problems.add(line, text)
        } catch {
            problems.add(0, "cannot be read as YAML: \(error)")
        }
        return nil
    }

    private static func tell(_ error: YamlError) -> (Int, String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            (mark.line, "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            (context.mark.line, "the key '\(duplicates.first ?? "")' stands twice in one mapping")
        default:
            (0, "not YAML: \(error)")
        }
    }

    private func readHead(
        _ parts: [String: YAMLWalk], _ root: YAMLWalk, folder: String,
        into dialect: inout DialectDefinition
    ) {
        dialect.name = parts["dialect"]?.text("'dialect'") ?? folder
        if dialect.name != folder {
            parts["dialect"]?.reject("'dialect' must be the folder's name '\(folder)', got '\(dialect.name)'")
        }
        if parts["dialect"] == nil { root.reject("'dialect' is missing; it must be '\(folder)'") }
        dialect.version = parts["version"]?.count("'version'") ?? 1
        dialect.title = parts["title"]?.text("'title'") ?? folder
        dialect.kind = parts["kind"].flatMap(actorKind) ?? .customer
        dialect.span = parts["correlation"].flatMap(span) ?? .request
        if let zone = parts["zone"], let word = zone.text("'zone'") {
            dialect.zone = word
            if ZoneClock(word) == nil {
                zone.reject("'zone' must be UTC, an offset such as +02:00 or an IANA name, got '\(word)'")
            }
        }
        for (name, value) in parts["settings"]?.entries("settings") ?? [] {
            if let text = value.text("the setting '\(name.value)'") {
                dialect.settings.append((name.value, text))
            }
        }
    }

    /// The kind that is written, where `none` is `.unknown`.
    func actorKind(_ walk: YAMLWalk) -> ActorKind? {
        let none = "none"
        return walk.word("kind", among: words({ $0.word }, of: ActorKind.self) + [none]) { word in
            word == none ? .unknown : word.isEmpty ? nil : ActorKind(word: word)
        }
    }

    func span(_ walk: YAMLWalk) -> CorrelationSpan? {
        walk.word("correlation", among: ["try", "browser", "request"]) { CorrelationSpan(word: $0) }
    }

    private func read(kind walk: YAMLWalk, into dialect: inout DialectDefinition) {
        let parts = walk.entries("kinds", keys: ["when", "is"])
        guard let when = parts["when"], let kind = parts["is"].flatMap(actorKind) else {
            if parts["when"] == nil || parts["is"] == nil {
                walk.reject("an entry of 'kinds' needs 'when' and 'is'")
            }
            return
        }
        dialect.kinds.append(KindDefinition(conditions: conditions(when), kind: kind))
    }

    /// A table written out.
    func table(_ walk: YAMLWalk) -> TableDefinition {
        var table = TableDefinition()
        for (key, value) in walk.entries("a table") {
            if let word = value.located("a value of a table") { table.entries.append((key.value, word)) }
        }
        return table
    }

    /// A table by its name, or written out in place.
    func namedTable(_ walk: YAMLWalk) -> TableDefinition? {
        if case .mapping = walk.node { return table(walk) }
        guard let name = walk.text("'table'") else { return nil }
        if let known = tables[name] { return known }
        let hint = suggestion(for: name, among: Array(tables.keys))
        walk.reject("no table is called '\(name)'\(hint)")
        return nil
    }
}
