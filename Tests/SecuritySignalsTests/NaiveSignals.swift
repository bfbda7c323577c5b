import Attempts
import IdentityModel

@testable import SecuritySignals

/// Marks as the definition's words say: for each event the whole window is looked at anew, and
/// who is familiar is asked by recursion. Quadratic and worse; the measure of the machine.
final class NaiveSignals {
    let rules: [SignalRule]
    let events: [IdentityEvent]
    let strings: StringTable
    let isFamiliarityOn: Bool
    private let catalog = JourneyCatalog()
    private var fired: [String: Bool] = [:]
    private var familiar: [String: Bool] = [:]
    private var markedLogins: [Int: Bool] = [:]

    init(rules: [SignalRule], events: [IdentityEvent], strings: StringTable = StringTable(), familiarity: Bool = false) {
        self.rules = rules
        self.events = events
        self.strings = strings
        isFamiliarityOn = familiarity
    }

    /// The signals that mark each event.
    func marks() -> [SignalSet] {
        events.indices.map { index in
            rules.indices.reduce(into: []) { if isMarked(index, $1) { $0.insert(SignalSet(index: $1)) } }
        }
    }

    /// Whether each event's actor is known from there in the 30 days before.
    func familiars() -> [Bool] { events.indices.map { isFamiliar($0, at: events[$0].at - 1) } }

    // MARK: Values

    private func value(_ field: SignalField, _ event: IdentityEvent) -> UInt128 {
        switch field {
        case .actor: event.name != 0 ? event.name : event.subject
        case .origin: event.address.origin
        case .origin48: event.address.isIPv4 ? event.address.rawValue : event.address.rawValue >> 80
        case .address: event.address.rawValue
        case .subject: event.subject
        case .name: event.name
        case .client: UInt128(event.client)
        case .tenant: UInt128(event.tenant)
        case .session: UInt128(event.session)
        case .correlation: UInt128(event.correlation)
        case .device: UInt128(event.device)
        case .userAgent: UInt128(event.userAgent)
        case .asn: UInt128(event.asn)
        case .country: UInt128(event.country)
        }
    }

    private func key(_ index: Int, _ rule: Int) -> [UInt128]? {
        let values = SignalField.allCases.filter { rules[rule].groupBy.contains($0) }.map { value($0, events[index]) }
        return values.contains(0) ? nil : values
    }

    // MARK: Matching

    private func passes(_ event: IdentityEvent, _ test: FieldTest) -> Bool {
        let step = catalog[event.journey].steps[Int(event.step)]
        func texts(_ text: String) -> Bool {
            test.texts.contains {
                switch $0 {
                case .whole(let whole): !text.isEmpty && text == whole
                case .prefix(let prefix): !text.isEmpty && text.hasPrefix(prefix)
                }
            }
        }
        let holds =
            switch test.field {
            case .journey: test.numbers.contains(UInt32(event.journey.rawValue))
            case .step: texts(step)
            case .outcome: test.numbers.contains(UInt32(event.outcome.rawValue))
            case .reason: test.numbers.contains(UInt32(event.reason.rawValue))
            case .method: test.numbers.contains(UInt32(event.method.rawValue))
            case .client: texts(strings[event.client])
            case .risk: texts(strings[event.risk])
            case .asn: test.numbers.contains(event.asn)
            case .address: event.address != .none && test.networks.contains { $0.contains(event.address.rawValue) }
            default: false
            }
        return holds != test.isNegated
    }

    private func takes(_ match: EventMatch, _ event: IdentityEvent) -> Bool {
        let step = catalog[event.journey].steps[Int(event.step)]
        if !match.journeys.isEmpty, !match.journeys.contains(event.journey) { return false }
        if !match.steps.isEmpty, !match.steps.contains(step) { return false }
        if !match.outcomes.isEmpty, !match.outcomes.contains(event.outcome) { return false }
        if !match.reasons.isEmpty, !match.reasons.contains(event.reason) { return false }
        return match.tests.allSatisfy { passes(event, $0) }
    }

    private func isExcepted(_ index: Int, _ rule: Int) -> Bool {
        rules[rule].except.contains { !passes(events[index], $0) }
    }

    /// The selections of the rule that take an event.
    private func selections(_ index: Int, _ rule: Int) -> Set<Int> {
        if isExcepted(index, rule) { return [] }
        let own = rules[rule].selections
        return Set(own.indices.filter { place in
            guard takes(own[place].match, events[index]) else { return false }
            let novelty = own[place].match.newToActor
            if novelty.isEmpty { return true }
            return isNew(index, novelty, at: events[index].at - rules[rule].timespan)
        })
    }

    private func matches(_ index: Int, _ rule: Int) -> Bool { !selections(index, rule).isEmpty }

    private func isNew(_ index: Int, _ novelty: Novelty, at moment: Int64) -> Bool {
        let event = events[index]
        let hasOrigin = novelty.contains(.origin) && event.origin != 0
        let hasDevice = novelty.contains(.device) && event.device != 0
        if event.actor == 0 || !hasOrigin && !hasDevice { return false }
        return !isFamiliar(index, at: moment, byOrigin: hasOrigin, byDevice: hasDevice)
    }

    // MARK: Familiar people

    private func isFamiliar(_ index: Int, at moment: Int64, byOrigin: Bool = true, byDevice: Bool = true) -> Bool {
        if !isFamiliarityOn { return false }
        let memory = "\(index) \(moment) \(byOrigin) \(byDevice)"
        if let known = familiar[memory] { return known }
        let event = events[index]
        let found = event.actor != 0 && events.indices.contains { login in
            let other = events[login]
            guard takes(.loginCompletion, other), other.actor == event.actor, other.at <= moment,
                other.at > moment - 30 * Timestamp.day
            else { return false }
            let isSameOrigin = byOrigin && event.origin != 0 && event.origin == other.origin
            let isSameDevice = byDevice && event.device != 0 && event.device == other.device
            return (isSameOrigin || isSameDevice) && !isMarkedLogin(login)
        }
        familiar[memory] = found
        return found
    }

    private func isMarkedLogin(_ login: Int) -> Bool {
        if let known = markedLogins[login] { return known }
        let found = rules.indices.contains { decides($0) && isMarked(login, $0) }
        markedLogins[login] = found
        return found
    }

    private func required(_ rule: Int) -> [Int] {
        rules[rule].requires.compactMap { name in rules.firstIndex { $0.name == name } }
    }

    private func decides(_ rule: Int) -> Bool {
        required(rule).allSatisfy { decides($0) && rules[rule].timespan <= rules[$0].timespan }
    }

    // MARK: Firing

    private func fires(_ rule: Int, _ at: Int64, _ key: [UInt128]) -> Bool {
        let memory = "\(rule) \(at) \(key)"
        if let known = fired[memory] { return known }
        let found = firesAnew(rules[rule], rule, at, key)
        fired[memory] = found
        return found
    }

    private func firesAnew(_ definition: SignalRule, _ rule: Int, _ at: Int64, _ key: [UInt128]) -> Bool {
        let window = events.indices.filter {
            events[$0].at > at - definition.timespan && events[$0].at <= at && self.key($0, rule) == key
        }
        // Who is nowhere does not travel.
        let matching = window.filter {
            matches($0, rule) && (definition.kind != .travel || events[$0].latitude != .min)
        }
        let here = matching.filter { events[$0].at == at }
        if here.isEmpty { return false }
        if !definition.requires.isEmpty {
            let isMet = here.contains { event in
                required(rule).contains { before in
                    guard let group = self.key(event, before) else { return false }
                    return events.contains {
                        $0.at > at - definition.timespan && $0.at <= at && fires(before, $0.at, group)
                    }
                }
            }
            if !isMet { return false }
        }
        switch definition.kind {
        case .travel: if !hasTravelled(matching, at) { return false }
        case .temporal:
            let all = matching.reduce(into: Set<Int>()) { $0.formUnion(selections($1, rule)) }
            if all.count < definition.selections.count { return false }
        case .temporalOrdered: if !hasOrder(matching, rule, from: .min, next: 0) { return false }
        default: break
        }
        return definition.conditions.allSatisfy { holds($0, window, matching, rule) }
    }

    /// Whether some event takes the next selection, not before `from`, and others the rest after it.
    private func hasOrder(_ matching: [Int], _ rule: Int, from: Int64, next: Int) -> Bool {
        if next == rules[rule].selections.count { return true }
        return matching.contains { index in
            events[index].at >= from && selections(index, rule).contains(next)
                && hasOrder(matching, rule, from: events[index].at, next: next + 1)
        }
    }

    private func hasTravelled(_ matching: [Int], _ at: Int64) -> Bool {
        let placed = matching.filter { events[$0].latitude != .min && events[$0].longitude != .min }
        let here = placed.filter { events[$0].at == at }
        let before = placed.filter { events[$0].at < at }.map { events[$0].at }.max()
        let others = placed.filter { events[$0].at == at || events[$0].at == before }
        return here.contains { one in
            others.contains { other in
                let (a, b) = (events[one], events[other])
                return Place(packed: Place.packed(latitude: a.latitude, longitude: a.longitude)).isTooFar(
                    from: Place(packed: Place.packed(latitude: b.latitude, longitude: b.longitude)),
                    within: a.at - b.at)
            }
        }
    }

    private func holds(_ condition: Condition, _ window: [Int], _ matching: [Int], _ rule: Int) -> Bool {
        func values(_ field: SignalField) -> [UInt128] {
            matching.compactMap { index in
                let value = self.value(field, events[index])
                if value == 0 { return nil }
                if field == .actor, isFamiliar(index, at: events[index].at - rules[rule].timespan) { return nil }
                return value
            }
        }
        let amount: Int
        var base = 1
        switch condition.measure {
        case .events: amount = matching.count
        case .distinct(let field): amount = Set(values(field)).count
        case .share(let beside):
            amount = matching.count
            base = window.count { index in
                matches(index, rule) || takes(beside, events[index]) && !isExcepted(index, rule)
            }
        case .eventsPer(let field):
            amount = matching.count
            base = Set(values(field)).count
        case .shareOfActors(let tries):
            let counts = Dictionary(grouping: values(.actor)) { $0 }.mapValues(\.count)
            amount = counts.values.count { $0 <= tries }
            base = counts.count
        }
        if base == 0 { return false }
        let left = amount * condition.denominator
        let right = base * condition.numerator
        return switch condition.relation {
        case .gte: left >= right
        case .gt: left > right
        case .lte: left <= right
        case .lt: left < right
        case .eq: left == right
        }
    }

    // MARK: Marks

    private func isMarked(_ index: Int, _ rule: Int) -> Bool {
        let definition = rules[rule]
        let event = events[index]
        guard let key = key(index, rule), !isExcepted(index, rule) else { return false }
        if definition.marks == .matching {
            if !matches(index, rule) { return false }
        } else if !definition.selections.contains(where: { $0.match.journeys.isEmpty || $0.match.journeys.contains(event.journey) }) {
            return false
        }
        let isOfOrigin = definition.groupBy.contains { [.origin, .origin48, .address].contains($0) }
        if isOfOrigin, isFamiliar(index, at: event.at - definition.timespan) { return false }
        return Set(events.map(\.at)).contains { at in
            guard event.at > at - definition.timespan else { return false }
            let isBefore = definition.marks == .matching ? event.at <= at : event.at < at + definition.timespan
            return isBefore && fires(rule, at, key)
        }
    }
}
