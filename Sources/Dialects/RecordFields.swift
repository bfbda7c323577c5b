import Foundation

/// One value of a record: where its bytes lie and what is known of them.
struct Slot: BitwiseCopyable {
    var start: UnsafePointer<UInt8>?
    var length: Int32
    var flags: UInt32

    /// The record has this field.
    static let isSet: UInt32 = 1
    /// JSON escapes stand in the bytes.
    static let isEscaped: UInt32 = 2
    /// It was decided whether this is a value.
    static let isJudged: UInt32 = 4
    /// It is no value (empty, `null`, `unknown`, …).
    static let isNothing: UInt32 = 8

    static var empty: Slot { Slot(start: nil, length: 0, flags: 0) }

    @inline(__always)
    init(start: UnsafePointer<UInt8>?, length: Int, flags: UInt32) {
        self.start = start
        self.length = Int32(truncatingIfNeeded: length)
        self.flags = flags
    }
}

/// The named values of the record at hand, and the memory in which escaped ones are spelt out.
///
///     slots │ type │ time │ realm │ … │ setting.x │ … │ path 0 │ path 1 │ …
///
/// The same memory serves every record: nothing is allocated unless a record is longer than all before.
struct RecordFields: ~Copyable, @unchecked Sendable {
    let slots: UnsafeMutablePointer<Slot>
    private let capacity: Int
    private var pages: [UnsafeMutablePointer<UInt8>] = []
    private var pageStart: UnsafeMutablePointer<UInt8>
    private var pageSize: Int
    private var pageUsed = 0

    private static let pageBytes = 16_384

    /// Room for `capacity` slots.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
        slots = .allocate(capacity: self.capacity)
        slots.initialize(repeating: .empty, count: self.capacity)
        pageSize = Self.pageBytes
        pageStart = .allocate(capacity: Self.pageBytes)
    }

    deinit {
        slots.deallocate()
        pageStart.deallocate()
        for page in pages { page.deallocate() }
    }

    /// Forgets the record before: the first `count` slots become unset.
    @inline(__always)
    mutating func begin(count: Int) {
        UnsafeMutableRawPointer(slots).initializeMemory(
            as: UInt8.self, repeating: 0, count: count &* MemoryLayout<Slot>.stride)
        pageUsed = 0
        if !pages.isEmpty { dropPages() }
    }

    private mutating func dropPages() {
        for page in pages { page.deallocate() }
        pages.removeAll(keepingCapacity: true)
    }

    /// Memory for `count` bytes that stays until the next record.
    mutating func room(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        if pageUsed + count > pageSize {
            pages.append(pageStart)
            pageSize = max(pageSize, count) * 2
            pageStart = .allocate(capacity: pageSize)
            pageUsed = 0
        }
        let place = pageStart + pageUsed
        pageUsed += count
        return place
    }

    /// Sets slot `index` to `bytes`.
    @inline(__always)
    func set(_ index: Int, _ bytes: Bytes) {
        slots[index] = Slot(start: bytes.start, length: bytes.count, flags: Slot.isSet)
    }

    /// The value of slot `index` with escapes spelt out, or nil where there is none.
    @inline(__always)
    mutating func value(_ index: Int) -> Bytes? {
        let slot = slots[index]
        if slot.flags == Slot.isSet, !hasNullLikeLength(slot.length), let start = slot.start {
            return Bytes(start: start, count: Int(slot.length))
        }
        if slot.flags & (Slot.isSet | Slot.isJudged) == Slot.isSet { return judge(index) }
        guard let start = slot.start, slot.flags & Slot.isNothing == 0 else { return nil }
        return Bytes(start: start, count: Int(slot.length))
    }

    private mutating func judge(_ index: Int) -> Bytes? {
        var slot = slots[index]
        guard let start = slot.start else { return nil }
        var bytes = Bytes(start: start, count: Int(slot.length))
        if slot.flags & Slot.isEscaped != 0 {
            bytes = unescapeJSON(bytes, into: room(bytes.count))
            slot.start = bytes.start
            slot.length = Int32(truncatingIfNeeded: bytes.count)
            slot.flags &= ~Slot.isEscaped
        }
        slot.flags |= Slot.isJudged
        if isNullLike(bytes) { slot.flags |= Slot.isNothing }
        slots[index] = slot
        return slot.flags & Slot.isNothing == 0 ? bytes : nil
    }

    /// The first value among `candidates`, or nil.
    @inline(__always)
    mutating func first(_ candidates: UnsafeBufferPointer<Int32>) -> Bytes? {
        for index in candidates {
            if let bytes = value(Int(index)) { return bytes }
        }
        return nil
    }
}

/// Whether `bytes` stand for "no value": empty, null, unknown, Not Available (in any case) or `-`.
@inline(__always)
func isNullLike(_ bytes: Bytes) -> Bool {
    switch bytes.count {
    case 0: true
    case 1: bytes.start.pointee == 0x2D
    case 4: equalsLowercased(bytes, "null")
    case 7: equalsLowercased(bytes, "unknown")
    case 13: equalsLowercased(bytes, "not available")
    default: false
    }
}

/// Whether a text that stands for "no value" may be this long: most values are told by it alone.
@inline(__always)
private func hasNullLikeLength(_ length: Int32) -> Bool {
    let lengths: UInt64 = 1 << 0 | 1 << 1 | 1 << 4 | 1 << 7 | 1 << 13
    return length < 64 && lengths &>> UInt64(truncatingIfNeeded: length) & 1 != 0
}

@inline(__always)
private func equalsLowercased(_ bytes: Bytes, _ word: StaticString) -> Bool {
    let expected = word.utf8Start
    for index in 0..<bytes.count where bytes.start[index] | 0x20 != expected[index] { return false }
    return true
}
