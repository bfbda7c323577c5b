import IdentityModel
import Measures

extension Card {
    /// The scorecard as `lockstep.scorecard/1`. Keys are added later, never renamed.
    public func json() -> JSONText {
        .object([
            ("schema", .string("lockstep.scorecard/1")),
            ("from", .string(Timestamp.secondsText(query.hours.lowerBound * Timestamp.hour))),
            ("to", .string(Timestamp.secondsText(query.hours.upperBound * Timestamp.hour))),
            ("lens", .string(query.lens)),
            ("population", .string(query.population.word)),
            ("active_actors", .count(activeActors.count)),
            ("active_actors_exact", .bool(activeActors.isExact)),
            ("journeys", .array(journeys.map(journeyJSON))),
            (
                "support",
                .object([
                    ("contacts", .count(contactsTotal)),
                    (
                        "by_journey",
                        .object(
                            contacts.filter { $0.key != .none }.sorted { $0.key < $1.key }
                                .map { (catalog[$0.key].name, .count($0.value)) })
                    ),
                ])
            ),
            ("signals", .array(signals.map(\.json))),
        ] + (history.map { [("history", $0.json)] } ?? []) + [("integrity", integrityJSON())])
    }

    private func journeyJSON(_ figures: JourneyFigures) -> JSONText {
        let all = figures.all
        return .object([
            ("journey", .string(catalog[figures.journey].name)),
            ("attempts", .count(figures.attempts)),
            ("open", .count(figures.open.open)),
            ("open_completed", .count(figures.open.completed)),
            ("completed", .count(all.completed)),
            ("failed", .count(all.failed)),
            ("denied", .count(all.denied)),
            ("abandoned", .count(all.abandoned)),
            ("first_try", .count(all.firstTry)),
            ("tries", .count(all.tries)),
            ("actors", .count(figures.actors.attempted.count)),
            ("actors_completed", .count(figures.actors.completed.count)),
            ("actors_exact", .bool(figures.actors.attempted.isExact && figures.actors.completed.isExact)),
            ("suspect", suspectJSON(figures.suspect)),
            ("genuine", genuineJSON(figures)),
            ("duration_ms", durationJSON(all.durations, figures)),
            ("reasons", reasonsJSON(all.reasons)),
            ("steps", stepsJSON(figures)),
            ("pairs", .array((pairs[figures.journey] ?? []).map(\.json))),
        ])
    }

    private func suspectJSON(_ suspect: ThreatTotals) -> JSONText {
        .object([
            ("completed", .count(suspect.results[0])),
            ("failed", .count(suspect.results[1])),
            ("denied", .count(suspect.results[2])),
            ("abandoned", .count(suspect.results[3])),
            ("takeover", .count(suspect.takeover)),
            ("tries", .count(suspect.tries)),
            ("by_signal", .object(suspect.bySignal.sorted { $0.key < $1.key }.map { ($0.key, .count($0.value)) })),
        ])
    }

    private func genuineJSON(_ figures: JourneyFigures) -> JSONText {
        let genuine = figures.genuine
        return .object([
            ("completed", .count(genuine.completed)),
            ("failed", .count(genuine.failed)),
            ("denied", .count(genuine.denied)),
            ("abandoned", .count(genuine.abandoned)),
            ("first_try", .count(genuine.firstTry)),
            ("tries", .count(genuine.tries)),
            ("duration_ms", durationJSON(genuine.durations, figures)),
        ])
    }

    /// Null where no source shows the opening step: an unknown duration is not 0.
    private func durationJSON(_ durations: DurationHistogram, _ figures: JourneyFigures) -> JSONText {
        guard figures.shows(step: 0) else { return .null }
        let quantiles = durations.quantiles(percents: [50, 95, 99])
        func quantile(_ index: Int) -> JSONText { quantiles.map { .count($0[index]) } ?? .null }
        return .object([
            ("count", .count(durations.count)), ("p50", quantile(0)), ("p95", quantile(1)), ("p99", quantile(2)),
        ])
    }

    private func reasonsJSON(_ reasons: [UInt64]) -> JSONText {
        .object(
            Reason.allCases.filter { $0 != .none && reasons[Int($0.rawValue)] > 0 }
                .map { ($0.word, .count(reasons[Int($0.rawValue)])) })
    }

    private func stepsJSON(_ figures: JourneyFigures) -> JSONText {
        .array(
            catalog[figures.journey].steps.enumerated().map { rank, step in
                .object([
                    ("step", .string(step)),
                    ("reached", figures.shows(step: UInt8(rank)) ? .count(figures.all.steps[rank]) : .null),
                ])
            })
    }

    private func integrityJSON() -> JSONText {
        let rows: [JSONText] = sources.map { row in
            .object(
                [("source", .string(row.source)), ("dialect", .string(row.dialect))]
                    + row.counts.map { ($0.0, .count($0.1)) } + row.figures.json
                    + (row.isProxyHidden ? [("proxy_headers_missing", .bool(true))] : []))
        }
        return .object(
            [("sources", .array(rows))] + Self.setAsideKinds.map { ($0, .count(setAside[$0] ?? 0)) } + [
                ("kept_out", keptOut.json)
            ])
    }
}

extension [ActorKind: UInt64] {
    /// Kinds without any are left out.
    fileprivate var json: JSONText {
        .object(
            filter { $0.value > 0 }.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { ($0.key.word.isEmpty ? "unknown" : $0.key.word, .count($0.value)) })
    }
}

extension SourceFigures {
    fileprivate var json: [(String, JSONText)] {
        [("joined_by_actor", .count(joinedByActor))]
            + Card.setAsideKinds.map { ($0, .count(setAside[$0] ?? 0)) } + [("kept_out", keptOut.json)]
    }
}

extension SignalCost {
    fileprivate var json: JSONText {
        .object([
            ("rule", .string(rule)), ("source", .string(source.rawValue)), ("attempts", .count(totals.attempts)),
            ("takeover", .count(totals.takeover)), ("genuine_looking", .count(totals.genuineLooking)),
            ("share", .optional(share?.value)), ("low", .optional(share?.low)), ("high", .optional(share?.high)),
        ])
    }
}

extension CardHistory {
    fileprivate var json: JSONText { .object([("days", .count(Int(days))), ("thin", .bool(isThin))]) }
}

extension JSONText {
    /// `[low, high]`, or null.
    fileprivate static func range(_ range: ClosedRange<Double>?) -> JSONText {
        guard let range else { return .null }
        return .array([.optional(range.lowerBound), .optional(range.upperBound)])
    }
}

extension Pair {
    var json: JSONText {
        .object([
            ("id", .string(id)),
            ("experience", experience.json(extra: [("target", .null), ("limit", .null)])),
            ("assurance", assurance.json(extra: [("target", .null), ("limit", .null), ("pressure", .optional(pressure))])),
            ("verdict", .optional(verdict)),
            ("action", .null),
            ("decides", .null),
            ("overrides", .null),
            ("signed", .array([])),
        ])
    }
}

extension PairHalf {
    fileprivate func json(extra: [(String, JSONText)]) -> JSONText {
        var keys: [(String, JSONText)] = [
            ("metric", .string(metric)), ("value", .optional(value)), ("adjusted", .optional(adjusted)),
            ("adjusted_range", .range(adjustedRange)), ("low", .optional(low)), ("high", .optional(high)),
        ]
        keys += extra
        if let unobservable { keys.append(("unobservable", .string(unobservable))) }
        if !also.isEmpty { keys.append(("also", .object(also.map { ($0.0, .optional($0.1)) }))) }
        if !alsoRanges.isEmpty { keys.append(("also_ranges", .object(alsoRanges.map { ($0.0, .range($0.1)) }))) }
        return .object(keys)
    }
}
