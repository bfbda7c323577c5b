import Synchronization

/// Hands elements from one task to another; `send` suspends while `capacity` are waiting.
///
/// One sender and one receiver at a time. Either side may end it: `finish` after the last
/// element, `fail` when the receiver cannot go on (the sender's next `send` throws).
final class BoundedChannel<Element: Sendable>: Sendable {
    private struct State {
        var waiting: [Element] = []
        var isFinished = false
        var failure: (any Error)?
        var sender: CheckedContinuation<Void, any Error>?
        var receiver: CheckedContinuation<Element?, Never>?
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = capacity }

    /// Hands over `element`; throws what the receiver failed with.
    func send(_ element: Element) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let resume: (() -> Void) = state.withLock { state in
                if let failure = state.failure { return { continuation.resume(throwing: failure) } }
                if let receiver = state.receiver {
                    state.receiver = nil
                    return {
                        receiver.resume(returning: element)
                        continuation.resume()
                    }
                }
                state.waiting.append(element)
                if state.waiting.count < self.capacity { return { continuation.resume() } }
                state.sender = continuation
                return {}
            }
            resume()
        }
    }

    /// Says that no element follows.
    func finish() {
        let receiver = state.withLock { state in
            state.isFinished = true
            defer { state.receiver = nil }
            return state.receiver
        }
        receiver?.resume(returning: nil)
    }

    /// Says that the receiver has stopped because of `error`.
    ///
    /// - Returns: the elements that were waiting and that nobody receives any more.
    @discardableResult
    func fail(_ error: any Error) -> [Element] {
        let (sender, dropped) = state.withLock { state in
            state.failure = error
            defer {
                state.waiting = []
                state.sender = nil
            }
            return (state.sender, state.waiting)
        }
        sender?.resume(throwing: error)
        return dropped
    }

    /// The next element; nil after the last.
    func receive() async -> Element? {
        await withCheckedContinuation { (continuation: CheckedContinuation<Element?, Never>) in
            let resume: (() -> Void) = state.withLock { state in
                if state.waiting.isEmpty {
                    if state.isFinished { return { continuation.resume(returning: nil) } }
                    state.receiver = continuation
                    return {}
                }
                let element = state.waiting.removeFirst()
                let sender = state.sender
                state.sender = nil
                return {
                    sender?.resume()
                    continuation.resume(returning: element)
                }
            }
            resume()
        }
    }
}
