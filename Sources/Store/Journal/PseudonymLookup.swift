import GRDB
import Synchronization

/// Looks up what the numbers of blocks stand for; of one open store, for any thread.
///
///     chunks  │ chunk → slot
///     values  │ slot 0: 1,024 pseudonyms │ slot 1 │ …       the least recently used slot is reused
final class PseudonymLookup: Sendable {
    /// 32 MiB: two million pseudonyms.
    fileprivate static let slotsMax = 2048

    fileprivate struct State {
        /// The slot of each chunk; −1 where it is not held.
        var slots: [Int32] = []
        var values: [UInt128] = []
        var chunks: [UInt32] = []
        /// How many pseudonyms each slot holds, and when it was last used.
        var counts: [UInt32] = []
        var uses: [UInt64] = []
        var clock: UInt64 = 0
    }

    private let state = Mutex(State())

    /// The pseudonyms of `numbers`; a number that the store does not hold is a `CodecError`.
    func values(of numbers: [UInt32], _ db: Database) throws -> [UInt128] {
        try state.withLock { state in
            // A block may speak of more chunks than there are slots: then part after part.
            var values: [UInt128] = []
            values.reserveCapacity(numbers.count)
            var rest = numbers[...]
            while !rest.isEmpty {
                let part = rest.prefix(Self.slotsMax)
                try state.provide(part, db)
                state.append(part, to: &values)
                rest = rest.dropFirst(part.count)
            }
            return values
        }
    }

    /// Forgets everything: the store has changed beneath.
    func removeAll() { state.withLock { $0 = State() } }
}

extension PseudonymLookup.State {
    /// Reads the chunks of `numbers`, at most as many as there are slots, where they are not held.
    mutating func provide(_ numbers: ArraySlice<UInt32>, _ db: Database) throws {
        clock += 1
        for number in numbers {
            let chunk = Int(number / PseudonymTable.chunkLength)
            let place = number % PseudonymTable.chunkLength
            var slot = chunk < slots.count ? Int(slots[chunk]) : -1
            // A chunk that was read before may have grown since.
            if slot < 0 || place >= counts[slot] {
                slot = try load(UInt32(chunk), db)
                guard place < counts[slot] else { throw CodecError("a pseudonym is missing") }
            }
            uses[slot] = clock
        }
    }

    /// Appends the pseudonyms of `numbers`, which are held: nothing in this loop waits for another.
    func append(_ numbers: ArraySlice<UInt32>, to target: inout [UInt128]) {
        values.withUnsafeBufferPointer { values in
            slots.withUnsafeBufferPointer { slots in
                target += numbers.lazy.map { number in
                    let slot = Int(slots[Int(number / PseudonymTable.chunkLength)])
                    let place = Int(number % PseudonymTable.chunkLength)
                    return values[slot * PseudonymTable.chunkCount + place]
                }
            }
        }
    }

    /// Reads `chunk` into a slot.
    mutating func load(_ chunk: UInt32, _ db: Database) throws -> Int {
        let read = try PseudonymTable.values(db, chunk: chunk)
        guard !read.isEmpty else { throw CodecError("a pseudonym is missing") }
        if slots.count <= Int(chunk) {
            slots += repeatElement(-1, count: Int(chunk) + 1 - slots.count)
        }
        let slot = slots[Int(chunk)] >= 0 ? Int(slots[Int(chunk)]) : freeSlot()
        slots[Int(chunk)] = Int32(slot)
        chunks[slot] = chunk
        counts[slot] = UInt32(read.count)
        uses[slot] = clock
        let start = slot * PseudonymTable.chunkCount
        values.replaceSubrange(start..<start + read.count, with: read)
        return slot
    }

    private mutating func freeSlot() -> Int {
        guard chunks.count >= PseudonymLookup.slotsMax, let oldest = uses.min(),
            let slot = uses.firstIndex(of: oldest)
        else {
            chunks.append(0)
            counts.append(0)
            uses.append(0)
            values += repeatElement(0, count: PseudonymTable.chunkCount)
            return chunks.count - 1
        }
        slots[Int(chunks[slot])] = -1
        return slot
    }
}
