import IdentityModel

/// What scoring computed: replaces what stood in its place.
package struct ScoringCommit: Sendable {
    /// Drops everything that scoring ever computed, before anything is written.
    package var dropsEverything = false
    /// Cells that are dropped before `cells` are written, so that one that no longer arises vanishes.
    package var droppedCells: [DroppedCells] = []
    package var cells: [StoredCell] = []
    /// Slices whose firings are dropped before `firings` are written.
    package var replacedFirings: [ClosedRange<Int64>] = []
    package var firings: [StoredFirings] = []
    /// Carries that are dropped before `carries` are written.
    package var droppedCarries: [CarryBorder] = []
    package var carries: [StoredCarry] = []
    /// The slices that were scored, at the version that was read.
    package var scored: [ScoredSlice] = []
    /// Texts to keep under a key; nil removes the key.
    package var meta: [String: String?] = [:]

    package init() {}
}

/// The cells of some kinds in a stretch of slices.
package struct DroppedCells: Sendable, Hashable {
    package var slices: ClosedRange<Int64>
    package var kinds: [UInt8]

    package init(slices: ClosedRange<Int64>, kinds: [UInt8]) {
        self.slices = slices
        self.kinds = kinds
    }
}

/// A cell: what a slice adds to the scorecard of one journey.
package struct StoredCell: Sendable, Equatable {
    package var slice: Int64
    package var journey: UInt8
    /// Whose cell it is: each analyzer has a kind of its own.
    package var kind: UInt8
    package var body: [UInt8]

    package init(slice: Int64, journey: UInt8, kind: UInt8, body: [UInt8]) {
        self.slice = slice
        self.journey = journey
        self.kind = kind
        self.body = body
    }
}

/// Where rules fired in one slice.
package struct StoredFirings: Sendable, Equatable {
    package var slice: Int64
    package var body: [UInt8]

    package init(slice: Int64, body: [UInt8]) {
        self.slice = slice
        self.body = body
    }
}

/// The state of a machine at the border before a slice.
package struct StoredCarry: Sendable, Equatable {
    package var machine: String
    /// The slice that begins at the border.
    package var border: Int64
    /// A hash of `body`: a rerun that reaches the same hash may stop.
    package let hash: UInt64
    package let body: [UInt8]

    package init(machine: String, border: Int64, body: [UInt8]) {
        self.machine = machine
        self.border = border
        self.body = body
        hash = body.withUnsafeBytes { KeyedHash(key: 1).fingerprint($0, domain: 1) }
    }
}

/// A border in the carries of one machine.
package struct CarryBorder: Sendable, Hashable {
    package var machine: String
    package var border: Int64

    package init(machine: String, border: Int64) {
        self.machine = machine
        self.border = border
    }
}

/// A slice at the version of it that was scored: a later append leaves it dirty.
package struct ScoredSlice: Sendable, Hashable {
    package var slice: Int64
    package var version: Int64

    package init(slice: Int64, version: Int64) {
        self.slice = slice
        self.version = version
    }
}
