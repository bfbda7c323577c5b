/// Remembers which key stood where in an object, since one vendor writes them in one order.
///
///     (node, 3rd key) → `"realmId":` as four words, and the node it leads to
///
/// A guess that is right costs a comparison of four words in place of searching the key's end and
/// looking it up. A wrong guess costs the comparison, and the key takes the old one's place.
struct JSONKeyMemory: ~Copyable, @unchecked Sendable {
    struct Entry: BitwiseCopyable {
        /// The key from its opening quote to its colon, and which bits of the words belong to it.
        var words: (UInt64, UInt64, UInt64, UInt64)
        var masks: (UInt64, UInt64, UInt64, UInt64)
        var node: Int32
        var child: Int32
        var length: Int
    }

    /// Longer keys are looked up each time.
    static let tokenBytesMax = 32
    /// Entries: eight objects of sixteen keys before they share places.
    private static let entries = 128
    private static let keysPerNode = 16

    private let base: UnsafeMutablePointer<Entry>

    /// A memory for `trees` path trees.
    init(trees: Int) {
        let count = max(1, trees) * Self.entries
        base = .allocate(capacity: count)
        let empty = Entry(words: (0, 0, 0, 0), masks: (0, 0, 0, 0), node: -2, child: -1, length: 0)
        base.initialize(repeating: empty, count: count)
    }

    /// The entries of tree number `tree`.
    @inline(__always)
    func entries(ofTree tree: Int) -> UnsafeMutablePointer<Entry> { base + tree * Self.entries }

    deinit { base.deallocate() }

    /// The entry for key number `ordinal` of an object at `node`.
    @inline(__always)
    static func place(_ node: Int32, _ ordinal: Int) -> Int {
        (Int(node) &* keysPerNode &+ ordinal) & (entries &- 1)
    }

    /// Whether the text at `cursor`, of which 32 bytes can be read, begins with `entry`'s key.
    @inline(__always)
    static func fits(_ entry: UnsafePointer<Entry>, _ cursor: UnsafePointer<UInt8>) -> Bool {
        let raw = UnsafeRawPointer(cursor)
        let first = (raw.loadUnaligned(as: UInt64.self) ^ entry.pointee.words.0) & entry.pointee.masks.0
        if first != 0 { return false }
        let second =
            ((raw + 8).loadUnaligned(as: UInt64.self) ^ entry.pointee.words.1) & entry.pointee.masks.1
        let third =
            ((raw + 16).loadUnaligned(as: UInt64.self) ^ entry.pointee.words.2) & entry.pointee.masks.2
        let fourth =
            ((raw + 24).loadUnaligned(as: UInt64.self) ^ entry.pointee.words.3) & entry.pointee.masks.3
        return second | third | fourth == 0
    }

    /// Keeps the key of `length` bytes at `cursor`, quote and colon included, which leads to `child`.
    static func learn(
        _ entry: UnsafeMutablePointer<Entry>, _ cursor: UnsafePointer<UInt8>, _ length: Int,
        node: Int32, child: Int32
    ) {
        guard length <= tokenBytesMax else { return }
        let raw = UnsafeRawPointer(cursor)
        func mask(_ word: Int) -> UInt64 {
            let bytes = min(8, max(0, length - word * 8))
            let low: UInt64 = bytes == 8 ? .max : (1 << UInt64(bytes * 8)) - 1
            return UInt64(littleEndian: low)
        }
        entry.pointee.masks = (mask(0), mask(1), mask(2), mask(3))
        entry.pointee.words = (
            raw.loadUnaligned(as: UInt64.self) & mask(0),
            (raw + 8).loadUnaligned(as: UInt64.self) & mask(1),
            (raw + 16).loadUnaligned(as: UInt64.self) & mask(2),
            (raw + 24).loadUnaligned(as: UInt64.self) & mask(3)
        )
        entry.pointee.node = node
        entry.pointee.child = child
        entry.pointee.length = length
    }
}
