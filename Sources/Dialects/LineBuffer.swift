import IdentityModel

/// Memory that a line of output is written into, piece by piece, without a check per byte.
///
/// `reserve` makes room for a whole line first; what is put after it must fit that room.
struct LineBuffer: ~Copyable, @unchecked Sendable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0
    private var day = Int64.min
    private var date: (UInt64, UInt32) = (0, 0)

    /// When so much is written it is handed on: it fits the second-level cache.
    static let flushBytes = 65_536

    init() {
        capacity = 2 * Self.flushBytes
        base = .allocate(capacity: capacity)
    }

    deinit { base.deallocate() }

    /// Makes room for `bytes` more.
    @inline(__always)
    mutating func reserve(_ bytes: Int) {
        if capacity - count < bytes { grow(bytes) }
    }

    private mutating func grow(_ bytes: Int) {
        let larger = max(capacity * 2, count + bytes)
        let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        fresh.update(from: base, count: count)
        base.deallocate()
        base = fresh
        capacity = larger
    }

    /// Moves everything written to the end of `out`.
    mutating func flush(to out: inout [UInt8]) {
        out.append(contentsOf: UnsafeBufferPointer(start: base, count: count))
        count = 0
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        put(text.utf8Start, text.utf8CodeUnitCount)
    }

    @inline(__always)
    mutating func put(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { own in
            if let start = own.baseAddress { put(start, own.count) }
        }
    }

    @inline(__always)
    mutating func put(_ start: UnsafePointer<UInt8>, _ length: Int) {
        (base + count).update(from: start, count: length)
        count &+= length
    }

    @inline(__always)
    private mutating func byte(_ byte: UInt8) {
        base[count] = byte
        count &+= 1
    }

    /// `key`, 32 hex digits and a quote; nothing for 0.
    @inline(__always)
    mutating func put(_ key: StaticString, hex128 value: UInt128) {
        guard value != 0 else { return }
        put(key)
        hex(UInt64(truncatingIfNeeded: value >> 64))
        hex(UInt64(truncatingIfNeeded: value))
        byte(0x22)
    }

    /// `key`, 16 hex digits and a quote; nothing for 0.
    @inline(__always)
    mutating func put(_ key: StaticString, hex64 value: UInt64) {
        guard value != 0 else { return }
        put(key)
        hex(value)
        byte(0x22)
    }

    @inline(__always)
    private mutating func hex(_ value: UInt64) {
        let out = UnsafeMutableRawPointer(base + count)
        out.storeBytes(of: Self.hexDigits(UInt32(truncatingIfNeeded: value >> 32)), as: UInt64.self)
        (out + 8).storeBytes(of: Self.hexDigits(UInt32(truncatingIfNeeded: value)), as: UInt64.self)
        count &+= 16
    }

    /// Eight hex digits as they stand in memory: nibbles are spread over bytes, then 0–9 and a–f
    /// are added at once.
    @inline(__always)
    private static func hexDigits(_ value: UInt32) -> UInt64 {
        var x = UInt64(value)
        x = (x << 16 | x) & 0x0000_FFFF_0000_FFFF
        x = (x << 8 | x) & 0x00FF_00FF_00FF_00FF
        x = (x << 4 | x) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = (x &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return (x &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).bigEndian
    }

    /// A whole number.
    @inline(__always)
    mutating func put(decimal value: UInt64) {
        var width = 1
        var bound: UInt64 = 10
        while width < 20, value >= bound {
            width &+= 1
            let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
            if overflow { break }
            bound = next
        }
        var rest = value
        for place in stride(from: width - 1, through: 0, by: -1) {
            base[count &+ place] = UInt8(truncatingIfNeeded: 0x30 &+ rest % 10)
            rest /= 10
        }
        count &+= width
    }

    @inline(__always)
    private mutating func two(_ value: Int) {
        base[count] = UInt8(truncatingIfNeeded: 0x30 &+ value / 10)
        base[count &+ 1] = UInt8(truncatingIfNeeded: 0x30 &+ value % 10)
        count &+= 2
    }

    /// `2026-03-01T00:00:00.123000Z`, as `Timestamp.text` gives it.
    @inline(__always)
    mutating func put(time at: Int64) {
        let current = at.floorDivided(by: Timestamp.day)
        if current == day {
            let out = UnsafeMutableRawPointer(base + count)
            out.storeBytes(of: date.0, as: UInt64.self)
            (out + 8).storeBytes(of: date.1, as: UInt32.self)
            count &+= 11
        } else {
            learn(current, at)
        }
        let micros = Int(at - current * Timestamp.day)
        let seconds = micros / 1_000_000
        two(seconds / 3600)
        byte(0x3A)
        two(seconds / 60 % 60)
        byte(0x3A)
        two(seconds % 60)
        byte(0x2E)
        let part = micros % 1_000_000
        two(part / 10_000)
        two(part / 100 % 100)
        two(part % 100)
        byte(0x5A)
    }

    /// Writes the date of `at` and keeps it for the next times of that day.
    private mutating func learn(_ current: Int64, _ at: Int64) {
        let text = Array(Timestamp.text(at).utf8.prefix(11))
        put(text)
        guard text.count == 11 else { return }
        day = current
        let start = UnsafeRawPointer(base + (count - 11))
        date.0 = start.loadUnaligned(as: UInt64.self)
        base[count] = 0
        date.1 = (start + 8).loadUnaligned(as: UInt32.self)
    }

    /// Dotted IPv4, or IPv6 as RFC 5952 writes it.
    @inline(__always)
    mutating func put(address: NetworkAddress) {
        guard address.isIPv4 else {
            putIPv6(address.rawValue)
            return
        }
        let v4 = UInt32(truncatingIfNeeded: address.rawValue)
        put(decimal: UInt64(v4 >> 24))
        byte(0x2E)
        put(decimal: UInt64(v4 >> 16 & 255))
        byte(0x2E)
        put(decimal: UInt64(v4 >> 8 & 255))
        byte(0x2E)
        put(decimal: UInt64(v4 & 255))
    }

    private mutating func putIPv6(_ value: UInt128) {
        func group(_ index: Int) -> UInt16 { UInt16(truncatingIfNeeded: value >> UInt128(112 - 16 * index)) }
        var gap = 0..<0
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, group(end) == 0 { end += 1 }
            if end - index > max(1, gap.count) { gap = index..<end }
            index = max(end, index + 1)
        }
        index = 0
        while index < 8 {
            if index == gap.lowerBound, !gap.isEmpty {
                put("::")
                index = gap.upperBound
                continue
            }
            if index > 0, index != gap.upperBound || gap.isEmpty { byte(0x3A) }
            hexShort(group(index))
            index += 1
        }
    }

    private mutating func hexShort(_ value: UInt16) {
        var started = false
        for shift in [12, 8, 4, 0] as [UInt16] {
            let nibble = UInt8(value >> shift & 15)
            if nibble == 0, !started, shift > 0 { continue }
            started = true
            byte(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
        }
    }
}
