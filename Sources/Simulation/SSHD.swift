/// One line of sshd or of the PAM modules that it calls.
struct SSHDEvent: TimedEvent {
    var at: Int64
    var address: NetworkAddress
    /// The fingerprint of the key for `acceptedKey`.
    var key: UInt64
    var process: UInt32
    var port: UInt16
    var account: UInt8
    var form: Form

    /// The message forms, as OpenSSH's auth.c and Linux-PAM's pam_unix write them.
    enum Form: UInt8 {
        case acceptedKey, acceptedPassword, sessionOpened, sessionClosed
        case invalidUser, failedInvalid, failedPassword, pamFailure
        case closedInvalid, disconnected
    }

    /// The accounts of staff come first, those that scanners try follow.
    static let staff = 12
    static let accounts = WordTable(
        """
        deploy mosei klind jhaas tvogel asahin backup pnagy ltran rmeyer cblom ops
        root admin test oracle ubuntu postgres git user pi guest ftpuser mysql jenkins hadoop
        """)
}

/// Writes syslog lines in the file form of RFC 3164 as `auth.log` has them.
struct SSHDWriter: EventWriter {
    private let accounts = SSHDEvent.accounts

    func append(_ event: SSHDEvent, to line: inout LineBuffer) {
        let date = CivilDate(event.at)
        line.append(monthName(date.month))
        line.append(date.day < 10 ? "  " : " ")
        line.append(decimal: Int64(date.day))
        line.append(" ")
        line.append(timeOfDay: event.at)
        line.append(" bastion sshd[")
        line.append(decimal: Int64(event.process))
        line.append("]: ")
        appendMessage(event, to: &line)
        line.append("\n")
    }

    private func appendMessage(_ event: SSHDEvent, to line: inout LineBuffer) {
        switch event.form {
        case .acceptedKey:
            appendPeer("Accepted publickey for ", event, to: &line)
            line.append(" ssh2: ED25519 SHA256:")
            appendFingerprint(event.key, to: &line)
        case .acceptedPassword:
            appendPeer("Accepted password for ", event, to: &line)
            line.append(" ssh2")
        case .sessionOpened:
            line.append("pam_unix(sshd:session): session opened for user ")
            line.append(accounts, Int(event.account))
            line.append("(uid=")
            line.append(decimal: 1_001 + Int64(event.account))
            line.append(") by (uid=0)")
        case .sessionClosed:
            line.append("pam_unix(sshd:session): session closed for user ")
            line.append(accounts, Int(event.account))
        case .invalidUser: appendPeer("Invalid user ", event, to: &line)
        case .failedInvalid:
            appendPeer("Failed password for invalid user ", event, to: &line)
            line.append(" ssh2")
        case .failedPassword:
            appendPeer("Failed password for ", event, to: &line)
            line.append(" ssh2")
        case .pamFailure:
            line.append(
                "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh")
            line.append(" ruser= rhost=")
            line.append(event.address)
            line.append("  user=")
            line.append(accounts, Int(event.account))
        case .closedInvalid:
            line.append("Connection closed by invalid user ")
            line.append(accounts, Int(event.account))
            appendPort(" ", event, to: &line)
            line.append(" [preauth]")
        case .disconnected:
            appendPort("Received disconnect from ", event, to: &line)
            line.append(":11: Bye Bye [preauth]")
        }
    }

    private func appendPeer(_ text: StaticString, _ event: SSHDEvent, to line: inout LineBuffer) {
        line.append(text)
        line.append(accounts, Int(event.account))
        appendPort(" from ", event, to: &line)
    }

    private func appendPort(_ text: StaticString, _ event: SSHDEvent, to line: inout LineBuffer) {
        line.append(text)
        line.append(event.address)
        line.append(" port ")
        line.append(decimal: Int64(event.port))
    }

    /// Appends 43 characters of unpadded base64, the length of a SHA-256 fingerprint.
    private func appendFingerprint(_ key: UInt64, to line: inout LineBuffer) {
        for index in 0..<43 {
            let value = UInt8(truncatingIfNeeded: scramble(key, UInt64(index)) >> 58)
            switch value {
            case 0..<26: line.append(65 + value)
            case 26..<52: line.append(71 + value)
            case 52..<62: line.append(value - 4)
            default: line.append(value == 62 ? 43 : 47)
            }
        }
    }
}
