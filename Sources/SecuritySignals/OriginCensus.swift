import IdentityModel

/// Finds sources that show their proxy's address instead of the visitors'.
///
/// On such a source everybody comes from one origin: rules keyed by origin would see one busy
/// attacker. A source is *hidden* when it has shown at least `eventsMin` events with an address and
/// either over half of them come from private addresses, or one origin carries over half of them and
/// over half of the completed logins, too. The second condition keeps a flood from one address from
/// switching off the rules that see it: an attacker carries failures, a proxy carries everybody.
///
/// Counts are exact up to `originsMax` origins per source; above, the rarest are let go (Misra and
/// Gries, "Finding repeated elements", 1982), by which a count falls short by at most one in
/// `originsMax` of the events.
public struct OriginCensus: Sendable {
    /// Fewer events say nothing about a source.
    public static let eventsMin: UInt64 = 1000
    /// So many completed logins, if any, say whether an origin carries everybody.
    public static let loginsMin: UInt64 = 20
    /// Origins counted per source.
    public static let originsMax = 4096

    private struct Count: Sendable {
        var events: UInt64 = 0
        var logins: UInt64 = 0
    }

    private struct Source: Sendable {
        var events: UInt64 = 0
        var logins: UInt64 = 0
        var ofPrivate: UInt64 = 0
        var origins = OpenTable<UInt128, Count>()
    }

    private var sources: [UInt32: Source] = [:]

    public init() {}

    /// Counts the events of `batch` that have an address.
    public mutating func absorb(_ batch: EventBatch) {
        guard batch.source.count == batch.count, batch.address.count == batch.count else { return }
        var index = 0
        while index < batch.count {
            // Runs of one source are looked up once.
            let number = batch.source[index]
            var source = sources.removeValue(forKey: number) ?? Source()
            while index < batch.count, batch.source[index] == number {
                Self.count(batch, index, into: &source)
                index += 1
            }
            sources[number] = source
        }
    }

    private static func count(_ batch: borrowing EventBatch, _ index: Int, into source: inout Source) {
        let address = NetworkAddress(rawValue: batch.address[index])
        if address == .none { return }
        let isLogin =
            batch.journey[index] == JourneyID.login.rawValue && batch.step[index] == LoginStep.complete
            && batch.outcome[index] == Outcome.success.rawValue
        source.events += 1
        source.logins += isLogin ? 1 : 0
        source.ofPrivate += isPrivate(address.rawValue) ? 1 : 0
        source.origins.update(address.origin, default: Count()) {
            $0.events += 1
            $0.logins += isLogin ? 1 : 0
        }
        if source.origins.count > originsMax { letGo(&source) }
    }

    /// Takes one event from every origin; those without any are forgotten.
    private static func letGo(_ source: inout Source) {
        var kept = OpenTable<UInt128, Count>()
        kept.reserveCapacity(originsMax + 1)
        source.origins.forEach { origin, count in
            if count.events > 1 { kept[origin] = Count(events: count.events - 1, logins: count.logins) }
        }
        source.origins = kept
    }

    /// Adds what another census counted, of the same sources' other events.
    public mutating func merge(_ other: OriginCensus) {
        for (number, theirs) in other.sources {
            var own = sources[number] ?? Source()
            own.events += theirs.events
            own.logins += theirs.logins
            own.ofPrivate += theirs.ofPrivate
            theirs.origins.forEach { origin, count in
                own.origins.update(origin, default: Count()) {
                    $0.events += count.events
                    $0.logins += count.logins
                }
            }
            while own.origins.count > Self.originsMax { Self.letGo(&own) }
            sources[number] = own
        }
    }

    /// The sources whose addresses are not the visitors'.
    public var hiddenSources: Set<UInt32> { Set(sources.filter { Self.isHidden($0.value) }.keys) }

    private static func isHidden(_ source: Source) -> Bool {
        guard source.events >= eventsMin else { return false }
        if source.ofPrivate * 2 > source.events { return true }
        var isOneForAll = false
        source.origins.forEach { _, count in
            let carriesLogins = source.logins < loginsMin || count.logins * 2 > source.logins
            if count.events * 2 > source.events, carriesLogins, source.logins > 0 { isOneForAll = true }
        }
        return isOneForAll
    }

    private static let privateNetworks = [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "::1/128",
        "fc00::/7", "fe80::/10",
    ].compactMap { NetworkRange($0) }

    /// Whether an address is of no public network (RFC 1918, RFC 4193, loopback, link-local). The
    /// shared space of carriers (RFC 6598) is not: a carrier's inside is as good as its outside.
    static func isPrivate(_ address: UInt128) -> Bool { privateNetworks.contains { $0.contains(address) } }
}
