#include "../../src/socket/host_name.h"

#include <gtest/gtest.h>

#include <string>

using netpeer::check_host_name;
using netpeer::host_name_fault_text;
using netpeer::HostNameFault;

namespace {

std::string name_of_bytes(size_t bytes) {
	std::string name;
	while (name.size() < bytes) name += (name.size() + 1) % 64 == 0 ? '.' : 'a';
	return name;
}

} // namespace

TEST(HostName, OrdinaryNamesMayBeAskedFor) {
	for (const char *name : {"a", "localhost", "example.com", "example.com.", "_sip._udp.x-y.example", "123",
	             "1.2.3.256", "xn--bcher-kva.example",
	             "b\xc3\xbc"
	             "cher.example"}) {
		EXPECT_EQ(check_host_name(name), HostNameFault::NONE) << name;
	}
}

TEST(HostName, LengthsAreAllowedUpToDnsLimits) {
	const std::string longest = name_of_bytes(253);
	EXPECT_EQ(check_host_name(longest), HostNameFault::NONE);
	EXPECT_EQ(check_host_name(longest + "."), HostNameFault::NONE) << "the dot of an absolute name does not count";
	EXPECT_EQ(check_host_name(longest + "b"), HostNameFault::TOO_LONG);
	EXPECT_EQ(check_host_name(longest + "b."), HostNameFault::TOO_LONG);
	EXPECT_EQ(check_host_name(std::string(100000, 'a')), HostNameFault::TOO_LONG);
	EXPECT_EQ(check_host_name(std::string(63, 'a')), HostNameFault::NONE);
	EXPECT_EQ(check_host_name(std::string(64, 'a')), HostNameFault::TOO_LONG);
	EXPECT_EQ(check_host_name("x." + std::string(64, 'a') + ".y"), HostNameFault::TOO_LONG);
}

TEST(HostName, EachFaultIsToldApart) {
	EXPECT_EQ(check_host_name(""), HostNameFault::EMPTY);
	EXPECT_EQ(check_host_name(std::string_view("local\0host", 10)), HostNameFault::ZERO_BYTE);
	EXPECT_EQ(check_host_name(std::string_view("\0", 1)), HostNameFault::ZERO_BYTE);
	for (const char *name :
	        {" localhost", "localhost ", "a b", "a\tb", "a\n", "a\x7f", "*", "a/b", "user@host", "a?b"}) {
		EXPECT_EQ(check_host_name(name), HostNameFault::BAD_CHARACTER) << name;
	}
	for (const char *name : {".", "..", ".a", "a..b", "a.."}) {
		EXPECT_EQ(check_host_name(name), HostNameFault::EMPTY_LABEL) << name;
	}
	for (const char *name : {"[::1]", "[::1]:80", "[a"})
		EXPECT_EQ(check_host_name(name), HostNameFault::BRACKETS) << name;
	for (const char *name : {"fe80::1%eth0", "a%20b"}) EXPECT_EQ(check_host_name(name), HostNameFault::ZONE_ID) << name;
	for (const char *name : {"host:80", "127.0.0.1:80", "1:2", ":::"}) {
		EXPECT_EQ(check_host_name(name), HostNameFault::COLON) << name;
	}
}

TEST(HostName, EveryFaultHasItsOwnText) {
	std::string all;
	for (int fault = 0; fault <= static_cast<int>(HostNameFault::COLON); ++fault) {
		const std::string text = host_name_fault_text(static_cast<HostNameFault>(fault));
		EXPECT_NE(text, "unknown fault");
		EXPECT_EQ(all.find(text), std::string::npos) << text;
		all += text + "\n";
	}
	EXPECT_STREQ(host_name_fault_text(static_cast<HostNameFault>(99)), "unknown fault");
}
