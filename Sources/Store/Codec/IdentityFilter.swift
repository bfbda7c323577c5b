/// A small set of ids that may say yes wrongly and never says no wrongly: a Bloom filter whose
/// bits for one id lie in one 64-bit word (F. Putze, P. Sanders, J. Singler, "Cache-, Hash- and
/// Space-Efficient Bloom Filters", 2007).
///
/// Ids are keyed hashes already, so their bits serve as they are. 8 bits per id: about 4 % false.
enum IdentityFilter {
    private static let bitsPerIdentity = 8

    static func bytes(ids: [UInt128], rows: ArraySlice<UInt32>) -> [UInt8] {
        let wordCount = max(1, rows.count * bitsPerIdentity / 64)
        var words = [UInt64](repeating: 0, count: wordCount)
        for row in rows {
            let id = ids[Int(row)]
            words[word(of: id, count: wordCount)] |= bits(of: id)
        }
        return words.withUnsafeBytes { Array($0) }
    }

    /// Whether `id` may be in the set that `filter` was made of.
    static func mayContain(_ id: UInt128, _ filter: UnsafeRawBufferPointer) -> Bool {
        let count = filter.count / 8
        guard count > 0 else { return true }
        let word = filter.loadUnaligned(
            fromByteOffset: word(of: id, count: count) * 8, as: UInt64.self)
        let bits = bits(of: id)
        return word & bits == bits
    }

    @inline(__always)
    private static func word(of id: UInt128, count: Int) -> Int {
        Int(UInt64(id >> 64).multipliedFullWidth(by: UInt64(count)).high)
    }

    @inline(__always)
    private static func bits(of id: UInt128) -> UInt64 {
        let low = UInt64(truncatingIfNeeded: id)
        return 1 << (low & 63) | 1 << (low >> 6 & 63) | 1 << (low >> 12 & 63) | 1
            << (low >> 18 & 63)
    }
}
