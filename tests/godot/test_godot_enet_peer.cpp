// ENetPacketPeer as Godot's users know it, row by row: constants, statistics, the detached handle, calls, packets.
// The rows and what differs on purpose: docs/godot-parity-enet.md.
#include "face_world.h"

using namespace netpeer;
using namespace netpeer_test;

namespace {

using Connection = ENetConnection;
using Peer = ENetPacketPeer;

double statistic(const SurePeer &peer, int number) {
	return peer->get_statistic(static_cast<Peer::PeerStatistic>(number));
}

// --- constants ---

TEST(GodotEnetPeerConstants, Flags) {
	EXPECT_EQ(Peer::FLAG_RELIABLE, 1);
	EXPECT_EQ(Peer::FLAG_UNSEQUENCED, 2);
	EXPECT_EQ(Peer::FLAG_UNRELIABLE_FRAGMENT, 8);
}

TEST(GodotEnetPeerConstants, Scales) {
	EXPECT_EQ(Peer::PACKET_THROTTLE_SCALE, 32);
	EXPECT_EQ(Peer::PACKET_LOSS_SCALE, 65536);
}

TEST(GodotEnetPeerConstants, States) {
	EXPECT_EQ(Peer::STATE_DISCONNECTED, 0);
	EXPECT_EQ(Peer::STATE_CONNECTING, 1);
	EXPECT_EQ(Peer::STATE_ACKNOWLEDGING_CONNECT, 2);
	EXPECT_EQ(Peer::STATE_CONNECTION_PENDING, 3);
	EXPECT_EQ(Peer::STATE_CONNECTION_SUCCEEDED, 4);
	EXPECT_EQ(Peer::STATE_CONNECTED, 5);
	EXPECT_EQ(Peer::STATE_DISCONNECT_LATER, 6);
	EXPECT_EQ(Peer::STATE_DISCONNECTING, 7);
	EXPECT_EQ(Peer::STATE_ACKNOWLEDGING_DISCONNECT, 8);
	EXPECT_EQ(Peer::STATE_ZOMBIE, 9);
}

// --- statistics: number, value before connecting, value of another time ---

/// The value on a handle that has just been made.
double fresh(Peer::PeerStatistic which, int number) {
	EXPECT_EQ(static_cast<int>(which), number);
	FaceWorld world;
	FaceHost &host = world.add_created();
	return statistic(host->connect_to_host("10.0.0.77", 9), number);
}

/// A link that loses every second datagram from client to server for a while.
void suffer_loss(FaceDuo &duo) {
	duo.link(duo.client, duo.server).drop_mask(0x5555555555555555u);
	for (int i = 0; i < 40; ++i) {
		EXPECT_EQ(duo.client.peer->put_packet(view_of("x")), Error::OK);
		duo.run_ms(300);
	}
}

TEST(GodotEnetPeerStatistic, PacketLossIsA65536th) {
	EXPECT_EQ(fresh(Peer::PEER_PACKET_LOSS, 0), 0);
	FaceDuo duo(20);
	suffer_loss(duo);
	EXPECT_GT(statistic(duo.client.peer, 0), 65536 / 50);
	EXPECT_LT(statistic(duo.client.peer, 0), 65536 / 2);
}

TEST(GodotEnetPeerStatistic, PacketLossVariance) {
	EXPECT_EQ(fresh(Peer::PEER_PACKET_LOSS_VARIANCE, 1), 0);
	FaceDuo duo(20);
	suffer_loss(duo);
	EXPECT_GT(statistic(duo.client.peer, 1), 0);
}

TEST(GodotEnetPeerStatistic, PacketLossEpochIsTheClockEveryTenSeconds) {
	EXPECT_EQ(fresh(Peer::PEER_PACKET_LOSS_EPOCH, 2), 0);
	FaceDuo duo;
	const double first = static_cast<double>(duo.clock.now().ms32());
	EXPECT_NEAR(statistic(duo.client.peer, 2), first, 1); // since the first send
	duo.run_ms(9000);
	EXPECT_NEAR(statistic(duo.client.peer, 2), first, 1);
	duo.run_ms(2000);
	EXPECT_NEAR(statistic(duo.client.peer, 2), first + 10000, 600);
}

TEST(GodotEnetPeerStatistic, RoundTripTimeInMs) {
	EXPECT_EQ(fresh(Peer::PEER_ROUND_TRIP_TIME, 3), 500);
	FaceDuo duo(40);
	duo.run_ms(5000);
	EXPECT_NEAR(statistic(duo.client.peer, 3), 80, 1);
}

TEST(GodotEnetPeerStatistic, RoundTripTimeVarianceInMs) {
	EXPECT_EQ(fresh(Peer::PEER_ROUND_TRIP_TIME_VARIANCE, 4), 0);
	FaceDuo duo(40);
	duo.run_ms(100);
	EXPECT_NEAR(statistic(duo.client.peer, 4), 40, 1); // half the first sample
	duo.run_ms(20000);
	EXPECT_LT(statistic(duo.client.peer, 4), 5); // steady since
}

TEST(GodotEnetPeerStatistic, LastRoundTripTimeIsTheLowestOfAnInterval) {
	EXPECT_EQ(fresh(Peer::PEER_LAST_ROUND_TRIP_TIME, 5), 500);
	FaceDuo duo(40);
	duo.run_ms(12000);
	EXPECT_NEAR(statistic(duo.client.peer, 5), 80, 1);
	duo.link(duo.client, duo.server).settings.latency = Duration::from_ms(140);
	duo.run_ms(2000);
	EXPECT_NEAR(statistic(duo.client.peer, 5), 80, 1); // of the previous interval
	duo.run_ms(12000);
	EXPECT_GT(statistic(duo.client.peer, 5), 100);
}

TEST(GodotEnetPeerStatistic, LastRoundTripTimeVariance) {
	EXPECT_EQ(fresh(Peer::PEER_LAST_ROUND_TRIP_TIME_VARIANCE, 6), 0);
	FaceDuo duo(40);
	duo.run_ms(100);
	EXPECT_NEAR(statistic(duo.client.peer, 6), 40, 1);
}

TEST(GodotEnetPeerStatistic, PacketThrottleIsA32nd) {
	EXPECT_EQ(fresh(Peer::PEER_PACKET_THROTTLE, 7), 32);
	FaceDuo duo(20);
	duo.run_ms(6000);
	EXPECT_EQ(statistic(duo.client.peer, 7), 32);
	duo.link(duo.client, duo.server).settings.latency = Duration::from_ms(400); // slower: fewer unreliable packets
	duo.run_ms(3000);
	EXPECT_LT(statistic(duo.client.peer, 7), 32);
}

TEST(GodotEnetPeerStatistic, PacketThrottleLimitFollowsTheBandwidth) {
	EXPECT_EQ(fresh(Peer::PEER_PACKET_THROTTLE_LIMIT, 8), 32);
	FaceWorld world;
	FaceHost &server = world.add_created();
	FaceHost &client = world.add();
	ASSERT_EQ(client->create_host(1, 0, 0, /*out_bandwidth=*/20000), Error::OK);
	ASSERT_TRUE(world.connect(client, server));
	for (int i = 0; i < 300; ++i) {
		ASSERT_EQ(client.peer->send(0, bytes_of(std::string(1000, 'u')), 0), Error::OK);
		world.run_ms(10);
	}
	EXPECT_GE(statistic(client.peer, 8), 0);
	EXPECT_LT(statistic(client.peer, 8), 32);
}

TEST(GodotEnetPeerStatistic, PacketThrottleCounterStepsBySevenMod32) {
	EXPECT_EQ(fresh(Peer::PEER_PACKET_THROTTLE_COUNTER, 9), 0);
	FaceDuo duo;
	int expected = 0;
	for (int i = 0; i < 12; ++i) {
		ASSERT_EQ(duo.client.peer->send(0, view_of("u"), 0), Error::OK);
		duo.client->flush();
		expected = (expected + 7) % 32;
		EXPECT_EQ(statistic(duo.client.peer, 9), expected) << i;
	}
}

TEST(GodotEnetPeerStatistic, PacketThrottleEpochIsTheClock) {
	EXPECT_EQ(fresh(Peer::PEER_PACKET_THROTTLE_EPOCH, 10), 0);
	FaceDuo duo;
	const double first = static_cast<double>(duo.clock.now().ms32());
	EXPECT_NEAR(statistic(duo.client.peer, 10), first, 1);
	duo.run_ms(6000);
	EXPECT_NEAR(statistic(duo.client.peer, 10), first + 5000, 600);
}

TEST(GodotEnetPeerStatistic, PacketThrottleAcceleration) {
	EXPECT_EQ(fresh(Peer::PEER_PACKET_THROTTLE_ACCELERATION, 11), 2);
	FaceDuo duo;
	duo.client.peer->throttle_configure(1000, 5, 6);
	EXPECT_EQ(statistic(duo.client.peer, 11), 5);
}

TEST(GodotEnetPeerStatistic, PacketThrottleDeceleration) {
	EXPECT_EQ(fresh(Peer::PEER_PACKET_THROTTLE_DECELERATION, 12), 2);
	FaceDuo duo;
	duo.client.peer->throttle_configure(1000, 5, 6);
	EXPECT_EQ(statistic(duo.client.peer, 12), 6);
}

TEST(GodotEnetPeerStatistic, PacketThrottleIntervalInMs) {
	EXPECT_EQ(fresh(Peer::PEER_PACKET_THROTTLE_INTERVAL, 13), 5000);
	FaceDuo duo;
	duo.client.peer->throttle_configure(1000, 5, 6);
	EXPECT_EQ(statistic(duo.client.peer, 13), 1000);
}

TEST(GodotEnetPeerStatistic, UnknownIsZero) {
	FaceDuo duo;
	for (const int number : {-1, 14, 1000}) EXPECT_EQ(statistic(duo.client.peer, number), 0) << number;
}

// --- attached and detached ---

TEST(GodotEnetDetached, ByTheDisconnectEvent) {
	FaceDuo duo;
	duo.client.peer->peer_disconnect();
	EXPECT_TRUE(duo.client.peer->is_active());
	duo.run_ms(10);
	EXPECT_FALSE(duo.client.peer->is_active());
	EXPECT_FALSE(duo.server.peer->is_active());
}

TEST(GodotEnetDetached, ByReset) {
	FaceDuo duo;
	duo.client.peer->reset();
	EXPECT_FALSE(duo.client.peer->is_active());
}

TEST(GodotEnetDetached, ByDisconnectNow) {
	FaceDuo duo;
	duo.client.peer->peer_disconnect_now();
	EXPECT_FALSE(duo.client.peer->is_active());
}

TEST(GodotEnetDetached, ByTheEndOfTheConnectionObject) {
	FaceDuo duo;
	duo.client.host.reset(new Connection);
	EXPECT_FALSE(duo.client.peer->is_active());
}

TEST(GodotEnetDetached, ForEverALaterDialHasAnotherHandle) {
	FaceDuo duo;
	const auto old = duo.client.peer;
	old->peer_disconnect_now();
	ASSERT_TRUE(duo.connect(duo.client, duo.server));
	EXPECT_NE(duo.client.peer, old);
	EXPECT_FALSE(old->is_active());
	old->peer_disconnect_now(); // must not touch the new one
	old->reset();
	duo.run_ms(100);
	EXPECT_TRUE(duo.client.peer->is_active());
	EXPECT_TRUE(duo.server.peer->is_active());
}

/// A handle detached in each way, with two packets in its queue.
void on_detached(const std::function<void(Peer &)> &check) {
	for (int way = 0; way < 5; ++way) {
		SCOPED_TRACE(way);
		FaceDuo duo;
		for (const char *word : {"one", "two"}) ASSERT_EQ(duo.client.peer->put_packet(view_of(word)), Error::OK);
		duo.run_ms(10);
		ASSERT_EQ(duo.server.peer->get_available_packet_count(), 2);
		const auto handle = duo.server.peer;
		if (way == 0) handle->reset();
		if (way == 1) handle->peer_disconnect_now();
		if (way == 2) duo.server->destroy();
		if (way == 3) duo.client.peer->peer_disconnect();
		if (way == 4) handle->peer_disconnect();
		duo.run_ms(10);
		check(*handle);
	}
}

TEST(GodotEnetDetached, IsActiveIsFalse) {
	on_detached([](Peer &peer) { EXPECT_FALSE(peer.is_active()); });
}

TEST(GodotEnetDetached, StateIsDisconnected) {
	on_detached([](Peer &peer) { EXPECT_EQ(peer.get_state(), Peer::STATE_DISCONNECTED); });
}

TEST(GodotEnetDetached, StatisticsChannelsAndPortAreZero) {
	on_detached([](Peer &peer) {
		for (int i = 0; i < 14; ++i) EXPECT_EQ(peer.get_statistic(static_cast<Peer::PeerStatistic>(i)), 0.0) << i;
		EXPECT_EQ(peer.get_channels(), 0);
		EXPECT_EQ(peer.get_remote_port(), 0);
	});
}

TEST(GodotEnetDetached, RemoteAddressIsEmpty) {
	on_detached([](Peer &peer) {
		EXPECT_EQ(peer.get_remote_address(), "");
		EXPECT_FALSE(peer.get_remote_endpoint().address.is_valid());
	});
}

TEST(EnetDetachedPeer, UserDataStays) {
	on_detached([](Peer &peer) {
		EXPECT_EQ(peer.get_user_data(), nullptr);
		int mine = 0;
		peer.set_user_data(&mine);
		EXPECT_EQ(peer.get_user_data(), &mine);
	});
}

TEST(GodotEnetDetached, SendIsUnconfigured) {
	on_detached([](Peer &peer) {
		EXPECT_EQ(peer.send(0, view_of("x"), 1), Error::ERR_UNCONFIGURED);
		EXPECT_EQ(peer.send(-1, view_of("x"), 4), Error::ERR_UNCONFIGURED); // before the arguments
	});
}

TEST(GodotEnetDetached, PutPacketIsUnconfigured) {
	on_detached([](Peer &peer) { EXPECT_EQ(peer.put_packet(view_of("x")), Error::ERR_UNCONFIGURED); });
}

TEST(GodotEnetDetached, QueuedPacketsStayFetchable) { // Godot: ERR_UNCONFIGURED, and they are lost
	on_detached([](Peer &peer) {
		ByteView packet;
		EXPECT_EQ(peer.get_packet(packet), Error::OK);
		EXPECT_EQ(string_of(packet), "one");
		EXPECT_EQ(peer.get_packet(packet), Error::OK);
		EXPECT_EQ(string_of(packet), "two");
		EXPECT_EQ(peer.get_packet(packet), Error::ERR_UNCONFIGURED);
		EXPECT_EQ(peer.get_packet_error(), Error::ERR_UNCONFIGURED);
	});
}

TEST(GodotEnetDetached, PacketCountStays) {
	on_detached([](Peer &peer) { EXPECT_EQ(peer.get_available_packet_count(), 2); });
}

TEST(GodotEnetDetached, PacketFlagsAreOfTheFirst) {
	on_detached([](Peer &peer) {
		EXPECT_EQ(peer.get_packet_flags(), 1);
		ByteView packet;
		while (peer.get_packet(packet) == Error::OK) {
		}
		EXPECT_EQ(peer.get_packet_flags(), 0);
	});
}

TEST(GodotEnetDetached, MaxPacketSizeStays) {
	on_detached([](Peer &peer) { EXPECT_EQ(peer.get_max_packet_size(), 16777216); });
}

TEST(GodotEnetDetached, VoidCallsDoNothing) {
	on_detached([](Peer &peer) {
		peer.peer_disconnect(1);
		peer.peer_disconnect_later(1);
		peer.peer_disconnect_now(1);
		peer.reset();
		peer.ping();
		peer.ping_interval(1);
		peer.set_timeout(1, 2, 3);
		peer.throttle_configure(1, 2, 3);
		EXPECT_FALSE(peer.is_active());
		EXPECT_EQ(peer.get_available_packet_count(), 2);
	});
}

TEST(GodotEnetDetached, DisconnectBeforeTheConnectionIsUpIsInactiveToo) {
	FaceWorld world;
	FaceHost &host = world.add_created();
	const SurePeer peer = host->connect_to_host("10.0.0.77", 9);
	peer->peer_disconnect();
	EXPECT_FALSE(peer->is_active());
}

// --- calls ---

TEST(GodotEnetPeerCalls, DisconnectDropsTheQueuesAndTellsTheOtherEnd) {
	FaceDuo duo(10);
	duo.run_ms(100);
	for (int i = 0; i < 10; ++i) ASSERT_EQ(duo.client.peer->put_packet(view_of("never sent")), Error::OK);
	duo.client.peer->peer_disconnect(7);
	EXPECT_EQ(duo.client.peer->get_state(), Peer::STATE_DISCONNECTING);
	duo.run_ms(1000);
	EXPECT_EQ(duo.server.count(Connection::EVENT_RECEIVE), 0u);
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 7u);
	EXPECT_EQ(duo.client.last(Connection::EVENT_DISCONNECT).data, 0u);
	EXPECT_EQ(duo.client.count(Connection::EVENT_DISCONNECT), 1u);
}

TEST(GodotEnetPeerCalls, DisconnectDropsWhatNoEventHasGivenYet) {
	FaceDuo duo;
	for (const char *word : {"a", "b"}) ASSERT_EQ(duo.client.peer->put_packet(view_of(word)), Error::OK);
	duo.client->flush();
	EXPECT_EQ(duo.server->service(0).type, Connection::EVENT_RECEIVE);
	duo.server.peer->peer_disconnect();
	duo.run_ms(10);
	EXPECT_EQ(duo.server.count(Connection::EVENT_RECEIVE), 0u); // "b"
	EXPECT_EQ(duo.server.count(Connection::EVENT_DISCONNECT), 1u);
}

TEST(GodotEnetPeerCalls, DisconnectEndsByTimeoutWhenNobodyAnswers) {
	FaceDuo duo;
	duo.link(duo.client, duo.server).settings.partitioned = true;
	duo.client.peer->peer_disconnect(7);
	ASSERT_TRUE(duo.run_until([&] { return duo.client.count(Connection::EVENT_DISCONNECT) == 1; }));
	EXPECT_EQ(duo.client.last(Connection::EVENT_DISCONNECT).data, 0u);
	EXPECT_EQ(duo.client.last(Connection::EVENT_DISCONNECT).reason, EnetDropReason::kTimedOut);
}

TEST(GodotEnetPeerCalls, DisconnectWhileConnectingGivesNoEvent) {
	FaceWorld world;
	FaceHost &server = world.add_created();
	FaceHost &client = world.add_created(1);
	world.dial(client, server);
	client->flush();
	client.peer->peer_disconnect(5);
	world.run_ms(60000);
	EXPECT_TRUE(client.events.empty());
	EXPECT_TRUE(server.events.empty());
	EXPECT_TRUE(world.connect(client, server)); // the slot is free
}

TEST(GodotEnetPeerCalls, DisconnectHasNoEffectWhereItIsEndingAlready) {
	FaceDuo duo(10);
	duo.client.peer->peer_disconnect(1);
	duo.client.peer->peer_disconnect(2);
	duo.client.peer->peer_disconnect_later(3);
	duo.run_ms(100);
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 1u);
	EXPECT_EQ(duo.client.count(Connection::EVENT_DISCONNECT), 1u);
}

TEST(GodotEnetPeerCalls, DisconnectOvertakesDisconnectLater) {
	FaceDuo duo(10);
	for (int i = 0; i < 4; ++i) ASSERT_EQ(duo.client.peer->put_packet(view_of("x")), Error::OK);
	duo.client.peer->peer_disconnect_later(3);
	duo.client.peer->peer_disconnect(4);
	EXPECT_EQ(duo.client.peer->get_state(), Peer::STATE_DISCONNECTING);
	duo.run_ms(100);
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 4u);
	EXPECT_EQ(duo.server.count(Connection::EVENT_RECEIVE), 0u);
}

TEST(GodotEnetPeerCalls, DisconnectLaterWaitsForWhatIsQueued) {
	FaceDuo duo(10);
	ASSERT_EQ(duo.client.peer->put_packet(bytes_of(std::string(500000, 'l'))), Error::OK);
	duo.client.peer->peer_disconnect_later(8);
	EXPECT_EQ(duo.client.peer->get_state(), Peer::STATE_DISCONNECT_LATER);
	EXPECT_EQ(duo.client.peer->send(0, view_of("late"), 1), Error::FAILED);
	ASSERT_TRUE(duo.run_until([&] { return duo.client.count(Connection::EVENT_DISCONNECT) == 1; }));
	ASSERT_EQ(duo.server.take_packets().size(), 1u);
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 8u);
}

TEST(GodotEnetPeerCalls, DisconnectLaterStillTakesReliableData) { // Godot discards it
	FaceDuo duo(10);
	duo.run_ms(100);
	ASSERT_EQ(duo.client.peer->put_packet(bytes_of(std::string(500000, 'l'))), Error::OK);
	duo.client.peer->peer_disconnect_later();
	ASSERT_EQ(duo.server.peer->put_packet(view_of("to the leaver")), Error::OK);
	ASSERT_TRUE(duo.run_until([&] { return duo.client.count(Connection::EVENT_DISCONNECT) == 1; }));
	EXPECT_EQ(duo.client.take_packets(), std::vector<std::string>{"0:to the leaver"});
}

TEST(GodotEnetPeerCalls, DisconnectLaterWithNothingQueuedIsDisconnect) {
	FaceDuo duo;
	duo.run_ms(100);
	duo.client.peer->peer_disconnect_later(8);
	EXPECT_EQ(duo.client.peer->get_state(), Peer::STATE_DISCONNECTING);
}

TEST(GodotEnetPeerCalls, DisconnectNowSendsOneDatagramAndGivesNoEvent) {
	FaceDuo duo;
	duo.run_ms(100);
	const uint64_t before = duo.sent(duo.client, duo.server);
	duo.client.peer->peer_disconnect_now(10);
	EXPECT_EQ(duo.sent(duo.client, duo.server), before + 1); // without service
	duo.run_ms(60000);
	EXPECT_EQ(duo.sent(duo.client, duo.server), before + 1);
	EXPECT_EQ(duo.client.count(Connection::EVENT_DISCONNECT), 0u);
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 10u);
}

TEST(GodotEnetPeerCalls, DisconnectNowLostOnTheWayIsATimeout) {
	FaceDuo duo;
	duo.run_ms(100);
	duo.link(duo.client, duo.server).drop_next(1);
	duo.client.peer->peer_disconnect_now(10);
	ASSERT_TRUE(duo.run_until([&] { return duo.server.count(Connection::EVENT_DISCONNECT) == 1; }));
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 0u);
}

TEST(GodotEnetPeerCalls, DisconnectNowWhileDisconnectingSendsNothingMore) {
	FaceDuo duo(10);
	duo.run_ms(100);
	duo.client.peer->peer_disconnect(1);
	duo.client->flush();
	const uint64_t before = duo.sent(duo.client, duo.server);
	duo.client.peer->peer_disconnect_now(2);
	EXPECT_EQ(duo.sent(duo.client, duo.server), before);
	EXPECT_FALSE(duo.client.peer->is_active());
}

TEST(GodotEnetPeerCalls, ResetSendsNothing) {
	FaceDuo duo;
	duo.run_ms(100);
	const uint64_t before = duo.sent(duo.client, duo.server);
	duo.client.peer->reset();
	ASSERT_TRUE(duo.run_until([&] { return duo.server.count(Connection::EVENT_DISCONNECT) == 1; }));
	EXPECT_EQ(duo.sent(duo.client, duo.server), before);
	EXPECT_EQ(duo.client.count(Connection::EVENT_DISCONNECT), 0u);
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 0u);
}

TEST(GodotEnetPeerCalls, PingQueuesOneWhenConnected) {
	FaceDuo duo;
	duo.run_ms(100);
	const uint64_t queued = duo.client.stats().queued_commands;
	duo.client.peer->ping();
	EXPECT_EQ(duo.client.stats().queued_commands, queued + 1);
	FaceHost &host = duo.add_created();
	const SurePeer dialled = host->connect_to_host("10.0.0.77", 9);
	EnetPeerStats before;
	EnetPeerStats after;
	ASSERT_EQ(dialled->get_stats(before), Error::OK);
	dialled->ping();
	ASSERT_EQ(dialled->get_stats(after), Error::OK);
	EXPECT_EQ(after.queued_commands, before.queued_commands); // the CONNECT alone
}

TEST(GodotEnetPeerCalls, PingsByItselfInSilence) {
	FaceDuo duo;
	duo.run_ms(1000);
	const uint64_t before = duo.client.stats().acknowledged_commands;
	duo.run_ms(10000);
	EXPECT_NEAR(static_cast<double>(duo.client.stats().acknowledged_commands - before), 20, 2);
}

TEST(GodotEnetPeerCalls, PingIntervalZeroIsTheDefault) {
	FaceDuo duo;
	duo.client.peer->ping_interval(100);
	duo.run_ms(1000);
	uint64_t before = duo.client.stats().acknowledged_commands;
	duo.run_ms(10000);
	EXPECT_NEAR(static_cast<double>(duo.client.stats().acknowledged_commands - before), 100, 5);
	duo.client.peer->ping_interval(0);
	duo.run_ms(1000);
	before = duo.client.stats().acknowledged_commands;
	duo.run_ms(10000);
	EXPECT_NEAR(static_cast<double>(duo.client.stats().acknowledged_commands - before), 20, 2);
}

/// Ms from a reliable packet nobody acknowledges to the DISCONNECT event.
int64_t ms_to_give_up(const std::function<void(Peer &)> &configure) {
	FaceDuo duo(10);
	duo.run_ms(3000);
	configure(*duo.client.peer);
	duo.link(duo.client, duo.server).settings.partitioned = true;
	EXPECT_EQ(duo.client.peer->put_packet(view_of("x")), Error::OK);
	const Instant start = duo.clock.now();
	EXPECT_TRUE(duo.run_until([&] { return duo.client.count(Connection::EVENT_DISCONNECT) == 1; }));
	return (duo.clock.now() - start).ms();
}

TEST(GodotEnetPeerCalls, TimeoutByTheMaximum) {
	const int64_t took = ms_to_give_up([](Peer &peer) { peer.set_timeout(1000, 1000, 1000); });
	EXPECT_GE(took, 1000);
	EXPECT_LT(took, 3000); // the resend after it
}

TEST(GodotEnetPeerCalls, TimeoutByTheFactorAndTheMinimum) {
	const int64_t soon = ms_to_give_up([](Peer &peer) { peer.set_timeout(4, 500, 30000); });
	EXPECT_GE(soon, 500);
	EXPECT_LT(soon, 1500);
	const int64_t standard = ms_to_give_up([](Peer &peer) { peer.set_timeout(0, 0, 0); });
	EXPECT_GE(standard, 5000);
	EXPECT_LT(standard, 11000);
	EXPECT_EQ(standard, ms_to_give_up([](Peer &) {})); // zeros are the defaults
}

TEST(GodotEnetPeerCalls, TimeoutOutOfOrderIsRefused) {
	FaceDuo duo;
	EXPECT_EQ(duo.client.peer->set_timeout(1001, 1000, 3000), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(duo.client.peer->set_timeout(8, 3001, 3000), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(duo.client.peer->set_timeout(8, 0, 4000), Error::ERR_INVALID_PARAMETER); // 5000 > 4000
	const int64_t standard = ms_to_give_up([](Peer &) {});
	EXPECT_EQ(standard, ms_to_give_up([](Peer &peer) { peer.set_timeout(8, 600, 500); })); // no change
}

TEST(GodotEnetPeerCalls, ThrottleConfigureReachesTheOtherEnd) {
	FaceDuo duo(10);
	duo.client.peer->throttle_configure(1234, 3, 4);
	EXPECT_EQ(duo.client.stats().packet_throttle_interval, 1234u);
	EXPECT_EQ(duo.server.stats().packet_throttle_interval, 5000u);
	duo.link(duo.client, duo.server).drop_next(1); // it is reliable
	duo.run_ms(1000);
	EXPECT_EQ(duo.server.stats().packet_throttle_interval, 1234u);
	EXPECT_EQ(duo.server.stats().packet_throttle_acceleration, 3u);
	EXPECT_EQ(duo.server.stats().packet_throttle_deceleration, 4u);
}

TEST(GodotEnetPeerCalls, SendChecksInOrder) {
	FaceDuo duo(0, 2);
	Peer &peer = *duo.client.peer;
	const std::string too_long((32u << 20) + 1, 'x');
	EXPECT_EQ(peer.send(-1, view_of("x"), 1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.send(3, view_of("x"), 1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.send(2, view_of("x"), 4), Error::ERR_INVALID_PARAMETER); // the flags before the last channel
	EXPECT_EQ(peer.send(0, bytes_of(too_long), 16), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.send(2, view_of("x"), 1), Error::FAILED);
	EXPECT_EQ(peer.send(0, bytes_of(too_long), 1), Error::FAILED);
	peer.peer_disconnect();
	EXPECT_EQ(peer.send(0, view_of("x"), 1), Error::FAILED); // a leaver has no channels
	EXPECT_EQ(peer.send(1, view_of("x"), 1), Error::ERR_INVALID_PARAMETER);
}

TEST(GodotEnetPeerCalls, SendOfMoreFragmentsThanFitIsRefused) { // Godot: up to 32 MiB
	FaceDuo duo;
	const std::string longest(size_t{24576} * 1364 + 1, 'x');
	EXPECT_EQ(duo.client.peer->send(0, bytes_of(longest), 1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(duo.client.stats().queued_commands, 0u);
	EXPECT_EQ(duo.client.peer->send(0, bytes_of(longest).first(longest.size() - 1), 1), Error::OK);
}

TEST(GodotEnetPeerCalls, SendIsDeliveredWithTheNextService) {
	FaceDuo duo;
	const uint64_t before = duo.sent(duo.client, duo.server);
	EXPECT_EQ(duo.client.peer->send(1, view_of("x"), 1), Error::OK);
	EXPECT_EQ(duo.sent(duo.client, duo.server), before);
	duo.run_ms(1);
	EXPECT_EQ(duo.server.take_packets(), std::vector<std::string>{"1:x"});
}

TEST(GodotEnetPeerCalls, ChannelsAreTheSmallerOfBoth) {
	FaceWorld world;
	FaceHost &server = world.add();
	ASSERT_EQ(server->create_host(4, 3), Error::OK);
	FaceHost &client = world.add_created(2);
	const auto handle = world.dial(client, server, 9);
	EXPECT_EQ(handle->get_channels(), 9); // its own wish until it is answered
	ASSERT_TRUE(world.run_until([&] { return server.count(Connection::EVENT_CONNECT) == 1; }));
	EXPECT_EQ(handle->get_channels(), 3);
	EXPECT_EQ(server.peer->get_channels(), 3);
	handle->reset();
	EXPECT_EQ(handle->get_channels(), 0);
}

TEST(GodotEnetPeerCalls, RemoteAddressAndPort) {
	FaceDuo duo;
	EXPECT_EQ(duo.client.peer->get_remote_address(), "10.0.0.1");
	EXPECT_EQ(duo.client.peer->get_remote_port(), 4001);
	EXPECT_EQ(duo.server.peer->get_remote_address(), "10.0.0.2");
	EXPECT_EQ(duo.server.peer->get_remote_port(), 4002);
}

// --- the PacketPeer side ---

TEST(GodotEnetPackets, PutPacketIsReliableOnChannelZero) {
	FaceDuo duo;
	ASSERT_EQ(duo.client.peer->put_packet(view_of("x")), Error::OK);
	duo.run_ms(1);
	EXPECT_EQ(duo.server.last(Connection::EVENT_RECEIVE).channel, 0);
	EXPECT_EQ(duo.server.peer->get_packet_flags(), 1);
}

TEST(GodotEnetPackets, PutPacketWhileConnectingFails) {
	FaceWorld world;
	FaceHost &host = world.add_created();
	EXPECT_EQ(SurePeer(host->connect_to_host("10.0.0.77", 9))->put_packet(view_of("x")), Error::FAILED);
}

TEST(GodotEnetPackets, PutPacketOfNothingIsOkAndSendsNothing) {
	FaceDuo duo;
	EXPECT_EQ(duo.client.peer->put_packet(ByteView()), Error::OK);
	EXPECT_EQ(duo.client.stats().queued_commands, 0u);
	duo.client.peer->reset();
	EXPECT_EQ(duo.client.peer->put_packet(ByteView()), Error::OK);
}

TEST(GodotEnetPackets, GetPacketOfAnEmptyQueueIsUnavailable) {
	FaceDuo duo;
	ByteView packet = view_of("before");
	EXPECT_EQ(duo.client.peer->get_packet_error(), Error::OK);
	EXPECT_EQ(duo.client.peer->get_packet(packet), Error::ERR_UNAVAILABLE);
	EXPECT_TRUE(packet.empty());
	EXPECT_EQ(duo.client.peer->get_packet_error(), Error::ERR_UNAVAILABLE);
}

TEST(GodotEnetPackets, BytesStayUntilTheNextGetPacket) {
	FaceDuo duo;
	for (const char *word : {"one", "two"}) ASSERT_EQ(duo.client.peer->put_packet(view_of(word)), Error::OK);
	duo.run_ms(1);
	ByteView first;
	ASSERT_EQ(duo.server.peer->get_packet(first), Error::OK);
	duo.client.peer->reset();
	duo.server->destroy();
	EXPECT_EQ(string_of(first), "one");
}

TEST(GodotEnetPackets, OneQueueForAllChannelsInEventOrder) {
	FaceDuo duo;
	for (const int channel : {3, 0, 2, 1, 3})
		ASSERT_EQ(duo.client.peer->send(channel, bytes_of(std::to_string(channel)), 1), Error::OK);
	duo.run_ms(1);
	EXPECT_EQ(duo.server.peer->get_available_packet_count(), 5);
	EXPECT_EQ(duo.server.take_packets(), (std::vector<std::string>{"3:3", "0:0", "2:2", "1:1", "3:3"}));
}

TEST(GodotEnetPackets, FlagsAreOfTheNextPacket) {
	FaceDuo duo;
	const int sent[] = {1, 2, 0, 8, 3, 9, 10};
	const std::string large(5000, 'f');
	for (const int flags : sent) {
		ASSERT_EQ(duo.client.peer->send(0, view_of("x"), flags), Error::OK);
		duo.run_ms(1);
	}
	ASSERT_EQ(duo.client.peer->send(0, bytes_of(large), 8), Error::OK);
	duo.run_ms(1);
	const int got[] = {1, 2, 0, 0, 1, 1, 2, 8}; // a small packet with flag 8 is plain unreliable
	for (const int flags : got) {
		EXPECT_EQ(duo.server.peer->get_packet_flags(), flags);
		ByteView packet;
		EXPECT_EQ(duo.server.peer->get_packet(packet), Error::OK);
	}
	EXPECT_EQ(duo.server.peer->get_packet_flags(), 0);
}

TEST(GodotEnetPackets, MaxPacketSize) {
	FaceDuo duo;
	EXPECT_EQ(duo.client.peer->get_max_packet_size(), 16777216);
}

TEST(GodotEnetPackets, EmptyPacketsArriveThroughSend) {
	FaceDuo duo;
	ASSERT_EQ(duo.client.peer->send(0, ByteView(), 1), Error::OK);
	duo.run_ms(1);
	ByteView packet;
	EXPECT_EQ(duo.server.count(Connection::EVENT_RECEIVE), 1u);
	EXPECT_EQ(duo.server.peer->get_packet(packet), Error::OK);
	EXPECT_TRUE(packet.empty());
}

TEST(GodotEnetPackets, LongPacketsAreReliableFragmentsUnlessFlag8) {
	FaceDuo duo;
	const std::string large(5000, 'f');
	for (const int flags : {0, 1, 2, 9, 8, 10}) {
		ASSERT_EQ(duo.client.peer->send(0, bytes_of(large), flags), Error::OK);
		duo.client->flush();
		EXPECT_EQ(duo.client.stats().unacknowledged_commands != 0, (flags & 8) == 0 || (flags & 1) != 0) << flags;
		duo.run_ms(1);
		EXPECT_EQ(duo.server.take_packets(), std::vector<std::string>{"0:" + large});
	}
}

TEST(GodotEnetPackets, FragmentsStartAtTheMtuLess28) {
	FaceDuo duo;
	for (const size_t size : {1364u, 1365u}) { // MTU 1392
		ASSERT_EQ(duo.client.peer->send(0, bytes_of(std::string(size, 'x')), 1), Error::OK);
		duo.client->flush();
		EXPECT_EQ(duo.client.stats().unacknowledged_commands, size == 1364 ? 1u : 2u);
		duo.run_ms(1);
	}
}

} // namespace
