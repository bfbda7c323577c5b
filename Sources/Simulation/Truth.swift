/// A Keycloak record that belongs to a scenario.
struct TruthEvent: TimedEvent {
    let event: KeycloakEvent
    var at: Int64 { event.at }
}

/// Writes which record belongs to which scenario, one JSON object a line.
struct TruthEventWriter: EventWriter {
    let seed: UInt64
    let scenarios: [String]

    func append(_ truth: TruthEvent, to line: inout LineBuffer) {
        line.append("{\"id\":\"")
        line.append(uuid: KeycloakWriter.recordKey(seed: seed, ordinal: truth.event.ordinal))
        line.append("\",\"instance\":")
        line.append(decimal: Int64(truth.event.scenario))
        line.append(",\"scenario\":\"")
        line.append(text: scenarios[Int(truth.event.scenario) - 1])
        line.append(
            truth.event.marks.contains(.takeover)
                ? "\",\"takeover\":true}\n" : "\",\"takeover\":false}\n")
    }
}

/// What is true of each scenario, gathered while the records are written: `truth.json`.
///
///     {"schema":"lockstep.truth/1","seed":1,"from":…,"to":…,"customers":4714,"scenarios":[
///      {"instance":1,"scenario":"credential-stuffing","kind":"attack","from":…,"to":…,
///       "first_event":…,"last_event":…,"events":1525,"attempts":1500,"actors":1500,
///       "takeovers":13,"origin_count":2,"origins":[…],"takeover_ids":[…],"event_ids":[…]},…]}
///
/// All counts are of Keycloak records inside the period. `attempts` counts the tries, bursts or
/// people that left at least one, `takeover_ids` the LOGIN records with which an attacker got in;
/// lists end after 1,000 values, and `truth-events.jsonl` has every id.
struct TruthLedger {
    private let world: World
    private var accounts: [Account]

    /// How every `truth.json` begins.
    static let opening = #"{"schema":"lockstep.truth/1""#

    /// Lists in `truth.json` end here; the counts beside them do not.
    static let listedMax = 1_000

    /// What has been seen of one scenario.
    private struct Account {
        var events = 0
        var tries = 0
        var first: Int64?
        var last: Int64?
        var eventOrdinals: [UInt64] = []
        var takeovers = 0
        var takeoverOrdinals: [UInt64] = []
        var actors: Set<Person> = []
        var origins = FirstSeen()
    }

    /// Distinct addresses in the order of their first appearance.
    private struct FirstSeen {
        var seen: Set<NetworkAddress> = []
        var listed: [NetworkAddress] = []
    }

    init(_ world: World) {
        self.world = world
        accounts = Array(repeating: Account(), count: world.plans.count)
    }

    /// Takes in records of scenarios, in time order.
    mutating func absorb(_ events: [TruthEvent]) {
        for truth in events {
            let event = truth.event
            let index = Int(event.scenario) - 1
            accounts[index].events += 1
            accounts[index].first = accounts[index].first ?? event.at
            accounts[index].last = event.at
            if event.marks.contains(.opensTry) { accounts[index].tries += 1 }
            if event.marks.contains(.takeover) {
                accounts[index].takeovers += 1
                if accounts[index].takeoverOrdinals.count < Self.listedMax {
                    accounts[index].takeoverOrdinals.append(event.ordinal)
                }
            }
            if accounts[index].eventOrdinals.count < Self.listedMax {
                accounts[index].eventOrdinals.append(event.ordinal)
            }
            accounts[index].actors.insert(event.person)
            // The shop's own servers fetch the tokens of every login: they attack nobody.
            guard event.address != Origins.shopServer else { continue }
            if accounts[index].origins.seen.insert(event.address).inserted,
                accounts[index].origins.listed.count < Self.listedMax
            {
                accounts[index].origins.listed.append(event.address)
            }
        }
    }

    /// The text of `truth.json`.
    func json() -> LineBuffer {
        var text = LineBuffer()
        text.append(text: Self.opening)
        text.append(",\"seed\":")
        text.append(text: String(world.options.seed))
        text.append(",\"from\":\"")
        text.append(rfc3339: world.start)
        text.append("\",\"to\":\"")
        text.append(rfc3339: world.end)
        text.append("\",\"customers\":")
        text.append(decimal: Int64(world.population.customers))
        text.append(",\"scenarios\":[")
        for (plan, account) in zip(world.plans, accounts) {
            text.append(plan.number == 1 ? "\n" : ",\n")
            append(plan, account, to: &text)
        }
        text.append("\n]}\n")
        return text
    }

    private func append(_ plan: ScenarioPlan, _ account: Account, to text: inout LineBuffer) {
        text.append("{\"instance\":")
        text.append(decimal: Int64(plan.number))
        text.append(",\"scenario\":\"")
        text.append(text: plan.scenario.rawValue)
        text.append("\",\"kind\":\"")
        text.append(text: plan.scenario.kind.rawValue)
        text.append("\",\"from\":\"")
        text.append(rfc3339: plan.window.lowerBound)
        text.append("\",\"to\":\"")
        text.append(rfc3339: plan.window.upperBound)
        text.append("\",\"first_event\":")
        appendTime(account.first, to: &text)
        text.append(",\"last_event\":")
        appendTime(account.last, to: &text)
        let counts: [(StaticString, Int)] = [
            (",\"events\":", account.events), (",\"attempts\":", account.tries),
            (",\"actors\":", account.actors.count), (",\"takeovers\":", account.takeovers),
            (",\"origin_count\":", account.origins.seen.count),
        ]
        for (key, count) in counts {
            text.append(key)
            text.append(decimal: Int64(count))
        }
        text.append(",\n \"origins\":[")
        for (index, origin) in account.origins.listed.enumerated() {
            text.append(index == 0 ? "\"" : ",\"")
            text.append(origin)
            text.append("\"")
        }
        text.append("],\n \"takeover_ids\":")
        append(ordinals: account.takeoverOrdinals, to: &text)
        text.append(",\n \"event_ids\":")
        append(ordinals: account.eventOrdinals, to: &text)
        text.append("}")
    }

    private func appendTime(_ at: Int64?, to text: inout LineBuffer) {
        guard let at else { return text.append("null") }
        text.append("\"")
        text.append(rfc3339: at)
        text.append("\"")
    }

    private func append(ordinals: [UInt64], to text: inout LineBuffer) {
        text.append("[")
        for (index, ordinal) in ordinals.enumerated() {
            text.append(index == 0 ? "\"" : ",\"")
            text.append(
                uuid: KeycloakWriter.recordKey(seed: world.options.seed, ordinal: ordinal))
            text.append("\"")
        }
        text.append("]")
    }
}
