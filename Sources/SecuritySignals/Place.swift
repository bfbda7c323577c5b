/// Where an event happened, and whether one could travel between two places in time.
///
/// Distances come out equal on every machine: sines are the Taylor polynomial below, of additions,
/// multiplications and divisions alone, which IEEE 754 fixes to the last bit (Swift never fuses
/// them), and angles are whole tenths of degrees. No function of the C library is called.
///
/// Source: R. W. Sinnott, "Virtues of the Haversine", 1984; mean Earth radius 6,371.0088 km (IUGG).
struct Place: Sendable, Equatable {
    /// Tenths of a degree.
    var latitude: Int16
    var longitude: Int16

    private static let earthKilometres = 6371.0088
    private static let pi = 3.141592653589793
    /// Nearer than this nobody travels: what coordinates of networks miss by.
    static let kilometresMin = 500.0
    /// An airliner's speed.
    static let kilometresPerHour = 800.0

    /// Both coordinates in one number that is never 0; 0 where there are none or they are no place.
    static func packed(latitude: Int16, longitude: Int16) -> UInt128 {
        guard (-900...900).contains(latitude), (-1800...1800).contains(longitude) else { return 0 }
        return 1 << 32 | UInt128(UInt16(bitPattern: latitude)) << 16 | UInt128(UInt16(bitPattern: longitude))
    }

    init(packed: UInt128) {
        latitude = Int16(bitPattern: UInt16(truncatingIfNeeded: packed >> 16))
        longitude = Int16(bitPattern: UInt16(truncatingIfNeeded: packed))
    }

    /// Whether the way to `other` is 500 km at least and, within `microseconds`, took 800 km/h at least.
    func isTooFar(from other: Place, within microseconds: Int64) -> Bool {
        let haversine = haversine(to: other)
        let kilometres = Double(microseconds) / 3_600_000_000 * Self.kilometresPerHour
        let far = max(Self.kilometresMin, kilometres)
        let halfAngle = far / (2 * Self.earthKilometres)
        if halfAngle >= Self.pi / 2 { return false }
        let bound = Self.sine(halfAngle)
        return haversine >= bound * bound
    }

    /// sin² of half the angle between two places, seen from the Earth's centre.
    private func haversine(to other: Place) -> Double {
        let north = Self.sine(Self.radians(Int(latitude) - Int(other.latitude)) / 2)
        let east = Self.sine(Self.radians(Int(longitude) - Int(other.longitude)) / 2)
        let cosines =
            Self.cosine(Self.radians(Int(latitude))) * Self.cosine(Self.radians(Int(other.latitude)))
        let first = north * north
        let second = cosines * (east * east)
        return first + second
    }

    private static func radians(_ tenths: Int) -> Double { Double(tenths) / 1800 * pi }

    private static func cosine(_ angle: Double) -> Double { sine(pi / 2 - (angle < 0 ? -angle : angle)) }

    /// The sine of an angle of −π to π, by the Taylor polynomial of degree 29 (error below 10⁻¹⁵).
    private static func sine(_ angle: Double) -> Double {
        let square = angle * angle
        var term = angle
        var sum = angle
        var n = 1.0
        while n < 29 {
            term = term * square
            term = term / ((n + 1) * (n + 2))
            term = -term
            sum = sum + term
            n += 2
        }
        return sum
    }
}
