// What ENetConnection and ENetPacketPeer add to Godot's: pauses, reasons, queue lengths, acknowledgement counts.
#include "../godot/face_world.h"

using namespace netpeer;
using namespace netpeer_test;

namespace {

using Connection = ENetConnection;

TEST(EnetPause, TenMinutesCostNoConnectionAndPingsGoOn) {
	FaceDuo duo(/*latency_ms=*/20);
	duo.run_ms(2000);
	ASSERT_EQ(duo.client.peer->put_packet(view_of("in flight")), Error::OK);
	duo.client->flush();
	duo.server->pause();
	duo.client->pause();
	EXPECT_TRUE(duo.server->is_paused());
	const uint64_t before = duo.sent(duo.client, duo.server);
	duo.run_ms(600000);
	EXPECT_EQ(duo.sent(duo.client, duo.server), before); // nothing leaves meanwhile
	EXPECT_TRUE(duo.server->next_service_time().is_never());
	duo.server->resume();
	duo.client->resume();
	EXPECT_FALSE(duo.server->is_paused());
	duo.run_ms(10000);
	EXPECT_EQ(duo.server.count(Connection::EVENT_DISCONNECT), 0u);
	EXPECT_EQ(duo.client.count(Connection::EVENT_DISCONNECT), 0u);
	EXPECT_EQ(duo.server.take_packets(), std::vector<std::string>{"0:in flight"});
	EXPECT_GE(duo.sent(duo.client, duo.server), before + 15); // pings, twice a second, and acknowledgements
	EXPECT_LT(duo.client.stats().round_trip_time, 100u);      // the pause is in no sample
	ASSERT_EQ(duo.server.peer->put_packet(view_of("back")), Error::OK);
	duo.run_ms(100);
	EXPECT_EQ(duo.client.take_packets(), std::vector<std::string>{"0:back"});
}

TEST(EnetPause, WithoutOneTheSameTenMinutesEndTheConnection) {
	FaceDuo duo(20);
	duo.run_ms(2000);
	duo.client->pause(); // the other end goes on
	ASSERT_TRUE(duo.run_until([&] { return duo.server.count(Connection::EVENT_DISCONNECT) == 1; }));
}

TEST(EnetPause, RunsOnTimesTheCallerTells) {
	FaceDuo duo;
	Instant now = duo.clock.now();
	(void)duo.client->service_at(now);
	(void)duo.server->service_at(now);
	duo.client->pause();
	duo.server->pause();
	duo.client->resume();
	duo.server->resume();
	duo.client->flush(); // does not guess at the time
	now = now + Duration::from_s(600);
	for (int i = 0; i < 2000; ++i) {
		EXPECT_EQ(duo.client->service_at(now).type, Connection::EVENT_NONE);
		EXPECT_EQ(duo.server->service_at(now).type, Connection::EVENT_NONE);
		now = now + Duration::from_ms(5);
	}
	EXPECT_TRUE(duo.client.peer->is_active());
	EXPECT_TRUE(duo.server.peer->is_active());
}

TEST(EnetPause, EventsOfBeforeAreStillGiven) {
	FaceDuo duo;
	for (const char *word : {"a", "b"}) ASSERT_EQ(duo.client.peer->put_packet(view_of(word)), Error::OK);
	duo.client->flush();
	EXPECT_EQ(duo.server->service(0).type, Connection::EVENT_RECEIVE);
	duo.server->pause();
	duo.server->pause();
	EXPECT_EQ(duo.server->service(0).type, Connection::EVENT_RECEIVE);
	EXPECT_EQ(duo.server->service(1000000).type, Connection::EVENT_NONE);
}

TEST(EnetPause, AnAttemptToConnectWaitsToo) {
	FaceWorld world;
	FaceHost &server = world.add_created();
	FaceHost &client = world.add_created(1);
	client->pause();
	const auto handle = world.dial(client, server);
	ASSERT_NE(handle, nullptr);
	world.run_ms(600000);
	EXPECT_EQ(handle->get_state(), ENetPacketPeer::STATE_CONNECTING);
	EXPECT_EQ(world.sent(client, server), 0u);
	client->resume();
	ASSERT_TRUE(world.run_until([&] { return server.count(Connection::EVENT_CONNECT) == 1; }, 100));
}

TEST(EnetPause, FarewellLeavesWhenTimeGoesOn) {
	FaceDuo duo;
	duo.client->pause();
	duo.client.peer->peer_disconnect_now(3);
	duo.run_ms(1000);
	EXPECT_EQ(duo.server.count(Connection::EVENT_DISCONNECT), 0u);
	duo.client->resume();
	duo.run_ms(10);
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 3u);
}

TEST(EnetPause, NoEffectWhenInactiveAndGoneAfterDestroy) {
	FaceWorld world;
	FaceHost &host = world.add();
	host->pause();
	EXPECT_FALSE(host->is_paused());
	host->resume();
	ASSERT_EQ(host->create_host(1), Error::OK);
	host->pause();
	host->destroy();
	ASSERT_EQ(host->create_host(1), Error::OK);
	EXPECT_FALSE(host->is_paused());
}

TEST(EnetPause, StepLongerThanTheLongestCountsAsAPause) {
	FaceDuo duo(20);
	EXPECT_EQ(duo.client->set_longest_step(-1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(duo.client->set_longest_step(2000), Error::OK);
	EXPECT_EQ(duo.server->set_longest_step(2000), Error::OK);
	duo.run_ms(3000);
	ASSERT_EQ(duo.client.peer->put_packet(view_of("at the breakpoint")), Error::OK);
	duo.client->flush();
	duo.link(duo.client, duo.server).drop_next(1);
	duo.clock.advance(Duration::from_s(600)); // nobody runs
	ASSERT_EQ(duo.client.peer->put_packet(view_of("first call after")), Error::OK);
	duo.client->flush();
	duo.run_ms(5000);
	EXPECT_EQ(duo.server.count(Connection::EVENT_DISCONNECT), 0u);
	EXPECT_EQ(duo.client.count(Connection::EVENT_DISCONNECT), 0u);
	EXPECT_EQ(duo.server.take_packets().size(), 2u);
}

// --- why, how much ---

TEST(EnetFaceExtras, HandleKnowsWhyItIsOver) {
	{
		FaceDuo duo;
		EXPECT_EQ(duo.client.peer->get_drop_reason(), EnetDropReason::kNone);
		duo.client.peer->peer_disconnect(1);
		EXPECT_EQ(duo.client.peer->get_drop_reason(), EnetDropReason::kNone);
		duo.run_ms(10);
		EXPECT_EQ(duo.client.peer->get_drop_reason(), EnetDropReason::kWeAsked);
		EXPECT_EQ(duo.server.peer->get_drop_reason(), EnetDropReason::kRemoteAsked);
	}
	{
		FaceDuo duo;
		duo.client.peer->peer_disconnect_now();
		EXPECT_EQ(duo.client.peer->get_drop_reason(), EnetDropReason::kWeLeft);
		duo.server.peer->reset();
		EXPECT_EQ(duo.server.peer->get_drop_reason(), EnetDropReason::kWeLeft);
	}
	{
		FaceDuo duo;
		duo.link(duo.client, duo.server).settings.partitioned = true;
		ASSERT_EQ(duo.client.peer->put_packet(view_of("x")), Error::OK);
		ASSERT_TRUE(duo.run_until([&] { return duo.client.count(Connection::EVENT_DISCONNECT) == 1; }));
		EXPECT_EQ(duo.client.peer->get_drop_reason(), EnetDropReason::kTimedOut);
		EXPECT_EQ(duo.client.last(Connection::EVENT_DISCONNECT).reason, EnetDropReason::kTimedOut);
	}
	{
		FaceWorld world;
		FaceHost &host = world.add_created();
		const SurePeer dialled = host->connect_to_host("10.0.0.77", 9);
		ASSERT_TRUE(world.run_until([&] { return host.count(Connection::EVENT_DISCONNECT) == 1; }));
		EXPECT_EQ(dialled->get_drop_reason(), EnetDropReason::kConnectTimedOut);
		const SurePeer other = host->connect_to_host("10.0.0.77", 9);
		host->destroy();
		EXPECT_EQ(other->get_drop_reason(), EnetDropReason::kHostDestroyed);
	}
}

TEST(EnetFaceExtras, AcknowledgedCommandsAreCounted) {
	FaceDuo duo(10);
	duo.run_ms(100);
	const uint64_t before = duo.client.stats().acknowledged_commands;
	for (int i = 0; i < 5; ++i) ASSERT_EQ(duo.client.peer->put_packet(view_of("reliable")), Error::OK);
	ASSERT_EQ(duo.client.peer->send(0, view_of("not"), 0), Error::OK);
	duo.client->flush();
	EXPECT_EQ(duo.client.stats().unacknowledged_commands, 5u);
	EXPECT_EQ(duo.client.stats().acknowledged_commands, before);
	duo.run_ms(30);
	EXPECT_EQ(duo.client.stats().unacknowledged_commands, 0u);
	EXPECT_EQ(duo.client.stats().acknowledged_commands, before + 5);
}

TEST(EnetFaceExtras, QueueIsCountedInCommandsAndBytes) {
	FaceDuo duo(10);
	duo.run_ms(100);
	EXPECT_EQ(duo.client.stats().queued_commands, 0u);
	EXPECT_EQ(duo.client.stats().queued_data, 0u);
	const std::string large(300000, 'l'); // several windows
	ASSERT_EQ(duo.client.peer->send(0, bytes_of(large), 1), Error::OK);
	ASSERT_EQ(duo.client.peer->send(1, bytes_of(std::string(100, 's')), 0), Error::OK);
	ASSERT_EQ(duo.client.peer->send(1, bytes_of(std::string(9000, 'f')), 8), Error::OK);
	EXPECT_EQ(duo.client.stats().queued_commands, 3u);
	EXPECT_EQ(duo.client.stats().queued_data, 309100u);
	duo.client->flush();
	const EnetPeerStats sent = duo.client.stats();
	EXPECT_EQ(sent.queued_data + sent.reliable_data_in_transit, 300000u); // the unreliable ones are gone
	EXPECT_GT(sent.queued_data, 0u);
	ASSERT_TRUE(duo.run_until([&] { return duo.client.stats().unacknowledged_commands == 0; }));
	EXPECT_EQ(duo.client.stats().queued_data, 0u);
	EXPECT_EQ(duo.client.stats().queued_commands, 0u);
	EXPECT_EQ(duo.server.take_packets().size(), 3u);
}

TEST(EnetFaceExtras, DroppedQueueCountsNothing) {
	FaceDuo duo;
	ASSERT_EQ(duo.client.peer->send(0, bytes_of(std::string(200000, 'l')), 1), Error::OK);
	duo.client->flush();
	duo.client.peer->peer_disconnect();
	EXPECT_EQ(duo.client.stats().queued_data, 0u);
	EXPECT_EQ(duo.client.stats().queued_commands, 1u); // the DISCONNECT
}

TEST(EnetFaceExtras, ThrottledPacketLeavesTheQueueCount) {
	FaceDuo duo(20);
	duo.run_ms(6000);
	duo.client.peer->throttle_configure(5000, 0, 32); // the first slower round trip takes it to 0
	duo.link(duo.server, duo.client).settings.latency = Duration::from_ms(400);
	ASSERT_TRUE(duo.run_until([&] { return duo.client.stats().packet_throttle == 0; }));
	ASSERT_EQ(duo.client.peer->send(0, bytes_of(std::string(5000, 'u')), 8), Error::OK);
	EXPECT_EQ(duo.client.stats().queued_data, 5000u);
	duo.client->flush();
	EXPECT_EQ(duo.client.stats().queued_data, 0u);
	EXPECT_EQ(duo.client.counters().throttled_packets, 1u);
}

TEST(EnetFaceExtras, DropsAreCountedByReason) {
	FaceDuo duo;
	FaceHost &stranger = duo.add_created();
	const uint16_t port = duo.server.at.port;
	stranger->socket_send(duo.server.address.c_str(), port, bytes_of(std::string(1, '\0')));
	stranger->socket_send(duo.server.address.c_str(), port, bytes_of(std::string("\x00\x03", 2) + "nobody"));
	stranger->socket_send(duo.server.address.c_str(), port, bytes_of(std::string("\x00\x00", 2) + "someone else"));
	stranger->socket_send(duo.server.address.c_str(), port, bytes_of(std::string("\x4f\xff", 2) + "compressed"));
	duo.run_ms(1);
	const EnetHostCounters counters = duo.server.counters();
	EXPECT_EQ(counters.dropped_short, 1u);
	EXPECT_EQ(counters.dropped_unknown_peer, 1u);
	EXPECT_EQ(counters.dropped_wrong_address, 1u);
	EXPECT_EQ(counters.dropped_decompression, 1u);
	EXPECT_TRUE(duo.server.peer->is_active());
}

TEST(EnetFaceExtras, DatagramsTheSystemWillNeverTakeAreCounted) {
	Connection inactive;
	EXPECT_EQ(inactive.get_send_errors(), 0u);
	FaceDuo duo;
	const std::string huge(70000, 'h');
	(void)duo.client->socket_send(duo.server.address.c_str(), duo.server.at.port, bytes_of(huge));
	EXPECT_EQ(duo.client->get_send_errors(), 1u);
}

TEST(EnetFaceExtras, ConnectTimeoutIsSettable) {
	FaceWorld world;
	FaceHost &host = world.add();
	EXPECT_EQ(host->set_connect_timeout(0), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host->set_connect_timeout(1200), Error::OK);
	ASSERT_EQ(host->create_host(1), Error::OK);
	EXPECT_EQ(host->set_connect_timeout(5000), Error::ERR_ALREADY_IN_USE);
	const Instant start = world.clock.now();
	ASSERT_NE(host->connect_to_host("10.0.0.77", 9), nullptr);
	ASSERT_TRUE(world.run_until([&] { return host.count(Connection::EVENT_DISCONNECT) == 1; }));
	EXPECT_EQ((world.clock.now() - start).ms(), 1200);
}

} // namespace
