/// One request to the login pages' web server.
struct AccessEvent: TimedEvent {
    var at: Int64
    var address: NetworkAddress
    /// The key that the query's session code grows from.
    var session: UInt64
    var page: Page
    var agent: Agent
    var client: Client
    var status: UInt16

    /// What is asked for. The page views that open a journey are `GET` requests of their own paths.
    enum Page: UInt8 {
        case login, register, forgotPassword, setUpFactor, consent
        case submit, stylesheet, script, account
        case scan
    }
}

/// Writes requests in Apache's combined format.
/// https://httpd.apache.org/docs/2.4/logs.html#combined
struct AccessLogWriter: EventWriter {
    private let agents = Agent.texts

    func append(_ event: AccessEvent, to line: inout LineBuffer) {
        line.append(event.address)
        line.append(" - - [")
        let date = CivilDate(event.at)
        line.append(twoDigits: date.day)
        line.append("/")
        line.append(monthName(date.month))
        line.append("/")
        line.append(decimal: Int64(date.year))
        line.append(":")
        line.append(timeOfDay: event.at)
        line.append(" +0000] \"")
        appendRequest(event, to: &line)
        line.append(" HTTP/1.1\" ")
        line.append(decimal: Int64(event.status))
        line.append(" ")
        line.append(decimal: Int64(size(event)))
        line.append(
            event.page == .login || event.page == .register
                ? " \"https://shop.example.com/\" \"" : " \"https://login.example.com/\" \"")
        line.append(agents, Int(event.agent.number))
        line.append("\"\n")
    }

    private func appendRequest(_ event: AccessEvent, to line: inout LineBuffer) {
        switch event.page {
        case .login: line.append("GET /login?client_id=")
        case .register: line.append("GET /register?client_id=")
        case .forgotPassword: line.append("GET /forgot-password?client_id=")
        case .setUpFactor: line.append("GET /mfa/setup?client_id=")
        case .consent: line.append("GET /consent?client_id=")
        case .submit:
            line.append("POST /login-actions/authenticate?session_code=")
            line.appendHexadecimal(UInt32(truncatingIfNeeded: event.session >> 32))
            line.appendHexadecimal(UInt32(truncatingIfNeeded: event.session))
            line.append("&client_id=")
        case .stylesheet: return line.append("GET /resources/3qk7m/login/shop/css/login.css")
        case .script: return line.append("GET /resources/3qk7m/login/shop/js/passkeys.js")
        case .account: return line.append("GET /account/overview")
        case .scan: return line.append("GET /wp-login.php")
        }
        line.append(event.client.text)
    }

    /// The size of the answer: pages vary a little with what they show.
    private func size(_ event: AccessEvent) -> Int {
        guard event.status != 304 else { return 0 }
        let variation = Int(event.session & 0xFF)
        return switch event.page {
        case .login: 5_120 + variation
        case .register: 7_410 + variation
        case .forgotPassword: 3_204 + variation
        case .setUpFactor: 9_870 + variation
        case .consent: 4_310 + variation
        case .submit: event.status == 302 ? 0 : 5_388 + variation
        case .stylesheet: 18_244
        case .script: 4_902
        case .account: 11_020 + variation
        case .scan: 196
        }
    }
}

/// The English abbreviation of a month, as log formats have it.
func monthName(_ month: Int) -> StaticString {
    switch month {
    case 1: "Jan"
    case 2: "Feb"
    case 3: "Mar"
    case 4: "Apr"
    case 5: "May"
    case 6: "Jun"
    case 7: "Jul"
    case 8: "Aug"
    case 9: "Sep"
    case 10: "Oct"
    case 11: "Nov"
    default: "Dec"
    }
}
