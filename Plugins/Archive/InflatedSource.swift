import AdapterKit

/// What a compressed byte source holds: its members, one after the other.
///
///     inner ──▶ │ input block, 256 KiB │ ──inflate──▶ the reader's own buffer
///                 ▲ next     ▲ end
///
/// Zeros after the last member are padding; anything else that begins no member is damage.
final class InflatedSource: ByteSource {
    /// Large enough to make system calls rare, small enough to stay in the second-level cache.
    static let blockBytes = 1 << 18

    private let inner: any ByteSource
    private let inflater: any Inflating
    private let name: String
    private let guardian: ExpansionGuard
    private let layer: Int
    private let block: UnsafeMutableRawBufferPointer
    private var next = 0
    private var end = 0
    private var isInnerEnded = false
    private var isInMember = false
    private var isEnded = false
    private var hasMember = false
    private var failure: (any Error)?
    /// Bytes of `inner` before the block.
    private var blockOffset: UInt64 = 0
    private var expanded: UInt64 = 0

    /// - Parameter name: what `inner` is called in errors.
    init(
        _ inner: any ByteSource, _ inflater: any Inflating, name: String,
        _ guardian: ExpansionGuard,
        layer: Int
    ) {
        self.inner = inner
        self.inflater = inflater
        self.name = name
        self.guardian = guardian
        self.layer = layer
        block = .allocate(byteCount: Self.blockBytes, alignment: 64)
    }

    deinit { block.deallocate() }

    var storedBytesRead: UInt64 { inner.storedBytesRead }

    func read(into space: UnsafeMutableRawBufferPointer) throws -> Int {
        var written = 0
        while written < space.count, failure == nil, !isEnded {
            do {
                written += try step(UnsafeMutableRawBufferPointer(rebasing: space[written...]))
            } catch {
                failure = error
            }
        }
        if written > 0, let excess = guardian.expanded(by: written, layer: layer, storedBytesRead) {
            failure = failure ?? SourceFault(source: name, offset: position, cause: excess)
        }
        if written == 0, let failure { throw failure }
        return written
    }

    /// Does one thing: begins a member, fetches a block, or inflates.
    private func step(_ space: UnsafeMutableRawBufferPointer) throws -> Int {
        guard isInMember else {
            try beginMember()
            return 0
        }
        if next == end { try fetch() }
        let input = UnsafeRawBufferPointer(rebasing: block[next..<end])
        let step = inflater.inflate(input, into: space)
        next += step.consumed
        expanded += UInt64(step.written)
        switch step.state {
        case .memberEnded: isInMember = false
        case .damaged(let reason): failure = damage("the compressed data is damaged: \(reason)")
        case .more where isInnerEnded && step.consumed == 0 && step.written == 0:
            failure = damage(
                "ends in the middle of its compressed data: it was cut off or is still written")
        case .more: break
        }
        return step.written
    }

    private func beginMember() throws {
        let magic = inflater.memberMagic
        while end - next < max(1, magic.count), !isInnerEnded { try fetch() }
        let rest = block[next..<end]
        if rest.isEmpty {
            isEnded = true
        } else if rest.starts(with: magic) {
            if hasMember { inflater.beginMember() }
            hasMember = true
            isInMember = true
        } else if hasMember, rest[next] == 0 {
            try passPadding()
        } else {
            throw damage(
                "has bytes after its last complete member that are no compressed data; what came before is read"
            )
        }
    }

    /// Passes over zeros to the end or, where streams may follow padding, to the next member.
    private func passPadding() throws {
        repeat {
            while next < end, block[next] == 0 { next += 1 }
            if next < end { return }
            try fetch()
        } while !isInnerEnded
        isEnded = true
    }

    /// Moves what is left to the block's front and fills it up.
    private func fetch() throws {
        if next > 0 {
            let left = end - next
            block.copyMemory(from: UnsafeRawBufferPointer(rebasing: block[next..<end]))
            blockOffset += UInt64(next)
            next = 0
            end = left
        }
        let count = try inner.read(into: UnsafeMutableRawBufferPointer(rebasing: block[end...]))
        if count == 0 { isInnerEnded = true }
        end += count
    }

    private var position: UInt64 { blockOffset + UInt64(next) }

    private func damage(_ cause: String) -> SourceFault {
        SourceFault(
            source: name, offset: position, cause: "\(cause) (after \(expanded) bytes of content)")
    }
}
