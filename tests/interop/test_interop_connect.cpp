// Dialling between netpeer and stock libenet: what each end learns, what is negotiated, what is refused.
#include "interop_link.h"

#include <algorithm>

using namespace interop;

namespace {

class InteropConnect : public ::testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(Roles, InteropConnect, ::testing::ValuesIn(roles()), role_name);

SideConfig with_channels(size_t channels) {
	SideConfig config;
	config.channels = channels;
	return config;
}

SideConfig with_mtu(uint32_t mtu) {
	SideConfig config;
	config.mtu = mtu;
	return config;
}

SideConfig with_bandwidth(uint32_t incoming, uint32_t outgoing) {
	SideConfig config;
	config.incoming_bandwidth = incoming;
	config.outgoing_bandwidth = outgoing;
	return config;
}

SideConfig with_checksum(bool checksum) {
	SideConfig config;
	config.checksum = checksum;
	return config;
}

::testing::AssertionResult answers_both_ways(Link &link, uint64_t seed) {
	for (const bool from_server : {false, true}) {
		const Path path = link.path(from_server);
		const std::vector<uint8_t> bytes = payload_of(seed, 100);
		if (!path.from->send(path.from_conn, 0, view(bytes), kReliable)) {
			return ::testing::AssertionFailure() << "cannot send from " << path.text();
		}
		const ::testing::AssertionResult arrived = arrives(link, path, 0, bytes, kReliable);
		if (!arrived) return arrived;
	}
	return ::testing::AssertionSuccess();
}

} // namespace

TEST_P(InteropConnect, ServerSeesTheDataAndTheDiallerZero) {
	for (const uint32_t data : {0u, 1u, 0xc0ffee01u, UINT32_MAX}) {
		Link link(GetParam());
		ASSERT_TRUE(link.connect(2, data));
		EXPECT_EQ(link.server_event.data, data);
		EXPECT_EQ(link.client_event.data, 0u);
		EXPECT_EQ(link.server->stats(link.at_server).state, kStateConnected);
		EXPECT_EQ(link.client->stats(link.at_client).state, kStateConnected);
		EXPECT_EQ(link.server->connected_peers(), 1u);
		EXPECT_EQ(link.client->connected_peers(), 1u);
		EXPECT_TRUE(answers_both_ways(link, data));
	}
}

TEST_P(InteropConnect, ChannelCountIsTheSmallerOfBothLimits) {
	struct Case {
		size_t server_limit, asked, agreed;
	};
	for (const Case &c : {Case{0, 1, 1}, Case{0, 255, 255}, Case{1, 255, 1}, Case{3, 5, 3}, Case{5, 3, 3},
	             Case{255, 255, 255}, Case{254, 255, 254}}) {
		SCOPED_TRACE(std::to_string(c.server_limit) + " and " + std::to_string(c.asked));
		Link link(GetParam(), with_channels(c.server_limit));
		ASSERT_TRUE(link.connect(c.asked));
		EXPECT_EQ(link.server->stats(link.at_server).channels, c.agreed);
		EXPECT_EQ(link.client->stats(link.at_client).channels, c.agreed);
		for (const bool from_server : {false, true}) {
			const Path path = link.path(from_server);
			const uint8_t last = static_cast<uint8_t>(c.agreed - 1);
			const std::vector<uint8_t> bytes = payload_of(c.agreed, 9);
			ASSERT_TRUE(path.from->send(path.from_conn, last, view(bytes), kReliable));
			EXPECT_TRUE(arrives(link, path, last, bytes, kReliable));
			EXPECT_FALSE(path.from->send(path.from_conn, static_cast<uint8_t>(c.agreed), view(bytes), kReliable));
		}
	}
}

TEST_P(InteropConnect, MtuIsTheSmallerOfBoth) {
	struct Case {
		uint32_t server, client, agreed;
	};
	const bool stock_serves = GetParam() == Role::kNetpeerClient || GetParam() == Role::kStockOnly;
	// Stock 1.3.17 serves with whatever MTU was asked for; its own default is 1400, netpeer's 1392.
	for (const Case &c : {Case{0, 0, GetParam() == Role::kStockOnly ? 1400u : 1392u}, Case{1400, 1400, 1400},
	             Case{576, 576, 576}, Case{4096, 4096, 4096}, Case{4096, 576, 576}, Case{1000, 900, 900},
	             Case{900, 1000, stock_serves ? 1000u : 900u}}) {
		SCOPED_TRACE(std::to_string(c.server) + " and " + std::to_string(c.client));
		Link link(GetParam(), with_mtu(c.server), with_mtu(c.client));
		ASSERT_TRUE(link.connect());
		EXPECT_EQ(link.server->stats(link.at_server).mtu, mtu_over(GetParam(), c.agreed));
		EXPECT_EQ(link.client->stats(link.at_client).mtu, mtu_over(GetParam(), c.agreed));
	}
}

TEST_P(InteropConnect, WindowFollowsTheSlowerOfSenderAndReceiver) {
	struct Case {
		uint32_t server_in, server_out, client_in, client_out, server_window, client_window;
	};
	for (const Case &c : {
	             Case{0, 0, 0, 0, 65536, 65536},
	             Case{65536 * 4, 0, 0, 0, 65536, 4096 * 4},                  // client sends into the server's 256 KiB/s
	             Case{0, 65536 * 5, 0, 0, 4096 * 5, 65536},                  // server sends at most 320 KiB/s
	             Case{0, 0, 65536 * 3 + 100, 0, 4096 * 3, 65536},            // server sends into the client's 192 KiB/s
	             Case{0, 0, 0, 65536 * 6, 65536, 4096 * 6},                  // client sends at most 384 KiB/s
	             Case{1000, 1000, 1000, 1000, 4096, 4096},                   // never below the smallest
	             Case{1u << 30, 1u << 30, 1u << 30, 1u << 30, 65536, 65536}, // never above the largest
	             Case{65536 * 2, 65536 * 7, 65536 * 6, 65536 * 9, 4096 * 6, 4096 * 2},
	     }) {
		SCOPED_TRACE(std::to_string(c.server_in) + ", " + std::to_string(c.server_out) + " and " +
		             std::to_string(c.client_in) + ", " + std::to_string(c.client_out));
		Link link(GetParam(), with_bandwidth(c.server_in, c.server_out), with_bandwidth(c.client_in, c.client_out));
		ASSERT_TRUE(link.connect());
		const SideStats server = link.server->stats(link.at_server), client = link.client->stats(link.at_client);
		EXPECT_EQ(server.window_size, c.server_window);
		EXPECT_EQ(client.window_size, c.client_window);
		EXPECT_EQ(server.incoming_bandwidth, c.client_in);
		EXPECT_EQ(server.outgoing_bandwidth, c.client_out);
		EXPECT_EQ(client.incoming_bandwidth, c.server_in);
		EXPECT_EQ(client.outgoing_bandwidth, c.server_out);
	}
}

TEST_P(InteropConnect, ChecksumOnBothEndsCarriesEverything) {
	Link link(GetParam(), with_checksum(true), with_checksum(true));
	ASSERT_TRUE(link.connect(3, 77));
	EXPECT_EQ(link.server_event.data, 77u);
	for (const size_t size : {size_t{0}, size_t{1}, size_t{1359}, size_t{1360}, size_t{1361}, size_t{200000}}) {
		for (const bool from_server : {false, true}) {
			const Path path = link.path(from_server);
			SCOPED_TRACE(path.text() + ", " + std::to_string(size) + " bytes");
			const std::vector<uint8_t> bytes = payload_of(size, size);
			ASSERT_TRUE(path.from->send(path.from_conn, 1, view(bytes), kReliable));
			EXPECT_TRUE(arrives(link, path, 1, bytes, kReliable));
		}
	}
	link.client->disconnect(link.at_client, 5);
	EXPECT_TRUE(disconnects(link, *link.server, link.at_server, 5));
	EXPECT_TRUE(disconnects(link, *link.client, link.at_client, 0));
}

TEST_P(InteropConnect, ChecksumOnOneEndOnlyMeansNoConnection) {
	for (const bool server_has_it : {false, true}) {
		Link link(GetParam(), with_checksum(server_has_it), with_checksum(!server_has_it));
		const Conn conn = link.client->connect(link.server->port(), 1, 1);
		ASSERT_FALSE(conn.is_none());
		shorten_timeout(*link.client, conn);
		EXPECT_TRUE(disconnects(link, *link.client, conn, 0));
		EXPECT_TRUE(link.server->events.empty());
		EXPECT_EQ(link.server->connected_peers(), 0u);
	}
}

TEST_P(InteropConnect, FullServerIsSilentAndTheDiallerGivesUp) {
	SideConfig small;
	small.peers = 1;
	Link link(GetParam(), small);
	ASSERT_TRUE(link.connect());
	const Conn second = link.client->connect(link.server->port(), 1, 1);
	ASSERT_FALSE(second.is_none());
	shorten_timeout(*link.client, second);
	EXPECT_TRUE(disconnects(link, *link.client, second, 0));
	EXPECT_TRUE(link.server->events.empty());
	EXPECT_EQ(link.server->connected_peers(), 1u);
	EXPECT_TRUE(answers_both_ways(link, 3)) << "the first connection must not suffer";
}

TEST_P(InteropConnect, DiallerGivesUpWhenNobodyIsThere) {
	Link link(GetParam());
	const uint16_t port = link.server->port();
	link.server.reset();
	const Conn conn = link.client->connect(port, 1, 1);
	ASSERT_FALSE(conn.is_none());
	shorten_timeout(*link.client, conn);
	EXPECT_TRUE(disconnects(link, *link.client, conn, 0));
}

TEST_P(InteropConnect, SlotIsFreeAgainAfterAnAttemptThatFailed) {
	SideConfig small;
	small.peers = 1;
	Link link(GetParam(), SideConfig{}, small);
	const std::unique_ptr<Side> gone = is_simulated(GetParam()) ? make_server(GetParam(), {}) : make_stock_side({});
	const uint16_t dead_port = gone->port(); // bound and never polled
	const Conn conn = link.client->connect(dead_port, 1, 1);
	ASSERT_FALSE(conn.is_none());
	EXPECT_TRUE(link.client->connect(link.server->port(), 1, 1).is_none()) << "its only slot is taken";
	shorten_timeout(*link.client, conn);
	ASSERT_TRUE(disconnects(link, *link.client, conn, 0));
	ASSERT_TRUE(link.connect());
	EXPECT_TRUE(answers_both_ways(link, 4));
}

TEST_P(InteropConnect, SameSlotsServeSixConnectionsInARow) {
	SideConfig one;
	one.peers = 1;
	Link link(GetParam(), one, one);
	for (uint32_t round = 0; round < 6; ++round) {
		SCOPED_TRACE("round " + std::to_string(round));
		ASSERT_TRUE(link.connect(2, round));
		EXPECT_EQ(link.server_event.data, round);
		ASSERT_TRUE(answers_both_ways(link, round));
		Side &leaver = round % 2 == 0 ? *link.client : *link.server;
		leaver.disconnect(round % 2 == 0 ? link.at_client : link.at_server, 100 + round);
		EXPECT_TRUE(disconnects(link, *link.server, link.at_server, round % 2 == 0 ? 100 + round : 0));
		EXPECT_TRUE(disconnects(link, *link.client, link.at_client, round % 2 == 0 ? 0 : 100 + round));
	}
}

TEST_P(InteropConnect, OneClientHoldsSeveralConnectionsToOneServer) {
	Link link(GetParam());
	std::vector<Conn> at_client, at_server;
	for (uint32_t i = 0; i < 5; ++i) {
		ASSERT_TRUE(link.connect(1, i));
		EXPECT_EQ(link.server_event.data, i);
		at_client.push_back(link.at_client);
		at_server.push_back(link.at_server);
	}
	for (uint32_t i = 0; i < 5; ++i) {
		link.at_client = at_client[i];
		link.at_server = at_server[i];
		EXPECT_TRUE(answers_both_ways(link, i));
	}
	EXPECT_EQ(link.server->connected_peers(), 5u);
}
