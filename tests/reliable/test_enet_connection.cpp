// ENetConnection: argument checks, the inactive object, and real connections over loopback sockets and the simulator.
#include "../../src/reliable/enet_connection.h"

#include "../../src/reliable/transport/transport_sim.h"
#include "../support/failing_allocator.h"
#include "../support/fake_clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "loopback_pair.h"

using namespace netpeer;
using namespace netpeer_test;

namespace {

TEST(EnetConnection, NumbersAreGodots) {
	EXPECT_EQ(ENetConnection::COMPRESS_NONE, 0);
	EXPECT_EQ(ENetConnection::COMPRESS_RANGE_CODER, 1);
	EXPECT_EQ(ENetConnection::COMPRESS_FASTLZ, 2);
	EXPECT_EQ(ENetConnection::COMPRESS_ZLIB, 3);
	EXPECT_EQ(ENetConnection::COMPRESS_ZSTD, 4);
	EXPECT_EQ(ENetConnection::EVENT_ERROR, -1);
	EXPECT_EQ(ENetConnection::EVENT_NONE, 0);
	EXPECT_EQ(ENetConnection::EVENT_CONNECT, 1);
	EXPECT_EQ(ENetConnection::EVENT_DISCONNECT, 2);
	EXPECT_EQ(ENetConnection::EVENT_RECEIVE, 3);
	EXPECT_EQ(ENetConnection::HOST_TOTAL_SENT_DATA, 0);
	EXPECT_EQ(ENetConnection::HOST_TOTAL_SENT_PACKETS, 1);
	EXPECT_EQ(ENetConnection::HOST_TOTAL_RECEIVED_DATA, 2);
	EXPECT_EQ(ENetConnection::HOST_TOTAL_RECEIVED_PACKETS, 3);
}

void expect_inactive(ENetConnection &host) {
	const ENetConnection::Event event = host.service(0);
	EXPECT_EQ(event.type, ENetConnection::EVENT_ERROR);
	EXPECT_EQ(event.peer, nullptr);
	EXPECT_EQ(event.data, 0u);
	EXPECT_EQ(event.channel, 0);
	EXPECT_EQ(host.service_at(Instant::from_ms(1)).type, ENetConnection::EVENT_ERROR);
	EXPECT_EQ(host.connect_to_host("127.0.0.1", 1234), nullptr);
	EXPECT_EQ(host.get_max_channels(), 0);
	EXPECT_EQ(host.get_local_port(), 0);
	EXPECT_EQ(host.pop_statistic(ENetConnection::HOST_TOTAL_SENT_DATA), 0.0);
	EXPECT_TRUE(host.get_peers().empty());
	EXPECT_EQ(host.dtls_server_setup(nullptr), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(host.dtls_client_setup("name"), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(host.compress(ENetConnection::COMPRESS_NONE), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(host.broadcast(0, view_of("x"), 0), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(host.socket_send("127.0.0.1", 1234, view_of("x")), Error::ERR_UNCONFIGURED);
	EXPECT_TRUE(host.next_service_time().is_never());
	EnetHostCounters counters;
	EXPECT_EQ(host.get_counters(counters), Error::ERR_UNCONFIGURED);
	EXPECT_FALSE(host.is_active());
	host.flush();
	host.bandwidth_limit(1, 2);
	host.channel_limit(3);
	host.refuse_new_connections(true);
	host.destroy();
}

TEST(EnetConnection, InactiveObjectAnswersAsGodots) {
	ENetConnection host;
	expect_inactive(host);
	ASSERT_EQ(host.create_host(), Error::OK);
	EXPECT_TRUE(host.is_active());
	host.destroy();
	expect_inactive(host);
	EXPECT_EQ(host.create_host(1), Error::OK); // and can be created again
}

TEST(EnetConnection, CreateHostChecksItsArgumentsInGodotsOrder) {
	ENetConnection host;
	EXPECT_EQ(host.create_host_bound(nullptr, 0), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.create_host_bound("", 0), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.create_host_bound("localhost", 0), Error::ERR_INVALID_PARAMETER); // names are not resolved
	EXPECT_EQ(host.create_host_bound("127.0.0.1", -1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.create_host_bound("127.0.0.1", 65536), Error::ERR_INVALID_PARAMETER);
	for (const int peers : {-1, 0, 4096}) EXPECT_EQ(host.create_host(peers), Error::ERR_INVALID_PARAMETER) << peers;
	for (const int channels : {-1, 256})
		EXPECT_EQ(host.create_host(1, channels), Error::ERR_INVALID_PARAMETER) << channels;
	EXPECT_EQ(host.create_host(1, 0, -1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.create_host(1, 0, 0, -1), Error::ERR_INVALID_PARAMETER);
	EXPECT_FALSE(host.is_active());

	ASSERT_EQ(host.create_host_bound("*", 0, 4095, 255), Error::OK);
	EXPECT_EQ(host.create_host(), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(host.create_host(0), Error::ERR_ALREADY_IN_USE); // activity is checked before the number of peers
	EXPECT_EQ(host.create_host_bound("*", 0), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(host.create_host_bound("*", 70000), Error::ERR_INVALID_PARAMETER); // the port before activity
	EXPECT_GT(host.get_local_port(), 0);
}

TEST(EnetConnection, PortInUseIsCantCreate) {
	ENetConnection first;
	ASSERT_EQ(first.create_host_bound("127.0.0.1", 0), Error::OK);
	ENetConnection second;
	EXPECT_EQ(second.create_host_bound("127.0.0.1", first.get_local_port()), Error::ERR_CANT_CREATE);
	EXPECT_FALSE(second.is_active());
	const int port = first.get_local_port();
	first.destroy();
	EXPECT_EQ(second.create_host_bound("127.0.0.1", port), Error::OK);
	EXPECT_EQ(second.get_local_port(), port);
}

TEST(EnetConnection, UnboundHostHasNoPortUntilItSends) {
	ENetConnection host;
	ASSERT_EQ(host.create_host(), Error::OK);
	EXPECT_EQ(host.get_local_port(), 0);
	EXPECT_EQ(host.service(0).type, ENetConnection::EVENT_NONE);
	EXPECT_EQ(host.socket_send("127.0.0.1", 9, view_of("x")), Error::OK);
	EXPECT_GT(host.get_local_port(), 0);
}

TEST(EnetConnection, ConnectToHostRefusesBadArguments) {
	ENetConnection host;
	ASSERT_EQ(host.create_host(2), Error::OK);
	for (const int port : {-1, 0, 65536}) EXPECT_EQ(host.connect_to_host("127.0.0.1", port), nullptr) << port;
	EXPECT_EQ(host.connect_to_host(nullptr, 1234), nullptr);
	EXPECT_EQ(host.connect_to_host("", 1234), nullptr);
	EXPECT_EQ(host.connect_to_host("*", 1234), nullptr);
	EXPECT_EQ(host.connect_to_host("no-such-name.invalid", 1234), nullptr);
	EXPECT_TRUE(host.get_peers().empty());

	// Several attempts from one host; the third finds no free peer.
	const SurePeer first = host.connect_to_host("127.0.0.1", 1234);
	const SurePeer second = host.connect_to_host("127.0.0.1", 1235, 3);
	ASSERT_NE(first, nullptr);
	ASSERT_NE(second, nullptr);
	EXPECT_EQ(host.connect_to_host("127.0.0.1", 1236), nullptr);
	EXPECT_EQ(first->get_state(), ENetPacketPeer::STATE_CONNECTING);
	EXPECT_EQ(first->get_channels(), 255);
	EXPECT_EQ(second->get_channels(), 3);
	ASSERT_EQ(host.get_peers().size(), 2u);
	EXPECT_EQ(host.get_peers().at(0), first);
	EXPECT_EQ(host.get_peers().at(1), second);
}

TEST(EnetConnection, ChannelLimitIsOneTo255) {
	ENetConnection host;
	ASSERT_EQ(host.create_host(), Error::OK);
	EXPECT_EQ(host.get_max_channels(), 255);
	host.channel_limit(2);
	EXPECT_EQ(host.get_max_channels(), 2);
	for (const int odd : {0, -1, 256, 300}) {
		host.channel_limit(2);
		host.channel_limit(odd);
		EXPECT_EQ(host.get_max_channels(), 255) << odd;
	}
}

TEST(EnetConnection, CompressSaysWhatIsNotBuiltIn) {
	ENetConnection host;
	ASSERT_EQ(host.create_host(), Error::OK);
	EXPECT_EQ(host.compress(ENetConnection::COMPRESS_NONE), Error::OK);
	EXPECT_EQ(host.compress(static_cast<ENetConnection::CompressionMode>(5)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.compress(static_cast<ENetConnection::CompressionMode>(-1)), Error::ERR_INVALID_PARAMETER);
	host.compress(ENetConnection::COMPRESS_NONE); // the answer may be ignored
}

#if !NETPEER_WITH_MBEDTLS
TEST(EnetConnection, DtlsIsUnavailableWhenNotBuiltIn) {
	ENetConnection host;
	ASSERT_EQ(host.create_host(), Error::OK);
	EXPECT_EQ(host.dtls_server_setup(nullptr), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(host.dtls_client_setup("localhost"), Error::ERR_UNAVAILABLE);
}
#endif

TEST(EnetConnection, CongestionControlIsChosenBeforeTheHostIsCreated) {
	ENetConnection host;
	EXPECT_EQ(host.set_congestion_control(static_cast<EnetCongestionControl>(3)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.set_congestion_control(EnetCongestionControl::kCubic), Error::OK);
	ASSERT_EQ(host.create_host(), Error::OK);
	EXPECT_EQ(host.set_congestion_control(EnetCongestionControl::kStock), Error::ERR_ALREADY_IN_USE);
}

TEST(EnetConnection, StampsAndEchoesAreChosenBeforeTheHostIsCreatedAndKept) {
	struct Seen {
		bool numbers = true;
		bool echoes = false;
	} seen;
	ENetConnectionHooks hooks;
	hooks.user = &seen;
	hooks.configure = [](void *user, EnetHostConfig &config) {
		Seen &told = *static_cast<Seen *>(user);
		told.numbers = config.number_datagrams;
		told.echoes = config.echo_acknowledgements;
	};
	ENetConnection host(hooks);
	ASSERT_EQ(host.create_host(), Error::OK);
	EXPECT_FALSE(seen.numbers) << "at first";
	EXPECT_TRUE(seen.echoes);
	EXPECT_EQ(host.set_number_datagrams(true), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(host.set_echo_acknowledgements(false), Error::ERR_ALREADY_IN_USE);
	host.destroy();
	ASSERT_EQ(host.create_host(), Error::OK);
	EXPECT_FALSE(seen.numbers) << "what was refused has changed nothing";
	EXPECT_TRUE(seen.echoes);
	host.destroy();
	EXPECT_EQ(host.set_number_datagrams(true), Error::OK);
	EXPECT_EQ(host.set_echo_acknowledgements(false), Error::OK);
	for (int i = 0; i < 2; ++i) {
		seen = Seen{false, true};
		ASSERT_EQ(host.create_host(), Error::OK);
		EXPECT_TRUE(seen.numbers);
		EXPECT_FALSE(seen.echoes);
		host.destroy();
	}
	EXPECT_EQ(host.set_number_datagrams(false), Error::OK);
	EXPECT_EQ(host.set_echo_acknowledgements(true), Error::OK);
	ASSERT_EQ(host.create_host(), Error::OK);
	EXPECT_FALSE(seen.numbers);
	EXPECT_TRUE(seen.echoes);
}

TEST(EnetConnection, SettingsThatComeTooLateAreRefused) {
	ENetConnection host;
	EXPECT_EQ(host.set_connect_timeout(0), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.set_connect_timeout(-5), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.set_connect_timeout(100), Error::OK);
	ASSERT_EQ(host.create_host(), Error::OK);
	EXPECT_EQ(host.set_connect_timeout(100), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(host.set_checksum(true), Error::OK);
	ASSERT_NE(host.connect_to_host("127.0.0.1", 9), nullptr);
	EXPECT_EQ(host.set_checksum(false), Error::ERR_ALREADY_IN_USE);
}

TEST(EnetConnection, SocketSendAndBroadcastCheckTheirArguments) {
	ENetConnection host;
	ASSERT_EQ(host.create_host_bound("127.0.0.1", 0, 4, 3), Error::OK);
	for (const int port : {-1, 0, 65536})
		EXPECT_EQ(host.socket_send("127.0.0.1", port, view_of("x")), Error::ERR_INVALID_PARAMETER) << port;
	EXPECT_EQ(host.socket_send(nullptr, 9, view_of("x")), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.socket_send("no-such-name.invalid", 9, view_of("x")), Error::ERR_CANT_RESOLVE);
	EXPECT_EQ(host.broadcast(-1, view_of("x"), 0), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.broadcast(3, view_of("x"), 0), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.broadcast(0, view_of("x"), 4), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.broadcast(0, view_of("x"), 16), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.broadcast(2, view_of("x"), 11), Error::OK); // nobody is connected: nothing to do
	EXPECT_EQ(host.pop_statistic(ENetConnection::HOST_TOTAL_SENT_PACKETS), 0.0);
}

// --- over loopback ---

TEST(EnetConnectionLoopback, ConnectEventsCarryWhatGodotsCarry) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect(/*channels=*/3, /*data=*/42));
	EXPECT_EQ(pair.client.last.type, ENetConnection::EVENT_CONNECT);
	EXPECT_EQ(pair.client.last.peer, pair.client.peer); // the handle connect_to_host gave
	EXPECT_EQ(pair.client.last.data, 0u);
	EXPECT_EQ(pair.server.last.data, 42u);
	EXPECT_EQ(pair.server.last.channel, 0);
	EXPECT_EQ(pair.client.peer->get_state(), ENetPacketPeer::STATE_CONNECTED);
	EXPECT_EQ(pair.server.peer->get_state(), ENetPacketPeer::STATE_CONNECTED);
	EXPECT_EQ(pair.server.peer->get_channels(), 3);
	EXPECT_EQ(pair.client.peer->get_remote_address(), "127.0.0.1");
	EXPECT_EQ(pair.client.peer->get_remote_port(), pair.server.host.get_local_port());
	EXPECT_EQ(pair.server.peer->get_remote_port(), pair.client.host.get_local_port());
	ASSERT_EQ(pair.server.host.get_peers().size(), 1u);
	EXPECT_EQ(pair.server.host.get_peers().at(0), pair.server.peer);
}

TEST(EnetConnectionLoopback, StatisticsCountDatagramsAndStartAgainAtEachPop) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect());
	const double sent = pair.client.host.pop_statistic(ENetConnection::HOST_TOTAL_SENT_DATA);
	EXPECT_GE(sent, 52.0 + 10.0); // CONNECT, and the acknowledgement of VERIFY_CONNECT
	EXPECT_GE(pair.client.host.pop_statistic(ENetConnection::HOST_TOTAL_SENT_PACKETS), 2.0);
	EXPECT_EQ(pair.client.host.pop_statistic(ENetConnection::HOST_TOTAL_SENT_DATA), 0.0);
	EXPECT_EQ(pair.client.host.pop_statistic(static_cast<ENetConnection::HostStatistic>(4)), 0.0);
	EXPECT_EQ(pair.client.host.pop_statistic(static_cast<ENetConnection::HostStatistic>(-1)), 0.0);

	(void)pair.server.host.pop_statistic(ENetConnection::HOST_TOTAL_RECEIVED_DATA);
	(void)pair.server.host.pop_statistic(ENetConnection::HOST_TOTAL_RECEIVED_PACKETS);
	ENetConnection stranger;
	ASSERT_EQ(stranger.create_host(), Error::OK);
	EXPECT_EQ(stranger.socket_send("127.0.0.1", pair.server.host.get_local_port(), view_of("fifteen bytes!!")),
	        Error::OK);
	EXPECT_EQ(stranger.pop_statistic(ENetConnection::HOST_TOTAL_SENT_DATA), 0.0); // raw datagrams are not counted
	EnetHostCounters counters;
	EXPECT_TRUE(pair.until([&] {
		EXPECT_EQ(pair.server.host.get_counters(counters), Error::OK);
		return counters.dropped_unknown_peer + counters.dropped_wrong_address + counters.dropped_short +
		               counters.dropped_decompression + counters.dropped_wrong_session + counters.malformed_commands >
		       0;
	}));
	EXPECT_GE(pair.server.host.pop_statistic(ENetConnection::HOST_TOTAL_RECEIVED_DATA), 15.0);
	EXPECT_EQ(pair.server.peer->get_state(), ENetPacketPeer::STATE_CONNECTED);
}

TEST(EnetConnectionLoopback, BroadcastReachesEveryPeerThatHasTheChannel) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect(/*channels=*/1));
	LoopbackHost other;
	ASSERT_EQ(other.host.create_host(1), Error::OK);
	other.peer = other.host.connect_to_host("127.0.0.1", pair.server.host.get_local_port(), 5);
	ASSERT_TRUE(pair.until([&] {
		other.poll();
		return other.connects == 1 && pair.server.connects == 2;
	}));
	EXPECT_EQ(pair.server.host.broadcast(0, view_of("all"), ENetPacketPeer::FLAG_RELIABLE), Error::OK);
	EXPECT_EQ(pair.server.host.broadcast(3, view_of("five"), ENetPacketPeer::FLAG_RELIABLE), Error::OK);
	ASSERT_TRUE(pair.until([&] {
		other.poll();
		return other.received.size() == 2 && pair.client.received.size() == 1;
	}));
	EXPECT_EQ(pair.client.received.at(0), "0:all");
	EXPECT_EQ(other.received.at(0), "0:all");
	EXPECT_EQ(other.received.at(1), "3:five");
}

TEST(EnetConnectionLoopback, DisconnectTellsBothEndsAndEmptiesTheLists) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect());
	pair.client.peer->peer_disconnect(7);
	EXPECT_EQ(pair.client.peer->get_state(), ENetPacketPeer::STATE_DISCONNECTING);
	EXPECT_TRUE(pair.client.peer->is_active());
	EXPECT_EQ(pair.client.host.get_peers().size(), 1u);
	ASSERT_TRUE(pair.until([&] { return pair.client.disconnects == 1 && pair.server.disconnects == 1; }));
	EXPECT_EQ(pair.client.last.data, 0u);
	EXPECT_EQ(pair.client.last.reason, EnetDropReason::kWeAsked);
	EXPECT_EQ(pair.client.last.peer, pair.client.peer);
	EXPECT_EQ(pair.server.last.data, 7u);
	EXPECT_EQ(pair.server.last.reason, EnetDropReason::kRemoteAsked);
	EXPECT_FALSE(pair.client.peer->is_active());
	EXPECT_FALSE(pair.server.peer->is_active());
	EXPECT_TRUE(pair.client.host.get_peers().empty());
	EXPECT_TRUE(pair.server.host.get_peers().empty());
	// The same object dials again, with a new handle.
	const auto old_handle = pair.client.peer;
	ASSERT_TRUE(pair.connect());
	EXPECT_NE(pair.client.peer, old_handle);
	EXPECT_FALSE(old_handle->is_active());
}

TEST(EnetConnectionLoopback, DisconnectNowAndResetLeaveTheListAtTheNextService) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect());
	pair.client.peer->peer_disconnect_now(10);
	EXPECT_FALSE(pair.client.peer->is_active());
	EXPECT_EQ(pair.client.host.get_peers().size(), 1u);
	EXPECT_EQ(pair.client.host.service(0).type, ENetConnection::EVENT_NONE);
	EXPECT_TRUE(pair.client.host.get_peers().empty());
	ASSERT_TRUE(pair.until([&] { return pair.server.disconnects == 1; }));
	EXPECT_EQ(pair.server.last.data, 10u);
	EXPECT_EQ(pair.client.disconnects, 0);

	ASSERT_TRUE(pair.connect());
	pair.client.peer->reset();
	pair.client.peer->reset(); // harmless
	EXPECT_EQ(pair.client.host.get_peers().size(), 1u);
	pair.client.host.service(0);
	EXPECT_TRUE(pair.client.host.get_peers().empty());
	EXPECT_EQ(pair.client.disconnects, 0);
}

TEST(EnetConnectionLoopback, DisconnectWhileConnectingGivesNoEventAndFreesThePeer) {
	ENetConnection host;
	ASSERT_EQ(host.create_host(1), Error::OK);
	const SurePeer first = host.connect_to_host("127.0.0.1", 9);
	ASSERT_NE(first, nullptr);
	EXPECT_EQ(host.connect_to_host("127.0.0.1", 9), nullptr);
	first->peer_disconnect(5);
	EXPECT_EQ(first->get_state(), ENetPacketPeer::STATE_DISCONNECTED);
	EXPECT_FALSE(first->is_active());
	// Even before the next service: the old handle is still listed, the slot is free.
	const SurePeer second = host.connect_to_host("127.0.0.1", 9);
	ASSERT_NE(second, nullptr);
	EXPECT_EQ(host.get_peers().size(), 2u);
	EXPECT_EQ(host.service(0).type, ENetConnection::EVENT_NONE);
	ASSERT_EQ(host.get_peers().size(), 1u);
	EXPECT_EQ(host.get_peers().at(0), second);
	EXPECT_TRUE(second->is_active());
}

TEST(EnetConnectionLoopback, DeadPortEndsTheAttemptAfterTheConnectTimeout) {
	ENetConnection reserved; // a port nobody answers at
	ASSERT_EQ(reserved.create_host_bound("127.0.0.1", 0), Error::OK);
	const int port = reserved.get_local_port();
	reserved.destroy();
	ENetConnection host;
	ASSERT_EQ(host.set_connect_timeout(300), Error::OK);
	ASSERT_EQ(host.create_host(1), Error::OK);
	const SurePeer peer = host.connect_to_host("127.0.0.1", port);
	ASSERT_NE(peer, nullptr);
	const auto start = std::chrono::steady_clock::now();
	ENetConnection::Event event;
	while (event.type != ENetConnection::EVENT_DISCONNECT && std::chrono::steady_clock::now() - start < patience)
		event = host.service(100);
	const auto took = std::chrono::steady_clock::now() - start;
	ASSERT_EQ(event.type, ENetConnection::EVENT_DISCONNECT);
	EXPECT_EQ(event.reason, EnetDropReason::kConnectTimedOut);
	EXPECT_EQ(event.peer, peer);
	EXPECT_EQ(event.data, 0u);
	EXPECT_GE(took, std::chrono::milliseconds(290));
	EXPECT_FALSE(peer->is_active());
	EXPECT_NE(host.connect_to_host("127.0.0.1", port), nullptr); // may try again
}

TEST(EnetConnectionLoopback, ServiceSleepsForItsTimeoutAndWakesForAnEvent) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect());
	pair.settle();
	const auto start = std::chrono::steady_clock::now();
	EXPECT_EQ(pair.server.host.service(60).type, ENetConnection::EVENT_NONE);
	EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(59));

	std::thread sender([&] {                // the client belongs to this thread until it is joined
		(void)pair.client.host.service(50); // nothing comes: the server is asleep by then
		(void)pair.client.peer->send(0, view_of("wake up"), ENetPacketPeer::FLAG_RELIABLE);
		pair.client.host.flush();
	});
	const auto before = std::chrono::steady_clock::now();
	const ENetConnection::Event event = pair.server.host.service(static_cast<int>(patience.count()));
	const auto slept = std::chrono::steady_clock::now() - before;
	sender.join();
	EXPECT_EQ(event.type, ENetConnection::EVENT_RECEIVE);
	EXPECT_LT(slept, patience / 2);
}

TEST(EnetConnectionLoopback, ChecksumMustBeOnAtBothEnds) {
	LoopbackPair pair(/*checksum=*/true);
	ASSERT_TRUE(pair.connect());
	EXPECT_EQ(pair.client.peer->put_packet(view_of("summed")), Error::OK);
	EXPECT_TRUE(pair.until([&] { return pair.server.received.size() == 1; }));

	ENetConnection plain;
	ASSERT_EQ(plain.set_connect_timeout(200), Error::OK);
	ASSERT_EQ(plain.create_host(1), Error::OK);
	ASSERT_NE(plain.connect_to_host("127.0.0.1", pair.server.host.get_local_port()), nullptr);
	ENetConnection::Event event;
	EXPECT_TRUE(pair.until([&] {
		event = plain.service(1);
		return event.type == ENetConnection::EVENT_DISCONNECT;
	}));
	EXPECT_EQ(event.reason, EnetDropReason::kConnectTimedOut);
	EXPECT_EQ(pair.server.connects, 1);
}

TEST(EnetConnectionLoopback, ManyClientsAreServedFromOneSocket) {
	constexpr size_t kClients = 40;
	LoopbackHost server;
	ASSERT_EQ(server.host.create_host_bound("127.0.0.1", 0, kClients), Error::OK);
	std::vector<std::unique_ptr<LoopbackHost>> clients;
	for (size_t i = 0; i < kClients; ++i) {
		clients.push_back(std::make_unique<LoopbackHost>());
		ASSERT_EQ(clients[i]->host.create_host(1), Error::OK);
		clients[i]->peer = clients[i]->host.connect_to_host("127.0.0.1", server.host.get_local_port(), 1);
		ASSERT_NE(clients[i]->peer, nullptr);
	}
	server.echoes = true;
	const auto poll_all = [&] {
		server.poll();
		for (auto &client : clients) client->poll();
	};
	ASSERT_TRUE(until_true([&] {
		poll_all();
		return server.connects == static_cast<int>(kClients);
	}));
	EXPECT_EQ(server.host.get_peers().size(), kClients);
	ASSERT_TRUE(until_true([&] {
		poll_all();
		for (auto &client : clients)
			if (client->connects == 0) return false;
		return true;
	}));
	for (auto &client : clients) ASSERT_EQ(client->peer->put_packet(view_of("hello")), Error::OK);
	EXPECT_TRUE(until_true([&] {
		poll_all();
		for (auto &client : clients)
			if (client->received.empty()) return false;
		return true;
	}));
}

// --- on the simulator: injected clock, transport and settings ---

struct SimEnd {
	explicit SimEnd(SimNetwork &network, Clock &clock) : transport(network) {
		hooks.clock = &clock;
		hooks.transport = &transport;
	}
	TransportSim transport;
	ENetConnectionHooks hooks;
};

TEST(EnetConnectionHooks, RunsOnTheSimulatorWithAGivenClockAndSettings) {
	SimNetwork network(7);
	SimLinkSettings settings;
	settings.latency = Duration::from_ms(50);
	network.set_default_settings(settings);
	FakeClock clock;
	SimEnd left(network, clock);
	SimEnd right(network, clock);
	Endpoint at;
	at.address = IPAddress::v4(10, 0, 0, 1);
	at.port = 4001;
	ASSERT_EQ(left.transport.open(at), Error::OK);
	at.address = IPAddress::v4(10, 0, 0, 2);
	at.port = 4002;
	ASSERT_EQ(right.transport.open(at), Error::OK);
	left.hooks.configure = [](void *, EnetHostConfig &config) { config.mtu = 1000; };

	ENetConnection client(left.hooks);
	ENetConnection server(right.hooks);
	ASSERT_EQ(client.create_host(1), Error::OK);
	ASSERT_EQ(server.create_host_bound("*", 0, 4), Error::OK);
	EXPECT_EQ(server.get_local_port(), 4002);
	const SurePeer peer = client.connect_to_host("10.0.0.2", 4002);
	ASSERT_NE(peer, nullptr);

	const Instant start = clock.now();
	bool client_up = false;
	bool server_up = false;
	for (int i = 0; i < 1000; ++i) {
		client_up = client.service_at(clock.now()).type == ENetConnection::EVENT_CONNECT || client_up;
		server_up = server.service_at(clock.now()).type == ENetConnection::EVENT_CONNECT || server_up;
		if (client_up && server_up) break;
		const Instant next = earlier_of(client.next_service_time(), server.next_service_time());
		ASSERT_FALSE(next.is_never());
		if (next > clock.now()) clock.set(next);
	}
	EXPECT_TRUE(client_up);
	EXPECT_TRUE(server_up);
	EXPECT_EQ((clock.now() - start).ms(), 150); // CONNECT, VERIFY_CONNECT, ACK: three times 50 ms
	EnetPeerStats stats;
	ASSERT_EQ(peer->get_stats(stats), Error::OK);
	EXPECT_EQ(stats.mtu, 1000u);
	// A transport that cannot sleep: service() with a timeout comes back at once.
	EXPECT_EQ(client.service(100000).type, ENetConnection::EVENT_NONE);
}

/// Takes `room` datagrams, then has none until told otherwise.
class ClosingTransport final : public DatagramTransport {
public:
	Error receive(Instant, DatagramSlot *, size_t, size_t &received) override {
		received = 0;
		return receive_error;
	}
	Error send(Instant, const DatagramOut *datagrams, size_t count, size_t &accepted) override {
		accepted = 0;
		offers.push_back(count);
		if (send_error != Error::OK) return send_error;
		while (accepted < count && room > 0) {
			sent.emplace_back(
			        reinterpret_cast<const char *>(datagrams[accepted].bytes.data), datagrams[accepted].bytes.size);
			++accepted;
			--room;
		}
		return accepted == count ? Error::OK : Error::ERR_BUSY;
	}
	Error wait(Duration) override { return Error::ERR_UNAVAILABLE; }
	Error local_endpoint(Endpoint &) override { return Error::FAILED; }

	size_t room = 0;
	Error send_error = Error::OK;
	Error receive_error = Error::ERR_BUSY;
	std::vector<size_t> offers;
	std::vector<std::string> sent;
};

TEST(EnetConnectionHooks, RefusedDatagramIsOfferedOnceMoreAndThenLost) {
	ClosingTransport transport;
	FakeClock clock;
	ENetConnectionHooks hooks;
	hooks.clock = &clock;
	hooks.transport = &transport;
	ENetConnection host(hooks);
	ASSERT_EQ(host.create_host(4), Error::OK);
	for (int port : {1001, 1002, 1003}) ASSERT_NE(host.connect_to_host("10.0.0.1", port), nullptr);

	transport.room = 1; // of the three CONNECTs one goes
	EXPECT_EQ(host.service(0).type, ENetConnection::EVENT_NONE);
	EXPECT_EQ(transport.sent.size(), 1u);
	EXPECT_EQ(host.get_unsent_datagrams(), 0u);
	EXPECT_LE(host.next_service_time().us, clock.now().us + 1000);
	transport.room = 1; // of the other two one more goes, the last is lost
	EXPECT_EQ(host.service(0).type, ENetConnection::EVENT_NONE);
	EXPECT_EQ(transport.sent.size(), 2u);
	EXPECT_EQ(host.get_unsent_datagrams(), 1u);
	EXPECT_NE(transport.sent[0], transport.sent[1]);
	// Loss recovery brings it back.
	transport.room = 100;
	clock.advance(Duration::from_ms(600));
	EXPECT_EQ(host.service(0).type, ENetConnection::EVENT_NONE);
	EXPECT_EQ(transport.sent.size(), 2u + 3u);
	EXPECT_EQ(host.get_local_port(), 0);
}

TEST(EnetConnectionHooks, TransportErrorIsOneErrorEvent) {
	ClosingTransport transport;
	ENetConnectionHooks hooks;
	hooks.transport = &transport;
	ENetConnection host(hooks);
	ASSERT_EQ(host.create_host(4), Error::OK);
	ASSERT_NE(host.connect_to_host("10.0.0.1", 1001), nullptr);
	transport.send_error = Error::FAILED;
	EXPECT_EQ(host.service(0).type, ENetConnection::EVENT_ERROR);
	EXPECT_EQ(host.get_unsent_datagrams(), 1u);
	transport.send_error = Error::OK;
	EXPECT_EQ(host.service(0).type, ENetConnection::EVENT_NONE);
	transport.receive_error = Error::FAILED;
	EXPECT_EQ(host.service(0).type, ENetConnection::EVENT_ERROR);
	transport.receive_error = Error::ERR_BUSY;
	EXPECT_EQ(host.service(0).type, ENetConnection::EVENT_NONE);
	EXPECT_EQ(host.get_peers().size(), 1u);
}

class NoEntropy final : public RandomSource {
public:
	Error fill(MutBytes) override { return Error::FAILED; }
};

TEST(EnetConnectionHooks, NoEntropyIsCantCreate) {
	NoEntropy none;
	ENetConnectionHooks hooks;
	hooks.random = &none;
	ENetConnection host(hooks);
	EXPECT_EQ(host.create_host(), Error::ERR_CANT_CREATE);
	EXPECT_FALSE(host.is_active());
}

TEST(EnetConnectionHooks, EveryAllocationMayFail) {
	FailingAllocator memory;
	uint64_t n = 1;
	for (; n < 200; ++n) {
		ClosingTransport transport;
		ENetConnectionHooks hooks;
		hooks.transport = &transport;
		hooks.user = &memory;
		hooks.configure = [](void *user, EnetHostConfig &config) {
			config.allocator = static_cast<FailingAllocator *>(user)->pointer();
		};
		SurePeer peer;
		const uint64_t failures = memory.failures();
		{
			ENetConnection host(hooks);
			memory.fail_nth(n);
			const Error created = host.create_host(4);
			if (created == Error::OK) {
				peer = host.connect_to_host("10.0.0.1", 1001);
				if (peer == nullptr) {
					EXPECT_TRUE(host.get_peers().empty());
				}
			} else {
				EXPECT_EQ(created, Error::ERR_CANT_CREATE);
				EXPECT_FALSE(host.is_active());
			}
			memory.fail_nth(0);
		}
		if (peer != nullptr) {
			EXPECT_EQ(memory.live_blocks(), 1u); // the handle outlives its host, in its host's memory
			EXPECT_FALSE(peer->is_active());
		}
		peer.reset();
		EXPECT_EQ(memory.live_blocks(), 0u) << "allocation " << n;
		EXPECT_EQ(memory.size_mismatches(), 0u) << "allocation " << n;
		if (memory.failures() == failures) break; // nothing is left to fail
	}
	EXPECT_GT(n, 6u);
	EXPECT_LT(n, 200u);
}

} // namespace
