import IdentityModel
import LockstepTesting

@testable import Measures

/// The hour that the tests' time begins with: 2026-03-01T00:00:00Z.
let dawnHour: Int64 = 492_312

extension SeededGenerator {
    /// A number below `bound`.
    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func cellKey() -> CellKey {
        CellKey(
            hour: dawnHour + Int64(below(3)) - 1, kind: ActorKind.allCases[below(5)],
            traffic: TrafficClass.allCases[below(3)])
    }

    mutating func impactTotals() -> ImpactTotals {
        var totals = ImpactTotals()
        for index in totals.results.indices { totals.results[index] = UInt64(below(300)) }
        totals.firstTry = UInt64(below(100))
        totals.tries = UInt64(below(100))
        totals.triggered = UInt64(below(100))
        totals.triggeredCompleted = UInt64(below(100))
        totals.reasons[below(16)] = UInt64(below(100))
        totals.steps[below(16)] = UInt64(below(100))
        for _ in 0..<below(5) { totals.durations.add(Int64(below(10_000_000))) }
        return totals
    }

    mutating func actorTotals() -> ActorTotals {
        var totals = ActorTotals()
        for _ in 0..<below(5) { totals.attempted.insert(pseudonym()) }
        for _ in 0..<below(3) { totals.completed.insert(pseudonym()) }
        totals.usedFactor.insert(pseudonym())
        totals.enrolledFactor.insert(pseudonym())
        totals.removedFactor.insert(pseudonym())
        return totals
    }

    /// A small cell with something in every part.
    mutating func impactCell() -> ImpactCell {
        var cell = ImpactCell()
        for _ in 0..<3 {
            cell.totals[cellKey()] = impactTotals()
            cell.actors[cellKey()] = actorTotals()
            cell.open[cellKey(), default: OpenTotals()].open += UInt64(below(9))
            cell.open[cellKey(), default: OpenTotals()].completed += UInt64(below(9))
            let value = ["web", "mobil–app", ""][below(3)]
            let key = MarginalKey(
                cell: cellKey(), dimension: Dimension.allCases[below(5)], value: value)
            cell.marginals.add(key, result: below(4), UInt64(below(200)))
            cell.setAside.add(
                SetAsideKey(kind: [SetAsideKind.echo, .noise][below(2)], hour: dawnHour + Int64(below(3))))
            cell.contacts.add(
                ContactKey(journey: happens(50) ? .login : .none, hour: dawnHour), UInt64(below(9)))
        }
        cell.stepsShown = UInt16(below(65_536))
        return cell
    }

    mutating func signalTotals() -> SignalTotals {
        SignalTotals(
            attempts: UInt64(below(200)), takeover: UInt64(below(9)), genuineLooking: UInt64(below(90)))
    }

    mutating func sourceCell() -> SourceCell {
        var cell = SourceCell()
        for _ in 0..<6 {
            let counts: [SourceCount] = [.joinedByActor, .aside(.echo), .aside(.noise), .attempts(.agent)]
            let key = SourceKey(
                counts[below(4)], hour: dawnHour + Int64(below(3)) - 1, source: [1, 2, UInt32.max][below(3)],
                dialect: ["keycloak", "okta", ""][below(3)])
            cell.counts.add(key, UInt64(1 + below(300)))
        }
        return cell
    }

    mutating func threatCell() -> ThreatCell {
        var cell = ThreatCell()
        for _ in 0..<3 {
            var totals = ThreatTotals()
            for index in totals.results.indices { totals.results[index] = UInt64(below(300)) }
            totals.takeover = UInt64(below(9))
            totals.tries = UInt64(below(9))
            for name in ["stuffing", "brute_force", "reset_abuse"] where happens(60) {
                totals.signals[name] = signalTotals()
            }
            totals.providerBlocks = signalTotals()
            cell.totals[cellKey()] = totals
        }
        return cell
    }
}
