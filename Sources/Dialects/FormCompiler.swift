import IdentityModel

/// The JSON side of a form: which slots its paths go to.
struct JSONShape {
    /// Slots of a field's paths, in order, by field.
    var sources: [(name: String, slots: [Int])] = []
    var requirements: [(slot: Int, values: [String])] = []
    /// Requirements of an element, where the form has `each`.
    var eachRequirements: [(slot: Int, values: [String])] = []
    /// Requirements that are fields of later stages.
    var lateRequirements: [FormDefinition.Requirement] = []
    var eachList = -1
    var eachRoot = -1
    var eachSlots: [Int] = []
}

extension DialectCompiler {
    /// Puts the paths of `form` into the tree.
    func jsonShape(_ form: FormDefinition) -> JSONShape {
        var shape = JSONShape()
        guard form.primary == .json else { return shape }
        for name in form.records {
            if let path = JSONPath(name) { tree.list(0, at: path) }
        }
        if let each = form.each {
            shape.eachRoot = eachRoot(each)
            shape.eachList = shape.eachRoot
        }
        for field in form.fields {
            shape.sources.append((field.name.value, field.sources.compactMap { slot($0, &shape) }))
        }
        let later = Set(form.templates.flatMap(\.fieldNames) + form.derive.map(\.name.value))
        for requirement in form.requires {
            if later.contains(requirement.name.value) {
                shape.lateRequirements.append(requirement)
            } else if let slot = slot(requirement.name, &shape) {
                if shape.eachSlots.contains(slot) {
                    shape.eachRequirements.append((slot, requirement.values))
                } else {
                    shape.requirements.append((slot, requirement.values))
                }
            }
        }
        return shape
    }

    /// The root of the tree for elements of the array at `path`; forms of one array share it.
    private func eachRoot(_ path: JSONPath) -> Int {
        if let known = eachRoots[path.steps] { return known }
        let root = tree.newRoot()
        tree.list(root, at: path)
        eachRoots[path.steps] = root
        return root
    }

    private func slot(_ text: Located<String>, _ shape: inout JSONShape) -> Int? {
        guard var path = JSONPath(text.value) else { return nil }
        guard shape.eachRoot >= 0, path.steps.first == .key("each"), path.steps.count > 1 else {
            return tree.slot(for: path)
        }
        path.steps.removeFirst()
        let slot = tree.slot(for: path, below: shape.eachRoot)
        if !shape.eachSlots.contains(slot) { shape.eachSlots.append(slot) }
        return slot
    }

    /// `form` without its pair keys, which come last.
    func form(_ form: FormDefinition, _ shape: JSONShape) -> CompiledForm {
        let primary: CompiledForm.Primary =
            switch form.primary {
            case .json: .json
            case .text: .text
            case .pairs: .pairs
            case .syslog: .syslog
            case .csv: .csv
            }
        var sources = shape.sources.map { source in
            CompiledForm.Source(
                slot: Int32(slot(giving: source.name)),
                candidates: memory.place(source.slots.map { Int32($0) }))
        }
        if form.primary != .json { sources = renames(form) }
        let templates = form.templates.map { template in
            template.compiled(in: memory) { self.slot(giving: $0) }
        }
        let late = form.primary == .json ? shape.lateRequirements : form.requires
        return CompiledForm(
            primary: primary,
            pathRequirements: memory.place(
                shape.requirements.map { requirement(Int32($0.slot), $0.values) }),
            eachRequirements: memory.place(
                shape.eachRequirements.map { requirement(Int32($0.slot), $0.values) }),
            requirements: memory.place(
                late.map { requirement(slot($0.name), $0.values) }),
            moves: memory.place(
                sources.filter { $0.candidates.count == 1 }
                    .map { CompiledForm.Move(from: $0.candidates[0], to: $0.slot) }),
            sources: memory.place(sources.filter { $0.candidates.count > 1 }),
            textIn: form.textIn.map(slot) ?? -1,
            templates: TemplateSet(templates, in: memory), hasTemplates: !templates.isEmpty,
            pairsFrom: form.pairs?.from.map(slot) ?? -1, pairs: emptyPairs,
            hasPairs: form.pairs != nil, header: header(form), csv: csv(form),
            derivations: memory.place(form.derive.map(derivation)),
            eachList: Int32(shape.eachList), eachRoot: Int32(shape.eachRoot),
            eachSlots: memory.place(shape.eachSlots.map { Int32($0) }))
    }

    private func requirement(_ slot: Int32, _ values: [String]) -> CompiledForm.Requirement {
        CompiledForm.Requirement(
            slot: slot, hasValues: !values.isEmpty, values: ValueSet(values, in: memory))
    }

    /// New names for fields that the form gave; a field that keeps its name needs none.
    private func renames(_ form: FormDefinition) -> [CompiledForm.Source] {
        form.fields.compactMap { field in
            if field.sources.map(\.value) == [field.name.value] {
                _ = slot(giving: field.name.value)
                return nil
            }
            return CompiledForm.Source(
                slot: Int32(slot(giving: field.name.value)), candidates: slots(field.sources))
        }
    }

    private func derivation(_ definition: FormDefinition.Derivation) -> CompiledForm.Derivation {
        CompiledForm.Derivation(
            slot: Int32(slot(giving: definition.name.value)), from: slot(definition.from),
            after: memory.place(definition.after ?? ""), before: memory.place(definition.before ?? ""))
    }

    private func header(_ form: FormDefinition) -> CompiledForm.Header {
        guard form.primary == .syslog else {
            return CompiledForm.Header(time: -1, host: -1, program: -1, pid: -1, message: -1)
        }
        func own(_ name: String) -> Int32 { Int32(slot(giving: name)) }
        return CompiledForm.Header(
            time: own("time"), host: own("host"), program: own("program"), pid: own("pid"),
            message: own("message"))
    }

    private func csv(_ form: FormDefinition) -> CSVReader {
        CSVReader(
            separator: form.separator,
            columns: memory.place(form.columns.map { Int32(slot(giving: $0)) }),
            names: memory.place(form.columns.map { memory.place($0) }))
    }

    private var emptyPairs: PairReader {
        PairReader(
            separator: .none, equals: .none, quote: 0, hasJSONEscapes: false,
            keys: ByteTable([], in: memory))
    }

    /// How `form` reads pairs; keys are all names of the dialect.
    func pairs(_ form: FormDefinition) -> PairReader {
        guard let pairs = form.pairs else { return emptyPairs }
        return PairReader(
            separator: memory.place(pairs.separator), equals: memory.place(pairs.equals),
            quote: pairs.quote, hasJSONEscapes: pairs.hasJSONEscapes,
            keys: ByteTable(allNames, in: memory))
    }
}
