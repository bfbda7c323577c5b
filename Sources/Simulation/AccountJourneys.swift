/// Journeys beside the login: registration, reset, enrolment, consent, password change.
extension TrafficBuilder {
    /// A registration, and for most a login some days later.
    mutating func register(_ origin: Visit, at start: Int64) {
        var visit = origin
        visit.person = newcomer(.newcomer)
        open(.register, visit, at: start)
        var at = start + random.skewed(25_000, 4 * Clock.minute)
        guard !random.chance(0.2) else { return }
        while random.chance(0.1) {
            var existing = visit
            existing.person = origin.person
            let isKnown = random.chance(0.6)
            record(
                .registerError, isKnown ? existing : visit, at: at,
                error: isKnown ? .emailInUse : .invalidRegistration)
            guard random.chance(0.7) else { return }
            at += random.skewed(8_000, 90_000)
        }
        let method: KeycloakEvent.Method = random.chance(0.12) ? .social : .password
        record(.register, visit, at: at, method: method)
        // The login that ends a registration follows by itself.
        record(.login, visit, at: at + random.between(180, 900))
        useSession(visit, at: at + 900)
        if random.chance(0.5) {
            let later = at + random.skewed(4 * Clock.hour, 6 * Clock.day)
            login(self.visit(of: visit.person, at: later), at: later)
        }
    }

    /// A password reset; the link in the mail is often opened on another device.
    mutating func reset(_ visit: Visit, at start: Int64) {
        open(.forgotPassword, visit, at: start)
        var at = start + random.skewed(5_000, 60_000)
        if random.chance(0.05) {
            record(.resetPasswordError, visit, at: at, error: .userNotFound, marks: .mistyped)
            guard random.chance(0.7) else { return }
            at += random.skewed(6_000, 60_000)
        }
        record(.sendResetPassword, visit, at: at)
        if random.chance(0.1) {
            at += random.between(2, 6) * Clock.minute
            record(.sendResetPassword, visit, at: at)
        }
        if random.chance(0.2) {
            if random.chance(0.06) {
                contact(visit.person, .passwordReset, at: at + random.skewed(Clock.hour, Clock.day))
            }
            return
        }
        if random.chance(0.05) { return openExpiredLink(visit, at: at) }
        at += random.skewed(25_000, random.chance(0.1) ? 10 * Clock.hour : 40 * Clock.minute)
        let opener = random.chance(0.4) ? otherDevice(visit, at: at) : visit
        record(.executeActionToken, opener, at: at)
        at += random.skewed(9_000, 2 * Clock.minute)
        storePassword(opener, at: at)
        record(.login, opener, at: at + random.between(120, 900))
        useSession(opener, at: at + 900)
    }

    private mutating func openExpiredLink(_ visit: Visit, at: Int64) {
        let opened = at + random.between(12 * Clock.hour, 20 * Clock.hour)
        let opener = otherDevice(visit, at: opened)
        record(
            .executeActionTokenError, opener, at: opened, error: .expiredCode,
            marks: random.chance(0.15) ? .nameless : [])
        if random.chance(0.5) { reset(opener, at: opened + random.skewed(8_000, 2 * Clock.minute)) }
    }

    /// The two records that Keycloak writes for one new password since version 26.
    mutating func storePassword(_ visit: Visit, at: Int64, marks: KeycloakEvent.Marks = []) {
        record(.updateCredential, visit, at: at, method: .password, marks: marks)
        record(.updatePassword, visit, at: at + random.between(1, 5), method: .password)
    }

    /// A login, then the enrolment of a second factor, which mobile releases may break.
    mutating func enrol(_ origin: Visit, at start: Int64) {
        var visit = origin
        while world.population.hasFactor(visit.person) {
            visit.person = world.population.activeCustomer(&random)
        }
        visit.address = address(of: visit.person, isMobile: visit.isMobile, at: start)
        guard let signedIn = authenticate(visit, at: start) else { return }
        complete(visit, at: signedIn)
        var at = signedIn + random.skewed(20_000, 5 * Clock.minute)
        visit.client = .accountConsole
        record(.login, visit, at: at)
        at += 900
        open(.setUpFactor, visit, at: at)
        let method: KeycloakEvent.Method = random.chance(0.4) ? .webauthn : .otp
        at += random.skewed(15_000, 3 * Clock.minute)
        if visit.isMobile, let plan = world.plan(.brokenEnrolment, at: at) {
            return breakEnrolment(visit, at: at, method, plan)
        }
        guard !random.chance(0.14) else { return }
        while method == .webauthn, random.chance(0.06) {
            record(
                .updateCredentialError, visit, at: at, error: .invalidRegistration, method: method)
            at += random.skewed(6_000, 60_000)
        }
        storeFactor(visit, at: at, method)
    }

    private mutating func storeFactor(
        _ visit: Visit, at: Int64, _ method: KeycloakEvent.Method
    ) {
        record(.updateCredential, visit, at: at, method: method)
        guard method == .otp else { return }
        record(.updateTOTP, visit, at: at + random.between(1, 5), method: .otp)
    }

    /// The page of the broken release: passkeys fail with a record, codes without one.
    private mutating func breakEnrolment(
        _ origin: Visit, at start: Int64, _ method: KeycloakEvent.Method, _ plan: ScenarioPlan
    ) {
        var visit = origin
        visit.scenario = plan.number
        var at = start
        var isFirst = true
        repeat {
            if method == .webauthn {
                record(
                    .updateCredentialError, visit, at: at, error: .invalidRegistration,
                    method: method, marks: isFirst ? .opensTry : [])
            }
            isFirst = false
            at += random.skewed(8_000, 90_000)
        } while random.chance(0.5)
        if random.chance(0.1) {
            contact(visit.person, .enrolment, at: at + random.skewed(60_000, 5 * Clock.hour))
        }
    }

    /// A first login at a partner, who asks for data.
    mutating func consent(_ origin: Visit, at start: Int64) {
        var visit = origin
        visit.client = .partnerPortal
        guard var at = authenticate(visit, at: start) else { return }
        open(.consent, visit, at: at + 150)
        at += random.skewed(3_000, 50_000)
        switch random.below(100) {
        case 0..<7: record(.loginError, visit, at: at, error: .rejectedByUser)
        case 7..<12: break
        default:
            record(.grantConsent, visit, at: at)
            complete(visit, at: at, marks: .consented)
        }
    }

    /// A password that somebody changes without having forgotten the old one.
    mutating func changePassword(_ origin: Visit, at start: Int64) {
        guard let signedIn = authenticate(origin, at: start) else { return }
        complete(origin, at: signedIn)
        var visit = origin
        visit.client = .accountConsole
        storePassword(visit, at: signedIn + random.between(2, 10) * Clock.minute)
    }
}
