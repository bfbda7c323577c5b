/// Remembers which keys stood where in an object, since one vendor writes them in few orders.
///
///     (node, 3rd key) → `"consent":` `"code_id":` …     up to four, as words, and where each leads
///
/// A key that is known costs a comparison of its words, in place of searching its end and looking
/// it up. A key that is not takes the place of the one that was learnt longest ago.
struct JSONKeyMemory: ~Copyable, @unchecked Sendable {
    struct Entry: BitwiseCopyable {
        /// The key from its opening quote to its colon, and which bits of the words belong to it.
        var words: (UInt64, UInt64, UInt64, UInt64)
        var masks: (UInt64, UInt64, UInt64, UInt64)
        var node: Int32
        /// The node that the key leads to, or -1.
        var child: Int32
        /// The slot of that node, or -1.
        var slot: Int32
        var length: Int32

        /// Fits no object.
        static let empty = Entry(
            words: (0, 0, 0, 0), masks: (0, 0, 0, 0), node: -2, child: -1, slot: -1, length: 0)
    }

    /// Longer keys are looked up each time.
    static let tokenBytesMax = 32
    /// How many keys are known for one place.
    static let ways = 4
    /// Places: eight objects of sixteen keys before they share.
    private static let places = 128
    private static let keysPerNode = 16

    private let trees: UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>
    private let count: Int

    /// A memory for `trees` path trees. That of a tree is taken at its first use: 40 KiB.
    init(trees count: Int) {
        self.count = max(1, count)
        trees = .allocate(capacity: self.count)
        trees.initialize(repeating: nil, count: self.count)
    }

    deinit {
        for tree in 0..<count { trees[tree]?.deallocate() }
        trees.deallocate()
    }

    /// The entries of tree number `tree`.
    @inline(__always)
    func entries(ofTree tree: Int) -> UnsafeMutablePointer<Entry> { trees[tree] ?? begin(tree) }

    private func begin(_ tree: Int) -> UnsafeMutablePointer<Entry> {
        let count = Self.places * Self.ways
        let fresh = UnsafeMutablePointer<Entry>.allocate(capacity: count)
        fresh.initialize(repeating: .empty, count: count)
        trees[tree] = fresh
        return fresh
    }

    /// The first of the entries for key number `ordinal` of an object at `node`.
    @inline(__always)
    static func place(_ node: Int32, _ ordinal: Int) -> Int {
        ((Int(node) &* keysPerNode &+ ordinal) & (places &- 1)) &* ways
    }

    /// The entry, of the place that begins with `first`, whose key stands at `cursor`, of which 32
    /// bytes can be read; nil where none does.
    @inline(__always)
    static func find(
        _ first: UnsafeMutablePointer<Entry>, _ node: Int32, _ cursor: UnsafePointer<UInt8>
    ) -> UnsafePointer<Entry>? {
        for way in 0..<ways {
            let entry = UnsafePointer(first + way)
            if entry.pointee.node == node, fits(entry, cursor) { return entry }
        }
        return nil
    }

    @inline(__always)
    private static func fits(_ entry: UnsafePointer<Entry>, _ cursor: UnsafePointer<UInt8>) -> Bool {
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

    /// Keeps the key of `length` bytes at `cursor`, quote and colon included, which leads to
    /// `child`, in the place that begins with `first`.
    @inline(never)
    static func learn(
        _ first: UnsafeMutablePointer<Entry>, _ cursor: UnsafePointer<UInt8>, _ length: Int,
        node: Int32, child: Int32, slot: Int32
    ) {
        guard length <= tokenBytesMax else { return }
        for way in stride(from: ways - 1, to: 0, by: -1) { first[way] = first[way - 1] }
        let raw = UnsafeRawPointer(cursor)
        func mask(_ word: Int) -> UInt64 {
            let bytes = min(8, max(0, length - word * 8))
            let low: UInt64 = bytes == 8 ? .max : (1 << UInt64(bytes * 8)) - 1
            return UInt64(littleEndian: low)
        }
        first.pointee.masks = (mask(0), mask(1), mask(2), mask(3))
        first.pointee.words = (
            raw.loadUnaligned(as: UInt64.self) & mask(0),
            (raw + 8).loadUnaligned(as: UInt64.self) & mask(1),
            (raw + 16).loadUnaligned(as: UInt64.self) & mask(2),
            (raw + 24).loadUnaligned(as: UInt64.self) & mask(3)
        )
        first.pointee.node = node
        first.pointee.child = child
        first.pointee.slot = slot
        first.pointee.length = Int32(truncatingIfNeeded: length)
    }
}
