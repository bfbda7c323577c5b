/// What scoring computed: replaces what stood in its place.
package struct ScoringCommit: Sendable {
    /// Slices whose cells are dropped before `cells` are written, so that a cell that no longer
    /// arises vanishes.
    package var replacedSlices: [ReplacedSlice] = []
    package var cells: [StoredCell] = []
    package var firings: [StoredFirings] = []
    package var carries: [StoredCarry] = []
    /// Carries of a machine later than a border are deleted, before `carries` are written.
    package var forgottenCarries: [CarryBorder] = []
    /// Carries of a machine before a border are deleted: they are no longer needed.
    package var expiredCarries: [CarryBorder] = []
    /// The slices that were scored, at the version that was read.
    package var scored: [ScoredSlice] = []
    /// Texts to keep under a key; nil removes the key.
    package var meta: [String: String?] = [:]

    package init() {}
}

/// A slice and kind of cell whose stored cells are replaced as a whole.
package struct ReplacedSlice: Sendable, Hashable {
    package var slice: Int64
    package var kind: UInt8
    /// Nil: of all journeys.
    package var journey: UInt8?

    package init(slice: Int64, kind: UInt8, journey: UInt8? = nil) {
        self.slice = slice
        self.kind = kind
        self.journey = journey
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
    package var hash: UInt64
    package var body: [UInt8]

    package init(machine: String, border: Int64, hash: UInt64, body: [UInt8]) {
        self.machine = machine
        self.border = border
        self.hash = hash
        self.body = body
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
