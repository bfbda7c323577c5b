/// A text that equals another only where their bytes do.
///
/// `String` takes the spellings of one character (`é` as one scalar or as two) for the same; as a
/// key it would keep the spelling that came first, so that a cell would depend on the order.
public struct ExactText: Hashable, Sendable, Comparable {
    public let string: String
    public init(_ string: String) { self.string = string }

    // Texts of equal bytes are equal strings, so that the string's own hash serves.
    public func hash(into hasher: inout Hasher) { hasher.combine(string) }

    public static func == (a: Self, b: Self) -> Bool {
        a.string == b.string && a.string.utf8.elementsEqual(b.string.utf8)
    }

    public static func < (a: Self, b: Self) -> Bool { a.string.utf8.lexicographicallyPrecedes(b.string.utf8) }
}
