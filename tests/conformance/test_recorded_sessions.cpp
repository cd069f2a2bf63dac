// Replays the recorded sessions with a netpeer host in the place of the server, then of each client: the application must
// see the same events, and the wire the same messages, openings and acknowledgements. Then the sessions about time.
#include "session_replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <ostream>

using namespace netpeer;
using namespace netpeer_test;

namespace netpeer_test {
// Keeps addresses out of test names.
static void PrintTo(const ReplayPlan &plan, std::ostream *out) { *out << plan.path << " as " << plan.role; }
} // namespace netpeer_test

namespace {

std::string plan_name(const testing::TestParamInfo<ReplayPlan> &info) {
	std::string name = info.param.path;
	name = name.substr(name.find('/') + 1);
	return name.substr(0, name.find('.')) + "_as_" + info.param.role;
}

// What one sorted collection has and the other has not, one per line.
template <class Set> std::string only_in_first(const Set &first, const Set &second) {
	std::vector<std::string> only;
	std::set_difference(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(only));
	std::string text;
	for (const std::string &item : only) text += "\n  " + item;
	return text;
}

// Where two lists part; "" when they are equal.
std::string first_difference(const std::vector<std::string> &ours, const std::vector<std::string> &recorded) {
	for (size_t i = 0; i < std::max(ours.size(), recorded.size()); ++i) {
		const std::string mine = i < ours.size() ? ours[i] : "(end)";
		const std::string theirs = i < recorded.size() ? recorded[i] : "(end)";
		if (mine == theirs) continue;
		return "item " + std::to_string(i) + "\n  ours:     " + mine + "\n  recorded: " + theirs;
	}
	return std::string();
}

class RecordedSessions : public testing::TestWithParam<ReplayPlan> {};

} // namespace

TEST_P(RecordedSessions, GiveTheSameEventsAndTheSameWireTraffic) {
	SessionReplay replay(GetParam());
	replay.run();
	EXPECT_FALSE(replay.recorded_events.empty());
	EXPECT_EQ(first_difference(replay.events, replay.recorded_events), "");
	EXPECT_EQ(first_difference(replay.openings, replay.recorded_openings), "");
	EXPECT_EQ(only_in_first(replay.recorded_messages, replay.messages), "") << "recorded, not sent by us";
	EXPECT_EQ(only_in_first(replay.messages, replay.recorded_messages), "") << "sent by us, not recorded";
	EXPECT_EQ(only_in_first(replay.recorded_acks, replay.acks), "") << "recorded, not sent by us";
	EXPECT_EQ(only_in_first(replay.acks, replay.recorded_acks), "") << "sent by us, not recorded";
	const EnetHostCounters &counters = replay.counters();
	EXPECT_EQ(counters.malformed_commands, 0u);
	EXPECT_EQ(counters.dropped_checksum, 0u);
	EXPECT_EQ(counters.dropped_wrong_session, 0u);
}

INSTANTIATE_TEST_SUITE_P(Stock, RecordedSessions,
        testing::Values(ReplayPlan{"sessions/s01_basic.txt", 'S'}, ReplayPlan{"sessions/s01_basic.txt", 'C'},
                ReplayPlan{"sessions/s02_checksum.txt", 'S'}, ReplayPlan{"sessions/s02_checksum.txt", 'C'},
                ReplayPlan{"sessions/s03_range_coder.txt", 'S'}, ReplayPlan{"sessions/s03_range_coder.txt", 'C'},
                ReplayPlan{"sessions/s04_checksum_range_coder.txt", 'S'},
                ReplayPlan{"sessions/s04_checksum_range_coder.txt", 'C'}, ReplayPlan{"sessions/s05_full_host.txt", 'S'},
                ReplayPlan{"sessions/s05_full_host.txt", 'C'}, ReplayPlan{"sessions/s05_full_host.txt", 'D'},
                ReplayPlan{"sessions/s06_dup_reorder.txt", 'S'}, ReplayPlan{"sessions/s06_dup_reorder.txt", 'C'},
                ReplayPlan{"sessions/s07_disconnect_variants.txt", 'S', 1423000, 5000000},
                ReplayPlan{"sessions/s07_disconnect_variants.txt", 'C'},
                ReplayPlan{"sessions/s08_session_ids.txt", 'S'}, ReplayPlan{"sessions/s08_session_ids.txt", 'C'},
                ReplayPlan{"sessions/s09_bandwidth.txt", 'S'}, ReplayPlan{"sessions/s09_bandwidth.txt", 'C'},
                ReplayPlan{"sessions/s10_idle.txt", 'S'}, ReplayPlan{"sessions/s10_idle.txt", 'C'},
                ReplayPlan{"sessions/s11_timeout.txt", 'S', 1500200},
                ReplayPlan{"sessions/s11_timeout.txt", 'C', 1500200}, ReplayPlan{"sessions/s12_connect_retry.txt", 'S'},
                ReplayPlan{"sessions/s12_connect_retry.txt", 'C'}),
        plan_name);
INSTANTIATE_TEST_SUITE_P(Godot, RecordedSessions,
        testing::Values(ReplayPlan{"sessions_godot4/g0_none.txt", 'S'}, ReplayPlan{"sessions_godot4/g0_none.txt", 'C'},
                ReplayPlan{"sessions_godot4/g1_range.txt", 'S'}, ReplayPlan{"sessions_godot4/g1_range.txt", 'C'},
                ReplayPlan{"sessions_godot4/g2_fastlz.txt", 'S'}, ReplayPlan{"sessions_godot4/g2_fastlz.txt", 'C'},
                ReplayPlan{"sessions_godot4/g3_zlib.txt", 'S'}, ReplayPlan{"sessions_godot4/g3_zlib.txt", 'C'},
                ReplayPlan{"sessions_godot4/g4_zstd.txt", 'S'}, ReplayPlan{"sessions_godot4/g4_zstd.txt", 'C'}),
        plan_name);

// --- time ---

namespace {

// When our host sent a command whose text starts so, in milliseconds since the first of them (or the recording's start).
std::vector<int64_t> times_ms(const SessionReplay &replay, const std::string &start, bool from_first) {
	std::vector<int64_t> times;
	int64_t first_us = 0;
	for (const SentCommand &command : replay.sent) {
		if (!starts_with(command.text, start)) continue;
		if (times.empty() && from_first) first_us = command.at_us;
		times.push_back((command.at_us - first_us) / 1000);
	}
	return times;
}

} // namespace

TEST(RecordedTimes, AnUnansweredConnectIsRepeatedAfter500And1500Milliseconds) {
	SessionReplay replay({"sessions/s12_connect_retry.txt", 'C'});
	replay.run();
	EXPECT_EQ(times_ms(replay, "CONNECT", true), (std::vector<int64_t>{0, 500, 1500}));
}

TEST(RecordedTimes, ADiallerThatIsNeverAnsweredGivesUpWhenStockDoes) {
	SessionReplay replay({"sessions/s05_full_host.txt", 'D'});
	replay.run();
	EXPECT_EQ(times_ms(replay, "CONNECT", true), (std::vector<int64_t>{0, 500, 1500}));
	ASSERT_EQ(replay.event_times_us.size(), 1u);
	EXPECT_NEAR(static_cast<double>(replay.event_times_us[0]) / 1000, 3580.8, 2); // as recorded
}

TEST(RecordedTimes, AFullHostStaysSilentTowardsTheSecondDialler) {
	SessionReplay replay({"sessions/s05_full_host.txt", 'S'});
	replay.run();
	EXPECT_FALSE(replay.sent.empty());
	for (const SentCommand &command : replay.sent) EXPECT_EQ(command.to, 'C') << command.text;
	EXPECT_EQ(replay.counters().refused_connects, 3u);
}

TEST(RecordedTimes, AnIdleConnectionIsPingedEvery500Milliseconds) {
	for (const char role : {'S', 'C'}) {
		SCOPED_TRACE(role);
		SessionReplay replay({"sessions/s10_idle.txt", role});
		replay.run();
		const std::vector<int64_t> pings = times_ms(replay, "PING", false);
		ASSERT_GE(pings.size(), 6u);
		EXPECT_LE(pings.size(), 9u);
		// After the last acknowledgement, that is after the last ping or the last BANDWIDTH_LIMIT.
		std::vector<int64_t> both = times_ms(replay, "BANDWIDTH_LIMIT", false);
		both.insert(both.end(), pings.begin(), pings.end());
		std::sort(both.begin(), both.end());
		for (size_t i = 1; i < both.size(); ++i) {
			EXPECT_LE(both[i] - both[i - 1], 510) << "at " << both[i] << " ms";
			const bool ping = std::count(pings.begin(), pings.end(), both[i]) != 0;
			if (ping) {
				EXPECT_GE(both[i] - both[i - 1], 490) << "at " << both[i] << " ms";
			}
		}
	}
}

TEST(RecordedTimes, BandwidthLimitFollowsAConnectWithinASecondAndOnlyOnce) {
	for (const char role : {'S', 'C'}) {
		SCOPED_TRACE(role);
		SessionReplay replay({"sessions/s10_idle.txt", role});
		replay.run();
		const std::vector<int64_t> limits = times_ms(replay, "BANDWIDTH_LIMIT", false);
		ASSERT_EQ(limits.size(), 1u);
		EXPECT_LE(limits[0], 1010);
	}
}

// Stock doubles the distance each time and looks at its limits when a time limit has passed. We lengthen it gently at first
// (docs/enet-errata.md) and look when the limits are reached.
TEST(RecordedTimes, ADeadLinkIsRetriedAtGrowingDistancesUntilLimitAndMinimumAreReached) {
	SessionReplay replay({"sessions/s11_timeout.txt", 'C', 1500200, 0});
	replay.run();
	const std::vector<int64_t> times = times_ms(replay, "SEND_RELIABLE/A ch=0 seq=1 ", true);
	ASSERT_GE(times.size(), 4u);
	EXPECT_LE(times.size(), 12u) << "no flood";
	constexpr int64_t kCopyWithinMs = 3; // a quarter of a round trip
	int64_t before = 0;
	for (size_t i = 1; i < times.size(); ++i) {
		const int64_t distance = times[i] - times[i - 1];
		if (distance <= kCopyWithinMs) continue;
		EXPECT_GE(distance + kCopyWithinMs, before) << "resend " << i;
		before = distance;
	}
	ASSERT_FALSE(replay.events.empty());
	EXPECT_EQ(replay.events.back(), "DISCONNECT data=0");
	const double death = static_cast<double>(replay.event_times_us.back()) / 1000 - 1500.2;
	EXPECT_NEAR(death, 800, 1);
}
