import IdentityModel

/// What rules need of one event: read once from the batch, kept while windows may still ask for it.
struct SignalRow: Sendable {
    var at: Int64
    var lanes: Lanes
    var actor: UInt128
    /// 0 where the source's addresses are not the visitors'.
    var address: UInt128
    var device: UInt64
    /// A completed sign-in: what makes people familiar.
    var isLogin: Bool

    @inline(__always)
    var origin: UInt128 { NetworkAddress(rawValue: address).origin }
}

/// Where the value of a field lies.
enum FieldPlace: Sendable, Equatable, BitwiseCopyable {
    case actor, origin, origin48, address, device
    /// A field that few rules ask for, in the columns beside the rows.
    case extra(Int)
}

/// Reads rows out of batches: fields that no rule asks for are not touched.
struct RowReader: Sendable {
    private let extras: [SignalField]
    private let hasCoordinates: Bool
    private let hiddenSources: Set<UInt32>
    private var textKeys: [UInt64] = []

    /// Texts as keys of 64 bits; the key of the hash is fixed, so that stored states can be compared.
    private static let hash = KeyedHash(key: 0x4C6F_636B_7374_6570_5369_676E_616C_7300)
    private static let textDomain: UInt64 = 1

    /// A reader of the plan's fields that sees no address in events of `hiddenSources`.
    init(_ plan: SignalPlan, hiddenSources: Set<UInt32>) {
        extras = plan.extras
        hasCoordinates = plan.hasCoordinates
        self.hiddenSources = hiddenSources
    }

    /// Begins a batch: text numbers are the batch's own.
    mutating func begin(_ batch: borrowing EventBatch) {
        if extras.isEmpty { return }
        textKeys.removeAll(keepingCapacity: true)
        textKeys.append(contentsOf: repeatElement(0, count: batch.strings.count))
    }

    @inline(__always)
    func row(_ batch: borrowing EventBatch, _ index: Int, _ lanes: Lanes) -> SignalRow {
        let name = batch.name.isEmpty ? 0 : batch.name[index]
        let actor = name != 0 || batch.subject.isEmpty ? name : batch.subject[index]
        let isHidden =
            !hiddenSources.isEmpty && !batch.source.isEmpty && hiddenSources.contains(batch.source[index])
        return SignalRow(
            at: batch.at[index], lanes: lanes, actor: actor,
            address: isHidden || batch.address.isEmpty ? 0 : batch.address[index],
            device: batch.device.isEmpty ? 0 : batch.device[index],
            isLogin: batch.journey[index] == JourneyID.login.rawValue
                && batch.step[index] == LoginStep.complete
                && batch.outcome[index] == Outcome.success.rawValue)
    }

    /// Appends the fields beside the row of event `index`.
    mutating func appendExtras(_ batch: borrowing EventBatch, _ index: Int, to values: inout [UInt128]) {
        for field in extras {
            let value: UInt128 =
                switch field {
                case .subject: batch.subject.isEmpty ? 0 : batch.subject[index]
                case .name: batch.name.isEmpty ? 0 : batch.name[index]
                case .session: batch.session.isEmpty ? 0 : UInt128(batch.session[index])
                case .correlation: batch.correlation.isEmpty ? 0 : UInt128(batch.correlation[index])
                case .asn: batch.asn.isEmpty ? 0 : UInt128(batch.asn[index])
                case .client: text(batch, batch.client.isEmpty ? 0 : batch.client[index])
                case .tenant: text(batch, batch.tenant.isEmpty ? 0 : batch.tenant[index])
                case .userAgent: text(batch, batch.userAgent.isEmpty ? 0 : batch.userAgent[index])
                case .country: text(batch, batch.country.isEmpty ? 0 : batch.country[index])
                case .actor, .origin, .origin48, .address, .device: 0
                }
            values.append(value)
        }
        if hasCoordinates {
            values.append(
                batch.latitude.isEmpty || batch.longitude.isEmpty
                    ? 0 : Place.packed(latitude: batch.latitude[index], longitude: batch.longitude[index]))
        }
    }

    private mutating func text(_ batch: borrowing EventBatch, _ id: UInt32) -> UInt128 {
        if id == 0 { return 0 }
        let known = textKeys[Int(id)]
        if known != 0 { return UInt128(known) }
        let key = batch.strings.withBytes(id) { Self.hash.fingerprint($0, domain: Self.textDomain) }
        textKeys[Int(id)] = key
        return UInt128(key)
    }
}

/// The key of a group of one or two values, as most are: no array is looked at.
struct KeyRecipe: Sendable, BitwiseCopyable {
    let first: FieldPlace
    let second: FieldPlace
    let count: Int

    @inline(__always)
    func key(_ row: SignalRow, _ extras: [UInt128], _ base: Int) -> UInt128 {
        let value = first.value(row, extras, base)
        if value == 0 { return 0 }
        var key = GroupKey.spread(value)
        if count > 1 {
            let value = second.value(row, extras, base)
            if value == 0 { return 0 }
            key = GroupKey.spread(key ^ value)
        }
        return key == 0 ? 1 : key
    }
}

/// The values that make a group, and the one number that stands for them.
struct GroupKey: Sendable {
    /// In canonical order.
    let fields: [SignalField]
    let places: [FieldPlace]
    let recipe: KeyRecipe

    init(_ fields: [SignalField], extras: [SignalField]) {
        self.fields = Array(Set(fields)).sorted()
        places = self.fields.map { FieldPlace($0, extras: extras) }
        recipe = KeyRecipe(
            first: places.first ?? .actor, second: places.count > 1 ? places[1] : .actor, count: places.count)
    }

    /// Whether a value lies beside the rows.
    var isOfExtras: Bool {
        places.contains { if case .extra = $0 { true } else { false } }
    }

    /// The group of a row, whose extras begin at `base`; 0 where a value is missing.
    @inline(__always)
    func key(_ row: SignalRow, _ extras: [UInt128], _ base: Int) -> UInt128 {
        if recipe.count <= 2 { return recipe.key(row, extras, base) }
        var key: UInt128 = 0
        for place in places {
            let value = place.value(row, extras, base)
            if value == 0 { return 0 }
            key = Self.spread(key ^ value)
        }
        return key == 0 ? 1 : key
    }

    /// The number of the group with these values, which are those of `fields`.
    func key(_ values: [UInt128]) -> UInt128 {
        let key = values.reduce(0) { Self.spread($0 ^ $1) } as UInt128
        return key == 0 ? 1 : key
    }

    func values(_ row: SignalRow, _ extras: [UInt128], _ base: Int) -> [UInt128] {
        places.map { $0.value(row, extras, base) }
    }

    /// A bijection of 128 bits: different values stay different.
    @inline(__always)
    static func spread(_ value: UInt128) -> UInt128 {
        var low = UInt64(truncatingIfNeeded: value)
        var high = UInt64(truncatingIfNeeded: value >> 64)
        for _ in 0..<2 {
            low &+= (high ^ high >> 31) &* 0x9E37_79B9_7F4A_7C15
            high &+= (low ^ low >> 29) &* 0xC2B2_AE3D_27D4_EB4F
        }
        return UInt128(high) << 64 | UInt128(low)
    }
}

extension FieldPlace {
    init(_ field: SignalField, extras: [SignalField]) {
        self =
            switch field {
            case .actor: .actor
            case .origin: .origin
            case .origin48: .origin48
            case .address: .address
            case .device: .device
            default: .extra(extras.firstIndex(of: field) ?? 0)
            }
    }

    @inline(__always)
    func value(_ row: SignalRow, _ extras: [UInt128], _ base: Int) -> UInt128 {
        switch self {
        case .actor: row.actor
        case .origin: row.origin
        case .origin48:
            NetworkAddress(rawValue: row.address).isIPv4 ? row.address : (row.address >> 80) << 80
        case .address: row.address
        case .device: UInt128(row.device)
        case .extra(let place): extras[base + place]
        }
    }
}
