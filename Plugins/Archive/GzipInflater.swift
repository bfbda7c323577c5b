import AdapterKit
import CIsal
import Foundation

/// Chooses what decodes gzip: ISA-L where it is installed, else zlib.
///
/// `LOCKSTEP_INFLATER=zlib` in the environment keeps to zlib, to compare the two.
enum GzipInflater {
    private static let usesIsal =
        lockstep_isal_is_present()
        && ProcessInfo.processInfo.environment["LOCKSTEP_INFLATER"] != "zlib"

    /// - Throws: `SourceFault` if there is no memory.
    static func make(source: String) throws -> any Inflating {
        if usesIsal, let inflater = IsalInflater() { return inflater }
        return try ZlibInflater(.gzip, source: source)
    }
}
