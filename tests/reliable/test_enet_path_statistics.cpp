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

TEST(EnetPathStatistics, BandwidthOfAFullLinkIsItsRateAndBulkLeavesAtAboutThat) {
	SimPair pair = SimPair::connected(25, 1);
	constexpr uint64_t kRate = 1000000;
	pair.client_link().settings.rate_bytes_per_s = kRate;
	pair.client_link().settings.queue_bytes = 128 * 1024;
	for (int i = 0; i < 100; ++i) ASSERT_EQ(pair.client.send(0, std::string(65536, 'b')), Error::OK);
	pair.run_for_ms(2000);
	for (int i = 0; i < 30; ++i) {
		pair.run_for_ms(100);
		ASSERT_GT(pair.client.stats().queued_data, 0u) << "it had to be busy all the time";
		const EnetPathStats stats = path_of(pair.client);
		EXPECT_GT(stats.bandwidth, kRate * 3 / 4);
		EXPECT_LT(stats.bandwidth, kRate * 5 / 4);
		EXPECT_GT(stats.pacing_rate, kRate / 2);
		EXPECT_GT(stats.bytes_in_flight, 0u);
		EXPECT_GE(stats.congestion_window, kRate * 50 / 1000 / 2) << "half of what fills the path";
	}
	ASSERT_TRUE(pair.run_until([&] { return pair.client.stats().unacknowledged_commands == 0; }));
	EXPECT_EQ(path_of(pair.client).bytes_in_flight, 0u);
}

TEST(EnetPathStatistics, WithoutCongestionControlNothingIsPacedAndTheWindowIsTheOtherEnds) {
	SimPair::Options options = SimPair::options(10, 1);
	options.client.congestion_control = EnetCongestionControl::kStock;
	SimPair pair = SimPair::connected(options);
	for (int i = 0; i < 10; ++i) ASSERT_EQ(pair.client.send(0, std::string(65536, 'b')), Error::OK);
	pair.run_for_ms(15); // a window has left, nothing is back
	const EnetPathStats stats = path_of(pair.client);
	EXPECT_EQ(stats.pacing_rate, 0u);
	EXPECT_EQ(stats.congestion_window, 65536u);
	EXPECT_GT(stats.bytes_in_flight, 60000u);
	EXPECT_EQ(stats.bandwidth, uint64_t{stats.bytes_in_flight} * 1000000 / stats.smoothed_rtt_us);
}

TEST(EnetPathStatistics, BandwidthOfAThinFlowIsItsOwnAndUnknownWhenNothingIsInFlight) {
	SimPair pair = SimPair::connected(50, 1);
	send_thinly(pair, 100, 100); // 5,000 bytes a second
	const EnetPathStats stats = path_of(pair.client);
	EXPECT_GT(stats.bandwidth, 3900u);
	EXPECT_LT(stats.bandwidth, 6100u);
	EXPECT_EQ(stats.pacing_rate, 0u);
	pair.run_for_ms(300);
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
