import AdapterKit
import CArchive

/// Feeds a byte source to libarchive. Files can be sought in, which lets a zip be read by its
/// directory.
final class ContainerInput {
    private static let blockBytes = 1 << 18

    private let source: any ByteSource
    private let file: FileByteSource?
    private let block: UnsafeMutableRawBufferPointer
    private var failure: (any Error)?
    private var position: UInt64 = 0
    /// How many bytes were handed to libarchive.
    private(set) var given: UInt64 = 0

    init(_ source: any ByteSource) {
        self.source = source
        file = (source as? FileByteSource).flatMap { $0.size == nil ? nil : $0 }
        block = .allocate(byteCount: Self.blockBytes, alignment: 64)
    }

    deinit { block.deallocate() }

    var storedBytesRead: UInt64 { source.storedBytesRead }

    /// Throws what the source threw, if it did: libarchive only saw an early end.
    func rethrow() throws {
        if let failure { throw failure }
    }

    /// What went wrong below, with its place.
    var failureText: String? {
        guard let fault = failure as? SourceFault else { return failure.map { "\($0)" } }
        return fault.offset.map { "\(fault.cause), at byte \($0) of \(fault.source)" }
            ?? fault.cause
    }

    /// Sets the callbacks of `handle`, which must be freed before this is.
    func attach(to handle: OpaquePointer) {
        archive_read_set_callback_data(handle, Unmanaged.passUnretained(self).toOpaque())
        archive_read_set_read_callback(handle) { _, context, bytes in
            guard let context, let bytes else { return -1 }
            return Unmanaged<ContainerInput>.fromOpaque(context).takeUnretainedValue().fill(bytes)
        }
        guard file != nil else { return }
        archive_read_set_seek_callback(handle) { _, context, offset, origin in
            guard let context else { return Int64(ARCHIVE_FATAL) }
            return Unmanaged<ContainerInput>.fromOpaque(context).takeUnretainedValue().seek(
                offset, origin)
        }
    }

    private func fill(_ bytes: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
        bytes.pointee = UnsafeRawPointer(block.baseAddress)
        guard failure == nil else { return 0 }
        do {
            let count = try source.read(into: block)
            position += UInt64(count)
            given += UInt64(count)
            return count
        } catch {
            failure = error
            return 0
        }
    }

    private func seek(_ offset: Int64, _ origin: CInt) -> Int64 {
        guard let file, let size = file.size else { return Int64(ARCHIVE_FATAL) }
        let base: UInt64 =
            switch origin {
            case 0: 0
            case 1: position
            default: size
            }
        let (target, overflow) = Int64(clamping: base).addingReportingOverflow(offset)
        guard !overflow, target >= 0 else { return Int64(ARCHIVE_FATAL) }
        do {
            try file.seek(to: UInt64(target))
        } catch {
            failure = error
            return Int64(ARCHIVE_FATAL)
        }
        position = UInt64(target)
        return target
    }
}
