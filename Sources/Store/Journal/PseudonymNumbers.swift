import GRDB
import IdentityModel
import Synchronization

/// Gives pseudonyms the numbers under which blocks hold them; of the one writer of a store.
///
/// Numbers are given in memory while blocks are encoded and become durable with the first commit
/// that ends well afterwards; until then they wait. So a commit that fails takes no number from
/// another, and numbers are never given twice.
///
/// A number stands for one pseudonym, but a pseudonym may come to have several numbers: only the
/// pseudonyms met last are remembered, which bounds memory whatever the number of people.
final class PseudonymNumbers: Sendable {
    private struct State {
        /// Of the pseudonyms met last, and of those met before them.
        var recent = OpenTable<UInt128, UInt32>()
        var former = OpenTable<UInt128, UInt32>()
        var newest: UInt32 = 0
        /// The pseudonyms of the newest numbers, which no commit holds yet.
        var waiting: [UInt128] = []
        var isLoaded = false

        mutating func number(of pseudonym: UInt128) -> UInt32 {
            if let known = recent[pseudonym] { return known }
            if let known = former[pseudonym] {
                remember(pseudonym, known)
                return known
            }
            newest += 1
            waiting.append(pseudonym)
            remember(pseudonym, newest)
            return newest
        }

        mutating func remember(_ pseudonym: UInt128, _ number: UInt32) {
            if recent.count >= rememberedMax {
                former = recent
                recent = OpenTable()
            }
            recent[pseudonym] = number
        }
    }

    /// In each of the two tables: 16 MiB, just before such a table would double.
    private static let rememberedMax = (1 << 19) * 5 / 8

    private let state = Mutex(State())

    /// The numbers of `pseudonyms`, none of which is 0.
    func numbers(of pseudonyms: [UInt128]) -> [UInt32] {
        state.withLock { state in
            var numbers = state.recent.values(of: pseudonyms, absent: 0)
            for place in numbers.indices where numbers[place] == 0 {
                numbers[place] = state.number(of: pseudonyms[place])
            }
            return numbers
        }
    }

    /// Learns the newest numbers of the store, once.
    func load(_ read: ((Database) throws -> Void) throws -> Void) throws {
        try state.withLock { state in
            guard !state.isLoaded else { return }
            try read { db in
                state.newest = try PseudonymTable.newest(db)
                let chunks = state.newest / PseudonymTable.chunkLength + 1
                let least = max(0, Int(chunks) - 2 * Self.rememberedMax / PseudonymTable.chunkCount)
                for chunk in UInt32(least)..<chunks {
                    let values = try PseudonymTable.values(db, chunk: chunk)
                    for (place, value) in values.enumerated() where value != 0 {
                        state.remember(value, chunk * PseudonymTable.chunkLength + UInt32(place))
                    }
                }
            }
            state.isLoaded = true
        }
    }

    /// Writes, within a transaction, what no commit holds yet.
    func write(_ db: Database) throws {
        let stored = try PseudonymTable.newest(db)
        let waiting = state.withLock { state in
            let first = state.newest - UInt32(state.waiting.count) + 1
            if stored >= first { state.waiting.removeFirst(Int(stored - first) + 1) }
            return state.waiting
        }
        try PseudonymTable.append(db, waiting, after: stored)
    }

    /// Forgets the numbers of `pseudonyms`: who is met again gets a new one.
    func forget(_ pseudonyms: Set<UInt128>) {
        state.withLock { state in
            for pseudonym in pseudonyms {
                state.recent.remove(pseudonym)
                state.former.remove(pseudonym)
            }
            state.waiting = state.waiting.map { pseudonyms.contains($0) ? 0 : $0 }
        }
    }
}
