/// Writes records as Keycloak's event store holds them, in compact JSON.
///
///     {"id":"…","time":1772323200000,"type":"LOGIN","realmId":"shop","clientId":"shop-web",
///      "userId":"…","sessionId":"…","ipAddress":"…","error":null,"details":{…}}
///
/// About 430 bytes and half a microsecond a record, most of it the text of UUIDs.
struct KeycloakWriter: EventWriter {
    let seed: UInt64
    let names: Names

    func append(_ event: KeycloakEvent, to line: inout LineBuffer) {
        line.append("{\"id\":\"")
        line.append(uuid: Self.recordKey(seed: seed, ordinal: event.ordinal))
        line.append("\",\"time\":")
        line.append(decimal: event.at)
        line.append(",\"type\":\"")
        line.append(event.type.text)
        line.append(
            event.person.group == .administrator
                ? "\",\"realmId\":\"master\",\"clientId\":\""
                : "\",\"realmId\":\"shop\",\"clientId\":\"")
        appendClient(event, to: &line)
        line.append("\",\"userId\":")
        appendUser(event, to: &line)
        line.append(",\"sessionId\":")
        if event.type.hasSession {
            appendQuoted(key: event.session, to: &line)
        } else {
            line.append("null")
        }
        line.append(",\"ipAddress\":\"")
        line.append(event.address)
        if event.error == .none {
            line.append("\",\"error\":null,\"details\":{")
        } else {
            line.append("\",\"error\":\"")
            line.append(event.error.text)
            line.append("\",\"details\":{")
        }
        appendDetails(event, to: &line)
        line.append("}}\n")
    }

    /// The key that the id of a record grows from.
    static func recordKey(seed: UInt64, ordinal: UInt64) -> UInt64 {
        ordinal ^ scramble(seed, 0x4944)
    }

    private func appendClient(_ event: KeycloakEvent, to line: inout LineBuffer) {
        if event.client == .serviceAccount {
            names.appendService(event.person, to: &line)
        } else {
            line.append(event.client.text)
        }
    }

    private func appendUser(_ event: KeycloakEvent, to line: inout LineBuffer) {
        let isUnknown =
            event.person.group == .stranger || event.error == .userNotFound
            || event.marks.contains(.nameless) || event.type == .registerError
        if isUnknown {
            line.append("null")
        } else {
            appendQuoted(key: scramble(seed ^ 0x5553_4552, UInt64(event.person.bits)), to: &line)
        }
    }

    private func appendQuoted(key: UInt64, to line: inout LineBuffer) {
        line.append(UInt8(ascii: "\""))
        line.append(uuid: key)
        line.append(UInt8(ascii: "\""))
    }

    private func appendDetails(_ event: KeycloakEvent, to line: inout LineBuffer) {
        switch event.type {
        case .login: appendLogin(event, to: &line)
        case .loginError, .identityProviderLoginError: appendLoginError(event, to: &line)
        case .codeToToken, .codeToTokenError, .refreshToken, .refreshTokenError, .clientLogin,
            .userInfoRequest, .introspectToken:
            appendTokens(event, to: &line)
        case .logout: appendRedirect(event, to: &line)
        case .register, .registerError: appendRegistration(event, to: &line)
        case .sendResetPassword, .resetPasswordError:
            appendFlow(event, to: &line)
            if event.error == .none { appendName(event, key: ",\"email\":\"", to: &line) }
            appendPerson(event, to: &line)
        case .executeActionToken, .executeActionTokenError:
            line.append(
                "\"auth_method\":\"openid-connect\",\"action\":\"reset-credentials\",\"token_id\":")
            appendQuoted(key: scramble(event.ordinal, 1), to: &line)
            line.append(",")
            appendRedirect(event, to: &line)
            appendPerson(event, to: &line)
        case .updateCredential, .updateCredentialError, .updatePassword, .updateTOTP:
            appendCredential(event, to: &line)
        case .updateProfile, .grantConsent:
            appendFlow(event, to: &line)
            if event.type == .grantConsent { line.append(",\"consent\":\"consent_granted\"") }
            appendPerson(event, to: &line)
        }
    }
}

extension KeycloakWriter {
    private func appendLogin(_ event: KeycloakEvent, to line: inout LineBuffer) {
        appendFlow(event, to: &line)
        line.append(
            event.marks.contains(.consented)
                ? ",\"consent\":\"consent_granted\"" : ",\"consent\":\"no_consent_required\"")
        if event.method == .social {
            line.append(",\"identity_provider\":\"google\",\"identity_provider_identity\":\"")
            line.append(decimal: Int64(scramble(seed, UInt64(event.person.bits)) >> 4))
            line.append("\"")
        }
        appendPerson(event, to: &line)
    }

    private func appendLoginError(_ event: KeycloakEvent, to line: inout LineBuffer) {
        if event.method == .directGrant {
            line.append("\"auth_method\":\"openid-connect\",\"grant_type\":\"password\"")
            line.append(",\"client_auth_method\":\"client-secret\"")
        } else {
            appendFlow(event, to: &line)
        }
        switch event.method {
        case .otp, .push:
            line.append(",\"selected_credential_id\":")
            appendQuoted(key: scramble(seed ^ 0x4F54_50, UInt64(event.person.bits)), to: &line)
            line.append(
                event.method == .otp
                    ? ",\"credential_type\":\"otp\"" : ",\"credential_type\":\"push\"")
        case .social: line.append(",\"identity_provider\":\"google\"")
        default: break
        }
        appendPerson(event, to: &line)
    }

    private func appendTokens(_ event: KeycloakEvent, to line: inout LineBuffer) {
        switch event.type {
        case .clientLogin:
            line.append("\"token_id\":")
            appendQuoted(key: scramble(event.ordinal, 1), to: &line)
            line.append(",\"grant_type\":\"client_credentials\",\"scope\":\"profile email\"")
            line.append(",\"client_auth_method\":\"client-secret\"")
            return appendName(event, key: ",\"username\":\"", to: &line)
        case .userInfoRequest:
            return line.append(
                "\"auth_method\":\"validate_access_token\",\"signature_required\":\"false\"")
        case .introspectToken, .refreshTokenError, .codeToTokenError:
            line.append(
                event.type == .codeToTokenError
                    ? "\"grant_type\":\"authorization_code\"" : "\"grant_type\":\"refresh_token\"")
            return line.append(",\"client_auth_method\":\"client-secret\"")
        default: break
        }
        line.append("\"token_id\":")
        appendQuoted(key: scramble(event.ordinal, 1), to: &line)
        if event.type == .codeToToken {
            line.append(
                ",\"grant_type\":\"authorization_code\",\"scope\":\"openid email\",\"code_id\":")
            appendQuoted(key: event.session, to: &line)
        } else {
            line.append(",\"grant_type\":\"refresh_token\",\"refresh_token_type\":\"Refresh\"")
            line.append(",\"refresh_token_id\":")
            appendQuoted(key: scramble(event.ordinal, 2), to: &line)
        }
        line.append(",\"client_auth_method\":\"client-secret\"")
    }

    private func appendRegistration(_ event: KeycloakEvent, to line: inout LineBuffer) {
        appendFlow(event, to: &line)
        line.append(
            event.method == .social
                ? ",\"identity_provider\":\"google\",\"register_method\":\"broker\""
                : ",\"register_method\":\"form\"")
        if event.error == .none {
            line.append(",\"first_name\":\"")
            names.appendFirst(event.person, to: &line)
            line.append("\",\"last_name\":\"")
            names.appendLast(event.person, to: &line)
            line.append("\"")
        }
        appendName(event, key: ",\"email\":\"", to: &line)
        appendPerson(event, to: &line)
    }

    private func appendCredential(_ event: KeycloakEvent, to line: inout LineBuffer) {
        appendFlow(event, to: &line)
        line.append(",\"custom_required_action\":\"")
        switch event.method {
        case .otp: line.append("CONFIGURE_TOTP\",\"credential_type\":\"otp\"")
        case .webauthn: line.append("webauthn-register\",\"credential_type\":\"webauthn\"")
        default: line.append("UPDATE_PASSWORD\",\"credential_type\":\"password\"")
        }
        appendPerson(event, to: &line)
    }

    /// How the browser came: the details that every record of a browser flow begins with.
    private func appendFlow(_ event: KeycloakEvent, to line: inout LineBuffer) {
        line.append("\"auth_method\":\"openid-connect\",\"auth_type\":\"code\",")
        appendRedirect(event, to: &line)
    }

    private func appendRedirect(_ event: KeycloakEvent, to line: inout LineBuffer) {
        line.append("\"redirect_uri\":\"")
        line.append(
            event.error == .invalidRedirectURI
                ? "https://evil.example.net/callback" : event.client.redirect)
        line.append("\"")
    }

    /// The code id and the name as typed, both left out where nobody is named.
    private func appendPerson(_ event: KeycloakEvent, to line: inout LineBuffer) {
        guard !event.marks.contains(.nameless) else { return }
        if event.method != .directGrant {
            line.append(",\"code_id\":")
            appendQuoted(key: event.session, to: &line)
        }
        appendName(event, key: ",\"username\":\"", to: &line)
    }

    private func appendName(_ event: KeycloakEvent, key: StaticString, to line: inout LineBuffer) {
        line.append(key)
        names.append(
            event.person, event.marks.contains(.mistyped) ? .mistyped : .right, to: &line)
        line.append("\"")
    }
}
