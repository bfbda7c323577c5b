import IdentityModel

/// What rules see in an event: a bit per rule, and one per selection of temporal rules.
struct Lanes: Sendable, Equatable {
    /// Rules whose selection (any of them) takes the event.
    var match: UInt64 = 0
    /// Rules whose share is taken beside it.
    var beside: UInt64 = 0
    /// Selections of temporal rules that take it.
    var part: UInt64 = 0
    /// Rules that may mark it.
    var mark: UInt64 = 0

    static let all = Lanes(match: .max, beside: .max, part: .max, mark: .max)

    @inline(__always)
    var isSeen: Bool { match | beside | part != 0 }
    @inline(__always)
    var isEmpty: Bool { match | beside | part | mark == 0 }

    @inline(__always)
    static func & (a: Lanes, b: Lanes) -> Lanes {
        Lanes(
            match: a.match & b.match, beside: a.beside & b.beside, part: a.part & b.part,
            mark: a.mark & b.mark)
    }

    @inline(__always)
    static func | (a: Lanes, b: Lanes) -> Lanes {
        Lanes(
            match: a.match | b.match, beside: a.beside | b.beside, part: a.part | b.part,
            mark: a.mark | b.mark)
    }

    /// The lanes of the others alone.
    @inline(__always)
    mutating func remove(_ others: Lanes) {
        match &= ~others.match
        beside &= ~others.beside
        part &= ~others.part
        mark &= ~others.mark
    }
}

/// Finds the lanes of events: one table look-up drops those that no rule speaks of; enumerations
/// take a look-up each, texts are compared once per distinct text of a batch.
///
/// A class is (journey, step, outcome, reason) packed into an index; the last one of the table is
/// that of journeys which the catalog does not have.
///
///     journey │ step 4 bits │ outcome 2 │ reason 4
struct EventFilter: Sendable {
    /// A test and the lanes that it guards.
    struct Guarded: Sendable {
        var test: FieldTest
        var lanes: Lanes
    }

    private var classes: [Lanes]
    private let journeyCount: Int
    /// Lanes that other fields than those of the class may still close.
    private var conditioned = Lanes()
    /// By raw value, for each enumeration that is tested.
    private var enumerations: [(field: FieldTest.Field, lanes: [Lanes])] = []
    private var texts: [(field: FieldTest.Field, tests: [Guarded])] = []
    private var numbers: [Guarded] = []
    private var addresses: [Guarded] = []
    /// By selection lane: its rule's bit, and the same where the rule marks what matches.
    private let partMatch: [UInt64]
    private let partMark: [UInt64]

    /// Texts of a batch that were looked at: lanes by number of the text, for each text field.
    struct TextMemory: Sendable {
        /// By text field and number.
        fileprivate var lanes: [Lanes] = []
        fileprivate var isKnown: [Bool] = []
        fileprivate var textCount = 0
    }

    init(rules: [SignalRule], parts: [SelectionPart], catalog: JourneyCatalog) {
        journeyCount = catalog.journeys.count
        let size = journeyCount << 10 + 1
        classes = [Lanes](repeating: Lanes(), count: size)
        partMatch = parts.map { 1 << UInt64($0.rule) }
        partMark = parts.map { rules[$0.rule].marks == .matching ? 1 << UInt64($0.rule) : 0 }
        fillClasses(rules, parts, catalog)
        for guarded in Self.guards(rules, parts) { add(guarded) }
    }

    private mutating func fillClasses(
        _ rules: [SignalRule], _ parts: [SelectionPart], _ catalog: JourneyCatalog
    ) {
        for (journeyIndex, journey) in catalog.journeys.enumerated().prefix(255) {
            let id = JourneyID(rawValue: UInt8(journeyIndex))
            for (stepIndex, step) in journey.steps.enumerated().prefix(16) {
                for outcome in Outcome.allCases {
                    for reason in Reason.allCases {
                        let place = self.place(
                            journey: id.rawValue, step: UInt8(stepIndex), outcome: outcome.rawValue,
                            reason: reason.rawValue)
                        classes[place] = Self.lanes(rules, parts) {
                            $0.holds(journey: id, step: step, outcome: outcome, reason: reason)
                        } isOfJourneys: {
                            $0.isEmpty || $0.contains(id)
                        }
                    }
                }
            }
        }
    }

    private static func lanes(
        _ rules: [SignalRule], _ parts: [SelectionPart], holds: (EventMatch) -> Bool,
        isOfJourneys: ([JourneyID]) -> Bool
    ) -> Lanes {
        var lanes = Lanes()
        for (bit, rule) in rules.enumerated().prefix(64) {
            let mask: UInt64 = 1 << UInt64(bit)
            if rule.selections.count == 1, holds(rule.match) { lanes.match |= mask }
            if let beside = rule.beside, holds(beside) { lanes.beside |= mask }
            switch rule.marks {
            case .matching: lanes.mark |= lanes.match & mask
            case .group: if isOfJourneys(rule.journeys) { lanes.mark |= mask }
            }
        }
        for (lane, part) in parts.enumerated() where holds(rules[part.rule].selections[part.selection].match)
        {
            lanes.part |= 1 << UInt64(lane)
        }
        return lanes
    }

    /// Every test of a field outside the class, with what it guards.
    private static func guards(_ rules: [SignalRule], _ parts: [SelectionPart]) -> [Guarded] {
        var all: [Guarded] = []
        for (bit, rule) in rules.enumerated().prefix(64) {
            let mask: UInt64 = 1 << UInt64(bit)
            let own = parts.indices.filter { parts[$0].rule == bit }
            for (index, selection) in rule.selections.enumerated() {
                var lanes = Lanes()
                if rule.selections.count == 1 {
                    lanes.match = mask
                    lanes.mark = rule.marks == .matching ? mask : 0
                }
                for lane in own where parts[lane].selection == index { lanes.part |= 1 << UInt64(lane) }
                all += selection.match.tests.map { Guarded(test: $0, lanes: lanes) }
            }
            all += (rule.beside?.tests ?? []).map { Guarded(test: $0, lanes: Lanes(beside: mask)) }
            let part = own.reduce(0) { $0 | 1 << UInt64($1) } as UInt64
            let whole = Lanes(match: mask, beside: mask, part: part, mark: mask)
            all += rule.except.map { Guarded(test: $0, lanes: whole) }
        }
        return all
    }

    private mutating func add(_ guarded: Guarded) {
        let field = guarded.test.field
        switch field {
        case .journey, .step, .outcome, .reason: return
        case .method, .actorKind, .userAgentClass, .topic:
            var place = enumerations.firstIndex { $0.field == field } ?? enumerations.count
            if place == enumerations.count {
                enumerations.append((field, [Lanes](repeating: .all, count: 256)))
                place = enumerations.count - 1
            }
            for value in 0..<256 where !guarded.test.accepts(number: UInt32(value)) {
                enumerations[place].lanes[value].remove(guarded.lanes)
            }
        case .client, .tenant, .vendorReason, .risk, .dialect, .country, .assurance, .segments, .userAgent:
            if let place = texts.firstIndex(where: { $0.field == field }) {
                texts[place].tests.append(guarded)
            } else {
                texts.append((field, [guarded]))
            }
        case .asn: numbers.append(guarded)
        case .address: addresses.append(guarded)
        }
        conditioned = conditioned | guarded.lanes
    }

    @inline(__always)
    private func place(journey: UInt8, step: UInt8, outcome: UInt8, reason: UInt8) -> Int {
        guard journey < journeyCount else { return classes.count - 1 }
        return Int(journey) << 10 | Int(step & 15) << 6 | Int(outcome & 3) << 4 | Int(reason & 15)
    }

    /// An empty memory for the texts of `batch`.
    func memory(for batch: borrowing EventBatch) -> TextMemory {
        var memory = TextMemory()
        memory.textCount = batch.strings.count
        memory.lanes = [Lanes](repeating: Lanes(), count: texts.count * memory.textCount)
        memory.isKnown = [Bool](repeating: false, count: texts.count * memory.textCount)
        return memory
    }

    /// The lanes of event `index`; `memory` is that of its batch.
    @inline(__always)
    func lanes(_ batch: borrowing EventBatch, _ index: Int, _ memory: inout TextMemory) -> Lanes {
        let lanes = classes[
            place(
                journey: batch.journey[index], step: batch.step[index], outcome: batch.outcome[index],
                reason: batch.reason[index])]
        if lanes.isEmpty { return lanes }
        if (lanes & conditioned).isEmpty { return gathered(lanes) }
        return gathered(narrowed(lanes, batch, index, &memory))
    }

    /// Gives a temporal rule its bits where one of its selections holds.
    @inline(__always)
    private func gathered(_ lanes: Lanes) -> Lanes {
        if lanes.part == 0 { return lanes }
        var gathered = lanes
        var rest = lanes.part
        while rest != 0 {
            let lane = rest.trailingZeroBitCount
            rest &= rest - 1
            gathered.match |= partMatch[lane]
            gathered.mark |= partMark[lane]
        }
        return gathered
    }

    @inline(never)
    private func narrowed(
        _ open: Lanes, _ batch: borrowing EventBatch, _ index: Int, _ memory: inout TextMemory
    ) -> Lanes {
        var lanes = open
        for place in 0..<enumerations.count {
            lanes = lanes & enumerations[place].lanes[Int(Self.raw(enumerations[place].field, batch, index))]
            if lanes.isEmpty { return lanes }
        }
        for place in 0..<texts.count {
            let id = Int(Self.reference(texts[place].field, batch, index))
            let known = place &* memory.textCount &+ id
            if !memory.isKnown[known] {
                memory.isKnown[known] = true
                memory.lanes[known] = textLanes(UInt32(id), place, batch)
            }
            lanes = lanes & memory.lanes[known]
            if lanes.isEmpty { return lanes }
        }
        if addresses.isEmpty, numbers.isEmpty { return lanes }
        for guarded in addresses where !(lanes & guarded.lanes).isEmpty {
            let address = batch.address.isEmpty ? 0 : batch.address[index]
            if !guarded.test.accepts(address: address) { lanes.remove(guarded.lanes) }
        }
        for guarded in numbers where !(lanes & guarded.lanes).isEmpty {
            let number = batch.asn.isEmpty ? 0 : batch.asn[index]
            if !guarded.test.accepts(number: number) { lanes.remove(guarded.lanes) }
        }
        return lanes
    }

    private func textLanes(_ id: UInt32, _ place: Int, _ batch: borrowing EventBatch) -> Lanes {
        var lanes = Lanes.all
        batch.strings.withBytes(id) { bytes in
            for guarded in texts[place].tests where !guarded.test.accepts(bytes) {
                lanes.remove(guarded.lanes)
            }
        }
        return lanes
    }

    /// A column that was not read is "no value" throughout.
    private static func raw(_ field: FieldTest.Field, _ batch: borrowing EventBatch, _ index: Int) -> UInt8 {
        switch field {
        case .method: batch.method.isEmpty ? 0 : batch.method[index]
        case .actorKind: batch.actorKind.isEmpty ? 0 : batch.actorKind[index]
        case .userAgentClass: batch.userAgentClass.isEmpty ? 0 : batch.userAgentClass[index]
        default: batch.topic.isEmpty ? JourneyID.none.rawValue : batch.topic[index]
        }
    }

    private static func reference(
        _ field: FieldTest.Field, _ batch: borrowing EventBatch, _ index: Int
    ) -> UInt32 {
        switch field {
        case .client: batch.client.isEmpty ? 0 : batch.client[index]
        case .tenant: batch.tenant.isEmpty ? 0 : batch.tenant[index]
        case .vendorReason: batch.vendorReason.isEmpty ? 0 : batch.vendorReason[index]
        case .risk: batch.risk.isEmpty ? 0 : batch.risk[index]
        case .dialect: batch.dialect.isEmpty ? 0 : batch.dialect[index]
        case .country: batch.country.isEmpty ? 0 : batch.country[index]
        case .assurance: batch.assurance.isEmpty ? 0 : batch.assurance[index]
        case .segments: batch.segments.isEmpty ? 0 : batch.segments[index]
        default: batch.userAgent.isEmpty ? 0 : batch.userAgent[index]
        }
    }
}

/// A selection of a temporal rule: its lane is its place in the plan's list.
struct SelectionPart: Sendable {
    var rule: Int
    var selection: Int
}
