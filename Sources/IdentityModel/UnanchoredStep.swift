/// What a completion becomes when no attempt led to it, as its dialect says.
///
///     flags │ code (4 bits): 0 unsaid, 1–9 account step + 1, 10–14 session step + 10 │ … │ floating │ silent │
extension EventFlags {
    private static let accountSteps: UInt8 = 9
    private static let sessionSteps: UInt8 = 5

    /// Flags that name a step of the journey `account` or `session`; nil for any other.
    public init?(unanchored journey: JourneyID, step: UInt8) {
        switch journey {
        case .account where step < Self.accountSteps: self.init(rawValue: (step + 1) << 4)
        case .session where step < Self.sessionSteps:
            self.init(rawValue: (step + 1 + Self.accountSteps) << 4)
        default: return nil
        }
    }

    /// The single event that an unanchored completion becomes; nil leaves the choice to the
    /// reader, which takes account/password_changed.
    public var unanchored: (journey: JourneyID, step: UInt8)? {
        let code = rawValue >> 4
        if code == 0 || code > Self.accountSteps + Self.sessionSteps { return nil }
        return code <= Self.accountSteps
            ? (.account, code - 1) : (.session, code - 1 - Self.accountSteps)
    }
}
