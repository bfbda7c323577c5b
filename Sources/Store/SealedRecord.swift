import Crypto
import IdentityModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A record under AES-GCM: only the holder of the pseudonym key can read it.
package struct SealedRecord: Sendable, Equatable {
    /// Nonce, ciphertext and tag, one after another.
    package let bytes: [UInt8]

    /// What the store read back.
    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// Seals `record` under `key`.
    package init(sealing record: UnsafeRawBufferPointer, under key: PseudonymKey) throws {
        let box = try AES.GCM.seal(Data(record), using: key.sealingKey)
        bytes = Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
    }

    /// The record.
    ///
    /// - Throws: `StoreError.sealBroken` under another key or after damage.
    package func opened(under key: PseudonymKey) throws -> [UInt8] {
        guard let box = try? AES.GCM.SealedBox(combined: Data(bytes)),
            let record = try? AES.GCM.open(box, using: key.sealingKey)
        else { throw StoreError.sealBroken }
        return Array(record)
    }
}
