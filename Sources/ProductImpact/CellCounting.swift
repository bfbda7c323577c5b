import Attempts
import IdentityModel
import Measures

extension ImpactTotals {
    /// Counts a matured attempt.
    mutating func add(_ attempt: Attempt) {
        results[attempt.result.rawValue] += 1
        if attempt.isFirstTry { firstTry += 1 }
        tries += UInt64(attempt.tries)
        if attempt.isTriggered {
            triggered += 1
            if attempt.completedAt != nil { triggeredCompleted += 1 }
        }
        for index in 0..<16 {
            reasons[index] += UInt64(attempt.reasons[index])
            if attempt.stepsReached >> UInt16(index) & 1 == 1 { steps[index] += 1 }
        }
        if let duration = attempt.durationMilliseconds { durations.add(duration) }
    }
}

extension ImpactCell {
    /// Counts a matured attempt and its actors.
    mutating func count(_ attempt: Attempt, _ key: CellKey) {
        // The step of an event of an MFA-only source is settled only with its attempt.
        stepsShown |= attempt.stepsReached
        totals[key, default: ImpactTotals()].add(attempt)
        addActors(of: attempt, hour: key.hour, isMatured: true)
    }

    /// Counts the actors of an attempt; those who completed only once it has matured.
    mutating func addActors(of attempt: Attempt, hour: Int64, isMatured: Bool) {
        let key = CellKey(hour: hour, kind: attempt.actorKind, traffic: .genuine)
        var totals = actors.removeValue(forKey: key) ?? ActorTotals()
        attempt.actors.forEach { totals.attempted.insert($0) }
        if isMatured, attempt.completedAt != nil {
            attempt.actors.forEach { totals.completed.insert($0) }
            if attempt.journey == .login, attempt.usesSecondFactor {
                totals.usedFactor.insert(attempt.completingActor)
            }
            if attempt.journey == .mfaEnrolment { totals.enrolledFactor.insert(attempt.completingActor) }
        }
        actors[key] = totals
    }

    /// Counts a factor that was added or removed outside an enrolment.
    mutating func addFactor(_ actor: UInt128, _ key: CellKey, isAdded: Bool) {
        var totals = actors.removeValue(forKey: key) ?? ActorTotals()
        if isAdded { totals.enrolledFactor.insert(actor) } else { totals.removedFactor.insert(actor) }
        actors[key] = totals
    }
}
