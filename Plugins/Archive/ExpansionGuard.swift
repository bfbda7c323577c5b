/// Stops a decompression bomb: counts what one stored file expands to.
///
/// Reading is streamed, so a bomb costs time and never memory. Each layer of packing has its own
/// count, because a bomb may hide its size in any of them.
final class ExpansionGuard {
    /// No ratio is judged below this size: tiny files may well be a run of equal lines.
    static let floorBytes: UInt64 = 64 << 20

    private let ratioMax: UInt64
    private let expandedBytesMax: UInt64
    private var counts: [UInt64] = []
    /// Whether a bound was passed, so that nothing more of the file is to be read.
    private(set) var isTripped = false

    init(ratioMax: Int, expandedBytesMax: UInt64) {
        self.ratioMax = UInt64(ratioMax)
        self.expandedBytesMax = expandedBytesMax
    }

    /// Counts `bytes` more at `layer` and returns what is wrong once a bound is passed.
    func expanded(by bytes: Int, layer: Int, _ storedBytesRead: UInt64) -> String? {
        let excess = excess(bytes, layer, storedBytesRead)
        if excess != nil { isTripped = true }
        return excess
    }

    private func excess(_ bytes: Int, _ layer: Int, _ storedBytesRead: UInt64) -> String? {
        while counts.count <= layer { counts.append(0) }
        counts[layer] += UInt64(bytes)
        let total = counts[layer]
        if expandedBytesMax > 0, total > expandedBytesMax {
            return
                "expands to more than \(expandedBytesMax) bytes; raise the bound (--expanded-bytes-max) if it is no bomb"
        }
        if total > Self.floorBytes, total / max(1, storedBytesRead) >= ratioMax {
            return
                "expands to more than \(ratioMax) times its size; raise the bound (--ratio-max) if it is no bomb"
        }
        return nil
    }
}
