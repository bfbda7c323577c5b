/// One Keycloak record before it is written: what differs between records, in 56 bytes.
struct KeycloakEvent: TimedEvent {
    /// Milliseconds since 1970.
    var at: Int64
    /// Unique in the simulation; record and token ids grow from it.
    var ordinal: UInt64
    var address: NetworkAddress
    /// The key that session id and `code_id` grow from.
    var session: UInt64
    var person: Person
    var type: KeycloakType
    var error: KeycloakError
    var client: Client
    var method: Method
    /// The number of the scenario that the record belongs to, or 0.
    var scenario: UInt8
    var marks: Marks

    /// What else is said about a record.
    struct Marks: OptionSet {
        let rawValue: UInt8

        /// The name is mistyped.
        static let mistyped = Marks(rawValue: 1)
        /// Nobody is named: neither user id nor name is written.
        static let nameless = Marks(rawValue: 2)
        /// An attacker got in.
        static let takeover = Marks(rawValue: 4)
        /// The first record of a try of its scenario.
        static let opensTry = Marks(rawValue: 8)
        /// The person has given consent in this flow.
        static let consented = Marks(rawValue: 16)
    }

    /// The factor, credential or road in that a record is about.
    enum Method: UInt8 {
        case none, password, otp, webauthn, push, social, directGrant
    }
}

/// The event types of Keycloak that are simulated.
/// https://www.keycloak.org/docs-api/latest/javadocs/org/keycloak/events/EventType.html
enum KeycloakType: UInt8 {
    case login, loginError, codeToToken, codeToTokenError, refreshToken, refreshTokenError, logout
    case register, registerError, sendResetPassword, resetPasswordError
    case executeActionToken, executeActionTokenError
    case updateCredential, updateCredentialError, updatePassword, updateTOTP, updateProfile
    case grantConsent, clientLogin, userInfoRequest, introspectToken, identityProviderLoginError

    var text: StaticString {
        switch self {
        case .login: "LOGIN"
        case .loginError: "LOGIN_ERROR"
        case .codeToToken: "CODE_TO_TOKEN"
        case .codeToTokenError: "CODE_TO_TOKEN_ERROR"
        case .refreshToken: "REFRESH_TOKEN"
        case .refreshTokenError: "REFRESH_TOKEN_ERROR"
        case .logout: "LOGOUT"
        case .register: "REGISTER"
        case .registerError: "REGISTER_ERROR"
        case .sendResetPassword: "SEND_RESET_PASSWORD"
        case .resetPasswordError: "RESET_PASSWORD_ERROR"
        case .executeActionToken: "EXECUTE_ACTION_TOKEN"
        case .executeActionTokenError: "EXECUTE_ACTION_TOKEN_ERROR"
        case .updateCredential: "UPDATE_CREDENTIAL"
        case .updateCredentialError: "UPDATE_CREDENTIAL_ERROR"
        case .updatePassword: "UPDATE_PASSWORD"
        case .updateTOTP: "UPDATE_TOTP"
        case .updateProfile: "UPDATE_PROFILE"
        case .grantConsent: "GRANT_CONSENT"
        case .clientLogin: "CLIENT_LOGIN"
        case .userInfoRequest: "USER_INFO_REQUEST"
        case .introspectToken: "INTROSPECT_TOKEN"
        case .identityProviderLoginError: "IDENTITY_PROVIDER_LOGIN_ERROR"
        }
    }

    /// Whether the record names the session that it opened or used.
    var hasSession: Bool {
        switch self {
        case .login, .codeToToken, .refreshToken, .logout, .userInfoRequest, .introspectToken: true
        default: false
        }
    }
}

/// The errors of Keycloak that are simulated.
/// https://www.keycloak.org/docs-api/latest/javadocs/org/keycloak/events/Errors.html
enum KeycloakError: UInt8 {
    case none, invalidUserCredentials, userNotFound, userDisabled, userTemporarilyDisabled
    case expiredCode, invalidRedirectURI, cookieNotFound, invalidRequest, clientNotFound
    case rejectedByUser, emailInUse, invalidRegistration, invalidToken, invalidCode
    case identityProviderLoginFailure

    var text: StaticString {
        switch self {
        case .none: ""
        case .invalidUserCredentials: "invalid_user_credentials"
        case .userNotFound: "user_not_found"
        case .userDisabled: "user_disabled"
        case .userTemporarilyDisabled: "user_temporarily_disabled"
        case .expiredCode: "expired_code"
        case .invalidRedirectURI: "invalid_redirect_uri"
        case .cookieNotFound: "cookie_not_found"
        case .invalidRequest: "invalid_request"
        case .clientNotFound: "client_not_found"
        case .rejectedByUser: "rejected_by_user"
        case .emailInUse: "email_in_use"
        case .invalidRegistration: "invalid_registration"
        case .invalidToken: "invalid_token"
        case .invalidCode: "invalid_code"
        case .identityProviderLoginFailure: "identity_provider_login_failure"
        }
    }
}

/// The applications that rely on the identity provider.
enum Client: UInt8 {
    case shopWeb, shopApp, loyalty, partnerPortal, accountConsole, adminConsole, serviceAccount

    /// The client id; a service account's is its own.
    var text: StaticString {
        switch self {
        case .shopWeb: "shop-web"
        case .shopApp: "shop-app"
        case .loyalty: "loyalty"
        case .partnerPortal: "partner-portal"
        case .accountConsole: "account-console"
        case .adminConsole: "security-admin-console"
        case .serviceAccount: ""
        }
    }

    var redirect: StaticString {
        switch self {
        case .shopWeb: "https://shop.example.com/account/callback"
        case .shopApp: "com.example.shop:/oauth2redirect"
        case .loyalty: "https://loyalty.example.com/callback"
        case .partnerPortal: "https://partner.example.net/callback"
        case .accountConsole: "https://login.example.com/realms/shop/account/"
        case .adminConsole: "https://login.example.com/admin/master/console/"
        case .serviceAccount: ""
        }
    }

    /// Whether a server, not the person's device, exchanges the code for tokens.
    var isConfidential: Bool { self == .shopWeb || self == .loyalty || self == .partnerPortal }
}
