// How much reliable data EnetHost has on its way, with each congestion control, over simulated links. The model itself is
// tested in test_enet_congestion.cpp.
#include "../support/enet_wire_script.h"
#include "../support/sim_pair.h"

#include <algorithm>

using namespace netpeer;
using namespace netpeer_test;

namespace {

constexpr uint64_t kTenMbit = 10 * 1000000 / 8; // bytes per second

SimPair::Options options_with(EnetCongestionControl control, int64_t latency_ms = 25) {
	SimPair::Options options = SimPair::options(latency_ms, 1);
	options.client.congestion_control = control;
	return options;
}

// Sends for `ms`; the most that was in flight, and what has arrived.
struct Sent {
	uint32_t most_in_flight = 0;
	uint64_t arrived = 0;
};
Sent send_bulk(SimPair &pair, int ms) {
	Sent sent;
	pair.server.on_event = [&](SimHost &, const EnetEvent &event) {
		if (event.type == EnetEventType::kReceive) sent.arrived += event.packet.view().size;
	};
	const std::string message(65536, 'b');
	for (int i = 0; i < ms; i += 5) {
		Error error = Error::OK;
		while (error == Error::OK && pair.client.stats().queued_data < 1000000) error = pair.client.send(0, message);
		EXPECT_EQ(error, Error::OK);
		if (error != Error::OK) break;
		pair.run_for_ms(5);
		sent.most_in_flight = std::max(sent.most_in_flight, pair.client.stats().reliable_data_in_transit);
	}
	pair.server.on_event = nullptr;
	return sent;
}

} // namespace

TEST(EnetHostCongestion, EachControlCarriesBulk) {
	for (const auto control :
	        {EnetCongestionControl::kRateModel, EnetCongestionControl::kCubic, EnetCongestionControl::kStock}) {
		SCOPED_TRACE(static_cast<int>(control));
		SimPair pair = SimPair::connected(options_with(control));
		pair.client_link().settings.rate_bytes_per_s = kTenMbit;
		pair.client_link().settings.queue_bytes = 128 << 10;
		EXPECT_GT(send_bulk(pair, 5000).arrived, 5 * kTenMbit * 8 / 10);
	}
}

TEST(EnetHostCongestion, ALongFastPathHasMoreInFlightThanStockWouldHave) {
	for (const auto control : {EnetCongestionControl::kRateModel, EnetCongestionControl::kCubic}) {
		SCOPED_TRACE(static_cast<int>(control));
		SimPair pair = SimPair::connected(options_with(control, 50));
		pair.client_link().settings.rate_bytes_per_s = 5 * kTenMbit;
		pair.client_link().settings.queue_bytes = 256 << 10;
		const Sent sent = send_bulk(pair, 4000);
		EXPECT_GT(sent.most_in_flight, 400000u);
		EXPECT_LE(sent.most_in_flight, 3000000u);
	}
	SimPair pair = SimPair::connected(options_with(EnetCongestionControl::kStock, 50));
	EXPECT_LE(send_bulk(pair, 1000).most_in_flight, 65536u);
}

TEST(EnetHostCongestion, Beyond64KiBGoesOnlyWhatBothEndsLeftUnlimited) {
	{
		SimPair::Options options = options_with(EnetCongestionControl::kRateModel);
		options.server.incoming_bandwidth = 4 * 65536; // bytes per second: it answers a window of 16,384 bytes
		SimPair pair = SimPair::connected(options);
		EXPECT_LE(send_bulk(pair, 1000).most_in_flight, 65536u);
	}
	{
		SimPair::Options options = options_with(EnetCongestionControl::kRateModel);
		options.client.outgoing_bandwidth = 4 * 65536;
		SimPair pair = SimPair::connected(options);
		ASSERT_EQ(pair.client.stats().window_size, 16384u);
		EXPECT_LE(send_bulk(pair, 1000).most_in_flight, 16384u);
		options.client.outgoing_bandwidth = 100 * 65536;
		SimPair faster = SimPair::connected(options);
		EXPECT_LE(send_bulk(faster, 1000).most_in_flight, 65536u);
	}
}

TEST(EnetHostCongestion, WhatItKeepsIsGivenBackWithAConnectionThatIsIdle) {
	SimPair pair = SimPair::connected(options_with(EnetCongestionControl::kRateModel));
	EXPECT_EQ(pair.client.send(0, "first"), Error::OK);
	pair.run_for_ms(1000);
	const size_t before = pair.client.stats().memory_held;
	EXPECT_EQ(pair.client.send(0, std::string(100000, 'b')), Error::OK);
	pair.run_for_ms(1000);
	EXPECT_EQ(pair.client.stats().unacknowledged_commands, 0u);
	EXPECT_GT(pair.client.stats().memory_held, before);
	pair.run_for_ms(12000);
	EXPECT_EQ(pair.client.stats().memory_held, before);
}

TEST(EnetHostCongestion, AnUnknownControlIsRefused) {
	EnetHostConfig config;
	config.congestion_control = static_cast<EnetCongestionControl>(3);
	EnetHost host;
	EXPECT_EQ(host.init(config), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.set_congestion_control(EnetPeerId(), EnetCongestionControl::kCubic), Error::ERR_UNCONFIGURED);
	SimPair pair = SimPair::connected(options_with(EnetCongestionControl::kRateModel));
	EXPECT_EQ(pair.client.host.set_congestion_control(pair.client.peer, static_cast<EnetCongestionControl>(3)),
	        Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(pair.client.host.set_congestion_control(EnetPeerId(), EnetCongestionControl::kCubic),
	        Error::ERR_UNCONFIGURED);
}

TEST(EnetHostCongestion, AnotherControlTakesOverInTheMiddle) {
	SimPair pair = SimPair::connected(options_with(EnetCongestionControl::kRateModel, 50));
	pair.client_link().settings.rate_bytes_per_s = 2 * kTenMbit;
	(void)send_bulk(pair, 2000);
	EXPECT_EQ(pair.client.host.set_congestion_control(pair.client.peer, EnetCongestionControl::kStock), Error::OK);
	pair.run_for_ms(500);
	const Sent sent = send_bulk(pair, 1000);
	EXPECT_LE(sent.most_in_flight, 65536u);
	EXPECT_GT(sent.arrived, 300000u);
	EXPECT_EQ(pair.client.host.set_congestion_control(pair.client.peer, EnetCongestionControl::kRateModel), Error::OK);
	EXPECT_GT(send_bulk(pair, 2000).most_in_flight, 100000u);
}

namespace {

// What a transfer of seven seconds came to after its third, when it was switched to `other` for `other_ms` and back.
struct AfterSwitch {
	uint64_t dropped = 0; // datagrams, by the bottleneck
	uint64_t arrived = 0; // bytes, in four seconds
	uint64_t most_bandwidth = 0;
	uint32_t most_window = 0;
};
AfterSwitch switch_in_transfer(EnetCongestionControl first, EnetCongestionControl other, int other_ms) {
	SimPair pair = SimPair::connected(options_with(first, 50));
	pair.client_link().settings.rate_bytes_per_s = kTenMbit;
	pair.client_link().settings.queue_bytes = 96 << 10;
	(void)send_bulk(pair, 3000);
	const auto dropped = [&] { return pair.client_link().counters().of(SimFate::kQueueFull); };
	const uint64_t dropped_before = dropped();
	AfterSwitch after;
	const auto go_on = [&](int ms) {
		for (int i = 0; i < ms; i += 10) {
			const Sent sent = send_bulk(pair, 10);
			EnetPathStats path;
			EXPECT_EQ(pair.client.host.path_stats(pair.client.peer, path), Error::OK);
			after.arrived += sent.arrived;
			after.most_bandwidth = std::max(after.most_bandwidth, path.bandwidth);
			after.most_window = std::max(after.most_window, path.congestion_window);
		}
	};
	EXPECT_EQ(pair.client.host.set_congestion_control(pair.client.peer, other), Error::OK);
	go_on(other_ms);
	EXPECT_EQ(pair.client.host.set_congestion_control(pair.client.peer, first), Error::OK);
	go_on(4000 - other_ms);
	after.dropped = dropped() - dropped_before;
	return after;
}

} // namespace

TEST(EnetHostCongestion, AControlThatTakesOverInTheMiddleKnowsNothingOfWhatTheOneBeforeCounted) {
	constexpr EnetCongestionControl kControls[] = {
	        EnetCongestionControl::kRateModel, EnetCongestionControl::kCubic, EnetCongestionControl::kStock};
	for (const EnetCongestionControl first : kControls) {
		const AfterSwitch unswitched = switch_in_transfer(first, first, 0);
		for (const EnetCongestionControl other : kControls) {
			for (const int other_ms : {0, 50, 500}) {
				SCOPED_TRACE(testing::Message() << static_cast<int>(first) << " to " << static_cast<int>(other)
				                                << " for " << other_ms << " ms");
				const AfterSwitch after = switch_in_transfer(first, other, other_ms);
				EXPECT_LE(after.dropped, unswitched.dropped + 200) << "what one slow start costs";
				EXPECT_LE(after.most_bandwidth, 2 * kTenMbit) << "in flight over the round trip, where unknown";
				EXPECT_LE(after.most_window, 512u << 10);
				EXPECT_GE(after.arrived, unswitched.arrived * 3 / 4);
			}
		}
	}
}
