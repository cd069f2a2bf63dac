// Resends, giving up, pings, the packet throttle and bandwidth. docs/enet-protocol.md, sections 11.3, 11.4, 12 and 15.
#include "../support/enet_wire_script.h"

#include <gtest/gtest.h>

using namespace netpeer;
using namespace netpeer_test;

TEST(EnetHostTiming, PingsKeepAnIdleConnectionAlive) {
	SimPair pair = SimPair::connected(20, 1);
	const uint64_t before = pair.client_link().counters().offered();
	pair.run_for_ms(120000);
	EXPECT_EQ(pair.client.state(), EnetPeerState::kConnected);
	EXPECT_EQ(pair.server.state(), EnetPeerState::kConnected);
	const uint64_t datagrams = pair.client_link().counters().offered() - before;
	EXPECT_GE(datagrams, 240u) << "a ping of ours and an answer to theirs, twice a second";
	EXPECT_LE(datagrams, 520u);
	EXPECT_NEAR(pair.client.stats().round_trip_time, 40, 2);
}

TEST(EnetHostTiming, ThePingIntervalCanBeSet) {
	SimPair pair = SimPair::connected(20, 1);
	ASSERT_EQ(pair.client.host.set_ping_interval(pair.client.peer, 5000), Error::OK);
	ASSERT_EQ(pair.server.host.set_ping_interval(pair.server.peer, 5000), Error::OK);
	pair.run_for_ms(1000);
	const uint64_t before = pair.client_link().counters().offered();
	pair.run_for_ms(100000);
	EXPECT_LE(pair.client_link().counters().offered() - before, 50u);
	EXPECT_GE(pair.client_link().counters().offered() - before, 30u);
}

TEST(EnetHostTiming, ADeadPeerIsGivenUpWithinTheLimits) {
	SimPair pair = SimPair::connected(20, 2);
	pair.server_link().settings.partitioned = true;
	const Instant cut = pair.now();
	ASSERT_EQ(pair.client.send(0, "anybody?"), Error::OK);
	ASSERT_TRUE(pair.run_until([&] { return pair.client.count(EnetEventType::kDisconnect) == 1; }));
	EXPECT_EQ(pair.client.last(EnetEventType::kDisconnect)->reason, EnetDropReason::kTimedOut);
	EXPECT_EQ(pair.client.last(EnetEventType::kDisconnect)->data, 0u);
	const Duration waited = pair.client.last(EnetEventType::kDisconnect)->at - cut;
	EXPECT_GE(waited, Duration::from_ms(kEnetTimeoutMinimumMs));
	EXPECT_LE(waited, Duration::from_ms(kEnetTimeoutMaximumMs + 6000));
	EXPECT_EQ(pair.client.host.memory_held(), 0u);
}

TEST(EnetHostTiming, AShorterTimeoutEndsASilenceThatIsLongerAtOnce) {
	SimPair pair = SimPair::connected(20, 2);
	pair.server_link().settings.partitioned = true;
	ASSERT_EQ(pair.client.send(0, "anybody?"), Error::OK);
	pair.run_for_ms(3000);
	ASSERT_EQ(pair.client.state(), EnetPeerState::kConnected);
	ASSERT_EQ(pair.client.host.set_timeout(pair.client.peer, 1, 1000, 2000), Error::OK);
	pair.run_for_ms(1);
	ASSERT_EQ(pair.client.count(EnetEventType::kDisconnect), 1u);
	EXPECT_EQ(pair.client.last(EnetEventType::kDisconnect)->reason, EnetDropReason::kTimedOut);
}

TEST(EnetHostTiming, AnIdlePeerThatDiesIsNoticedByItsPings) {
	SimPair pair = SimPair::connected(20, 3);
	pair.client_link().settings.partitioned = true;
	pair.server_link().settings.partitioned = true;
	ASSERT_TRUE(pair.run_until([&] {
		return pair.client.count(EnetEventType::kDisconnect) == 1 && pair.server.count(EnetEventType::kDisconnect) == 1;
	}));
	EXPECT_EQ(pair.client.host.memory_held(), 0u);
	EXPECT_EQ(pair.server.host.memory_held(), 0u);
}

TEST(EnetHostTiming, ShorterLimitsGiveUpSooner) {
	SimPair pair = SimPair::connected(20, 4);
	const EnetPeerId id = pair.client.peer;
	EXPECT_EQ(pair.client.host.set_timeout(id, 900, 800, 3000), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(pair.client.host.set_timeout(id, 8, 3000, 800), Error::ERR_INVALID_PARAMETER);
	ASSERT_EQ(pair.client.host.set_timeout(id, 8, 800, 3000), Error::OK);
	pair.server_link().settings.partitioned = true;
	const Instant cut = pair.now();
	ASSERT_EQ(pair.client.send(0, "anybody?"), Error::OK);
	ASSERT_TRUE(pair.run_until([&] { return pair.client.count(EnetEventType::kDisconnect) == 1; }));
	const Duration waited = pair.client.last(EnetEventType::kDisconnect)->at - cut;
	EXPECT_GE(waited, Duration::from_ms(800));
	EXPECT_LE(waited, Duration::from_ms(4000));
}

TEST(EnetHostTiming, ResendsComeAtGrowingDistancesOfASecondAtMost) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	ASSERT_EQ(host.host.send(raw.id, 0, view_of_text("x"), kEnetReliable), Error::OK);
	std::vector<int64_t> sent_ms;
	for (int64_t ms = 0; ms < 20000; ++ms) {
		for (const WireDatagram &datagram : host.advance_ms(1))
			for (const WireCommand &command : datagram.commands)
				if (command.number == kWireReliable) sent_ms.push_back(ms);
	}
	ASSERT_GE(sent_ms.size(), 4u);
	EXPECT_LE(sent_ms.size(), 25u);
	// A resend leaves twice at first; the second copy at most 25 ms after it, where nothing else leaves.
	constexpr int64_t kCopyWithinMs = 25;
	std::vector<int64_t> distances;
	for (size_t i = 1; i < sent_ms.size(); ++i) {
		const int64_t distance = sent_ms[i] - sent_ms[i - 1];
		if (distance > kCopyWithinMs) distances.push_back(distance);
	}
	ASSERT_GE(distances.size(), 4u);
	EXPECT_EQ(host.host.counters().copied_commands, 2u) << "while there was hope";
	for (size_t i = 1; i < distances.size(); ++i) EXPECT_GE(distances[i] + kCopyWithinMs, distances[i - 1]);
	EXPECT_GE(distances.back(), 3 * distances.front());
	EXPECT_EQ(distances.back(), 1000) << "a PING goes out between two of them";
}

TEST(EnetHostTiming, FlushWithoutHandleTimeoutSendsNewDataAndNoResends) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	ASSERT_EQ(host.host.send(raw.id, 0, view_of_text("x"), kEnetReliable), Error::OK);
	EXPECT_EQ(commands_of(host.flush(), kWireReliable).size(), 1u);
	host.now = host.now + Duration::from_s(3);
	ASSERT_EQ(host.host.send(raw.id, 0, view_of_text("y"), kEnetReliable), Error::OK);
	const std::vector<WireCommand> out = commands_of(host.flush(), kWireReliable);
	ASSERT_EQ(out.size(), 1u);
	EXPECT_EQ(out[0].payload, "y");
	EXPECT_GE(commands_of(host.advance_ms(1), kWireReliable).size(), 1u);
}

TEST(EnetHostTiming, AnIdleHostNeedsNoCallsAndABusyOneSaysWhen) {
	HostBench host(HostBench::plain_config());
	EXPECT_TRUE(host.host.next_timeout().is_never());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	host.run_ms(1);
	EXPECT_GT(host.host.next_timeout(), host.now);
	EXPECT_LE(host.host.next_timeout(), host.now + Duration::from_ms(1000));
	ASSERT_EQ(host.host.send(raw.id, 0, view_of_text("x"), kEnetReliable), Error::OK);
	EXPECT_LE(host.host.next_timeout(), host.now) << "something waits to be sent";
	ASSERT_EQ(host.host.disconnect_now(raw.id, 0), Error::OK);
	host.flush();
	host.host.handle_timeout(host.now);
	EXPECT_TRUE(host.host.next_timeout().is_never());
}

TEST(EnetHostTiming, ASmallBufferGetsNoDatagram) {
	HostBench host(HostBench::plain_config());
	EnetPeerId id;
	ASSERT_EQ(host.host.connect(host.now, HostBench::endpoint(1), 1, 0, id), Error::OK);
	uint8_t bytes[kEnetMaxDatagramBytes - 1];
	EnetTransmit out;
	EXPECT_FALSE(host.host.poll_transmit(host.now, MutBytes(bytes, sizeof bytes), out));
	EXPECT_EQ(host.flush().size(), 1u);
}

TEST(EnetHostTiming, TheThrottleDropsUnreliablePacketsWhenTheRoundTripGrowsAndRecovers) {
	SimPair pair = SimPair::connected(20, 5);
	ASSERT_EQ(pair.client.host.configure_throttle(pair.client.peer, 500, 2, 2), Error::OK);
	pair.run_for_ms(5000);
	EXPECT_EQ(pair.client.stats().packet_throttle, 32u);
	EXPECT_EQ(pair.client.counters().throttled_packets, 0u);
	// The queue on the way fills up: every sample is worse than the last.
	for (int64_t latency = 20; latency < 1500; latency += 20) {
		pair.client_link().settings.latency = Duration::from_ms(latency);
		for (int i = 0; i < 5; ++i) {
			ASSERT_EQ(pair.client.send(0, "r"), Error::OK);
			ASSERT_EQ(pair.client.send(1, "u", 0), Error::OK);
			pair.run_for_ms(20);
		}
	}
	EXPECT_LT(pair.client.stats().packet_throttle, 32u);
	EXPECT_GT(pair.client.counters().throttled_packets, 0u);
	pair.client_link().settings.latency = Duration::from_ms(20);
	pair.run_for_ms(30000);
	EXPECT_EQ(pair.client.stats().packet_throttle, 32u);
}

TEST(EnetHostTiming, ThrottleSettingsReachTheOtherEnd) {
	SimPair pair = SimPair::connected(20, 6);
	ASSERT_EQ(pair.client.host.configure_throttle(pair.client.peer, 777, 3, 4), Error::OK);
	ASSERT_TRUE(pair.run_until_idle());
	EXPECT_EQ(pair.server.stats().packet_throttle_interval, 777u);
	EXPECT_EQ(pair.server.stats().packet_throttle_acceleration, 3u);
	EXPECT_EQ(pair.server.stats().packet_throttle_deceleration, 4u);
	EXPECT_EQ(pair.client.stats().packet_throttle_interval, 777u);
}

TEST(EnetHostTiming, BandwidthLimitsAreAnnouncedWithinASecondOrTwo) {
	SimPair pair = SimPair::connected(20, 7);
	pair.server.host.set_bandwidth_limit(131072, 65536);
	pair.run_for_ms(2200);
	EXPECT_EQ(pair.client.stats().outgoing_bandwidth, 65536u);
	EXPECT_EQ(pair.client.state(), EnetPeerState::kConnected);
}

TEST(EnetHostTiming, ABandwidthLimitHoldsBackReliableData) {
	SimPair::Options options = SimPair::options(50, 8);
	options.client.outgoing_bandwidth = 65536; // a window of 4,096 bytes
	SimPair pair = SimPair::connected(options);
	EXPECT_EQ(pair.client.stats().window_size, 4096u);
	for (int i = 0; i < 100; ++i) ASSERT_EQ(pair.client.send(0, std::string(1000, 'x')), Error::OK);
	const Instant start = pair.now();
	ASSERT_TRUE(pair.run_until([&] { return pair.server.waiting(0) == 100; }));
	EXPECT_GE(pair.now() - start, Duration::from_ms(1500)) << "100,000 bytes, 4,096 per round trip of 100 ms";
}

TEST(EnetHostTiming, LossIsMeasuredInParts65536) {
	SimPair::Options options = SimPair::options(20, 9);
	SimPair pair = SimPair::connected(options);
	pair.client_link().settings.loss = 0.2;
	for (int i = 0; i < 600; ++i) {
		ASSERT_EQ(pair.client.send(0, "x"), Error::OK);
		pair.run_for_ms(100);
	}
	EXPECT_GT(pair.client.stats().packet_loss, 65536u / 50);
	EXPECT_LT(pair.client.stats().packet_loss, 65536u / 2);
	EXPECT_GT(pair.client.stats().resent_commands, 50u);
}

TEST(EnetHostTiming, TheStampWrapsEvery65SecondsAndNothingNotices) {
	for (bool offset : {false, true}) {
		SimPair::Options options = SimPair::options(20, 10);
		options.client.random_stamp_offset = options.server.random_stamp_offset = offset;
		SimPair pair = SimPair::connected(options);
		for (int i = 0; i < 700; ++i) {
			ASSERT_EQ(pair.client.send(0, "x"), Error::OK);
			ASSERT_EQ(pair.server.send(0, "y"), Error::OK);
			pair.run_for_ms(200);
		}
		ASSERT_TRUE(pair.run_until_idle());
		EXPECT_EQ(pair.server.waiting(0), 700u);
		EXPECT_EQ(pair.client.counters().resent_commands + pair.server.counters().resent_commands, 0u);
		EXPECT_EQ(pair.client.counters().unmatched_acks + pair.server.counters().unmatched_acks, 0u);
		EXPECT_NEAR(pair.client.stats().round_trip_time, 40, 2);
	}
}

TEST(EnetHostTiming, TheMillisecondClockMayWrapAfter49Days) {
	// The simulated clock starts just before 2^32 ms.
	EnetHostConfig config = HostBench::plain_config();
	HostBench host(config);
	host.now = Instant::from_ms((int64_t{1} << 32) - 3000);
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	for (int i = 0; i < 100; ++i) {
		ASSERT_EQ(host.host.send(raw.id, 0, view_of_text("x"), kEnetReliable), Error::OK);
		const std::vector<WireDatagram> out = host.advance_ms(100);
		EXPECT_EQ(commands_of(out, kWireReliable).size(), 1u);
		host.now = host.now + Duration::from_ms(5);
		raw.acknowledge(out);
	}
	EXPECT_EQ(raw.stats().unacknowledged_commands, 0u);
	EXPECT_EQ(host.host.peer_state(raw.id), EnetPeerState::kConnected);
	EXPECT_LE(raw.stats().round_trip_time, 500u);
	host.run_ms(1000);
	EXPECT_GT(host.host.next_timeout(), host.now);
}

TEST(EnetHostTiming, TimeThatGoesBackALittleHarmsNothing) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	ASSERT_EQ(host.host.send(raw.id, 0, view_of_text("x"), kEnetReliable), Error::OK);
	const std::vector<WireDatagram> out = host.flush();
	host.now = host.now + Duration::from_ms(-20);
	raw.acknowledge(out);
	host.advance_ms(0);
	EXPECT_EQ(host.host.peer_state(raw.id), EnetPeerState::kConnected);
	EXPECT_LE(raw.stats().round_trip_time, 500u);
}

TEST(EnetHostTiming, ASmallMessageSentOftenInVainLeavesBehindTheOlderFragmentOfItsChannel) {
	HostBench bench(HostBench::plain_config());
	RawPeer peer(bench, 1);
	ASSERT_TRUE(peer.connect());
	ASSERT_EQ(bench.host.send(peer.id, 0, view_of_text(std::string(3000, 'b')), kEnetReliable), Error::OK);
	std::vector<WireDatagram> fragments = bench.flush();
	ASSERT_EQ(commands_of(fragments, kWireFragment).size(), 3u);
	ASSERT_EQ(bench.host.send(peer.id, 0, view_of_text("small"), kEnetReliable), Error::OK);
	EXPECT_EQ(commands_of(bench.flush(), kWireReliable).size(), 1u);
	fragments.pop_back();
	peer.acknowledge(fragments);
	size_t in_vain = 1, ahead = 0, behind = 0;
	for (const WireDatagram &datagram : bench.run_ms(4000)) {
		if (datagram.commands.size() == 2 && datagram.commands[1].number == kWireFragment) {
			EXPECT_LE(in_vain, 4u) << "the fifth is at most a copy of the fourth";
			++ahead;
		}
		if (datagram.commands.size() == 2 && datagram.commands[1].number == kWireReliable) ++behind;
		in_vain += commands_of({datagram}, kWireReliable).size();
	}
	EXPECT_GT(ahead, 0u) << "as a rule it waits for no bulk";
	EXPECT_GT(behind, 0u);
}
