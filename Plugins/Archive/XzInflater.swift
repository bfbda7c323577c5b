import AdapterKit
import CLzma

/// Decodes xz streams with liblzma, which checks every block and the index.
final class XzInflater: Inflating {
    /// `xz -9` needs 65 MiB to decode; a header may ask for 4 GiB.
    private static let memoryBytesMax: UInt64 = 256 << 20

    let memberMagic: [UInt8] = [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]

    /// On the heap and never moved: liblzma keeps what it allocates behind it.
    private let stream: UnsafeMutablePointer<lzma_stream>
    private var initial: lzma_ret

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: lzma_stream())
        initial = lzma_stream_decoder(stream, Self.memoryBytesMax, 0)
    }

    deinit {
        lzma_end(stream)
        stream.deallocate()
    }

    func beginMember() { initial = lzma_stream_decoder(stream, Self.memoryBytesMax, 0) }

    func inflate(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> InflateStep {
        guard initial == LZMA_OK else {
            return InflateStep(
                consumed: 0, written: 0, state: .damaged("liblzma got no memory"))
        }
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = input.count
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = output.count
        let status = lzma_code(stream, LZMA_RUN)
        return InflateStep(
            consumed: input.count - stream.pointee.avail_in,
            written: output.count - stream.pointee.avail_out, state: Self.state(status))
    }

    private static func state(_ status: lzma_ret) -> InflateStep.State {
        switch status {
        case LZMA_OK, LZMA_BUF_ERROR: .more
        case LZMA_STREAM_END: .memberEnded
        case LZMA_MEM_ERROR: .damaged("liblzma got no memory")
        case LZMA_MEMLIMIT_ERROR: .damaged("decoding needs more than 256 MiB of memory")
        case LZMA_OPTIONS_ERROR: .damaged("it uses options that liblzma does not know")
        default: .damaged("invalid data or check sum")
        }
    }
}
