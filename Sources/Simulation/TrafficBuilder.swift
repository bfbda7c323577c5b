/// Simulates what begins in one hour: visits, staff, scanners and scenarios.
///
/// An hour depends on the world and its own number alone, so hours can be simulated in any order;
/// the sequels of its visits may lie in later hours.
struct TrafficBuilder {
    let world: World
    let hour: Int
    var random: RandomSource
    private(set) var traffic = Traffic()
    private var ordinal: UInt64
    private var newcomers = 0
    private var tickets = 0

    /// The purposes that have random choices of their own, so that none disturbs another.
    enum Stream: UInt64 {
        case visits = 1, campaigns, staff, scanners, contacts
    }

    init(_ world: World, hour: Int) {
        self.world = world
        self.hour = hour
        // Ordinals of one hour follow on each other: 2^32 are enough for any hour.
        ordinal = UInt64(hour + 1) << 32
        random = Self.random(world, hour: hour, .visits)
    }

    private static func random(_ world: World, hour: Int, _ stream: Stream) -> RandomSource {
        RandomSource(seed: world.options.seed, stream: UInt64(hour) << 8 | stream.rawValue)
    }

    /// Simulates everything that begins in the hour.
    mutating func simulateAll() {
        simulateVisits()
        random = Self.random(world, hour: hour, .campaigns)
        simulateCampaigns()
        random = Self.random(world, hour: hour, .contacts)
        simulateContacts()
        if world.writes(.sshd) {
            random = Self.random(world, hour: hour, .staff)
            simulateStaffShells()
            random = Self.random(world, hour: hour, .scanners)
            simulateShellScanners()
        }
        for plan in world.plans {
            simulateLastGood(plan)
            simulate(plan)
        }
    }

    /// A moment of the hour, each as likely.
    mutating func moment() -> Int64 {
        world.span(hour).lowerBound + random.between(0, Clock.hour - 1)
    }

    /// A new account's holder.
    mutating func newcomer(_ group: Person.Group) -> Person {
        newcomers += 1
        return Person(group, world.uniqueNumber(hour: hour, index: newcomers))
    }
}

/// One person at one device: what the records of a visit have in common.
struct Visit {
    var person: Person
    var address: NetworkAddress
    var client: Client
    /// The key of the browser session: `code_id` and session id grow from it.
    var session: UInt64
    var agent: Agent
    var isMobile: Bool
    /// The number of the scenario that the visit belongs to, or 0.
    var scenario: UInt8 = 0
}

extension TrafficBuilder {
    /// Adds a Keycloak record.
    mutating func record(
        _ type: KeycloakType, _ visit: Visit, at: Int64, error: KeycloakError = .none,
        method: KeycloakEvent.Method = .none, marks: KeycloakEvent.Marks = []
    ) {
        ordinal += 1
        traffic.keycloak.append(
            KeycloakEvent(
                at: at, ordinal: ordinal, address: visit.address, session: visit.session,
                person: visit.person, type: type, error: error, client: visit.client,
                method: method, scenario: visit.scenario, marks: marks))
    }

    /// Adds a request to the access log.
    mutating func request(
        _ page: AccessEvent.Page, _ visit: Visit, at: Int64, status: UInt16 = 200
    ) {
        guard world.writes(.accessLog) else { return }
        traffic.access.append(
            AccessEvent(
                at: at, address: visit.address, session: visit.session, page: page,
                agent: visit.agent, client: visit.client, status: status))
    }

    /// Adds a page view with the files that a browser fetches for it.
    mutating func open(_ page: AccessEvent.Page, _ visit: Visit, at: Int64) {
        request(page, visit, at: at)
        let status: UInt16 = random.chance(0.6) ? 304 : 200
        request(.stylesheet, visit, at: at + random.between(40, 220), status: status)
        if random.chance(0.5) {
            request(.script, visit, at: at + random.between(60, 400), status: status)
        }
    }

    /// Adds a contact with the helpdesk and, mostly, its solution.
    mutating func contact(_ person: Person, _ topic: HelpdeskEvent.Topic, at: Int64) {
        tickets += 1
        let channel: HelpdeskEvent.Channel =
            random.chance(0.5) ? .chat : random.chance(0.5) ? .phone : .email
        let solved = at + random.skewed(6 * Clock.minute, 2 * Clock.day)
        var event = HelpdeskEvent(
            at: at, ticket: UInt32(world.uniqueNumber(hour: hour, index: tickets)), person: person,
            topic: topic,
            action: .contact, channel: channel)
        traffic.helpdesk.append(event)
        guard random.chance(0.85) else { return }
        event.at = solved
        event.action = .resolved
        traffic.helpdesk.append(event)
    }

    /// Adds a line of sshd.
    mutating func shell(_ event: SSHDEvent) {
        traffic.sshd.append(event)
    }
}
