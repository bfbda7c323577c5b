import CScan
import IdentityModel

/// Rows that wait to be appended to an `EventBatch`, and values in them that wait to be made.
///
///     rows        │ event │ event │ event │ …
///     identities  │ row 0 name, tag, text │ row 0 subject, tag, text │ row 2 …
///     hashes      │ row 0 correlation, text │ row 0 id, text │ …
///
/// Appending many rows at once is cheaper. A pseudonym is a look-up in 16 MiB: its memory is asked
/// for when the identity is met and read when the rows are full, so it is never waited for. Keyed
/// hashes are made two at a time.
struct RowBuffer: ~Copyable, @unchecked Sendable {
    /// A column that a pseudonym goes to.
    enum IdentityColumn: UInt32 {
        case name, subject
    }

    /// A column that a keyed hash goes to.
    enum HashColumn: UInt32 {
        case id, correlation, session, device
    }

    private struct Identity {
        var tag: IdentityTag
        var text: Bytes
        var row: Int32
        var column: IdentityColumn
    }

    private struct Hash {
        var input: HashInput
        var row: Int32
        var column: HashColumn
    }

    private let rows: UnsafeMutablePointer<IdentityEvent>
    private(set) var count = 0
    private let identities: UnsafeMutablePointer<Identity>
    private var identityCount = 0
    private let hashes: UnsafeMutablePointer<Hash>
    private var hashCount = 0

    /// 60 KiB of rows: they stay in the second-level cache.
    private static let rowsMax = 256

    init() {
        rows = .allocate(capacity: Self.rowsMax)
        rows.initialize(repeating: IdentityEvent(), count: Self.rowsMax)
        identities = .allocate(capacity: 2 * Self.rowsMax)
        hashes = .allocate(capacity: 4 * Self.rowsMax)
    }

    deinit {
        rows.deallocate()
        identities.deallocate()
        hashes.deallocate()
    }

    /// The row that the next event goes to, without any value; it counts once `keep` is called.
    @inline(__always)
    mutating func next() -> UnsafeMutablePointer<IdentityEvent> {
        let row = rows + count
        row.pointee = IdentityEvent()
        return row
    }

    /// Notes that `column` of the next row, which will be kept, is the pseudonym of `text`. The text
    /// stays where it is until the rows are flushed.
    @inline(__always)
    mutating func await(
        _ column: IdentityColumn, of text: Bytes, _ pseudonymizer: borrowing Pseudonymizer
    ) {
        let tag = pseudonymizer.tag(text.raw)
        lockstep_prefetch(pseudonymizer.place(of: tag))
        identities[identityCount] = Identity(
            tag: tag, text: text, row: Int32(truncatingIfNeeded: count), column: column)
        identityCount &+= 1
    }

    /// Notes that `column` of the next row, which will be kept, is the hash of `input`, whose bytes
    /// stay where they are until the rows are flushed.
    @inline(__always)
    mutating func await(_ column: HashColumn, of input: HashInput) {
        hashes[hashCount] = Hash(
            input: input, row: Int32(truncatingIfNeeded: count), column: column)
        hashCount &+= 1
    }

    /// Counts the next row; true where there is no room for another.
    @inline(__always)
    mutating func keep() -> Bool {
        count &+= 1
        return count == Self.rowsMax
    }

    /// Makes what waits and hands all rows on to `events`.
    mutating func flush(
        to events: inout EventBatch, _ pseudonymizer: inout Pseudonymizer, _ hash: KeyedHash
    ) {
        for index in 0..<identityCount {
            let one = identities[index]
            let value = pseudonymizer.pseudonym(one.text.raw, tag: one.tag)
            switch one.column {
            case .name: rows[Int(one.row)].name = value
            case .subject: rows[Int(one.row)].subject = value
            }
        }
        identityCount = 0
        makeHashes(hash)
        events.append(contentsOf: UnsafeBufferPointer(start: rows, count: count))
        count = 0
    }

    private mutating func makeHashes(_ hash: KeyedHash) {
        var index = 0
        while index &+ 1 < hashCount {
            let values = hash.pair(hashes[index].input, hashes[index &+ 1].input)
            set(hashes[index], values.0)
            set(hashes[index &+ 1], values.1)
            index &+= 2
        }
        if index < hashCount { set(hashes[index], hash.pair(hashes[index].input, hashes[index].input).0) }
        hashCount = 0
    }

    @inline(__always)
    private func set(_ one: Hash, _ value: UInt128) {
        let row = rows + Int(one.row)
        switch one.column {
        case .id: row.pointee.id = value
        case .correlation: row.pointee.correlation = KeyedHash.fingerprint(of: value)
        case .session: row.pointee.session = KeyedHash.fingerprint(of: value)
        case .device: row.pointee.device = KeyedHash.fingerprint(of: value)
        }
    }
}
