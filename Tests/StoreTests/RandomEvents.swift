import Foundation
import IdentityModel

@testable import Store

/// A seeded generator (SplitMix64), so that a failure can be repeated.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

/// Events as no vendor would write them: few people, crowded instants, any value anywhere.
struct RandomEvents {
    var random: Seeded
    static let start: Int64 = 1_772_323_200_000_000

    init(seed: UInt64) { random = Seeded(seed) }

    /// `count` events within `hours` slices; `wild` ones hold extreme values.
    mutating func batch(_ count: Int, hours: Int = 3, wild: Bool = false) -> EventBatch {
        var batch = EventBatch()
        for index in 0..<count {
            var event = IdentityEvent()
            event.id = UInt128(random.next()) << 64
            let millisecond = Int64(random.next() % UInt64(hours * 3_600_000))
            event.at = Self.start + millisecond * 1000
            if wild {
                event.at += Int64(random.next() % 1000)
            } else if index % 3 == 0 {
                event.at -= event.at % 60_000_000
            }
            fillEnumerations(&event)
            fillPeople(&event, wild: wild)
            fillTexts(&event, &batch, index, wild: wild)
            event.offset = wild ? random.next() : UInt64(index * 400)
            event.recordLength = wild ? UInt32(truncatingIfNeeded: random.next()) : 399
            event.recordHash = UInt32(truncatingIfNeeded: random.next())
            batch.append(event)
        }
        return batch
    }

    private mutating func fillEnumerations(_ event: inout IdentityEvent) {
        event.journey = JourneyID(rawValue: UInt8(random.next() % 8))
        event.step = UInt8(random.next() % 4)
        event.outcome = Outcome.allCases.randomElement(using: &random) ?? .progress
        event.reason = Reason.allCases.randomElement(using: &random) ?? .none
        event.actorKind = ActorKind.allCases.randomElement(using: &random) ?? .unknown
        event.method = AuthMethod.allCases.randomElement(using: &random) ?? .none
        event.userAgentClass = UserAgentClass.allCases.randomElement(using: &random) ?? .none
        event.span = CorrelationSpan.allCases.randomElement(using: &random) ?? .request
        event.flags = EventFlags(rawValue: UInt8(random.next() % 4))
        event.topic = random.next() % 5 == 0 ? .login : .none
    }

    private mutating func fillPeople(_ event: inout IdentityEvent, wild: Bool) {
        let person = wild ? random.next() : random.next() % 40
        event.name = person % 5 == 0 ? 0 : UInt128(person &* 77) << 64 | UInt128(person)
        event.subject = person % 3 == 0 ? 0 : wild ? .max - UInt128(person) : UInt128(person) << 70
        event.correlation = person % 4 == 0 ? 0 : random.next() >> (wild ? 0 : 55)
        event.session = person % 2 == 0 ? event.correlation : random.next() >> (wild ? 0 : 56)
        event.device = wild ? random.next() : 0
        let address = UInt32(truncatingIfNeeded: random.next() % 60 &+ 0xCB00_7100)
        event.address = NetworkAddress(
            rawValue: person % 7 == 0
                ? UInt128(random.next()) << 64 | 1 : UInt128(0xFFFF) << 32 | UInt128(address))
    }

    private mutating func fillTexts(
        _ event: inout IdentityEvent, _ batch: inout EventBatch, _ index: Int, wild: Bool
    ) {
        event.client = batch.strings.intern("client \(random.next() % 4)")
        event.dialect = batch.strings.intern(random.next() % 6 == 0 ? "okta" : "keycloak")
        event.tenant = batch.strings.intern("shop")
        event.userAgent = batch.strings.intern("Agent/\(random.next() % 9)")
        guard wild else { return }
        event.vendorReason = batch.strings.intern(String(repeating: "é", count: index % 50))
        event.risk = batch.strings.intern("risk \(index)")
        event.segments = batch.strings.intern("a=\(index % 3);b=\(index % 7)")
        event.country = batch.strings.intern(index % 2 == 0 ? "DE" : "")
        event.assurance = batch.strings.intern(index % 3 == 0 ? "AAL2" : "")
        event.asn = UInt32(truncatingIfNeeded: random.next())
        event.latitude = Int16(truncatingIfNeeded: random.next())
        event.longitude = Int16(truncatingIfNeeded: random.next())
    }
}

/// An event with its texts, so that events of different batches can be compared.
struct PlainEvent: Equatable {
    var event: IdentityEvent
    var texts: [String]

    /// Row `index` of `batch`; the source is the store's affair.
    init(_ batch: EventBatch, _ index: Int) {
        event = batch[index]
        texts = [
            event.userAgent, event.client, event.tenant, event.vendorReason, event.risk,
            event.dialect, event.segments, event.country, event.assurance,
        ].map { batch.strings[$0] }
        event.userAgent = 0
        event.client = 0
        event.tenant = 0
        event.vendorReason = 0
        event.risk = 0
        event.dialect = 0
        event.segments = 0
        event.country = 0
        event.assurance = 0
        event.source = 0
    }

    static func all(_ batch: EventBatch) -> [PlainEvent] {
        batch.at.indices.map { PlainEvent(batch, $0) }
    }
}

extension EventBatch {
    /// The rows `rows` as a batch of their own.
    func picked(_ rows: some Sequence<Int>) -> EventBatch {
        var picked = EventBatch()
        picked.strings = strings
        for row in rows { picked.append(self[row]) }
        return picked
    }
}

/// A folder that goes when the test ends.
final class TemporaryStore: Sendable {
    let path: String
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("lockstep-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appendingPathComponent("store.db").path
    }

    func writer(_ options: StoreOptions = StoreOptions(), key: String = "0011223344") throws
        -> SQLiteStore
    {
        try SQLiteStore.openForWriting(path: path, keyFingerprint: key, options: options)
    }

    func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

    deinit { try? FileManager.default.removeItem(at: folder) }
}

extension SQLiteStore {
    /// Appends `batches`, each as a commit of its own.
    @discardableResult
    func appendAll(_ batches: [EventBatch], source: String = "a.log") async throws -> AppendReport {
        var total = AppendReport()
        for batch in batches {
            var commit = JournalAppend()
            commit.batches = [SourcedBatch(source: source, events: batch)]
            let report = try await append(commit)
            total.appended += report.appended
            total.duplicates += report.duplicates
            total.collisions += report.collisions
            total.late += report.late
        }
        return total
    }
}
