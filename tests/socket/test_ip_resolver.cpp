#include "../../src/socket/ip_resolver.h"

#include <gtest/gtest.h>

using netpeer::Error;
using netpeer::IPAddress;
using netpeer::IPType;
using netpeer::resolve_host;

TEST(IPResolver, LiteralsAreParsedWithoutAsking) {
	IPAddress out;
	EXPECT_EQ(resolve_host("10.1.2.3", IPType::ANY, out), Error::OK);
	EXPECT_EQ(out, IPAddress("10.1.2.3"));
	EXPECT_EQ(resolve_host("::1", IPType::ANY, out), Error::OK);
	EXPECT_EQ(out, IPAddress("::1"));
	EXPECT_EQ(resolve_host("10.1.2.3", IPType::IPV4, out), Error::OK);
	EXPECT_EQ(resolve_host("::1", IPType::IPV6, out), Error::OK);
}

TEST(IPResolver, LiteralsOfTheOtherKindAreNoAnswer) {
	IPAddress out("9.9.9.9");
	EXPECT_EQ(resolve_host("10.1.2.3", IPType::IPV6, out), Error::ERR_CANT_RESOLVE);
	EXPECT_EQ(out, IPAddress());
	EXPECT_EQ(resolve_host("::1", IPType::IPV4, out), Error::ERR_CANT_RESOLVE);
	EXPECT_EQ(resolve_host("*", IPType::ANY, out), Error::ERR_CANT_RESOLVE);
}

TEST(IPResolver, BadArgumentsAreRefused) {
	IPAddress out;
	EXPECT_EQ(resolve_host(nullptr, IPType::ANY, out), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(resolve_host("", IPType::ANY, out), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(resolve_host("localhost", IPType::NONE, out), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(resolve_host("localhost", static_cast<IPType>(9), out), Error::ERR_INVALID_PARAMETER);
}

TEST(IPResolver, LocalhostPrefersIPv4) {
	for (const char *name : {"localhost", "LocalHost"}) {
		IPAddress out;
		ASSERT_EQ(resolve_host(name, IPType::ANY, out), Error::OK) << name;
		EXPECT_TRUE(out.is_loopback());
		EXPECT_TRUE(out.is_ipv4());
		EXPECT_EQ(resolve_host(name, IPType::IPV4, out), Error::OK) << name;
		EXPECT_EQ(out, IPAddress("127.0.0.1"));
	}
}

TEST(IPResolver, NamesThatCannotExistAreNotResolved) {
	IPAddress out;
	// ".invalid" is reserved for this (RFC 2606). Text with ':' or '%' never reaches a resolver.
	for (const char *name : {"no-such-host.invalid", "fe80::1%lo", "1:2", "[::1]", "127.0.0.1:80"}) {
		EXPECT_EQ(resolve_host(name, IPType::ANY, out), Error::ERR_CANT_RESOLVE) << name;
		EXPECT_FALSE(out.is_valid());
	}
}
