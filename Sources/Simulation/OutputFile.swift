import CZlib
import Foundation

/// One file being written, piece after piece; with gzip it becomes one member (RFC 1952).
final class OutputFile {
    let path: String
    let format: SimulationFormat?
    private let handle: FileHandle
    private let fullPath: String
    private let compression: SimulationCompression
    private var records = 0
    private var plainBytes = 0
    private var bytes = 0
    private var checksum: UInt = 0

    /// Opens the file and its folder.
    ///
    /// - `modified` becomes the time in the gzip header: the last second that the file may cover, so
    ///   that a reader of syslog lines, which carry no year, finds the right one.
    init(
        directory: String, path: String, format: SimulationFormat?,
        compression: SimulationCompression, modified: Int64
    ) throws(SimulationError) {
        self.path = path
        self.format = format
        self.compression = compression
        let fullPath = directory + "/" + path
        self.fullPath = fullPath
        do {
            let folder = URL(fileURLWithPath: fullPath).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: fullPath))
            handle = try FileHandle(forWritingTo: URL(fileURLWithPath: fullPath))
        } catch {
            throw .cannotWrite(path: fullPath, reason: error.localizedDescription)
        }
        if compression == .gzip {
            let seconds = UInt32(truncatingIfNeeded: modified / 1_000)
            // Deflate, no flags, the time, the fastest level, unknown operating system.
            try write([0x1F, 0x8B, 8, 0] + littleEndian(seconds) + [4, 255])
        }
    }

    /// Appends a piece.
    func append(_ piece: Piece) throws(SimulationError) {
        guard piece.plainBytes > 0 else { return }
        if compression == .gzip {
            checksum = crc32_combine(checksum, piece.checksum, piece.plainBytes)
        }
        records += piece.records
        plainBytes += piece.plainBytes
        try write(piece.bytes)
    }

    /// Ends the file.
    func finish() throws(SimulationError) -> SimulationSummary.File {
        if compression == .gzip {
            let size = UInt32(truncatingIfNeeded: plainBytes)
            try write([3, 0] + littleEndian(UInt32(checksum)) + littleEndian(size))
        }
        do {
            try handle.close()
        } catch {
            throw .cannotWrite(path: fullPath, reason: error.localizedDescription)
        }
        return SimulationSummary.File(
            path: path, format: format, records: records, plainBytes: plainBytes, bytes: bytes)
    }

    private func write(_ data: [UInt8]) throws(SimulationError) {
        do {
            try handle.write(contentsOf: Data(data))
        } catch {
            throw .cannotWrite(path: fullPath, reason: error.localizedDescription)
        }
        bytes += data.count
    }

    private func littleEndian(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
