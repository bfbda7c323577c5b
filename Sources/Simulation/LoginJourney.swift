/// People sign in, and what follows from it.
extension TrafficBuilder {
    /// A login from the page view to the end of the session.
    mutating func login(_ visit: Visit, at start: Int64) {
        guard let at = authenticate(visit, at: start) else { return }
        complete(visit, at: at)
    }

    /// A login up to the point where only the LOGIN record is missing; nil where it comes to
    /// nothing.
    mutating func authenticate(_ visit: Visit, at start: Int64) -> Int64? {
        open(.login, visit, at: start)
        var at = start + random.skewed(4_000, 50_000)
        if let plan = world.plan(.brokenLogin, at: at) {
            guard let healed = breakLogin(visit, at: at, plan) else { return nil }
            at = healed
        }
        if random.chance(0.08) { return authenticateSocially(visit, at: at) }
        if random.chance(0.008) {
            // The page was left open for too long; the form starts over.
            at += random.between(31, 90) * Clock.minute
            record(.loginError, visit, at: at, error: .expiredCode, marks: .nameless)
            open(.login, visit, at: at + 300)
            at += random.skewed(4_000, 50_000)
        }
        guard let passed = submitPassword(visit, at: at) else { return nil }
        guard world.population.hasFactor(visit.person) else { return passed }
        return submitFactor(visit, at: passed)
    }

    private mutating func submitPassword(_ visit: Visit, at start: Int64) -> Int64? {
        var at = start
        var probability = world.population.slipProbability(visit.person)
        var slips = 0
        while random.chance(probability) {
            slips += 1
            request(.submit, visit, at: at)
            if slips == 1, random.chance(0.12) {
                record(.loginError, visit, at: at, error: .userNotFound, marks: .mistyped)
            } else {
                record(.loginError, visit, at: at, error: .invalidUserCredentials)
            }
            probability = 0.3
            if slips >= 2, random.chance(0.3) {
                reset(visit, at: at + random.skewed(3_000, 30_000))
                return nil
            }
            if slips >= 6 || random.chance(0.07) {
                if random.chance(0.08) {
                    contact(visit.person, .cannotSignIn, at: at + random.skewed(60_000, Clock.hour))
                }
                return nil
            }
            at += random.skewed(5_000, 70_000)
        }
        request(.submit, visit, at: at, status: 302)
        return at
    }

    private mutating func submitFactor(_ visit: Visit, at start: Int64) -> Int64? {
        var at = start + random.skewed(5_000, 45_000)
        var slips = 0
        while random.chance(0.06) {
            slips += 1
            request(.submit, visit, at: at)
            record(.loginError, visit, at: at, error: .invalidUserCredentials, method: .otp)
            guard slips < 4, !random.chance(0.12) else { return nil }
            at += random.skewed(5_000, 40_000)
        }
        // Some leave to look for the phone and do not come back.
        guard !random.chance(0.02) else { return nil }
        request(.submit, visit, at: at, status: 302)
        return at
    }

    private mutating func authenticateSocially(_ visit: Visit, at start: Int64) -> Int64? {
        let at = start + random.skewed(3_000, 25_000)
        guard random.chance(0.03) else { return at }
        record(
            .identityProviderLoginError, visit, at: at, error: .identityProviderLoginFailure,
            method: .social, marks: .nameless)
        return nil
    }

    /// Everybody's login meets a technical error; nil where the person gives up.
    private mutating func breakLogin(_ visit: Visit, at start: Int64, _ plan: ScenarioPlan)
        -> Int64?
    {
        var at = start
        var visit = visit
        visit.scenario = plan.number
        var isFirst = true
        while random.chance(0.92) {
            request(.submit, visit, at: at, status: 400)
            record(
                .loginError, visit, at: at, error: .invalidRequest, marks: isFirst ? .opensTry : [])
            isFirst = false
            guard random.chance(0.6) else {
                if random.chance(0.06) {
                    contact(visit.person, .cannotSignIn, at: at + random.skewed(60_000, Clock.hour))
                }
                return nil
            }
            at += random.skewed(4_000, 60_000)
        }
        return at
    }
}

extension TrafficBuilder {
    /// The LOGIN record and the session behind it.
    mutating func complete(
        _ visit: Visit, at: Int64, marks: KeycloakEvent.Marks = []
    ) {
        let at = at + random.between(15, 90)
        record(.login, visit, at: at, marks: marks)
        useSession(visit, at: at)
    }

    /// Tokens, refreshes, further applications and the logout of a session.
    mutating func useSession(_ visit: Visit, at start: Int64) {
        var at = exchangeCode(visit, at: start)
        request(.account, visit, at: at + 200)
        var last = at
        while random.chance(0.52) {
            // Access tokens last five minutes; an idle device refreshes late.
            last += 5 * Clock.minute + random.skewed(0, 20 * Clock.minute)
            record(.refreshToken, backend(visit), at: last)
        }
        if random.chance(0.08) { record(.userInfoRequest, backend(visit), at: at + 400) }
        var other = visit
        while random.chance(0.36), at - start < 8 * Clock.hour {
            // Single sign-on: another application finds the session and asks for nothing.
            at += random.skewed(2 * Clock.minute, 5 * Clock.hour)
            other.client = nextClient(other.client)
            if random.chance(0.3) {
                other.address = address(of: visit.person, isMobile: visit.isMobile, at: at)
            }
            record(.login, other, at: at)
            at = exchangeCode(other, at: at)
            last = max(last, at)
        }
        guard random.chance(0.22) else { return }
        record(.logout, other, at: last + random.skewed(20_000, 40 * Clock.minute))
    }

    /// The application turns the code into tokens: from its server if it keeps a secret.
    private mutating func exchangeCode(_ visit: Visit, at: Int64) -> Int64 {
        let at = at + random.between(60, 480)
        record(.codeToToken, backend(visit), at: at)
        return at
    }

    private func backend(_ visit: Visit) -> Visit {
        guard visit.client.isConfidential else { return visit }
        var backend = visit
        backend.address = Origins.shopServer
        return backend
    }

    private mutating func nextClient(_ client: Client) -> Client {
        switch client {
        case .shopWeb: random.chance(0.5) ? .loyalty : .partnerPortal
        case .shopApp: random.chance(0.5) ? .loyalty : .shopWeb
        default: .shopWeb
        }
    }
}
