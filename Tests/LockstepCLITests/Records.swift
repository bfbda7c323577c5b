import Foundation

/// Keycloak records: logins of people, a minute apart.
enum Records {
    /// Record `number`; `pad` is a field that no dialect reads.
    static func login(_ number: Int, name: String? = nil, client: String = "web", pad: String = "") -> String {
        """
        {"id":"id-\(number)","time":\(1_772_323_261_000 + number * 60_000),"type":"LOGIN","realmId":"shop",\
        "clientId":"\(client)","userId":"subject-\(number)","sessionId":"session-\(number)","ipAddress":"203.0.113.5",\
        "error":null,"details":{"code_id":"code-\(number)","username":"\(name ?? "user-\(number)@example.org")","pad":"\(pad)"}}
        """
    }

    static func logins(_ numbers: Range<Int>) -> String { numbers.map { login($0) + "\n" }.joined() }

    static func bytes(_ numbers: Range<Int>) -> [UInt8] { Array(logins(numbers).utf8) }
}
