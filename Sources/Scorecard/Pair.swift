import IdentityModel
import Measures

/// One half of a pair: a metric, raw over all matured attempts and adjusted over genuine ones.
public struct PairHalf: Sendable {
    public var metric: String
    public var value: Double?
    /// Over genuine attempts alone; nil where the metric is not a rate of attempts.
    public var adjusted: Double?
    /// From all suspects taken out to familiar-looking suspects put back, the lower end first; nil
    /// where there is no adjusted figure.
    public var adjustedRange: ClosedRange<Double>?
    /// The 95 % interval of `adjusted`, or of `value` where there is none.
    public var low: Double?
    public var high: Double?
    /// What no source shows, in words; the figures are nil then.
    public var unobservable: String?
    /// Figures shown beside the metric.
    public var also: [(String, Double?)] = []
    /// The ranges of adjusted figures among them.
    public var alsoRanges: [(String, ClosedRange<Double>?)] = []

    static func unobservable(_ metric: String, _ why: String) -> PairHalf {
        PairHalf(metric: metric, unobservable: why)
    }

    /// A rate of attempts: `raw` over all, `genuine` over genuine ones, `putBack` over these and the
    /// familiar-looking suspects.
    static func rate(_ metric: String, raw: Estimate?, genuine: Estimate?, putBack: Estimate?) -> PairHalf {
        PairHalf(
            metric: metric, value: raw?.value, adjusted: genuine?.value,
            adjustedRange: range(genuine?.value, putBack?.value), low: genuine?.low, high: genuine?.high)
    }

    /// The range between two figures, in either order; nil where one is missing.
    static func range(_ a: Double?, _ b: Double?) -> ClosedRange<Double>? {
        guard let a, let b else { return nil }
        return min(a, b)...max(a, b)
    }

    /// A figure without an adjusted form.
    static func figure(_ metric: String, _ estimate: Estimate?) -> PairHalf {
        PairHalf(metric: metric, value: estimate?.value, low: estimate?.low, high: estimate?.high)
    }
}

/// An experience metric that product answers for beside an assurance metric that security answers for.
public struct Pair: Sendable {
    public var id: String
    public var experience: PairHalf
    public var assurance: PairHalf
    /// Suspect / matured: shown, carries no limit.
    public var pressure: Double?

    /// `unobservable` where a half is; nil until thresholds are agreed.
    public var verdict: String? {
        experience.unobservable != nil || assurance.unobservable != nil ? "unobservable" : nil
    }
}

/// Computes the pairs of docs/definitions.md.
struct PairContext {
    let figures: [JourneyID: JourneyFigures]
    let cells: CardCells
    let query: CardQuery
    let catalog: JourneyCatalog
    let activeActors: UInt64
    let contacts: [JourneyID: UInt64]
    let showsSupport: Bool
    let factors: FactorHolders

    func pairs(of journey: JourneyID) -> [Pair] {
        guard let own = figures[journey] else { return [] }
        switch journey {
        case .login:
            return [
                pair("login", own, completion(own, "success_rate"), takeover(own)),
                pair("login_contacts", own, contactRate(.login), takeover(own)),
            ]
        case .passwordReset: return [pair("password_reset", own, timeToComplete(own), takeover(own))]
        case .mfaEnrolment: return [pair("mfa_enrolment", own, dropOff(own), adoption())]
        case .accountRecovery:
            return [pair("account_recovery", own, contactRate(.accountRecovery), volume(own))]
        case .stepUp: return [pair("step_up", own, triggeredCompletion(own), triggerRate(own))]
        case .registration:
            return [pair("registration", own, conversion(own), suspectCompleted(own))]
        case .consent: return [pair("consent", own, completion(own, "grant_rate"), suspectCompleted(own))]
        default: return [pair(catalog[journey].name, own, completion(own, "completion_rate"), suspectCompleted(own))]
        }
    }

    private func pair(_ id: String, _ own: JourneyFigures, _ experience: PairHalf, _ assurance: PairHalf) -> Pair {
        Pair(
            id: id, experience: experience, assurance: assurance,
            pressure: Estimate.proportion(own.suspects, of: own.all.matured)?.value)
    }

    // MARK: What sources must show

    /// Why a completion rate cannot be known, or nil: completions alone show nobody who gave up.
    private func missingEarlierStep(_ own: JourneyFigures) -> String? {
        let journey = catalog[own.journey]
        if own.stepsShown == 0 { return "no source shows the journey '\(journey.name)'" }
        let last = journey.lastStep
        if own.stepsShown & ~(UInt16(1) << UInt16(last)) != 0 { return nil }
        let steps = journey.steps.dropLast().joined(separator: ", ")
        return "no source shows a step before '\(journey.steps[Int(last)])' (\(steps))"
    }

    private func missingStep(_ own: JourneyFigures, _ step: UInt8) -> String? {
        own.shows(step: step) ? nil : "no source shows the step '\(catalog[own.journey].steps[Int(step)])'"
    }

    private func missingJourney(_ own: JourneyFigures) -> String? {
        own.stepsShown == 0 ? "no source shows the journey '\(catalog[own.journey].name)'" : nil
    }

    // MARK: Experience halves

    private func completion(_ own: JourneyFigures, _ metric: String) -> PairHalf {
        if let missing = missingEarlierStep(own) { return .unobservable(metric, missing) }
        return .rate(
            metric, raw: .proportion(own.all.completed, of: own.all.matured),
            genuine: .proportion(own.genuine.completed, of: own.genuine.matured),
            putBack: .proportion(own.putBack.completed, of: own.putBack.matured))
    }

    private func contactRate(_ journey: JourneyID) -> PairHalf {
        let metric = "\(catalog[journey].name)_contacts_per_1000_active_actors"
        guard showsSupport else { return .unobservable(metric, "no source shows support contacts") }
        return .figure(metric, .rate(contacts[journey] ?? 0, per: 1000, of: activeActors))
    }

    private func timeToComplete(_ own: JourneyFigures) -> PairHalf {
        let metric = "time_to_complete_p50_ms"
        if let missing = missingStep(own, 0) { return .unobservable(metric, missing) }
        let raw = own.all.durations.quantiles(percents: [50, 95])
        let genuine = own.genuine.durations.quantiles(percents: [50, 95])
        let putBack = own.putBack
        let other = putBack.durations.quantiles(percents: [50, 95])
        func range(_ quantile: Int) -> ClosedRange<Double>? {
            PairHalf.range(genuine.map { Double($0[quantile]) }, other.map { Double($0[quantile]) })
        }
        var half = PairHalf(
            metric: metric, value: raw.map { Double($0[0]) }, adjusted: genuine.map { Double($0[0]) },
            adjustedRange: range(0))
        if let bounds = own.genuine.durations.quantileInterval(percent: 50) {
            half.low = Double(bounds.low)
            half.high = Double(bounds.high)
        }
        half.also = [
            ("time_to_complete_p95_ms", raw.map { Double($0[1]) }),
            ("time_to_complete_p95_ms_adjusted", genuine.map { Double($0[1]) }),
            ("completion_rate", Estimate.proportion(own.all.completed, of: own.all.matured)?.value),
            ("completion_rate_adjusted", Estimate.proportion(own.genuine.completed, of: own.genuine.matured)?.value),
        ]
        half.alsoRanges = [
            ("time_to_complete_p95_ms_adjusted", range(1)),
            (
                "completion_rate_adjusted",
                PairHalf.range(
                    Estimate.proportion(own.genuine.completed, of: own.genuine.matured)?.value,
                    Estimate.proportion(putBack.completed, of: putBack.matured)?.value)
            ),
        ]
        return half
    }

    private func dropOff(_ own: JourneyFigures) -> PairHalf {
        if let missing = missingEarlierStep(own) { return .unobservable("drop_off", missing) }
        return .rate(
            "drop_off", raw: .proportion(own.all.matured - own.all.completed, of: own.all.matured),
            genuine: .proportion(own.genuine.matured - own.genuine.completed, of: own.genuine.matured),
            putBack: .proportion(own.putBack.matured - own.putBack.completed, of: own.putBack.matured))
    }

    private func triggeredCompletion(_ own: JourneyFigures) -> PairHalf {
        let metric = "triggered_completion_rate"
        if let missing = missingEarlierStep(own) { return .unobservable(metric, missing) }
        let all = own.all
        let genuine = own.genuine
        let putBack = own.putBack
        var half = PairHalf.rate(
            metric, raw: .proportion(all.triggeredCompleted, of: all.triggered),
            genuine: .proportion(genuine.triggeredCompleted, of: genuine.triggered),
            putBack: .proportion(putBack.triggeredCompleted, of: putBack.triggered))
        half.also = [
            (
                "untriggered_completion_rate",
                Estimate.proportion(all.completed - all.triggeredCompleted, of: all.matured - all.triggered)?.value
            ),
            ("abandonment_rate", Estimate.proportion(all.abandoned, of: all.matured)?.value),
            ("abandonment_rate_adjusted", Estimate.proportion(genuine.abandoned, of: genuine.matured)?.value),
        ]
        half.alsoRanges = [
            (
                "abandonment_rate_adjusted",
                PairHalf.range(
                    Estimate.proportion(genuine.abandoned, of: genuine.matured)?.value,
                    Estimate.proportion(putBack.abandoned, of: putBack.matured)?.value)
            )
        ]
        return half
    }

    private func conversion(_ own: JourneyFigures) -> PairHalf {
        var half = completion(own, "conversion_rate")
        guard half.unobservable == nil else { return half }
        var social = [UInt64](repeating: 0, count: 4)
        for (key, counts) in cells.impact[.registration]?.marginals.counts ?? [:]
        where key.dimension == .method && key.value == AuthMethod.social.word
            && query.hours.contains(key.cell.hour) && query.includes(key.cell.kind)
        {
            for index in social.indices { social[index] += counts[index] }
        }
        let matured = social.reduce(0, +)
        half.also = [
            ("social_conversion_rate", Estimate.proportion(social[0], of: matured)?.value),
            (
                "own_conversion_rate",
                Estimate.proportion(own.all.completed - social[0], of: own.all.matured - matured)?.value
            ),
        ]
        return half
    }

    // MARK: Assurance halves

    private func takeover(_ own: JourneyFigures) -> PairHalf {
        let metric = "takeover_suspect_rate"
        if let missing = missingStep(own, catalog[own.journey].lastStep) { return .unobservable(metric, missing) }
        return .figure(metric, .proportion(own.suspect.takeover, of: own.all.completed))
    }

    private func suspectCompleted(_ own: JourneyFigures) -> PairHalf {
        let metric = "suspect_completed_rate"
        if let missing = missingStep(own, catalog[own.journey].lastStep) { return .unobservable(metric, missing) }
        return .figure(metric, .proportion(own.suspect.results[0], of: own.all.completed))
    }

    private func adoption() -> PairHalf {
        let metric = "second_factor_adoption"
        guard let login = figures[.login], login.shows(step: LoginStep.complete) else {
            return .unobservable(metric, "no source shows the step 'complete' of login")
        }
        guard factors.isObserved else {
            return .unobservable(metric, "no source shows a second factor in use, enrolled or removed")
        }
        let actors = login.actors.completed
        guard let holders = factors.holders(among: actors) else {
            return .unobservable(metric, "more than \(ActorSet.exactMax) actors: ask for a shorter period")
        }
        return .figure(metric, .proportion(holders, of: UInt64(actors.count)))
    }

    private func volume(_ own: JourneyFigures) -> PairHalf {
        if let missing = missingJourney(own) { return .unobservable("attempts", missing) }
        var half = PairHalf.figure("attempts", .count(own.attempts))
        half.also = [
            ("attempts_per_1000_active_actors", Estimate.rate(own.attempts, per: 1000, of: activeActors)?.value)
        ]
        return half
    }

    private func triggerRate(_ own: JourneyFigures) -> PairHalf {
        let metric = "triggered_per_completed_login"
        if let missing = missingJourney(own) { return .unobservable(metric, missing) }
        guard let login = figures[.login], login.shows(step: LoginStep.complete) else {
            return .unobservable(metric, "no source shows the step 'complete' of login")
        }
        return .figure(metric, .rate(own.all.triggered, per: 1, of: login.all.completed))
    }
}
