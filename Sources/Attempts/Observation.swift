import IdentityModel

/// What the attempt machine sees of an event.
public struct Observation: Sendable {
    public var at: Int64
    public var journey: JourneyID
    public var step: UInt8
    public var outcome: Outcome
    public var reason: Reason
    public var actorKind: ActorKind
    public var method: AuthMethod
    public var userAgentClass: UserAgentClass
    public var flags: EventFlags
    public var topic: JourneyID
    public var actor: UInt128
    public var origin: UInt128
    /// The correlation id where it spans a try or a browser session, else 0.
    public var tie: UInt64
    public var session: UInt64
    public var hasRisk: Bool
    /// Texts are numbers of the scoring run's table.
    public var client: UInt32
    public var segments: UInt32
    public var dialect: UInt32
    public var assurance: UInt32
    /// The store's number of the event's source.
    public var source: UInt32
    /// The signals that mark the event.
    public var signals: SignalSet
    /// Whether the actor is known from this origin or device.
    public var isFamiliar: Bool
    /// Whether an old password of a familiar actor is tried here again and again.
    public var isStaleCredential: Bool

    /// Event `index` of `batch`, whose texts `numbers` maps to the scoring run's numbers.
    ///
    /// Where the batch has no sources, its events are of source 0.
    /// `batch` is borrowed: an initializer would otherwise retain every column of it.
    @inline(__always)
    public init(
        _ batch: borrowing EventBatch, _ index: Int, numbers: borrowing [UInt32], signals: SignalSet,
        isFamiliar: Bool = false, isStaleCredential: Bool = false
    ) {
        at = batch.at[index]
        journey = JourneyID(rawValue: batch.journey[index])
        step = batch.step[index]
        outcome = Outcome(rawValue: batch.outcome[index]) ?? .progress
        reason = Reason(rawValue: batch.reason[index]) ?? .other
        actorKind = ActorKind(rawValue: batch.actorKind[index]) ?? .unknown
        method = AuthMethod(rawValue: batch.method[index]) ?? .none
        userAgentClass = UserAgentClass(rawValue: batch.userAgentClass[index]) ?? .none
        flags = EventFlags(rawValue: batch.flags[index])
        topic = JourneyID(rawValue: batch.topic[index])
        let name = batch.name[index]
        actor = name != 0 ? name : batch.subject[index]
        origin = NetworkAddress(rawValue: batch.address[index]).origin
        tie = batch.span[index] == CorrelationSpan.request.rawValue ? 0 : batch.correlation[index]
        session = batch.session[index]
        hasRisk = batch.risk[index] != 0
        client = numbers[Int(batch.client[index])]
        segments = numbers[Int(batch.segments[index])]
        dialect = numbers[Int(batch.dialect[index])]
        assurance = numbers[Int(batch.assurance[index])]
        source = batch.source.isEmpty ? 0 : batch.source[index]
        self.signals = signals
        self.isFamiliar = isFamiliar
        self.isStaleCredential = isStaleCredential
    }
}
