import IdentityModel
import LockstepTesting

@testable import SecuritySignals

/// Random rules of every type, and random events for them.
struct RandomWorld {
    var random: SeededGenerator
    private(set) var strings = StringTable()
    private static let clients = ["web", "mobile-ios", "mobile-android"]
    private static let risks = ["low", "high", "threat"]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        for text in Self.clients + Self.risks { _ = strings.intern(text) }
    }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
    private mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }

    // MARK: Rules

    mutating func rules(_ count: Int, isFamiliar: Bool) -> [SignalRule] {
        (0..<count).map { rule($0, isFamiliar: isFamiliar) }
    }

    private mutating func match(isFamiliar: Bool) -> EventMatch {
        var match =
            switch below(5) {
            case 0: EventMatch.guess
            case 1: EventMatch.loginCompletion
            case 2: EventMatch(journeys: [.passwordReset], steps: ["request"])
            case 3: EventMatch(outcomes: [.failure, .denied])
            default: EventMatch(journeys: [.login, .passwordReset], outcomes: [.success])
            }
        if random.happens(30) { match.tests.append(test(isNegated: random.happens(50))) }
        if isFamiliar, random.happens(10) { match.newToActor = pick([.origin, .device, [.origin, .device]]) }
        return match
    }

    private mutating func test(isNegated: Bool) -> FieldTest {
        switch below(7) {
        case 0: FieldTest(.client, texts: [.prefix("mobile-")], isNegated: isNegated)
        case 1: FieldTest(.client, texts: [.whole("web"), .whole("mobile-ios")], isNegated: isNegated)
        case 2: FieldTest(.risk, texts: [.prefix("")], isNegated: isNegated)
        case 3: FieldTest(.method, numbers: [UInt32(AuthMethod.push.rawValue)], isNegated: isNegated)
        case 4: FieldTest(.asn, numbers: [1, 2], isNegated: isNegated)
        case 5: FieldTest(.outcome, numbers: [UInt32(Outcome.denied.rawValue)], isNegated: true)
        default:
            FieldTest(
                .address, networks: [NetworkRange("10.0.0.0/31"), NetworkRange("2001::/16")].compactMap(\.self),
                isNegated: isNegated)
        }
    }

    private mutating func condition(isFamiliar: Bool) -> Condition {
        let relation = pick([Condition.Relation.gte, .gte, .gte, .gt, .lte, .lt, .eq])
        let field = pick([SignalField.actor, .actor, .origin, .client, .asn, .device])
        return switch below(6) {
        case 0, 1: Condition(.events, relation, 1 + below(4))
        case 2, 3: Condition(.distinct(field), relation, 1 + below(3))
        case 4: Condition(.eventsPer(field), relation, 1 + below(5), over: 2)
        default: Condition(.shareOfActors(tries: 1 + below(2)), relation, below(5), over: 4)
        }
    }

    private mutating func rule(_ index: Int, isFamiliar: Bool) -> SignalRule {
        let kind = pick([
            SignalRule.Kind.eventCount, .eventCount, .valueCount, .valueCount, .temporal, .temporalOrdered, .travel,
        ])
        let groups: [[SignalField]] = [
            [.actor], [.actor], [.origin], [.origin], [.actor, .origin], [.origin, .actor], [.origin48], [.client],
            [.device], [.country, .client], [.address], [.session],
        ]
        var rule = SignalRule(
            name: "rule\(index)", kind: kind, match: match(isFamiliar: isFamiliar), groupBy: pick(groups),
            timespan: Int64(1 + below(20)) * 1_000_000, marks: random.happens(50) ? .matching : .group)
        if kind == .temporal || kind == .temporalOrdered {
            rule.selections = (0..<2 + below(2)).map { .init(name: "s\($0)", match: match(isFamiliar: isFamiliar)) }
        }
        if kind != .travel {
            rule.conditions = (0..<below(3)).map { _ in condition(isFamiliar: isFamiliar) }
            if random.happens(30) {
                let denominator = 1 + below(10)
                rule.conditions.append(
                    Condition(
                        .share(beside: match(isFamiliar: false)), pick([.gte, .gte, .lt]), below(denominator + 1),
                        over: denominator))
            }
        }
        if random.happens(15) {
            // Exceptions look at neither step nor outcome.
            var except = test(isNegated: true)
            while except.field == .outcome { except = test(isNegated: true) }
            rule.except = [except]
        }
        if index > 0, random.happens(30) { rule.requires = ["rule\(below(index))"] }
        if index > 1, random.happens(10) { rule.requires.append("rule\(below(index))") }
        return rule
    }

    // MARK: Events

    /// Events in canonical order, many at one instant, now and then an hour or some weeks apart.
    mutating func events(_ count: Int) -> [IdentityEvent] {
        // The hour turns in the middle of things.
        var at = dawn - Int64(below(100)) * 1_000_000
        var events: [IdentityEvent] = []
        for _ in 0..<count {
            at += random.happens(3) ? Timestamp.hour : Int64(below(5)) * 1_000_000
            if random.happens(1) { at += Int64(10 + below(25)) * Timestamp.day }
            events.append(event(at))
        }
        return events.sorted(by: IdentityEvent.precedes)
    }

    private mutating func event(_ at: Int64) -> IdentityEvent {
        var event = IdentityEvent()
        event.id = random.pseudonym()
        event.at = at
        event.journey = pick([.login, .login, .login, .passwordReset, .consent])
        event.step = UInt8(below(Int(JourneyCatalog()[event.journey].lastStep) + 1))
        event.outcome = pick(Outcome.allCases)
        if event.journey == .login, random.happens(30) { (event.step, event.outcome) = (3, .success) }
        event.reason = pick([.badCredential, .locked, .technical, .none])
        event.method = pick([.none, .push, .password])
        event.subject = UInt128(below(4))
        event.name = random.happens(30) ? event.subject : 0
        let origin = UInt32(below(4))
        // Origin 3 is a network of which each event shows another address.
        event.address =
            origin < 3 ? address(origin) : NetworkAddress(rawValue: 0x2001 << 112 | event.id >> 70)
        event.device = UInt64(below(3))
        event.client = UInt32(below(4))
        event.risk = pick([0, 0, 4, 5, 6])
        event.country = UInt32(below(3))
        event.asn = UInt32(below(4))
        event.session = UInt64(below(3))
        if random.happens(70) {
            event.latitude = pick([525, 485, 407, -339])
            event.longitude = pick([134, 24, -740, 1512])
        }
        return event
    }
}
