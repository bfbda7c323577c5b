import AdapterKit
import Dialects
import IdentityModel
import Store

/// Makes the quarantine's entries of one stream.
///
/// Where the source can be read again an entry keeps position and fingerprint of its record, else
/// the record itself, sealed, and under what the decisions of its content are kept.
struct RecordQuarantine {
    private let source: String
    private let key: PseudonymKey
    private let hash: KeyedHash
    /// The content's head; nil where the source can be read again.
    private let head: [UInt8]?

    /// Domain of fingerprints under the keyed hash.
    private static let domain: UInt64 = 9

    /// - Parameter head: see `IngestContext.head(of:)`; nil where the source can be read again.
    init(source: String, key: PseudonymKey, head: [UInt8]?) {
        self.source = source
        self.key = key
        self.head = head
        hash = key.keyedHash
    }

    /// The entry of `record`, which was met in `batch`.
    func entry(_ record: QuarantinedRecord, of batch: RecordBatch) throws -> QuarantineEntry {
        var entry = QuarantineEntry(
            source: source, dialect: record.dialect, position: record.offset,
            length: Int(clamping: record.length), cause: record.cause, fingerprint: 0)
        try withText(at: entry.position, entry.length, of: batch) { text in
            entry.fingerprint = hash.fingerprint(text, domain: Self.domain)
            guard let head else { return }
            entry.sealed = try SealedRecord(sealing: text, under: key)
            entry.head = head
        }
        return entry
    }

    /// Whether the text that `entry` was made of stands at its place in `batch`.
    func stands(_ entry: QuarantineEntry, in batch: RecordBatch) -> Bool {
        var isSame = false
        withText(at: entry.position, entry.length, of: batch) {
            isSame = hash.fingerprint($0, domain: Self.domain) == entry.fingerprint
        }
        return isSame
    }

    /// Hands the bytes at `position` to `body`, if `batch` holds all of them.
    private func withText(
        at position: UInt64, _ length: Int, of batch: RecordBatch,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        guard position >= batch.streamOffset else { return }
        let start = Int(clamping: position - batch.streamOffset)
        guard start < batch.bytes.count, length <= batch.bytes.count - start else { return }
        try batch.bytes[start..<start + length].withUnsafeBytes(body)
    }
}
