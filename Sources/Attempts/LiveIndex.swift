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
        var older: Int32
        var newer: Int32
        var sibling: Int32
    }

    static let nothing: Int32 = -1
    private(set) var nodes: [Node] = []
    private var free: [Int32] = []
    private var heads = HeadTable()

    /// The newest node of `key`, or `nothing`.
    @inline(__always)
    func newest(_ key: UInt128) -> Int32 { heads.value(key) }

    /// Enters `attempt` under `key`, before `sibling` in its own ring. Attempts that enter later
    /// than others of the key keep the order of their opening by `opened`.
    ///
    /// - Returns: the new node, the head of the attempt's ring.
    mutating func insert(
        _ key: UInt128, value: UInt128, kind: KeyKind, attempt: Int32, sibling: Int32,
        openedBefore: (Int32, Int32) -> Bool
    ) -> Int32 {
        let node = Node(
            key: key, value: value, kind: kind, attempt: attempt, older: Self.nothing,
            newer: Self.nothing, sibling: sibling)
        let slot: Int32
        if let reused = free.popLast() {
            slot = reused
            nodes[Int(reused)] = node
        } else {
            slot = Int32(nodes.count)
            nodes.append(node)
        }
        // Usually the attempt is the newest of its key; one that gains the key late sinks to its place.
        var newer = Self.nothing
        var older = heads.value(key)
        while older != Self.nothing, openedBefore(attempt, nodes[Int(older)].attempt) {
            newer = older
            older = nodes[Int(older)].older
        }
        nodes[Int(slot)].newer = newer
        nodes[Int(slot)].older = older
        if older != Self.nothing { nodes[Int(older)].newer = slot }
        if newer != Self.nothing { nodes[Int(newer)].older = slot } else { heads.set(key, slot) }
        return slot
    }

    /// Whether the ring beginning at `node` holds `key`.
    @inline(__always)
    func ring(_ node: Int32, holds key: UInt128) -> Bool {
        var at = node
        while at != Self.nothing {
            if nodes[Int(at)].key == key { return true }
            at = nodes[Int(at)].sibling
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
            } else if old.older != Self.nothing {
                heads.set(old.key, old.older)
            } else {
                heads.remove(old.key)
            }
            free.append(at)
            at = old.sibling
        }
    }
}

/// Key → newest node: open addressing with linear probing and backward-shift deletion.
private struct HeadTable: Sendable {
    private var keys = [UInt128](repeating: 0, count: 1024)
    private var values = [Int32](repeating: LiveIndex.nothing, count: 1024)
    private var used = 0

    @inline(__always)
    private func home(_ key: UInt128) -> Int {
        let mixed = UInt64(truncatingIfNeeded: key) ^ UInt64(truncatingIfNeeded: key >> 64)
        return Int(truncatingIfNeeded: (mixed &* 0x9E37_79B9_7F4A_7C15) >> 20) & (keys.count - 1)
    }

    @inline(__always)
    func value(_ key: UInt128) -> Int32 {
        var slot = home(key)
        while keys[slot] != 0 {
            if keys[slot] == key { return values[slot] }
            slot = (slot + 1) & (keys.count - 1)
        }
        return LiveIndex.nothing
    }

    mutating func set(_ key: UInt128, _ value: Int32) {
        if (used + 1) * 2 > keys.count { grow() }
        var slot = home(key)
        while keys[slot] != 0 {
            if keys[slot] == key {
                values[slot] = value
                return
            }
            slot = (slot + 1) & (keys.count - 1)
        }
        keys[slot] = key
        values[slot] = value
        used += 1
    }

    mutating func remove(_ key: UInt128) {
        var slot = home(key)
        while keys[slot] != key {
            if keys[slot] == 0 { return }
            slot = (slot + 1) & (keys.count - 1)
        }
        used -= 1
        var hole = slot
        var next = (slot + 1) & (keys.count - 1)
        while keys[next] != 0 {
            let wanted = home(keys[next])
            if (next - wanted) & (keys.count - 1) >= (next - hole) & (keys.count - 1) {
                keys[hole] = keys[next]
                values[hole] = values[next]
                hole = next
            }
            next = (next + 1) & (keys.count - 1)
        }
        keys[hole] = 0
        values[hole] = LiveIndex.nothing
    }

    private mutating func grow() {
        let (oldKeys, oldValues) = (keys, values)
        keys = [UInt128](repeating: 0, count: oldKeys.count * 2)
        values = [Int32](repeating: LiveIndex.nothing, count: oldKeys.count * 2)
        used = 0
        for (key, value) in zip(oldKeys, oldValues) where key != 0 { set(key, value) }
    }
}
