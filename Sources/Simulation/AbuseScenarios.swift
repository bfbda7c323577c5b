/// Scenarios that abuse other steps than the password, and genuine people who look like abuse.
extension TrafficBuilder {
    /// Two bursts of pushes at a victim whose password is known; every fourth victim gives in.
    mutating func pushAgainAndAgain(_ plan: ScenarioPlan, _ index: Int, at start: Int64) {
        var candidate = index * 7 + 1
        var person = world.population.mixedCustomer(candidate)
        // Only people with a second factor can be asked for it.
        while !world.population.hasFactor(person) {
            candidate += 1
            person = world.population.mixedCustomer(candidate)
        }
        var visit = attackerVisit(
            plan, person,
            from: world.origins.attacker(Int(plan.number) * 41 + index, hop: random.next()),
            agent: .browser(.desktop, random.next()), session: random.next())
        var at = start
        for burst in 0..<2 {
            for number in 0..<random.between(5, 8) {
                visit.session = random.next()
                request(.login, visit, at: at)
                at += random.between(30_000, 70_000)
                record(
                    .loginError, visit, at: at, error: .invalidUserCredentials, method: .push,
                    marks: burst == 0 && number == 0 ? .opensTry : [])
            }
            if burst == 0 { at += random.between(15, 30) * Clock.minute }
        }
        if index % 4 == 1 {
            visit.session = random.next()
            takeOver(visit, at: at + random.between(30_000, 60_000))
        }
    }

    /// Eight or so reset mails for one victim within half an hour; an origin has many victims.
    mutating func bombWithResets(_ plan: ScenarioPlan, _ index: Int, at start: Int64) {
        let isKnown = random.chance(0.9)
        let person =
            isKnown
            ? world.population.mixedCustomer(index * 3 + 4) : Person(.stranger, 500_000 + index)
        var visit = attackerVisit(
            plan, person,
            from: world.origins.attacker(
                Int(plan.number) * 53 + index % plan.origins, hop: random.next()),
            agent: .library, session: random.next())
        var at = start
        for number in 0..<random.between(6, 12) {
            visit.session = random.next()
            request(.forgotPassword, visit, at: at)
            at += random.between(300, 1_200)
            record(
                isKnown ? .sendResetPassword : .resetPasswordError, visit, at: at,
                error: isKnown ? .none : .userNotFound, marks: number == 0 ? .opensTry : [])
            at += random.between(40_000, 4 * Clock.minute)
        }
    }

    /// An account made by a script: page, form and login within seconds.
    mutating func registerByScript(_ plan: ScenarioPlan, _ index: Int, at start: Int64) {
        let visit = attackerVisit(
            plan, newcomer(.fake),
            from: world.origins.attacker(
                Int(plan.number) * 61 + index % plan.origins, hop: random.next()),
            agent: .headless, session: random.next())
        request(.register, visit, at: start)
        let at = start + random.between(900, 2_500)
        guard !random.chance(0.06) else {
            return record(
                .registerError, visit, at: at, error: .invalidRegistration, marks: .opensTry)
        }
        record(.register, visit, at: at, method: .password, marks: .opensTry)
        record(.login, visit, at: at + random.between(180, 500))
        var token = visit
        token.address = Origins.shopServer
        record(.codeToToken, token, at: at + random.between(560, 900))
    }

    /// How long before the first stale try the password still worked.
    private static let lastGood = 2 * Clock.day

    /// The logins with which people whose password or token is stale later were known before.
    ///
    /// The person and the address follow from the try's own random choices, as they do at its time.
    mutating func simulateLastGood(_ plan: ScenarioPlan) {
        guard plan.scenario == .stalePassword || plan.scenario == .staleMobileToken else { return }
        let span = world.span(hour)
        for (index, at) in plan.tries(in: span.lowerBound + Self.lastGood..<span.upperBound + Self.lastGood) {
            random = RandomSource(seed: plan.seed, stream: UInt64(index))
            let person = world.population.activeCustomer(&random)
            var visit = visit(of: person, at: at - Self.lastGood)
            visit.address = world.origins.home(person, device: UInt64(index))
            record(.login, visit, at: at - Self.lastGood)
        }
    }

    /// A password manager at home goes on submitting the password of last week.
    mutating func submitStalePassword(_ plan: ScenarioPlan, _ index: Int, at start: Int64) {
        let person = world.population.activeCustomer(&random)
        var visit = visit(of: person, at: start)
        visit.address = world.origins.home(person, device: UInt64(index))
        visit.scenario = plan.number
        var at = start
        for number in 0..<random.between(12, 20) {
            if number % 3 == 0 {
                visit.session = random.next()
                open(.login, visit, at: at - 1_500)
            }
            record(
                .loginError, visit, at: at, error: .invalidUserCredentials,
                marks: number == 0 ? .opensTry : [])
            at += random.between(5_000, 75_000)
        }
        visit.scenario = 0
        if random.chance(0.5) { reset(visit, at: at + random.between(5_000, 60_000)) }
    }

    /// An app in the background retries with a token and a stored password that have expired.
    mutating func retryWithStaleToken(_ plan: ScenarioPlan, _ index: Int, at start: Int64) {
        let person = world.population.activeCustomer(&random)
        var visit = visit(of: person, at: start)
        visit.client = .shopApp
        visit.scenario = plan.number
        visit.address = world.origins.home(person, device: UInt64(index))
        var at = start
        for number in 0..<random.between(15, 25) {
            record(.refreshTokenError, visit, at: at, error: .invalidToken, marks: .nameless)
            record(
                .loginError, visit, at: at + random.between(200, 900),
                error: .invalidUserCredentials, method: .directGrant,
                marks: number == 0 ? .opensTry : [])
            at += random.between(4, 9) * Clock.minute
        }
    }
}
