#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A new empty folder that goes away, with all below it, when nobody holds it any longer.
public final class TemporaryFolder: Sendable {
    /// Where it is.
    public let path: String

    public init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/lockstep-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw ConformanceFailure("no folder can be made in \(parent)")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// The path of `name` in it.
    public func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes `bytes` to the file `name`, makes the folders above it, and returns its path.
    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        let parts = name.split(separator: "/")
        for count in 1..<max(1, parts.count) {
            mkdir(path(parts[..<count].joined(separator: "/")), 0o755)
        }
        guard let file = fopen(path(name), "w") else {
            throw ConformanceFailure("\(path(name)) cannot be written")
        }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
            throw ConformanceFailure("\(path(name)) could not be written whole")
        }
        return path(name)
    }

    /// Writes `text` to the file `name` and returns its path.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        try write(Array(text.utf8), to: name)
    }

    private static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { remove("\(path)/\(name)") }
        }
        closedir(folder)
        rmdir(path)
    }
}
