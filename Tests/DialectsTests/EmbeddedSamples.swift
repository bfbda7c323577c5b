@testable import Dialects

/// The samples of the built-in dialects.
enum EmbeddedSamples {
    static var all: [(path: String, text: String)] {
        EmbeddedDialects.files.filter { $0.key.hasSuffix("/sample.log") }
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The names of the built-in dialects.
    static var names: [String] {
        EmbeddedDialects.files.keys.filter { $0.hasSuffix("/dialect.yaml") }
            .map { String($0.dropLast("/dialect.yaml".count)) }.sorted()
    }
}
