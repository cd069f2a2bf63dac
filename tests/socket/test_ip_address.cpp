#include "../../src/socket/ip_address.h"

#include "../../src/core/seeded_rng.h"
#include "../support/hex_bytes.h"

#include <gtest/gtest.h>

#include <string>

using netpeer::ByteView;
using netpeer::IPAddress;
using netpeer_test::bytes_to_hex;

namespace {

std::string text_of(const IPAddress &address) {
	char text[IPAddress::kMaxTextBytes];
	return address.to_text(text);
}

std::string bytes_of(const IPAddress &address) { return bytes_to_hex(ByteView(address.get_ipv6(), 16)); }

struct ValidText {
	const char *text;
	const char *bytes;
	const char *printed;
};

constexpr ValidText kValidTexts[] = {
        {"0.0.0.0", "00000000000000000000ffff00000000", "0.0.0.0"},
        {"127.0.0.1", "00000000000000000000ffff7f000001", "127.0.0.1"},
        {"255.255.255.255", "00000000000000000000ffffffffffff", "255.255.255.255"},
        {"192.168.100.9", "00000000000000000000ffffc0a86409", "192.168.100.9"},
        {"010.008.000.1", "00000000000000000000ffff0a080001", "10.8.0.1"}, // decimal, not octal
        {"0000000000001.2.3.4", "00000000000000000000ffff01020304", "1.2.3.4"},
        {"::", "00000000000000000000000000000000", "0:0:0:0:0:0:0:0"},
        {"::1", "00000000000000000000000000000001", "0:0:0:0:0:0:0:1"},
        {"1::", "00010000000000000000000000000000", "1:0:0:0:0:0:0:0"},
        {"1::8", "00010000000000000000000000000008", "1:0:0:0:0:0:0:8"},
        {"1:2:3:4:5:6:7:8", "00010002000300040005000600070008", "1:2:3:4:5:6:7:8"},
        {"1:1:1:1:1:1:1::", "00010001000100010001000100010000", "1:1:1:1:1:1:1:0"},
        {"::2:3:4:5:6:7:8", "00000002000300040005000600070008", "0:2:3:4:5:6:7:8"},
        {"1:2:3::5:6:7:8", "00010002000300000005000600070008", "1:2:3:0:5:6:7:8"},
        {"2001:0db8:0000:0000:0000:ff00:0042:8329", "20010db8000000000000ff0000428329", "2001:db8:0:0:0:ff00:42:8329"},
        {"2001:DB8::FF00:42:8329", "20010db8000000000000ff0000428329", "2001:db8:0:0:0:ff00:42:8329"},
        {"fe80::1", "fe800000000000000000000000000001", "fe80:0:0:0:0:0:0:1"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffffffffffffffffffffffffffffffff",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"::ffff:1.2.3.4", "00000000000000000000ffff01020304", "1.2.3.4"},
        {"::FFFF:1.2.3.4", "00000000000000000000ffff01020304", "1.2.3.4"},
        {"0:0:0:0:0:ffff:1.2.3.4", "00000000000000000000ffff01020304", "1.2.3.4"},
        {"0::0:ffff:255.0.0.255", "00000000000000000000ffffff0000ff", "255.0.0.255"},
        {"::ffff:102:304", "00000000000000000000ffff01020304", "1.2.3.4"},
        {"::ffff:127", "000000000000000000000000ffff0127", "0:0:0:0:0:0:ffff:127"},
};

constexpr const char *kInvalidTexts[] = {
        "",
        " ",
        "**",
        "*.*",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.",
        ".1.2.3",
        "1..2.3",
        "1.2.3.4.",
        ".1.2.3.4",
        "1.2.3.256",
        "127.0.0.256",
        "999999999999999999999.1.1.1",
        "1.2.3.-4",
        "1.2.3.+4",
        " 1.2.3.4",
        "1.2.3.4 ",
        "1. 2.3.4",
        "1.2.3.4\n",
        "0x7f.0.0.1",
        "127.1",
        "2130706433",
        "1.2.3.4/24",
        "1.2.3.4:80",
        "1.2.3.a",
        ":",
        ":::",
        "::::",
        "1:",
        ":1",
        "1:2",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:",
        ":2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8:",
        ":1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4::5:6:7:8", // "::" must stand for something
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8::",
        "1::2::3",
        "::1::",
        ":::1",
        "1:::2",
        "1::2:",
        ":1::2",
        "12345::",
        "00001::",
        "g::",
        "::g",
        "1 ::2",
        ":: 1",
        " ::1",
        "::1 ",
        "[::1]",
        "fe80::1%eth0",
        "fe80::1%1",
        "::1/128",
        "::1.2.3.4", // the deprecated "compatible" form
        "1::ffff:1.2.3.4",
        "::1:ffff:1.2.3.4",
        "::ffff:0:1.2.3.4",
        "::fffe:1.2.3.4",
        "64:ff9b::1.2.3.4",
        "::ffff:1.2.3",
        "::ffff:1.2.3.4.5",
        "::ffff:1.2.3.256",
        "::ffff:1.2.3.",
        "::ffff:.1.2.3",
        "::ffff:1.2.3.4:5",
        "::ffff:1.2.3.4::",
        "0:0:0:0:0:0:ffff:1.2.3.4",
        "0:0:0:0:0:ffff::1.2.3.4",
        "0:0:0:0:ffff:1.2.3.4",
        "::ffff:f.2.3.4",
};

} // namespace

TEST(IPAddress, ValidTextGivesItsBytesAndPrintsInTheCanonicalForm) {
	for (const ValidText &row : kValidTexts) {
		const IPAddress address(row.text);
		EXPECT_TRUE(address.is_valid()) << row.text;
		EXPECT_FALSE(address.is_wildcard()) << row.text;
		EXPECT_EQ(bytes_of(address), row.bytes) << row.text;
		EXPECT_EQ(text_of(address), row.printed) << row.text;
		EXPECT_TRUE(IPAddress::is_valid_ip_address(row.text)) << row.text;
	}
}

TEST(IPAddress, PrintedTextParsesToTheSameAddress) {
	for (const ValidText &row : kValidTexts) EXPECT_EQ(IPAddress(row.printed), IPAddress(row.text)) << row.text;
}

TEST(IPAddress, InvalidTextGivesAnAddressThatEqualsTheDefaultOne) {
	for (const char *text : kInvalidTexts) {
		const IPAddress address(text);
		EXPECT_FALSE(address.is_valid()) << text;
		EXPECT_FALSE(address.is_wildcard()) << text;
		EXPECT_EQ(address, IPAddress()) << text;
		EXPECT_EQ(text_of(address), "") << text;
		EXPECT_FALSE(IPAddress::is_valid_ip_address(text)) << text;
	}
}

TEST(IPAddress, NullTextIsNotValid) {
	EXPECT_FALSE(IPAddress(static_cast<const char *>(nullptr)).is_valid());
	EXPECT_FALSE(IPAddress(ByteView()).is_valid());
}

TEST(IPAddress, TextWithAZeroByteIsNotValid) {
	const uint8_t text[] = {'1', '.', '2', '.', '3', '.', '4', 0};
	EXPECT_FALSE(IPAddress(ByteView(text, sizeof(text))).is_valid());
	EXPECT_TRUE(IPAddress(ByteView(text, sizeof(text) - 1)).is_valid());
}

TEST(IPAddress, NoTruncationOfTextReadsPastItsEnd) {
	// Each prefix in its own exact block, so that a sanitizer sees one byte too many.
	for (const ValidText &row : kValidTexts) {
		const std::string text = row.text;
		for (size_t length = 0; length <= text.size(); ++length) {
			const std::vector<uint8_t> prefix(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length));
			const IPAddress address(netpeer_test::view_of_bytes(prefix));
			EXPECT_EQ(address, IPAddress(text.substr(0, length).c_str()));
		}
	}
}

TEST(IPAddress, WildcardIsNotValidAndPrintsAsAStar) {
	const IPAddress star("*");
	EXPECT_TRUE(star.is_wildcard());
	EXPECT_FALSE(star.is_valid());
	EXPECT_EQ(text_of(star), "*");
	EXPECT_EQ(star, IPAddress::wildcard());
	EXPECT_NE(star, IPAddress());
	EXPECT_FALSE(IPAddress::is_valid_ip_address("*"));
}

TEST(IPAddress, MappedBytesAreIPv4HoweverTheyWereWritten) {
	EXPECT_TRUE(IPAddress("1.2.3.4").is_ipv4());
	EXPECT_TRUE(IPAddress("::ffff:102:304").is_ipv4());
	EXPECT_EQ(IPAddress("::ffff:102:304"), IPAddress::v4(1, 2, 3, 4));
	EXPECT_FALSE(IPAddress("::").is_ipv4());
	EXPECT_FALSE(IPAddress("::102:304").is_ipv4());
	EXPECT_FALSE(IPAddress().is_ipv4());
	EXPECT_FALSE(IPAddress::wildcard().is_ipv4());
}

TEST(IPAddress, SettersMakeAnyAddressValid) {
	const uint8_t four[4] = {9, 8, 7, 6};
	const uint8_t sixteen[16] = {0x20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	IPAddress address = IPAddress::wildcard();
	address.set_ipv4(four);
	EXPECT_EQ(text_of(address), "9.8.7.6");
	EXPECT_EQ(address, IPAddress::v4(9, 8, 7, 6));
	address.set_ipv6(sixteen);
	EXPECT_EQ(text_of(address), "2001:203:405:607:809:a0b:c0d:e0f");
	EXPECT_EQ(address.get_ipv4()[0], 12);
	address.clear();
	EXPECT_EQ(address, IPAddress());
}

TEST(IPAddress, KnowsLoopbackAndMulticast) {
	EXPECT_TRUE(IPAddress("127.0.0.1").is_loopback());
	EXPECT_TRUE(IPAddress("127.255.3.4").is_loopback());
	EXPECT_TRUE(IPAddress("::1").is_loopback());
	EXPECT_FALSE(IPAddress("128.0.0.1").is_loopback());
	EXPECT_FALSE(IPAddress("::2").is_loopback());
	EXPECT_FALSE(IPAddress("*").is_loopback());
	EXPECT_TRUE(IPAddress("224.0.0.1").is_multicast());
	EXPECT_TRUE(IPAddress("239.255.255.255").is_multicast());
	EXPECT_FALSE(IPAddress("223.255.255.255").is_multicast());
	EXPECT_FALSE(IPAddress("240.0.0.1").is_multicast());
	EXPECT_TRUE(IPAddress("ff02::1").is_multicast());
	EXPECT_FALSE(IPAddress("fe80::1").is_multicast());
	EXPECT_FALSE(IPAddress().is_multicast());
}

TEST(IPAddress, RandomBytesSurvivePrintingAndParsing) {
	netpeer::SeededRng rng(20240611);
	for (int i = 0; i < 20000; ++i) {
		uint8_t bytes[16];
		for (uint8_t &byte : bytes) byte = rng.chance(0.4) ? uint8_t{0} : static_cast<uint8_t>(rng.u32());
		IPAddress address;
		address.set_ipv6(bytes);
		ASSERT_EQ(IPAddress(text_of(address).c_str()), address) << text_of(address);
	}
}
