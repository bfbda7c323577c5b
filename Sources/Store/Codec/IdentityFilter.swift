/// A small set of ids that may say yes wrongly and never says no wrongly: a Bloom filter whose
/// bits for one id lie in one 64-bit word (F. Putze, P. Sanders, J. Singler, "Cache-, Hash- and
/// Space-Efficient Bloom Filters", 2007).
///
/// Ids are keyed hashes already, so the bits of their stored half serve as they are. 8 bits per
/// id: about 4 % false. A small block, which is merged before long, has 32 bits per id, 0.05 %:
/// input in random order makes many of them, and each append asks all of its hour.
enum IdentityFilter {
    private static let bitsPerIdentity = 8
    private static let smallBlockEvents = 512
    private static let bitsPerIdentityOfSmall = 32

    static func bytes(ids: [UInt128], rows: ArraySlice<UInt32>) -> [UInt8] {
        let share = rows.count <= smallBlockEvents ? bitsPerIdentityOfSmall : bitsPerIdentity
        let wordCount = max(1, rows.count * share / 64)
        var words = [UInt64](repeating: 0, count: wordCount)
        for row in rows {
            let id = ids[Int(row)].storedHalf
            words[word(of: id, count: wordCount)] |= bits(of: id)
        }
        return words.withUnsafeBytes { Array($0) }
    }

    /// Whether `id` may be in the set that `filter` was made of.
    static func mayContain(_ id: UInt128, _ filter: UnsafeRawBufferPointer) -> Bool {
        let count = filter.count / 8
        guard count > 0 else { return true }
        let id = id.storedHalf
        let word = filter.loadUnaligned(
            fromByteOffset: word(of: id, count: count) * 8, as: UInt64.self)
        let bits = bits(of: id)
        return word & bits == bits
    }

    /// By the upper bits; `bits` takes the lower ones.
    @inline(__always)
    private static func word(of id: UInt64, count: Int) -> Int {
        Int(id.multipliedFullWidth(by: UInt64(count)).high)
    }

    @inline(__always)
    private static func bits(of id: UInt64) -> UInt64 {
        1 << (id & 63) | 1 << (id >> 6 & 63) | 1 << (id >> 12 & 63) | 1 << (id >> 18 & 63)
    }
}

extension UInt128 {
    /// The half of an id that the journal stores and compares: the upper one.
    @inline(__always) var storedHalf: UInt64 { UInt64(truncatingIfNeeded: self >> 64) }
}
