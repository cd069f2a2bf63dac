// Every way a connection can end between netpeer and stock libenet, from either end, and what each end is told.
#include "interop_link.h"

using namespace interop;

namespace {

class InteropDisconnect : public ::testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(Roles, InteropDisconnect, ::testing::ValuesIn(roles()), role_name);

} // namespace

TEST_P(InteropDisconnect, DisconnectTellsTheOtherEndTheDataAndOurselvesZero) {
	for (const bool server_leaves : {false, true}) {
		Link link(GetParam());
		ASSERT_TRUE(link.connect());
		const Path path = link.path(server_leaves);
		SCOPED_TRACE(path.text());
		path.from->disconnect(path.from_conn, 0xfeedf00d);
		EXPECT_FALSE(path.from->send(path.from_conn, 0, view(payload_of(1, 4)), kReliable));
		EXPECT_TRUE(disconnects(link, *path.to, path.to_conn, 0xfeedf00d));
		EXPECT_TRUE(disconnects(link, *path.from, path.from_conn, 0));
		link.run_for(30);
		EXPECT_TRUE(path.to->events.empty());
		EXPECT_TRUE(path.from->events.empty());
		EXPECT_EQ(path.to->connected_peers(), 0u);
		EXPECT_EQ(path.from->connected_peers(), 0u);
	}
}

TEST_P(InteropDisconnect, DisconnectLaterDeliversEverythingQueuedFirst) {
	for (const bool server_leaves : {false, true}) {
		Link link(GetParam());
		ASSERT_TRUE(link.connect());
		const Path path = link.path(server_leaves);
		SCOPED_TRACE(path.text());
		std::vector<std::vector<uint8_t>> sent;
		for (size_t i = 0; i < 200; ++i) {
			sent.push_back(payload_of(i, i % 20 == 0 ? 9000 : 200));
			ASSERT_TRUE(path.from->send(path.from_conn, 1, view(sent.back()), kReliable));
		}
		path.from->disconnect_later(path.from_conn, 41);
		EXPECT_FALSE(path.from->send(path.from_conn, 0, view(sent[0]), kReliable)) << "no sending after that";
		for (const std::vector<uint8_t> &bytes : sent) ASSERT_TRUE(arrives(link, path, 1, bytes, kReliable));
		EXPECT_TRUE(disconnects(link, *path.to, path.to_conn, 41));
		EXPECT_TRUE(disconnects(link, *path.from, path.from_conn, 0));
	}
}

TEST_P(InteropDisconnect, DisconnectLaterWithNothingQueuedIsADisconnect) {
	for (const bool server_leaves : {false, true}) {
		Link link(GetParam());
		ASSERT_TRUE(link.connect());
		ASSERT_TRUE(link.run_until([&] { return link.is_quiet(); }));
		const Path path = link.path(server_leaves);
		SCOPED_TRACE(path.text());
		path.from->disconnect_later(path.from_conn, 42);
		EXPECT_TRUE(disconnects(link, *path.to, path.to_conn, 42));
		EXPECT_TRUE(disconnects(link, *path.from, path.from_conn, 0));
	}
}

TEST_P(InteropDisconnect, DisconnectNowTellsOnlyTheOtherEnd) {
	for (const bool server_leaves : {false, true}) {
		Link link(GetParam());
		ASSERT_TRUE(link.connect());
		ASSERT_TRUE(link.run_until([&] { return link.is_quiet(); }));
		const Path path = link.path(server_leaves);
		SCOPED_TRACE(path.text());
		path.from->disconnect_now(path.from_conn, 43);
		EXPECT_EQ(path.from->stats(path.from_conn).state, kStateDisconnected);
		EXPECT_TRUE(disconnects(link, *path.to, path.to_conn, 43));
		link.run_for(30);
		EXPECT_TRUE(path.from->events.empty());
		EXPECT_TRUE(path.to->events.empty());
	}
}

TEST_P(InteropDisconnect, ResetIsSilentAndTheOtherEndTimesOut) {
	for (const bool server_leaves : {false, true}) {
		Link link(GetParam());
		ASSERT_TRUE(link.connect());
		ASSERT_TRUE(link.run_until([&] { return link.is_quiet(); }));
		const Path path = link.path(server_leaves);
		SCOPED_TRACE(path.text());
		shorten_timeout(*path.to, path.to_conn);
		path.to->set_ping_interval(path.to_conn, 20);
		path.from->reset(path.from_conn);
		EXPECT_EQ(path.from->stats(path.from_conn).state, kStateDisconnected);
		EXPECT_TRUE(disconnects(link, *path.to, path.to_conn, 0));
		EXPECT_TRUE(path.from->events.empty());
	}
}

TEST_P(InteropDisconnect, PeerThatVanishesTimesOut) {
	for (const bool server_vanishes : {false, true}) {
		Link link(GetParam());
		ASSERT_TRUE(link.connect());
		ASSERT_TRUE(link.run_until([&] { return link.is_quiet(); }));
		const Path path = link.path(server_vanishes);
		SCOPED_TRACE(path.text());
		shorten_timeout(*path.to, path.to_conn);
		(server_vanishes ? link.server : link.client).reset();
		const std::vector<uint8_t> lost = payload_of(1, 50);
		ASSERT_TRUE(path.to->send(path.to_conn, 0, view(lost), kReliable));
		const int64_t start = wall_ms();
		EXPECT_TRUE(disconnects(link, *path.to, path.to_conn, 0));
		EXPECT_GE(wall_ms() - start, 190) << "the minimum was 200 ms";
		EXPECT_LE(wall_ms() - start, 3000) << "the maximum was 400 ms";
		EXPECT_EQ(path.to->connected_peers(), 0u);
	}
}

TEST_P(InteropDisconnect, BothEndsLeavingAtOnceBothGetAnEvent) {
	Link link(GetParam());
	ASSERT_TRUE(link.connect());
	ASSERT_TRUE(link.run_until([&] { return link.is_quiet(); }));
	shorten_timeout(*link.server, link.at_server);
	shorten_timeout(*link.client, link.at_client);
	link.server->disconnect(link.at_server, 51);
	link.client->disconnect(link.at_client, 52);
	SideEvent at_server, at_client;
	ASSERT_TRUE(next_event(link, *link.server, at_server));
	ASSERT_TRUE(next_event(link, *link.client, at_client));
	EXPECT_EQ(at_server.what, What::kDisconnect);
	EXPECT_EQ(at_client.what, What::kDisconnect);
	link.run_for(30);
	EXPECT_TRUE(link.server->events.empty());
	EXPECT_TRUE(link.client->events.empty());
}

TEST_P(InteropDisconnect, IdleConnectionStaysUpOnPingsAlone) {
	Link link(GetParam());
	ASSERT_TRUE(link.connect());
	for (const bool from_server : {false, true}) {
		const Path path = link.path(from_server);
		path.from->set_ping_interval(path.from_conn, 30);
		path.from->set_timeout(path.from_conn, 8, 100, 250);
	}
	link.run_for(800);
	EXPECT_TRUE(link.server->events.empty());
	EXPECT_TRUE(link.client->events.empty());
	EXPECT_EQ(link.server->stats(link.at_server).state, kStateConnected);
	EXPECT_EQ(link.client->stats(link.at_client).state, kStateConnected);
	EXPECT_LT(link.server->stats(link.at_server).round_trip_time, 60u);
	EXPECT_LT(link.client->stats(link.at_client).round_trip_time, 60u);
}

TEST_P(InteropDisconnect, UndeliveredReliableDataGoesWithADisconnect) {
	Link link(GetParam());
	ASSERT_TRUE(link.connect());
	for (size_t i = 0; i < 2000; ++i) {
		ASSERT_TRUE(link.client->send(link.at_client, 0, view(payload_of(i, 1000)), kReliable));
	}
	link.client->disconnect(link.at_client, 7); // 2 MB were queued: some may have left, most have not
	size_t packets = 0;
	SideEvent event;
	do {
		ASSERT_TRUE(next_event(link, *link.server, event));
		if (event.what == What::kReceive) {
			ASSERT_EQ(event.bytes, payload_of(packets, 1000));
			++packets;
		}
	} while (event.what == What::kReceive);
	EXPECT_EQ(event.what, What::kDisconnect);
	EXPECT_EQ(event.data, 7u);
	EXPECT_LT(packets, 2000u);
	EXPECT_TRUE(disconnects(link, *link.client, link.at_client, 0));
}
