import IdentityModel

// The carry of the machine: its state at a border between slices, as bytes that depend only on
// what can still matter there. Times are distances from the border, texts are written out.
//
//     version │ border │ texts │ open attempts by journey │ twins │ anchors │ sessions and logins │ sequels

/// Why a stored carry cannot be gone on from.
public enum AttemptCarryError: Error, Equatable, CustomStringConvertible {
    /// Another version of this program wrote it.
    case version(UInt8)
    /// The bytes ended early or hold what no machine writes.
    case malformed(offset: Int)

    public var description: String {
        switch self {
        case .version(let version): "attempt carry: version \(version) cannot be read"
        case .malformed(let offset): "attempt carry: malformed at byte \(offset)"
        }
    }
}

extension AttemptMachine {
    private static let carryVersion: UInt8 = 2

    /// The state at the time that the machine was last advanced to, as bytes that
    /// `init(catalog:carry:texts:)` reads.
    ///
    /// Equal futures have equal bytes, whatever led there: what is forgotten at that time is left
    /// out and the rest is sorted. `texts` is the table whose numbers the observations brought.
    public func encodedCarry(texts: StringTable) -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(Self.carryVersion)
        writer.signed(now)
        let words = CarryTexts(live.textNumbers, texts)
        words.encode(to: &writer)
        for journey in traits.indices where traits[journey].formsAttempts {
            live.encode(journey, now, words, to: &writer)
        }
        memory.encode(now, to: &writer)
        sequels.encode(live, now, to: &writer)
        return writer.bytes
    }

    /// A machine that goes on from `carry`; its texts are added to `texts`.
    ///
    /// - Throws: `AttemptCarryError` where the bytes are not what `encodedCarry` gave under `catalog`.
    public init(catalog: JourneyCatalog, carry: [UInt8], texts: inout StringTable) throws {
        self.init(catalog: catalog)
        var reader = ByteReader(carry)
        do {
            let version = try reader.byte()
            guard version == Self.carryVersion else { throw AttemptCarryError.version(version) }
            now = try reader.signed()
            if now == .min {
                guard carry == encodedCarry(texts: texts) else { throw reader.malformed }
                return
            }
            guard abs(now / 2) < 1 << 60 else { throw reader.malformed }
            let words = try CarryTexts(from: &reader, texts: &texts)
            for journey in traits.indices where traits[journey].formsAttempts {
                try live.decode(journey, now, words, from: &reader)
            }
            try memory.decode(now, from: &reader)
            try sequels.decode(live, traits, now, from: &reader)
            // One state has one encoding: whatever else the bytes hide shows here.
            guard reader.isAtEnd, encodedCarry(texts: texts) == carry else { throw reader.malformed }
        } catch let error as ByteReader.Malformed {
            throw AttemptCarryError.malformed(offset: error.offset)
        }
    }
}

/// The texts of a carry: the run's numbers ↔ places in the carry's own sorted list; 0 is none.
struct CarryTexts {
    private var places: [UInt32: UInt64] = [0: 0]
    private var numbers: [UInt32] = [0]
    private var words: [[UInt8]] = []

    /// The list of the texts numbered `used` in `texts`.
    init(_ used: Set<UInt32>, _ texts: StringTable) {
        let named = used.filter { $0 != 0 }.map { number in (texts.withBytes(number) { Array($0) }, number) }
        for (word, number) in named.sorted(by: { $0.0.lexicographicallyPrecedes($1.0) }) {
            words.append(word)
            places[number] = UInt64(words.count)
        }
    }

    init(from reader: inout ByteReader, texts: inout StringTable) throws {
        for _ in 0..<(try reader.count(ofWidth: 2)) {
            let word = try reader.bytes(try reader.count(ofWidth: 1))
            numbers.append(word.withUnsafeBytes { texts.intern($0) })
        }
    }

    func encode(to writer: inout ByteWriter) {
        writer.count(words.count)
        for word in words {
            writer.count(word.count)
            for byte in word { writer.byte(byte) }
        }
    }

    func write(_ number: UInt32, to writer: inout ByteWriter) { writer.unsigned(places[number] ?? 0) }

    func number(from reader: inout ByteReader) throws -> UInt32 {
        let place = try reader.count()
        guard place < numbers.count else { throw reader.malformed }
        return numbers[place]
    }
}
