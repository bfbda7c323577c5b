import IdentityModel

/// A single dimension by which results are broken down.
public enum Dimension: UInt8, Sendable, CaseIterable {
    case client = 0
    case userAgentClass, method, segment, dialect

    /// The word used in output.
    public var word: String {
        switch self {
        case .client: "client"
        case .userAgentClass: "user_agent_class"
        case .method: "method"
        case .segment: "segment"
        case .dialect: "dialect"
        }
    }
}

/// A value of a dimension for attempts of an hour, kind and class.
public struct MarginalKey: Hashable, Sendable, Comparable {
    public var cell: CellKey
    public var dimension: Dimension
    /// Texts that are spelt in other bytes are other values.
    public var text: ExactText

    public var value: String { text.string }

    public init(cell: CellKey, dimension: Dimension, value: String) {
        self.cell = cell
        self.dimension = dimension
        text = ExactText(value)
    }

    public static func < (a: MarginalKey, b: MarginalKey) -> Bool {
        if a.cell != b.cell { return a.cell < b.cell }
        return (a.dimension.rawValue, a.text) < (b.dimension.rawValue, b.text)
    }
}

/// Results by `AttemptResult.rawValue` for each value of each single dimension; never a cross product.
public struct Marginals: Mergeable {
    /// The most values of one dimension that a slice and journey keep; the rest is `other`.
    public static let valuesMax = 1000
    private static let rest = ExactText("other")

    public var counts: [MarginalKey: [UInt64]] = [:]

    public init() {}

    public mutating func add(_ key: MarginalKey, result: Int, _ amount: UInt64 = 1) {
        counts[key, default: [0, 0, 0, 0]][result] += amount
    }

    public mutating func merge(_ other: Marginals) {
        for (key, values) in other.counts {
            var own = counts[key] ?? [0, 0, 0, 0]
            for index in own.indices { own[index] += values[index] }
            counts[key] = own
        }
    }

    /// Keeps the `valuesMax` values of each dimension with the highest counts (ties by name).
    public mutating func bound() {
        for dimension in Dimension.allCases {
            var totals: [ExactText: UInt64] = [:]
            for (key, values) in counts where key.dimension == dimension {
                totals[key.text, default: 0] += values.reduce(0, +)
            }
            guard totals.count > Self.valuesMax else { continue }
            let ranked = totals.sorted {
                $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key
            }
            let kept = Set(ranked.prefix(Self.valuesMax).map(\.key))
            // What is called `other` already lies where the rest goes.
            for (key, values) in counts
            where key.dimension == dimension && key.text != Self.rest && !kept.contains(key.text)
            {
                counts[key] = nil
                let rest = MarginalKey(cell: key.cell, dimension: dimension, value: Self.rest.string)
                for index in values.indices { add(rest, result: index, values[index]) }
            }
        }
    }

    func encode(to writer: inout ByteWriter) {
        writer.count(counts.count)
        for (key, values) in counts.sorted(by: { $0.key < $1.key }) {
            key.cell.encode(to: &writer)
            writer.byte(key.dimension.rawValue)
            writer.text(key.value)
            for value in values { writer.unsigned(value) }
        }
    }

    /// Reads past what `encode` wrote.
    static func skip(_ reader: inout ByteReader) throws {
        for _ in 0..<(try reader.count(ofWidth: 8)) {
            _ = try CellKey(from: &reader)
            _ = try reader.byte()
            try reader.skip(try reader.count(ofWidth: 1))
            for _ in 0..<4 { _ = try reader.amount() }
        }
    }

    init(from reader: inout ByteReader) throws {
        for _ in 0..<(try reader.count(ofWidth: 8)) {
            let cell = try CellKey(from: &reader)
            guard let dimension = Dimension(rawValue: try reader.byte()) else {
                throw reader.malformed
            }
            let value = try reader.text()
            var values: [UInt64] = []
            for _ in 0..<4 { values.append(try reader.amount()) }
            counts[MarginalKey(cell: cell, dimension: dimension, value: value)] = values
        }
    }
}
