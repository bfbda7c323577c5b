/// An IPv4 or IPv6 address; IPv4 is kept in its IPv4-mapped form (RFC 4291, Sec. 2.5.5.2).
struct NetworkAddress: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(v4 value: UInt32) {
        high = 0
        low = 0xFFFF_0000_0000 | UInt64(value)
    }

    init(v4 a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32) {
        self.init(v4: a << 24 | b << 16 | c << 8 | d)
    }

    init(v6 high: UInt64, _ low: UInt64) {
        self.high = high
        self.low = low
    }

    var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }
}

extension LineBuffer {
    /// Appends the text form of an address, IPv6 as RFC 5952 recommends.
    mutating func append(_ address: NetworkAddress) {
        guard address.isV4 else { return append(v6: address) }
        for byte in 0..<4 {
            if byte > 0 { append(UInt8(ascii: ".")) }
            append(decimal: Int64(address.low >> UInt64(24 - byte * 8) & 255))
        }
    }

    private mutating func append(v6 address: NetworkAddress) {
        func group(_ index: Int) -> UInt16 {
            let half = index < 4 ? address.high : address.low
            return UInt16(truncatingIfNeeded: half >> UInt64((3 - index % 4) * 16))
        }
        // The longest run of at least two zero groups is written as "::", the first if equal.
        var best = (start: 8, length: 1)
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, group(end) == 0 { end += 1 }
            if end - index > best.length { best = (index, end - index) }
            index = Swift.max(end, index + 1)
        }
        index = 0
        while index < 8 {
            if index == best.start {
                append("::")
                index += best.length
                continue
            }
            if index > 0, index != best.start + best.length { append(UInt8(ascii: ":")) }
            append(group: group(index))
            index += 1
        }
    }

    private mutating func append(group: UInt16) {
        var shift = 12
        while shift > 0, group >> UInt16(shift) == 0 { shift -= 4 }
        while shift >= 0 {
            let half = UInt8(truncatingIfNeeded: group >> UInt16(shift)) & 15
            append(half < 10 ? 48 + half : 87 + half)
            shift -= 4
        }
    }
}
