/// Scenarios in which somebody guesses passwords.
extension TrafficBuilder {
    /// Simulates the tries of a scenario that begin in the hour.
    ///
    /// Each try has random choices of its own, so it is the same whichever hour meets it.
    mutating func simulate(_ plan: ScenarioPlan) {
        for (index, at) in plan.tries(in: world.span(hour)) {
            random = RandomSource(seed: plan.seed, stream: UInt64(index))
            switch plan.scenario {
            case .credentialStuffing: stuff(plan, index, at: at)
            case .passwordSpray: spray(plan, index, at: at)
            case .bruteForce: bruteForce(plan, index, at: at)
            case .distributedGuessing: guessFromMany(plan, index, at: at)
            case .mfaFatigue: pushAgainAndAgain(plan, index, at: at)
            case .resetBombing: bombWithResets(plan, index, at: at)
            case .fakeRegistration: registerByScript(plan, index, at: at)
            case .userEnumeration: enumerate(plan, index, at: at)
            case .otpGuessing: guessCodes(plan, index, at: at)
            case .stalePassword: submitStalePassword(plan, index, at: at)
            case .staleMobileToken: retryWithStaleToken(plan, index, at: at)
            case .brokenEnrolment, .brokenLogin, .marketingSpike: break
            }
        }
    }

    /// An attacker's visit to somebody's account.
    func attackerVisit(
        _ plan: ScenarioPlan, _ person: Person, from address: NetworkAddress, agent: Agent,
        session: UInt64
    ) -> Visit {
        Visit(
            person: person, address: address, client: .shopWeb, session: session, agent: agent,
            isMobile: false, scenario: plan.number)
    }

    /// One name and password of a leaked list: half of the names have accounts, one in a hundred
    /// of those still has the password.
    private mutating func stuff(_ plan: ScenarioPlan, _ index: Int, at: Int64) {
        let person =
            random.chance(0.55)
            ? world.population.mixedCustomer(index) : Person(.stranger, index)
        let address = world.origins.attacker(
            Int(plan.number) * 17 + index % plan.origins, hop: random.next())
        let visit = attackerVisit(
            plan, person, from: address, agent: .library, session: random.next())
        guess(visit, at: at, success: 0.012)
    }

    /// One of a few common passwords for the next name, from the next of many origins.
    private mutating func spray(_ plan: ScenarioPlan, _ index: Int, at: Int64) {
        let isKnown = random.chance(0.85)
        // The list is gone through again with the next password.
        let name = index % max(1, plan.tries / 3)
        let person =
            isKnown ? world.population.mixedCustomer(name * 3 + 1) : Person(.stranger, name)
        let address = world.origins.hijacked(Int(plan.number) * 1_009 + index % plan.origins)
        let visit = attackerVisit(
            plan, person, from: address, agent: .headless, session: random.next())
        guess(visit, at: at, success: 0.006)
    }

    /// A single guess at a password that may be right.
    private mutating func guess(_ visit: Visit, at start: Int64, success: Double) {
        request(.login, visit, at: start)
        let at = start + random.between(300, 1_500)
        let hits = random.chance(success)
        guard visit.person.group == .customer else {
            request(.submit, visit, at: at)
            return record(
                .loginError, visit, at: at, error: .userNotFound, marks: .opensTry)
        }
        guard hits else {
            request(.submit, visit, at: at)
            return record(
                .loginError, visit, at: at,
                error: random.chance(0.03) ? .userDisabled : .invalidUserCredentials,
                marks: .opensTry)
        }
        request(.submit, visit, at: at, status: 302)
        if world.population.hasFactor(visit.person) {
            // The second factor stops the attacker.
            return record(
                .loginError, visit, at: at + 4_000, error: .invalidUserCredentials, method: .otp,
                marks: .opensTry)
        }
        takeOver(visit, at: at, marks: .opensTry)
    }

    /// The attacker gets in, and may change what keeps the owner out.
    mutating func takeOver(_ visit: Visit, at: Int64, marks: KeycloakEvent.Marks = []) {
        record(.login, visit, at: at, marks: marks.union(.takeover))
        var token = visit
        token.address = Origins.shopServer
        record(.codeToToken, token, at: at + random.between(60, 400))
        guard random.chance(0.4) else { return }
        let later = at + random.between(60_000, 6 * Clock.minute)
        record(.updateProfile, visit, at: later)
        storePassword(visit, at: later + random.between(20_000, 90_000))
    }

    /// One name of a long list with a password that is no matter: most names have no account.
    private mutating func enumerate(_ plan: ScenarioPlan, _ index: Int, at: Int64) {
        let isKnown = random.chance(0.12)
        let person = isKnown ? world.population.mixedCustomer(index * 11 + 6) : Person(.stranger, 900_000 + index)
        let address = world.origins.attacker(Int(plan.number) * 71 + index % plan.origins, hop: random.next())
        let visit = attackerVisit(plan, person, from: address, agent: .library, session: random.next())
        request(.submit, visit, at: at)
        record(
            .loginError, visit, at: at, error: isKnown ? .invalidUserCredentials : .userNotFound, marks: .opensTry)
    }

    /// Some twenty wrong one-time codes of one actor whose password is known, a few seconds apart.
    private mutating func guessCodes(_ plan: ScenarioPlan, _ index: Int, at start: Int64) {
        var candidate = index * 13 + 5
        while !world.population.hasFactor(world.population.mixedCustomer(candidate)) { candidate += 1 }
        let visit = attackerVisit(
            plan, world.population.mixedCustomer(candidate),
            from: world.origins.attacker(Int(plan.number) * 83 + index, hop: random.next()),
            agent: .headless, session: random.next())
        var at = start
        request(.login, visit, at: at - 900)
        for number in 0..<random.between(15, 25) {
            request(.submit, visit, at: at)
            record(
                .loginError, visit, at: at, error: .invalidUserCredentials, method: .otp,
                marks: number == 0 ? .opensTry : [])
            at += random.between(3_000, 25_000)
        }
    }

    /// Some sixty guesses at one actor from one origin; the account is locked on the way, and every
    /// third time the last guess is right.
    private mutating func bruteForce(_ plan: ScenarioPlan, _ index: Int, at start: Int64) {
        let person = world.population.mixedCustomer(index * 5 + 2)
        var visit = attackerVisit(
            plan, person,
            from: world.origins.attacker(Int(plan.number) * 29 + index, hop: random.next()),
            agent: .library, session: random.next())
        var at = start
        let guesses = Int(random.between(50, 70))
        for number in 0..<guesses {
            if number % 12 == 0 { visit.session = random.next() }
            let isLocked = (20..<30).contains(number)
            request(.submit, visit, at: at)
            record(
                .loginError, visit, at: at,
                error: isLocked ? .userTemporarilyDisabled : .invalidUserCredentials,
                marks: number == 0 ? .opensTry : [])
            at += random.between(3_000, 14_000)
        }
        if index % 3 == 1, !world.population.hasFactor(person) { takeOver(visit, at: at) }
    }

    /// Some forty guesses at one actor within eight minutes from a dozen hijacked devices.
    private mutating func guessFromMany(_ plan: ScenarioPlan, _ index: Int, at start: Int64) {
        let person = world.population.mixedCustomer(index * 5 + 3)
        let guesses = Int(random.between(32, 48))
        let first = random.below(plan.origins)
        for number in 0..<guesses {
            let device = (first + number % 12) % plan.origins
            let visit = attackerVisit(
                plan, person, from: world.origins.hijacked(9_000 + Int(plan.number) * 101 + device),
                agent: .headless, session: random.next())
            let at =
                start + Int64(number) * 8 * Clock.minute / Int64(guesses)
                + random.between(0, 4_000)
            request(.login, visit, at: at - 700)
            record(
                .loginError, visit, at: at, error: .invalidUserCredentials,
                marks: number == 0 ? .opensTry : [])
        }
    }
}
