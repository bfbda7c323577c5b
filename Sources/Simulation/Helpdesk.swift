/// One entry of the helpdesk.
struct HelpdeskEvent: TimedEvent {
    var at: Int64
    var ticket: UInt32
    var person: Person
    var topic: Topic
    var action: Action
    var channel: Channel

    /// What a contact is about, in the helpdesk's own words.
    enum Topic: UInt8 {
        case login, cannotSignIn, passwordReset, enrolment, accountRecovery, lostPhone, billing

        var text: StaticString {
            switch self {
            case .login: "login"
            case .cannotSignIn: "cannot sign in"
            case .passwordReset: "password_reset"
            case .enrolment: "mfa_enrolment"
            case .accountRecovery: "account_recovery"
            case .lostPhone: "lost phone"
            case .billing: "billing"
            }
        }
    }

    /// What happened to a ticket.
    enum Action: UInt8 {
        case contact, resolved
    }

    /// How a customer wrote.
    enum Channel: UInt8 {
        case chat, phone, email

        var text: StaticString {
            switch self {
            case .chat: "chat"
            case .phone: "phone"
            case .email: "email"
            }
        }
    }
}

/// Writes helpdesk entries as JSON lines.
struct HelpdeskWriter: EventWriter {
    let names: Names

    func append(_ event: HelpdeskEvent, to line: inout LineBuffer) {
        line.append("{\"ticket\":\"T-")
        line.append(decimal: Int64(event.ticket))
        line.append("\",\"at\":\"")
        line.append(rfc3339: event.at)
        line.append(
            event.action == .contact
                ? "\",\"action\":\"contact\",\"topic\":\""
                : "\",\"action\":\"resolved\",\"topic\":\"")
        line.append(event.topic.text)
        line.append("\",\"customer\":\"")
        names.append(event.person, to: &line)
        line.append("\",\"channel\":\"")
        line.append(event.channel.text)
        line.append("\"}\n")
    }
}
