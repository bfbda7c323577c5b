import Foundation
import IdentityModel

extension EventAssembler {
    /// Address, coordinates, country and network of an event.
    @inline(__always)
    func setPlace(
        _ mapping: UnsafePointer<CompiledMapping>, _ fields: inout RecordFields,
        _ event: inout IdentityEvent, _ strings: inout StringTable
    ) {
        if let ip = fields.first(mapping.pointee.ip), let address = NetworkAddress(ip.raw) {
            event.address = address
        }
        if let country = fields.first(mapping.pointee.country) {
            event.country = internCountry(country, &fields, &strings)
        }
        if let asn = fields.first(mapping.pointee.asn) {
            event.asn = autonomousSystem(asn)
        }
        if let latitude = fields.first(mapping.pointee.latitude),
            let longitude = fields.first(mapping.pointee.longitude)
        {
            let (north, east) = (tenths(latitude, limit: 90), tenths(longitude, limit: 180))
            if north != .min, east != .min { (event.latitude, event.longitude) = (north, east) }
        }
    }

    /// A country as two capital letters; a longer name is no country code.
    private func internCountry(
        _ country: Bytes, _ fields: inout RecordFields, _ strings: inout StringTable
    ) -> UInt32 {
        guard country.count == 2 else { return 0 }
        let room = fields.room(2)
        for index in 0..<2 {
            let upper = country.start[index] & 0xDF
            guard upper &- 0x41 < 26 else { return 0 }
            room[index] = upper
        }
        return strings.intern(UnsafeRawBufferPointer(start: room, count: 2))
    }

    /// Where the event was read, and the id by which a second copy of it is known.
    @inline(__always)
    mutating func setEvidence(
        _ mapping: UnsafePointer<CompiledMapping>, _ index: Int, _ fields: inout RecordFields,
        _ origin: Origin, _ event: inout IdentityEvent
    ) {
        event.offset = origin.offset
        event.recordLength = UInt32(truncatingIfNeeded: origin.record.count)
        event.recordHash = recordFingerprint(origin.record.raw, key: recordKey)
        if let id = fields.first(mapping.pointee.id) {
            let realm = fields.first(mapping.pointee.tenant).map { hashed(tenant: $0) } ?? 0
            let input = HashInput(id.raw, vendorDomains[index] ^ realm, origin.element)
            if id.lies(in: origin.record) {
                rows.await(.id, of: input)
            } else {
                event.id = hash.hash(id.raw, input.first, input.second)
            }
            return
        }
        let domain = textDomains[index] ^ UInt64(bitPattern: event.at) &* 0x9E37_79B9_7F4A_7C15
        let first = hash.hash(origin.record.raw, domain, origin.element)
        let twin = twinOfRecord ?? twins.count(UInt64(truncatingIfNeeded: first))
        twinOfRecord = twin
        event.id = twin == 0 ? first : hash.hash(origin.record.raw, domain, twin << 32 | origin.element)
    }

    private mutating func hashed(tenant name: Bytes) -> UInt64 {
        let isKnown = tenant.count == name.count
            && tenant.withUnsafeBytes { own in
                own.baseAddress.map { memcmp($0, name.start, name.count) == 0 } ?? false
            }
        if !isKnown {
            tenant.removeAll(keepingCapacity: true)
            tenant.append(contentsOf: name.raw)
            tenantHash = hash.fingerprint(name.raw, domain: Domain.tenant)
        }
        return tenantHash
    }

    /// The event's labels: `key=value`, joined by `;` in key order.
    mutating func internSegments(
        _ mapping: UnsafePointer<CompiledMapping>, _ fields: inout RecordFields,
        _ strings: inout StringTable
    ) -> UInt32 {
        segments.removeAll(keepingCapacity: true)
        for segment in mapping.pointee.segments {
            guard let value = fields.value(Int(segment.slot)) else { continue }
            if !segments.isEmpty { segments.append(0x3B) }
            segments.append(contentsOf: segment.label.raw)
            for byte in value.raw { segments.append(byte == 0x3B ? 0x2C : byte) }
        }
        return segments.withUnsafeBytes { strings.intern($0) }
    }

    /// Keeps the clear texts of the event just appended.
    mutating func reveal(_ mapping: UnsafePointer<CompiledMapping>, _ fields: inout RecordFields) {
        let name = fields.first(mapping.pointee.name).map { typedName($0, &fields) }
        let subject = fields.first(mapping.pointee.subject)?.trimmed
        let tie = fields.first(mapping.pointee.ticket) ?? fields.first(mapping.pointee.correlation)
        let session = fields.first(mapping.pointee.session)
        func known(_ bytes: Bytes?) -> Bytes { bytes.flatMap { isNullLike($0) ? nil : $0 } ?? .none }
        revealed.name.append(revealed.strings.intern(known(name).raw))
        revealed.subject.append(revealed.strings.intern(known(subject).raw))
        revealed.correlation.append(revealed.strings.intern(known(tie).raw))
        revealed.session.append(revealed.strings.intern(known(session).raw))
    }
}
