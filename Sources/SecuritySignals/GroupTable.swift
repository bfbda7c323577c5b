import IdentityModel

/// The groups of a family by key: as an `OpenTable`, but without removal, so that finding and
/// inserting are one pass over raw memory.
///
///     slots │ key group │ 0 │ key group │ …      2ⁿ of 32 bytes, at most 5/8 in use
///
/// Groups that are gone stay until they are left out of a copy.
///
/// Cost: 51 to 102 bytes per group; about 25 ns.
struct GroupTable: @unchecked Sendable {
    // The slots lie in `memory`, which is written only after `makeUnique` by the one owner of this value.
    struct Group: Sendable, BitwiseCopyable {
        /// The number of its newest entry, which may be gone.
        var last: UInt32 = 0
        var counts = WindowLog.none
        /// Its place among those that the instant touched, if it is there.
        var touch: UInt32 = 0
        /// The timespan, counted from any beginning, in which it was bounded last.
        var bucket: UInt16 = 0
        /// Counted events in that timespan and in the one before; 255 is any number.
        var now: UInt8 = 0
        var before: UInt8 = 0

        /// Takes a counted event of `bucket` into the bound.
        @inline(__always)
        mutating func note(_ bucket: UInt16) {
            if self.bucket != bucket {
                before = self.bucket == bucket &- 1 ? now : 0
                now = 0
                self.bucket = bucket
            }
            if now < 255 { now &+= 1 }
        }

        @inline(__always)
        var bound: Int { min(255, Int(now) &+ Int(before)) }
    }

    private struct Slot: BitwiseCopyable {
        /// 0 where the slot is free.
        var key: UInt128
        var group: Group
    }

    private(set) var count = 0
    private var capacity: Int
    private var shift: UInt64
    private var memory: OwnedMemory
    private var slots: UnsafeMutablePointer<Slot>
    private let seed = openTableSeed

    /// A table with room for `room` groups.
    init(room: Int) {
        var size = 64
        while size * 5 < room * 8 { size *= 2 }
        capacity = size
        shift = UInt64(64 - size.trailingZeroBitCount)
        memory = OwnedMemory(bytes: size * MemoryLayout<Slot>.stride)
        slots = memory.start.assumingMemoryBound(to: Slot.self)
    }

    /// Makes the memory this value's own: before anything is changed.
    mutating func makeUnique() {
        if isKnownUniquelyReferenced(&memory) { return }
        memory = OwnedMemory(copying: memory)
        slots = memory.start.assumingMemoryBound(to: Slot.self)
    }

    /// The slot of `key`, or the free one where it would be.
    @inline(__always)
    private func slot(_ key: UInt128) -> UnsafeMutablePointer<Slot> {
        var place = Int(truncatingIfNeeded: key.mixed(seed) >> shift)
        while slots[place].key != key, slots[place].key != 0 { place = (place &+ 1) & (capacity &- 1) }
        return slots + place
    }

    /// The group of `key`, if there is one.
    subscript(key: UInt128) -> Group? {
        @inline(__always) get {
            let slot = slot(key)
            return slot.pointee.key == 0 ? nil : slot.pointee.group
        }
    }

    /// Changes the group of `key`, if there is one.
    mutating func change(_ key: UInt128, _ body: (inout Group) -> Void) {
        let slot = slot(key)
        if slot.pointee.key != 0 { body(&slot.pointee.group) }
    }

    /// Where the group of `key`, which is not 0, lies until the next is entered; it is made where it is new.
    @inline(__always)
    mutating func enter(_ key: UInt128) -> (group: UnsafeMutablePointer<Group>, isNew: Bool) {
        var slot = slot(key)
        let isNew = slot.pointee.key == 0
        if isNew {
            if count &* 8 >= capacity &* 5 {
                grow()
                slot = self.slot(key)
            }
            count &+= 1
            slot.initialize(to: Slot(key: key, group: Group()))
        }
        // The group lies right behind its key.
        let group = UnsafeMutableRawPointer(slot) + MemoryLayout<UInt128>.size
        return (group.assumingMemoryBound(to: Group.self), isNew)
    }

    @inline(never)
    private mutating func grow() { self = filtered(room: count * 2) { _ in true } }

    /// A table of the groups that `isKept` takes, with room for `room`.
    func filtered(room: Int, _ isKept: (Group) -> Bool) -> GroupTable {
        var kept = GroupTable(room: room)
        forEach { key, group in
            if isKept(group) { kept.enter(key).group.pointee = group }
        }
        return kept
    }

    /// Calls `body` with every key and its group, in any order.
    func forEach(_ body: (UInt128, Group) -> Void) {
        for place in 0..<capacity where slots[place].key != 0 { body(slots[place].key, slots[place].group) }
    }
}
