/// A promise that was not kept: what was checked, what was found, what was expected.
public struct ConformanceFailure: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// Throws a `ConformanceFailure` saying `description` unless `condition` holds.
func require(_ condition: Bool, _ description: @autoclosure () -> String) throws {
    guard condition else { throw ConformanceFailure(description()) }
}
