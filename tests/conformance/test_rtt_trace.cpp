// Replays what stock ENet computed on a jittery, lossy link: every estimate must be equal after every acknowledgement.
#include "../../src/reliable/enet_rtt.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

using namespace netpeer;

TEST(RttTrace, EveryEstimateEqualsWhatStockEnetComputed) {
	std::ifstream trace(NETPEER_REPO_DIR "/tests/vectors/rtt_trace/trace.txt");
	ASSERT_TRUE(trace.is_open());
	EnetRtt rtt;
	rtt.interval = 300;
	int acknowledgements = 0, states = 0, number = 0;
	for (std::string line; std::getline(trace, line);) {
		++number;
		unsigned sent = 0, now = 0;
		uint32_t want[8] = {};
		if (std::sscanf(line.c_str(), "A %u %u", &sent, &now) == 2) {
			uint32_t sent_ms = 0;
			ASSERT_TRUE(rebuild_sent_time(static_cast<uint16_t>(sent), now, sent_ms)) << "line " << number;
			rtt.sample(enet_time_gap(now, sent_ms), now);
			++acknowledgements;
		} else if (std::sscanf(line.c_str(), "S %u %u %u %u %u %u %u %u", &want[0], &want[1], &want[2], &want[3],
		                   &want[4], &want[5], &want[6], &want[7]) == 8) {
			const uint32_t have[8] = {rtt.round_trip_time, rtt.variance, rtt.lowest, rtt.highest_variance, rtt.last,
			        rtt.last_variance, rtt.throttle, rtt.throttle_epoch};
			for (int i = 0; i < 8; ++i) ASSERT_EQ(have[i], want[i]) << "line " << number << ", field " << i;
			++states;
		} else {
			FAIL() << "line " << number << " is neither A nor S: " << line;
		}
	}
	EXPECT_EQ(acknowledgements, 2969);
	EXPECT_EQ(states, 2789);
}
