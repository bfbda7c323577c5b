import CZlib

/// A part of a file, compressed apart from the others.
struct Piece: Sendable {
    var bytes: [UInt8] = []
    var plainBytes = 0
    var records = 0
    /// The CRC-32 of the plain bytes.
    var checksum: UInt = 0
}

/// Compresses a part of a file so that parts made apart, set one after the other, are one stream.
///
/// A piece is raw deflate blocks (RFC 1951) with a window of their own, brought to a byte border by
/// an empty stored block (`Z_SYNC_FLUSH`). Pieces under one header, an empty last block and the
/// combined checksum make one gzip member:
///
///     │ header │ piece │ piece │ … │ 03 00 │ CRC-32 │ size │
///
/// Level 1 takes about 4 µs a Keycloak record, nearly all of a simulation's time.
struct PieceBuilder: ~Copyable {
    private(set) var piece = Piece()
    /// zlib keeps a pointer to its stream, so the stream must not move.
    private let stream: UnsafeMutablePointer<z_stream>?
    private let room: UnsafeMutableBufferPointer<UInt8>
    private static let roomBytes = 131_072

    init(_ compression: SimulationCompression) {
        room = .allocate(capacity: Self.roomBytes)
        guard compression == .gzip else {
            stream = nil
            return
        }
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        self.stream = stream
        let status = lockstep_deflate_init(stream, 1, -15)
        // It can only fail for want of memory, which Swift does not outlive either.
        precondition(status == Z_OK, "zlib has no memory for a stream")
        piece.checksum = crc32(0, nil, 0)
    }

    deinit {
        if let stream {
            deflateEnd(stream)
            stream.deallocate()
        }
        room.deallocate()
    }

    /// Adds whole lines to the piece.
    mutating func append(_ lines: UnsafeBufferPointer<UInt8>, records: Int) {
        piece.plainBytes += lines.count
        piece.records += records
        guard stream != nil else { return piece.bytes.append(contentsOf: lines) }
        piece.checksum = crc32(piece.checksum, lines.baseAddress, UInt32(lines.count))
        deflate(lines, flush: Z_NO_FLUSH)
    }

    /// Brings the piece to a byte border and hands it out.
    consuming func finish() -> Piece {
        if stream != nil, piece.plainBytes > 0 {
            deflate(UnsafeBufferPointer(start: nil, count: 0), flush: Z_SYNC_FLUSH)
        }
        return piece
    }

    private mutating func deflate(_ plain: UnsafeBufferPointer<UInt8>, flush: Int32) {
        guard let stream else { return }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: plain.baseAddress)
        stream.pointee.avail_in = UInt32(plain.count)
        repeat {
            stream.pointee.next_out = room.baseAddress
            stream.pointee.avail_out = UInt32(room.count)
            _ = CZlib.deflate(stream, flush)
            let filled = room.count - Int(stream.pointee.avail_out)
            piece.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: room[..<filled]))
        } while stream.pointee.avail_out == 0
    }
}

/// Writes the events of one format and one hour into a piece, in time order.
///
/// Lines pass through a buffer that stays in the cache between writing and compressing.
func piece<Writer: EventWriter>(
    of events: [Writer.Event], by writer: Writer, from start: Int64,
    compression: SimulationCompression
) -> Piece {
    var builder = PieceBuilder(compression)
    var lines = LineBuffer(capacity: lineBufferBytes + 4_096)
    var count = 0
    for place in events.placesInOrder(from: start) {
        writer.append(events[Int(place)], to: &lines)
        count += 1
        guard lines.count >= lineBufferBytes else { continue }
        lines.withBytes { builder.append($0, records: count) }
        lines.removeAll()
        count = 0
    }
    if count > 0 { lines.withBytes { builder.append($0, records: count) } }
    return builder.finish()
}

/// Half of a usual second-level cache.
private let lineBufferBytes = 131_072
