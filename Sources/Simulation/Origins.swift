/// Where records come from. Every address is from a range that is set aside for documentation,
/// benchmarks or carriers' NATs, so none belongs to anybody:
///
/// | range | used for |
/// | --- | --- |
/// | 198.18.0.0/16, 198.19.0.0/17 (RFC 2544) | home lines, one address each |
/// | 2001:db8:1000::/36 (RFC 3849) | home lines with IPv6, one /64 each |
/// | 100.64.0.0/10 (RFC 6598) | carriers' NATs, thousands of people on a few dozen addresses |
/// | 203.0.113.0/24 (RFC 5737) | offices |
/// | 192.0.2.0/24 (RFC 5737) | the shop's own servers and administrators |
/// | 198.51.100.0/24 (RFC 5737), 2001:db8:bad::/48 | attackers' servers and scanners |
/// | 198.19.128.0/17 (RFC 2544) | attackers' networks of hijacked devices |
struct Origins: Sendable {
    static let offices = 60
    /// The address that the web shop's servers speak to the identity provider from.
    static let shopServer = NetworkAddress(v4: 192, 0, 2, 10)

    private let population: Population
    private let gateways: Int
    private static let homes = 98_304
    private static let hijacked = 32_768

    init(population: Population) {
        self.population = population
        // As many people behind one gateway as carriers put there, within a few dozen gateways.
        gateways = min(48, max(6, population.customers / 250))
    }

    /// The address of a home line; with IPv6, `device` changes the low 64 bits (RFC 8981).
    func home(_ person: Person, device: UInt64) -> NetworkAddress {
        let household = population.household(person)
        guard population.hasV6(household) else {
            // 48,271 is prime to the number of homes: no two households meet before all are used.
            let line = (household * 48_271 + 17) % Self.homes
            return NetworkAddress(v4: 198 << 24 | 18 << 16 | UInt32(line))
        }
        return NetworkAddress(v6: 0x2001_0DB8_1000_0000 | UInt64(household), device | 1 << 62)
    }

    /// An address of the person's mobile carrier: one of the three gateways of the region.
    func mobile(_ person: Person, _ random: inout RandomSource) -> NetworkAddress {
        let region = population.carrierRegion(person)
        let gateway = (region + random.below(3)) % gateways
        return NetworkAddress(v4: 100, 64 + UInt32(gateway % 3), UInt32(gateway / 3), 7)
    }

    /// The address of an office.
    func office(_ office: Int) -> NetworkAddress {
        NetworkAddress(v4: 203, 0, 113, UInt32(10 + office))
    }

    /// An administrator's address.
    func administrator(_ number: Int) -> NetworkAddress {
        NetworkAddress(v4: 192, 0, 2, UInt32(32 + number % 8))
    }

    /// An attacker's rented server; every fifth attacker has IPv6 and hops inside one /64.
    func attacker(_ number: Int, hop: UInt64) -> NetworkAddress {
        guard number % 5 == 4 else {
            return NetworkAddress(v4: 198, 51, 100, UInt32(2 + number % 250))
        }
        return NetworkAddress(v6: 0x2001_0DB8_0BAD_0000 | UInt64(number), hop)
    }

    /// A hijacked device somewhere on home lines.
    func hijacked(_ number: Int) -> NetworkAddress {
        let line = (number * 31_337 + 11) % Self.hijacked
        return NetworkAddress(v4: 198 << 24 | 19 << 16 | 1 << 15 | UInt32(line))
    }

    /// A scanner that tries whatever answers.
    func scanner(_ number: Int) -> NetworkAddress {
        NetworkAddress(v4: 198, 51, 100, UInt32(128 + number % 120))
    }
}
