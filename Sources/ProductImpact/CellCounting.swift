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
        if attempt.reasons != .zero {
            for index in 0..<16 { reasons[index] += UInt64(attempt.reasons[index]) }
        }
        var left = attempt.stepsReached
        while left != 0 {
            steps[left.trailingZeroBitCount] += 1
            left &= left - 1
        }
        if let duration = attempt.durationMilliseconds { durations.add(duration) }
    }
}

extension ActorTotals {
    /// Counts the actors of an attempt; those who completed only once it has matured.
    mutating func add(_ attempt: Attempt, isMatured: Bool) {
        attempt.actors.forEach { attempted.insert($0) }
        guard isMatured, attempt.completedAt != nil else { return }
        attempt.actors.forEach { completed.insert($0) }
        if attempt.journey == .login, attempt.usesSecondFactor { usedFactor.insert(attempt.completingActor) }
        if attempt.journey == .mfaEnrolment { enrolledFactor.insert(attempt.completingActor) }
    }

    /// Counts a factor that was added or removed outside an enrolment.
    mutating func addFactor(_ actor: UInt128, isAdded: Bool) {
        if isAdded { enrolledFactor.insert(actor) } else { removedFactor.insert(actor) }
    }
}
