/// The columns of the journal that a reader needs; decoding skips the rest.
///
/// Columns that are stored together are read together.
package struct ColumnSet: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `at`: always decoded, for it carries the order.
    package static let at = Self([])
    /// `journey`, `step`, `outcome`, `reason`.
    package static let step = Self(rawValue: 1 << 0)
    /// `actorKind`, `method`, `span`, `flags`, `topic`.
    package static let kind = Self(rawValue: 1 << 1)
    /// `dialect`, `tenant`, `vendorReason`, `risk`, `assurance`.
    package static let vendor = Self(rawValue: 1 << 2)
    package static let name = Self(rawValue: 1 << 3)
    package static let subject = Self(rawValue: 1 << 4)
    package static let correlation = Self(rawValue: 1 << 5)
    package static let session = Self(rawValue: 1 << 6)
    package static let address = Self(rawValue: 1 << 7)
    /// `country`, `asn`, `latitude`, `longitude`.
    package static let geography = Self(rawValue: 1 << 8)
    package static let client = Self(rawValue: 1 << 9)
    package static let segments = Self(rawValue: 1 << 10)
    package static let userAgentClass = Self(rawValue: 1 << 11)
    package static let userAgent = Self(rawValue: 1 << 12)
    package static let device = Self(rawValue: 1 << 13)
    package static let id = Self(rawValue: 1 << 14)
    /// `source`, `offset`, `recordLength`, `recordHash`.
    package static let evidence = Self(rawValue: 1 << 15)

    /// `source` alone.
    package static let source = Self(rawValue: 1 << 16)

    /// Everything.
    package static let all = Self(rawValue: (1 << 16) - 1)
    /// What rules over events look at.
    package static let signals: Self = [.step, .kind, .name, .subject, .address]
    /// What attempts and their measures look at.
    package static let scoring: Self = [
        .step, .kind, .vendor, .name, .subject, .correlation, .session, .address, .client,
        .segments, .userAgentClass, .source,
    ]
}
