import IdentityModel

/// A dialect's name together with its version, as blocks hold it: one text, so that events of two
/// versions stay apart wherever blocks are merged.
///
///     keycloak │ 0 │ 3
enum DialectStamp {
    private static let separator: UInt8 = 0

    /// The references of the dialects' names in `strings` and of their stamps, which are added.
    static func stamps(
        _ versions: [String: String], in strings: inout StringTable
    ) -> [(dialect: UInt32, stamp: UInt32)] {
        versions.sorted { $0.key < $1.key }.map { name, version in
            var stamp = Array(name.utf8)
            stamp.append(separator)
            stamp += version.utf8
            return (strings.intern(name), stamp.withUnsafeBytes { strings.intern($0) })
        }
    }

    /// The reference of the name in stamp `reference`, which may be a name alone.
    static func name(of reference: UInt32, in strings: inout StringTable) -> UInt32 {
        let stamp = strings.withBytes(reference) { Array($0) }
        guard let end = stamp.firstIndex(of: separator) else { return reference }
        return stamp[..<end].withUnsafeBytes { strings.intern($0) }
    }

    /// Name and version of stamp `reference`; the version is empty where none was told.
    static func parts(of reference: UInt32, in strings: StringTable) -> DialectVersion {
        strings.withBytes(reference) { stamp in
            let end = stamp.firstIndex(of: separator) ?? stamp.endIndex
            return DialectVersion(
                dialect: String(decoding: stamp[..<end], as: UTF8.self),
                version: String(decoding: stamp[end...].dropFirst(), as: UTF8.self))
        }
    }
}

/// A dialect at the version that made events of it.
package struct DialectVersion: Sendable, Hashable {
    package var dialect: String
    /// Empty where the append told none.
    package var version: String

    package init(dialect: String, version: String) {
        self.dialect = dialect
        self.version = version
    }
}
