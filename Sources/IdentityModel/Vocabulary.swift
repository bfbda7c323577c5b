/// What became of the step that an event reports.
///
/// Raw values are the canonical rank of docs/definitions.md: progress < failure < denied < success.
public enum Outcome: UInt8, Sendable, CaseIterable {
    /// A step was reached.
    case progress = 0
    /// Tried and failed.
    case failure = 1
    /// Refused by policy or by the person.
    case denied = 2
    /// The step was passed.
    case success = 3

    /// The word used in dialects, rules and output.
    public var word: String { Self.words[Int(rawValue)] }
    private static let words = ["progress", "failure", "denied", "success"]

    /// The outcome that `word` names, or nil.
    public init?(word: String) {
        guard let index = Self.words.firstIndex(of: word) else { return nil }
        self.init(rawValue: UInt8(index))
    }
}

/// Why a step failed or was refused. The vendor's own code is kept beside it.
public enum Reason: UInt8, Sendable, CaseIterable {
    case none = 0
    case badCredential, unknownUser, mfaFailed, mfaTimeout, expired, locked, disabled
    case policyDenied, rateLimited, userCancelled, technical, other
    /// An old password of a familiar actor, tried again and again: scoring finds it, journals never hold it.
    case staleCredential

    /// The word used in dialects, rules and output; empty for `none`.
    public var word: String { Self.words[Int(rawValue)] }
    private static let words = [
        "", "bad_credential", "unknown_user", "mfa_failed", "mfa_timeout", "expired", "locked",
        "disabled", "policy_denied", "rate_limited", "user_cancelled", "technical", "other",
        "stale_credential",
    ]

    /// The reason that `word` names, or nil.
    public init?(word: String) {
        guard let index = Self.words.firstIndex(of: word) else { return nil }
        self.init(rawValue: UInt8(index))
    }
}

/// Who acts: the population of a scorecard is customers unless asked otherwise.
public enum ActorKind: UInt8, Sendable, CaseIterable {
    case unknown = 0
    case customer, workforce, service, agent

    /// The word used in dialects, rules and output; empty for `unknown`.
    public var word: String { Self.words[Int(rawValue)] }
    private static let words = ["", "customer", "workforce", "service", "agent"]

    /// The kind that `word` names, or nil.
    public init?(word: String) {
        guard let index = Self.words.firstIndex(of: word) else { return nil }
        self.init(rawValue: UInt8(index))
    }
}

/// What a vendor's transaction id spans. `request` ties nothing together.
public enum CorrelationSpan: UInt8, Sendable, CaseIterable {
    case request = 0
    case attempt, browser

    /// The span that `word` (`request`, `try`, `browser`) names, or nil.
    public init?(word: String) {
        switch word {
        case "request": self = .request
        case "try": self = .attempt
        case "browser": self = .browser
        default: return nil
        }
    }
}

/// How somebody proved who they are.
public enum AuthMethod: UInt8, Sendable, CaseIterable {
    case none = 0
    case password, otp, push, passkey, sms, magicLink, social, recoveryCode, emailOTP
    case certificate, phoneCall, hardwareToken, saml, oidc, other

    /// The word used in dialects, rules and output; empty for `none`.
    public var word: String { Self.words[Int(rawValue)] }
    private static let words = [
        "", "password", "otp", "push", "passkey", "sms", "magic_link", "social", "recovery_code",
        "email_otp", "certificate", "phone_call", "hardware_token", "saml", "oidc", "other",
    ]

    /// The method that `word` names, or nil.
    public init?(word: String) {
        guard let index = Self.words.firstIndex(of: word) else { return nil }
        self.init(rawValue: UInt8(index))
    }

    /// Whether use of this method at a login shows a second factor beside a password.
    public var isSecondFactor: Bool {
        switch self {
        case .otp, .push, .sms, .recoveryCode, .emailOTP, .phoneCall, .hardwareToken: true
        default: false
        }
    }
}

/// The coarse class of a user agent.
public enum UserAgentClass: UInt8, Sendable, CaseIterable {
    case none = 0
    case mobile, desktop, bot, other

    /// The word used in output; empty for `none`.
    public var word: String { Self.words[Int(rawValue)] }
    private static let words = ["", "mobile", "desktop", "bot", "other"]
}
