import IdentityModel

extension DialectCompiler {
    /// `definition` as flat tables.
    func rule(_ definition: RuleDefinition) -> CompiledRule {
        let taken = Set(definition.templates.flatMap(\.fieldNames))
        let early = definition.conditions.filter { condition in
            !taken.contains(condition.field.value) && !isDispatched(condition, definition)
        }
        let late = definition.conditions.filter { taken.contains($0.field.value) }
        let templates = definition.templates.map { template in
            template.compiled(in: memory) { self.slot(giving: $0) }
        }
        var rule = CompiledRule(
            conditions: memory.place(early.map(condition)),
            line: templates.isEmpty ? -1 : slot(line(definition)),
            templates: TemplateSet(templates, in: memory),
            lateConditions: memory.place(late.map(condition)), action: .ignore, journey: .none,
            step: 0, outcome: .progress, journeySlot: -1, stepSlot: -1, outcomeSlot: -1,
            reason: choice(definition.reason, vocabulary.reasons) { Reason(word: $0)?.rawValue },
            method: choice(definition.method, vocabulary.methods) { AuthMethod(word: $0)?.rawValue },
            risk: riskChoice(definition.risk), kind: definition.kind ?? .unknown,
            hasKind: definition.kind != nil,
            span: definition.span ?? self.definition.span, flags: definition.flags, mapping: 0)
        switch definition.action {
        case .ignore: break
        case .event(let journey, let step, let outcome):
            (rule.action, rule.journey, rule.step, rule.outcome) = (.event, journey, step, outcome)
        case .fields(let journey, let step, let outcome):
            rule.action = .fields
            (rule.journeySlot, rule.stepSlot, rule.outcomeSlot) =
                (slot(journey), slot(step), slot(outcome))
        }
        if let set = definition.set {
            rule.mapping = Int32(mappings.count)
            mappings.append(mapping(set, over: self.definition.event))
        }
        return rule
    }

    private func line(_ rule: RuleDefinition) -> Located<String> {
        Located(value: rule.lineFrom.value, line: rule.lineFrom.line == 0 ? rule.line : rule.lineFrom.line)
    }

    private func choice(
        _ definition: RuleDefinition.Choice?, _ words: ByteTable, _ number: (String) -> UInt8?
    ) -> CompiledChoice {
        var choice = noChoice
        choice.vocabulary = words
        switch definition {
        case nil: break
        case .word(let word)?:
            choice.mode = .word
            choice.word = Int32(number(word.value) ?? 0)
        case .lookup(let from, let table, let otherwise)?:
            choice.mode = table == nil ? .vocabulary : .table
            choice.slot = slot(from)
            choice.word = otherwise.flatMap { number($0.value) }.map { Int32($0) } ?? -1
            let entries = table?.entries.map { (key: $0.key, value: Int32(number($0.value.value) ?? 0)) }
            choice.table = WordTable(entries ?? [], in: memory)
        }
        return choice
    }

    private func riskChoice(_ definition: RuleDefinition.Choice?) -> CompiledChoice {
        var choice = noChoice
        switch definition {
        case nil: break
        case .word(let word)?:
            choice.mode = .word
            choice.word = 0
            choice.texts = memory.place([memory.place(word.value)])
        case .lookup(let from, let table, let otherwise)?:
            choice.mode = table == nil ? .text : .table
            choice.slot = slot(from)
            var texts = (table?.entries ?? []).map { memory.place($0.value.value) }
            let entries = (table?.entries ?? []).enumerated().map { (key: $1.key, value: Int32($0)) }
            if let otherwise {
                choice.word = Int32(texts.count)
                texts.append(memory.place(otherwise.value))
            }
            choice.texts = memory.place(texts)
            choice.table = WordTable(entries, in: memory)
        }
        return choice
    }

    private var noChoice: CompiledChoice {
        CompiledChoice(
            table: WordTable([], in: memory), texts: memory.place([]),
            vocabulary: ByteTable([], in: memory))
    }

    /// What decides about `rule` in a dispatch on `name`: values of a field, or beginnings of a line.
    private func deciders(_ rule: RuleDefinition, _ name: String, _ mode: RuleDispatch.Mode) -> [String]? {
        switch mode {
        case .none: return nil
        case .value:
            for condition in rule.conditions where condition.field.value == name {
                guard case .oneOf(let values) = condition.test,
                    !rule.templates.flatMap(\.fieldNames).contains(name)
                else { continue }
                if !values.contains(where: Wildcard.isWildcard) { return values }
            }
            return nil
        case .prefix:
            guard !rule.templates.isEmpty, rule.lineFrom.value == name else { return nil }
            let starts = rule.templates.map {
                String(decoding: $0.prefix.utf8.prefix(RuleDispatch.prefixBytes), as: UTF8.self)
            }
            let isDecided = starts.allSatisfy {
                $0.utf8.count == RuleDispatch.prefixBytes && $0.utf8.allSatisfy { $0 < 0x80 }
            }
            return isDecided ? starts : nil
        }
    }

    /// Whether the dispatch has tested `condition` when it offers `rule`.
    private func isDispatched(_ condition: ConditionDefinition, _ rule: RuleDefinition) -> Bool {
        guard dispatchedBy.mode == .value, dispatchedBy.name == condition.field.value else { return false }
        guard case .oneOf(let values) = condition.test else { return false }
        return deciders(rule, dispatchedBy.name, .value) == values
    }

    /// The field or line that sets most rules apart; one that parts fewer than two is none.
    func chooseDispatch() -> (name: String, mode: RuleDispatch.Mode) {
        let rules = definition.rules
        var best: (name: String, mode: RuleDispatch.Mode, count: Int) = ("", .none, 0)
        let fields = rules.flatMap { $0.conditions.map(\.field.value) }.filter { !$0.hasPrefix("setting.") }
        let choices =
            fields.map { ($0, RuleDispatch.Mode.value) }
            + rules.map { ($0.lineFrom.value, RuleDispatch.Mode.prefix) }
        var asked: Set<String> = []
        for (name, mode) in choices where asked.insert("\(name) \(mode)").inserted {
            let count = rules.filter { deciders($0, name, mode) != nil }.count
            if count > best.count { best = (name, mode, count) }
        }
        return best.count > 1 ? (best.name, best.mode) : ("", .none)
    }

    /// The table of the dispatch.
    func dispatch() -> RuleDispatch {
        let rules = definition.rules
        let best = dispatchedBy
        guard best.mode != .none else { return everyRule(rules.count) }
        var values: [String] = []
        let decided = rules.map { deciders($0, best.name, best.mode) }
        for value in decided.compactMap({ $0 }).joined() where !values.contains(value) {
            values.append(value)
        }
        let buckets = values.map { value in
            memory.place(
                decided.indices.filter { decided[$0]?.contains(value) ?? true }.map { Int32($0) })
        }
        return RuleDispatch(
            mode: best.mode, slot: Int32(slot(giving: best.name)),
            table: ByteTable(values.enumerated().map { ($1, Int32($0)) }, in: memory),
            buckets: memory.place(buckets),
            others: memory.place(decided.indices.filter { decided[$0] == nil }.map { Int32($0) }))
    }

    private func everyRule(_ count: Int) -> RuleDispatch {
        RuleDispatch(
            mode: .none, slot: -1, table: ByteTable([], in: memory), buckets: memory.place([]),
            others: memory.place((0..<count).map { Int32($0) }))
    }
}
