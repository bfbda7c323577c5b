import AdapterKit
import CBzip2

/// Decodes bzip2 streams with libbz2, which checks every block and the whole.
final class Bzip2Inflater: Inflating {
    let memberMagic: [UInt8] = Array("BZh".utf8)

    /// On the heap and never moved: libbz2 keeps a pointer back to it.
    private let stream: UnsafeMutablePointer<bz_stream>
    private var initial: CInt

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: bz_stream())
        initial = BZ2_bzDecompressInit(stream, 0, 0)
    }

    deinit {
        BZ2_bzDecompressEnd(stream)
        stream.deallocate()
    }

    func beginMember() {
        BZ2_bzDecompressEnd(stream)
        initial = BZ2_bzDecompressInit(stream, 0, 0)
    }

    func inflate(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> InflateStep {
        guard initial == BZ_OK else {
            return InflateStep(consumed: 0, written: 0, state: .damaged("libbz2 got no memory"))
        }
        // libbz2 only reads through next_in, though its C type does not say so.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.bindMemory(to: CChar.self).baseAddress)
        stream.pointee.avail_in = UInt32(clamping: input.count)
        stream.pointee.next_out = output.bindMemory(to: CChar.self).baseAddress
        stream.pointee.avail_out = UInt32(clamping: output.count)
        let offered = (Int(stream.pointee.avail_in), Int(stream.pointee.avail_out))
        let status = BZ2_bzDecompress(stream)
        return InflateStep(
            consumed: offered.0 - Int(stream.pointee.avail_in),
            written: offered.1 - Int(stream.pointee.avail_out), state: Self.state(status))
    }

    private static func state(_ status: CInt) -> InflateStep.State {
        switch status {
        case BZ_OK: .more
        case BZ_STREAM_END: .memberEnded
        case BZ_MEM_ERROR: .damaged("libbz2 got no memory")
        default: .damaged("invalid data or check sum")
        }
    }
}
