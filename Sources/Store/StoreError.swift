/// What a store refuses or finds broken.
package enum StoreError: Error, Sendable, Equatable {
    /// The file is no store.
    case notAStore(path: String, cause: String)
    /// The store was made under another pseudonym key.
    case otherKey(path: String, stored: String, given: String)
    /// The store was made by a later version of Lockstep.
    case newerSchema(path: String, migration: String)
    /// The store was made before the first release, in a form that no version reads any more.
    case olderFormat(path: String)
    /// Another process writes to the store.
    case writerPresent(path: String)
    /// The store does not exist, and a reader does not make one.
    case missing(path: String)
    /// The file system refuses.
    case inaccessible(path: String, cause: String)
    /// A writing call on a store that was opened for reading.
    case readOnly
    /// A block of the journal cannot be decoded.
    case corruptBlock(slice: Int64, block: Int64, cause: String)
    /// What the numbers in blocks stand for cannot be read.
    case corruptPseudonyms(chunk: Int64)
    /// A sealed record does not open under the given key.
    case sealBroken
}

extension StoreError: CustomStringConvertible {
    /// One sentence: where, what is wrong, what would be right.
    package var description: String {
        switch self {
        case .notAStore(let path, let cause):
            "\(path): is no Lockstep store (\(cause)); name another file, or move this one away"
        case .otherKey(let path, let stored, let given):
            "\(path): was made under the pseudonym key '\(stored.prefix(8))…', "
                + "got '\(given.prefix(8))…'; "
                + "use the key file that it was made with, or another store"
        case .newerSchema(let path, let migration):
            "\(path): was made by a newer Lockstep (it has '\(migration)'); use that version"
        case .olderFormat(let path):
            "\(path): was made by a Lockstep before its first release, in an older format; "
                + "move it away and replay the logs"
        case .writerPresent(let path):
            "\(path): another process is writing to this store; stop it or wait until it ends"
        case .missing(let path):
            "\(path): there is no store; make one with 'lockstep replay'"
        case .inaccessible(let path, let cause):
            "\(path): cannot be opened: \(cause)"
        case .readOnly:
            "the store is open for reading only"
        case .corruptBlock(let slice, let block, let cause):
            "journal block \(block) of slice \(slice) is damaged: \(cause); "
                + "restore the store from a backup"
        case .corruptPseudonyms(let chunk):
            "chunk \(chunk) of the journal's pseudonyms is damaged; "
                + "restore the store from a backup"
        case .sealBroken:
            "a sealed record does not open: another key, or damage"
        }
    }
}
