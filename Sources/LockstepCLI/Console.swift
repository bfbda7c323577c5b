import Foundation
import Synchronization

/// stdout carries data, stderr progress and messages.
enum Console {
    /// Serializes what tasks write to stderr, so that a message does not tear a progress line.
    private static let lock = Mutex(false)

    /// Writes `text` and a newline to stdout.
    static func data(_ text: String) { write(Array((text + "\n").utf8), to: STDOUT_FILENO) }

    /// Writes `bytes` to stdout.
    static func data(_ bytes: [UInt8]) { write(bytes, to: STDOUT_FILENO) }

    /// Writes `text` and a newline to stderr, over a progress line that may stand there.
    static func message(_ text: String) {
        lock.withLock { isProgressShown in
            if isProgressShown { write(Array("\r\u{1B}[K".utf8), to: STDERR_FILENO) }
            isProgressShown = false
            write(Array((text + "\n").utf8), to: STDERR_FILENO)
        }
    }

    /// Replaces the progress line; only for terminals.
    static func progress(_ text: String) {
        lock.withLock { isProgressShown in
            write(Array("\r\u{1B}[K\(text)".utf8), to: STDERR_FILENO)
            isProgressShown = !text.isEmpty
        }
    }

    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// The terminal's width, or 80.
    static var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                #if canImport(Glibc)
                    let count = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
                #else
                    let count = Darwin.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
                #endif
                if count < 0, errno == EINTR { continue }
                // A reader that went away (`| head`) ends the command quietly, as other tools do.
                if count <= 0 { exit(descriptor == STDOUT_FILENO ? 0 : 1) }
                written += count
            }
        }
    }
}
