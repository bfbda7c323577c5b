import IdentityModel

/// Decodes the parts of a block; damage is a `CodecError`.
///
/// Cost: about 0.1 µs per event for the columns that scoring reads.
enum BlockDecoder {
    /// The times of `core`, in canonical order.
    static func times(core: UnsafeRawBufferPointer) throws(CodecError) -> [Int64] {
        try times(try BlockPartReader(core))
    }

    /// The stored halves of the ids of `ids`, in canonical order.
    static func ids(_ ids: UnsafeRawBufferPointer) throws(CodecError) -> [UInt64] {
        let part = try BlockPartReader(ids)
        var reader = try part.column(.id)
        return try reader.raw(part.events, as: UInt64.self)
    }

    /// The numbers of the pseudonyms that `core` speaks of.
    static func pseudonyms(_ core: BlockPartReader) throws(CodecError) -> [UInt32] {
        var reader = try core.column(.pseudonyms)
        let count = try reader.count(limit: core.events * 2)
        return try PackedIntegers.decode(count, from: &reader, as: UInt32.self)
    }

    /// Decodes the columns of `columns` that `part`, a core, holds into `batch`, which must be empty.
    ///
    /// - Parameter pseudonyms: What the numbers of `pseudonyms(_:)` stand for. Nil gives the stored
    ///   form, which only `BlockEncoder` reads: numbers for pseudonyms, stamps for dialects.
    static func decode(
        core part: BlockPartReader, columns: ColumnSet, pseudonyms: [UInt128]?,
        into batch: inout EventBatch
    ) throws(CodecError) {
        batch.at = try times(part)
        var texts: [UInt32] = [0]
        if !columns.isDisjoint(with: [.vendor, .geography, .client, .segments]) {
            var reader = try part.column(.texts)
            texts = try BlockTexts.decode(&reader, into: &batch.strings)
        }
        if !columns.isDisjoint(with: [.step, .kind, .vendor]) {
            try shape(part, columns, texts, isStored: pseudonyms == nil, &batch)
        }
        if !columns.isDisjoint(with: [.name, .subject]) {
            try identity(part, columns, pseudonyms, &batch)
        }
        if !columns.isDisjoint(with: [.address, .geography]) {
            try place(part, columns, texts, &batch)
        }
        if columns.contains(.client) { batch.client = try references(part, .client, texts) }
        if columns.contains(.segments) { batch.segments = try references(part, .segments, texts) }
        if !columns.isDisjoint(with: [.correlation, .session]) { try ties(part, columns, &batch) }
        if columns.contains(.device) {
            batch.device = try words(try part.column(.device), part.events)
        }
        if !columns.isDisjoint(with: [.userAgent, .userAgentClass]) {
            try agent(part, columns, &batch)
        }
    }

    /// Decodes `evidence` into `batch`, whose `at` tells how many events there must be.
    static func decode(
        evidence: UnsafeRawBufferPointer, into batch: inout EventBatch
    ) throws(CodecError) {
        let part = try BlockPartReader(evidence)
        let (entries, distinct) = try sources(part, into: &batch)
        var reader = try part.column(.recordLength)
        batch.recordLength = try PackedIntegers.decode(part.events, from: &reader, as: UInt32.self)
        reader = try part.column(.recordHash)
        batch.recordHash = try reader.raw(part.events, as: UInt32.self)
        reader = try part.column(.offset)
        var offsets = try PackedIntegers.decode(part.events, from: &reader, as: UInt64.self)
        var expected = [UInt64](repeating: 0, count: distinct + 1)
        for (row, entry) in entries.numbers.enumerated() {
            let distance = offsets[row] >> 1 ^ (0 &- (offsets[row] & 1))
            let offset = expected[Int(entry)] &+ distance
            offsets[row] = offset
            expected[Int(entry)] = offset &+ UInt64(batch.recordLength[row]) &+ 1
        }
        batch.offset = offsets
    }

    /// Decodes the sources of `evidence`, and nothing else of it, into `batch`.
    static func decode(
        sourcesOf evidence: UnsafeRawBufferPointer, into batch: inout EventBatch
    ) throws(CodecError) {
        _ = try sources(try BlockPartReader(evidence), into: &batch)
    }

    private static func sources(
        _ part: BlockPartReader, into batch: inout EventBatch
    ) throws(CodecError) -> (entries: RowEntries, distinct: Int) {
        guard part.events == batch.count else { throw CodecError("its parts differ in length") }
        var reader = try part.column(.source)
        let (entries, distinct) = try entries(&reader, part.events)
        let sources = [0] + (try PackedIntegers.decode(distinct, from: &reader, as: UInt32.self))
        batch.source = spread(sources, entries)
        return (entries, distinct)
    }

    private static func times(_ part: BlockPartReader) throws(CodecError) -> [Int64] {
        var reader = try part.column(.at)
        var at = try reader.zigzag()
        let unit = Int64(truncatingIfNeeded: try reader.varint())
        let distances = try PackedIntegers.decode(part.events, from: &reader, as: UInt64.self)
        return distances.map { distance in
            at &+= Int64(bitPattern: distance) &* unit
            return at
        }
    }

    /// The entry of each row in the table that follows.
    private struct RowEntries {
        var numbers: [UInt32]
        /// Whether some row has no value.
        var holdNone: Bool
    }

    /// The entries of all rows, and how many distinct tuples the table that follows holds.
    private static func entries(
        _ reader: inout ColumnReader, _ events: Int
    ) throws(CodecError) -> (entries: RowEntries, distinct: Int) {
        let distinct = try reader.count(limit: events)
        let numbers = try EntryColumn.decode(events, distinct: distinct, from: &reader)
        return (RowEntries(numbers: numbers, holdNone: numbers.contains(0)), distinct)
    }

    /// The value of each row's entry; `table` reaches from entry 0 to the largest entry.
    @inline(__always)
    private static func spread<T: Equatable>(_ table: [T], _ entries: RowEntries) -> [T] {
        let values = table.dropFirst(entries.holdNone ? 0 : 1)
        if let only = values.first, !values.contains(where: { $0 != only }) {
            return [T](repeating: only, count: entries.numbers.count)
        }
        return table.withUnsafeBufferPointer { table in
            [T](unsafeUninitializedCapacity: entries.numbers.count) { target, filled in
                for (row, entry) in entries.numbers.enumerated() {
                    target.initializeElement(at: row, to: table[Int(entry)])
                }
                filled = entries.numbers.count
            }
        }
    }

    /// A table column of numbers, entry 0 included.
    private static func table<T: FixedWidthInteger & UnsignedInteger>(
        _ distinct: Int, _ reader: inout ColumnReader, as type: T.Type
    ) throws(CodecError) -> [T] {
        [0] + (try PackedIntegers.decode(distinct, from: &reader, as: T.self))
    }

    /// A table column of texts, entry 0 included, as references of the batch.
    private static func textTable(
        _ distinct: Int, _ reader: inout ColumnReader, _ texts: [UInt32]
    ) throws(CodecError) -> [UInt32] {
        var references: [UInt32] = [0]
        for number in try PackedIntegers.decode(distinct, from: &reader, as: UInt32.self) {
            guard number < texts.count else { throw CodecError("a text is out of range") }
            references.append(texts[Int(number)])
        }
        return references
    }

    private static func shape(
        _ part: BlockPartReader, _ columns: ColumnSet, _ texts: [UInt32], isStored: Bool,
        _ batch: inout EventBatch
    ) throws(CodecError) {
        var reader = try part.column(.shape)
        let (entries, distinct) = try entries(&reader, part.events)
        var tables: [[UInt8]] = []
        for _ in 0..<9 { tables.append(try table(distinct, &reader, as: UInt8.self)) }
        if columns.contains(.step) {
            batch.journey = spread(tables[0], entries)
            batch.step = spread(tables[1], entries)
            batch.outcome = spread(tables[2], entries)
            batch.reason = spread(tables[3], entries)
        }
        if columns.contains(.kind) {
            batch.actorKind = spread(tables[4], entries)
            batch.method = spread(tables[5], entries)
            batch.span = spread(tables[6], entries)
            batch.flags = spread(tables[7], entries)
            batch.topic = spread(tables[8], entries)
        }
        if columns.contains(.vendor) {
            var dialects = try textTable(distinct, &reader, texts)
            if !isStored {
                for entry in dialects.indices {
                    dialects[entry] = DialectStamp.name(of: dialects[entry], in: &batch.strings)
                }
            }
            batch.dialect = spread(dialects, entries)
            batch.tenant = spread(try textTable(distinct, &reader, texts), entries)
            batch.vendorReason = spread(try textTable(distinct, &reader, texts), entries)
            batch.risk = spread(try textTable(distinct, &reader, texts), entries)
            batch.assurance = spread(try textTable(distinct, &reader, texts), entries)
        }
    }

    private static func identity(
        _ part: BlockPartReader, _ columns: ColumnSet, _ pseudonyms: [UInt128]?,
        _ batch: inout EventBatch
    ) throws(CodecError) {
        let values = if let pseudonyms { pseudonyms } else {
            try Self.pseudonyms(part).map { UInt128($0) }
        }
        var reader = try part.column(.identity)
        let (entries, distinct) = try entries(&reader, part.events)
        let (names, nameCount) = try Self.entries(&reader, distinct)
        let (subjects, subjectCount) = try Self.entries(&reader, distinct)
        guard values.count == nameCount + subjectCount else {
            throw CodecError("its pseudonyms do not match their count")
        }
        if columns.contains(.name) {
            let table = names.numbers.map { $0 == 0 ? 0 : values[Int($0) - 1] }
            batch.name = spread([0] + table, entries)
        }
        if columns.contains(.subject) {
            let table = subjects.numbers.map { $0 == 0 ? 0 : values[nameCount + Int($0) - 1] }
            batch.subject = spread([0] + table, entries)
        }
    }

    private static func place(
        _ part: BlockPartReader, _ columns: ColumnSet, _ texts: [UInt32], _ batch: inout EventBatch
    ) throws(CodecError) {
        var reader = try part.column(.place)
        let (entries, distinct) = try entries(&reader, part.events)
        let addresses = [0] + (try WideValues.decode(distinct, from: &reader))
        if columns.contains(.address) { batch.address = spread(addresses, entries) }
        guard columns.contains(.geography) else { return }
        batch.country = spread(try textTable(distinct, &reader, texts), entries)
        batch.asn = spread(try table(distinct, &reader, as: UInt32.self), entries)
        batch.latitude = spread(
            try table(distinct, &reader, as: UInt16.self).map { Int16(bitPattern: $0 ^ 0x8000) },
            entries)
        batch.longitude = spread(
            try table(distinct, &reader, as: UInt16.self).map { Int16(bitPattern: $0 ^ 0x8000) },
            entries)
    }

    private static func agent(
        _ part: BlockPartReader, _ columns: ColumnSet, _ batch: inout EventBatch
    ) throws(CodecError) {
        var reader = try part.column(.agent)
        let (entries, distinct) = try entries(&reader, part.events)
        let classes = try table(distinct, &reader, as: UInt8.self)
        if columns.contains(.userAgentClass) { batch.userAgentClass = spread(classes, entries) }
        guard columns.contains(.userAgent) else { return }
        var textReader = try part.column(.agentTexts)
        let texts = try BlockTexts.decode(&textReader, into: &batch.strings)
        batch.userAgent = spread(try textTable(distinct, &reader, texts), entries)
    }

    private static func words(
        _ column: ColumnReader, _ events: Int
    ) throws(CodecError) -> [UInt64] {
        var reader = column
        let (entries, distinct) = try entries(&reader, events)
        return spread([0] + (try reader.raw(distinct, as: UInt64.self)), entries)
    }

    private static func ties(
        _ part: BlockPartReader, _ columns: ColumnSet, _ batch: inout EventBatch
    ) throws(CodecError) {
        var reader = try part.column(.ties)
        let distinct = try reader.count(limit: part.events * 2)
        let entries = try EntryColumn.decode(part.events * 2, distinct: distinct, from: &reader)
        let values = [0] + (try reader.raw(distinct, as: UInt64.self))
        if columns.contains(.correlation) { batch.correlation = every(entries, from: 0, values) }
        if columns.contains(.session) { batch.session = every(entries, from: 1, values) }
    }

    /// The values of every other entry.
    private static func every(_ entries: [UInt32], from first: Int, _ values: [UInt64]) -> [UInt64]
    {
        [UInt64](unsafeUninitializedCapacity: entries.count / 2) { target, filled in
            filled = entries.count / 2
            for row in 0..<filled {
                target.initializeElement(at: row, to: values[Int(entries[row &* 2 &+ first])])
            }
        }
    }

    private static func references(
        _ part: BlockPartReader, _ number: ColumnNumber, _ texts: [UInt32]
    ) throws(CodecError) -> [UInt32] {
        var reader = try part.column(number)
        let (entries, distinct) = try entries(&reader, part.events)
        return spread(try textTable(distinct, &reader, texts), entries)
    }
}
