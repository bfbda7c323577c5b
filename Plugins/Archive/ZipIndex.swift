import AdapterKit

/// The directory at the end of a zip file (APPNOTE 4.3.12 to 4.3.16), zip64 included.
///
///     │ anything │ header, data │ … │ entry, entry, … │ zip64 record, locator │ end │ comment │
///                └ base               └ directory
///
/// With it, members are found where they are: one that is damaged hides no other, and what comes
/// before the damage is read.
struct ZipIndex {
    /// A member that holds a file's content.
    struct Entry {
        var name: String
        var modifiedSeconds: Int64?
        var isEncrypted: Bool
        var method: UInt16
        var checkSum: UInt32
        var storedBytes: UInt64
        var contentBytes: UInt64
        /// Where its local header begins in the file.
        var headerOffset: UInt64
    }

    /// The members that are files, in the directory's order.
    private(set) var entries: [Entry] = []

    /// A directory of so many bytes would describe millions of members.
    private static let directoryBytesMax: UInt64 = 256 << 20

    /// Reads the directory of `file`; nil if it has none, or one that is damaged.
    init?(_ file: FileByteSource) throws {
        guard let end = try ZipEnd(file), end.directoryBytes <= Self.directoryBytesMax else {
            return nil
        }
        let directory = try file.bytes(at: end.directoryOffset, Int(end.directoryBytes))
        var cursor = 0
        for _ in 0..<end.count {
            guard let next = append(directory, cursor, base: end.base) else { return nil }
            cursor = next
        }
    }

    /// Whether every member is packed in a way that is read here: stored or deflated.
    var isReadable: Bool { entries.allSatisfy { $0.method == 0 || $0.method == 8 } }

    /// Appends the entry at `cursor` if it is a file and returns where the next one begins.
    private mutating func append(_ bytes: [UInt8], _ cursor: Int, base: UInt64) -> Int? {
        guard bytes.count - cursor >= 46, bytes.number(cursor, 4) == 0x0201_4B50 else { return nil }
        let name = cursor + 46
        let extra = name + Int(bytes.number(cursor + 28, 2))
        let comment = extra + Int(bytes.number(cursor + 30, 2))
        let next = comment + Int(bytes.number(cursor + 32, 2))
        guard next <= bytes.count else { return nil }
        var entry = Entry(
            name: String(decoding: bytes[name..<extra], as: UTF8.self),
            modifiedSeconds: Self.seconds(
                bytes.number(cursor + 14, 2), bytes.number(cursor + 12, 2)),
            isEncrypted: bytes.number(cursor + 8, 2) & 1 == 1,
            method: UInt16(bytes.number(cursor + 10, 2)),
            checkSum: UInt32(bytes.number(cursor + 16, 4)),
            storedBytes: bytes.number(cursor + 20, 4), contentBytes: bytes.number(cursor + 24, 4),
            headerOffset: bytes.number(cursor + 42, 4))
        Self.apply(bytes[extra..<comment], to: &entry)
        entry.headerOffset &+= base
        let madeByUnix = bytes[cursor + 5] == 3 || bytes[cursor + 5] == 19
        let type = madeByUnix ? bytes.number(cursor + 38, 4) >> 16 & 0o170000 : 0
        if type == 0o100000 || type == 0, !entry.name.hasSuffix("/"),
            !ContainerReader.isSideNote(entry.name)
        {
            entries.append(entry)
        }
        return next
    }

    /// Takes sizes over 4 GiB, the UTC time and the Unicode name from the extra fields.
    private static func apply(_ extra: ArraySlice<UInt8>, to entry: inout Entry) {
        var rest = Array(extra)[...]
        while rest.count >= 4 {
            let bytes = Array(rest)
            let kind = bytes.number(0, 2)
            let body = Array(bytes[4...].prefix(Int(bytes.number(2, 2))))
            rest = rest.dropFirst(4 + body.count)
            switch kind {
            case 0x0001:
                var at = 0
                func take(_ value: inout UInt64) {
                    guard value == 0xFFFF_FFFF, at + 8 <= body.count else { return }
                    value = body.number(at, 8)
                    at += 8
                }
                take(&entry.contentBytes)
                take(&entry.storedBytes)
                take(&entry.headerOffset)
            case 0x5455 where body.count >= 5 && body[0] & 1 == 1:
                entry.modifiedSeconds = Int64(Int32(truncatingIfNeeded: body.number(1, 4)))
            case 0x7075 where body.count > 5:
                entry.name = String(decoding: body[5...], as: UTF8.self)
            default: break
            }
        }
    }

    /// A DOS date and time, which knows no zone, read as UTC.
    static func seconds(_ date: UInt64, _ time: UInt64) -> Int64? {
        let (day, month, year) = (Int64(date & 31), Int64(date >> 5 & 15), Int64(date >> 9) + 1980)
        guard day >= 1, (1...12).contains(month) else { return nil }
        // Days since 1970 of the civil date, with years that begin in March.
        let shifted = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
        return days * 86400 + Int64(time >> 11) * 3600 + Int64(time >> 5 & 63) * 60 + Int64(
            time & 31) * 2
    }
}

/// The record that a zip file ends with.
private struct ZipEnd {
    var count: UInt64
    var directoryBytes: UInt64
    var directoryOffset: UInt64
    /// What stands before the archive, such as a program that unpacks it.
    var base: UInt64

    init?(_ file: FileByteSource) throws {
        guard let size = file.size, size >= 22 else { return nil }
        let tailBytes = min(size, 22 + 65_535)
        let tail = try file.bytes(at: size - tailBytes, Int(tailBytes))
        guard tail.count >= 22,
            let at = (0...tail.count - 22).last(where: {
                tail[$0] == 0x50 && tail.number($0, 4) == 0x0605_4B50
            })
        else { return nil }
        var end = size - tailBytes + UInt64(at)
        count = tail.number(at + 10, 2)
        directoryBytes = tail.number(at + 12, 4)
        var offset = tail.number(at + 16, 4)
        if at >= 20, tail.number(at - 20, 4) == 0x0706_4B50 {
            let place = tail.number(at - 12, 8)
            let record = try file.bytes(at: place, 56)
            guard record.count == 56, record.number(0, 4) == 0x0606_4B50 else { return nil }
            count = record.number(32, 8)
            directoryBytes = record.number(40, 8)
            offset = record.number(48, 8)
            end = place
        }
        guard directoryBytes <= end, offset <= end - directoryBytes else { return nil }
        directoryOffset = end - directoryBytes
        base = directoryOffset - offset
    }
}

extension FileByteSource {
    /// The `count` bytes at `offset`, or fewer where the file ends.
    func bytes(at offset: UInt64, _ count: Int) throws -> [UInt8] {
        try seek(to: offset)
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let written = try bytes.withUnsafeMutableBytes {
                try read(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
            }
            if written == 0 { break }
            filled += written
        }
        return Array(bytes[..<filled])
    }
}

extension [UInt8] {
    /// The little-endian number of `count` bytes at `index`.
    func number(_ index: Int, _ count: Int) -> UInt64 {
        var value: UInt64 = 0
        for place in 0..<count { value |= UInt64(self[index + place]) << (8 * UInt64(place)) }
        return value
    }
}
