// ENetConnection as Godot's users know it, row by row: enums, the inactive object, creating, destroying, dialling.
// The rows and what differs on purpose: docs/godot-parity-enet.md.
#include "../reliable/loopback_pair.h"
#include "../support/enet_wire_script.h"
#include "face_world.h"

using namespace netpeer;
using namespace netpeer_test;

namespace {

using Connection = ENetConnection;
using Peer = ENetPacketPeer;

// --- enums ---

TEST(GodotEnetEnums, CompressionModes) {
	EXPECT_EQ(Connection::COMPRESS_NONE, 0);
	EXPECT_EQ(Connection::COMPRESS_RANGE_CODER, 1);
	EXPECT_EQ(Connection::COMPRESS_FASTLZ, 2);
	EXPECT_EQ(Connection::COMPRESS_ZLIB, 3);
	EXPECT_EQ(Connection::COMPRESS_ZSTD, 4);
}

TEST(GodotEnetEnums, EventTypes) {
	EXPECT_EQ(Connection::EVENT_ERROR, -1);
	EXPECT_EQ(Connection::EVENT_NONE, 0);
	EXPECT_EQ(Connection::EVENT_CONNECT, 1);
	EXPECT_EQ(Connection::EVENT_DISCONNECT, 2);
	EXPECT_EQ(Connection::EVENT_RECEIVE, 3);
}

TEST(GodotEnetEnums, HostStatistics) {
	EXPECT_EQ(Connection::HOST_TOTAL_SENT_DATA, 0);
	EXPECT_EQ(Connection::HOST_TOTAL_SENT_PACKETS, 1);
	EXPECT_EQ(Connection::HOST_TOTAL_RECEIVED_DATA, 2);
	EXPECT_EQ(Connection::HOST_TOTAL_RECEIVED_PACKETS, 3);
}

// --- the inactive object: fresh, and after destroy() ---

void on_inactive(const std::function<void(Connection &)> &check) {
	Connection fresh;
	check(fresh);
	EXPECT_FALSE(fresh.is_active());
	Connection destroyed;
	ASSERT_EQ(destroyed.create_host_bound("127.0.0.1", 0, 4, 2), Error::OK);
	ASSERT_NE(destroyed.connect_to_host("127.0.0.1", 9), nullptr);
	destroyed.destroy();
	check(destroyed);
	EXPECT_FALSE(destroyed.is_active());
}

TEST(GodotEnetInactive, ServiceIsAnErrorEvent) {
	on_inactive([](Connection &host) {
		const Connection::Event event = host.service();
		EXPECT_EQ(event.type, Connection::EVENT_ERROR);
		EXPECT_EQ(event.peer, nullptr);
		EXPECT_EQ(event.data, 0u);
		EXPECT_EQ(event.channel, 0);
		EXPECT_EQ(host.service(1000000).type, Connection::EVENT_ERROR); // without waiting
	});
}

TEST(GodotEnetInactive, ConnectToHostIsNull) {
	on_inactive([](Connection &host) { EXPECT_EQ(host.connect_to_host("127.0.0.1", 9), nullptr); });
}

TEST(GodotEnetInactive, ChannelsAndPortAreZero) {
	on_inactive([](Connection &host) {
		EXPECT_EQ(host.get_max_channels(), 0);
		EXPECT_EQ(host.get_local_port(), 0);
	});
}

TEST(GodotEnetInactive, StatisticsAreZero) {
	on_inactive([](Connection &host) {
		for (int i = -1; i < 5; ++i) EXPECT_EQ(host.pop_statistic(static_cast<Connection::HostStatistic>(i)), 0.0) << i;
	});
}

TEST(GodotEnetInactive, PeersAreNone) {
	on_inactive([](Connection &host) { EXPECT_TRUE(host.get_peers().empty()); });
}

TEST(GodotEnetInactive, DtlsSetupIsUnconfigured) {
	on_inactive([](Connection &host) {
		EXPECT_EQ(host.dtls_server_setup(nullptr), Error::ERR_UNCONFIGURED);
		EXPECT_EQ(host.dtls_client_setup("name"), Error::ERR_UNCONFIGURED);
	});
}

TEST(GodotEnetInactive, VoidCallsDoNothing) {
	on_inactive([](Connection &host) {
		host.destroy();
		host.flush();
		host.bandwidth_limit(1, 2);
		host.channel_limit(3);
		host.refuse_new_connections(true);
		// Ours say why; the answer may be ignored.
		EXPECT_EQ(host.broadcast(0, view_of("x"), 1), Error::ERR_UNCONFIGURED);
		EXPECT_EQ(host.compress(Connection::COMPRESS_NONE), Error::ERR_UNCONFIGURED);
		EXPECT_EQ(host.socket_send("127.0.0.1", 9, view_of("x")), Error::ERR_UNCONFIGURED);
		host.broadcast(0, view_of("x"), 1);
		host.compress(Connection::COMPRESS_ZLIB);
		host.socket_send("127.0.0.1", 9, view_of("x"));
		ASSERT_EQ(host.create_host(), Error::OK);
		EXPECT_EQ(host.get_max_channels(), 255); // nothing of it was kept
		host.destroy();
	});
}

TEST(GodotEnetInactive, EndOfTheObjectIsDestroy) {
	FaceDuo duo;
	const auto handle = duo.client.peer;
	const uint64_t sent = duo.sent(duo.client, duo.server);
	duo.client.host.reset(new Connection);
	EXPECT_FALSE(handle->is_active());
	EXPECT_EQ(duo.sent(duo.client, duo.server), sent); // nobody is told
}

// --- create_host, create_host_bound: the checks in their order ---

TEST(GodotEnetCreate, Check1BindAddressIsALiteralOrTheWildcard) {
	Connection host;
	for (const char *address : {"", "localhost", "127.0.0.1.1", "::g", "**", " 127.0.0.1"})
		EXPECT_EQ(host.create_host_bound(address, 0), Error::ERR_INVALID_PARAMETER) << address;
	EXPECT_EQ(host.create_host_bound(nullptr, 0), Error::ERR_INVALID_PARAMETER);
	for (const char *address : {"*", "127.0.0.1"}) {
		EXPECT_EQ(host.create_host_bound(address, 0), Error::OK) << address;
		host.destroy();
	}
}

TEST(GodotEnetCreate, Check2BindPort) {
	Connection host;
	for (const int port : {-1, 65536, 1 << 20})
		EXPECT_EQ(host.create_host_bound("127.0.0.1", port), Error::ERR_INVALID_PARAMETER) << port;
	ASSERT_EQ(host.create_host_bound("127.0.0.1", 0), Error::OK); // an ephemeral one
	EXPECT_GT(host.get_local_port(), 0);
	// Before "already active":
	EXPECT_EQ(host.create_host_bound("127.0.0.1", -1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.create_host_bound("nowhere", 0), Error::ERR_INVALID_PARAMETER);
}

TEST(GodotEnetCreate, Check3AlreadyActive) {
	Connection host;
	ASSERT_EQ(host.create_host(2, 3), Error::OK);
	EXPECT_EQ(host.create_host(), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(host.create_host_bound("*", 0), Error::ERR_ALREADY_IN_USE);
	// Before the numbers:
	EXPECT_EQ(host.create_host(0), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(host.create_host(1, 256), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(host.create_host(1, 0, -1), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(host.get_max_channels(), 3);
}

TEST(GodotEnetCreate, Check4MaxPeers) {
	Connection host;
	for (const int peers : {-1, 0, 4096}) EXPECT_EQ(host.create_host(peers), Error::ERR_INVALID_PARAMETER) << peers;
	for (const int peers : {1, 4095}) {
		EXPECT_EQ(host.create_host(peers), Error::OK) << peers;
		host.destroy();
	}
}

TEST(GodotEnetCreate, Check5MaxChannels) {
	Connection host;
	for (const int channels : {-1, 256, 1000})
		EXPECT_EQ(host.create_host(1, channels), Error::ERR_INVALID_PARAMETER) << channels;
	for (const int channels : {0, 1, 255}) {
		ASSERT_EQ(host.create_host(1, channels), Error::OK) << channels;
		EXPECT_EQ(host.get_max_channels(), channels == 0 ? 255 : channels);
		host.destroy();
	}
}

TEST(GodotEnetCreate, Check6Bandwidths) {
	Connection host;
	EXPECT_EQ(host.create_host(1, 0, -1, 0), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.create_host(1, 0, 0, -1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.create_host_bound("127.0.0.1", 0, 1, 0, -1, -1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.create_host(1, 0, 2147483647, 2147483647), Error::OK);
}

TEST(GodotEnetCreate, Check7SystemRefuses) {
	Connection first;
	ASSERT_EQ(first.create_host_bound("127.0.0.1", 0), Error::OK);
	Connection second;
	EXPECT_EQ(second.create_host_bound("127.0.0.1", first.get_local_port()), Error::ERR_CANT_CREATE);
	EXPECT_FALSE(second.is_active());
	EXPECT_EQ(second.create_host_bound("192.0.2.1", 0), Error::ERR_CANT_CREATE); // not an address of ours
	EXPECT_EQ(second.create_host(), Error::OK);
}

TEST(GodotEnetCreate, Check8Ok) {
	Connection host;
	ASSERT_EQ(host.create_host_bound("127.0.0.1", 0), Error::OK);
	EXPECT_TRUE(host.is_active());
	EXPECT_EQ(host.get_max_channels(), 255);
	EXPECT_TRUE(host.get_peers().empty());
	EXPECT_EQ(host.service().type, Connection::EVENT_NONE);
}

TEST(GodotEnetCreate, DefaultsAre32PeersAnd255Channels) {
	FaceWorld world;
	FaceHost &host = world.add();
	ASSERT_EQ(host->create_host(), Error::OK);
	for (int i = 0; i < 32; ++i) EXPECT_NE(host->connect_to_host("10.0.0.9", 1000 + i), nullptr) << i;
	EXPECT_EQ(host->connect_to_host("10.0.0.9", 2000), nullptr);
	EXPECT_EQ(host->get_max_channels(), 255);
}

TEST(GodotEnetCreate, UnboundHostIsBoundByItsFirstSend) {
	Connection host;
	ASSERT_EQ(host.create_host(), Error::OK);
	EXPECT_EQ(host.get_local_port(), 0);
	EXPECT_EQ(host.service(0).type, Connection::EVENT_NONE);
	EXPECT_EQ(host.get_local_port(), 0);
	ASSERT_NE(host.connect_to_host("127.0.0.1", 9), nullptr);
	EXPECT_EQ(host.get_local_port(), 0); // dialling alone sends nothing
	host.flush();
	EXPECT_GT(host.get_local_port(), 0);
}

TEST(GodotEnetCreate, UnboundHostTakesConnectionsOnceItHasAPort) {
	LoopbackHost server;
	LoopbackHost client;
	ASSERT_EQ(server.host.create_host(4), Error::OK);
	ASSERT_EQ(client.host.create_host(1), Error::OK);
	ASSERT_EQ(server.host.socket_send("127.0.0.1", 9, view_of("x")), Error::OK);
	ASSERT_NE(client.host.connect_to_host("127.0.0.1", server.host.get_local_port()), nullptr);
	EXPECT_TRUE(until_true([&] {
		client.poll();
		server.poll();
		return client.connects == 1 && server.connects == 1;
	}));
}

TEST(GodotEnetCreate, WildcardHostIsReachedThroughBothFamilies) {
	LoopbackHost server;
	ASSERT_EQ(server.host.create_host_bound("*", 0, 4), Error::OK);
	LoopbackHost four;
	ASSERT_EQ(four.host.create_host(1), Error::OK);
	ASSERT_NE(four.host.connect_to_host("127.0.0.1", server.host.get_local_port()), nullptr);
	ASSERT_TRUE(until_true([&] {
		four.poll();
		server.poll();
		return four.connects == 1 && server.connects == 1;
	}));
	EXPECT_EQ(server.peer->get_remote_address(), "127.0.0.1"); // dotted, though mapped inside
	EXPECT_EQ(server.peer->get_remote_endpoint().address, IPAddress("127.0.0.1"));
	EXPECT_EQ(server.peer->get_remote_endpoint().port, server.peer->get_remote_port());
	Connection probe;
	if (probe.create_host_bound("::1", 0) != Error::OK) GTEST_SKIP() << "SKIPPED: no IPv6 here";
	LoopbackHost six;
	ASSERT_EQ(six.host.create_host(1), Error::OK);
	six.peer = six.host.connect_to_host("::1", server.host.get_local_port());
	ASSERT_NE(six.peer, nullptr);
	ASSERT_TRUE(until_true([&] {
		six.poll();
		server.poll();
		return six.connects == 1 && server.connects == 2;
	}));
	EXPECT_EQ(six.peer->get_remote_address(), "0:0:0:0:0:0:0:1");
}

TEST(GodotEnetCreate, AnswerFromAnotherAddressCompletesNoBroadcastDial) {
	HostBench bench;
	EnetPeerId id;
	ASSERT_EQ(bench.host.connect(bench.now, HostBench::endpoint(255, 5000), 4, 0, id), Error::OK);
	const std::vector<WireDatagram> dial = bench.flush();
	ASSERT_EQ(dial.size(), 1u);
	WireParameters answer = dial[0].commands.at(0).parameters;
	const uint16_t our_slot = answer.peer;
	answer.peer = 0;
	answer.in_session = answer.out_session = 0;
	const WireWriter verify = WireWriter(our_slot, 0, 7).verify(answer);
	bench.receive(HostBench::endpoint(2, 5000), verify);
	EXPECT_EQ(bench.host.peer_state(id), EnetPeerState::kConnecting);
	EXPECT_EQ(bench.host.counters().dropped_wrong_address, 1u);
	bench.receive(HostBench::endpoint(255, 5000), verify);
	EXPECT_EQ(bench.host.peer_state(id), EnetPeerState::kConnected);
}

// --- destroy ---

TEST(GodotEnetDestroy, DetachesHandlesAndEmptiesTheList) {
	FaceDuo duo;
	duo.server->destroy();
	EXPECT_FALSE(duo.server.peer->is_active());
	EXPECT_EQ(duo.server.peer->get_state(), Peer::STATE_DISCONNECTED);
	EXPECT_EQ(duo.server.peer->get_drop_reason(), EnetDropReason::kHostDestroyed);
	EXPECT_TRUE(duo.server->get_peers().empty());
	EXPECT_FALSE(duo.server->is_active());
}

TEST(GodotEnetDestroy, TellsNobodyWhoThenTimesOut) {
	FaceDuo duo;
	duo.run_ms(1000);
	const uint64_t sent = duo.sent(duo.client, duo.server);
	duo.client->destroy();
	EXPECT_EQ(duo.sent(duo.client, duo.server), sent);
	duo.run_ms(3000);
	EXPECT_EQ(duo.server.count(Connection::EVENT_DISCONNECT), 0u);
	ASSERT_TRUE(duo.run_until([&] { return duo.server.count(Connection::EVENT_DISCONNECT) == 1; }));
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 0u);
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).reason, EnetDropReason::kTimedOut);
}

TEST(GodotEnetDestroy, ClosesTheSocket) {
	Connection first;
	ASSERT_EQ(first.create_host_bound("127.0.0.1", 0), Error::OK);
	const int port = first.get_local_port();
	first.destroy();
	Connection second;
	EXPECT_EQ(second.create_host_bound("127.0.0.1", port), Error::OK);
}

TEST(GodotEnetDestroy, ObjectMayBeCreatedAgain) {
	FaceDuo duo;
	duo.client->destroy();
	duo.client->destroy(); // no effect
	ASSERT_EQ(duo.client->create_host(1), Error::OK);
	EXPECT_TRUE(duo.connect(duo.client, duo.server));
}

// --- connect_to_host ---

TEST(GodotEnetDial, InactiveIsNull) {
	Connection host;
	EXPECT_EQ(host.connect_to_host("127.0.0.1", 9), nullptr);
}

TEST(GodotEnetDial, HostWithAPeerMayDialMore) { // Godot: null
	FaceWorld world;
	FaceHost &first = world.add_created();
	FaceHost &second = world.add_created();
	FaceHost &third = world.add_created();
	ASSERT_TRUE(world.connect(first, second));
	ASSERT_TRUE(world.connect(first, third));
	ASSERT_TRUE(world.connect(second, third)); // has an incoming one
	EXPECT_EQ(first->get_peers().size(), 2u);
}

TEST(GodotEnetDial, PortOutsideOneTo65535IsNull) {
	Connection host;
	ASSERT_EQ(host.create_host(), Error::OK);
	for (const int port : {-1, 0, 65536}) EXPECT_EQ(host.connect_to_host("127.0.0.1", port), nullptr) << port;
	for (const int port : {1, 65535}) EXPECT_NE(host.connect_to_host("127.0.0.1", port), nullptr) << port;
}

TEST(GodotEnetDial, AddressIsALiteralOrAName) {
	Connection host;
	ASSERT_EQ(host.create_host(), Error::OK);
	EXPECT_NE(host.connect_to_host("127.0.0.1", 9), nullptr);
	const SurePeer named = host.connect_to_host("localhost", 9);
	ASSERT_NE(named, nullptr);
	EXPECT_EQ(named->get_remote_address(), "127.0.0.1"); // as the engine chose
}

TEST(GodotEnetDial, UnresolvableNameIsNull) {
	Connection host;
	ASSERT_EQ(host.create_host(), Error::OK);
	for (const char *name : {"no-such-name.invalid", "", "*"})
		EXPECT_EQ(host.connect_to_host(name, 9), nullptr) << name;
	EXPECT_EQ(host.connect_to_host(nullptr, 9), nullptr);
	EXPECT_TRUE(host.get_peers().empty());
}

TEST(GodotEnetDial, NoFreeSlotIsNull) {
	FaceWorld world;
	FaceHost &host = world.add_created(1);
	ASSERT_NE(host->connect_to_host("10.0.0.9", 9), nullptr);
	EXPECT_EQ(host->connect_to_host("10.0.0.9", 10), nullptr);
	EXPECT_EQ(host->get_peers().size(), 1u);
}

TEST(GodotEnetDial, ChannelsAreOneTo255) {
	FaceWorld world;
	FaceHost &host = world.add_created(8);
	const int asked[] = {-1, 0, 1, 7, 255, 256, 100000};
	const int got[] = {255, 255, 1, 7, 255, 255, 255};
	for (size_t i = 0; i < 7; ++i) {
		const SurePeer peer = host->connect_to_host("10.0.0.9", 9, asked[i]);
		ASSERT_NE(peer, nullptr);
		EXPECT_EQ(peer->get_channels(), got[i]) << asked[i];
	}
}

TEST(GodotEnetDial, DataArrivesWithTheConnectEvent) {
	for (const int data : {0, 42, 2147483647, -1}) {
		FaceDuo duo(0, 4, data);
		EXPECT_EQ(duo.server.last(Connection::EVENT_CONNECT).data, static_cast<uint32_t>(data));
		EXPECT_EQ(duo.client.last(Connection::EVENT_CONNECT).data, 0u);
	}
}

TEST(GodotEnetDial, HandleIsConnectingAndListedAtOnce) {
	FaceWorld world;
	FaceHost &host = world.add_created();
	const SurePeer peer = host->connect_to_host("10.0.0.9", 9);
	ASSERT_NE(peer, nullptr);
	EXPECT_EQ(peer->get_state(), Peer::STATE_CONNECTING);
	EXPECT_TRUE(peer->is_active());
	ASSERT_EQ(host->get_peers().size(), 1u);
	EXPECT_EQ(host->get_peers()[0], peer);
}

TEST(GodotEnetDial, NothingIsSentBeforeServiceOrFlush) {
	FaceWorld world;
	FaceHost &server = world.add_created();
	FaceHost &client = world.add_created();
	ASSERT_NE(world.dial(client, server), nullptr);
	EXPECT_EQ(world.sent(client, server), 0u);
	client->flush();
	EXPECT_EQ(world.sent(client, server), 1u);
	ASSERT_NE(world.dial(client, server), nullptr);
	EXPECT_EQ(world.sent(client, server), 1u);
	(void)client->service(0);
	EXPECT_EQ(world.sent(client, server), 2u);
}

TEST(GodotEnetDial, FailedDialMayBeRetriedOnTheSameObject) {
	FaceWorld world;
	FaceHost &server = world.add_created();
	FaceHost &client = world.add_created(1);
	const SurePeer failed = client->connect_to_host("10.0.0.77", 9);
	ASSERT_NE(failed, nullptr);
	ASSERT_TRUE(world.run_until([&] { return client.count(Connection::EVENT_DISCONNECT) == 1; }));
	EXPECT_EQ(client.last(Connection::EVENT_DISCONNECT).peer, failed);
	EXPECT_TRUE(client->get_peers().empty());
	EXPECT_TRUE(world.connect(client, server));
}

} // namespace
