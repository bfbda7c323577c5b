import IdentityModel
import Testing

@testable import Store

/// The laws of every store, checked against a plain dictionary.
///
/// Give it a fresh store; it appends to it.
struct StoreConformance<Store: JournalWriting & JournalReading> {
    let store: Store

    /// However events are divided, ordered and repeated, the journal holds each (at, id) once,
    /// with the text that wins, in canonical order.
    func holdsEachEventOnce(_ commits: [EventBatch], batchEvents: Int) async throws {
        var appended = 0
        for events in commits {
            var commit = JournalAppend()
            let half = events.count / 2
            commit.batches = [
                SourcedBatch(source: "one", events: events.picked(0..<half)),
                SourcedBatch(source: "two", events: events.picked(half..<events.count)),
            ]
            let report = try await store.append(commit)
            #expect(report.appended + report.duplicates + report.collisions == events.count)
            appended += report.appended
        }
        let model = Self.model(commits)
        #expect(appended == model.count)
        try expectJournal(model, batchEvents: batchEvents)
        try await store.compact()
        try expectJournal(model, batchEvents: batchEvents)
        #expect(try store.watermark() == model.last?.event.at)
    }

    /// What a dictionary by (at, id) holds after `commits`, in canonical order.
    private static func model(_ commits: [EventBatch]) -> [PlainEvent] {
        var held: [EventKey: PlainEvent] = [:]
        for batch in commits {
            for event in PlainEvent.all(batch) {
                let key = EventKey(at: event.event.at, id: event.event.id)
                if let known = held[key]?.event,
                    (known.recordLength, known.recordHash) >= (
                        event.event.recordLength, event.event.recordHash
                    )
                {
                    continue
                }
                held[key] = event
            }
        }
        return held.values.sorted { IdentityEvent.precedes($0.event, $1.event) }
    }

    private func expectJournal(_ model: [PlainEvent], batchEvents: Int) throws {
        var read: [PlainEvent] = []
        for slice in try store.slices() {
            var inSlice = 0
            try store.readSlice(slice.slice, batchEvents: batchEvents) { batch in
                #expect(batch.count > 0 && batch.count <= batchEvents)
                inSlice += batch.count
                read += PlainEvent.all(batch)
            }
            #expect(inSlice == slice.events)
        }
        #expect(read.count == model.count)
        #expect(read == model)
    }
}

/// What makes two events the same.
private struct EventKey: Hashable {
    var at: Int64
    var id: UInt128
}
