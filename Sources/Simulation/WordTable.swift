/// A list of words in one buffer.
///
///     bytes   │ann│bernd│clara│
///     starts   ^   ^     ^     ^
struct WordTable: Sendable {
    private let bytes: [UInt8]
    private let starts: [Int]

    /// Creates a table of the words of a text, one word per separator-delimited part.
    init(_ text: String, separator: Character = " ") {
        var bytes: [UInt8] = []
        var starts = [0]
        for word in text.split(whereSeparator: { $0 == separator || $0 == "\n" }) {
            bytes.append(contentsOf: word.utf8)
            starts.append(bytes.count)
        }
        self.bytes = bytes
        self.starts = starts
    }

    var count: Int { starts.count - 1 }

    /// Appends a word to a line.
    @inline(__always)
    fileprivate func append(_ index: Int, to line: inout LineBuffer) {
        let word = starts[index]..<starts[index + 1]
        bytes.withUnsafeBufferPointer { line.append(UnsafeBufferPointer(rebasing: $0[word])) }
    }
}

extension LineBuffer {
    /// Appends a word of a table.
    @inline(__always)
    mutating func append(_ table: WordTable, _ index: Int) {
        table.append(index, to: &self)
    }
}
