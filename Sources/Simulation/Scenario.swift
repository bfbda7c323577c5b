/// Something that happens beside ordinary traffic, with its ground truth written down.
package enum Scenario: String, CaseIterable, Sendable {
    /// Leaked name and password pairs tried once each from a few origins.
    case credentialStuffing = "credential-stuffing"
    /// A few common passwords against many names, low and slow, over days.
    case passwordSpray = "password-spray"
    /// Password resets asked for many victims, again and again.
    case resetBombing = "reset-bombing"
    /// Right passwords followed by push after push, until somebody approves.
    case mfaFatigue = "mfa-fatigue"
    /// Accounts registered by a script.
    case fakeRegistration = "fake-registration"
    /// A release that breaks an enrolment step on mobile devices.
    case brokenEnrolment = "broken-enrolment"
    /// A release that breaks login for everybody, carrier NATs included.
    case brokenLogin = "broken-login"
    /// Many guesses at one actor from one origin.
    case bruteForce = "brute-force"
    /// Many guesses at one actor from many origins.
    case distributedGuessing = "distributed-guessing"
    /// A long list of names tried from one origin to learn which of them have accounts.
    case userEnumeration = "user-enumeration"
    /// Right passwords followed by one wrong one-time code after another.
    case otpGuessing = "otp-guessing"
    /// Password managers that go on submitting a password that was changed.
    case stalePassword = "stale-password"
    /// A mobile app that retries with a token and a password that are no longer valid.
    case staleMobileToken = "stale-mobile-token"
    /// A campaign that multiplies honest visits for some hours.
    case marketingSpike = "marketing-spike"

    /// Whether the scenario is hostile.
    package enum Kind: String, Sendable {
        /// Hostile traffic, which a detector should mark.
        case attack
        /// Genuine people hindered, whom no detector should mark.
        case friction
        /// Genuine people in unusual numbers, whom no detector should mark.
        case benign
    }

    /// Whether the scenario is hostile.
    package var kind: Kind {
        switch self {
        case .credentialStuffing, .passwordSpray, .resetBombing, .mfaFatigue, .fakeRegistration,
            .bruteForce, .distributedGuessing, .userEnumeration, .otpGuessing:
            .attack
        case .brokenEnrolment, .brokenLogin, .stalePassword, .staleMobileToken: .friction
        case .marketingSpike: .benign
        }
    }
}

/// A scenario to simulate, and when.
package struct ScenarioRequest: Sendable, Equatable {
    /// What happens.
    package var scenario: Scenario
    /// The milliseconds from the start of the period to its begin; nil for the usual moment.
    package var offsetMilliseconds: Int64?
    /// How long it lasts; nil for the usual time. Cut at the end of the period.
    package var durationMilliseconds: Int64?
    /// A factor on its usual volume.
    package var intensity: Double

    /// Creates a request for a scenario at its usual moment and volume, unless told otherwise.
    package init(
        _ scenario: Scenario, offsetMilliseconds: Int64? = nil, durationMilliseconds: Int64? = nil,
        intensity: Double = 1
    ) {
        self.scenario = scenario
        self.offsetMilliseconds = offsetMilliseconds
        self.durationMilliseconds = durationMilliseconds
        self.intensity = intensity
    }

    /// The mix of a demonstration: the nine scenarios that a first look should show.
    package static let demonstration: [ScenarioRequest] = [
        .credentialStuffing, .passwordSpray, .resetBombing, .mfaFatigue, .fakeRegistration,
        .brokenEnrolment, .brokenLogin, .bruteForce, .distributedGuessing,
    ].map { ScenarioRequest($0) }
}

extension Scenario {
    /// The usual moment and length of a scenario inside a period.
    struct Schedule {
        /// The day it begins on, as a share of the period.
        let dayShare: Double
        /// The minute of that day.
        let minute: Int64
        /// The minutes it lasts.
        let minutes: Int64
    }

    var schedule: Schedule {
        switch self {
        case .credentialStuffing: Schedule(dayShare: 0.60, minute: 19 * 60, minutes: 90)
        case .passwordSpray: Schedule(dayShare: 0.20, minute: 30, minutes: 4 * 1_440)
        case .resetBombing: Schedule(dayShare: 0.40, minute: 13 * 60, minutes: 120)
        case .mfaFatigue: Schedule(dayShare: 0.72, minute: 20 * 60, minutes: 180)
        case .fakeRegistration: Schedule(dayShare: 0.50, minute: 2 * 60, minutes: 180)
        case .brokenEnrolment: Schedule(dayShare: 0.58, minute: 8 * 60, minutes: 36 * 60)
        case .brokenLogin: Schedule(dayShare: 0.86, minute: 10 * 60, minutes: 75)
        case .bruteForce: Schedule(dayShare: 0.14, minute: 4 * 60, minutes: 60)
        case .distributedGuessing: Schedule(dayShare: 0.30, minute: 22 * 60, minutes: 60)
        case .userEnumeration: Schedule(dayShare: 0.36, minute: 3 * 60, minutes: 90)
        case .otpGuessing: Schedule(dayShare: 0.44, minute: 5 * 60, minutes: 120)
        case .stalePassword: Schedule(dayShare: 0.50, minute: 9 * 60, minutes: 8 * 60)
        case .staleMobileToken: Schedule(dayShare: 0.50, minute: 7 * 60, minutes: 16 * 60)
        case .marketingSpike: Schedule(dayShare: 0.78, minute: 18 * 60, minutes: 150)
        }
    }
}
