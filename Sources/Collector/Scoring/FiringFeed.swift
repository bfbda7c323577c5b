import SecuritySignals

/// What the signal pass has found, for the attempt pass that follows some hours behind it.
///
///     signal pass   ──▶ slice 7 ──▶ slice 8 ──▶ slice 9 …
///                          firings through slice 7
///     attempt pass  ──▶ slice 3 ──▶ slice 4          marks may come from later firings
actor FiringFeed {
    private var waiting: [SliceFirings] = []
    private var knownThrough = Int64.min
    private var end: Result<Void, any Error>?
    private var waiter: (slice: Int64, continuation: CheckedContinuation<Void, Never>)?

    /// Hands over `firings`; all of the slices up to `slice` are known now.
    func add(_ firings: [SliceFirings], knownThrough slice: Int64) {
        waiting += firings
        knownThrough = slice
        wake()
    }

    /// Says that nothing follows, or why.
    func finish(_ result: Result<Void, any Error>) {
        end = result
        wake()
    }

    /// Waits until all firings of the slices up to `slice` are known, and gives those not given before.
    ///
    /// - Throws: what the signal pass failed with.
    func take(through slice: Int64) async throws -> [SliceFirings] {
        if end == nil, knownThrough < slice {
            await withCheckedContinuation { waiter = (slice, $0) }
        }
        if case .failure(let error) = end { throw error }
        defer { waiting = [] }
        return waiting
    }

    private func wake() {
        guard let waiter, end != nil || knownThrough >= waiter.slice else { return }
        self.waiter = nil
        waiter.continuation.resume()
    }
}
