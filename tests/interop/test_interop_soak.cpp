// Seeded random use over a bad line, and senders that run as far ahead as the sequence windows let them.
#include "interop_link.h"

#include "../../src/core/seeded_rng.h"

#include <map>

using namespace interop;
using netpeer::SeededRng;

namespace {

class InteropSoak : public ::testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(Roles, InteropSoak, ::testing::ValuesIn(roles()), role_name);

Faults bad_line(double loss, double shuffle, uint64_t seed) {
	Faults faults;
	faults.lose_received = loss;
	faults.duplicate = shuffle;
	faults.hold_back = shuffle;
	faults.seed = seed;
	return faults;
}

std::vector<uint8_t> low_half(size_t index) { return {static_cast<uint8_t>(index), static_cast<uint8_t>(index >> 8)}; }

// Queues `count` packets of two bytes at once, half a million bits of window, and takes them in order at the other end.
void run_far_ahead(Link &link, const Path &path, size_t count) {
	SCOPED_TRACE(path.text());
	for (size_t i = 0; i < count; ++i) {
		ASSERT_TRUE(path.from->send(path.from_conn, 0, view(low_half(i)), kReliable));
	}
	size_t received = 0;
	ASSERT_TRUE(link.run_until(
	        [&] {
		        while (!path.to->events.empty()) {
			        const SideEvent event = std::move(path.to->events.front());
			        path.to->events.pop_front();
			        EXPECT_EQ(event.what, What::kReceive);
			        EXPECT_EQ(event.bytes, low_half(received)) << received;
			        if (::testing::Test::HasFailure()) return true;
			        ++received;
		        }
		        return received == count;
	        },
	        20000))
	        << received << " of " << count << " arrived; " << path.from->stats(path.from_conn).queued << " queued, "
	        << path.from->stats(path.from_conn).unacknowledged << " unacknowledged, round trip "
	        << path.from->stats(path.from_conn).round_trip_time << " ms";
	const int64_t arrived_at = wall_ms();
	EXPECT_TRUE(link.run_until([&] { return link.is_quiet(); }, 10000))
	        << path.from->stats(path.from_conn).queued << " queued, " << path.from->stats(path.from_conn).unacknowledged
	        << " unacknowledged, round trip " << path.from->stats(path.from_conn).round_trip_time << " ms, "
	        << wall_ms() - arrived_at << " ms later; at the other end " << path.to->stats(path.to_conn).queued
	        << " and " << path.to->stats(path.to_conn).unacknowledged;
}

// What one end of a soak knows.
struct SoakEnd {
	Side *side = nullptr;
	Conn conn;
	bool up = false;
	uint32_t sent[3] = {};     // reliable packets per channel, this connection
	uint32_t received[3] = {}; // of the other end's
	uint32_t ends = 0;         // disconnect events
};

std::vector<uint8_t> soak_payload(uint32_t generation, bool by_server, uint8_t channel, uint32_t index, size_t size) {
	return payload_of(generation * 1000003u + (by_server ? 500000u : 0u) + channel * 100000u + index, size);
}

size_t soak_size(uint32_t index) { return index % 17 == 16 ? 5000 + index % 3000 : index % 120; }

} // namespace

TEST_P(InteropSoak, TinyPacketsRunningFarAheadOfALostOneAllArrive) {
	for (const bool from_server : {false, true}) {
		Link link(GetParam());
		ASSERT_TRUE(link.connect(1));
		const Path path = link.path(from_server);
		ASSERT_TRUE(link.run_until([&] { return link.is_quiet(); }));
		path.from->set_timeout(path.from_conn, 20000, 20000, 60000);
		path.to->set_faults(bad_line(0.03, 0, 1));
		run_far_ahead(link, path, 50000);
	}
}

TEST_P(InteropSoak, SenderNeverOutrunsTheWindowsWhenTheFirstPacketDiesAgainAndAgain) {
	// 32,768 packets of two bytes fit the window in bytes: eight sequence windows, two more than are safe.
	for (const bool from_server : {false, true}) {
		Link link(GetParam());
		ASSERT_TRUE(link.connect(1));
		const Path path = link.path(from_server);
		ASSERT_TRUE(link.run_until([&] { return link.is_quiet(); }));
		path.from->set_timeout(path.from_conn, 20000, 20000, 60000);
		Faults faults;
		faults.drop_received = 0b1001001; // the first datagram, and likely some of its copies
		path.to->set_faults(faults);
		run_far_ahead(link, path, 66000);
	}
}

TEST_P(InteropSoak, ReceiverThatPausesGetsEverythingOnce) {
	for (const bool from_server : {false, true}) {
		Link link(GetParam());
		ASSERT_TRUE(link.connect(1));
		const Path path = link.path(from_server);
		SCOPED_TRACE(path.text());
		size_t received = 0, sent = 0;
		for (int pause = 0; pause < 3; ++pause) {
			for (int i = 0; i < 300; ++i, ++sent) {
				ASSERT_TRUE(path.from->send(path.from_conn, 0, view(payload_of(sent, 700)), kReliable));
			}
			run_sides_for({path.from}, 150); // the other end does not look: everything is sent several times
			ASSERT_TRUE(link.run_until([&] {
				while (!path.to->events.empty()) {
					EXPECT_EQ(path.to->events.front().bytes, payload_of(received, 700)) << received;
					path.to->events.pop_front();
					++received;
				}
				return received == sent;
			}));
		}
		link.run_for(50);
		EXPECT_TRUE(path.to->events.empty());
	}
}

TEST_P(InteropSoak, RandomUseOverABadLineKeepsEveryPromise) {
	// Per connection and channel the reliable packets that arrive are the first ones sent, in order; what was sent
	// before an orderly end arrives in full. Connections end in every way and come back in the same slots.
	constexpr uint64_t kSeeds = 5;
	constexpr uint32_t kConnections = 5;
	for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
		SCOPED_TRACE("seed " + std::to_string(seed));
		SeededRng rng(seed);
		SideConfig one;
		one.peers = 1 + rng.below(2);
		one.checksum = rng.chance(0.3);
		one.mtu = rng.chance(0.5) ? 576 : 1392;
		Link link(GetParam(), one, one);
		for (uint32_t generation = 0; generation < kConnections; ++generation) {
			SCOPED_TRACE("connection " + std::to_string(generation));
			link.server->events.clear();
			link.client->events.clear();
			link.server->set_faults({});
			link.client->set_faults({});
			ASSERT_TRUE(link.connect(3, generation));
			ASSERT_EQ(link.server_event.data, generation);
			const double loss = rng.chance(0.5) ? 0.1 : 0, shuffle = rng.chance(0.5) ? 0.2 : 0;
			ASSERT_TRUE(link.run_until([&] { return link.is_quiet(); }));
			SoakEnd ends[2] = {{link.client.get(), link.at_client, true}, {link.server.get(), link.at_server, true}};
			for (SoakEnd &end : ends) {
				end.side->set_faults(bad_line(loss, shuffle, rng.u64()));
				end.side->set_timeout(end.conn, 16, 400, 1000);
				end.side->set_ping_interval(end.conn, 50);
			}
			const auto collect = [&] {
				for (int e = 0; e < 2; ++e) {
					SoakEnd &end = ends[e];
					while (!end.side->events.empty()) {
						const SideEvent event = std::move(end.side->events.front());
						end.side->events.pop_front();
						ASSERT_EQ(event.conn.key & 0xffff, end.conn.key & 0xffff);
						ASSERT_NE(event.what, What::kConnect);
						ASSERT_EQ(end.ends, 0u) << "something after the end";
						if (event.what == What::kDisconnect) {
							++end.ends;
							end.up = false;
						} else if (event.flags == kReliable) {
							ASSERT_LT(event.channel, 3);
							const uint32_t index = end.received[event.channel]++;
							ASSERT_LT(index, ends[1 - e].sent[event.channel]);
							ASSERT_EQ(event.bytes,
							        soak_payload(generation, e == 0, event.channel, index, soak_size(index)));
						}
					}
				}
			};
			const size_t rounds = rng.below(60);
			for (size_t round = 0; round < rounds; ++round) {
				SoakEnd &end = ends[rng.below(2)];
				for (uint64_t burst = rng.below(20); burst > 0; --burst) {
					const uint8_t channel = static_cast<uint8_t>(rng.below(3));
					if (rng.chance(0.3)) {
						const uint32_t flags = rng.chance(0.4)   ? kUnsequenced
						                       : rng.chance(0.5) ? kUnreliableFragment
						                                         : kUnreliable;
						const size_t size = flags == kUnreliableFragment ? rng.below(4000) : rng.below(500);
						ASSERT_TRUE(end.side->send(end.conn, channel, view(payload_of(round, size)), flags));
						continue;
					}
					const uint32_t index = end.sent[channel]++;
					ASSERT_TRUE(end.side->send(end.conn, channel,
					        view(soak_payload(generation, &end == &ends[1], channel, index, soak_size(index))),
					        kReliable));
				}
				step_all(link.sides());
				collect();
				ASSERT_FALSE(HasFatalFailure());
			}
			SoakEnd &leaver = ends[rng.below(2)];
			SoakEnd &other = &leaver == &ends[0] ? ends[1] : ends[0];
			const uint64_t way = rng.below(4);
			SCOPED_TRACE(std::string(leaver.side->name()) + " leaves, way " + std::to_string(way));
			switch (way) {
			case 0: leaver.side->disconnect(leaver.conn, 1); break;
			case 1: leaver.side->disconnect_later(leaver.conn, 2); break;
			case 2: leaver.side->disconnect_now(leaver.conn, 3); break;
			default: leaver.side->reset(leaver.conn); break;
			}
			const bool tells_leaver = way < 2;
			ASSERT_TRUE(link.run_until([&] {
				collect();
				return HasFatalFailure() || (other.ends == 1 && (!tells_leaver || leaver.ends == 1));
			})) << other.ends
			    << " at the other end, " << leaver.ends << " at the leaver";
			link.run_for(5);
			collect();
			ASSERT_FALSE(HasFatalFailure());
			EXPECT_EQ(leaver.ends, tells_leaver ? 1u : 0u);
			if (way != 1) continue;
			for (int channel = 0; channel < 3; ++channel) {
				EXPECT_EQ(other.received[channel], leaver.sent[channel]) << "channel " << channel;
			}
		}
	}
}
