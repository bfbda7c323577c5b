/// Who stands behind a record.
///
///     31      28 27                    0
///     │  group  │  number in the group  │
struct Person: Hashable, Sendable {
    /// The kinds of people and machines of the simulated shop.
    enum Group: UInt32 {
        /// An account that exists from the start.
        case customer
        /// A name that no account has, as leaked lists are full of.
        case stranger
        /// An account that is made during the period.
        case newcomer
        /// An account that a script made.
        case fake
        /// An administrator in the realm master.
        case administrator
        /// A service account.
        case service
    }

    let bits: UInt32

    init(_ group: Group, _ number: Int) {
        bits = group.rawValue << 28 | UInt32(truncatingIfNeeded: number) & 0x0FFF_FFFF
    }

    var group: Group { Group(rawValue: bits >> 28) ?? .stranger }
    var number: Int { Int(bits & 0x0FFF_FFFF) }
}

/// The people of the shop: nothing is stored, each attribute is computed from seed and person.
struct Population: Sendable {
    let seed: UInt64
    /// The number of customers at the start.
    let customers: Int

    /// What is asked about a person; each question has answers of its own.
    private enum Question: UInt64 {
        case household = 1, office, carrier, factor, care, desktopAgent, mobileAgent, v6, consent
    }

    private func answer(_ person: Person, _ question: Question) -> UInt64 {
        scramble(seed &+ question.rawValue, UInt64(person.bits))
    }

    private func share(_ person: Person, _ question: Question) -> Double {
        Double(answer(person, question) >> 11) * 0x1p-53
    }

    /// A customer drawn by activity: the number is the rank in a Zipf–Mandelbrot distribution with
    /// exponent 0.8 and offset 0.005, whose first customer is twenty times as active as the average.
    ///
    /// The inverse of its cumulative distribution is a fifth power between two constants, the
    /// fifth roots of the offset and of one plus the offset.
    func activeCustomer(_ random: inout RandomSource) -> Person {
        let root = 0.346_572_42 + random.fraction() * (1.000_998_00 - 0.346_572_42)
        let square = root * root
        let place = square * square * root - 0.005
        return Person(.customer, min(customers - 1, max(0, Int(place * Double(customers)))))
    }

    /// A customer drawn evenly.
    func anyCustomer(_ random: inout RandomSource) -> Person {
        Person(.customer, random.below(customers))
    }

    /// The `index`-th of a sequence that visits customers in a mixed order, each once per round.
    func mixedCustomer(_ index: Int) -> Person {
        // A prime that does not divide the number of customers visits each of them.
        let step = customers % 7_919 == 0 ? 7_927 : 7_919
        return Person(.customer, (index % customers * step + customers / 3) % customers)
    }

    /// The household; half of the people share one with a neighbour.
    func household(_ person: Person) -> Int {
        let pair = Person(.customer, person.number & ~1)
        return answer(pair, .household) & 1 == 0 ? person.number & ~1 : person.number
    }

    /// Whether the household's line has IPv6.
    func hasV6(_ household: Int) -> Bool {
        share(Person(.customer, household), .v6) < 0.35
    }

    /// The office that the person works in, if in one that shops.
    func office(_ person: Person) -> Int? {
        let share = share(person, .office)
        return share < 0.3 ? Int(share / 0.3 * Double(Origins.offices)) : nil
    }

    /// The mobile carrier, and the region of its gateways that the person lives in.
    func carrierRegion(_ person: Person) -> Int {
        Int(truncatingIfNeeded: answer(person, .carrier) >> 33)
    }

    /// Whether the person signs in with a one-time password.
    func hasFactor(_ person: Person) -> Bool { share(person, .factor) < 0.24 }

    /// The probability of a wrong password, from the careful to those who rarely remember.
    func slipProbability(_ person: Person) -> Double {
        let share = share(person, .care)
        return 0.03 + 0.22 * share * share * share
    }

    /// A number that picks the person's user agent of a device class.
    func agentChoice(_ person: Person, mobile: Bool) -> UInt64 {
        answer(person, mobile ? .mobileAgent : .desktopAgent)
    }
}
