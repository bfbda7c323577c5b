import ArgumentParser
import Foundation
import IdentityModel

/// Where the store and the pseudonym key are.
struct StoreArguments: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The store: one file, made at first use.", valueName: "file"))
    var store: String = ProcessInfo.processInfo.environment["LOCKSTEP_STORE"] ?? "lockstep.sqlite"

    @OptionGroup var keyFile: KeyArguments

    /// Reads the key, or makes one; warns where it lies beside the store.
    ///
    /// Who gets hold of both, by one backup or one folder shared too widely, can try names until
    /// their pseudonyms match.
    func loadKey() throws -> PseudonymKey {
        let key = try keyFile.load()
        if Self.folder(of: keyFile.path) == Self.folder(of: store) {
            Console.message(
                "warning: \(keyFile.path): the pseudonym key lies in the store's own folder, so whoever copies "
                    + "the folder has both; keep it elsewhere and name it with --key")
        }
        return key
    }

    /// The folder in which the file at `path` really lies.
    private static func folder(of path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().deletingLastPathComponent()
            .resolvingSymlinksInPath().path
    }
}

/// Where the pseudonym key is.
struct KeyArguments: ParsableArguments {
    @Option(
        name: .customLong("key"),
        help: ArgumentHelp(
            "The pseudonym key file, made at first use; keep it apart from the store.", valueName: "file"))
    var path: String = KeyArguments.defaultPath

    /// `$LOCKSTEP_KEY`, else below `$XDG_CONFIG_HOME` or `~/.config`.
    static var defaultPath: String {
        let environment = ProcessInfo.processInfo.environment
        if let given = environment["LOCKSTEP_KEY"], !given.isEmpty { return given }
        let configuration = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        return (configuration ?? NSHomeDirectory() + "/.config") + "/lockstep/pseudonym.key"
    }

    /// Reads the key, or makes one (mode 0600) where the file does not exist.
    func load() throws -> PseudonymKey {
        if FileManager.default.fileExists(atPath: path) {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw UsageError("\(path): the pseudonym key cannot be read; check who owns the file")
            }
            guard let key = PseudonymKey(bytes: Array(data)) else {
                throw UsageError(
                    "\(path): a pseudonym key has 32 bytes, this file has \(data.count); restore it from a backup, "
                        + "for without it no identity of the store can be found again")
            }
            warnIfShared()
            return key
        }
        return try make()
    }

    /// Warns where others than the file's owner may read it.
    private func warnIfShared() {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue, mode & 0o077 != 0 else { return }
        Console.message("warning: \(path): others than its owner may use the pseudonym key; chmod 600 \(path)")
    }

    private func make() throws -> PseudonymKey {
        let (key, bytes) = PseudonymKey.random()
        let folder = (path as NSString).deletingLastPathComponent
        do {
            if !folder.isEmpty {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
        } catch {
            throw UsageError("\(folder): the folder for the pseudonym key cannot be made; --key names another place")
        }
        // O_EXCL: of two commands that start at once, one makes the key and the other reads it.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        if descriptor < 0, errno == EEXIST { return try load() }
        guard descriptor >= 0 else {
            throw UsageError("\(path): the pseudonym key cannot be made (\(String(cString: strerror(errno)))); --key names another place")
        }
        defer { close(descriptor) }
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count, fsync(descriptor) == 0 else {
            throw UsageError("\(path): the pseudonym key cannot be written: \(String(cString: strerror(errno)))")
        }
        return key
    }
}
