import Foundation
import IdentityModel

/// Puts user agents into coarse classes by the words in them.
///
/// Looked up once per distinct user agent of a batch: the class is remembered by the agent's
/// number in the batch's string table.
struct UserAgentClassifier {
    private var known: [UInt8] = []

    /// Forgets all, for a batch with another string table.
    mutating func forget() { known.removeAll(keepingCapacity: true) }

    /// The class of `agent`, which is string `id` of the batch.
    @inline(__always)
    mutating func classify(_ agent: Bytes, id: UInt32) -> UserAgentClass {
        let index = Int(id)
        if index < known.count, known[index] != 0 {
            return UserAgentClass(rawValue: known[index]) ?? .other
        }
        return learn(agent, index)
    }

    private mutating func learn(_ agent: Bytes, _ index: Int) -> UserAgentClass {
        while known.count <= index { known.append(0) }
        let found = Self.classify(agent)
        known[index] = found.rawValue
        return found
    }

    /// The class of `agent`. Programs go before phones, phones before desktops: programs name
    /// phones to get their pages, and phones name desktop engines.
    static func classify(_ agent: Bytes) -> UserAgentClass {
        let text = agent.text.lowercased()
        func names(_ words: [String]) -> Bool { words.contains { text.contains($0) } }
        if names(botWords) { return .bot }
        if names(mobileWords) { return .mobile }
        if names(desktopWords) { return .desktop }
        return .other
    }

    private static let botWords = [
        "bot", "crawl", "spider", "slurp", "curl/", "wget/", "python", "go-http-client", "okhttp/",
        "java/", "libwww", "httpclient", "headless", "phantomjs", "scrapy", "axios/", "node-fetch",
        "undici", "postman", "insomnia", "nmap", "nikto", "sqlmap", "masscan", "zgrab", "hydra",
        "ruby", "perl", "powershell", "guzzle", "aiohttp", "httpie", "monitor", "uptime", "probe",
    ]
    private static let mobileWords = [
        "mobile", "android", "iphone", "ipad", "ipod", "windows phone", "dalvik", "cfnetwork",
    ]
    private static let desktopWords = [
        "windows nt", "macintosh", "x11", "linux x86_64", "cros ", "electron",
    ]
}
