/// Decodes one compressed format, member by member. Implemented where the library is linked, so
/// that a faster one can take its place.
///
/// Calls never overlap. A member is all from its header to its check sum; an implementation checks
/// both.
public protocol Inflating: AnyObject {
    /// The bytes that every member begins with.
    var memberMagic: [UInt8] { get }

    /// Decodes from `input` into `output` until either is used up, the member ends, or it is
    /// damaged.
    ///
    /// What was written before the damage counts as written.
    func inflate(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> InflateStep

    /// Prepares for the next member.
    func beginMember()
}

/// What one call of an inflater did.
public struct InflateStep: Sendable {
    /// What comes next.
    public enum State: Sendable, Equatable {
        case more
        case memberEnded
        /// Damaged, for this reason.
        case damaged(String)
    }

    /// Bytes of the input that are done with.
    public var consumed: Int
    /// Bytes of the output that were written.
    public var written: Int
    public var state: State

    public init(consumed: Int, written: Int, state: State) {
        self.consumed = consumed
        self.written = written
        self.state = state
    }
}
