/// A user agent of the access log.
struct Agent: Equatable, Sendable {
    let number: UInt8

    /// Whether a browser or app runs on a phone.
    enum DeviceClass { case desktop, mobile }

    private static let desktops: Range<UInt8> = 0..<5
    private static let mobiles: Range<UInt8> = 5..<10
    /// A plain HTTP library, as scripts leave it.
    static let library = Agent(number: 10)
    /// A browser without a screen.
    static let headless = Agent(number: 11)
    /// A command-line client of a scanner.
    static let scanner = Agent(number: 12)

    /// The agent of a device class that a random choice picks.
    static func browser(_ device: DeviceClass, _ choice: UInt64) -> Agent {
        let range = device == .desktop ? desktops : mobiles
        return Agent(number: range.lowerBound + UInt8((choice >> 32) % UInt64(range.count)))
    }

    /// The texts, indexed by number.
    static let texts = WordTable(
        """
        Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
        Chrome/144.0.0.0 Safari/537.36
        Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
        Chrome/144.0.0.0 Safari/537.36 Edg/144.0.0.0
        Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like \
        Gecko) Version/26.2 Safari/605.1.15
        Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0
        Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:147.0) Gecko/20100101 Firefox/147.0
        Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, \
        like Gecko) Version/26.2 Mobile/15E148 Safari/604.1
        Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
        Chrome/144.0.0.0 Mobile Safari/537.36
        Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
        SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36
        Mozilla/5.0 (Android 15; Mobile; rv:147.0) Gecko/147.0 Firefox/147.0
        ShopApp/7.4.1 (iPhone; iOS 18.7) CFNetwork/3826 Darwin/24.6.0 Mobile
        python-requests/2.32.5
        Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
        HeadlessChrome/143.0.0.0 Safari/537.36
        curl/8.14.1
        """, separator: "\n")
}
