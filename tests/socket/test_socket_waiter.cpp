// Waiting on many sockets at once. Every body runs with the list told each time (poll, select) and, on Linux, kept by the
// kernel (epoll): the answers must be the same.
#include "../../src/socket/socket_waiter.h"

#include "../../src/core/netpeer_config.h"
#include "../../src/core/seeded_rng.h"
#include "../support/failing_allocator.h"
#include "../support/running_emulated.h"
#include "../support/running_under_wine.h"
#include "../support/stream_pair.h"
#include "../support/tcp_pair.h"

#if NETPEER_OS_LINUX
#include <sys/socket.h>
#endif

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

using netpeer::Duration;
using netpeer::Error;
using netpeer::Instant;
using netpeer::IPType;
using netpeer::NetSocket;
using netpeer::PollType;
using netpeer::SocketHandle;
using netpeer::SocketReady;
using netpeer::SocketWaiter;
using netpeer::SocketWaiterSettings;
using netpeer_test::endpoint_at;
using netpeer_test::kStreamPatience;
using netpeer_test::port_of;
using netpeer_test::StreamPair;

namespace {

std::unique_ptr<NetSocket> waiter_udp() {
	std::unique_ptr<NetSocket> made = netpeer::create_net_socket();
	IPType type = IPType::IPV4;
	EXPECT_EQ(made->open_udp(type), Error::OK);
	EXPECT_EQ(made->bind(endpoint_at("127.0.0.1", 0)), Error::OK);
	return made;
}

// Makes `to` readable.
void poke(NetSocket &from, NetSocket &to) {
	netpeer::DatagramOut datagram;
	datagram.bytes = netpeer::view_of("!");
	datagram.to = endpoint_at("127.0.0.1", port_of(to));
	size_t sent = 0;
	ASSERT_EQ(from.send_batch(&datagram, 1, sent), Error::OK);
	ASSERT_EQ(to.wait(PollType::POLL_TYPE_IN, kStreamPatience), Error::OK);
}

void drain(NetSocket &socket) {
	uint8_t bytes[16];
	netpeer::DatagramSlot slot;
	slot.buffer = netpeer::MutBytes(bytes, sizeof(bytes));
	size_t received = 0;
	while (socket.receive_batch(&slot, 1, received) == Error::OK) {
	}
}

class SocketWaiterTest : public testing::TestWithParam<bool> {
protected:
	SocketWaiterSettings settings() const {
		SocketWaiterSettings made;
		made.many_sockets = GetParam() ? 0 : SIZE_MAX;
		return made;
	}
	static std::vector<uint64_t> tokens(SocketWaiter &waiter, size_t capacity = 64) {
		std::vector<SocketReady> ready(capacity);
		size_t count = 0;
		const Error error = waiter.wait(Duration(), ready.data(), capacity, count);
		EXPECT_EQ(error, count != 0 ? Error::OK : Error::ERR_BUSY);
		std::vector<uint64_t> all;
		for (size_t i = 0; i < count; ++i) all.push_back(ready[i].token);
		std::sort(all.begin(), all.end());
		return all;
	}
};

} // namespace

INSTANTIATE_TEST_SUITE_P(BothWays, SocketWaiterTest, testing::Bool(), [](const testing::TestParamInfo<bool> &way) {
	return std::string(way.param ? "ListKeptBySystem" : "ListTold");
});

TEST_P(SocketWaiterTest, OnlyTheReadyOnesAreReportedWithTheirTokens) {
	SocketWaiter waiter(settings());
	const std::unique_ptr<NetSocket> a = waiter_udp(), b = waiter_udp(), c = waiter_udp();
	ASSERT_EQ(waiter.add(*a, PollType::POLL_TYPE_IN, 1), Error::OK);
	ASSERT_EQ(waiter.add(*b, PollType::POLL_TYPE_IN, UINT64_MAX), Error::OK);
	ASSERT_EQ(waiter.add(*c, PollType::POLL_TYPE_IN, 3), Error::OK);
	EXPECT_EQ(waiter.size(), 3u);
	EXPECT_TRUE(tokens(waiter).empty());
	poke(*a, *b);
	poke(*a, *c);
	EXPECT_EQ(tokens(waiter), (std::vector<uint64_t>{3, UINT64_MAX}));
	drain(*c);
	SocketReady ready;
	size_t count = 0;
	ASSERT_EQ(waiter.wait(kStreamPatience, &ready, 1, count), Error::OK);
	ASSERT_EQ(count, 1u);
	EXPECT_EQ(ready.token, UINT64_MAX);
	EXPECT_TRUE(ready.readable);
	EXPECT_FALSE(ready.writable);
	EXPECT_FALSE(ready.error);
}

TEST_P(SocketWaiterTest, InterestAndTokenCanBeChanged) {
	SocketWaiter waiter(settings());
	const StreamPair pair = StreamPair::over_tcp();
	ASSERT_EQ(waiter.add(*pair.client, PollType::POLL_TYPE_IN, 1), Error::OK);
	EXPECT_TRUE(tokens(waiter).empty());
	ASSERT_EQ(waiter.modify(*pair.client, PollType::POLL_TYPE_OUT, 2), Error::OK);
	EXPECT_EQ(tokens(waiter), std::vector<uint64_t>{2});
	ASSERT_EQ(waiter.modify(*pair.client, PollType::POLL_TYPE_OUT, 3), Error::OK);
	EXPECT_EQ(tokens(waiter), std::vector<uint64_t>{3});
	ASSERT_EQ(netpeer_test::send_all(*pair.server, "x"), Error::OK);
	ASSERT_EQ(pair.client->wait(PollType::POLL_TYPE_IN, kStreamPatience), Error::OK);
	ASSERT_EQ(waiter.modify(*pair.client, PollType::POLL_TYPE_IN_OUT, 4), Error::OK);
	SocketReady ready;
	size_t count = 0;
	ASSERT_EQ(waiter.wait(Duration(), &ready, 1, count), Error::OK);
	EXPECT_EQ(ready.token, 4u);
	EXPECT_TRUE(ready.readable);
	EXPECT_TRUE(ready.writable);
	ASSERT_EQ(waiter.remove(*pair.client), Error::OK);
	EXPECT_TRUE(tokens(waiter).empty());
	EXPECT_EQ(waiter.size(), 0u);
}

TEST_P(SocketWaiterTest, WrongCallsAreAnsweredAndChangeNothing) {
	SocketWaiter waiter(settings());
	const std::unique_ptr<NetSocket> closed = netpeer::create_net_socket();
	const std::unique_ptr<NetSocket> open = waiter_udp();
	SocketReady ready;
	size_t count = 9;
	EXPECT_EQ(waiter.add(*closed, PollType::POLL_TYPE_IN, 1), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(waiter.modify(*closed, PollType::POLL_TYPE_IN, 1), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(waiter.remove(*closed), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(waiter.modify(*open, PollType::POLL_TYPE_IN, 1), Error::ERR_DOES_NOT_EXIST);
	EXPECT_EQ(waiter.remove(*open), Error::ERR_DOES_NOT_EXIST);
	EXPECT_EQ(waiter.add(*open, static_cast<PollType>(7), 1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(waiter.wait(Duration::from_us(-1), &ready, 1, count), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(count, 0u);
	ASSERT_EQ(waiter.add(*open, PollType::POLL_TYPE_IN, 1), Error::OK);
	EXPECT_EQ(waiter.add(*open, PollType::POLL_TYPE_OUT, 2), Error::ERR_ALREADY_EXISTS);
	EXPECT_EQ(waiter.modify(*open, static_cast<PollType>(-1), 1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(waiter.wait(Duration(), nullptr, 0, count), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(waiter.size(), 1u);
	EXPECT_EQ(waiter.last_os_error(), 0);
}

TEST_P(SocketWaiterTest, HandlesAreWatchedLikeTheSocketsTheyBelongTo) {
	SocketWaiter waiter(settings());
	netpeer_test::TcpPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.open());
	const SocketHandle handle = pair.client.native_handle();
	const std::unique_ptr<NetSocket> other = waiter_udp();
	ASSERT_EQ(waiter.add_handle(handle, PollType::POLL_TYPE_IN, 1), Error::OK);
	ASSERT_EQ(waiter.add(*other, PollType::POLL_TYPE_IN, 2), Error::OK);
	EXPECT_TRUE(tokens(waiter).empty());
	ASSERT_EQ(waiter.modify_handle(handle, PollType::POLL_TYPE_OUT, 3), Error::OK);
	EXPECT_EQ(tokens(waiter), std::vector<uint64_t>{3});
	ASSERT_EQ(waiter.modify_handle(handle, PollType::POLL_TYPE_IN, 4), Error::OK);
	ASSERT_EQ(pair.served->put_data(netpeer::view_of("x")), Error::OK);
	ASSERT_EQ(pair.client.wait(PollType::POLL_TYPE_IN, netpeer_test::kStreamPatienceMs), Error::OK);
	poke(*other, *other);
	EXPECT_EQ(tokens(waiter), (std::vector<uint64_t>{2, 4}));

	// One list: what was added by its handle is known by its socket, and the other way round.
	EXPECT_EQ(waiter.add_handle(other->native_handle(), PollType::POLL_TYPE_IN, 5), Error::ERR_ALREADY_EXISTS);
	EXPECT_EQ(waiter.modify_handle(other->native_handle(), PollType::POLL_TYPE_IN, 5), Error::OK);
	EXPECT_EQ(tokens(waiter), (std::vector<uint64_t>{4, 5}));
	EXPECT_EQ(waiter.remove_handle(handle), Error::OK);
	EXPECT_EQ(waiter.remove_handle(handle), Error::ERR_DOES_NOT_EXIST);
	EXPECT_EQ(waiter.size(), 1u);

	EXPECT_EQ(waiter.add_handle(netpeer::kNoSocketHandle, PollType::POLL_TYPE_IN, 1), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(waiter.modify_handle(netpeer::kNoSocketHandle, PollType::POLL_TYPE_IN, 1), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(waiter.remove_handle(netpeer::kNoSocketHandle), Error::ERR_DOES_NOT_EXIST);
	EXPECT_EQ(waiter.modify_handle(handle, PollType::POLL_TYPE_IN, 1), Error::ERR_DOES_NOT_EXIST);
	EXPECT_EQ(waiter.add_handle(handle, static_cast<PollType>(7), 1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(waiter.size(), 1u);
}

TEST_P(SocketWaiterTest, TimeoutsAreKeptWithAndWithoutSockets) {
	SocketWaiter waiter(settings());
	SocketReady ready;
	size_t count = 0;
	for (const bool with_socket : {false, true}) {
		const std::unique_ptr<NetSocket> quiet = waiter_udp();
		if (with_socket) {
			ASSERT_EQ(waiter.add(*quiet, PollType::POLL_TYPE_IN, 1), Error::OK);
		}
		for (const int64_t us : {int64_t{0}, int64_t{1500}, int64_t{4000}}) {
			const Instant start = netpeer::system_clock().now();
			EXPECT_EQ(waiter.wait(Duration::from_us(us), &ready, 1, count), Error::ERR_BUSY);
			EXPECT_GE((netpeer::system_clock().now() - start).us, us);
			EXPECT_EQ(waiter.wait_until(start, &ready, 1, count), Error::ERR_BUSY) << "already over";
			EXPECT_EQ(waiter.wait_until(start + Duration::from_us(us + 2000), &ready, 1, count), Error::ERR_BUSY);
			EXPECT_GE(netpeer::system_clock().now(), start + Duration::from_us(us + 2000));
		}
		waiter.remove_all();
	}
}

TEST_P(SocketWaiterTest, AnEndlessWaitEndsWithTheFirstReadiness) {
	SocketWaiter waiter(settings());
	const std::unique_ptr<NetSocket> socket = waiter_udp();
	ASSERT_EQ(waiter.add(*socket, PollType::POLL_TYPE_IN, 5), Error::OK);
	poke(*socket, *socket);
	SocketReady ready;
	size_t count = 0;
	EXPECT_EQ(waiter.wait_until(Instant::never(), &ready, 1, count), Error::OK);
	EXPECT_EQ(ready.token, 5u);
}

TEST_P(SocketWaiterTest, ADecidedConnectIsReadinessWhicheverWayItWent) {
	SocketWaiter waiter(settings());
	const std::unique_ptr<NetSocket> holder = netpeer_test::open_tcp_socket(IPType::IPV4);
	ASSERT_EQ(holder->bind(endpoint_at("127.0.0.1", 0)), Error::OK);
	const std::unique_ptr<NetSocket> listener = netpeer_test::listening_tcp_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> lucky = netpeer_test::open_tcp_socket(IPType::IPV4);
	const std::unique_ptr<NetSocket> refused = netpeer_test::open_tcp_socket(IPType::IPV4);
	ASSERT_NE(lucky->connect(endpoint_at("127.0.0.1", port_of(*listener))), Error::FAILED);
	const Error started = refused->connect(endpoint_at("127.0.0.1", port_of(*holder)));
	ASSERT_EQ(waiter.add(*listener, PollType::POLL_TYPE_IN, 1), Error::OK);
	ASSERT_EQ(waiter.add(*lucky, PollType::POLL_TYPE_OUT, 2), Error::OK);
	size_t expected = 2;
	if (started == Error::ERR_BUSY) {
		ASSERT_EQ(waiter.add(*refused, PollType::POLL_TYPE_OUT, 3), Error::OK);
		expected = 3;
	}
	std::vector<uint64_t> seen;
	const Instant deadline = netpeer::system_clock().now() + kStreamPatience;
	while (seen.size() < expected) {
		SocketReady ready[4];
		size_t count = 0;
		ASSERT_EQ(waiter.wait_until(deadline, ready, 4, count), Error::OK);
		for (size_t i = 0; i < count; ++i) {
			seen.push_back(ready[i].token);
			EXPECT_EQ(ready[i].error, ready[i].token == 3);
			const NetSocket &socket = ready[i].token == 1 ? *listener : ready[i].token == 2 ? *lucky : *refused;
			EXPECT_EQ(waiter.remove(socket), Error::OK);
		}
	}
	EXPECT_EQ(lucky->connect_result(), Error::OK);
	if (started == Error::ERR_BUSY) {
		EXPECT_EQ(refused->connect_result(), Error::FAILED);
	}
}

TEST_P(SocketWaiterTest, TheEndOfAStreamIsReadable) {
	SocketWaiter waiter(settings());
	const StreamPair pair = StreamPair::over_tcp();
	ASSERT_EQ(waiter.add(*pair.client, PollType::POLL_TYPE_IN, 1), Error::OK);
	pair.server->close();
	SocketReady ready;
	size_t count = 0;
	ASSERT_EQ(waiter.wait(kStreamPatience, &ready, 1, count), Error::OK);
	EXPECT_TRUE(ready.readable);
	EXPECT_FALSE(ready.error);
	EXPECT_EQ(netpeer_test::receive_byte(*pair.client), Error::ERR_FILE_EOF);
}

TEST_P(SocketWaiterTest, WhatCapacityLeavesOutComesNextSoNobodyStarves) {
	SocketWaiter waiter(settings());
	constexpr size_t kCount = 10;
	std::vector<std::unique_ptr<NetSocket>> sockets;
	for (size_t i = 0; i < kCount; ++i) {
		sockets.push_back(waiter_udp());
		ASSERT_EQ(waiter.add(*sockets[i], PollType::POLL_TYPE_IN, i), Error::OK);
		poke(*sockets[0], *sockets[i]);
	}
	// Nothing is drained: all stay ready, and three at a time must still get round.
	std::vector<bool> seen(kCount, false);
	for (int pass = 0; pass < 4; ++pass) {
		const std::vector<uint64_t> some = tokens(waiter, 3);
		ASSERT_LE(some.size(), 3u);
		for (const uint64_t token : some) seen[token] = true;
	}
	EXPECT_EQ(std::count(seen.begin(), seen.end(), true), static_cast<long>(kCount));
	const std::vector<uint64_t> all = tokens(waiter);
	EXPECT_EQ(all.size(), kCount);
	EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end()) << "each socket once";
}

TEST_P(SocketWaiterTest, AHandleClosedTooSoonCanStillBeRemoved) {
	SocketWaiter waiter(settings());
	const std::unique_ptr<NetSocket> socket = waiter_udp();
	ASSERT_EQ(waiter.add(*socket, PollType::POLL_TYPE_IN, 1), Error::OK);
	const SocketHandle handle = socket->native_handle();
	socket->close();
	EXPECT_EQ(waiter.remove_handle(handle), Error::OK);
	EXPECT_EQ(waiter.remove_handle(handle), Error::ERR_DOES_NOT_EXIST);
	EXPECT_EQ(waiter.size(), 0u);
}

TEST_P(SocketWaiterTest, MoreSocketsThanAllowedAreRefused) {
	SocketWaiterSettings few = settings();
	few.max_sockets = 2;
	SocketWaiter waiter(few);
	const std::unique_ptr<NetSocket> a = waiter_udp(), b = waiter_udp(), c = waiter_udp();
	ASSERT_EQ(waiter.add(*a, PollType::POLL_TYPE_IN, 1), Error::OK);
	ASSERT_EQ(waiter.add(*b, PollType::POLL_TYPE_IN, 2), Error::OK);
	EXPECT_EQ(waiter.add(*c, PollType::POLL_TYPE_IN, 3), Error::ERR_OUT_OF_MEMORY);
	ASSERT_EQ(waiter.remove(*a), Error::OK);
	EXPECT_EQ(waiter.add(*c, PollType::POLL_TYPE_IN, 3), Error::OK);
}

TEST_P(SocketWaiterTest, AnyAllocationMayFailAndNothingIsLost) {
	std::vector<std::unique_ptr<NetSocket>> sockets;
	for (size_t i = 0; i < 40; ++i) sockets.push_back(waiter_udp());
	for (uint64_t nth = 1; nth < 30; ++nth) {
		netpeer_test::FailingAllocator memory;
		{
			SocketWaiterSettings tight = settings();
			tight.allocator = memory.pointer();
			SocketWaiter waiter(tight);
			memory.fail_nth(nth);
			for (size_t i = 0; i < sockets.size(); ++i) {
				const size_t before = waiter.size();
				const Error error = waiter.add(*sockets[i], PollType::POLL_TYPE_OUT, i);
				if (error != Error::OK) {
					ASSERT_EQ(error, Error::ERR_OUT_OF_MEMORY);
					ASSERT_EQ(waiter.size(), before);
					ASSERT_EQ(waiter.add(*sockets[i], PollType::POLL_TYPE_OUT, i), Error::OK);
				}
			}
			EXPECT_EQ(tokens(waiter).size(), sockets.size());
		}
		EXPECT_EQ(memory.live_blocks(), 0u);
		EXPECT_EQ(memory.size_mismatches(), 0u);
	}
}

TEST_P(SocketWaiterTest, WaitingAsksTheAllocatorForNothing) {
	netpeer_test::FailingAllocator memory;
	SocketWaiterSettings counted = settings();
	counted.allocator = memory.pointer();
	SocketWaiter waiter(counted);
	std::vector<std::unique_ptr<NetSocket>> sockets;
	for (size_t i = 0; i < 50; ++i) {
		sockets.push_back(waiter_udp());
		ASSERT_EQ(waiter.add(*sockets[i], PollType::POLL_TYPE_IN_OUT, i), Error::OK);
	}
	const uint64_t before = memory.requests();
	std::vector<SocketReady> ready(64);
	for (int i = 0; i < 20; ++i) {
		size_t count = 0;
		ASSERT_EQ(waiter.wait(Duration::from_ms(1), ready.data(), ready.size(), count), Error::OK);
		ASSERT_EQ(count, 50u);
		ASSERT_EQ(waiter.modify(*sockets[0], i % 2 == 0 ? PollType::POLL_TYPE_OUT : PollType::POLL_TYPE_IN_OUT, 0),
		        Error::OK);
		ASSERT_EQ(waiter.remove(*sockets[7]), Error::OK);
		ASSERT_EQ(waiter.add(*sockets[7], PollType::POLL_TYPE_IN_OUT, 7), Error::OK);
	}
	EXPECT_EQ(memory.requests(), before);
}

TEST(SocketWaiterModel, BothWaysAnswerTheSameThroughRandomChanges) {
	const size_t sockets_used = netpeer_test::running_under_wine() ? 20 : 90;
	const int steps = netpeer_test::running_under_wine() || netpeer_test::running_emulated() ? 300 : 4000;
	constexpr uint64_t kSeed = 20;
	netpeer::SeededRng rng(kSeed);
	SocketWaiterSettings told, kept, crossing;
	told.many_sockets = SIZE_MAX;
	kept.many_sockets = 0;
	crossing.many_sockets = 8;
	SocketWaiter waiters[3] = {SocketWaiter(told), SocketWaiter(kept), SocketWaiter(crossing)};
	std::vector<std::unique_ptr<NetSocket>> sockets;
	for (size_t i = 0; i < sockets_used; ++i) sockets.push_back(waiter_udp());
	std::vector<int> interest(sockets_used, -1); // -1: not watched
	std::vector<bool> poked(sockets_used, false);
	for (int step = 0; step < steps; ++step) {
		const size_t i = static_cast<size_t>(rng.u64() % sockets_used);
		const PollType type = static_cast<PollType>(rng.u64() % 3);
		const bool watched = interest[i] >= 0;
		switch (rng.u64() % 5) {
		case 0:
		case 1:
			for (SocketWaiter &waiter : waiters)
				ASSERT_EQ(waiter.add(*sockets[i], type, i), watched ? Error::ERR_ALREADY_EXISTS : Error::OK);
			if (!watched) interest[i] = static_cast<int>(type);
			break;
		case 2:
			for (SocketWaiter &waiter : waiters)
				ASSERT_EQ(waiter.modify(*sockets[i], type, i), watched ? Error::OK : Error::ERR_DOES_NOT_EXIST);
			if (watched) interest[i] = static_cast<int>(type);
			break;
		case 3:
			for (SocketWaiter &waiter : waiters)
				ASSERT_EQ(waiter.remove(*sockets[i]), watched ? Error::OK : Error::ERR_DOES_NOT_EXIST);
			interest[i] = -1;
			break;
		default:
			if (poked[i])
				drain(*sockets[i]);
			else
				poke(*sockets[0], *sockets[i]);
			poked[i] = !poked[i];
		}
		// What must be ready is known without asking: every UDP socket here is writable.
		for (SocketWaiter &waiter : waiters) {
			std::vector<SocketReady> ready(sockets_used);
			size_t count = 0;
			(void)waiter.wait(Duration(), ready.data(), ready.size(), count);
			std::vector<int> seen(sockets_used, 0);
			for (size_t k = 0; k < count; ++k) {
				seen[ready[k].token] = (ready[k].readable ? 1 : 0) | (ready[k].writable ? 2 : 0);
				ASSERT_FALSE(ready[k].error);
			}
			for (size_t k = 0; k < sockets_used; ++k) {
				const bool in = interest[k] == 0 || interest[k] == 2, out = interest[k] >= 1;
				ASSERT_EQ(seen[k], (in && poked[k] ? 1 : 0) | (out ? 2 : 0)) << "step " << step << " socket " << k;
			}
		}
	}
}

#if NETPEER_OS_LINUX
TEST(SocketWaiterModel, BothWaysAnswerTheSameToResetsAndEnds) {
	SocketWaiterSettings told, kept;
	told.many_sockets = SIZE_MAX;
	kept.many_sockets = 0;
	for (const bool reset : {false, true}) {
		for (const PollType type : {PollType::POLL_TYPE_IN, PollType::POLL_TYPE_OUT, PollType::POLL_TYPE_IN_OUT}) {
			SocketWaiter by_poll(told), by_epoll(kept);
			const StreamPair pair = StreamPair::over_tcp();
			const int handle = static_cast<int>(pair.server->native_handle());
			linger now{};
			now.l_onoff = reset ? 1 : 0;
			ASSERT_EQ(setsockopt(handle, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
			pair.server->close();
			(void)pair.client->wait(PollType::POLL_TYPE_IN, kStreamPatience);
			ASSERT_EQ(by_poll.add(*pair.client, type, 1), Error::OK);
			ASSERT_EQ(by_epoll.add(*pair.client, type, 1), Error::OK);
			SocketReady a, b;
			size_t count = 0;
			ASSERT_EQ(by_poll.wait(Duration(), &a, 1, count), Error::OK);
			ASSERT_EQ(by_epoll.wait(Duration(), &b, 1, count), Error::OK);
			EXPECT_EQ(a.readable, b.readable);
			EXPECT_EQ(a.writable, b.writable);
			EXPECT_EQ(a.error, b.error);
			EXPECT_EQ(a.error, reset);
			EXPECT_EQ(a.readable, type != PollType::POLL_TYPE_OUT);
			EXPECT_EQ(a.writable, type != PollType::POLL_TYPE_IN);
		}
	}
}
#endif
