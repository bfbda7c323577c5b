import IdentityModel

/// Makes events of fields: identities become pseudonyms here and nowhere later.
///
/// Cost: about 0.2 µs an event, most of it keyed hashes.
struct EventAssembler: ~Copyable, Sendable {
    /// Domains of keyed hashes. Fingerprints of two domains tell nothing of each other.
    enum Domain {
        /// Correlations and sessions: many vendors use one id as both, and equal ones are stored once.
        static let transaction: UInt64 = 1
        static let device: UInt64 = 3
        static let tenant: UInt64 = 4
        static let vendorID: UInt64 = 5
        static let recordText: UInt64 = 6
    }

    /// What an event is made of beside the record's fields.
    struct Origin {
        /// The record's bytes.
        var record: Bytes
        /// Where it begins in the stream.
        var offset: UInt64
        /// The place of the element in the record that this event is made of, from 1; 0 for all of it.
        var element: UInt64 = 0
    }

    private var pseudonymizer: Pseudonymizer
    let hash: KeyedHash
    let recordKey: UInt64
    let vendorDomains: [UInt64]
    let textDomains: [UInt64]
    /// The tenant last met and its hash: most streams have one.
    var tenant: [UInt8] = []
    var tenantHash: UInt64 = 0
    private let newest: Int64
    private var agents = UserAgentClassifier()
    private var dialectReferences: [UInt32]
    var segments: [UInt8] = []
    var times: TimeReader
    var twins = TwinWindow()
    /// The twin number of the record at hand, once one of its events needed it.
    var twinOfRecord: UInt64?
    /// Events that wait to be appended, many at once.
    var rows = RowBuffer()
    /// Events with a correlation id, by dialect.
    var withCorrelation: [UInt64]
    /// Whether the clear texts are kept in `revealed`.
    var reveals = false
    var revealed = RevealedIdentities()

    /// 2000-01-01, before which no identity provider here wrote a log.
    private static let oldest: Int64 = 946_684_800_000_000

    init(key: PseudonymKey, dialects: [CompiledDialect], times: TimeReader, now: Int64) {
        let hash = key.keyedHash
        pseudonymizer = key.pseudonymizer()
        self.hash = hash
        recordKey = key.recordKey
        func domain(_ dialect: CompiledDialect, _ domain: UInt64) -> UInt64 {
            let name = Array(dialect.name.utf8)
            return name.withUnsafeBytes { hash.fingerprint($0, domain: domain) }
        }
        vendorDomains = dialects.map { domain($0, Domain.vendorID) }
        textDomains = dialects.map { domain($0, Domain.recordText) }
        dialectReferences = [UInt32](repeating: 0, count: dialects.count)
        withCorrelation = [UInt64](repeating: 0, count: dialects.count)
        newest = now.addingReportingOverflow(Timestamp.day).partialValue
        self.times = times
    }

    /// Gets ready for a batch with another string table.
    mutating func beginBatch() {
        agents.forget()
        for index in dialectReferences.indices { dialectReferences[index] = 0 }
    }

    /// Appends what still waits; `events` is complete then.
    ///
    /// Called while the batch's bytes are still where they were.
    mutating func endBatch(_ events: inout EventBatch) { rows.flush(to: &events, &pseudonymizer, hash) }

    /// Gets ready for the next record.
    @inline(__always)
    mutating func beginRecord() { twinOfRecord = nil }

    /// Counts the record at hand among those that twins are looked for in, whatever became of it.
    @inline(__always)
    mutating func endRecord() {
        if twinOfRecord == nil { twins.skip() }
    }

    /// The row that the next event will be.
    func nextRow(_ events: borrowing EventBatch) -> Int { events.count + rows.count }

    /// Appends the event of `rule` to `events`; if that is not possible, tells why.
    mutating func append(
        _ rule: UnsafePointer<CompiledRule>, _ dialect: CompiledDialect, _ index: Int,
        _ fields: inout RecordFields, _ origin: Origin, to events: inout EventBatch
    ) -> Refusal? {
        guard let mapping = dialect.mappings.baseAddress.map({ $0 + Int(rule.pointee.mapping) }) else {
            return .unknownWord("event")
        }
        guard let clock = fields.first(mapping.pointee.time) else { return .noTime }
        guard let at = times.read(clock, mapping.pointee.format, dialect: index) else {
            return .unreadableTime
        }
        guard at >= Self.oldest, at <= newest else { return .clockSkew(at) }
        let event = rows.next()
        event.pointee.at = at
        if let refusal = setStep(rule, dialect, &fields, &event.pointee) { return refusal }
        setWho(mapping, rule, dialect, &fields, origin.record, &event.pointee)
        setTies(mapping, rule, index, &fields, origin.record, &event.pointee)
        setWords(mapping, rule, dialect, &fields, &event.pointee, &events.strings)
        setPlace(mapping, &fields, &event.pointee, &events.strings)
        setEvidence(mapping, index, &fields, origin, &event.pointee)
        if dialectReferences[index] == 0 {
            dialectReferences[index] = events.strings.intern(dialect.name)
        }
        event.pointee.dialect = dialectReferences[index]
        if rows.keep() { rows.flush(to: &events, &pseudonymizer, hash) }
        if reveals { reveal(mapping, &fields) }
        return nil
    }

    private func setStep(
        _ rule: UnsafePointer<CompiledRule>, _ dialect: CompiledDialect,
        _ fields: inout RecordFields, _ event: inout IdentityEvent
    ) -> Refusal? {
        event.flags = rule.pointee.flags
        if rule.pointee.action == .event {
            event.journey = rule.pointee.journey
            event.step = rule.pointee.step
            event.outcome = rule.pointee.outcome
        } else {
            let words = dialect.vocabulary
            let journey = fields.value(Int(rule.pointee.journeySlot)).map(words.journeys.find) ?? -1
            guard journey >= 0 else { return .unknownWord("journey") }
            let steps = words.steps[Int(journey)]
            let step = fields.value(Int(rule.pointee.stepSlot)).map(steps.find) ?? -1
            guard step >= 0 else { return .unknownWord("step") }
            let outcome = fields.value(Int(rule.pointee.outcomeSlot)).map(words.outcomes.find) ?? -1
            guard outcome >= 0, let known = Outcome(rawValue: UInt8(outcome)) else {
                return .unknownWord("outcome")
            }
            event.journey = JourneyID(rawValue: UInt8(journey))
            event.step = UInt8(step)
            event.outcome = known
        }
        let reason = rule.pointee.reason.number(&fields)
        if reason > 0 { event.reason = Reason(rawValue: UInt8(truncatingIfNeeded: reason)) ?? .none }
        return nil
    }

    @inline(__always)
    private mutating func setWho(
        _ mapping: UnsafePointer<CompiledMapping>, _ rule: UnsafePointer<CompiledRule>,
        _ dialect: CompiledDialect, _ fields: inout RecordFields, _ record: Bytes,
        _ event: inout IdentityEvent
    ) {
        if let name = fields.first(mapping.pointee.name).map({ typedName($0, &fields) }), !isNullLike(name) {
            if name.lies(in: record) {
                rows.await(.name, of: name, pseudonymizer)
            } else {
                event.name = pseudonymizer.pseudonym(name.raw)
            }
        }
        if let subject = fields.first(mapping.pointee.subject)?.trimmed, !isNullLike(subject) {
            if subject.lies(in: record) {
                rows.await(.subject, of: subject, pseudonymizer)
            } else {
                event.subject = pseudonymizer.pseudonym(subject.raw)
            }
        }
        event.actorKind = rule.pointee.kind
        if !rule.pointee.hasKind {
            event.actorKind = dialect.kind
            for kind in dialect.kinds where allHold(kind.conditions, &fields) {
                event.actorKind = kind.kind
                break
            }
        }
    }

    @inline(__always)
    private mutating func setTies(
        _ mapping: UnsafePointer<CompiledMapping>, _ rule: UnsafePointer<CompiledRule>, _ index: Int,
        _ fields: inout RecordFields, _ record: Bytes, _ event: inout IdentityEvent
    ) {
        if let ticket = fields.first(mapping.pointee.ticket) {
            event.correlation = tie(.correlation, ticket, Domain.transaction, record)
            event.span = .request
            withCorrelation[index] &+= 1
        } else if let correlation = fields.first(mapping.pointee.correlation) {
            event.correlation = tie(.correlation, correlation, Domain.transaction, record)
            event.span = rule.pointee.span
            withCorrelation[index] &+= 1
        }
        if let session = fields.first(mapping.pointee.session) {
            event.session = tie(.session, session, Domain.transaction, record)
        }
        if let device = fields.first(mapping.pointee.device) {
            event.device = tie(.device, device, Domain.device, record)
        }
    }

    /// The fingerprint of `text`; 0 where it is made later, together with others.
    @inline(__always)
    private mutating func tie(
        _ column: RowBuffer.HashColumn, _ text: Bytes, _ domain: UInt64, _ record: Bytes
    ) -> UInt64 {
        guard text.lies(in: record) else { return hash.fingerprint(text.raw, domain: domain) }
        rows.await(column, of: HashInput(text.raw, domain, 0))
        return 0
    }

    @inline(__always)
    private mutating func setWords(
        _ mapping: UnsafePointer<CompiledMapping>, _ rule: UnsafePointer<CompiledRule>,
        _ dialect: CompiledDialect, _ fields: inout RecordFields, _ event: inout IdentityEvent,
        _ strings: inout StringTable
    ) {
        event.method = method(mapping, rule, dialect, &fields)
        event.risk = risk(mapping, rule, &fields, &strings)
        event.client = intern(mapping.pointee.client, &fields, &strings)
        event.tenant = intern(mapping.pointee.tenant, &fields, &strings)
        event.vendorReason = intern(mapping.pointee.vendorReason, &fields, &strings)
        event.assurance = intern(mapping.pointee.assurance, &fields, &strings)
        if let topic = fields.first(mapping.pointee.topic) {
            let found = mapping.pointee.topicTable.find(topic)
            let number = found >= 0 ? found : mapping.pointee.topicOtherwise
            event.topic = JourneyID(rawValue: UInt8(truncatingIfNeeded: number))
        }
        if let agent = fields.first(mapping.pointee.userAgent) {
            event.userAgent = strings.intern(agent.raw)
            event.userAgentClass = agents.classify(agent, id: event.userAgent)
        }
        if !mapping.pointee.segments.isEmpty {
            event.segments = internSegments(mapping, &fields, &strings)
        }
    }
}
