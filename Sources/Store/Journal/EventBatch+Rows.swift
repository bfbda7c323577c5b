import IdentityModel

/// Calls `copy` for each column of numbers, and `translate` for each column of references.
///
/// The one list of columns outside `EventBatch`: what moves events goes through it.
private func forEachColumn(
    _ source: EventBatch, _ target: inout EventBatch, copy: some ColumnCopying
) {
    copy.plain(source.id, &target.id)
    copy.plain(source.at, &target.at)
    copy.plain(source.journey, &target.journey)
    copy.plain(source.step, &target.step)
    copy.plain(source.outcome, &target.outcome)
    copy.plain(source.reason, &target.reason)
    copy.plain(source.actorKind, &target.actorKind)
    copy.plain(source.method, &target.method)
    copy.plain(source.userAgentClass, &target.userAgentClass)
    copy.plain(source.span, &target.span)
    copy.plain(source.flags, &target.flags)
    copy.plain(source.topic, &target.topic)
    copy.plain(source.name, &target.name)
    copy.plain(source.subject, &target.subject)
    copy.plain(source.correlation, &target.correlation)
    copy.plain(source.session, &target.session)
    copy.plain(source.address, &target.address)
    copy.plain(source.device, &target.device)
    copy.references(source.userAgent, &target.userAgent)
    copy.references(source.client, &target.client)
    copy.references(source.tenant, &target.tenant)
    copy.references(source.vendorReason, &target.vendorReason)
    copy.references(source.risk, &target.risk)
    copy.references(source.dialect, &target.dialect)
    copy.references(source.segments, &target.segments)
    copy.references(source.country, &target.country)
    copy.references(source.assurance, &target.assurance)
    copy.plain(source.asn, &target.asn)
    copy.plain(source.latitude, &target.latitude)
    copy.plain(source.longitude, &target.longitude)
    copy.plain(source.source, &target.source)
    copy.plain(source.offset, &target.offset)
    copy.plain(source.recordLength, &target.recordLength)
    copy.plain(source.recordHash, &target.recordHash)
}

/// A way to move one column into another.
private protocol ColumnCopying {
    func plain<T>(_ source: [T], _ target: inout [T])
    func references(_ source: [UInt32], _ target: inout [UInt32])
}

/// Appends whole columns.
private struct Appending: ColumnCopying {
    let translation: [UInt32]

    func plain<T>(_ source: [T], _ target: inout [T]) { target.append(contentsOf: source) }

    func references(_ source: [UInt32], _ target: inout [UInt32]) {
        target.append(contentsOf: source.lazy.map { translation[Int($0)] })
    }
}

/// Writes rows of a source to places of a target; a column that the source lacks stays empty.
private struct Scattering: ColumnCopying {
    let moves: [RowMove]
    let count: Int
    let translation: [UInt32]

    func plain<T>(_ source: [T], _ target: inout [T]) {
        guard !source.isEmpty else { return }
        if target.count < count, let filler = source.first {
            target += repeatElement(filler, count: count - target.count)
        }
        for move in moves {
            for step in 0..<Int(move.count) {
                target[Int(move.target) + step] = source[Int(move.source) + step]
            }
        }
    }

    func references(_ source: [UInt32], _ target: inout [UInt32]) {
        guard !source.isEmpty else { return }
        if target.count < count { target += repeatElement(0, count: count - target.count) }
        for move in moves {
            for step in 0..<Int(move.count) {
                target[Int(move.target) + step] = translation[Int(source[Int(move.source) + step])]
            }
        }
    }
}

/// A stretch of rows and where it goes.
struct RowMove {
    var source: UInt32
    var target: UInt32
    var count: UInt32
}

extension EventBatch {
    /// Appends all events of `other`, which must have the same columns.
    mutating func append(contentsOf other: EventBatch) {
        let translation = strings.translation(of: other.strings)
        forEachColumn(other, &self, copy: Appending(translation: translation))
    }

    /// Writes stretches of `other` to places of this batch, which grows to `count` events.
    mutating func place(_ moves: [RowMove], of other: EventBatch, count: Int, translation: [UInt32])
    {
        forEachColumn(
            other, &self, copy: Scattering(moves: moves, count: count, translation: translation))
    }
}

extension StringTable {
    /// Adds all strings of `other`; returns the references here by the references there.
    mutating func translation(of other: StringTable) -> [UInt32] {
        (0..<UInt32(other.count)).map { reference in
            other.withBytes(reference) { intern($0) }
        }
    }
}
