/// Ordinary traffic: who comes, from where, and what for.
extension TrafficBuilder {
    /// What a visit is for.
    private enum Purpose {
        case login, glance, registration, reset, enrolment, consent, passwordChange
        case administration, service, probe
    }

    /// Simulates the visits that begin in the hour.
    mutating func simulateVisits() {
        for _ in 0..<random.count(mean: world.visits(hour)) { visit(at: moment(), scenario: 0) }
    }

    /// Simulates the visits that campaigns bring.
    mutating func simulateCampaigns() {
        for plan in world.plans where plan.scenario == .marketingSpike {
            let overlap = world.span(hour).clamped(to: plan.window)
            guard !overlap.isEmpty else { continue }
            let factor = [plan].campaignFactor(world.span(hour))
            for _ in 0..<random.count(mean: world.visits(hour) * factor) {
                let at = overlap.lowerBound + random.between(0, Int64(overlap.count) - 1)
                visit(at: at, scenario: plan.number)
            }
        }
    }

    private mutating func visit(at: Int64, scenario: UInt8) {
        let purpose = purpose()
        switch purpose {
        case .administration: return administer(at: at)
        case .service: return callService(at: at)
        case .probe: return probe(at: at)
        default: break
        }
        var visit = customerVisit(at: at)
        visit.scenario = scenario
        switch purpose {
        case .glance: open(.login, visit, at: at)
        case .registration: register(visit, at: at)
        case .reset: reset(visit, at: at)
        case .enrolment: enrol(visit, at: at)
        case .consent: consent(visit, at: at)
        case .passwordChange: changePassword(visit, at: at)
        default: login(visit, at: at)
        }
    }

    private mutating func purpose() -> Purpose {
        switch random.below(1_000) {
        case 0..<40: .glance
        case 40..<72: .registration
        case 72..<104: .reset
        case 104..<132: .enrolment
        case 132..<160: .consent
        case 160..<170: .passwordChange
        case 170..<175: .administration
        case 175..<225: .service
        case 225..<237: .probe
        default: .login
        }
    }

    /// A customer at one of their devices.
    mutating func customerVisit(at: Int64) -> Visit {
        visit(of: world.population.activeCustomer(&random), at: at)
    }

    /// A given person at one of their devices.
    mutating func visit(of person: Person, at: Int64) -> Visit {
        let hourOfDay = Clock.hourOfDay(at)
        let isOfficeTime = Clock.weekday(at) < 5 && (8..<17).contains(hourOfDay)
        let isMobile = random.chance(isOfficeTime ? 0.45 : 0.62)
        let choice = random.below(100)
        let client: Client =
            switch choice {
            case 0..<55: isMobile ? .shopApp : .shopWeb
            case 55..<85: .shopWeb
            default: .loyalty
            }
        return Visit(
            person: person, address: address(of: person, isMobile: isMobile, at: at),
            client: client, session: random.next(),
            agent: .browser(
                isMobile ? .mobile : .desktop,
                world.population.agentChoice(person, mobile: isMobile)),
            isMobile: isMobile)
    }

    /// Where a device of the person is now: on the move, at work or at home.
    mutating func address(of person: Person, isMobile: Bool, at: Int64) -> NetworkAddress {
        if isMobile, random.chance(0.5) { return world.origins.mobile(person, &random) }
        let isOfficeTime = Clock.weekday(at) < 5 && (8..<17).contains(Clock.hourOfDay(at))
        if isOfficeTime, let office = world.population.office(person), random.chance(0.75) {
            return world.origins.office(office)
        }
        // Temporary IPv6 addresses last a day on each device.
        let device = scramble(UInt64(person.bits) << 1 | (isMobile ? 1 : 0), UInt64(at / Clock.day))
        return world.origins.home(person, device: device)
    }

    /// The same person on the other device, in a browser of its own.
    mutating func otherDevice(_ visit: Visit, at: Int64) -> Visit {
        var other = visit
        other.isMobile.toggle()
        other.address = address(of: visit.person, isMobile: other.isMobile, at: at)
        other.session = random.next()
        other.agent = .browser(
            other.isMobile ? .mobile : .desktop,
            world.population.agentChoice(visit.person, mobile: other.isMobile))
        return other
    }

    /// Contacts about other things than what the simulated journeys lead to.
    mutating func simulateContacts() {
        guard world.writes(.helpdesk) else { return }
        for _ in 0..<random.count(mean: world.visits(hour) * 0.004) {
            let person = world.population.anyCustomer(&random)
            let topic: HelpdeskEvent.Topic =
                switch random.below(10) {
                case 0..<4: .billing
                case 4..<6: .accountRecovery
                case 6..<8: .lostPhone
                default: .login
                }
            contact(person, topic, at: moment())
        }
    }
}
