import AdapterKit
import Dialects
import Foundation
import IdentityModel
import Testing

/// What became of some records.
struct Normalized {
    var events = EventBatch()
    var revealed = RevealedIdentities()
    var tally = NormalizationTally()
    var detection: DetectionReport?
    /// The printed lines, parsed; identities in the clear.
    var lines: [[String: String]] = []

    /// The causes of the quarantined records.
    var causes: [String] { tally.quarantined.map(\.cause) }
}

enum Fixture {
    /// 2026-06-01T00:00:00Z.
    static let now: Int64 = 1_780_272_000_000_000

    static var key: PseudonymKey {
        get throws { try #require(PseudonymKey(bytes: [UInt8](repeating: 1, count: 32))) }
    }

    private static let loaded = Result { try DialectLibrary(catalog: JourneyCatalog()) }

    /// The built-in dialects, compiled once for all tests.
    static var builtIn: DialectLibrary {
        get throws { try loaded.get() }
    }

    /// A library of `yaml` dialects by name.
    static func library(_ dialects: [String: String]) throws -> DialectLibrary {
        try DialectLibrary(
            catalog: JourneyCatalog(),
            sources: dialects.mapValues { DialectSource(file: "test/dialect.yaml", text: $0) })
    }

    /// A library of one dialect called `test`, whose head is filled in.
    static func test(_ body: String) throws -> DialectLibrary {
        try library(["test": "dialect: test\nversion: 1\ntitle: A test\n" + body])
    }

    /// A batch of `records`, one after another with a newline between.
    static func batch(_ records: [[UInt8]], at offset: UInt64 = 0) -> RecordBatch {
        var batch = RecordBatch()
        batch.streamOffset = offset
        for record in records {
            batch.spans.append(.init(start: batch.bytes.count, length: record.count))
            batch.bytes += record
            batch.bytes.append(0x0A)
        }
        return batch
    }

    /// Normalizes `records` as one stream.
    static func run(
        _ library: DialectLibrary, _ records: [String], options: NormalizerOptions? = nil
    ) throws -> Normalized {
        try run(library, bytes: records.map { Array($0.utf8) }, options: options)
    }

    /// Normalizes `records` as one stream.
    static func run(
        _ library: DialectLibrary, bytes records: [[UInt8]], options: NormalizerOptions? = nil
    ) throws -> Normalized {
        var normalizer = try StreamNormalizer(
            library: library, key: key, options: options ?? NormalizerOptions(now: now))
        var result = Normalized()
        normalizer.normalize(
            batch(records), into: &result.events, revealing: &result.revealed, tally: &result.tally)
        result.detection = normalizer.detection
        var writer = EventWriter(catalog: JourneyCatalog())
        var out: [UInt8] = []
        writer.append(result.events, revealing: result.revealed, source: "test.log", to: &out)
        for line in out.split(separator: 0x0A) {
            let object = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
            result.lines.append(try #require(object).mapValues { "\($0)" })
        }
        return result
    }
}

/// A dialect of JSON records with everything a test may want to set.
let jsonBody = """
    forms:
      json:
        json: {}
        requires: [kind]
        fields:
          kind: kind
          time: time
          name: name
          subject: subject
          id: id
          ip: ip
          tenant: tenant
          code: code
    event:
      time: time
      name: name
      subject: subject
      id: id
      ip: ip
      tenant: tenant
      vendor_reason: code
    rules:
      - when: {kind: login}
        is: login/complete/success
      - when: {kind: noise}
        ignore: only noise
    """
