import IdentityModel

/// Rows that wait to be appended to an `EventBatch`, since appending many at once is cheaper.
struct RowBuffer: ~Copyable, @unchecked Sendable {
    private let rows: UnsafeMutablePointer<IdentityEvent>
    private(set) var count = 0

    /// 60 KiB of rows: they stay in the second-level cache.
    private static let rowsMax = 256

    init() {
        rows = .allocate(capacity: Self.rowsMax)
        rows.initialize(repeating: IdentityEvent(), count: Self.rowsMax)
    }

    deinit { rows.deallocate() }

    /// Adds `event`, and hands on to `events` what waited when there is no more room.
    @inline(__always)
    mutating func append(_ event: borrowing IdentityEvent, to events: inout EventBatch) {
        rows[count] = copy event
        count &+= 1
        if count == Self.rowsMax { flush(to: &events) }
    }

    /// Hands on all that waits.
    mutating func flush(to events: inout EventBatch) {
        events.append(contentsOf: UnsafeBufferPointer(start: rows, count: count))
        count = 0
    }
}
