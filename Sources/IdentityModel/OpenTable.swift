/// Key → value for keys of 64 or 128 bits, of which 0 is "no value" and never held.
///
/// Open addressing with linear probing and backward-shift deletion; the values lie beside their
/// keys in one array, so that a look-up costs one cache miss. A value type like `Dictionary`:
/// copies share memory until one is changed.
///
///     entries │ key value │ 0 │ key value │ key value │ 0 │ …      2ⁿ of them, at most 5/8 in use
///
/// Keys are mixed by one multiplication under a seed of the process, so addresses serve as well as
/// keyed hashes, and nobody outside can choose keys that collide. The order of iteration is
/// therefore any: sort before writing.
///
///     var seen = OpenTable<UInt64, Int64>()
///     seen[key] = at                               insert or replace; nil removes
///     if let at = seen[key] { … }                  a copy of the value; nil where there is none
///     seen.contains(key)
///     let before = seen.updateValue(at, forKey: key)
///     seen.update(key, default: 0) { $0 += 1 }     in place, inserted first where it is new
///     seen.remove(key)                             whether it was held
///     seen.removeAll(where: { _, at in at < old }) one pass, the memory kept
///     seen.removeAll(keepingCapacity: true)
///     seen.forEach { key, at in … }
///     OpenTable<UInt128, Void>                     is a set: insert(key) says whether it was new
///
/// Places skip the second look-up of a large value that is read and then changed. A place is good
/// until a key is inserted or removed:
///
///     if let place = seen.place(of: key) { seen[at: place] += 1 }
///     let (place, isNew) = seen.place(of: key, orInsert: 0)
///
/// Copying one table into another in the order of iteration: `reserveCapacity` first, else the
/// keys crowd into the part of the table that they come to first.
///
/// Cost: 4 to 40 ns by the size of the table, a fifth of a `Dictionary` of 128-bit keys.
@frozen public struct OpenTable<Key: OpenTableKey, Value: Sendable>: Sendable {
    @frozen @usableFromInline struct Entry: Sendable {
        @usableFromInline var key: Key
        /// Where the key is 0, some value that was here.
        @usableFromInline var value: Value

        @inlinable init(key: Key, value: Value) {
            self.key = key
            self.value = value
        }
    }

    @usableFromInline var entries: ContiguousArray<Entry> = []
    /// Bits of a mixed key beyond those that choose its home.
    @usableFromInline var shift: UInt64 = 63
    @usableFromInline var used = 0
    /// The size of the first memory.
    @usableFromInline var sizeMin = 16
    @usableFromInline let seed = openTableSeed

    /// A table that holds nothing and has no memory yet.
    public init() {}

    /// How many keys are held.
    @inlinable public var count: Int { used }

    /// Whether no key is held.
    @inlinable public var isEmpty: Bool { used == 0 }

    // MARK: Looking up

    /// The value of `key`. Setting nil removes the key.
    @inlinable public subscript(key: Key) -> Value? {
        @inline(__always) get {
            let place = find(key)
            return place < 0 ? nil : entries[place].value
        }
        @inline(__always) set {
            if let newValue { updateValue(newValue, forKey: key) } else { remove(key) }
        }
    }

    /// Whether `key` is held.
    @inlinable @inline(__always) public func contains(_ key: Key) -> Bool { find(key) >= 0 }

    /// Where `key` lies, until the next insertion or removal.
    @inlinable @inline(__always) public func place(of key: Key) -> Int? {
        let place = find(key)
        return place < 0 ? nil : place
    }

    /// The value at a place that was just looked up.
    @inlinable public subscript(at place: Int) -> Value {
        @inline(__always) get { entries[place].value }
        @inline(__always) _modify { yield &entries[place].value }
    }

    /// Calls `body` with every key and its value, in any order.
    @inlinable @inline(__always)
    public func forEach(_ body: (Key, Value) throws -> Void) rethrows {
        for entry in entries where entry.key != .noValue { try body(entry.key, entry.value) }
    }

    // MARK: Changing

    /// Sets the value of `key` and gives the one before.
    @inlinable @inline(__always) @discardableResult
    public mutating func updateValue(_ value: Value, forKey key: Key) -> Value? {
        if key == .noValue { return nil }
        let (place, isNew) = self.place(of: key, orInsert: value)
        if isNew { return nil }
        let before = entries[place].value
        entries[place].value = value
        return before
    }

    /// Changes the value of `key` in place; where it is new, it is `initial` before.
    @inlinable @inline(__always)
    public mutating func update<Result>(
        _ key: Key, default initial: @autoclosure () -> Value, _ body: (inout Value) -> Result
    ) -> Result {
        if key == .noValue {
            var unheld = initial()
            return body(&unheld)
        }
        let (place, _) = self.place(of: key, orInsert: initial())
        return body(&entries[place].value)
    }

    /// Where `key`, which is not 0, lies; it is inserted with `initial` where it is new.
    @inlinable @inline(__always)
    public mutating func place(
        of key: Key, orInsert initial: @autoclosure () -> Value
    ) -> (place: Int, isNew: Bool) {
        precondition(key != .noValue)
        let found = find(key)
        if found >= 0 { return (found, false) }
        let value = initial()
        if used &* 8 >= entries.count &* 5 { grow(to: Swift.max(sizeMin, entries.count &* 2), value) }
        used &+= 1
        return (Self.enter(Entry(key: key, value: value), &entries, home(key)), true)
    }

    /// Makes room for `capacity` keys.
    @inlinable public mutating func reserveCapacity(_ capacity: Int) {
        var size = 16
        while size &* 5 < capacity &* 8 { size &*= 2 }
        sizeMin = size
        guard size > entries.count, let any = entries.first?.value else { return }
        grow(to: size, any)
    }

    /// Forgets `key` and tells whether it was held.
    @inlinable @discardableResult public mutating func remove(_ key: Key) -> Bool {
        var hole = find(key)
        if hole < 0 { return false }
        used &-= 1
        let (mask, seed, shift) = (entries.count &- 1, seed, shift)
        entries.withUnsafeMutableBufferPointer { entries in
            var next = (hole &+ 1) & mask
            while entries[next].key != .noValue {
                let home = Int(truncatingIfNeeded: entries[next].key.mixed(seed) >> shift)
                if (next &- home) & mask >= (next &- hole) & mask {
                    entries[hole] = entries[next]
                    hole = next
                }
                next = (next &+ 1) & mask
            }
            entries[hole].key = .noValue
        }
        return true
    }

    /// Forgets the keys for which `isGone` holds; the memory is kept.
    @inlinable public mutating func removeAll(where isGone: (Key, Value) throws -> Bool) rethrows {
        var kept: ContiguousArray<Entry> = []
        for entry in entries where entry.key != .noValue {
            if try !isGone(entry.key, entry.value) { kept.append(entry) }
        }
        if kept.count == count { return }
        removeAll(keepingCapacity: true)
        used = kept.count
        for entry in kept { _ = Self.enter(entry, &entries, home(entry.key)) }
    }

    /// Forgets everything. Without memory kept, the table is as if new.
    @inlinable public mutating func removeAll(keepingCapacity: Bool = false) {
        used = 0
        guard keepingCapacity else {
            entries = []
            return
        }
        for place in entries.indices { entries[place].key = .noValue }
    }

    // MARK: Inside

    @inlinable @inline(__always) func home(_ key: Key) -> Int {
        Int(truncatingIfNeeded: key.mixed(seed) >> shift)
    }

    /// Where `key` lies; −1 where it is not held.
    @inlinable @inline(__always) func find(_ key: Key) -> Int {
        if used == 0 || key == .noValue { return -1 }
        let mask = entries.count &- 1
        var place = home(key)
        return entries.withUnsafeBufferPointer { entries in
            while true {
                let here = entries[place].key
                if here == key { return place }
                if here == .noValue { return -1 }
                place = (place &+ 1) & mask
            }
        }
    }

    /// Puts an entry of a new key into the first free place from `home` on.
    @inlinable @inline(__always)
    static func enter(_ entry: Entry, _ entries: inout ContiguousArray<Entry>, _ home: Int) -> Int {
        let mask = entries.count &- 1
        return entries.withUnsafeMutableBufferPointer { entries in
            var place = home
            while entries[place].key != .noValue { place = (place &+ 1) & mask }
            entries[place] = entry
            return place
        }
    }

    @inlinable @inline(never) mutating func grow(to size: Int, _ any: Value) {
        let old = entries
        entries = ContiguousArray(repeating: Entry(key: .noValue, value: any), count: size)
        shift = UInt64(64 &- size.trailingZeroBitCount)
        for entry in old where entry.key != .noValue {
            _ = Self.enter(entry, &entries, home(entry.key))
        }
    }
}

extension OpenTable where Value == Void {
    /// Inserts `key` and tells whether it was new; 0 is never held.
    @inlinable @inline(__always) @discardableResult
    public mutating func insert(_ key: Key) -> Bool {
        if key == .noValue { return false }
        return place(of: key, orInsert: ()).isNew
    }
}

/// What an `OpenTable` may be keyed by.
public protocol OpenTableKey: Equatable, Sendable, BitwiseCopyable {
    /// The key that means "no value".
    static var noValue: Self { get }
    /// Uniform bits of the key under `seed`, of which the highest are used.
    func mixed(_ seed: UInt64) -> UInt64
}

extension UInt64: OpenTableKey {
    @inlinable public static var noValue: UInt64 { 0 }
    @inlinable @inline(__always) public func mixed(_ seed: UInt64) -> UInt64 {
        let product = (self ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}

extension UInt128: OpenTableKey {
    @inlinable public static var noValue: UInt128 { 0 }
    @inlinable @inline(__always) public func mixed(_ seed: UInt64) -> UInt64 {
        let low = UInt64(truncatingIfNeeded: self) ^ seed
        let high = UInt64(truncatingIfNeeded: self >> 64) ^ (seed << 32 | seed >> 32)
        let product = low.multipliedFullWidth(by: high)
        return product.high ^ product.low
    }
}

/// One seed for all tables of the process: read when a table is made, never when it is used.
@usableFromInline package let openTableSeed = UInt64.random(in: 1...UInt64.max)
