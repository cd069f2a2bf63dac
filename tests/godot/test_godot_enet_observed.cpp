// What a running Godot engine was seen to do with ENet, row by row, on virtual time where the row is not about sockets.
// The rows and what differs on purpose: docs/godot-parity-enet.md.
#include "../reliable/loopback_pair.h"
#include "../support/enet_wire_script.h"
#include "face_world.h"

using namespace netpeer;
using namespace netpeer_test;

namespace {

using Connection = ENetConnection;
using Peer = ENetPacketPeer;

std::vector<double> statistics_of(const SurePeer &peer) {
	std::vector<double> out;
	for (int i = 0; i < 14; ++i) out.push_back(peer->get_statistic(static_cast<Peer::PeerStatistic>(i)));
	return out;
}

/// [sent bytes, packets, received bytes, packets] since the last time.
std::vector<double> pop_all(FaceHost &host) {
	std::vector<double> out;
	for (int i = 0; i < 4; ++i) out.push_back(host->pop_statistic(static_cast<Connection::HostStatistic>(i)));
	return out;
}

// --- connecting ---

TEST(GodotEnetSeenConnecting, ConnectCarriesGodotsNumbers) {
	HostBench bench;
	EnetPeerId id;
	ASSERT_EQ(bench.host.connect(bench.now, HostBench::endpoint(2), 255, 42, id), Error::OK);
	const std::vector<WireCommand> connects = commands_of(bench.flush(), kWireConnect);
	ASSERT_EQ(connects.size(), 1u);
	const WireParameters &p = connects[0].parameters;
	EXPECT_EQ(p.mtu, 1392u);
	EXPECT_EQ(p.window, 65536u);
	EXPECT_EQ(p.interval, 5000u);
	EXPECT_EQ(p.acceleration, 2u);
	EXPECT_EQ(p.deceleration, 2u);
	EXPECT_EQ(p.channels, 255u);
	EXPECT_EQ(p.data, 42u);
}

TEST(GodotEnetSeenConnecting, BothEventsOfA42DataConnect) {
	FaceDuo duo(0, 4, 42);
	ASSERT_EQ(duo.client.events.size(), 1u);
	ASSERT_EQ(duo.server.events.size(), 1u);
	EXPECT_EQ(duo.client.events.at(0).type, Connection::EVENT_CONNECT);
	EXPECT_EQ(duo.client.events.at(0).data, 0u);
	EXPECT_EQ(duo.server.events.at(0).type, Connection::EVENT_CONNECT);
	EXPECT_EQ(duo.server.events.at(0).data, 42u);
	EXPECT_LE(duo.clock.now().us, Instant::from_ms(1003).us);
}

TEST(GodotEnetSeenConnecting, DialToNothingEndsAfter31500Ms) {
	FaceWorld world;
	FaceHost &host = world.add_created();
	const Instant start = world.clock.now();
	ASSERT_NE(host->connect_to_host("10.0.0.77", 9), nullptr);
	ASSERT_TRUE(world.run_until([&] { return !host.events.empty(); }));
	EXPECT_EQ(host.events.at(0).type, Connection::EVENT_DISCONNECT);
	EXPECT_EQ(host.events.at(0).data, 0u);
	EXPECT_EQ((world.clock.now() - start).ms(), 31500);
}

TEST(GodotEnetSeenConnecting, DialToNothingWithShorterLimits) {
	FaceWorld world;
	FaceHost &host = world.add_created();
	const Instant start = world.clock.now();
	SurePeer(host->connect_to_host("10.0.0.77", 9))->set_timeout(8, 1000, 3000);
	ASSERT_TRUE(world.run_until([&] { return !host.events.empty(); }));
	EXPECT_EQ(host.events.at(0).type, Connection::EVENT_DISCONNECT);
	EXPECT_EQ((world.clock.now() - start).ms(), 3500);
}

TEST(GodotEnetSeenConnecting, ClosedPortIsNoErrorEvent) {
	Connection reserved;
	ASSERT_EQ(reserved.create_host_bound("127.0.0.1", 0), Error::OK);
	const int port = reserved.get_local_port();
	reserved.destroy();
	LoopbackHost host;
	ASSERT_EQ(host.host.set_connect_timeout(600), Error::OK); // the CONNECT goes out twice
	ASSERT_EQ(host.host.create_host(1), Error::OK);
	ASSERT_NE(host.host.connect_to_host("127.0.0.1", port), nullptr);
	ASSERT_TRUE(until_true([&] {
		host.poll();
		return host.disconnects == 1;
	}));
	EXPECT_EQ(host.errors, 0);
	EXPECT_EQ(host.last.data, 0u);
}

TEST(GodotEnetSeenConnecting, FullServerIsSilent) {
	FaceWorld world;
	FaceHost &server = world.add_created(1);
	FaceHost &first = world.add_created(1);
	FaceHost &second = world.add_created(1);
	ASSERT_TRUE(world.connect(first, server));
	const Instant start = world.clock.now();
	ASSERT_NE(world.dial(second, server), nullptr);
	ASSERT_TRUE(world.run_until([&] { return !second.events.empty(); }));
	EXPECT_EQ(second.events.at(0).type, Connection::EVENT_DISCONNECT);
	EXPECT_EQ((world.clock.now() - start).ms(), 31500);
	EXPECT_EQ(world.sent(server, second), 0u);
	EXPECT_GE(server.counters().refused_connects, 5u);
	EXPECT_EQ(server.events.size(), 1u);
}

TEST(GodotEnetSeenConnecting, CreateErrors) {
	Connection taken;
	ASSERT_EQ(taken.create_host_bound("127.0.0.1", 0), Error::OK);
	Connection host;
	EXPECT_EQ(static_cast<int>(host.create_host_bound("not an address", 0)), 31);
	EXPECT_EQ(static_cast<int>(host.create_host_bound("127.0.0.1", -1)), 31);
	EXPECT_EQ(static_cast<int>(host.create_host_bound("127.0.0.1", 65536)), 31);
	EXPECT_EQ(static_cast<int>(host.create_host_bound("127.0.0.1", taken.get_local_port())), 20);
	EXPECT_EQ(static_cast<int>(host.create_host(0)), 31);
	EXPECT_EQ(static_cast<int>(host.create_host(4096)), 31);
	EXPECT_EQ(static_cast<int>(host.create_host(1, 256)), 31);
	EXPECT_EQ(static_cast<int>(host.create_host(1, -1)), 31);
	EXPECT_EQ(static_cast<int>(host.create_host(1, 0, -1)), 31);
	EXPECT_EQ(static_cast<int>(taken.create_host()), 22);
}

TEST(GodotEnetSeenConnecting, HandleRightAfterTheDial) {
	FaceWorld world;
	FaceHost &host = world.add_created();
	const SurePeer peer = host->connect_to_host("10.0.0.77", 9);
	EXPECT_EQ(peer->get_statistic(Peer::PEER_ROUND_TRIP_TIME), 500.0);
	EXPECT_EQ(peer->get_statistic(Peer::PEER_PACKET_THROTTLE_LIMIT), 32.0);
	EXPECT_EQ(peer->put_packet(view_of("x")), Error::FAILED);
}

// --- leaving ---

TEST(GodotEnetSeenLeaving, Disconnect) {
	FaceDuo duo;
	duo.client.peer->peer_disconnect(7);
	EXPECT_EQ(duo.client.peer->get_state(), 7);
	EXPECT_TRUE(duo.client.peer->is_active());
	EXPECT_EQ(duo.client->get_peers().size(), 1u);
	duo.run_ms(1);
	EXPECT_EQ(duo.client.last(Connection::EVENT_DISCONNECT).peer, duo.client.peer);
	EXPECT_EQ(duo.client.last(Connection::EVENT_DISCONNECT).data, 0u);
	EXPECT_FALSE(duo.client.peer->is_active());
	EXPECT_TRUE(duo.client->get_peers().empty());
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 7u);
}

TEST(GodotEnetSeenLeaving, DisconnectTwiceTheFirstCounts) {
	FaceDuo duo;
	duo.client.peer->peer_disconnect(1);
	duo.client.peer->peer_disconnect(2);
	duo.run_ms(10);
	EXPECT_EQ(duo.client.count(Connection::EVENT_DISCONNECT), 1u);
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 1u);
}

TEST(GodotEnetSeenLeaving, DisconnectLaterAfterFourPackets) {
	FaceDuo duo;
	for (const char *word : {"a", "b", "c", "d"}) ASSERT_EQ(duo.client.peer->put_packet(view_of(word)), Error::OK);
	duo.client.peer->peer_disconnect_later(8);
	EXPECT_EQ(duo.client.peer->get_state(), 6);
	duo.run_ms(10);
	ASSERT_EQ(duo.server.events.size(), 6u); // connect, 4 receives, disconnect
	for (size_t i = 1; i < 5; ++i) EXPECT_EQ(duo.server.events.at(i).type, Connection::EVENT_RECEIVE);
	EXPECT_EQ(duo.server.events.at(5).type, Connection::EVENT_DISCONNECT);
	EXPECT_EQ(duo.server.events.at(5).data, 8u);
	EXPECT_EQ(duo.client.last(Connection::EVENT_DISCONNECT).data, 0u);
	EXPECT_EQ(duo.server.peer->get_available_packet_count(), 4);
	ByteView packet;
	EXPECT_EQ(duo.server.peer->get_packet(packet), Error::OK); // Godot: error 3
}

TEST(GodotEnetSeenLeaving, DisconnectLaterWithNothingQueued) {
	FaceDuo duo;
	duo.run_ms(100);
	duo.client.peer->peer_disconnect_later(8);
	EXPECT_EQ(duo.client.peer->get_state(), 7);
	duo.run_ms(10);
	EXPECT_EQ(duo.server.count(Connection::EVENT_DISCONNECT), 1u);
}

TEST(GodotEnetSeenLeaving, DisconnectNow) {
	FaceDuo duo;
	duo.client.peer->peer_disconnect_now(10);
	EXPECT_FALSE(duo.client.peer->is_active());
	EXPECT_EQ(duo.client.peer->get_state(), 0);
	EXPECT_EQ(duo.client->get_peers().size(), 1u);
	EXPECT_EQ(duo.client->service(0).type, Connection::EVENT_NONE);
	EXPECT_TRUE(duo.client->get_peers().empty());
	duo.run_ms(10);
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 10u);
}

TEST(GodotEnetSeenLeaving, Reset) {
	FaceDuo duo;
	duo.server.peer->set_timeout(4, 500, 1000);
	duo.run_ms(2000);
	const Instant start = duo.clock.now();
	duo.client.peer->reset();
	EXPECT_FALSE(duo.client.peer->is_active());
	EXPECT_EQ(duo.client->get_peers().size(), 1u);
	ASSERT_TRUE(duo.run_until([&] { return duo.server.count(Connection::EVENT_DISCONNECT) == 1; }));
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 0u);
	EXPECT_TRUE(duo.client->get_peers().empty());
	EXPECT_EQ(duo.client.count(Connection::EVENT_DISCONNECT), 0u);
	EXPECT_LT((duo.clock.now() - start).ms(), 2100);
}

TEST(GodotEnetSeenLeaving, FromTheServerSide) {
	{
		FaceDuo duo;
		duo.server.peer->peer_disconnect(11);
		duo.run_ms(10);
		EXPECT_EQ(duo.client.last(Connection::EVENT_DISCONNECT).data, 11u);
		EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).type, Connection::EVENT_DISCONNECT);
		EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 0u);
	}
	FaceDuo duo;
	duo.server.peer->peer_disconnect_now(12);
	duo.run_ms(10);
	EXPECT_EQ(duo.client.last(Connection::EVENT_DISCONNECT).data, 12u);
	EXPECT_EQ(duo.server.count(Connection::EVENT_DISCONNECT), 0u);
}

TEST(GodotEnetSeenLeaving, DisconnectWhileConnectingFreesTheObject) { // Godot: stuck until reset()
	FaceWorld world;
	FaceHost &server = world.add_created();
	FaceHost &client = world.add_created(1);
	world.dial(client, server)->peer_disconnect(5);
	EXPECT_EQ(client.peer->get_state(), 0);
	EXPECT_FALSE(client.peer->is_active());
	EXPECT_EQ(client->service(0).type, Connection::EVENT_NONE);
	EXPECT_TRUE(client->get_peers().empty());
	EXPECT_TRUE(world.connect(client, server));
}

TEST(GodotEnetSeenLeaving, SendWhileAndAfterLeaving) {
	FaceDuo duo(10);
	duo.run_ms(100);
	ASSERT_EQ(duo.client.peer->put_packet(view_of("x")), Error::OK);
	duo.client.peer->peer_disconnect_later();
	ASSERT_EQ(duo.client.peer->get_state(), 6);
	EXPECT_EQ(duo.client.peer->send(0, view_of("x"), 1), Error::FAILED);
	duo.client.peer->peer_disconnect();
	ASSERT_EQ(duo.client.peer->get_state(), 7);
	EXPECT_EQ(duo.client.peer->send(0, view_of("x"), 1), Error::FAILED);
	EXPECT_EQ(duo.client.peer->put_packet(view_of("x")), Error::FAILED);
	duo.client.peer->reset();
	EXPECT_EQ(duo.client.peer->send(0, view_of("x"), 1), Error::ERR_UNCONFIGURED);
}

/// Ms from the end of the server's host to the client's event.
int64_t ms_after_the_host_is_gone(const std::function<void(Peer &)> &configure) {
	FaceDuo duo;
	configure(*duo.client.peer);
	duo.run_ms(2100);
	duo.server->destroy();
	const Instant start = duo.clock.now();
	EXPECT_TRUE(duo.run_until([&] { return duo.client.count(Connection::EVENT_DISCONNECT) == 1; }));
	EXPECT_EQ(duo.client.last(Connection::EVENT_DISCONNECT).data, 0u);
	EXPECT_EQ(duo.client.count(Connection::EVENT_ERROR), 0u);
	return (duo.clock.now() - start).ms();
}

TEST(GodotEnetSeenLeaving, HostDestroyedUnderAnIdleClient) {
	const int64_t took = ms_after_the_host_is_gone([](Peer &) {});
	EXPECT_GE(took, 5000);
	EXPECT_LE(took, 9000);
}

TEST(GodotEnetSeenLeaving, HostDestroyedWithShorterLimits) {
	const int64_t took = ms_after_the_host_is_gone([](Peer &peer) { peer.set_timeout(32, 1000, 3000); });
	EXPECT_GE(took, 1000);
	EXPECT_LE(took, 2600);
}

// --- the rest ---

TEST(GodotEnetSeen, StatisticsBeforeConnecting) {
	FaceWorld world;
	FaceHost &host = world.add_created();
	EXPECT_EQ(statistics_of(host->connect_to_host("10.0.0.77", 9)),
	        (std::vector<double>{0, 0, 0, 500, 0, 500, 0, 32, 32, 0, 0, 2, 2, 5000}));
}

TEST(GodotEnetSeen, StatisticsRightAfterTheConnectEvent) {
	FaceDuo duo;
	const double clock = static_cast<double>(duo.clock.now().ms32());
	const std::vector<double> expected{0, 0, clock, 1, 1, 1, 1, 32, 32, 0, clock, 2, 2, 5000};
	EXPECT_EQ(statistics_of(duo.client.peer), expected);
	EXPECT_EQ(statistics_of(duo.server.peer), expected);
}

TEST(GodotEnetSeen, PopStatisticAfterAConnect) {
	FaceDuo duo;
	EXPECT_EQ(pop_all(duo.client), (std::vector<double>{68, 2, 58, 2}));
	EXPECT_EQ(pop_all(duo.server), (std::vector<double>{58, 2, 68, 2}));
}

TEST(GodotEnetSeen, PopStatisticAfterAConnectInTheFirstHalfSecond) { // Godot: no PING, 62
	FaceWorld world(0, /*start_ms=*/100);
	FaceHost &server = world.add_created();
	FaceHost &client = world.add_created(1);
	ASSERT_TRUE(world.connect(client, server));
	EXPECT_EQ(pop_all(client), (std::vector<double>{68, 2, 58, 2})); // the clock's start is nothing special
}

TEST(GodotEnetSeen, BytesOfATenBytePacket) {
	FaceDuo duo;
	duo.run_ms(100);
	for (const int flags : {1, 0, 2}) {
		(void)pop_all(duo.client);
		(void)pop_all(duo.server);
		ASSERT_EQ(duo.client.peer->send(0, view_of("ten bytes!"), flags), Error::OK);
		duo.run_ms(1);
		const double back = flags == 1 ? 10 : 0;
		EXPECT_EQ(pop_all(duo.client), (std::vector<double>{20, 1, back, back / 10})) << flags;
		EXPECT_EQ(pop_all(duo.server), (std::vector<double>{back, back / 10, 20, 1})) << flags;
		EXPECT_EQ(pop_all(duo.client), (std::vector<double>{0, 0, 0, 0}));
	}
}

TEST(GodotEnetSeen, ForeignDatagram) {
	FaceDuo duo;
	FaceHost &stranger = duo.add_created();
	(void)pop_all(duo.server);
	stranger->socket_send(duo.server.address.c_str(), duo.server.at.port, view_of("fifteen bytes!!"));
	EXPECT_EQ(duo.server->service(0).type, Connection::EVENT_NONE);
	EXPECT_EQ(pop_all(duo.server), (std::vector<double>{0, 0, 15, 1}));
}

TEST(GodotEnetSeen, Broadcast) {
	FaceDuo duo(0, 1);
	FaceHost &five = duo.add_created(1);
	ASSERT_TRUE(duo.connect(five, duo.server, 5));
	for (const int flags : {0, 1, 2}) duo.server->broadcast(0, bytes_of(std::to_string(flags)), flags);
	duo.server->broadcast(3, view_of("three"), 1);
	duo.run_ms(10);
	EXPECT_EQ(duo.client.count(Connection::EVENT_RECEIVE), 3u);
	EXPECT_EQ(five.count(Connection::EVENT_RECEIVE), 4u);
	for (const int flags : {4, 16}) duo.server->broadcast(0, view_of("x"), flags);
	for (const int channel : {-1, 255}) duo.server->broadcast(channel, view_of("x"), 1);
	duo.run_ms(10);
	EXPECT_EQ(five.count(Connection::EVENT_RECEIVE), 4u);
}

TEST(GodotEnetSeen, EmptyPackets) {
	FaceDuo duo;
	ASSERT_EQ(duo.server->broadcast(0, ByteView(), 1), Error::OK);
	ASSERT_EQ(duo.server.peer->send(1, ByteView(), 0), Error::OK);
	EXPECT_EQ(duo.server.peer->put_packet(ByteView()), Error::OK);
	duo.run_ms(10);
	EXPECT_EQ(duo.client.take_packets(), (std::vector<std::string>{"0:", "1:"}));
}

TEST(GodotEnetSeen, SendErrors) {
	FaceDuo duo(0, 2);
	Peer &peer = *duo.client.peer;
	EXPECT_EQ(static_cast<int>(peer.send(2, view_of("x"), 1)), 1);
	EXPECT_EQ(static_cast<int>(peer.send(3, view_of("x"), 1)), 31);
	EXPECT_EQ(static_cast<int>(peer.send(-1, view_of("x"), 1)), 31);
	EXPECT_EQ(static_cast<int>(peer.send(0, view_of("x"), 4)), 31);
	EXPECT_EQ(static_cast<int>(peer.send(0, view_of("x"), 3)), 0);
	EXPECT_EQ(static_cast<int>(peer.send(0, bytes_of(std::string((32u << 20) + 1, 'x')), 1)), 1);
}

TEST(GodotEnetSeen, ChannelLimit) {
	FaceWorld world;
	FaceHost &server = world.add_created();
	FaceHost &five = world.add_created(1);
	FaceHost &all = world.add_created(1);
	server->channel_limit(2);
	ASSERT_TRUE(world.connect(five, server, 5));
	EXPECT_EQ(five.peer->get_channels(), 2);
	EXPECT_EQ(server.peer->get_channels(), 2);
	server->channel_limit(300);
	ASSERT_TRUE(world.connect(all, server, 0));
	EXPECT_EQ(all.peer->get_channels(), 255);
	EXPECT_EQ(five.peer->get_channels(), 2);
}

/// 200 packets of 1000 bytes a second, for 5 seconds; how many arrive in each.
std::vector<size_t> arrivals(FaceWorld &world, FaceHost &client, FaceHost &server, int flags) {
	std::vector<size_t> out;
	const std::string packet(1000, 'p');
	for (int second = 0; second < 5; ++second) {
		const size_t before = server.count(Connection::EVENT_RECEIVE);
		for (int i = 0; i < 200; ++i) {
			EXPECT_EQ(client.peer->send(0, bytes_of(packet), flags), Error::OK);
			world.run_ms(5);
		}
		out.push_back(server.count(Connection::EVENT_RECEIVE) - before);
	}
	return out;
}

TEST(GodotEnetSeen, BandwidthUnlimited) {
	FaceDuo duo;
	for (const size_t second : arrivals(duo, duo.client, duo.server, 0)) EXPECT_EQ(second, 200u);
}

TEST(GodotEnetSeen, BandwidthOfALimitedClient) {
	FaceWorld world;
	FaceHost &server = world.add_created();
	FaceHost &client = world.add();
	ASSERT_EQ(client->create_host(1, 0, 0, 20000), Error::OK);
	ASSERT_TRUE(world.connect(client, server));
	const std::vector<size_t> got = arrivals(world, client, server, 0);
	EXPECT_GE(got[0], 190u);
	for (size_t i = 2; i < 5; ++i) {
		EXPECT_GE(got[i], 12u) << i;
		EXPECT_LE(got[i], 25u) << i;
	}
	EXPECT_LE(client.stats().packet_throttle_limit, 4u);
	const size_t before = server.count(Connection::EVENT_RECEIVE);
	for (int i = 0; i < 50; ++i) ASSERT_EQ(client.peer->put_packet(bytes_of(std::string(1000, 'r'))), Error::OK);
	world.run_ms(20000);
	EXPECT_EQ(server.count(Connection::EVENT_RECEIVE), before + 50); // reliable ones all arrive
}

TEST(GodotEnetSeen, BandwidthLimitOnALiveLinkWithAnUnlimitedClient) {
	FaceDuo duo;
	duo.run_ms(2000);
	duo.server->bandwidth_limit(20000, 0);
	const std::vector<size_t> got = arrivals(duo, duo.client, duo.server, 0);
	EXPECT_EQ(got[3], 200u); // no lasting effect
	EXPECT_EQ(got[4], 200u);
}

TEST(GodotEnetSeen, BurstBeforeTheReceiverRuns) {
	FaceDuo duo;
	duo.run_ms(100);
	for (int i = 0; i < 20; ++i) ASSERT_EQ(duo.client.peer->send(0, bytes_of(std::string(2000, 'r')), 1), Error::OK);
	for (int i = 0; i < 60; ++i) ASSERT_EQ(duo.client.peer->send(0, bytes_of(std::string(1000, 'u')), 2), Error::OK);
	duo.client->flush();
	duo.run_ms(1000);
	EXPECT_EQ(duo.client.stats().packet_throttle, 32u);
	EXPECT_EQ(duo.server.count(Connection::EVENT_RECEIVE), 80u);
}

TEST(GodotEnetSeen, UnreliableEchoes) {
	FaceDuo duo;
	size_t echoed = 0;
	for (int i = 0; i < 360; ++i) {
		ASSERT_EQ(duo.client.peer->send(0, view_of("echo"), 0), Error::OK);
		duo.run_ms(5);
		for (const std::string &packet : duo.server.take_packets())
			ASSERT_EQ(duo.server.peer->send(0, bytes_of(packet), 0), Error::OK);
		duo.run_ms(5);
		echoed += duo.client.take_packets().size();
	}
	EXPECT_EQ(echoed, 360u);
}

TEST(GodotEnetSeen, HandleAfterItsHostWasDestroyed) {
	FaceDuo duo;
	for (const char *word : {"one", "two"}) ASSERT_EQ(duo.client.peer->put_packet(view_of(word)), Error::OK);
	duo.run_ms(10);
	const auto peer = duo.server.peer;
	duo.server->destroy();
	EXPECT_FALSE(peer->is_active());
	EXPECT_EQ(peer->get_state(), 0);
	EXPECT_EQ(statistics_of(peer), std::vector<double>(14, 0));
	EXPECT_EQ(peer->get_channels(), 0);
	EXPECT_EQ(peer->get_remote_port(), 0);
	EXPECT_EQ(peer->get_remote_address(), "");
	EXPECT_EQ(static_cast<int>(peer->send(0, view_of("x"), 1)), 3);
	EXPECT_EQ(static_cast<int>(peer->put_packet(view_of("x"))), 3);
	EXPECT_EQ(peer->get_available_packet_count(), 2);
	EXPECT_EQ(peer->get_packet_flags(), 1);
	ByteView packet;
	EXPECT_EQ(peer->get_packet(packet), Error::OK); // Godot: 3
	peer->ping();
	peer->peer_disconnect();
	EXPECT_EQ(duo.server->create_host(4), Error::OK);
}

struct SeenDatagram {
	Endpoint from;
	Endpoint to;
	std::string bytes;
};

TEST(GodotEnetSeen, SocketSendOfABoundHost) {
	FaceWorld world;
	std::vector<SeenDatagram> seen;
	SimTap tap;
	tap.user = &seen;
	tap.seen = [](void *user, Instant, const Endpoint &from, const Endpoint &to, ByteView bytes, SimFate) {
		static_cast<std::vector<SeenDatagram> *>(user)->push_back({from, to, string_of(bytes)});
	};
	world.network.set_tap(tap);
	FaceHost &server = world.add_created();
	FaceHost &client = world.add_created();
	client->socket_send(server.address.c_str(), server.at.port, view_of("raw"));
	client->socket_send(server.address.c_str(), server.at.port, ByteView());
	client->socket_send(server.address.c_str(), 0, view_of("nowhere"));
	ASSERT_EQ(seen.size(), 2u);
	EXPECT_EQ(seen[0].bytes, "raw");
	EXPECT_TRUE(seen[0].from == client.at);
	EXPECT_TRUE(seen[0].to == server.at);
	EXPECT_EQ(seen[1].bytes, ""); // an empty datagram
	EXPECT_EQ(pop_all(client), (std::vector<double>{0, 0, 0, 0}));
}

TEST(GodotEnetSeen, SocketSendBindsAnUnboundHost) {
	Connection host;
	ASSERT_EQ(host.create_host(), Error::OK);
	EXPECT_EQ(host.get_local_port(), 0);
	EXPECT_EQ(host.socket_send("localhost", 9, view_of("x")), Error::OK);
	EXPECT_GT(host.get_local_port(), 0);
}

} // namespace
