import Foundation
import Testing

/// Killed at any moment and run again, a replay ends with the same scorecard to the last byte.
@Suite("Killed replay", .serialized) struct KillTests {
    @Test func `gives the same scorecard after any number of kills`() throws {
        let sandbox = try Sandbox()
        let simulated = try sandbox.run("simulate", "--out", "logs", "--days", "4", "--records", "200000", "--format", "keycloak")
        try #require(simulated.status == 0, "\(simulated.errors)")
        let arguments = ["replay", "logs/keycloak", "--format", "json"]
        let began = ContinuousClock.now
        let undisturbed = try sandbox.run(arguments, store: "store/undisturbed.sqlite")
        let duration = (ContinuousClock.now - began) / .seconds(1)
        #expect(undisturbed.status == 0, "\(undisturbed.errors)")

        var numbers = SeededNumbers(state: 20_260_301)
        // Early, in the middle, and some time after the first events became durable.
        var moments: [Moment] = [.after(duration * .random(in: 0.02..<0.15, using: &numbers))]
        moments.append(.after(duration * .random(in: 0.15..<0.4, using: &numbers)))
        moments.append(.afterFirstCommit(.random(in: 0..<0.15, using: &numbers) * duration))
        var kills = 0
        for moment in moments {
            let running = try sandbox.start(arguments)
            try wait(for: moment, of: running.process, sandbox)
            if running.process.isRunning {
                kill(running.process.processIdentifier, SIGKILL)
                kills += 1
            }
            running.process.waitUntilExit()
        }
        #expect(kills > 0)
        let last = try sandbox.run(arguments)
        #expect(last.status == 0, "\(last.errors)")
        #expect(withoutIntegrity(last.text) == withoutIntegrity(undisturbed.text))
        #expect(try sandbox.run("scorecard", "--format", "json").output == last.output)
    }

    private enum Moment {
        /// Seconds after the start.
        case after(Double)
        /// Seconds after the store's log has grown by more than what opening a store writes.
        case afterFirstCommit(Double)
    }

    private func wait(for moment: Moment, of process: Process, _ sandbox: Sandbox) throws {
        func pause(_ seconds: Double) {
            let end = ContinuousClock.now + .seconds(seconds)
            while process.isRunning, ContinuousClock.now < end { usleep(5000) }
        }
        switch moment {
        case .after(let seconds): pause(seconds)
        case .afterFirstCommit(let seconds):
            let log = sandbox.path("store/lockstep.sqlite-wal")
            func isLarge() -> Bool {
                let attributes = try? FileManager.default.attributesOfItem(atPath: log)
                return (attributes?[.size] as? NSNumber)?.intValue ?? 0 > 1 << 20
            }
            while process.isRunning, !isLarge() { usleep(5000) }
            pause(seconds)
        }
    }
}

/// Numbers that are equal on every machine (SplitMix64, Steele et al. 2014).
private struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
