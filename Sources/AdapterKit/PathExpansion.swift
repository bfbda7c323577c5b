#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The files that a list of paths stands for: files, folders with all below them, globs, and `-`.
///
/// The order is that of the list, and within a folder or glob by name, byte by byte. A file that is
/// reached twice, by another name or link too, is listed once. In folders, hidden entries are left
/// out and links to folders are not followed.
public struct PathExpansion: Sendable, Equatable {
    /// What reads a file.
    public enum SourceKind: Sendable, Equatable {
        /// Plain bytes.
        case plain
        /// A packed file. Also standard input and pipes, which cannot be looked into beforehand:
        /// what reads archives reads plain bytes too.
        case archive
    }

    /// A file to read.
    public struct Entry: Sendable, Equatable {
        public var path: String
        public var kind: SourceKind
    }

    /// The files to read.
    public private(set) var entries: [Entry] = []
    /// What cannot be read, by the path that names it; the rest can.
    public private(set) var faults: [SourceFault] = []

    private struct Identity: Hashable, Sendable {
        var device: UInt64
        var node: UInt64
    }

    private var seen: Set<Identity> = []
    private var hasStandardInput = false

    /// Expands `paths`.
    public init(_ paths: [String]) {
        for path in paths {
            if path == "-" {
                if !hasStandardInput { entries.append(Entry(path: path, kind: .archive)) }
                hasStandardInput = true
            } else if FileStatus(path) != nil {
                addNamed(path)
            } else if path.contains(where: { "*?[".contains($0) }) {
                addGlob(path)
            } else {
                addNamed(path)
            }
        }
    }

    /// What reads the file at `path`, by its content and not by its name.
    ///
    /// - Throws: `SourceFault` if it cannot be read.
    public static func sourceKind(of path: String) throws -> SourceKind {
        if path == "-" { return .archive }
        guard let status = FileStatus(path), status.isRegular else {
            // Opening a pipe to look at it would take what the reader needs.
            if FileStatus(path)?.isFolder == false { return .archive }
            return try sourceKind(of: FileByteSource(path: path))
        }
        return try sourceKind(of: FileByteSource(path: path))
    }

    private static func sourceKind(of file: FileByteSource) throws -> SourceKind {
        var head = [UInt8](repeating: 0, count: ContainerFormat.headBytes)
        let count = try head.withUnsafeMutableBytes { try file.read(into: $0) }
        head.removeLast(head.count - count)
        if ContainerFormat.sniff(head) != .plain { return .archive }
        return try ZipDirectory.isAtEnd(of: file, head: head) ? .archive : .plain
    }

    /// What stands at `path` was named by a person: anything wrong with it is a fault.
    private mutating func addNamed(_ path: String) {
        guard let status = FileStatus(path) else {
            return faults.append(SourceFault.system("cannot be read", errno, path))
        }
        guard status.isFolder else { return addFile(path, status) }
        let before = (entries.count, faults.count)
        let hadFiles = addFolder(path)
        if !hadFiles, before == (entries.count, faults.count) {
            faults.append(
                SourceFault(
                    source: path, offset: nil,
                    cause: "no logs in this folder; hidden files do not count"))
        }
    }

    private mutating func addGlob(_ pattern: String) {
        var found = glob_t()
        defer { globfree(&found) }
        let status = glob(pattern, 0, nil, &found)
        guard status == 0 else {
            return faults.append(
                SourceFault(source: pattern, offset: nil, cause: "no file matches this pattern"))
        }
        let paths = (0..<Int(found.gl_pathc)).compactMap {
            found.gl_pathv[$0].map { String(cString: $0) }
        }
        for path in Self.sorted(paths) { addNamed(path) }
    }

    /// Adds what is below `path`; returns whether there were files.
    private mutating func addFolder(_ path: String) -> Bool {
        guard let folder = opendir(path) else {
            faults.append(SourceFault.system("cannot be listed", errno, path))
            return false
        }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        closedir(folder)
        var hasFiles = false
        for name in Self.sorted(names) {
            let below = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
            guard let status = FileStatus(below) else {
                faults.append(SourceFault.system("cannot be read", errno, below))
                continue
            }
            if status.isFolder {
                if !FileStatus.isLink(below), addFolder(below) { hasFiles = true }
            } else if status.isRegular {
                hasFiles = true
                addFile(below, status)
            }
        }
        return hasFiles
    }

    private mutating func addFile(_ path: String, _ status: FileStatus) {
        guard seen.insert(Identity(device: status.device, node: status.node)).inserted else {
            return
        }
        do {
            entries.append(Entry(path: path, kind: try Self.sourceKind(of: path)))
        } catch let fault as SourceFault {
            faults.append(fault)
        } catch {
            faults.append(SourceFault(source: path, offset: nil, cause: "\(error)"))
        }
    }

    private static func sorted(_ paths: [String]) -> [String] {
        paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

/// What the file system says of a path, links followed.
private struct FileStatus {
    let device: UInt64
    let node: UInt64
    let isFolder: Bool
    let isRegular: Bool

    /// Nil, with `errno` set, where there is nothing.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        node = UInt64(status.st_ino)
        let type = status.st_mode & mode_t(S_IFMT)
        isFolder = type == mode_t(S_IFDIR)
        isRegular = type == mode_t(S_IFREG)
    }

    static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & mode_t(S_IFMT) == mode_t(S_IFLNK)
    }
}
