// Loss, duplicates and reordering between netpeer and stock libenet: each resends what the other missed.
#include "interop_link.h"

#include <cstring>

using namespace interop;

namespace {

class InteropLoss : public ::testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(Roles, InteropLoss, ::testing::ValuesIn(roles()), role_name);

SideConfig dropping(uint64_t mask) {
	SideConfig config;
	config.faults.drop_received = mask;
	return config;
}

Faults losing(double probability, uint64_t seed) {
	Faults faults;
	faults.lose_received = probability;
	faults.seed = seed;
	return faults;
}

Faults shuffling(uint64_t seed) {
	Faults faults;
	faults.duplicate = 0.2;
	faults.hold_back = 0.2;
	faults.seed = seed;
	return faults;
}

// The round-trip estimate starts at 500 ms; a few answers make resends quick.
void settle_round_trip(Link &link) {
	for (int i = 0; i < 30; ++i) {
		for (const bool from_server : {false, true}) {
			const Path path = link.path(from_server);
			const std::vector<uint8_t> bytes = payload_of(1, 5);
			ASSERT_TRUE(path.from->send(path.from_conn, 0, view(bytes), kReliable));
			ASSERT_TRUE(arrives(link, path, 0, bytes, kReliable));
		}
	}
}

size_t size_of(size_t index) { return index % 50 == 49 ? 6000 : 20 + index % 200; }

// `count` packets each way at the same time, on two channels, each exactly once and in order per channel.
void exchange_reliable(Link &link, size_t count) {
	struct End {
		Side *side;
		size_t received[2];
	};
	End ends[2] = {{link.server.get(), {0, 0}}, {link.client.get(), {0, 0}}};
	const auto collect = [&] {
		for (End &end : ends) {
			while (!end.side->events.empty()) {
				const SideEvent event = std::move(end.side->events.front());
				end.side->events.pop_front();
				ASSERT_EQ(event.what, What::kReceive) << "at " << end.side->name();
				ASSERT_LT(event.channel, 2);
				const size_t index = 2 * end.received[event.channel]++ + event.channel;
				ASSERT_EQ(event.bytes, payload_of(index, size_of(index))) << "packet " << index;
			}
		}
	};
	for (size_t i = 0; i < count; ++i) {
		for (const bool from_server : {false, true}) {
			const Path path = link.path(from_server);
			ASSERT_TRUE(path.from->send(
			        path.from_conn, static_cast<uint8_t>(i % 2), view(payload_of(i, size_of(i))), kReliable));
		}
		if (i % 16 == 15) step_all(link.sides());
	}
	ASSERT_TRUE(link.run_until([&] {
		collect();
		return ::testing::Test::HasFatalFailure() || (ends[0].received[0] + ends[0].received[1] == count &&
		                                                     ends[1].received[0] + ends[1].received[1] == count);
	})) << ends[0].received[0] + ends[0].received[1]
	    << " at the server, " << ends[1].received[0] + ends[1].received[1] << " at the client";
	link.run_for(20);
	EXPECT_TRUE(link.server->events.empty());
	EXPECT_TRUE(link.client->events.empty());
}

} // namespace

TEST_P(InteropLoss, ConnectionIsMadeThoughTheRequestIsLost) {
	Link link(GetParam(), dropping(0b1));
	ASSERT_TRUE(link.connect(2, 5));
	EXPECT_EQ(link.server_event.data, 5u);
	settle_round_trip(link);
}

TEST_P(InteropLoss, ConnectionIsMadeThoughTheAnswerIsLost) {
	Link link(GetParam(), SideConfig{}, dropping(0b1));
	ASSERT_TRUE(link.connect(2, 5));
	EXPECT_EQ(link.server_event.data, 5u);
	settle_round_trip(link);
}

TEST_P(InteropLoss, ConnectionIsMadeThoughTheAcknowledgementOfTheAnswerIsLost) {
	// The dialler is connected and asks nothing any more: only a resent answer brings the server forward.
	Link link(GetParam(), dropping(0b10));
	ASSERT_TRUE(link.connect(2, 5));
	EXPECT_EQ(link.server_event.data, 5u);
	settle_round_trip(link);
}

TEST_P(InteropLoss, ConnectionIsMadeThoughRequestAndAnswerAreLost) {
	Link link(GetParam(), dropping(0b1), dropping(0b1));
	ASSERT_TRUE(link.connect(2, 5));
	EXPECT_EQ(link.server_event.data, 5u);
	settle_round_trip(link);
}

TEST_P(InteropLoss, ReliablePacketsArriveOnceAndInOrderThroughLoss) {
	for (const double loss : {0.02, 0.2}) {
		Link link(GetParam());
		ASSERT_TRUE(link.connect(2));
		settle_round_trip(link);
		link.server->set_faults(losing(loss, 11));
		link.client->set_faults(losing(loss, 12));
		exchange_reliable(link, 2000);
	}
}

TEST_P(InteropLoss, ReliablePacketsArriveOnceAndInOrderThroughDuplicatesAndReordering) {
	Link link(GetParam());
	ASSERT_TRUE(link.connect(2));
	settle_round_trip(link);
	link.server->set_faults(shuffling(21));
	link.client->set_faults(shuffling(22));
	exchange_reliable(link, 4000);
}

TEST_P(InteropLoss, LargeMessageArrivesThroughLoss) {
	Link link(GetParam());
	ASSERT_TRUE(link.connect(1));
	settle_round_trip(link);
	link.server->set_faults(losing(0.05, 31));
	link.client->set_faults(losing(0.05, 32));
	for (const bool from_server : {false, true}) {
		const Path path = link.path(from_server);
		const std::vector<uint8_t> bytes = payload_of(1, 500000);
		ASSERT_TRUE(path.from->send(path.from_conn, 0, view(bytes), kReliable));
		EXPECT_TRUE(arrives(link, path, 0, bytes, kReliable));
	}
}

TEST_P(InteropLoss, UnreliablePacketsStayInOrderAndSingleThroughDuplicatesAndReordering) {
	for (const uint32_t flags : {kUnreliable, kUnsequenced}) {
		Link link(GetParam());
		ASSERT_TRUE(link.connect(1));
		settle_round_trip(link);
		link.client->configure_throttle(link.at_client, 5000, 32, 0);
		link.run_for(20);
		link.server->set_faults(shuffling(41));
		link.client->set_faults(shuffling(42));
		constexpr uint32_t kPackets = 4000;
		for (const bool from_server : {false, true}) {
			const Path path = link.path(from_server);
			SCOPED_TRACE(path.text());
			std::vector<bool> seen(kPackets, false);
			uint32_t next = 0, received = 0;
			const auto collect = [&] {
				while (!path.to->events.empty()) {
					const SideEvent event = std::move(path.to->events.front());
					path.to->events.pop_front();
					ASSERT_EQ(event.what, What::kReceive);
					ASSERT_EQ(event.flags, flags);
					ASSERT_EQ(event.bytes.size(), 4u);
					uint32_t index = 0;
					std::memcpy(&index, event.bytes.data(), 4);
					ASSERT_LT(index, kPackets);
					ASSERT_FALSE(seen[index]) << "packet " << index << " came twice";
					seen[index] = true;
					++received;
					ASSERT_TRUE(flags == kUnsequenced || index >= next) << "an older packet after a newer one";
					next = index + 1;
				}
			};
			for (uint32_t i = 0; i < kPackets; ++i) {
				uint8_t bytes[4];
				std::memcpy(bytes, &i, 4);
				ASSERT_TRUE(path.from->send(path.from_conn, 0, netpeer::ByteView(bytes, 4), flags));
				step_all(link.sides());
				collect();
			}
			link.run_for(20);
			collect();
			EXPECT_GE(received, flags == kUnsequenced ? kPackets * 9 / 10 : kPackets / 2);
		}
	}
}

TEST_P(InteropLoss, DisconnectArrivesThroughLoss) {
	for (const bool server_leaves : {false, true}) {
		for (uint64_t seed = 1; seed <= 3; ++seed) {
			Link link(GetParam());
			ASSERT_TRUE(link.connect(1));
			settle_round_trip(link);
			link.server->set_faults(losing(0.2, seed));
			link.client->set_faults(losing(0.2, seed + 100));
			const Path path = link.path(server_leaves);
			SCOPED_TRACE(path.text());
			path.from->set_timeout(path.from_conn, 32, 800, 1500); // the acknowledgement is sent once and may be lost
			path.from->disconnect(path.from_conn, 8);
			EXPECT_TRUE(disconnects(link, *path.to, path.to_conn, 8));
			EXPECT_TRUE(disconnects(link, *path.from, path.from_conn, 0));
		}
	}
}
