/// Traffic that is no customer's: administrators, service accounts, scanners, shells.
extension TrafficBuilder {
    /// An administrator signs in to the realm master.
    mutating func administer(at start: Int64) {
        let number = random.below(4)
        let visit = Visit(
            person: Person(.administrator, number), address: world.origins.administrator(number),
            client: .adminConsole, session: random.next(), agent: .browser(.desktop, 3 << 32),
            isMobile: false)
        var at = start
        if random.chance(0.1) {
            record(.loginError, visit, at: at, error: .invalidUserCredentials)
            at += random.skewed(4_000, 30_000)
        }
        record(.login, visit, at: at)
        record(.codeToToken, visit, at: at + random.between(60, 300))
        while random.chance(0.6) {
            at += random.between(55_000, 65_000)
            record(.refreshToken, visit, at: at)
        }
    }

    /// A service account fetches a token, and somebody else's is looked at.
    mutating func callService(at: Int64) {
        let visit = Visit(
            person: Person(.service, random.below(4)), address: Origins.shopServer,
            client: .serviceAccount, session: random.next(), agent: .library, isMobile: false)
        record(.clientLogin, visit, at: at)
        if random.chance(0.3) { record(.introspectToken, visit, at: at + random.between(200, 900)) }
    }

    /// A scanner, or somebody with a stale bookmark, meets set-up errors that name nobody.
    mutating func probe(at start: Int64) {
        let isScanner = random.chance(0.6)
        var visit = customerVisit(at: start)
        if isScanner {
            visit.address = world.origins.scanner(random.below(120))
            visit.agent = .scanner
            visit.client = .shopWeb
        }
        var at = start
        repeat {
            let error: KeycloakError =
                switch random.below(10) {
                case 0..<4: isScanner ? .invalidRedirectURI : .expiredCode
                case 4..<7: .cookieNotFound
                case 7..<9: .expiredCode
                default: .clientNotFound
                }
            if isScanner { request(.scan, visit, at: at, status: 404) }
            record(.loginError, visit, at: at, error: error, marks: .nameless)
            at += random.skewed(800, 40_000)
        } while random.chance(isScanner ? 0.6 : 0.2)
    }

    /// Staff work on the servers by day.
    mutating func simulateStaffShells() {
        let hourOfDay = Clock.hourOfDay(world.span(hour).lowerBound)
        let isWorkTime =
            Clock.weekday(world.span(hour).lowerBound) < 5
            && (7..<18).contains(hourOfDay)
        let sessions = Double(world.options.records) * 0.007 / Double(world.hours)
        for _ in 0..<random.count(mean: sessions * (isWorkTime ? 2.4 : 0.3)) {
            let account = random.below(SSHDEvent.staff)
            var event = SSHDEvent(
                at: moment(), address: world.origins.office(account % 4),
                key: scramble(world.options.seed, UInt64(account)),
                process: UInt32(random.between(1_000, 3_999_999)),
                port: UInt16(random.between(32_768, 60_999)), account: UInt8(account),
                form: .acceptedKey)
            if account % 4 == 3 {
                event.form = .acceptedPassword
                while random.chance(0.15) {
                    var slip = event
                    slip.form = .pamFailure
                    shell(slip)
                    slip.form = .failedPassword
                    slip.at += random.between(1_500, 2_500)
                    shell(slip)
                    event.at = slip.at + random.skewed(2_000, 20_000)
                }
            }
            shell(event)
            event.form = .sessionOpened
            event.at += random.between(5, 60)
            shell(event)
            event.form = .sessionClosed
            event.at += random.skewed(10_000, 3 * Clock.hour)
            shell(event)
        }
    }

    /// The internet tries its lists of account names.
    mutating func simulateShellScanners() {
        let bursts = Double(world.options.records) * 0.001_2 / Double(world.hours)
        let accounts = SSHDEvent.accounts.count - SSHDEvent.staff
        for _ in 0..<random.count(mean: bursts) {
            var event = SSHDEvent(
                at: moment(), address: world.origins.scanner(random.below(120)), key: 0,
                process: 0, port: 0, account: 0, form: .invalidUser)
            for _ in 0..<random.between(3, 18) {
                let account = random.below(accounts)
                event.account = UInt8(SSHDEvent.staff + account)
                event.process = UInt32(random.between(1_000, 3_999_999))
                event.port = UInt16(random.between(32_768, 60_999))
                // Only root, the first of them, exists.
                let forms: [SSHDEvent.Form] =
                    account == 0
                    ? [.pamFailure, .failedPassword, .disconnected]
                    : [.invalidUser, .failedInvalid, .closedInvalid]
                for form in forms {
                    event.form = form
                    shell(event)
                    event.at += random.between(300, 2_000)
                }
                event.at += random.skewed(500, 20_000)
            }
        }
    }
}
