/// Normalized events as columns of equal length; the unit that crosses module boundaries.
///
///     at       │ t0 │ t1 │ t2 │ …      one array per field of `IdentityEvent`
///     journey  │  0 │  0 │  2 │ …      enumerations as their raw values
///     client   │  1 │  1 │  4 │ …  ──▶ strings │ "" │ web │ … │
///
/// Appending copies about 190 bytes per event and allocates nothing once capacity is reached.
public struct EventBatch: Sendable {
    public var id: [UInt128] = []
    public var at: [Int64] = []
    public var journey: [UInt8] = []
    public var step: [UInt8] = []
    public var outcome: [UInt8] = []
    public var reason: [UInt8] = []
    public var actorKind: [UInt8] = []
    public var method: [UInt8] = []
    public var userAgentClass: [UInt8] = []
    public var span: [UInt8] = []
    public var flags: [UInt8] = []
    public var topic: [UInt8] = []
    public var name: [UInt128] = []
    public var subject: [UInt128] = []
    public var correlation: [UInt64] = []
    public var session: [UInt64] = []
    public var address: [UInt128] = []
    public var device: [UInt64] = []
    public var userAgent: [UInt32] = []
    public var client: [UInt32] = []
    public var tenant: [UInt32] = []
    public var vendorReason: [UInt32] = []
    public var risk: [UInt32] = []
    public var dialect: [UInt32] = []
    public var segments: [UInt32] = []
    public var country: [UInt32] = []
    public var assurance: [UInt32] = []
    public var asn: [UInt32] = []
    public var latitude: [Int16] = []
    public var longitude: [Int16] = []
    public var source: [UInt32] = []
    public var offset: [UInt64] = []
    public var recordLength: [UInt32] = []
    public var recordHash: [UInt32] = []
    /// The texts that the 32-bit reference columns number.
    public var strings = StringTable()

    /// A batch without events.
    public init() {}

    /// The number of events.
    public var count: Int { at.count }
    /// Whether there are no events.
    public var isEmpty: Bool { at.isEmpty }

    /// Makes room for `capacity` events.
    public mutating func reserveCapacity(_ capacity: Int) {
        id.reserveCapacity(capacity)
        at.reserveCapacity(capacity)
        journey.reserveCapacity(capacity)
        step.reserveCapacity(capacity)
        outcome.reserveCapacity(capacity)
        reason.reserveCapacity(capacity)
        actorKind.reserveCapacity(capacity)
        method.reserveCapacity(capacity)
        userAgentClass.reserveCapacity(capacity)
        span.reserveCapacity(capacity)
        flags.reserveCapacity(capacity)
        topic.reserveCapacity(capacity)
        name.reserveCapacity(capacity)
        subject.reserveCapacity(capacity)
        correlation.reserveCapacity(capacity)
        session.reserveCapacity(capacity)
        address.reserveCapacity(capacity)
        device.reserveCapacity(capacity)
        userAgent.reserveCapacity(capacity)
        client.reserveCapacity(capacity)
        tenant.reserveCapacity(capacity)
        vendorReason.reserveCapacity(capacity)
        risk.reserveCapacity(capacity)
        dialect.reserveCapacity(capacity)
        segments.reserveCapacity(capacity)
        country.reserveCapacity(capacity)
        assurance.reserveCapacity(capacity)
        asn.reserveCapacity(capacity)
        latitude.reserveCapacity(capacity)
        longitude.reserveCapacity(capacity)
        source.reserveCapacity(capacity)
        offset.reserveCapacity(capacity)
        recordLength.reserveCapacity(capacity)
        recordHash.reserveCapacity(capacity)
    }

    /// Appends `event`, whose references must be numbers of `strings`.
    @inline(__always)
    public mutating func append(_ event: IdentityEvent) {
        id.append(event.id)
        at.append(event.at)
        journey.append(event.journey.rawValue)
        step.append(event.step)
        outcome.append(event.outcome.rawValue)
        reason.append(event.reason.rawValue)
        actorKind.append(event.actorKind.rawValue)
        method.append(event.method.rawValue)
        userAgentClass.append(event.userAgentClass.rawValue)
        span.append(event.span.rawValue)
        flags.append(event.flags.rawValue)
        topic.append(event.topic.rawValue)
        name.append(event.name)
        subject.append(event.subject)
        correlation.append(event.correlation)
        session.append(event.session)
        address.append(event.address.rawValue)
        device.append(event.device)
        userAgent.append(event.userAgent)
        client.append(event.client)
        tenant.append(event.tenant)
        vendorReason.append(event.vendorReason)
        risk.append(event.risk)
        dialect.append(event.dialect)
        segments.append(event.segments)
        country.append(event.country)
        assurance.append(event.assurance)
        asn.append(event.asn)
        latitude.append(event.latitude)
        longitude.append(event.longitude)
        source.append(event.source)
        offset.append(event.offset)
        recordLength.append(event.recordLength)
        recordHash.append(event.recordHash)
    }

    /// Appends `rows` column by column: a third of the cost of one after another.
    public mutating func append(contentsOf rows: UnsafeBufferPointer<IdentityEvent>) {
        Self.extend(&id, rows) { $0.pointee.id }
        Self.extend(&at, rows) { $0.pointee.at }
        Self.extend(&journey, rows) { $0.pointee.journey.rawValue }
        Self.extend(&step, rows) { $0.pointee.step }
        Self.extend(&outcome, rows) { $0.pointee.outcome.rawValue }
        Self.extend(&reason, rows) { $0.pointee.reason.rawValue }
        Self.extend(&actorKind, rows) { $0.pointee.actorKind.rawValue }
        Self.extend(&method, rows) { $0.pointee.method.rawValue }
        Self.extend(&userAgentClass, rows) { $0.pointee.userAgentClass.rawValue }
        Self.extend(&span, rows) { $0.pointee.span.rawValue }
        Self.extend(&flags, rows) { $0.pointee.flags.rawValue }
        Self.extend(&topic, rows) { $0.pointee.topic.rawValue }
        Self.extend(&name, rows) { $0.pointee.name }
        Self.extend(&subject, rows) { $0.pointee.subject }
        Self.extend(&correlation, rows) { $0.pointee.correlation }
        Self.extend(&session, rows) { $0.pointee.session }
        Self.extend(&address, rows) { $0.pointee.address.rawValue }
        Self.extend(&device, rows) { $0.pointee.device }
        Self.extend(&userAgent, rows) { $0.pointee.userAgent }
        Self.extend(&client, rows) { $0.pointee.client }
        Self.extend(&tenant, rows) { $0.pointee.tenant }
        Self.extend(&vendorReason, rows) { $0.pointee.vendorReason }
        Self.extend(&risk, rows) { $0.pointee.risk }
        Self.extend(&dialect, rows) { $0.pointee.dialect }
        Self.extend(&segments, rows) { $0.pointee.segments }
        Self.extend(&country, rows) { $0.pointee.country }
        Self.extend(&assurance, rows) { $0.pointee.assurance }
        Self.extend(&asn, rows) { $0.pointee.asn }
        Self.extend(&latitude, rows) { $0.pointee.latitude }
        Self.extend(&longitude, rows) { $0.pointee.longitude }
        Self.extend(&source, rows) { $0.pointee.source }
        Self.extend(&offset, rows) { $0.pointee.offset }
        Self.extend(&recordLength, rows) { $0.pointee.recordLength }
        Self.extend(&recordHash, rows) { $0.pointee.recordHash }
    }

    @inline(__always)
    private static func extend<Value: FixedWidthInteger>(
        _ column: inout [Value], _ rows: UnsafeBufferPointer<IdentityEvent>,
        _ value: (UnsafePointer<IdentityEvent>) -> Value
    ) {
        guard let first = rows.baseAddress else { return }
        let start = column.count
        column.append(contentsOf: repeatElement(0, count: rows.count))
        column.withUnsafeMutableBufferPointer { out in
            for index in 0..<rows.count { out[start &+ index] = value(first + index) }
        }
    }

    /// Event `index` as a row. Raw values outside their enumeration read as its first case.
    public subscript(index: Int) -> IdentityEvent {
        var event = IdentityEvent()
        event.id = id[index]
        event.at = at[index]
        event.journey = JourneyID(rawValue: journey[index])
        event.step = step[index]
        event.outcome = Outcome(rawValue: outcome[index]) ?? .progress
        event.reason = Reason(rawValue: reason[index]) ?? .none
        event.actorKind = ActorKind(rawValue: actorKind[index]) ?? .unknown
        event.method = AuthMethod(rawValue: method[index]) ?? .none
        event.userAgentClass = UserAgentClass(rawValue: userAgentClass[index]) ?? .none
        event.span = CorrelationSpan(rawValue: span[index]) ?? .request
        event.flags = EventFlags(rawValue: flags[index])
        event.topic = JourneyID(rawValue: topic[index])
        event.name = name[index]
        event.subject = subject[index]
        event.correlation = correlation[index]
        event.session = session[index]
        event.address = NetworkAddress(rawValue: address[index])
        event.device = device[index]
        event.userAgent = userAgent[index]
        event.client = client[index]
        event.tenant = tenant[index]
        event.vendorReason = vendorReason[index]
        event.risk = risk[index]
        event.dialect = dialect[index]
        event.segments = segments[index]
        event.country = country[index]
        event.assurance = assurance[index]
        event.asn = asn[index]
        event.latitude = latitude[index]
        event.longitude = longitude[index]
        event.source = source[index]
        event.offset = offset[index]
        event.recordLength = recordLength[index]
        event.recordHash = recordHash[index]
        return event
    }

    /// Forgets all events and keeps the memory.
    public mutating func removeAll() {
        id.removeAll(keepingCapacity: true)
        at.removeAll(keepingCapacity: true)
        journey.removeAll(keepingCapacity: true)
        step.removeAll(keepingCapacity: true)
        outcome.removeAll(keepingCapacity: true)
        reason.removeAll(keepingCapacity: true)
        actorKind.removeAll(keepingCapacity: true)
        method.removeAll(keepingCapacity: true)
        userAgentClass.removeAll(keepingCapacity: true)
        span.removeAll(keepingCapacity: true)
        flags.removeAll(keepingCapacity: true)
        topic.removeAll(keepingCapacity: true)
        name.removeAll(keepingCapacity: true)
        subject.removeAll(keepingCapacity: true)
        correlation.removeAll(keepingCapacity: true)
        session.removeAll(keepingCapacity: true)
        address.removeAll(keepingCapacity: true)
        device.removeAll(keepingCapacity: true)
        userAgent.removeAll(keepingCapacity: true)
        client.removeAll(keepingCapacity: true)
        tenant.removeAll(keepingCapacity: true)
        vendorReason.removeAll(keepingCapacity: true)
        risk.removeAll(keepingCapacity: true)
        dialect.removeAll(keepingCapacity: true)
        segments.removeAll(keepingCapacity: true)
        country.removeAll(keepingCapacity: true)
        assurance.removeAll(keepingCapacity: true)
        asn.removeAll(keepingCapacity: true)
        latitude.removeAll(keepingCapacity: true)
        longitude.removeAll(keepingCapacity: true)
        source.removeAll(keepingCapacity: true)
        offset.removeAll(keepingCapacity: true)
        recordLength.removeAll(keepingCapacity: true)
        recordHash.removeAll(keepingCapacity: true)
        strings.removeAll()
    }

    /// Whether event `a` stands before event `b` in canonical order.
    @inline(__always)
    public func precedes(_ a: Int, _ b: Int) -> Bool {
        if at[a] != at[b] { return at[a] < at[b] }
        if step[a] != step[b] { return step[a] < step[b] }
        if outcome[a] != outcome[b] { return outcome[a] < outcome[b] }
        // The upper half decides, for the journal keeps no more of an id.
        return id[a] >> 64 < id[b] >> 64
    }
}
