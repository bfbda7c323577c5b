/// A scenario with its moment, volume and origins decided.
struct ScenarioPlan: Sendable {
    /// 1 for the first: what records carry in `scenario`.
    let number: UInt8
    let scenario: Scenario
    let seed: UInt64
    /// Milliseconds, half open.
    let window: Range<Int64>
    /// How many tries, or victims of one burst of tries each; 0 where honest visits are changed.
    let tries: Int
    /// How many origins share them.
    let origins: Int
    /// The factor on the usual volume.
    let intensity: Double

    /// Creates the plan of a request within a period.
    init(_ request: ScenarioRequest, number: UInt8, options: SimulationOptions) {
        self.number = number
        scenario = request.scenario
        seed = scramble(options.seed, 0x5343_4500 + UInt64(number))
        let volume = Volume(request, options: options)
        intensity = request.intensity
        tries = volume.tries
        origins = volume.origins
        window = Self.window(request, volume: volume, options: options)
    }

    /// The index of the tries that may begin in a range, and when each does.
    ///
    /// Tries are spread evenly with a jitter of half a step, so each can be computed alone.
    func tries(in range: Range<Int64>) -> [(index: Int, at: Int64)] {
        let overlap = range.clamped(to: window)
        guard tries > 0, !overlap.isEmpty else { return [] }
        let step = Double(window.count) / Double(tries)
        let first = max(0, Int(Double(overlap.lowerBound - window.lowerBound) / step) - 1)
        let last = min(tries - 1, Int(Double(overlap.upperBound - window.lowerBound) / step) + 1)
        guard first <= last else { return [] }
        return (first...last).compactMap { index in
            let jitter = Double(scramble(seed, UInt64(index)) >> 11) * 0x1p-53
            let at = window.lowerBound + Int64((Double(index) + 0.25 + jitter / 2) * step)
            return overlap.contains(at) ? (index, at) : nil
        }
    }

    private static func window(
        _ request: ScenarioRequest, volume: Volume, options: SimulationOptions
    ) -> Range<Int64> {
        let start = options.startMicroseconds / 1_000
        let period = Int64(options.days) * Clock.day
        let end = start + period
        let schedule = request.scenario.schedule
        let duration = max(Clock.minute, min(period, volume.duration))
        var from = start
        if let offset = request.offsetMilliseconds {
            from += max(0, min(period, offset))
        } else {
            from += Int64(schedule.dayShare * Double(options.days)) * Clock.day
            from += schedule.minute * Clock.minute
            // A short period still sees the whole of it.
            from = max(start, min(from, end - duration - Clock.hour))
        }
        from = min(from, end)
        return from..<min(end, from + duration)
    }
}

/// How much of a scenario a period of some size sees.
private struct Volume {
    var tries: Int
    var origins = 1
    var duration: Int64

    /// Volumes are shares of the wanted records, but never so small that the shape is lost.
    init(_ request: ScenarioRequest, options: SimulationOptions) {
        let records = Double(options.records)
        func tries(_ share: Double, _ least: Int) -> Int {
            max(1, Int(max(Double(least), share * records) * request.intensity))
        }
        let usual = min(
            request.scenario.schedule.minutes * Clock.minute,
            Int64(options.days) * Clock.day * 3 / 10)
        duration = max(Clock.minute, request.durationMilliseconds ?? usual)
        let minutes = Double(duration) / Double(Clock.minute)
        switch request.scenario {
        case .credentialStuffing:
            self.tries = tries(0.025, 120)
            // Six tries a minute and origin; a small run is shorter instead of thinner.
            if request.durationMilliseconds == nil {
                duration = min(duration, Int64(max(10, self.tries / 6)) * Clock.minute)
            }
            origins = max(1, Int(Double(self.tries * Int(Clock.minute)) / Double(duration) / 6))
        case .passwordSpray:
            self.tries = tries(0.012, 160)
            // About a hundred tries a day and origin.
            origins = max(2, Int(Double(self.tries) / (minutes / 1_440) / 100))
        case .resetBombing:
            self.tries = tries(0.0009, 12)
            origins = max(1, self.tries / 24)
        case .mfaFatigue:
            self.tries = tries(0.000_25, 5)
            origins = self.tries
        case .fakeRegistration:
            self.tries = tries(0.006, 60)
            origins = max(1, Int(Double(self.tries) / minutes))
        case .bruteForce:
            self.tries = tries(0.000_08, 2)
            origins = self.tries
        case .distributedGuessing:
            self.tries = tries(0.000_1, 2)
            origins = 60
        case .userEnumeration:
            self.tries = tries(0.01, 120)
            // Four names a minute and origin.
            origins = max(1, Int(Double(self.tries) / minutes / 4))
        case .otpGuessing:
            self.tries = tries(0.000_1, 3)
            origins = self.tries
        case .stalePassword: self.tries = tries(0.000_3, 4)
        case .staleMobileToken: self.tries = tries(0.000_2, 4)
        case .brokenEnrolment, .brokenLogin, .marketingSpike: self.tries = 0
        }
    }
}

extension ScenarioPlan {
    /// The Keycloak records that a plan adds to those of honest visits, about.
    var recordsExpected: Double {
        let recordsPerTry: Double =
            switch scenario {
            case .credentialStuffing, .passwordSpray: 1.05
            case .resetBombing: 9
            case .mfaFatigue: 13
            case .fakeRegistration: 2.8
            case .bruteForce: 60
            case .distributedGuessing: 40
            case .userEnumeration: 1
            case .otpGuessing: 20
            case .stalePassword: 16
            case .staleMobileToken: 40
            case .brokenEnrolment, .brokenLogin, .marketingSpike: 0
            }
        return Double(tries) * recordsPerTry
    }
}
