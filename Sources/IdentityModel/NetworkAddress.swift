/// An IP address as an integer: IPv4 is mapped into IPv6 (`::ffff:a.b.c.d`); 0 is no address.
public struct NetworkAddress: RawRepresentable, Hashable, Sendable {
    /// The 128-bit address in host order.
    public let rawValue: UInt128
    /// The address with this integer value.
    public init(rawValue: UInt128) { self.rawValue = rawValue }

    /// No address.
    public static let none = Self(rawValue: 0)

    private static let mappedPrefix = UInt128(0xFFFF) << 32

    /// Whether this is an IPv4 address.
    public var isIPv4: Bool { rawValue >> 32 == 0xFFFF }

    /// What rules and attempts call the origin: the IPv4 address, or the IPv6 /64.
    public var origin: UInt128 { isIPv4 ? rawValue : (rawValue >> 64) << 64 }

    /// Reads an address as logs show it: IPv4, IPv6 (RFC 4291 forms, brackets, zone id), with an
    /// optional port (`:443`, `#443`); of a comma-separated list the first counts. Nil where there is none.
    @inline(__always)
    public init?(_ bytes: UnsafeRawBufferPointer) {
        let plain = Self.plainIPv4(bytes)
        if plain != 0 {
            self.init(rawValue: Self.mappedPrefix | UInt128(plain))
            return
        }
        self.init(anyForm: bytes)
    }

    /// `bytes` if they are four decimal numbers with dots between and nothing else, else 0.
    @inline(__always)
    private static func plainIPv4(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let count = bytes.count
        guard count >= 7, count <= 15, let base = bytes.baseAddress else { return 0 }
        var address: UInt32 = 0
        var at = 0
        for part in 0..<4 {
            var value = UInt32(base.load(fromByteOffset: at, as: UInt8.self)) &- 0x30
            guard value < 10 else { return 0 }
            at &+= 1
            while at < count {
                let digit = UInt32(base.load(fromByteOffset: at, as: UInt8.self)) &- 0x30
                guard digit < 10 else { break }
                value = value &* 10 &+ digit
                at &+= 1
            }
            guard value <= 255 else { return 0 }
            address = address &<< 8 | value
            if part == 3 { break }
            guard at &+ 1 < count, base.load(fromByteOffset: at, as: UInt8.self) == 0x2E else { return 0 }
            at &+= 1
        }
        return at == count ? address : 0
    }

    @inline(never)
    private init?(anyForm bytes: UnsafeRawBufferPointer) {
        var start = 0
        var end = bytes.count
        while start < end, bytes[start] == 0x20 { start += 1 }
        var scan = start
        while scan < end, bytes[scan] != 0x2C, bytes[scan] != 0x20, bytes[scan] != 0x23 { scan += 1 }
        end = scan
        guard start < end else { return nil }
        if bytes[start] == 0x5B {  // [v6]:port
            start += 1
            var close = start
            while close < end, bytes[close] != 0x5D { close += 1 }
            end = close
        }
        if let v4 = Self.ipv4(bytes, start, end) {
            self.init(rawValue: Self.mappedPrefix | UInt128(v4))
        } else if let v6 = Self.ipv6(bytes, start, end) {
            self.init(rawValue: v6)
        } else {
            return nil
        }
        if rawValue == 0 { return nil }
    }

    /// Reads an address from text.
    public init?(_ text: String) {
        var copy = text
        let parsed = copy.withUTF8 { NetworkAddress(UnsafeRawBufferPointer($0)) }
        guard let parsed else { return nil }
        self = parsed
    }

    private static func ipv4(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> UInt32? {
        var address: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var dots = 0
        var at = start
        while at < end {
            let byte = bytes[at]
            if byte >= 0x30, byte <= 0x39 {
                part = part * 10 + UInt32(byte - 0x30)
                digits += 1
                if digits > 3 || part > 255 { return nil }
            } else if byte == 0x2E {
                if digits == 0 || dots == 3 { return nil }
                address = address << 8 | part
                part = 0
                digits = 0
                dots += 1
            } else if byte == 0x3A, dots == 3, digits > 0 {
                break  // a port follows
            } else {
                return nil
            }
            at += 1
        }
        guard dots == 3, digits > 0 else { return nil }
        return address << 8 | part
    }

    private static func ipv6(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> UInt128? {
        var head: UInt128 = 0
        var tail: UInt128 = 0
        var groups = 0
        var tailGroups = 0
        var sawGap = false
        var at = start
        var end = end
        var zone = start
        while zone < end, bytes[zone] != 0x25 { zone += 1 }
        end = zone
        guard end - start >= 2 else { return nil }
        if bytes[at] == 0x3A {
            guard bytes[at + 1] == 0x3A else { return nil }
        }
        while at < end {
            if bytes[at] == 0x3A, at + 1 < end, bytes[at + 1] == 0x3A {
                if sawGap { return nil }
                sawGap = true
                at += 2
                continue
            }
            var value: UInt32 = 0
            var digits = 0
            let groupStart = at
            while at < end, let nibble = Self.hexDigit(bytes[at]) {
                value = value << 4 | UInt32(nibble)
                digits += 1
                at += 1
                if digits > 4 { return nil }
            }
            var width = 1
            if at < end, bytes[at] == 0x2E {  // a dotted IPv4 tail
                guard let v4 = Self.ipv4(bytes, groupStart, end) else { return nil }
                value = v4
                width = 2
                at = end
            } else if digits == 0 {
                return nil
            }
            if sawGap {
                tail = tail &<< UInt128(16 * width) | UInt128(value)
                tailGroups += width
            } else {
                head = head &<< UInt128(16 * width) | UInt128(value)
            }
            groups += width
            if at < end {
                guard bytes[at] == 0x3A else { return nil }
                let isGap = at + 1 < end && bytes[at + 1] == 0x3A
                if !isGap {
                    at += 1
                    if at == end { return nil }
                }
            }
        }
        if sawGap {
            guard groups < 8 else { return nil }
            let headGroups = groups - tailGroups
            let shifted = headGroups == 0 ? 0 : head << UInt128(16 * (8 - headGroups))
            return shifted | tail
        }
        return groups == 8 ? head : nil
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}

extension NetworkAddress: CustomStringConvertible {
    /// Dotted IPv4, or IPv6 as RFC 5952 writes it.
    public var description: String {
        if isIPv4 {
            let v4 = UInt32(truncatingIfNeeded: rawValue)
            return "\(v4 >> 24).\(v4 >> 16 & 255).\(v4 >> 8 & 255).\(v4 & 255)"
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: rawValue >> UInt128(112 - 16 * $0)) }
        var best = 0..<0
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, groups[end] == 0 { end += 1 }
            if end - index > best.count, end - index > 1 { best = index..<end }
            index = max(end, index + 1)
        }
        let hex = { (slice: ArraySlice<UInt16>) in
            slice.map { String($0, radix: 16) }.joined(separator: ":")
        }
        if best.isEmpty { return hex(groups[...]) }
        return hex(groups[..<best.lowerBound]) + "::" + hex(groups[best.upperBound...])
    }
}
