import IdentityModel
import LockstepTesting
import Measures
import ProductImpact
import Testing

@testable import Attempts

@Suite("Product impact") struct ImpactAnalyzerTests {
    private func cell(_ place: PlacedCells, _ journey: JourneyID, slice: Int64 = dawnHour)
        -> ImpactCell
    {
        place.cells[ImpactAnalyzer.SliceJourney(slice: slice, journey: journey)] ?? ImpactCell()
    }

    private func key(
        _ kind: ActorKind = .unknown, _ traffic: TrafficClass = .genuine, hour: Int64 = dawnHour
    ) -> CellKey {
        CellKey(hour: hour, kind: kind, traffic: traffic)
    }

    @Test func `an attempt counts in the hour of its first event, wherever it is emitted`() {
        let late = completed(.registration, at: 3599.999, actor: 1, duration: 7200) {
            $0.actorKind = .customer
        }
        let placed = cells([.matured(late, slice: dawnHour + 73)])
        #expect(placed.cells.keys.map(\.slice) == [dawnHour + 73])
        let cell = cell(placed, .registration, slice: dawnHour + 73)
        #expect(Array(cell.totals.keys) == [key(.customer)])
        #expect(Array(cell.actors.keys) == [key(.customer)])
        #expect(cell.totals[key(.customer)]?.durations.quantiles(percents: [50]) != nil)
    }

    @Test func `every count of an attempt is taken over`() throws {
        let given = [
            completed(.login, at: 1, actor: 1, duration: 0.2) {
                $0.tries = 1
                $0.stepsReached = 0b1011
            },
            completed(.login, at: 2, actor: 2) {
                $0.hasSetback = true
                $0.tries = 3
                $0.showsOpening = false
                $0.stepsReached = 0b1010
                $0.reasons[Int(Reason.badCredential.rawValue)] = 2
                $0.isTriggered = true
            },
            attempt(.login, at: 3, actors: [1, 3]) {
                $0.lastVerdict = .failure
                $0.tries = 1
                $0.reasons[Int(Reason.badCredential.rawValue)] = 1
                $0.isTriggered = true
                $0.stepsReached = 0b10
            },
            attempt(.login, at: 4, actors: [4]) { $0.lastVerdict = .denied },
            attempt(.login, at: 5, actors: [5]) { $0.lastVerdict = .success },
            attempt(.login, at: 6),
        ]
        let cell = cell(cells(given.map { .matured($0, slice: dawnHour) }), .login)
        let totals = try #require(cell.totals[key()])
        #expect(totals.results == [2, 1, 1, 2])
        #expect(totals.matured == 6)
        #expect(totals.firstTry == 1 && totals.tries == 5)
        #expect(totals.triggered == 2 && totals.triggeredCompleted == 1)
        #expect(totals.reasons[Int(Reason.badCredential.rawValue)] == 3)
        #expect(totals.steps[..<4] == [1, 3, 0, 2])
        #expect(totals.durations.count == 1)
        #expect(totals.durations.quantiles(percents: [50]) == [200])
        #expect(cell.actors[key()]?.attempted.members == [1, 2, 3, 4, 5])
        #expect(cell.actors[key()]?.completed.members == [1, 2])
    }

    @Test func `suspect attempts are apart in the totals, and their actors are not`() {
        let suspect = completed(.login, at: 1, actor: 1) { $0.signals = SignalSet(index: 3) }
        let cell = cell(cells([.matured(suspect, slice: dawnHour)]), .login)
        #expect(Array(cell.totals.keys) == [key(.unknown, .suspect)])
        #expect(Array(cell.actors.keys) == [key()])
        #expect(cell.marginals.counts.isEmpty)
    }

    @Test func `suspect attempts of familiar actors are in a class of their own`() {
        let suspect = completed(.login, at: 1, actor: 1) { $0.signals = SignalSet(index: 3) }
        let familiar = completed(.login, at: 2, actor: 2) {
            $0.signals = SignalSet(index: 3)
            $0.isFamiliarLooking = true
        }
        let known = completed(.login, at: 3, actor: 2) { $0.isFamiliarLooking = true }
        let given = [suspect, familiar, known].map { Given.matured($0, slice: dawnHour) }
        let totals = cell(cells(given), .login).totals
        #expect(totals.count == 3)
        for traffic in TrafficClass.allCases { #expect(totals[key(.unknown, traffic)]?.completed == 1) }
    }

    @Test func `noise is counted as such, matured or open, and in nothing else`() {
        let noise = attempt(.login, at: 1) { $0.isOnlySetupFailures = true }
        for given in [Given.matured(noise, slice: dawnHour), .open(noise)] {
            var expected = ImpactCell()
            expected.setAside.add(SetAsideKey(kind: .noise, hour: dawnHour))
            #expect(cell(cells([given]), .login) == expected)
        }
    }

    @Test func `an open attempt counts as open, and its actors as having tried`() {
        let given = [
            attempt(.login, at: 1, actors: [1]),
            completed(.login, at: 2, actor: 2) { $0.usesSecondFactor = true },
        ]
        let cell = cell(cells(given.map { .open($0) }), .login)
        #expect(cell.open[key()]?.open == 2 && cell.open[key()]?.completed == 1)
        #expect(cell.actors[key()]?.attempted.members == [1, 2])
        #expect(cell.actors[key()]?.completed.isEmpty == true)
        #expect(cell.actors[key()]?.usedFactor.isEmpty == true)
        #expect(cell.totals.isEmpty)
    }

    @Test func `marginals take each dimension by itself, and segments label by label`() {
        var texts = StringTable()
        let (web, segments) = (texts.intern("web"), texts.intern("locale=de;device=kiosk"))
        let given = completed(.login, at: 1, actor: 1) {
            $0.client = web
            $0.segments = segments
            $0.method = .otp
            $0.userAgentClass = .mobile
        }
        let cell = cell(
            cells(
                [.matured(given, slice: dawnHour), .matured(given, slice: dawnHour)], texts: texts),
            .login)
        let expected: [(Dimension, String)] = [
            (.client, "web"), (.segment, "locale=de"), (.segment, "device=kiosk"), (.method, "otp"),
            (.userAgentClass, "mobile"),
        ]
        #expect(cell.marginals.counts.count == expected.count)
        for (dimension, value) in expected {
            let key = MarginalKey(cell: key(), dimension: dimension, value: value)
            #expect(cell.marginals.counts[key] == [2, 0, 0, 0], "\(value)")
        }
    }

    @Test func `completions that are nobody's try count by kind, in their own hour`() {
        let given: [Given] = SetAside.allCases.map { .aside($0, .login, at: time(3600)) }
        let cell = cell(cells(given + given), .login, slice: dawnHour + 1)
        for kind in [SetAsideKind.echo, .sso, .chained, .unanchored] {
            #expect(cell.setAside[SetAsideKey(kind: kind, hour: dawnHour + 1)] == 2)
        }
    }

    @Test func `support contacts count by topic, and what was resolved does not`() {
        let cell = cell(
            cells([
                .single(single(.support, "contact", at: 1, topic: .login)),
                .single(single(.support, "contact", at: 2, topic: .login)),
                .single(single(.support, "contact", at: 3)),
                .single(single(.support, "resolved", at: 4, topic: .login)),
                .single(single(.session, "start", at: 5, topic: .login)),
            ]), .support)
        #expect(cell.contacts[ContactKey(journey: .login, hour: dawnHour)] == 2)
        #expect(cell.contacts[ContactKey(journey: .none, hour: dawnHour)] == 1)
        #expect(cell.contacts.counts.count == 2)
    }

    @Test func `second factors are seen in use, enrolled and removed`() {
        let placed = cells([
            .matured(
                completed(.login, at: 1, actor: 1) { $0.usesSecondFactor = true }, slice: dawnHour),
            .matured(
                attempt(.login, at: 2, actors: [2]) { $0.usesSecondFactor = true }, slice: dawnHour),
            .matured(completed(.mfaEnrolment, at: 3, actor: 3), slice: dawnHour),
            .matured(attempt(.mfaEnrolment, at: 4, actors: [4]), slice: dawnHour),
            .single(single(.account, "factor_added", at: 5, actor: 5)),
            .single(single(.account, "factor_removed", at: 6, actor: 6)),
            .single(single(.account, "factor_removed", at: 7, actor: 7, outcome: .failure)),
            .single(single(.account, "factor_removed", at: 8)),
            .single(single(.account, "locked", at: 9, actor: 9)),
        ])
        #expect(cell(placed, .login).actors[key()]?.usedFactor.members == [1])
        let enrolment = cell(placed, .mfaEnrolment)
        #expect(enrolment.actors[key()]?.enrolledFactor.members == [3])
        #expect(enrolment.actors[key(.customer)]?.enrolledFactor.members == [5])
        #expect(enrolment.actors[key(.customer)]?.removedFactor.members == [6])
    }

    @Test func `an event whose step the catalog lacks counts nowhere`() {
        #expect(cells([.single(single(.account, "no such step", at: 1, actor: 1))]).cells.isEmpty)
    }

    @Test func `absorbing apart and merging equals absorbing at once, at every split`() throws {
        var random = SeededGenerator(seed: 1)
        var texts = StringTable()
        for text in ["web", "shop", "locale=de;tier=gold", "keycloak"] { _ = texts.intern(text) }
        let given = (0..<40).map { _ in Self.given(&random) }
        try MergeLaws<PlacedCells>.check(making: given) { cells($0, texts: texts) }
        try MergeLaws.check(
            [PlacedCells()] + (0..<4).map { cells(given[($0 * 10)..<($0 * 10 + 10)], texts: texts) }
        )
    }

    @Test func `cells taken slice by slice are those of closing at the end`() {
        var random = SeededGenerator(seed: 2)
        var texts = StringTable()
        for text in ["web", "shop", "locale=de;tier=gold", "keycloak"] { _ = texts.intern(text) }
        let given = (0..<400).map { _ in Self.given(&random) }
        let expected = cells(given, texts: texts)
        var analyzer = ImpactAnalyzer(catalog: JourneyCatalog())
        var taken = PlacedCells()
        for slice in dawnHour...dawnHour + 2 {
            // What a machine gives while it runs through the slice.
            for one in given where Self.slice(of: one) == slice { one.give(to: &analyzer) }
            #expect(analyzer.cells.keys.allSatisfy { $0.slice == slice })
            for (place, cell) in analyzer.takeCells(through: slice, texts: texts) {
                #expect(place.slice == slice && taken.cells[place] == nil)
                taken.cells[place] = cell
            }
            #expect(analyzer.cells.isEmpty)
        }
        #expect(taken == expected)
        #expect(taken.cells.values.contains { !$0.marginals.counts.isEmpty })
    }

    private static func slice(of given: Given) -> Int64 {
        switch given {
        case .matured(_, let slice), .shown(_, _, let slice): slice
        case .open: dawnHour
        case .aside(_, _, let at): Timestamp.slice(at)
        case .single(let observation): Timestamp.slice(observation.at)
        }
    }

    private static func given(_ random: inout SeededGenerator) -> Given {
        let journey = JourneyCatalog().attemptJourneys[Int.random(in: 0..<7, using: &random)]
        let at = Double.random(in: 0..<7200, using: &random)
        let slice = dawnHour + Int64.random(in: 0...2, using: &random)
        var one =
            random.happens(60)
            ? completed(journey, at: at, actor: random.pseudonym()) : attempt(journey, at: at)
        one.lastVerdict = Outcome.allCases.randomElement(using: &random)
        one.actorKind = ActorKind.allCases.randomElement(using: &random) ?? .unknown
        one.signals = random.happens(30) ? SignalSet(index: 0) : []
        one.client = UInt32.random(in: 0...2, using: &random)
        one.segments = random.happens(50) ? 3 : 0
        one.dialect = 4
        one.method = AuthMethod.allCases.randomElement(using: &random) ?? .none
        one.usesSecondFactor = random.happens(30)
        one.isOnlySetupFailures = random.happens(10)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return .open(one)
        case 1:
            return .aside(
                SetAside.allCases.randomElement(using: &random) ?? .echo, journey, at: time(at))
        case 2: return .single(single(.support, "contact", at: at, topic: journey))
        case 3:
            return .single(single(.account, "factor_removed", at: at, actor: random.pseudonym()))
        case 4: return .shown(UInt16.random(in: 0...15, using: &random), journey, slice: slice)
        default: return .matured(one, slice: slice)
        }
    }
}
