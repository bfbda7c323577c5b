import AdapterKit
import CZstd

/// Decodes Zstandard frames (RFC 8878) with libzstd, which checks their check sums and passes
/// over skippable frames.
final class ZstdInflater: Inflating {
    /// `zstd --ultra --long=27` needs a window of 128 MiB; a frame may ask for far more.
    private static let windowBytesLog: Int32 = 27

    /// None: frames and skippable frames begin differently, and libzstd tells them apart.
    let memberMagic: [UInt8] = []

    private let decoder: OpaquePointer

    /// - Throws: `SourceFault` if there is no memory.
    init(source: String) throws {
        guard let decoder = ZSTD_createDStream() else {
            throw SourceFault(source: source, offset: nil, cause: "libzstd got no memory")
        }
        self.decoder = decoder
        ZSTD_DCtx_setParameter(decoder, ZSTD_d_windowLogMax, Self.windowBytesLog)
    }

    deinit { ZSTD_freeDStream(decoder) }

    func beginMember() { ZSTD_DCtx_reset(decoder, ZSTD_reset_session_only) }

    func inflate(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> InflateStep {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let status = ZSTD_decompressStream(decoder, &target, &source)
        return InflateStep(
            consumed: source.pos, written: target.pos, state: Self.state(status))
    }

    /// 0 says that a frame is decoded and written in full; else it is an error, or the bytes
    /// that libzstd would like to be given next.
    private static func state(_ status: Int) -> InflateStep.State {
        if ZSTD_isError(status) != 0 {
            return .damaged(String(cString: ZSTD_getErrorName(status)))
        }
        return status == 0 ? .memberEnded : .more
    }
}
