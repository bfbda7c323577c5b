/// The events that one family of rules saw, in order of time, as far back as its longest timespan.
///
///     entries   │ a₁ │ b₁ │ a₂ │ c₁ │ a₃ │     a ring that grows by doubling
///                 ▲─────────┘ ▲───────┘        each names the entry before it of its group
///                first                 next    numbers of entries, which wrap around
///
/// An event is written behind the newest and read again when it leaves, both in order of memory: a
/// group costs nothing while its events wait.
///
/// Cost: 48 bytes per event and 16 per value beside it.
struct WindowLog: @unchecked Sendable {
    // The pointers lie in `memory`, which is written only after `makeUnique` by the one owner of this value.
    struct Entry: Sendable, BitwiseCopyable {
        var at: Int64
        var match: UInt64
        var beside: UInt64
        var part: UInt64
        /// The number of the group's entry before, which may be gone; its own number is none.
        var previous: UInt32 = 0
        /// Where the group's counts are that hold it; `none` where nobody counts.
        var counts = none
    }

    static let none = UInt32.max

    /// The oldest entry's number.
    private(set) var first: UInt32 = 0
    /// The number that the next entry gets.
    private(set) var next: UInt32 = 0
    private let width: Int
    private var capacity = 64
    private var memory: OwnedMemory
    private var entries: UnsafeMutablePointer<Entry>
    private var values: UnsafeMutablePointer<UInt128>

    /// A log that keeps `width` values beside each entry.
    init(width: Int) {
        self.width = width
        memory = OwnedMemory(bytes: capacity * (16 * width + MemoryLayout<Entry>.stride))
        (values, entries) = Self.parts(memory, capacity, width)
    }

    private static func parts(
        _ memory: OwnedMemory, _ capacity: Int, _ width: Int
    ) -> (UnsafeMutablePointer<UInt128>, UnsafeMutablePointer<Entry>) {
        let entries = memory.start + capacity * width * 16
        return (
            memory.start.assumingMemoryBound(to: UInt128.self), entries.assumingMemoryBound(to: Entry.self)
        )
    }

    /// Makes the memory this value's own: before anything is changed.
    mutating func makeUnique() {
        if isKnownUniquelyReferenced(&memory) { return }
        memory = OwnedMemory(copying: memory)
        (values, entries) = Self.parts(memory, capacity, width)
    }

    var count: Int { Int(next &- first) }

    /// Whether entry `number` is still here.
    @inline(__always)
    func holds(_ number: UInt32) -> Bool { number &- first < next &- first }

    @inline(__always)
    private func place(_ number: UInt32) -> Int { Int(number) & (capacity &- 1) }

    /// Entry `number`, which must be here.
    subscript(number: UInt32) -> Entry {
        @inline(__always) get { entries[place(number)] }
    }

    /// Says where entry `number` is counted.
    mutating func setCounts(_ number: UInt32, _ slot: UInt32) { entries[place(number)].counts = slot }

    /// Value `index` of an entry.
    @inline(__always)
    func value(_ number: UInt32, _ index: Int) -> UInt128 { values[place(number) &* width &+ index] }

    /// Makes room for the next entry, whose values are staged then.
    @inline(__always)
    mutating func reserve() {
        if count == capacity { grow() }
    }

    /// Sets value `index` of the next entry, for which there is room.
    @inline(__always)
    mutating func stage(_ index: Int, _ value: UInt128) { values[place(next) &* width &+ index] = value }

    /// Writes an entry, for which there is room, behind the newest, which is not later.
    @inline(__always)
    mutating func append(_ entry: Entry) {
        entries[place(next)] = entry
        next &+= 1
    }

    /// Lets the oldest entry go.
    @inline(__always)
    mutating func removeFirst() { first &+= 1 }

    @inline(never)
    private mutating func grow() {
        let old = (capacity, values, entries, memory)
        capacity *= 2
        memory = OwnedMemory(bytes: capacity * (16 * width + MemoryLayout<Entry>.stride))
        (values, entries) = Self.parts(memory, capacity, width)
        for step in 0..<UInt32(old.0) {
            let number = first &+ step
            let from = Int(number) & (old.0 - 1)
            entries[place(number)] = old.2[from]
            for index in 0..<width { values[place(number) * width + index] = old.1[from * width + index] }
        }
        withExtendedLifetime(old.3) {}
    }
}
