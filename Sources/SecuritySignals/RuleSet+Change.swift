import IdentityModel

/// Sets that differ in one rule from another: what a trial compares.
extension RuleSet {
    /// The rule called `name`, if the set has one.
    public subscript(name: String) -> SignalRule? { rules.first { $0.name == name } }

    /// This set with the rule of a file: in the place of the one of the same name, or beside the others.
    ///
    /// - Returns: the set, and the name of the rule.
    /// - Throws: `RuleSetError` where the file or the set that it makes is not sound.
    public func with(
        ruleFile file: String, text: String, catalog: JourneyCatalog
    ) throws -> (set: RuleSet, rule: String) {
        var reader = RuleReader(file: file, catalog: catalog)
        guard let rule = reader.rule(text) else { throw RuleSetError(problems: reader.errors) }
        let replaced = self[rule.name]?.file
        let kept = files.filter { $0.name != replaced }
        let set = try RuleSet(name: name, files: kept + [(file, text)], catalog: catalog)
        return (set, rule.name)
    }

    /// This set with the rule called `name` never firing; rules that require it stay as they are.
    public func silencing(_ name: String) -> RuleSet {
        let changed = rules.map { rule in
            guard rule.name == name else { return rule }
            var silent = rule
            // No window holds so many events.
            silent.conditions = [Condition(.events, .gte, Int(Int32.max))]
            silent.kind = rule.selections.count > 1 ? rule.kind : .eventCount
            return silent
        }
        return RuleSet(self, rules: changed, "without \(name)\n")
    }
}
