import AdapterKit
import CZlib

/// Decodes gzip members (RFC 1952) with zlib, which checks header, CRC and length; or bare deflate
/// data.
final class ZlibInflater: Inflating {
    /// What surrounds the compressed data.
    enum Wrapping {
        case gzip
        /// Nothing: zip keeps its check sums elsewhere.
        case raw
    }

    let memberMagic: [UInt8]

    /// On the heap and never moved: zlib keeps a pointer back to it.
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Throws: `SourceFault` if zlib cannot get memory.
    init(_ wrapping: Wrapping, source: String) throws {
        memberMagic = wrapping == .gzip ? [0x1F, 0x8B] : []
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard lockstep_inflate_init(stream, wrapping == .gzip ? MAX_WBITS + 16 : -MAX_WBITS) == Z_OK
        else {
            stream.deallocate()
            throw SourceFault(source: source, offset: nil, cause: "zlib got no memory")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func beginMember() { inflateReset(stream) }

    func inflate(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> InflateStep {
        // zlib only reads through next_in, though its C type does not say so.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(clamping: input.count)
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(clamping: output.count)
        let offered = (Int(stream.pointee.avail_in), Int(stream.pointee.avail_out))
        let status = CZlib.inflate(stream, Z_NO_FLUSH)
        return InflateStep(
            consumed: offered.0 - Int(stream.pointee.avail_in),
            written: offered.1 - Int(stream.pointee.avail_out),
            state: state(status))
    }

    private func state(_ status: CInt) -> InflateStep.State {
        switch status {
        case Z_OK, Z_BUF_ERROR: return .more
        case Z_STREAM_END: return .memberEnded
        case Z_MEM_ERROR: return .damaged("zlib got no memory")
        default:
            let message = stream.pointee.msg.map { String(cString: $0) } ?? "invalid data"
            return .damaged(message)
        }
    }
}
