/// Something that will be one line of a log.
protocol TimedEvent: Sendable {
    /// Milliseconds since 1970.
    var at: Int64 { get }
}

/// The events of one format in writing order.
protocol EventWriter: Sendable {
    associatedtype Event: TimedEvent
    /// Appends one event's line with its newline.
    func append(_ event: Event, to line: inout LineBuffer)
}

/// Events of all formats, in the order in which they were thought of.
struct Traffic: Sendable {
    var keycloak: [KeycloakEvent] = []
    var access: [AccessEvent] = []
    var sshd: [SSHDEvent] = []
    var helpdesk: [HelpdeskEvent] = []
}

/// Events that wait for the hour that they happen in: a visit of one hour has sequels in later ones.
struct HourBuckets<Event: TimedEvent>: Sendable {
    private let start: Int64
    private var hours: [[Event]]

    init(start: Int64, hours: Int) {
        self.start = start
        self.hours = Array(repeating: [], count: hours)
    }

    /// Files events under their hours; what lies after the end of the period is left out.
    mutating func deposit(_ events: [Event]) {
        for event in events {
            let hour = Int((event.at - start) / Clock.hour)
            if hour < hours.count { hours[hour].append(event) }
        }
    }

    /// Hands out an hour's events and forgets them.
    mutating func withdraw(_ hour: Int) -> [Event] {
        let events = hours[hour]
        hours[hour] = []
        return events
    }
}

/// What waits for its hour, in all formats.
struct TrafficBuckets: Sendable {
    private var keycloak: HourBuckets<KeycloakEvent>
    private var access: HourBuckets<AccessEvent>
    private var sshd: HourBuckets<SSHDEvent>
    private var helpdesk: HourBuckets<HelpdeskEvent>

    init(start: Int64, hours: Int) {
        keycloak = HourBuckets(start: start, hours: hours)
        access = HourBuckets(start: start, hours: hours)
        sshd = HourBuckets(start: start, hours: hours)
        helpdesk = HourBuckets(start: start, hours: hours)
    }

    /// Files events under their hours.
    mutating func deposit(_ traffic: Traffic) {
        keycloak.deposit(traffic.keycloak)
        access.deposit(traffic.access)
        sshd.deposit(traffic.sshd)
        helpdesk.deposit(traffic.helpdesk)
    }

    /// Hands out an hour's events and forgets them.
    mutating func withdraw(_ hour: Int) -> Traffic {
        Traffic(
            keycloak: keycloak.withdraw(hour), access: access.withdraw(hour),
            sshd: sshd.withdraw(hour), helpdesk: helpdesk.withdraw(hour))
    }
}

extension Array where Element: TimedEvent {
    /// The positions of the events by time, then by place: a total order without a comparison of
    /// events.
    ///
    ///     63          40 39              0
    ///     │ ms from start │ place         │
    func placesInOrder(from start: Int64) -> [UInt64] {
        var keys = [UInt64](unsafeUninitializedCapacity: count) { buffer, filled in
            for index in indices {
                buffer[index] = UInt64(self[index].at - start) << 40 | UInt64(index)
            }
            filled = count
        }
        keys.sort()
        for index in keys.indices { keys[index] &= 0xFF_FFFF_FFFF }
        return keys
    }
}
