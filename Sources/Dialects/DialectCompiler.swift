import IdentityModel

/// Turns a dialect's definition into flat tables.
///
/// The order matters: paths are numbered first, then settings, then fields as rules and forms
/// name them, and the tables of pair keys last, when every wanted name is known.
final class DialectCompiler {
    /// What a `CompiledDialect` is made of.
    struct Parts {
        var definition: DialectDefinition
        var memory: CompiledMemory
        var fieldNames: [String]
        var pathCount: Int
        var slotCount: Int
        var capturesMax: Int
        var nodes: UnsafePointer<JSONNode>
        var arrayRoot: Int32
        var forms: UnsafeBufferPointer<CompiledForm>
        var mappings: UnsafeBufferPointer<CompiledMapping>
        var kinds: UnsafeBufferPointer<CompiledKind>
        var rules: UnsafeBufferPointer<CompiledRule>
        var dispatch: RuleDispatch
        var vocabulary: Vocabulary
    }

    let definition: DialectDefinition
    let catalog: JourneyCatalog
    let problems: ProblemList
    let memory = CompiledMemory()
    let tree = JSONPathTree(firstSlot: 0)
    let vocabulary: Vocabulary
    var mappings: [CompiledMapping] = []
    var eachRoots: [[JSONPath.Step]: Int] = [:]
    /// The field or line by which rules are found.
    private(set) lazy var dispatchedBy = chooseDispatch()
    private var names: [String] = []
    private var numbers: [String: Int] = [:]
    private var givenNames: Set<String> = []
    private var hasOpenNames = false

    init(_ definition: DialectDefinition, catalog: JourneyCatalog, problems: ProblemList) {
        self.definition = definition
        self.catalog = catalog
        self.problems = problems
        vocabulary = Vocabulary(catalog, in: memory)
    }

    /// The dialect, or nil where a problem was noted.
    func compile() -> CompiledDialect? {
        let shapes = definition.forms.map(jsonShape)
        let arrayRoot = tree.newRoot()
        tree.list(0, atRoot: arrayRoot)
        collectNames()
        mappings.append(mapping(definition.event, over: nil))
        let kinds = definition.kinds.map {
            CompiledKind(conditions: memory.place($0.conditions.map(condition)), kind: $0.kind)
        }
        let rules = definition.rules.map(rule)
        var forms = zip(definition.forms, shapes).map { form($0, $1) }
        for (index, form) in definition.forms.enumerated() where form.pairs != nil {
            forms[index].pairs = pairs(form)
        }
        let dispatch = dispatch()
        guard problems.problems.isEmpty, let nodes = tree.compiled(in: memory).baseAddress else {
            return nil
        }
        let templates = definition.forms.flatMap(\.templates) + definition.rules.flatMap(\.templates)
        return CompiledDialect(
            Parts(
                definition: definition, memory: memory, fieldNames: names,
                pathCount: tree.slotCount, slotCount: firstField + names.count,
                capturesMax: templates.map(\.fieldNames.count).max() ?? 0, nodes: nodes,
                arrayRoot: Int32(arrayRoot), forms: memory.place(forms),
                mappings: memory.place(mappings), kinds: memory.place(kinds),
                rules: memory.place(rules), dispatch: dispatch, vocabulary: vocabulary))
    }

    private var firstField: Int { tree.slotCount + definition.settings.count }

    private func collectNames() {
        for form in definition.forms {
            givenNames.formUnion(form.fieldNames)
            hasOpenNames = hasOpenNames || form.hasOpenNames
        }
        for rule in definition.rules { givenNames.formUnion(rule.templates.flatMap(\.fieldNames)) }
    }

    /// The slot of the field called `name`, which a form or a line gives.
    func slot(giving name: String) -> Int {
        if let known = numbers[name] { return firstField + known }
        numbers[name] = names.count
        names.append(name)
        return firstField + names.count - 1
    }

    /// The slot of the field or setting that `name` refers to.
    func slot(_ name: Located<String>) -> Int32 {
        if name.value.hasPrefix("setting.") {
            let setting = name.value.dropFirst("setting.".count)
            if let index = definition.settings.firstIndex(where: { $0.name == setting }) {
                return Int32(tree.slotCount + index)
            }
            let hint = suggestion(for: String(setting), among: definition.settings.map(\.name))
            problems.add(name.line, "no setting is called '\(setting)'\(hint)")
            return 0
        }
        if !hasOpenNames, !givenNames.contains(name.value) {
            let hint = suggestion(for: name.value, among: Array(givenNames))
            problems.add(name.line, "no form gives a field '\(name.value)'\(hint)")
        }
        return Int32(slot(giving: name.value))
    }

    /// The slots that `names` refer to, in order.
    func slots(_ names: [Located<String>]) -> UnsafeBufferPointer<Int32> {
        memory.place(names.map(slot))
    }

    /// All field names met so far and their slots.
    var allNames: [(key: String, value: Int32)] {
        names.enumerated().map { ($1, Int32(firstField + $0)) }
    }

    func condition(_ definition: ConditionDefinition) -> CompiledCondition {
        var values: [String] = []
        let test: CompiledCondition.Test
        switch definition.test {
        case .present: test = .present
        case .absent: test = .absent
        case .oneOf(let given):
            test = .oneOf
            values = given
        case .noneOf(let given):
            test = .noneOf
            values = given
        }
        return CompiledCondition(
            slot: slot(definition.field), test: test, values: ValueSet(values, in: memory))
    }

    /// A mapping by `definition`; what it leaves out is as in `base`.
    func mapping(_ definition: MappingDefinition, over base: MappingDefinition?) -> CompiledMapping {
        var merged = base ?? definition
        if base != nil {
            merged.sources.merge(definition.sources) { $1 }
            if definition.sources[.time] != nil { merged.format = definition.format }
            if !definition.segments.isEmpty { merged.segments = definition.segments }
        }
        func at(_ key: EventKey) -> CompiledMapping.Slots { slots(merged.sources[key]?.fields ?? []) }
        let topic = merged.sources[.topic]
        let topics = topic?.table?.entries.map { (key: $0.key, value: journey($0.value.value)) }
        let otherwise = topic?.otherwise.map { journey($0.value) } ?? Int32(JourneyID.none.rawValue)
        return CompiledMapping(
            id: at(.id), time: at(.time), name: at(.name), subject: at(.subject), ip: at(.ip),
            userAgent: at(.userAgent), device: at(.device), client: at(.client), tenant: at(.tenant),
            correlation: at(.correlation), session: at(.session), method: at(.method),
            risk: at(.risk), country: at(.country), asn: at(.asn), latitude: at(.latitude),
            longitude: at(.longitude), assurance: at(.assurance), vendorReason: at(.vendorReason),
            ticket: at(.ticket), topic: at(.topic),
            topicTable: WordTable(topics ?? ownTopics, in: memory), topicOtherwise: otherwise,
            segments: memory.place(
                merged.segments.map {
                    CompiledMapping.Segment(label: memory.place("\($0.label)="), slot: slot($0.field))
                }),
            format: merged.format)
    }

    private var ownTopics: [(key: String, value: Int32)] {
        catalog.journeys.map { ($0.name, journey($0.name)) }
    }

    private func journey(_ name: String) -> Int32 {
        Int32((catalog.id(named: name) ?? .none).rawValue)
    }
}
