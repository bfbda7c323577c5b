import IdentityModel

/// What tells two texts of one id apart: the longer record wins, then the larger hash.
struct RecordText: Equatable {
    var length: UInt32
    var hash: UInt32

    init(_ events: EventBatch, _ row: Int) {
        length = events.recordLength[row]
        hash = events.recordHash[row]
    }

    func isReplaced(by other: RecordText) -> Bool {
        (length, hash) < (other.length, other.hash)
    }
}

/// Finds events that are the same: equal (at, stored half of the id).
///
/// Rows come in canonical order, so equal times stand together; within one instant few rows are
/// compared with each other and many go through a dictionary.
enum DoubleSearch {
    /// From here on a dictionary is cheaper than comparing all with all.
    private static let comparisonsMax = 64

    /// Calls `body` with each row of `rows` that repeats the id of an earlier one, and that one.
    ///
    /// `body` returns which of the two goes on to stand for the id.
    static func forEachDouble(
        _ rows: ArraySlice<UInt32>, of events: EventBatch, _ body: (Int, Int) -> Int
    ) {
        CanonicalOrder.groups(rows, by: { events.at[Int($0)] }) { instant in
            guard instant.count > 1 else { return }
            if instant.count * instant.count <= comparisonsMax {
                var kept: [Int] = []
                for row in instant.lazy.map({ Int($0) }) {
                    let id = events.id[row].storedHalf
                    if let place = kept.firstIndex(where: { events.id[$0].storedHalf == id }) {
                        kept[place] = body(kept[place], row)
                    } else {
                        kept.append(row)
                    }
                }
            } else {
                var kept: [UInt64: Int] = [:]
                for row in instant.lazy.map({ Int($0) }) {
                    let id = events.id[row].storedHalf
                    if let known = kept[id] { kept[id] = body(known, row) } else { kept[id] = row }
                }
            }
        }
    }

    /// The rows of `rows` that a stored run holds too, with their place in it.
    static func known(
        _ rows: ArraySlice<UInt32>, of events: EventBatch, times: [Int64], ids: [UInt64]
    ) -> [(row: Int, stored: Int)] {
        var found: [(row: Int, stored: Int)] = []
        var start = 0
        CanonicalOrder.groups(rows, by: { events.at[Int($0)] }) { instant in
            let at = events.at[Int(instant[instant.startIndex])]
            while start < times.count, times[start] < at { start += 1 }
            var end = start
            while end < times.count, times[end] == at { end += 1 }
            guard start < end else { return }
            if instant.count * (end - start) <= comparisonsMax {
                for row in instant {
                    for stored in start..<end where ids[stored] == events.id[Int(row)].storedHalf {
                        found.append((Int(row), stored))
                    }
                }
            } else {
                let places = Dictionary(
                    (start..<end).map { (ids[$0], $0) }, uniquingKeysWith: { first, _ in first })
                for row in instant {
                    let id = events.id[Int(row)].storedHalf
                    if let stored = places[id] { found.append((Int(row), stored)) }
                }
            }
            start = end
        }
        return found
    }
}
