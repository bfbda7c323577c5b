import IdentityModel

/// Finds the live attempts that hold a key, newest first.
///
/// A key is a correlation id, an actor with an origin, an actor, or an origin, mixed with its
/// kind into 128 bits (keys are keyed hashes, so two do not meet by chance). Each key has a chain
/// of nodes from the newest attempt to the oldest; each attempt has a ring of its own nodes, so
/// that leaving costs as much as joining did.
///
///     head[key] ─▶ node(attempt 9) ─older─▶ node(attempt 4) ─older─▶ nil
///                      │ sibling
///                      ▼
///                  node(attempt 9, other key) …
struct LiveIndex: Sendable {
    /// What a key says of the attempts in its chain.
    enum KeyKind: UInt8, Sendable {
        /// Hold the correlation id and have room for another actor.
        case tieWithRoom = 1
        /// Hold the correlation id and as many actors as they may.
        case tieFull
        /// Hold the correlation id and the actor, and are full.
        case tieFullWithActor
        /// Hold the actor and the origin.
        case actorAtOrigin
        /// Hold the actor.
        case actor
        /// Hold the origin and no actor yet.
        case originWithoutActor
        /// Hold the origin.
        case origin
    }

    struct Node: Sendable {
        var key: UInt128
        /// The correlation id or origin behind the key, and which of them it is.
        var value: UInt128
        var kind: KeyKind
        var attempt: Int32
        /// How many attempts were opened before this one.
        var opened: UInt64
        var older: Int32
        var newer: Int32
        var sibling: Int32
    }

    static let nothing: Int32 = -1
    private(set) var nodes: [Node] = []
    private var free: [Int32] = []
    private var heads = HeadTable()
    /// How many nodes are of attempts that hold as many actors as they may.
    private(set) var fullCount = 0

    /// The newest node of `key`, or `nothing`.
    @inline(__always)
    func newest(_ key: UInt128) -> Int32 {
        let place = heads.find(key, nodes)
        return place < 0 ? Self.nothing : heads[place]
    }

    /// Enters `attempt`, the `opened`th, under `key`, before `sibling` in its own ring. Attempts
    /// that enter later than others of the key keep the order of their opening.
    ///
    /// - Returns: the new node, the head of the attempt's ring.
    mutating func insert(
        _ key: UInt128, value: UInt128, kind: KeyKind, attempt: Int32, opened: UInt64, sibling: Int32
    ) -> Int32 {
        let slot = free.popLast() ?? Int32(nodes.count)
        let head = heads.find(key, nodes)
        // Usually the attempt is the newest of its key; one that gains the key late sinks to its place.
        var newer = Self.nothing
        var older = head < 0 ? Self.nothing : heads[head]
        while older != Self.nothing, opened < nodes[Int(older)].opened {
            newer = older
            older = nodes[Int(older)].older
        }
        let node = Node(
            key: key, value: value, kind: kind, attempt: attempt, opened: opened, older: older,
            newer: newer, sibling: sibling)
        if Int(slot) < nodes.count { nodes[Int(slot)] = node } else { nodes.append(node) }
        if older != Self.nothing { nodes[Int(older)].newer = slot }
        if newer != Self.nothing {
            nodes[Int(newer)].older = slot
        } else if head >= 0 {
            heads[head] = slot
        } else {
            heads.insert(key, slot)
        }
        if kind == .tieFull { fullCount += 1 }
        return slot
    }

    /// Whether `attempt`, whose ring begins at `node`, holds `key`. Walks the chain of the key and
    /// the ring of the attempt side by side, so that it costs as much as the shorter of them.
    @inline(__always)
    func ring(_ node: Int32, of attempt: Int32, holds key: UInt128) -> Bool {
        var sibling = node
        var older = sibling == Self.nothing ? Self.nothing : newest(key)
        while sibling != Self.nothing, older != Self.nothing {
            if nodes[Int(older)].attempt == attempt { return true }
            if nodes[Int(sibling)].key == key { return true }
            sibling = nodes[Int(sibling)].sibling
            older = nodes[Int(older)].older
        }
        return false
    }

    /// Takes all nodes of the ring beginning at `node` out.
    mutating func remove(ring node: Int32) {
        var at = node
        while at != Self.nothing {
            let old = nodes[Int(at)]
            if old.older != Self.nothing { nodes[Int(old.older)].newer = old.newer }
            if old.newer != Self.nothing {
                nodes[Int(old.newer)].older = old.older
            } else {
                let head = heads.find(old.key, nodes)
                if old.older != Self.nothing { heads[head] = old.older } else { heads.remove(at: head) }
            }
            if old.kind == .tieFull { fullCount -= 1 }
            free.append(at)
            at = old.sibling
        }
    }
}

/// Key → newest node, in eight bytes each: the nodes hold the keys in full, so that 32 bits tell
/// the others apart, and a burst of attempts does not push the table out of the caches.
///
///     entries │ 32 bits of the mixed key │ node + 1 │     0 is free; at most half are used
private struct HeadTable: Sendable {
    private var entries = ContiguousArray<UInt64>(repeating: 0, count: 1024)
    private var shift: UInt64 = 64 - 10
    private var used = 0
    private let seed = openTableSeed

    /// The node at `place`.
    @inline(__always)
    subscript(place: Int) -> Int32 {
        get { Int32(truncatingIfNeeded: entries[place] & 0xFFFF_FFFF) &- 1 }
        set { entries[place] = entries[place] & ~0xFFFF_FFFF | UInt64(UInt32(newValue &+ 1)) }
    }

    /// Where the head of `key` lies; −1 where there is none.
    @inline(__always)
    func find(_ key: UInt128, _ nodes: [LiveIndex.Node]) -> Int {
        let print = key.mixed(seed) & ~0xFFFF_FFFF
        let mask = entries.count &- 1
        var place = Int(truncatingIfNeeded: print >> shift)
        while true {
            let entry = entries[place]
            if entry == 0 { return -1 }
            if entry & ~0xFFFF_FFFF == print, nodes[Int(self[place])].key == key { return place }
            place = (place &+ 1) & mask
        }
    }

    /// Enters a key that is not there yet.
    mutating func insert(_ key: UInt128, _ node: Int32) {
        if (used + 1) * 2 > entries.count { grow() }
        used += 1
        enter(key.mixed(seed) & ~0xFFFF_FFFF | UInt64(UInt32(node &+ 1)))
    }

    mutating func remove(at place: Int) {
        if place < 0 { return }
        used -= 1
        let mask = entries.count &- 1
        var hole = place
        var next = (place &+ 1) & mask
        while entries[next] != 0 {
            let home = Int(truncatingIfNeeded: entries[next] >> shift)
            if (next &- home) & mask >= (next &- hole) & mask {
                entries[hole] = entries[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        entries[hole] = 0
    }

    private mutating func enter(_ entry: UInt64) {
        var place = Int(truncatingIfNeeded: entry >> shift)
        while entries[place] != 0 { place = (place &+ 1) & (entries.count &- 1) }
        entries[place] = entry
    }

    private mutating func grow() {
        let old = entries
        entries = ContiguousArray(repeating: 0, count: old.count * 2)
        shift -= 1
        for entry in old where entry != 0 { enter(entry) }
    }
}
