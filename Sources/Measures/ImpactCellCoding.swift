import IdentityModel

// The encoding of a cell depends only on its value: keys are written in order.
extension ImpactCell {
    private static let version: UInt8 = 1

    /// The cell as bytes.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(Self.version)
        writer.unsigned(UInt64(stepsShown))
        writer.count(totals.count)
        for (key, value) in totals.sorted(by: { $0.key < $1.key }) {
            key.encode(to: &writer)
            value.encode(to: &writer)
        }
        writer.count(actors.count)
        for (key, value) in actors.sorted(by: { $0.key < $1.key }) {
            key.encode(to: &writer)
            value.encode(to: &writer)
        }
        writer.count(open.count)
        for (key, value) in open.sorted(by: { $0.key < $1.key }) {
            key.encode(to: &writer)
            writer.unsigned(value.open)
            writer.unsigned(value.completed)
        }
        marginals.encode(to: &writer)
        writer.count(setAside.counts.count)
        for (key, value) in setAside.counts.sorted(by: {
            ($0.key.hour, $0.key.kind.rawValue) < ($1.key.hour, $1.key.kind.rawValue)
        }) {
            writer.text(key.kind.rawValue)
            writer.signed(key.hour)
            writer.unsigned(value)
        }
        writer.count(contacts.counts.count)
        for (key, value) in contacts.counts.sorted(by: {
            ($0.key.hour, $0.key.journey.rawValue) < ($1.key.hour, $1.key.journey.rawValue)
        }) {
            writer.byte(key.journey.rawValue)
            writer.signed(key.hour)
            writer.unsigned(value)
        }
        return writer.bytes
    }

    /// The cell that `bytes` encode.
    public init(encoded bytes: [UInt8]) throws { try self.init(bytes) { try Marginals(from: &$0) } }

    /// The cell that `bytes` encode, without its marginals: a scorecard shows none, and the texts
    /// in them are half the cost of reading a cell.
    public static func withoutMarginals(encoded bytes: [UInt8]) throws -> ImpactCell {
        try ImpactCell(bytes) {
            try Marginals.skip(&$0)
            return Marginals()
        }
    }

    private init(_ bytes: [UInt8], marginals read: (inout ByteReader) throws -> Marginals) throws {
        var reader = ByteReader(bytes)
        guard try reader.byte() == Self.version else { throw ByteReader.Malformed(offset: 0) }
        guard let shown = UInt16(exactly: try reader.unsigned()) else { throw reader.malformed }
        stepsShown = shown
        for _ in 0..<(try reader.count(ofWidth: 3)) {
            let key = try CellKey(from: &reader)
            totals[key] = try ImpactTotals(from: &reader)
        }
        for _ in 0..<(try reader.count(ofWidth: 3)) {
            let key = try CellKey(from: &reader)
            actors[key] = try ActorTotals(from: &reader)
        }
        for _ in 0..<(try reader.count(ofWidth: 3)) {
            let key = try CellKey(from: &reader)
            var value = OpenTotals()
            value.open = try reader.amount()
            value.completed = try reader.amount()
            open[key] = value
        }
        marginals = try read(&reader)
        for _ in 0..<(try reader.count(ofWidth: 3)) {
            guard let kind = SetAsideKind(rawValue: try reader.text()) else {
                throw ByteReader.Malformed(offset: 0)
            }
            let hour = try reader.signed()
            setAside.counts[SetAsideKey(kind: kind, hour: hour)] = try reader.amount()
        }
        for _ in 0..<(try reader.count(ofWidth: 3)) {
            let journey = JourneyID(rawValue: try reader.byte())
            let hour = try reader.signed()
            contacts.counts[ContactKey(journey: journey, hour: hour)] = try reader.amount()
        }
        guard reader.isAtEnd else { throw reader.malformed }
    }
}
