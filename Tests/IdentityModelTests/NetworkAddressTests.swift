import IdentityModel
import Testing

@Suite("Network addresses") struct NetworkAddressTests {
    @Test(arguments: [
        ("203.0.113.5", "203.0.113.5"), (" 203.0.113.5", "203.0.113.5"), ("203.0.113.5:8080", "203.0.113.5"),
        ("203.0.113.5, 10.0.0.1", "203.0.113.5"), ("::ffff:203.0.113.5", "203.0.113.5"),
        ("2001:DB8::1", "2001:db8::1"), ("[2001:db8::1]:443", "2001:db8::1"), ("fe80::1%eth0", "fe80::1"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
    ])
    func `an address is read as logs show it`(_ text: String, _ shown: String) {
        #expect(NetworkAddress(text)?.description == shown)
    }

    @Test(arguments: [
        "", "-", "256.1.1.1", "1.2.3", "1.2.3.4.5", "1..2.3", "1.2.3.4x", ":", ":1", "1:::2", "::1::",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::", "localhost", "0.0.0.0.", "::",
    ])
    func `what is no address is none`(_ text: String) {
        #expect(NetworkAddress(text) == nil)
    }

    @Test func `the origin is the IPv4 address or the IPv6 /64`() throws {
        let a = try #require(NetworkAddress("2001:db8:1:2::3"))
        let b = try #require(NetworkAddress("2001:db8:1:2:ffff::9"))
        let c = try #require(NetworkAddress("2001:db8:1:3::3"))
        #expect(a.origin == b.origin && a.origin != c.origin)
        #expect(NetworkAddress("203.0.113.5")?.origin == NetworkAddress("::ffff:cb00:7105")?.origin)
    }
}
