import Foundation
import GRDB

extension [UInt8] {
    /// These bytes as SQLite takes them.
    var asData: Data { Data(self) }
}

extension Row {
    /// The bytes of column `index`; empty for null.
    func bytes(_ index: Int) throws -> [UInt8] {
        try withUnsafeData(atIndex: index) { data in data.map { [UInt8]($0) } ?? [] }
    }

    /// Calls `body` with the bytes of column `index`, without a copy.
    func withBytes<R>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        try withUnsafeData(atIndex: index) { data in
            guard let data else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
            return try data.withUnsafeBytes(body)
        }
    }
}
