import AdapterKit

/// Reads one stored file: takes off layer after layer, told by content, until records are reached.
///
///     logs.tar.gz   gzip ▸ tar ▸ auth.log          → stream "logs.tar.gz!auth.log"
///                            ▸ old/auth.1.gz ▸ gzip → stream "logs.tar.gz!old/auth.1.gz"
struct Unpacking<Sink: RecordSink> {
    /// A tar of gzip files, itself compressed, in a zip: nobody packs logs deeper than that.
    private static var layersMax: Int { 5 }

    let sink: Sink
    let resume: ResumePoints
    let isRereadable: Bool
    let guardian: ExpansionGuard
    let meter = StoredBytesMeter()

    init(sink: Sink, resume: ResumePoints, isRereadable: Bool, guardian: ExpansionGuard) {
        self.sink = sink
        self.resume = resume
        self.isRereadable = isRereadable
        self.guardian = guardian
    }

    /// Reads everything in `file`.
    func read(_ file: FileByteSource) async throws {
        let source = PeekableSource(file)
        let head = source.peek(ContainerFormat.headBytes)
        do {
            try await readStored(file, source, head)
        } catch let fault as SourceFault {
            await sink.report(fault)
        }
        await meter.tell(sink, file.storedBytesRead)
    }

    private func readStored(_ file: FileByteSource, _ source: PeekableSource, _ head: [UInt8])
        async throws
    {
        if file.isRereadable, try isZip(file, head) {
            try await readZip(
                file, Place(name: file.name, layer: 0, modifiedSeconds: file.modifiedSeconds))
        } else {
            try await read(
                source, Place(name: file.name, layer: 0, modifiedSeconds: file.modifiedSeconds))
        }
    }

    /// A zip that can be sought in is read by its directory.
    private func isZip(_ file: FileByteSource, _ head: [UInt8]) throws -> Bool {
        if ContainerFormat.sniff(head) == .zip { return true }
        return try ZipDirectory.isAtEnd(of: file, head: head)
    }

    /// Where in the nest of containers a source lies.
    private struct Place {
        var name: String
        var layer: Int
        var modifiedSeconds: Int64?

        func inside(_ modified: Int64? = nil) -> Place {
            Place(name: name, layer: layer + 1, modifiedSeconds: modified ?? modifiedSeconds)
        }

        func member(_ member: String, _ modified: Int64?) -> Place {
            Place(
                name: "\(name)!\(member)", layer: layer + 1,
                modifiedSeconds: modified ?? modifiedSeconds)
        }
    }

    private func read(_ source: PeekableSource, _ place: Place) async throws {
        let head = source.peek(ContainerFormat.headBytes)
        let format = ContainerFormat.sniff(head)
        guard format == .plain || place.layer < Self.layersMax else {
            return await report(
                place, "is packed more than \(Self.layersMax) layers deep; unpack it first")
        }
        do {
            switch format {
            case .plain:
                let reader = StreamReader(
                    name: place.name, modifiedSeconds: place.modifiedSeconds,
                    isRereadable: isRereadable)
                try await reader.read(source, from: resume[place.name], meter: meter, into: sink)
            case .gzip:
                let inflater = try GzipInflater.make(source: place.name)
                try await read(
                    decoded(source, inflater, place), place.inside(Self.gzipTime(head)))
            case .zstd:
                let inflater = try ZstdInflater(source: place.name)
                try await read(decoded(source, inflater, place), place.inside())
            case .bzip2:
                try await read(decoded(source, Bzip2Inflater(), place), place.inside())
            case .xz:
                try await read(decoded(source, XzInflater(), place), place.inside())
            case .tar, .zip:
                try await readMembers(of: source, format, place)
            case .unsupported(let name):
                await report(place, "is a \(name), which is not read; unpack it first")
            }
        } catch let fault as SourceFault {
            await sink.report(fault)
        }
    }

    /// What `source`, one compressed stream, holds.
    private func decoded(
        _ source: PeekableSource, _ inflater: any Inflating, _ place: Place
    ) -> PeekableSource {
        PeekableSource(
            InflatedSource(source, inflater, name: place.name, guardian, layer: place.layer))
    }

    private func readZip(_ file: FileByteSource, _ place: Place) async throws {
        guard let index = try ZipIndex(file), index.isReadable else {
            // No directory, or a method that zlib does not know: libarchive goes through it from
            // its start.
            try file.seek(to: 0)
            return try await readMembers(of: file, .zip, place)
        }
        for entry in index.entries where !Task.isCancelled && !guardian.isTripped {
            let member = place.member(entry.name, entry.modifiedSeconds)
            do {
                guard !entry.isEncrypted else {
                    await report(member, "is encrypted; unpack it first")
                    continue
                }
                let content = InflatedSource(
                    try ZipMemberBytes(file, entry, name: member.name),
                    try ZipInflater(entry, name: member.name),
                    name: member.name, guardian, layer: place.layer)
                try await read(PeekableSource(content), member)
            } catch let fault as SourceFault {
                await sink.report(fault)
            }
        }
    }

    private func readMembers(
        of source: any ByteSource, _ format: ContainerFormat, _ place: Place
    ) async throws {
        let reader = try ContainerReader(source, format, name: place.name)
        while !Task.isCancelled, !guardian.isTripped, let member = try reader.nextMember() {
            let place = place.member(member.name, member.modifiedSeconds)
            let content = MemberSource(reader, name: place.name, guardian, layer: place.layer)
            try await read(PeekableSource(content), place)
        }
    }

    private func report(_ place: Place, _ cause: String) async {
        await sink.report(SourceFault(source: place.name, offset: nil, cause: cause))
    }

    /// The time in a gzip header (RFC 1952, section 2.3.1); zero says nothing.
    private static func gzipTime(_ head: [UInt8]) -> Int64? {
        guard head.count >= 8 else { return nil }
        let seconds = (4..<8).reduce(Int64(0)) { $0 | Int64(head[$1]) << (8 * Int64($1 - 4)) }
        return seconds == 0 ? nil : seconds
    }
}
