#include "../../src/socket/network_interfaces.h"

#include "../../src/socket/platform/interfaces_os.h"
#include "../support/running_emulated.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

using netpeer::Error;
using netpeer::InterfaceGatherer;
using netpeer::InterfaceInfo;
using netpeer::IPAddress;
using netpeer::list_network_interfaces;

namespace {

const InterfaceInfo *interface_with(const std::vector<InterfaceInfo> &all, const IPAddress &address) {
	for (const InterfaceInfo &one : all) {
		if (std::find(one.addresses.begin(), one.addresses.end(), address) != one.addresses.end()) return &one;
	}
	return nullptr;
}

void expect_well_formed(const std::vector<InterfaceInfo> &all) {
	uint32_t before = 0;
	for (const InterfaceInfo &one : all) {
		EXPECT_FALSE(one.name.empty());
		EXPECT_FALSE(one.friendly.empty()) << one.name;
		EXPECT_NE(one.index, 0u) << one.name;
		EXPECT_EQ(one.index_text, std::to_string(one.index));
		EXPECT_GE(one.index, before) << "ascending";
		before = one.index;
		EXPECT_FALSE(one.addresses.empty()) << one.name;
		EXPECT_TRUE(std::is_partitioned(one.addresses.begin(), one.addresses.end(),
		        [](const IPAddress &address) { return address.is_ipv4(); }));
		for (const IPAddress &address : one.addresses) EXPECT_TRUE(address.is_valid());
	}
}

} // namespace

TEST(NetworkInterfaces, LoopbackIsListed) {
	std::vector<InterfaceInfo> all(3);
	ASSERT_EQ(list_network_interfaces(all), Error::OK);
	expect_well_formed(all);
	const InterfaceInfo *const loopback = interface_with(all, IPAddress("127.0.0.1"));
	ASSERT_NE(loopback, nullptr);
#if NETPEER_OS_LINUX
	EXPECT_EQ(loopback->name, "lo");
	EXPECT_EQ(loopback->index, 1u);
#endif
#if NETPEER_OS_POSIX
	EXPECT_EQ(loopback->friendly, loopback->name);
#endif
}

TEST(NetworkInterfaces, AreSortedByIndexAndIPv4ComesFirst) {
	InterfaceGatherer gatherer;
	gatherer.add("b", "B", 7, IPAddress("fe80::1"));
	gatherer.add("a", "A", 2, IPAddress("10.0.0.9"));
	gatherer.add("b", "B", 7, IPAddress("10.0.0.2"));
	gatherer.add("b", "B", 7, IPAddress("fd00::1"));
	gatherer.add("b", "B", 7, IPAddress("10.0.0.1"));
	gatherer.add("b", "B", 7, IPAddress("10.0.0.2"));
	gatherer.add("c", "C", 1, IPAddress());
	const std::vector<InterfaceInfo> all = gatherer.take();
	ASSERT_EQ(all.size(), 2u) << "no interface without an address";
	EXPECT_EQ(all[0].name, "a");
	EXPECT_EQ(all[0].friendly, "A");
	EXPECT_EQ(all[0].index_text, "2");
	const std::vector<IPAddress> expected = {
	        IPAddress("10.0.0.2"), IPAddress("10.0.0.1"), IPAddress("fe80::1"), IPAddress("fd00::1")};
	EXPECT_EQ(all[1].addresses, expected);
	EXPECT_TRUE(gatherer.take().empty());
}

TEST(NetworkInterfaces, AddressesBeyondTheBoundAreLeftOut) {
	InterfaceGatherer gatherer;
	for (uint32_t i = 0; i < netpeer::kMaxLocalAddresses + 5; ++i) {
		gatherer.add("a", "a", 1, IPAddress::v4(10, 0, static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)));
	}
	const std::vector<InterfaceInfo> all = gatherer.take();
	ASSERT_EQ(all.size(), 1u);
	EXPECT_EQ(all[0].addresses.size(), netpeer::kMaxLocalAddresses);
}

#if NETPEER_OS_LINUX
TEST(NetworkInterfaces, RoutingSocketSaysWhatTheLibrarySays) {
	InterfaceGatherer gatherer;
	const Error error = netpeer::gather_netlink_interfaces(gatherer);
	if (error != Error::OK && netpeer_test::running_emulated())
		GTEST_SKIP() << "this emulator passes no routing socket on";
	ASSERT_EQ(error, Error::OK);
	const std::vector<InterfaceInfo> from_kernel = gatherer.take();
	expect_well_formed(from_kernel);
	std::vector<InterfaceInfo> from_library;
	ASSERT_EQ(list_network_interfaces(from_library), Error::OK);
	ASSERT_EQ(from_kernel.size(), from_library.size());
	for (size_t i = 0; i < from_kernel.size(); ++i) {
		EXPECT_EQ(from_kernel[i].name, from_library[i].name);
		EXPECT_EQ(from_kernel[i].friendly, from_library[i].friendly);
		EXPECT_EQ(from_kernel[i].index, from_library[i].index);
		EXPECT_EQ(from_kernel[i].addresses, from_library[i].addresses);
	}
	EXPECT_NE(interface_with(from_kernel, IPAddress("127.0.0.1")), nullptr);
}
#endif
