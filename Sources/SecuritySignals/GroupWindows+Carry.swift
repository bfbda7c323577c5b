import IdentityModel

/// Storing groups.
extension GroupWindows {
    /// A group as it is stored.
    struct StoredGroup {
        var key: UInt128
        /// In order of time.
        var entries: [(entry: WindowLog.Entry, values: [UInt128])] = []
        /// By rule of the family; `Int64.min` is never.
        var lastFirings: [Int64]
    }

    /// The groups that matter from `at` on, in order of their keys.
    func stored(from at: Int64) -> [StoredGroup] {
        let never = [Int64](repeating: .min, count: plan.rules.count)
        let span = plan.spans[plan.spans.count - 1]
        var all: [UInt128: StoredGroup] = [:]
        groups.forEach { key, group in
            var entries: [(entry: WindowLog.Entry, values: [UInt128])] = []
            walk(from: group.last, .max) { number, entry in
                if entry.at <= at &- span { return false }
                entries.append((entry, plan.values.indices.map { log.value(number, $0) }))
                return true
            }
            if entries.isEmpty { return }
            all[key] = StoredGroup(key: key, entries: entries.reversed(), lastFirings: never)
        }
        firedGroups.forEach { key, place in
            let own = fired[Int(place)..<Int(place) + plan.rules.count]
            let last = own.map { $0.last > at &- plan.keep ? $0.last : .min }
            if last == never { return }
            all[key, default: StoredGroup(key: key, lastFirings: last)].lastFirings = last
        }
        return all.values.sorted { $0.key < $1.key }
    }

    /// Takes back stored groups, in order of their keys.
    mutating func restore(_ stored: [StoredGroup]) {
        makeUnique()
        for group in stored {
            for (local, last) in group.lastFirings.enumerated() where last != .min {
                _ = noteFiring(group.key, local, at: last)
            }
        }
        // The log is in order of time; that of one group among equal times stays.
        var all = stored.indices.flatMap { group in
            stored[group].entries.indices.map {
                (at: stored[group].entries[$0].entry.at, group: group, place: $0)
            }
        }
        all.sort { ($0.at, $0.group, $0.place) < ($1.at, $1.group, $1.place) }
        for (_, group, place) in all {
            let (entry, values) = stored[group].entries[place]
            log.reserve()
            for (index, value) in values.enumerated() { log.stage(index, value) }
            _ = enter(
                stored[group].key, at: entry.at, match: entry.match, beside: entry.beside, part: entry.part,
                row: 0)
            endInstant()
        }
    }
}
