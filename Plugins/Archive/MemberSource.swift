import AdapterKit

/// The content of the member that a container reader stands at.
final class MemberSource: ByteSource {
    private let reader: ContainerReader
    private let name: String
    private let guardian: ExpansionGuard
    private let layer: Int
    private var block: UnsafeRawBufferPointer?
    private var blockOffset: UInt64 = 0
    private var given = 0
    private var written: UInt64 = 0
    private var isEnded = false
    private var failure: (any Error)?

    /// - Parameter name: what the member is called in errors.
    init(
        _ reader: ContainerReader, name: String, _ guardian: ExpansionGuard, layer: Int
    ) {
        self.reader = reader
        self.name = name
        self.guardian = guardian
        self.layer = layer
    }

    var storedBytesRead: UInt64 { reader.storedBytesRead }

    func read(into space: UnsafeMutableRawBufferPointer) throws -> Int {
        var count = 0
        while count < space.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: space[count...])
            if let block, given < block.count || written < blockOffset {
                count += copy(block, into: rest)
            } else if failure != nil || isEnded {
                break
            } else {
                do { try fetch() } catch { failure = error }
            }
        }
        if count > 0, let excess = guardian.expanded(by: count, layer: layer, storedBytesRead) {
            block = nil
            failure = SourceFault(source: name, offset: written, cause: excess)
        }
        if count == 0, let failure { throw failure }
        return count
    }

    /// Writes the hole before `block`, or what is left of it.
    private func copy(_ block: UnsafeRawBufferPointer, into space: UnsafeMutableRawBufferPointer)
        -> Int
    {
        let count: Int
        if written < blockOffset {
            count = Int(min(UInt64(space.count), blockOffset - written))
            UnsafeMutableRawBufferPointer(rebasing: space.prefix(count)).initializeMemory(
                as: UInt8.self, repeating: 0)
        } else {
            count = min(space.count, block.count - given)
            space.copyMemory(from: UnsafeRawBufferPointer(rebasing: block[given..<given + count]))
            given += count
        }
        written += UInt64(count)
        return count
    }

    private func fetch() throws {
        block = nil
        guard let next = try reader.nextBlock() else {
            isEnded = true
            return
        }
        block = next.bytes
        blockOffset = max(written, next.offset)
        given = 0
        if let damage = next.damage {
            failure = SourceFault(
                source: name, offset: blockOffset + UInt64(next.bytes.count),
                cause: "is damaged: \(damage)")
        }
    }
}
