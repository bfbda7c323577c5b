/// How the simulated people are called, in the record's bytes.
struct Names: Sendable {
    private let seed: UInt64
    private let first = WordTable(Self.firstNames)
    private let last = WordTable(Self.lastNames)
    private let domains = WordTable("example.org example.com example.net")
    private let administrators = WordTable("admin m.osei k.lindqvist ops-admin")
    private let services = WordTable("order-sync mail-relay reporting search-index")

    init(seed: UInt64) { self.seed = seed }

    /// Which way of writing a name.
    enum Spelling {
        case right
        /// With the letter before the number left out.
        case mistyped
    }

    /// Appends what the person types as name, such as `ann.keller.1042@example.org`.
    func append(_ person: Person, _ spelling: Spelling = .right, to line: inout LineBuffer) {
        let choice = scramble(seed ^ 0x4E41_4D45, UInt64(person.bits))
        switch person.group {
        case .administrator:
            return line.append(administrators, person.number % administrators.count)
        case .service:
            line.append("service-account-")
            return line.append(services, person.number % services.count)
        case .fake:
            appendScripted(choice, to: &line)
            line.append("@example.com")
        case .customer, .newcomer, .stranger:
            appendFirst(person, to: &line)
            line.append(UInt8(ascii: "."))
            appendLast(person, to: &line)
            if spelling == .mistyped { line.removeLast() }
            line.append(UInt8(ascii: "."))
            line.append(decimal: Int64(person.number))
            line.append(UInt8(ascii: "@"))
            line.append(domains, person.group == .stranger ? 2 : Int(choice >> 40 & 3) / 2)
        }
    }

    /// Appends the given name.
    func appendFirst(_ person: Person, to line: inout LineBuffer) {
        let choice = scramble(seed ^ 0x4E41_4D45, UInt64(person.bits))
        line.append(first, Int(choice >> 8 & 0xFFF) % first.count)
    }

    /// Appends the family name.
    func appendLast(_ person: Person, to line: inout LineBuffer) {
        let choice = scramble(seed ^ 0x4E41_4D45, UInt64(person.bits))
        line.append(last, Int(choice >> 20 & 0xFFFF) % last.count)
    }

    /// Appends the client id of a service account.
    func appendService(_ person: Person, to line: inout LineBuffer) {
        line.append(services, person.number % services.count)
    }

    /// Appends letters and digits as sign-up scripts choose them.
    private func appendScripted(_ choice: UInt64, to line: inout LineBuffer) {
        var rest = choice
        for _ in 0..<9 {
            let digit = UInt8(rest % 36)
            line.append(digit < 10 ? 48 + digit : 87 + digit)
            rest /= 36
        }
    }

    private static let firstNames = """
        ada ahmed aiko alba alex amara ana andre anika ann anton aylin bela ben bianca boris bruno
        carla carlos chen chiara clara dana daniel david deniz diego dora ebru ella emil emma enzo
        erik esra eva farid felix fiona frank freja gabor greta hana hannes helena hugo ida ines
        ingrid ivan jan jana jonas jose julia kaan karl kemal kim lara lars lea leo lena lina luca
        lukas magda mads maja marc maria mia mila milan mina miro mona nadia nils nina noah nora
        olaf olga omar oskar paula pavel petra piet rami rana rosa sami sara selma sofia sven tara
        theo tilda timo tom uma ute vera victor wanda willem yara yusuf zara zoe
        """

    private static let lastNames = """
        abel adler aksoy albers almeida andersen arslan bakker barbosa bauer becker berg bianchi
        blom bosch brandt braun brown busch carvalho castro celik cohen costa dahl demir dietrich
        dubois duran ebert egger eriksen ferrari fischer fontana forster franke garcia geller
        gomez graf gruber haas hansen hartmann heller hoang hoffmann horvat huber iversen jansen
        jensen jung kaiser kaya keller klein koch kovacs kraft kramer krause kurz lang larsen
        lehmann lindqvist lombardi lopez lorenz ludwig maier marino martin meier mendes meyer
        moreau moretti moser muller nagy neumann nguyen nielsen novak okafor olsen osei otto
        pereira peters petrov pohl popescu prins ramos reuter ricci richter rossi roth sahin santos
        sauer schmid schneider schulz seidel silva simon sommer stein svensson szabo tanaka toth
        tran vogel wagner weber weiss werner wolf yilmaz young zeller ziegler zimmer
        """
}
