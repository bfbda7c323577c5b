/// What a stream's normalizer must know to go on after a restart: the chosen dialect, the year of
/// times without one, and which texts stood in the last 65,536 records.
///
///     version │ year │ month │ records so far │ name length, name │ count │ (hash, age) × count
///
/// Numbers are little-endian of 8 bytes. About 1 MiB at most, for streams without vendors' ids.
extension StreamNormalizer {
    private static var version: UInt64 { 1 }

    /// The state after the last batch.
    public var checkpoint: [UInt8] {
        let window = assembler.twins.snapshot
        let name = Array((detection?.chosen ?? "").utf8)
        var bytes: [UInt8] = []
        func put(_ value: UInt64) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        put(Self.version)
        put(UInt64(truncatingIfNeeded: assembler.times.years.year))
        put(UInt64(truncatingIfNeeded: assembler.times.years.month))
        put(window.ordinal)
        put(UInt64(name.count))
        bytes += name
        put(UInt64(window.entries.count))
        for entry in window.entries {
            put(entry.hash)
            put(window.ordinal - entry.ordinal)
        }
        return bytes
    }

    /// Goes on where the normalizer was that gave `checkpoint`; false, and nothing changes, where
    /// it cannot be read.
    public mutating func resume(from checkpoint: [UInt8]) -> Bool {
        var rest = checkpoint[...]
        func take() -> UInt64? {
            guard rest.count >= 8 else { return nil }
            defer { rest.removeFirst(8) }
            return rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard take() == Self.version, let year = take(), let month = take(), let ordinal = take(),
            let length = take(), length <= UInt64(rest.count), year < 10_000, month <= 12
        else { return false }
        let name = String(decoding: rest.prefix(Int(length)), as: UTF8.self)
        rest.removeFirst(Int(length))
        guard let count = take(), count <= TwinWindow.recordsMax, UInt64(rest.count) == count * 16 else {
            return false
        }
        var entries: [(hash: UInt64, ordinal: UInt64)] = []
        for _ in 0..<count {
            guard let hash = take(), let age = take(), age <= ordinal else { return false }
            entries.append((hash, ordinal - age))
        }
        assembler.times.years.resume(year: Int(year), month: Int(month))
        assembler.twins.resume(ordinal: ordinal, entries: entries)
        if !name.isEmpty { choose(name) }
        return true
    }
}
