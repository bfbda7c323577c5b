import Attempts
import IdentityModel
import Measures

/// Counts, per source and dialect, what scoring does with events: who joined by actor, what was
/// nobody's try, whose attempts there are. Security answers for these counts.
///
/// Nearly all events of a slice meet a handful of entries. Cost: about 5 ns per count.
public struct SourceAnalyzer: Sendable {
    /// Amounts by `packed`.
    private var counts = OpenTable<UInt128, UInt64>()

    public init() {}

    /// Counts an event that joined an attempt by its actor.
    @inline(__always)
    public mutating func joinedByActor(_ event: Observation) {
        add(.joinedByActor, Timestamp.slice(event.at), Timestamp.slice(event.at), event.source, event.dialect)
    }

    /// Counts a completion that is no attempt.
    public mutating func absorb(_ kind: SetAside, _ event: Observation) {
        let hour = Timestamp.slice(event.at)
        add(.aside(SetAsideKind(kind)), hour, hour, event.source, event.dialect)
    }

    /// Counts an attempt, matured or open, in the cell of `slice`.
    @inline(__always)
    public mutating func absorb(_ attempt: Attempt, slice: Int64) {
        let count: SourceCount = attempt.isNoise ? .aside(.noise) : .attempts(attempt.actorKind)
        add(count, slice, Timestamp.slice(attempt.firstAt), attempt.source, attempt.dialect)
    }

    /// A count in 128 bits, never 0.
    ///
    ///     slice (40) │ slice − hour (16) │ source (32) │ dialect (32) │ count (7) │ 1
    @inline(__always)
    private mutating func add(
        _ count: SourceCount, _ slice: Int64, _ hour: Int64, _ source: UInt32, _ dialect: UInt32
    ) {
        let age = UInt64(UInt16(truncatingIfNeeded: slice &- hour))
        let high = UInt64(bitPattern: slice) << 24 | age << 8 | UInt64(source) >> 24
        let low = UInt64(source) << 40 | UInt64(dialect) << 8 | UInt64(count.code) << 1 | 1
        counts.update(UInt128(high) << 64 | UInt128(low), default: 0) { $0 &+= 1 }
    }

    /// Gives the finished cells of the slices up to `slice`, and forgets them; `texts` are those
    /// whose numbers the observations brought.
    public mutating func takeCells(through slice: Int64, texts: StringTable) -> [Int64: SourceCell] {
        var cells: [Int64: SourceCell] = [:]
        counts.forEach { packed, amount in
            let own = Self.slice(packed)
            guard own <= slice, let key = Self.key(packed, texts) else { return }
            cells[own, default: SourceCell()].counts.add(key, amount)
        }
        counts.removeAll { packed, _ in Self.slice(packed) <= slice }
        return cells
    }

    private static func slice(_ packed: UInt128) -> Int64 {
        Int64(bitPattern: UInt64(truncatingIfNeeded: packed >> 64)) >> 24
    }

    private static func key(_ packed: UInt128, _ texts: StringTable) -> SourceKey? {
        let age = Int64(UInt16(truncatingIfNeeded: packed >> 72))
        guard let count = SourceCount(code: UInt8(truncatingIfNeeded: packed) >> 1) else { return nil }
        return SourceKey(
            count, hour: slice(packed) - age, source: UInt32(truncatingIfNeeded: packed >> 40),
            dialect: texts[UInt32(truncatingIfNeeded: packed >> 8)])
    }
}

extension SetAsideKind {
    /// The kind under which a completion that is no attempt is counted.
    fileprivate init(_ kind: SetAside) {
        self =
            switch kind {
            case .echo: .echo
            case .sso: .sso
            case .chained: .chained
            case .unanchored: .unanchored
            }
    }
}
