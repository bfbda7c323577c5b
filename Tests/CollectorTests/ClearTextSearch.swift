import Foundation
import GRDB
import IdentityModel

@testable import Store

/// Looks for clear texts in a store: in what it gives, in its tables, and in its files.
///
/// Letters of either case are the same. Texts are found wherever they begin; what is searched is
/// gone through once, whatever the number of texts.
struct ClearTextSearch {
    /// A text and where it stands.
    struct Hit: Hashable, CustomStringConvertible {
        var text: String
        var place: String
        var description: String { "'\(text)' in \(place)" }
    }

    /// No shorter text is looked for: it would be found by chance.
    static let bytesMin = 5

    /// The texts by their first five bytes.
    private var needles: [UInt64: [[UInt8]]] = [:]
    /// Which values of a small hash of five bytes occur: tells most places apart without a look-up.
    private var isFirst = [Bool](repeating: false, count: 1 << 16)

    init(_ texts: some Sequence<String>) {
        for text in Set(texts.map { Self.folded(Array($0.utf8)) }) where text.count >= Self.bytesMin {
            let key = text.prefix(Self.bytesMin).reduce(0) { $0 << 8 | UInt64($1) }
            needles[key, default: []].append(text)
            isFirst[Self.hash(key)] = true
        }
    }

    private static func folded(_ bytes: [UInt8]) -> [UInt8] {
        bytes.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    }

    private static func hash(_ key: UInt64) -> Int { Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 48) }

    /// The texts that stand in `bytes`.
    func hits(in bytes: [UInt8], _ place: String) -> [Hit] {
        var found: Set<[UInt8]> = []
        let bytes = Self.folded(bytes)
        bytes.withUnsafeBufferPointer { bytes in
            isFirst.withUnsafeBufferPointer { isFirst in
                var key: UInt64 = 0
                var index = 0
                while index < bytes.count {
                    key = (key << 8 | UInt64(bytes[index])) & 0xFF_FFFF_FFFF
                    index &+= 1
                    guard index >= Self.bytesMin, isFirst[Self.hash(key)], let candidates = needles[key] else { continue }
                    let start = index - Self.bytesMin
                    for text in candidates where bytes[start...].starts(with: text) { found.insert(text) }
                }
            }
        }
        return found.map { Hit(text: String(decoding: $0, as: UTF8.self), place: place) }
    }

    /// Every column of every table.
    func hits(inTablesOf store: SQLiteStore) throws -> Set<Hit> {
        try store.pool.read { db in
            var hits: Set<Hit> = []
            for table in try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'") {
                for row in try Row.fetchAll(db, sql: "SELECT * FROM \"\(table)\"") {
                    for (column, value) in row {
                        let bytes: [UInt8] =
                            switch value.storage {
                            case .null: []
                            case .int64(let number): Array(String(number).utf8)
                            case .double(let number): Array(String(number).utf8)
                            case .string(let text): Array(text.utf8)
                            case .blob(let data): Array(data)
                            }
                        hits.formUnion(self.hits(in: bytes, "\(table).\(column)"))
                    }
                }
            }
            return hits
        }
    }

    /// Every text and every wide column of every event of the journal.
    func hits(inJournalOf store: SQLiteStore) throws -> Set<Hit> {
        var hits: Set<Hit> = []
        func look(_ column: some Collection<some FixedWidthInteger>, _ name: String) {
            var bytes: [UInt8] = []
            for value in column { withUnsafeBytes(of: value.bigEndian) { bytes += $0 } }
            hits.formUnion(self.hits(in: bytes, "events' \(name)"))
        }
        for slice in try store.slices() {
            try store.readSlice(slice.slice, batchEvents: 4096) { batch in
                for id in 0..<batch.strings.count {
                    hits.formUnion(self.hits(in: Array(batch.strings[UInt32(id)].utf8), "a block's texts"))
                }
                look(batch.name, "name")
                look(batch.subject, "subject")
                look(batch.correlation, "correlation")
                look(batch.session, "session")
                look(batch.device, "device")
                look(batch.id, "id")
                look(batch.address, "address")
            }
        }
        return hits
    }

    /// The raw bytes of the store's file, its log and whatever else lies beside it.
    func hits(inFilesOf store: SQLiteStore) throws -> Set<Hit> {
        let file = URL(fileURLWithPath: store.path)
        let folder = file.deletingLastPathComponent()
        var hits: Set<Hit> = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where name.hasPrefix(file.lastPathComponent) {
            let bytes = Array(try Data(contentsOf: folder.appendingPathComponent(name)))
            hits.formUnion(self.hits(in: bytes, name))
        }
        return hits
    }
}
