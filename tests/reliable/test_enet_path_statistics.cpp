// EnetPathStats: what loss recovery knows of the path to a peer, as programs are told it.
#include "../godot/face_world.h"
#include "../support/sim_pair.h"

using namespace netpeer;
using namespace netpeer_test;

namespace {

EnetPathStats path_of(const SimHost &side) {
	EnetPathStats stats;
	EXPECT_EQ(side.host.path_stats(side.peer, stats), Error::OK);
	return stats;
}

// `count` messages of `bytes`, one every 20 ms.
void send_thinly(SimPair &pair, int count, size_t bytes = 64) {
	for (int i = 0; i < count; ++i) {
		ASSERT_EQ(pair.client.send(0, std::string(bytes, 'x')), Error::OK);
		pair.run_for_ms(20);
	}
}

TEST(EnetPathStatistics, NothingIsKnownBeforeTheFirstAnswer) {
	FaceWorld world(/*latency_ms=*/20);
	FaceHost &server = world.add_created();
	FaceHost &client = world.add_created(1);
	const auto handle = world.dial(client, server);
	ASSERT_NE(handle, nullptr);
	const EnetPathStats stats = handle->get_path_statistics();
	EXPECT_EQ(stats.resent_commands, 0u);
	EXPECT_EQ(stats.bandwidth, 0u);
	EXPECT_EQ(stats.pacing_rate, 0u);
	EXPECT_EQ(stats.congestion_window, 0u);
	EXPECT_EQ(stats.smoothed_rtt_us, 0u);
	EXPECT_EQ(stats.rtt_variation_us, 0u);
	EXPECT_EQ(stats.minimum_rtt_us, 0u);
	EXPECT_EQ(stats.queue_delay_us, 0u);
	EXPECT_EQ(stats.path_mtu, 0u);
}

TEST(EnetPathStatistics, HandleGivesThoseOfItsConnectionAndNothingOnceItIsOver) {
	FaceDuo duo(/*latency_ms=*/20);
	duo.run_ms(1000);
	EnetPathStats stats = duo.client.peer->get_path_statistics();
	EXPECT_EQ(stats.path_mtu, 1392u);
	EXPECT_GE(stats.smoothed_rtt_us, 40000u);
	EXPECT_GE(stats.congestion_window, stats.path_mtu);
	duo.client.peer->reset();
	stats = duo.client.peer->get_path_statistics();
	EXPECT_EQ(stats.path_mtu, 0u);
	EXPECT_EQ(stats.smoothed_rtt_us, 0u);
	EXPECT_EQ(stats.congestion_window, 0u);
}

TEST(EnetPathStatistics, StaleHandleIsAnErrorAndLeavesWhatItWasGiven) {
	SimPair pair = SimPair::connected(10, 1);
	EnetPathStats stats;
	stats.path_mtu = 7;
	EXPECT_EQ(pair.client.host.path_stats(EnetPeerId(), stats), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(stats.path_mtu, 7u);
	EXPECT_EQ(EnetHost().path_stats(pair.client.peer, stats), Error::ERR_UNCONFIGURED);
}

TEST(EnetPathStatistics, RoundTripIsInMicrosecondsAndASteadyPathHasNoQueue) {
	SimPair pair = SimPair::connected(25, 1);
	send_thinly(pair, 100);
	const EnetPathStats stats = path_of(pair.client);
	EXPECT_GE(stats.smoothed_rtt_us, 50000u);
	EXPECT_LT(stats.smoothed_rtt_us, 53000u);
	EXPECT_GE(stats.minimum_rtt_us, 50000u);
	EXPECT_LE(stats.minimum_rtt_us, stats.smoothed_rtt_us);
	EXPECT_EQ(stats.queue_delay_us, stats.smoothed_rtt_us - stats.minimum_rtt_us);
	EXPECT_LT(stats.queue_delay_us, 3000u);
	EXPECT_LT(stats.rtt_variation_us, 3000u);
	EXPECT_EQ(stats.resent_commands, 0u);
}

TEST(EnetPathStatistics, WhatQueuesAtABottleneckIsQueueDelay) {
	SimPair pair = SimPair::connected(25, 1);
	send_thinly(pair, 20);
	ASSERT_LT(path_of(pair.client).queue_delay_us, 3000u);
	pair.client_link().settings.rate_bytes_per_s = 250000; // 30,000 bytes take 120 ms
	pair.client_link().settings.queue_bytes = 64 * 1024;
	uint32_t longest = 0;
	for (int i = 0; i < 40; ++i) {
		if (i < 10) {
			ASSERT_EQ(pair.client.send(0, std::string(30000, 'b')), Error::OK);
		}
		pair.run_for_ms(50);
		const EnetPathStats stats = path_of(pair.client);
		longest = std::max(longest, stats.queue_delay_us);
		EXPECT_LE(stats.minimum_rtt_us, 53000u);
	}
	EXPECT_GT(longest, 30000u);
}

TEST(EnetPathStatistics, BandwidthIsWhatGetsThroughWhileTheSenderIsBusyAndUnknownWhenItRests) {
	SimPair pair = SimPair::connected(10, 1);
	constexpr uint64_t kRate = 500000;
	pair.client_link().settings.rate_bytes_per_s = kRate;
	pair.client_link().settings.queue_bytes = 128 * 1024;
	for (int i = 0; i < 40; ++i) ASSERT_EQ(pair.client.send(0, std::string(65536, 'b')), Error::OK);
	const uint64_t queued = pair.client.stats().queued_data;
	uint64_t sum = 0;
	constexpr int kLooks = 300;
	pair.run_for_ms(500);
	const EnetPeerStats before = pair.client.stats();
	for (int i = 0; i < kLooks; ++i) {
		pair.run_for_ms(10);
		sum += path_of(pair.client).bandwidth;
	}
	const EnetPeerStats after = pair.client.stats();
	ASSERT_LT(after.queued_data, queued);
	ASSERT_GT(after.queued_data, 0u) << "it had to be busy all the time";
	const uint64_t moved =
	        before.queued_data + before.reliable_data_in_transit - after.queued_data - after.reliable_data_in_transit;
	const double ratio = (static_cast<double>(sum) / kLooks) / (static_cast<double>(moved) / (kLooks * 0.01));
	EXPECT_GT(ratio, 0.75);
	EXPECT_LT(ratio, 1.33);
	ASSERT_TRUE(pair.run_until([&] { return pair.client.stats().unacknowledged_commands == 0; }));
	EXPECT_EQ(path_of(pair.client).bytes_in_flight, 0u);
	EXPECT_EQ(path_of(pair.client).bandwidth, 0u);
}

TEST(EnetPathStatistics, WhatIsInFlightIsWhatLeftAndWasNotConfirmed) {
	SimPair pair = SimPair::connected(50, 1);
	for (int i = 0; i < 3; ++i) ASSERT_EQ(pair.client.send(0, std::string(100, 'x')), Error::OK);
	EXPECT_EQ(path_of(pair.client).bytes_in_flight, 0u);
	pair.run_for_ms(20);
	EXPECT_EQ(path_of(pair.client).bytes_in_flight, 300u);
	pair.run_for_ms(200);
	EXPECT_EQ(path_of(pair.client).bytes_in_flight, 0u);
}

TEST(EnetPathStatistics, ResendsAndCopiesOfOneConnectionAreCounted) {
	SimPair pair = SimPair::connected(25, 7);
	send_thinly(pair, 50);
	pair.client_link().settings.loss = 0.1;
	send_thinly(pair, 500);
	pair.client_link().settings.loss = 0;
	pair.run_for_ms(3000);
	const EnetPathStats stats = path_of(pair.client);
	EXPECT_GT(stats.resent_commands, 20u);
	EXPECT_EQ(stats.resent_commands, pair.client.stats().resent_commands);
	EXPECT_EQ(stats.resent_commands, pair.client.counters().resent_commands) << "it is the only one of its host";
	EXPECT_GT(stats.copied_commands, 0u);
	EXPECT_EQ(stats.copied_commands, pair.client.counters().copied_commands);
	EXPECT_EQ(stats.spurious_resends, pair.client.counters().spurious_resends);
	EXPECT_EQ(path_of(pair.server).resent_commands, pair.server.counters().resent_commands);
}

TEST(EnetPathStatistics, WhatWasLateAndNotLostIsASpuriousResend) {
	SimPair pair = SimPair::connected(25, 1);
	send_thinly(pair, 50);
	ASSERT_EQ(path_of(pair.client).spurious_resends, 0u);
	pair.server_link().settings.latency = Duration::from_ms(300); // the answers, all at once
	send_thinly(pair, 20);
	pair.server_link().settings.latency = Duration::from_ms(25);
	pair.run_for_ms(3000);
	const EnetPathStats stats = path_of(pair.client);
	EXPECT_GT(stats.spurious_resends, 0u);
	EXPECT_EQ(stats.spurious_resends, pair.client.counters().spurious_resends);
}

} // namespace
