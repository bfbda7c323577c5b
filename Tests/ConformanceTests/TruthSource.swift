/// Records of one vendor in the readings, and what must be known to read them.
struct TruthSource {
    /// How the sources of these rows begin.
    var prefix: String
    /// The dialect that must recognise them.
    var dialect: String
    /// The zone that the others assume where a record has none.
    var zone: String?
    /// The program whose syslog header may have been cut off.
    var program: String?
    /// Whether they say nothing of the outcome, and the vendor's `_ERROR` does.
    var errorSuffixFails = false

    /// The sources whose dialect is shipped.
    static let all = [
        TruthSource(prefix: "elastic/auth0/", dialect: "auth0"),
        TruthSource(prefix: "elastic/azure/", dialect: "entra"),
        TruthSource(prefix: "elastic/cisco_duo/", dialect: "duo"),
        TruthSource(prefix: "elastic/google_workspace/", dialect: "google-workspace"),
        TruthSource(
            prefix: "elastic/keycloak/", dialect: "keycloak", zone: "-05:00", errorSuffixFails: true),
        TruthSource(prefix: "elastic/okta/", dialect: "okta"),
        TruthSource(prefix: "elastic/system/auth/", dialect: "sshd"),
        TruthSource(prefix: "sekoia/Duo/", dialect: "duo"),
        TruthSource(prefix: "sekoia/Google_Cloud/google-report/", dialect: "google-workspace"),
        TruthSource(prefix: "sekoia/Keycloak/", dialect: "keycloak", errorSuffixFails: true),
        TruthSource(prefix: "sekoia/Okta/", dialect: "okta"),
        TruthSource(prefix: "sekoia/OpenSSH/", dialect: "sshd", program: "sshd"),
        TruthSource(prefix: "sekoia/Ping_Identity/", dialect: "pingfederate"),
        TruthSource(prefix: "crowdsec/authelia-logs", dialect: "authelia"),
        TruthSource(prefix: "crowdsec/authentik-logs", dialect: "authentik"),
        TruthSource(prefix: "crowdsec/keycloak-logs", dialect: "keycloak"),
        TruthSource(prefix: "crowdsec/pam-logs", dialect: "sshd"),
        TruthSource(prefix: "crowdsec/sshd-", dialect: "sshd"),
    ]

    /// The dialects that have readings, sorted.
    static let dialects = Set(all.map(\.dialect)).sorted()

    /// `row` with what these sources leave out, ready to be read.
    func complete(_ row: TruthRow) -> TruthRow {
        var row = row
        if let program { row.record = row.record.map { SyslogHead.put(on: $0, program: program) } }
        if errorSuffixFails, row.facts["outcome"] == nil, let action = row.facts["action"] {
            row.facts["outcome"] = action.hasSuffix("_ERROR") ? "failure" : "success"
        }
        return row
    }
}
