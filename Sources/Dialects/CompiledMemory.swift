import Foundation

/// Owns the flat memory of one compiled dialect: what lies in it lives as long as its owner.
///
/// Tables of a dialect are trivial values full of pointers into this memory, so that matching
/// a record touches no reference count. Nothing is changed after compilation.
final class CompiledMemory: @unchecked Sendable {
    private var blocks: [UnsafeMutableRawPointer] = []

    deinit {
        for block in blocks { block.deallocate() }
    }

    /// A copy of `values`, which must be trivial, that lives as long as this memory.
    func place<T>(_ values: [T]) -> UnsafeBufferPointer<T> {
        guard !values.isEmpty else { return UnsafeBufferPointer(start: nil, count: 0) }
        let block = UnsafeMutableRawPointer.allocate(
            byteCount: MemoryLayout<T>.stride * values.count, alignment: MemoryLayout<T>.alignment)
        blocks.append(block)
        let typed = block.bindMemory(to: T.self, capacity: values.count)
        typed.initialize(from: values, count: values.count)
        return UnsafeBufferPointer(start: typed, count: values.count)
    }

    /// The UTF-8 bytes of `text`, living as long as this memory.
    func place(_ text: String) -> Bytes {
        let placed = place(Array(text.utf8))
        return placed.baseAddress.map { Bytes(start: $0, count: placed.count) } ?? .none
    }
}

/// A run of bytes in memory that somebody else keeps alive.
struct Bytes: BitwiseCopyable, @unchecked Sendable {
    var start: UnsafePointer<UInt8>
    var count: Int

    @inline(__always)
    init(start: UnsafePointer<UInt8>, count: Int) {
        self.start = start
        self.count = count
    }

    @inline(__always) var end: UnsafePointer<UInt8> { start + count }
    @inline(__always) var raw: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
    /// The bytes as text; invalid UTF-8 is repaired.
    var text: String { String(decoding: raw, as: UTF8.self) }

    /// Whether these bytes are a part of `other` (the very bytes, not equal ones).
    @inline(__always)
    func lies(in other: Bytes) -> Bool { start >= other.start && end <= other.end }

    /// Whether both runs hold the same bytes.
    @inline(__always)
    func equals(_ other: Bytes) -> Bool {
        count == other.count && memcmp(start, other.start, count) == 0
    }

    @inline(__always)
    func hasPrefix(_ prefix: Bytes) -> Bool {
        count >= prefix.count && memcmp(start, prefix.start, prefix.count) == 0
    }

    @inline(__always)
    func hasSuffix(_ suffix: Bytes) -> Bool {
        count >= suffix.count && memcmp(end - suffix.count, suffix.start, suffix.count) == 0
    }

    /// Where `needle` first occurs, or nil. An empty needle occurs at the beginning.
    @inline(__always)
    func firstRange(of needle: Bytes) -> UnsafePointer<UInt8>? {
        guard needle.count > 0 else { return start }
        guard count >= needle.count else { return nil }
        let last = end - needle.count
        let first = Int32(needle.start.pointee)
        var from = start
        while from <= last {
            guard let hit = memchr(from, first, last - from + 1) else { return nil }
            let place = hit.assumingMemoryBound(to: UInt8.self)
            if memcmp(UnsafeRawPointer(place), needle.start, needle.count) == 0 {
                return UnsafePointer(place)
            }
            from = UnsafePointer(place) + 1
        }
        return nil
    }

    /// Without blanks (space, tab, CR, LF) at either end.
    @inline(__always)
    var trimmed: Bytes {
        var from = start
        var to = end
        while from < to, isBlank(from.pointee) { from += 1 }
        while from < to, isBlank((to - 1).pointee) { to -= 1 }
        return Bytes(start: from, count: to - from)
    }
}

/// Whether `byte` is a space, a tab, CR or LF.
@inline(__always)
func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
}

/// Whether `byte` is an ASCII digit.
@inline(__always)
func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
