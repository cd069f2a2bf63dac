#include "../../src/socket/netlink_reply.h"

#include "../support/netlink_bytes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using netpeer::ByteView;
using netpeer::Error;
using netpeer::IPAddress;
using netpeer::NetlinkAddress;
using netpeer::NetlinkReply;
using netpeer_test::NetlinkBytes;

namespace {

const std::string kNetlinkFour("\x0a\x00\x00\x01", 4);
const std::string kNetlinkPeer("\x0a\x00\x00\x02", 4);
const std::string kNetlinkSix("\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16);

struct NetlinkRead {
	Error error = Error::OK;
	NetlinkReply reply;
	std::vector<NetlinkAddress> found;
};

NetlinkRead read_netlink(const std::vector<uint8_t> &bytes, size_t size) {
	// An exactly sized copy: a sanitizer sees the first byte read past the end.
	const std::vector<uint8_t> exact(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
	NetlinkRead read;
	const auto sink = [](void *user, const NetlinkAddress &address) {
		static_cast<NetlinkRead *>(user)->found.push_back(address);
	};
	read.error = netpeer::read_netlink_addresses(ByteView(exact.data(), exact.size()), 1, sink, &read, read.reply);
	return read;
}

NetlinkRead read_netlink(NetlinkBytes &bytes) { return read_netlink(bytes.bytes(), bytes.bytes().size()); }

} // namespace

TEST(NetlinkReply, AddressesOfBothFamiliesAreRead) {
	NetlinkBytes bytes;
	bytes.address(2, 1).attribute(1, kNetlinkFour).attribute(2, kNetlinkFour).attribute(3, std::string("eth0\0", 5));
	bytes.address(10, 7).attribute(1, kNetlinkSix).attribute(6, std::string(16, 'x'));
	bytes.done();
	const NetlinkRead read = read_netlink(bytes);
	EXPECT_EQ(read.error, Error::OK);
	EXPECT_TRUE(read.reply.done);
	EXPECT_FALSE(read.reply.interrupted);
	EXPECT_EQ(read.reply.error, 0);
	ASSERT_EQ(read.found.size(), 2u);
	EXPECT_EQ(read.found[0].index, 1u);
	EXPECT_EQ(read.found[0].address, IPAddress("10.0.0.1"));
	EXPECT_STREQ(read.found[0].label, "eth0");
	EXPECT_EQ(read.found[1].index, 7u);
	EXPECT_EQ(read.found[1].address, IPAddress("fd00::1"));
	EXPECT_STREQ(read.found[1].label, "");
}

TEST(NetlinkReply, OwnAddressGoesBeforeThePeers) {
	NetlinkBytes local_last;
	local_last.address(2, 1).attribute(1, kNetlinkPeer).attribute(2, kNetlinkFour).done();
	NetlinkBytes local_first;
	local_first.address(2, 1).attribute(2, kNetlinkFour).attribute(1, kNetlinkPeer).done();
	for (NetlinkBytes *bytes : {&local_last, &local_first}) {
		const NetlinkRead read = read_netlink(*bytes);
		ASSERT_EQ(read.found.size(), 1u);
		EXPECT_EQ(read.found[0].address, IPAddress("10.0.0.1"));
	}
}

TEST(NetlinkReply, ForeignMessagesArePassedOver) {
	NetlinkBytes bytes;
	bytes.address(2, 1, /*sequence=*/2).attribute(2, kNetlinkFour);
	bytes.message(3, 2, /*sequence=*/9).u32(0);
	bytes.message(16).u32(1).u32(2);
	bytes.address(28, 1).attribute(2, std::string(20, 'x'));
	bytes.address(2, 1).attribute(8, "flags");
	const NetlinkRead read = read_netlink(bytes);
	EXPECT_EQ(read.error, Error::OK);
	EXPECT_FALSE(read.reply.done);
	EXPECT_TRUE(read.found.empty());
}

TEST(NetlinkReply, NothingIsReadBehindTheEndOfTheList) {
	NetlinkBytes bytes;
	bytes.done().address(2, 1).attribute(2, kNetlinkFour);
	const NetlinkRead read = read_netlink(bytes);
	EXPECT_TRUE(read.reply.done);
	EXPECT_TRUE(read.found.empty());
}

TEST(NetlinkReply, InterruptedListSaysSo) {
	NetlinkBytes bytes;
	bytes.address(2, 1, 1, 0x12).attribute(2, kNetlinkFour).done();
	const NetlinkRead read = read_netlink(bytes);
	EXPECT_TRUE(read.reply.interrupted);
	EXPECT_EQ(read.found.size(), 1u);
}

TEST(NetlinkReply, RefusalCarriesItsNumber) {
	NetlinkBytes bytes;
	bytes.message(2).u32(static_cast<uint32_t>(-13)).u32(0);
	const NetlinkRead read = read_netlink(bytes);
	EXPECT_EQ(read.error, Error::OK);
	EXPECT_TRUE(read.reply.done);
	EXPECT_EQ(read.reply.error, 13);
	for (const uint32_t code : {1u, 0x80000000u, 0x7fffffffu, static_cast<uint32_t>(-65536)}) {
		NetlinkBytes odd;
		odd.message(2).u32(code);
		EXPECT_EQ(read_netlink(odd).error, Error::ERR_INVALID_DATA) << code;
	}
}

TEST(NetlinkReply, EveryTruncationIsNoticed) {
	NetlinkBytes bytes;
	bytes.address(2, 1).attribute(2, kNetlinkFour).attribute(3, std::string("lo\0", 3));
	const size_t first = bytes.bytes().size();
	bytes.address(10, 1).attribute(1, kNetlinkSix);
	const size_t second = bytes.bytes().size();
	bytes.done();
	const std::vector<uint8_t> whole = bytes.bytes();
	for (size_t size = 0; size <= whole.size(); ++size) {
		const NetlinkRead read = read_netlink(whole, size);
		const bool between = size == 0 || size == first || size == second || size == whole.size();
		EXPECT_EQ(read.error, between ? Error::OK : Error::ERR_INVALID_DATA) << size;
		EXPECT_EQ(read.found.size(), size < first ? 0u : size < second ? 1u : 2u) << size;
		EXPECT_EQ(read.reply.done, size == whole.size()) << size;
	}
}

TEST(NetlinkReply, LengthsThatDoNotFitAreRefused) {
	NetlinkBytes bytes;
	bytes.address(2, 1).attribute(2, kNetlinkFour);
	const std::vector<uint8_t> good = bytes.bytes();
	for (const uint32_t length : {0u, 15u, 17u, 23u, 25u, 31u, 33u, 0x7fffffffu, 0xffffffffu}) {
		std::vector<uint8_t> bad = good;
		std::memcpy(bad.data(), &length, sizeof(length));
		EXPECT_EQ(read_netlink(bad, bad.size()).error, Error::ERR_INVALID_DATA) << length;
	}
	for (const uint16_t length : {0, 3, 4, 5, 7, 9, 12, 0xffff}) {
		std::vector<uint8_t> bad = good;
		std::memcpy(bad.data() + 24, &length, sizeof(length));
		EXPECT_EQ(read_netlink(bad, bad.size()).error, Error::ERR_INVALID_DATA) << length;
	}
}

TEST(NetlinkReply, ValuesOfTheWrongSizeAreRefused) {
	NetlinkBytes six_in_four;
	six_in_four.address(2, 1).attribute(2, kNetlinkSix);
	EXPECT_EQ(read_netlink(six_in_four).error, Error::ERR_INVALID_DATA);
	NetlinkBytes four_in_six;
	four_in_six.address(10, 1).attribute(1, kNetlinkFour);
	EXPECT_EQ(read_netlink(four_in_six).error, Error::ERR_INVALID_DATA);
	NetlinkBytes longest;
	longest.address(2, 1).attribute(2, kNetlinkFour).attribute(3, std::string(15, 'n'));
	EXPECT_EQ(read_netlink(longest).found.at(0).label, std::string(15, 'n')) << "no terminator is needed";
	NetlinkBytes too_long;
	too_long.address(2, 1).attribute(2, kNetlinkFour).attribute(3, std::string(16, 'n'));
	EXPECT_EQ(read_netlink(too_long).error, Error::ERR_INVALID_DATA);
}
