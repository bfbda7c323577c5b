import Foundation

/// Keycloak records of logins and guesses, at seconds after 2026-03-01T00:00:00Z.
enum SignalRecords {
    static func guess(_ number: Int, at seconds: Int, name: String, ip: String) -> String {
        record(number, seconds, "LOGIN_ERROR", name, ip, error: "\"invalid_user_credentials\"", code: "g\(number)")
    }

    static func login(_ number: Int, at seconds: Int, name: String, ip: String) -> String {
        record(number, seconds, "LOGIN", name, ip, error: "null", code: "l\(number)")
    }

    /// A record much later, so that all attempts mature.
    static let later = record(999_999, 4 * 86_400, "LOGOUT", "nobody@example.org", "203.0.113.99", error: "null", code: "x")

    private static func record(
        _ number: Int, _ seconds: Int, _ type: String, _ name: String, _ ip: String, error: String, code: String
    ) -> String {
        """
        {"id":"id-\(number)","time":\((1_772_323_200 + seconds) * 1000),"type":"\(type)","realmId":"shop",\
        "clientId":"web","userId":"subject-\(name)","sessionId":"s\(number)","ipAddress":"\(ip)",\
        "error":\(error),"details":{"code_id":"\(code)","username":"\(name)"}}

        """
    }

    /// Ten guesses at alice from one address, half a minute apart, then the right password; the same
    /// morning bob signs in from home, and mistypes once.
    static var guessing: String {
        (0..<10).map { guess($0, at: 30 * $0, name: "alice@example.org", ip: "198.51.100.7") }.joined()
            + login(20, at: 360, name: "alice@example.org", ip: "198.51.100.7")
            + guess(21, at: 365, name: "bob@example.org", ip: "203.0.113.5")
            + login(22, at: 370, name: "bob@example.org", ip: "203.0.113.5") + later
    }

    /// A rule set of one rule that counts `events` guesses at one person in ten minutes.
    static func rule(events: Int, name: String = "brute_force") -> String {
        """
        name: \(name)
        match: guess
        correlation:
          type: event_count
          group-by: [actor, origin]
          timespan: 10m
          condition:
            events: {gte: \(events)}
        marks: group

        """
    }
}
