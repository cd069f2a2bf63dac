// Real UDP sockets on loopback. Every body runs with batches and with one system call per datagram.
#include "../../src/socket/net_socket.h"

#include "../../src/core/clock.h"
#include "../../src/core/netpeer_config.h"
#include "../support/running_under_wine.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using netpeer::ByteView;
using netpeer::DatagramOut;
using netpeer::DatagramSlot;
using netpeer::Duration;
using netpeer::Endpoint;
using netpeer::Error;
using netpeer::Instant;
using netpeer::IPAddress;
using netpeer::IPType;
using netpeer::MutBytes;
using netpeer::NetSocket;

namespace {

// Far beyond what loopback needs; only a broken test gets there.
constexpr Duration kPatience = Duration::from_s(10);

Endpoint at(const char *address, uint16_t port) {
	Endpoint endpoint;
	endpoint.address = IPAddress(address);
	endpoint.port = port;
	return endpoint;
}

bool ipv6_works() {
	const std::unique_ptr<NetSocket> probe = netpeer::create_net_socket();
	IPType type = IPType::IPV6;
	return probe->open_udp(type) == Error::OK && probe->bind(at("::1", 0)) == Error::OK;
}

bool dual_stack_works() {
	const std::unique_ptr<NetSocket> probe = netpeer::create_net_socket();
	IPType type = IPType::ANY;
	return ipv6_works() && probe->open_udp(type) == Error::OK && type == IPType::ANY;
}

DatagramOut outgoing(ByteView bytes, const Endpoint &to) {
	DatagramOut datagram;
	datagram.bytes = bytes;
	datagram.to = to;
	return datagram;
}
DatagramOut outgoing(const char *literal, const Endpoint &to) { return outgoing(netpeer::view_of(literal), to); }
DatagramOut outgoing(const std::string &text, const Endpoint &to) {
	return outgoing(ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size()), to);
}
DatagramOut outgoing(std::string &&, const Endpoint &) = delete; // bytes are borrowed

struct Arrived {
	std::string text;
	Endpoint from;
};

// Slots of equal size over one block.
struct SlotBlock {
	SlotBlock(size_t count, size_t bytes) : block(count * bytes + 1), slots(count) {
		for (size_t i = 0; i < count; ++i) slots[i].buffer = MutBytes(block.data() + i * bytes, bytes);
	}
	Arrived arrived(size_t i) const {
		const DatagramSlot &slot = slots[i];
		return Arrived{std::string(reinterpret_cast<const char *>(slot.buffer.data), slot.size), slot.from};
	}
	std::vector<uint8_t> block;
	std::vector<DatagramSlot> slots;
};

class NetSocketTest : public testing::TestWithParam<bool> {
protected:
	std::unique_ptr<NetSocket> closed_socket() {
		std::unique_ptr<NetSocket> made = netpeer::create_net_socket();
		if (!GetParam()) made->disable_batching();
		return made;
	}
	std::unique_ptr<NetSocket> open_socket(IPType type) {
		std::unique_ptr<NetSocket> made = closed_socket();
		IPType opened = type;
		EXPECT_EQ(made->open_udp(opened), Error::OK);
		EXPECT_EQ(opened, type);
		return made;
	}
	std::unique_ptr<NetSocket> bound_socket(IPType type, const char *address) {
		std::unique_ptr<NetSocket> made = open_socket(type);
		EXPECT_EQ(made->bind(at(address, 0)), Error::OK);
		return made;
	}
	static uint16_t port_of(NetSocket &socket) {
		Endpoint local;
		EXPECT_EQ(socket.local_endpoint(local), Error::OK);
		EXPECT_NE(local.port, 0);
		return local.port;
	}
	static Error send_one(NetSocket &socket, const std::string &text, const Endpoint &to) {
		const DatagramOut datagram = outgoing(text, to);
		size_t sent = 0;
		const Error error = socket.send_batch(&datagram, 1, sent);
		EXPECT_EQ(sent, error == Error::OK ? 1u : 0u);
		return error;
	}
	// Until `count` datagrams have come or patience is gone.
	static std::vector<Arrived> receive(NetSocket &socket, size_t count, size_t slot_bytes = 2048, size_t slots = 16) {
		std::vector<Arrived> all;
		SlotBlock block(slots, slot_bytes);
		const Instant deadline = netpeer::system_clock().now() + kPatience;
		while (all.size() < count) {
			const Duration left = deadline - netpeer::system_clock().now();
			if (left.us <= 0) break;
			if (socket.wait_readable(left) != Error::OK) break;
			size_t received = 0;
			const Error error = socket.receive_batch(block.slots.data(), block.slots.size(), received);
			EXPECT_TRUE(error == Error::OK || error == Error::ERR_BUSY) << netpeer::error_name(error);
			EXPECT_EQ(error == Error::OK, received != 0);
			for (size_t i = 0; i < received; ++i) all.push_back(block.arrived(i));
		}
		EXPECT_EQ(all.size(), count);
		return all;
	}
	static Error receive_nothing(NetSocket &socket) {
		SlotBlock block(4, 64);
		size_t received = 99;
		const Error error = socket.receive_batch(block.slots.data(), block.slots.size(), received);
		EXPECT_EQ(received, 0u);
		return error;
	}
	static void expect_exchange(NetSocket &a, const Endpoint &a_seen_by_b, NetSocket &b, const Endpoint &b_seen_by_a) {
		ASSERT_EQ(send_one(a, "ping", b_seen_by_a), Error::OK);
		const std::vector<Arrived> ping = receive(b, 1);
		ASSERT_EQ(ping.size(), 1u);
		EXPECT_EQ(ping[0].text, "ping");
		EXPECT_EQ(ping[0].from, a_seen_by_b);
		ASSERT_EQ(send_one(b, "pong", ping[0].from), Error::OK);
		const std::vector<Arrived> pong = receive(a, 1);
		ASSERT_EQ(pong.size(), 1u);
		EXPECT_EQ(pong[0].text, "pong");
		EXPECT_EQ(pong[0].from, b_seen_by_a);
	}
};

} // namespace

INSTANTIATE_TEST_SUITE_P(BothModes, NetSocketTest, testing::Bool(),
        [](const testing::TestParamInfo<bool> &mode) { return std::string(mode.param ? "Batches" : "OneByOne"); });

TEST_P(NetSocketTest, ClosedSocketsAnswerUnconfigured) {
	const std::unique_ptr<NetSocket> socket = closed_socket();
	EXPECT_FALSE(socket->is_open());
	Endpoint local;
	EXPECT_EQ(socket->bind(at("*", 0)), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->local_endpoint(local), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(receive_nothing(*socket), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(send_one(*socket, "x", at("127.0.0.1", 9)), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->wait_readable(Duration()), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->set_broadcasting_enabled(true), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->set_buffer_sizes(65536, 65536), Error::ERR_UNCONFIGURED);
	socket->close();
	EXPECT_EQ(socket->last_os_error(), 0);
}

TEST_P(NetSocketTest, OpeningTwiceOrWithAnUnknownTypeIsRefused) {
	const std::unique_ptr<NetSocket> socket = closed_socket();
	for (const int number : {0, -1, 4, 1000}) {
		IPType type = static_cast<IPType>(number);
		EXPECT_EQ(socket->open_udp(type), Error::ERR_INVALID_PARAMETER) << number;
		EXPECT_FALSE(socket->is_open());
	}
	IPType type = IPType::IPV4;
	ASSERT_EQ(socket->open_udp(type), Error::OK);
	EXPECT_EQ(socket->open_udp(type), Error::ERR_ALREADY_IN_USE);
	EXPECT_TRUE(socket->is_open());
	socket->close();
	EXPECT_FALSE(socket->is_open());
	EXPECT_EQ(socket->open_udp(type), Error::OK);
}

TEST_P(NetSocketTest, IPv4Exchange) {
	const std::unique_ptr<NetSocket> a = bound_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> b = bound_socket(IPType::IPV4, "127.0.0.1");
	expect_exchange(*a, at("127.0.0.1", port_of(*a)), *b, at("127.0.0.1", port_of(*b)));
}

TEST_P(NetSocketTest, IPv6Exchange) {
	if (!ipv6_works()) GTEST_SKIP() << "no IPv6 loopback here";
	const std::unique_ptr<NetSocket> a = bound_socket(IPType::IPV6, "::1");
	const std::unique_ptr<NetSocket> b = bound_socket(IPType::IPV6, "*");
	expect_exchange(*a, at("::1", port_of(*a)), *b, at("::1", port_of(*b)));
}

TEST_P(NetSocketTest, DualStackTalksToIPv4AndShowsItDotted) {
	if (!dual_stack_works()) GTEST_SKIP() << "no dual-stack sockets here";
	const std::unique_ptr<NetSocket> both = bound_socket(IPType::ANY, "*");
	const std::unique_ptr<NetSocket> four = bound_socket(IPType::IPV4, "127.0.0.1");
	expect_exchange(*both, at("127.0.0.1", port_of(*both)), *four, at("127.0.0.1", port_of(*four)));
	expect_exchange(*four, at("127.0.0.1", port_of(*four)), *both, at("127.0.0.1", port_of(*both)));
	ASSERT_EQ(send_one(*four, "who", at("127.0.0.1", port_of(*both))), Error::OK);
	const std::vector<Arrived> got = receive(*both, 1);
	ASSERT_EQ(got.size(), 1u);
	EXPECT_TRUE(got[0].from.address.is_ipv4());
}

TEST_P(NetSocketTest, DualStackTalksToIPv6) {
	if (!dual_stack_works()) GTEST_SKIP() << "no dual-stack sockets here";
	const std::unique_ptr<NetSocket> both = bound_socket(IPType::ANY, "*");
	const std::unique_ptr<NetSocket> six = bound_socket(IPType::IPV6, "::1");
	expect_exchange(*both, at("::1", port_of(*both)), *six, at("::1", port_of(*six)));
	expect_exchange(*six, at("::1", port_of(*six)), *both, at("::1", port_of(*both)));
}

TEST_P(NetSocketTest, AnIPv6OnlySocketLeavesThePortToIPv4) {
	if (!ipv6_works()) GTEST_SKIP() << "no IPv6 loopback here";
	// Several tries: any of the ports may by chance belong to another program's IPv4 socket.
	bool bound = false;
	for (int i = 0; i < 5 && !bound; ++i) {
		const std::unique_ptr<NetSocket> six = bound_socket(IPType::IPV6, "*");
		const std::unique_ptr<NetSocket> four = open_socket(IPType::IPV4);
		bound = four->bind(at("*", port_of(*six))) == Error::OK;
	}
	EXPECT_TRUE(bound);
}

TEST_P(NetSocketTest, BindingAcceptsOnlyAddressesOfTheSocketsFamilyAndStaysOpen) {
	const std::unique_ptr<NetSocket> four = open_socket(IPType::IPV4);
	EXPECT_EQ(four->bind(at("::1", 0)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(four->bind(at("nonsense", 0)), Error::ERR_INVALID_PARAMETER);
	EXPECT_TRUE(four->is_open());
	EXPECT_EQ(four->bind(at("127.0.0.1", 0)), Error::OK);
	if (!ipv6_works()) return;
	const std::unique_ptr<NetSocket> six = open_socket(IPType::IPV6);
	EXPECT_EQ(six->bind(at("127.0.0.1", 0)), Error::ERR_INVALID_PARAMETER);
	EXPECT_TRUE(six->is_open());
	EXPECT_EQ(six->bind(at("::1", 0)), Error::OK);
	if (!dual_stack_works()) return;
	const std::unique_ptr<NetSocket> both = open_socket(IPType::ANY);
	EXPECT_EQ(both->bind(at("127.0.0.1", 0)), Error::OK);
	Endpoint local;
	ASSERT_EQ(both->local_endpoint(local), Error::OK);
	EXPECT_EQ(local.address, IPAddress("127.0.0.1"));
}

TEST_P(NetSocketTest, APortInUseIsUnavailableAndClosesTheSocket) {
	const std::unique_ptr<NetSocket> first = bound_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> second = open_socket(IPType::IPV4);
	EXPECT_EQ(second->bind(at("127.0.0.1", port_of(*first))), Error::ERR_UNAVAILABLE);
	EXPECT_FALSE(second->is_open());
	EXPECT_NE(second->last_os_error(), 0);
	IPType type = IPType::IPV4;
	ASSERT_EQ(second->open_udp(type), Error::OK);
	EXPECT_EQ(second->bind(at("127.0.0.1", 0)), Error::OK);
}

TEST_P(NetSocketTest, AnAddressOfAnotherMachineIsUnavailable) {
	if (netpeer_test::running_under_wine()) GTEST_SKIP() << "Wine binds to addresses of other machines";
	const std::unique_ptr<NetSocket> socket = open_socket(IPType::IPV4);
	EXPECT_EQ(socket->bind(at("192.0.2.1", 0)), Error::ERR_UNAVAILABLE); // reserved for documentation
	EXPECT_FALSE(socket->is_open());
}

TEST_P(NetSocketTest, AnUnboundSocketHasPortZeroAndNothingToRead) {
	const std::unique_ptr<NetSocket> socket = open_socket(IPType::IPV4);
	Endpoint local = at("1.2.3.4", 5);
	EXPECT_EQ(socket->local_endpoint(local), Error::OK);
	EXPECT_EQ(local.port, 0);
	EXPECT_EQ(receive_nothing(*socket), Error::ERR_BUSY);
	// The first send binds it.
	const std::unique_ptr<NetSocket> other = bound_socket(IPType::IPV4, "127.0.0.1");
	ASSERT_EQ(send_one(*socket, "x", at("127.0.0.1", port_of(*other))), Error::OK);
	EXPECT_NE(port_of(*socket), 0);
}

TEST_P(NetSocketTest, NothingWaitingIsBusy) {
	const std::unique_ptr<NetSocket> socket = bound_socket(IPType::IPV4, "127.0.0.1");
	EXPECT_EQ(receive_nothing(*socket), Error::ERR_BUSY);
	EXPECT_EQ(socket->wait_readable(Duration()), Error::ERR_BUSY);
	EXPECT_EQ(socket->counters().receive_calls, 1u);
}

TEST_P(NetSocketTest, AnEmptyDatagramIsADatagram) {
	const std::unique_ptr<NetSocket> a = bound_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> b = bound_socket(IPType::IPV4, "127.0.0.1");
	ASSERT_EQ(send_one(*a, "", at("127.0.0.1", port_of(*b))), Error::OK);
	ASSERT_EQ(send_one(*a, "after", at("127.0.0.1", port_of(*b))), Error::OK);
	const std::vector<Arrived> got = receive(*b, 2);
	ASSERT_EQ(got.size(), 2u);
	EXPECT_EQ(got[0].text, "");
	EXPECT_EQ(got[0].from.port, port_of(*a));
	EXPECT_EQ(got[1].text, "after");
}

TEST_P(NetSocketTest, BatchesOfMoreThan64ArriveWholeAndInOrder) {
	const std::unique_ptr<NetSocket> a = bound_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> b = bound_socket(IPType::IPV4, "127.0.0.1");
	ASSERT_EQ(b->set_buffer_sizes(1 << 20, 0), Error::OK);
	constexpr size_t kCount = 150;
	std::vector<std::string> texts;
	for (size_t i = 0; i < kCount; ++i) texts.push_back(std::string(i % 40, '#') + std::to_string(i));
	std::vector<DatagramOut> out;
	for (const std::string &text : texts) out.push_back(outgoing(text, at("127.0.0.1", port_of(*b))));
	size_t sent = 0;
	ASSERT_EQ(a->send_batch(out.data(), out.size(), sent), Error::OK);
	EXPECT_EQ(sent, kCount);
	const std::vector<Arrived> got = receive(*b, kCount, 256, 200);
	ASSERT_EQ(got.size(), kCount);
	for (size_t i = 0; i < kCount; ++i) {
		EXPECT_EQ(got[i].text, texts[i]);
		EXPECT_EQ(got[i].from, at("127.0.0.1", port_of(*a)));
	}
	if (a->caps().max_batch == 1) {
		EXPECT_EQ(a->counters().send_calls, kCount);
	} else {
		EXPECT_EQ(a->counters().send_calls, (kCount + 63) / 64);
		EXPECT_LE(b->counters().receive_calls, kCount / 2);
	}
}

TEST_P(NetSocketTest, OneBatchMayGoToManyDestinations) {
	const std::unique_ptr<NetSocket> a = bound_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> b = bound_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> c = bound_socket(IPType::IPV4, "127.0.0.1");
	const DatagramOut out[] = {outgoing("b1", at("127.0.0.1", port_of(*b))),
	        outgoing("c1", at("127.0.0.1", port_of(*c))), outgoing("b2", at("127.0.0.1", port_of(*b)))};
	size_t sent = 0;
	ASSERT_EQ(a->send_batch(out, 3, sent), Error::OK);
	const std::vector<Arrived> at_b = receive(*b, 2);
	const std::vector<Arrived> at_c = receive(*c, 1);
	ASSERT_EQ(at_b.size(), 2u);
	ASSERT_EQ(at_c.size(), 1u);
	EXPECT_EQ(at_b[1].text, "b2");
	EXPECT_EQ(at_c[0].text, "c1");
}

TEST_P(NetSocketTest, NoSlotsAndNoDatagramsAreFine) {
	const std::unique_ptr<NetSocket> socket = bound_socket(IPType::IPV4, "127.0.0.1");
	size_t count = 9;
	EXPECT_EQ(socket->send_batch(nullptr, 0, count), Error::OK);
	EXPECT_EQ(count, 0u);
	count = 9;
	EXPECT_EQ(socket->receive_batch(nullptr, 0, count), Error::ERR_BUSY);
	EXPECT_EQ(count, 0u);
}

TEST_P(NetSocketTest, TruncatedDatagramsAreCountedAndSkippedAndTheRestMovesUp) {
	const std::unique_ptr<NetSocket> a = bound_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> b = bound_socket(IPType::IPV4, "127.0.0.1");
	const Endpoint to = at("127.0.0.1", port_of(*b));
	const std::string fits(16, 'f');
	const std::string too_long(17, 't');
	for (const std::string &text : {too_long, fits, too_long, too_long, std::string("s"), fits, too_long})
		ASSERT_EQ(send_one(*a, text, to), Error::OK);
	const std::vector<Arrived> got = receive(*b, 3, 16);
	ASSERT_EQ(got.size(), 3u);
	EXPECT_EQ(got[0].text, fits);
	EXPECT_EQ(got[1].text, "s");
	EXPECT_EQ(got[2].text, fits);
	for (const Arrived &datagram : got) EXPECT_EQ(datagram.from.port, port_of(*a));
	// One more call so that a last truncated one has been looked at in every mode.
	EXPECT_EQ(receive_nothing(*b), Error::ERR_BUSY);
	EXPECT_EQ(b->counters().truncated, 4u);
}

TEST_P(NetSocketTest, SlotsOfDifferentSizesNeverHoldMoreThanTheirOwn) {
	const std::unique_ptr<NetSocket> a = bound_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> b = bound_socket(IPType::IPV4, "127.0.0.1");
	const Endpoint to = at("127.0.0.1", port_of(*b));
	// The first is too long for its slot, so that each of the others moves up, the second one into too small a slot.
	for (const size_t size : {20u, 17u, 10u, 30u}) ASSERT_EQ(send_one(*a, std::string(size, 'x'), to), Error::OK);
	uint8_t small[16];
	std::vector<uint8_t> large(3 * 64);
	DatagramSlot slots[4];
	slots[0].buffer = MutBytes(small, sizeof(small));
	for (size_t i = 1; i < 4; ++i) slots[i].buffer = MutBytes(large.data() + (i - 1) * 64, 64);
	ASSERT_EQ(b->wait_readable(kPatience), Error::OK);
	size_t received = 0;
	ASSERT_EQ(b->receive_batch(slots, 4, received), Error::OK);
	ASSERT_EQ(received, 2u);
	EXPECT_EQ(slots[0].size, 10u);
	EXPECT_EQ(slots[0].buffer.data, small);
	EXPECT_EQ(slots[1].size, 30u);
	EXPECT_EQ(slots[1].buffer.data, large.data());
	for (size_t i = 0; i < 30; ++i) EXPECT_EQ(large[i], 'x');
	EXPECT_EQ(b->counters().truncated, 2u);
}

TEST_P(NetSocketTest, OnlyTruncatedDatagramsMeansBusy) {
	const std::unique_ptr<NetSocket> a = bound_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> b = bound_socket(IPType::IPV4, "127.0.0.1");
	for (int i = 0; i < 5; ++i) ASSERT_EQ(send_one(*a, std::string(65, 'x'), at("127.0.0.1", port_of(*b))), Error::OK);
	ASSERT_EQ(b->wait_readable(kPatience), Error::OK);
	EXPECT_EQ(receive_nothing(*b), Error::ERR_BUSY);
	EXPECT_EQ(b->counters().truncated, 5u);
	EXPECT_EQ(b->wait_readable(Duration()), Error::ERR_BUSY);
}

TEST_P(NetSocketTest, TheLargestDatagramPassesAndOneByteMoreFails) {
	const std::unique_ptr<NetSocket> a = bound_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> b = bound_socket(IPType::IPV4, "127.0.0.1");
	const Endpoint to = at("127.0.0.1", port_of(*b));
	ASSERT_EQ(a->set_buffer_sizes(1 << 18, 1 << 18), Error::OK);
	ASSERT_EQ(b->set_buffer_sizes(1 << 18, 1 << 18), Error::OK);
	const std::string largest(65507, 'L');
	const std::string larger(65508, 'L');
	const DatagramOut out[] = {outgoing("first", to), outgoing(larger, to), outgoing("last", to)};
	size_t sent = 99;
	EXPECT_EQ(a->send_batch(out, 3, sent), Error::FAILED);
	EXPECT_EQ(sent, 1u);
	EXPECT_NE(a->last_os_error(), 0);
	EXPECT_EQ(a->counters().icmp_errors, 0u);
	EXPECT_EQ(send_one(*a, largest, to), Error::OK);
	const std::vector<Arrived> got = receive(*b, 2, 65536, 2);
	ASSERT_EQ(got.size(), 2u);
	EXPECT_EQ(got[0].text, "first");
	EXPECT_EQ(got[1].text, largest);
}

TEST_P(NetSocketTest, DestinationsTheSocketCannotReachFailAtTheirIndex) {
	const std::unique_ptr<NetSocket> a = bound_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> b = bound_socket(IPType::IPV4, "127.0.0.1");
	const Endpoint good = at("127.0.0.1", port_of(*b));
	for (const char *bad : {"::1", "", "*"}) {
		const DatagramOut out[] = {
		        outgoing("one", good), outgoing("two", good), outgoing("bad", at(bad, 9)), outgoing("three", good)};
		size_t sent = 99;
		EXPECT_EQ(a->send_batch(out, 4, sent), Error::FAILED) << bad;
		EXPECT_EQ(sent, 2u) << bad;
		EXPECT_EQ(receive(*b, 2).size(), 2u);
	}
	if (!ipv6_works()) return;
	const std::unique_ptr<NetSocket> six = bound_socket(IPType::IPV6, "::1");
	EXPECT_EQ(send_one(*six, "bad", good), Error::FAILED);
}

TEST_P(NetSocketTest, WaitingEndsWhenTimeIsUp) {
	const std::unique_ptr<NetSocket> socket = bound_socket(IPType::IPV4, "127.0.0.1");
	const Duration wish = Duration::from_ms(30);
	const Instant start = netpeer::system_clock().now();
	EXPECT_EQ(socket->wait_readable(wish), Error::ERR_BUSY);
	const Duration slept = netpeer::system_clock().now() - start;
	EXPECT_GE(slept.us, wish.us);
	EXPECT_LT(slept.us, kPatience.us);
}

TEST_P(NetSocketTest, WaitingEndsWhenADatagramIsThere) {
	const std::unique_ptr<NetSocket> a = bound_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> b = bound_socket(IPType::IPV4, "127.0.0.1");
	ASSERT_EQ(send_one(*a, "x", at("127.0.0.1", port_of(*b))), Error::OK);
	EXPECT_EQ(b->wait_readable(Duration::from_us(-1)), Error::OK);
	EXPECT_EQ(b->wait_readable(Duration::from_us(INT64_MAX)), Error::OK);
	EXPECT_EQ(b->wait_readable(Duration()), Error::OK);
	EXPECT_EQ(receive(*b, 1).size(), 1u);
	EXPECT_EQ(b->wait_readable(Duration()), Error::ERR_BUSY);
}

TEST_P(NetSocketTest, AClosedPortDoesNotStopUnconnectedSockets) {
	// What the other side's system says about a closed port must disturb neither sending nor receiving.
	const std::unique_ptr<NetSocket> a = bound_socket(IPType::IPV4, "127.0.0.1");
	uint16_t closed_port = 0;
	{
		const std::unique_ptr<NetSocket> gone = bound_socket(IPType::IPV4, "127.0.0.1");
		closed_port = port_of(*gone);
	}
	const std::unique_ptr<NetSocket> b = bound_socket(IPType::IPV4, "127.0.0.1");
	for (int i = 0; i < 5; ++i) {
		ASSERT_EQ(send_one(*a, "into the void", at("127.0.0.1", closed_port)), Error::OK);
		ASSERT_EQ(send_one(*b, "still here", at("127.0.0.1", port_of(*a))), Error::OK);
		EXPECT_EQ(receive(*a, 1).size(), 1u);
	}
	EXPECT_EQ(receive_nothing(*a), Error::ERR_BUSY);
}

TEST_P(NetSocketTest, BroadcastingIsOffUntilAskedForAndUnavailableOnIPv6) {
	const std::unique_ptr<NetSocket> four = bound_socket(IPType::IPV4, "127.0.0.1");
	EXPECT_EQ(send_one(*four, "all", at("255.255.255.255", 9)), Error::FAILED);
	EXPECT_NE(four->last_os_error(), 0);
	EXPECT_EQ(four->set_broadcasting_enabled(true), Error::OK);
	EXPECT_EQ(four->set_broadcasting_enabled(false), Error::OK);
	EXPECT_EQ(send_one(*four, "all", at("255.255.255.255", 9)), Error::FAILED);
	if (!ipv6_works()) return;
	const std::unique_ptr<NetSocket> six = open_socket(IPType::IPV6);
	EXPECT_EQ(six->set_broadcasting_enabled(true), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(six->set_broadcasting_enabled(false), Error::ERR_UNAVAILABLE);
	if (!dual_stack_works()) return;
	const std::unique_ptr<NetSocket> both = open_socket(IPType::ANY);
	EXPECT_EQ(both->set_broadcasting_enabled(true), Error::OK);
}

TEST_P(NetSocketTest, BufferSizesAreAskedForWithinReason) {
	const std::unique_ptr<NetSocket> socket = open_socket(IPType::IPV4);
	EXPECT_EQ(socket->set_buffer_sizes(0, 0), Error::OK);
	EXPECT_EQ(socket->set_buffer_sizes(262144, 131072), Error::OK);
	EXPECT_EQ(socket->set_buffer_sizes(size_t{1} << 30, 0), Error::OK);
}

TEST_P(NetSocketTest, AFullSystemIsBusyOrTakesEverything) {
	// Loopback mostly drops at the receiver instead of refusing; either way the sender sees OK or ERR_BUSY.
	const std::unique_ptr<NetSocket> a = bound_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> b = bound_socket(IPType::IPV4, "127.0.0.1");
	(void)a->set_buffer_sizes(0, 4096);
	const std::string text(1200, 'x');
	const std::vector<DatagramOut> out(256, outgoing(text, at("127.0.0.1", port_of(*b))));
	for (int i = 0; i < 8; ++i) {
		size_t sent = 0;
		const Error error = a->send_batch(out.data(), out.size(), sent);
		if (error == Error::OK)
			EXPECT_EQ(sent, out.size());
		else
			EXPECT_EQ(error, Error::ERR_BUSY);
	}
}

TEST_P(NetSocketTest, CapsSayWhetherBatchesAreUsed) {
	const std::unique_ptr<NetSocket> socket = open_socket(IPType::IPV4);
	size_t batch = 1;
#if NETPEER_OS_LINUX
	if (GetParam()) batch = 64;
#endif
	EXPECT_EQ(socket->caps().max_batch, batch);
	socket->disable_batching();
	EXPECT_EQ(socket->caps().max_batch, 1u);
	socket->close();
	IPType type = IPType::IPV4;
	ASSERT_EQ(socket->open_udp(type), Error::OK);
	EXPECT_EQ(socket->caps().max_batch, 1u);
}

TEST_P(NetSocketTest, BindingAnAddressTwiceIsRefused) {
	const std::unique_ptr<NetSocket> socket = bound_socket(IPType::IPV4, "127.0.0.1");
	EXPECT_EQ(socket->bind(at("127.0.0.1", 0)), Error::ERR_UNAVAILABLE);
	EXPECT_FALSE(socket->is_open());
}

namespace {

std::unique_ptr<NetSocket> make_no_socket() { return nullptr; }

} // namespace

TEST(NetSocketFactory, CanBeReplacedAndRestored) {
	const netpeer::NetSocketFactory former = netpeer::set_net_socket_factory(make_no_socket);
	EXPECT_EQ(netpeer::create_net_socket(), nullptr);
	EXPECT_EQ(netpeer::set_net_socket_factory(nullptr), &make_no_socket);
	EXPECT_NE(netpeer::create_net_socket(), nullptr);
	EXPECT_EQ(netpeer::set_net_socket_factory(former), former);
}
