// Hand-worked cases of the bandwidth shares. The comparison with stock ENet is tests/interop/test_bandwidth_shares.cpp.
#include "../../src/reliable/enet_bandwidth.h"

#include <gtest/gtest.h>

#include <vector>

using netpeer::EnetBandwidthHost;
using netpeer::EnetBandwidthPeer;
using netpeer::share_bandwidth;

namespace {

EnetBandwidthPeer bandwidth_peer(uint32_t takes_per_s, uint64_t queued) {
	EnetBandwidthPeer peer;
	peer.incoming_bandwidth = takes_per_s;
	peer.outgoing_data_total = queued;
	return peer;
}

EnetBandwidthPeer sending_peer(uint32_t sends_per_s) {
	EnetBandwidthPeer peer;
	peer.outgoing_bandwidth = sends_per_s;
	return peer;
}

EnetBandwidthHost bandwidth_host(uint32_t incoming, uint32_t outgoing, uint32_t elapsed_ms, bool recalculate) {
	EnetBandwidthHost host;
	host.incoming_bandwidth = incoming;
	host.outgoing_bandwidth = outgoing;
	host.elapsed_ms = elapsed_ms;
	host.recalculate = recalculate;
	return host;
}

} // namespace

TEST(EnetBandwidth, NobodyToShareWithIsHarmless) {
	share_bandwidth(bandwidth_host(1000, 1000, 1000, true), nullptr, 0);
}

TEST(EnetBandwidth, WithoutAnyLimitNothingIsThrottled) {
	EnetBandwidthPeer peer = bandwidth_peer(0, 1000000);
	peer.packet_throttle = 20; // rises by round trips, not here
	peer.packet_throttle_limit = 5;
	share_bandwidth(bandwidth_host(0, 0, 1000, false), &peer, 1);
	EXPECT_EQ(peer.packet_throttle_limit, 32u);
	EXPECT_EQ(peer.packet_throttle, 20u);
	EXPECT_FALSE(peer.announce);
}

TEST(EnetBandwidth, HostBudgetThrottlesEveryPeerAlike) {
	// 10,000 bytes for 40,000 asked: 8 of 32.
	std::vector<EnetBandwidthPeer> peers{bandwidth_peer(0, 30000), bandwidth_peer(0, 10000)};
	peers[1].packet_throttle = 3;
	share_bandwidth(bandwidth_host(0, 10000, 1000, false), peers.data(), peers.size());
	EXPECT_EQ(peers[0].packet_throttle_limit, 8u);
	EXPECT_EQ(peers[0].packet_throttle, 8u);
	EXPECT_EQ(peers[1].packet_throttle_limit, 8u);
	EXPECT_EQ(peers[1].packet_throttle, 3u);
}

TEST(EnetBandwidth, SlowPeerLeavesTheRestToTheOthers) {
	// Budget 16,000 for 32,000: 16 of 32 at first. The slow peer takes 1,000 of its 16,000: limit 2.
	// Left: 15,000 for 31,000, which is 15 of 32.
	std::vector<EnetBandwidthPeer> peers{bandwidth_peer(1000, 16000), bandwidth_peer(0, 16000)};
	share_bandwidth(bandwidth_host(0, 16000, 1000, false), peers.data(), peers.size());
	EXPECT_EQ(peers[0].packet_throttle_limit, 2u);
	EXPECT_EQ(peers[0].packet_throttle, 2u);
	EXPECT_EQ(peers[1].packet_throttle_limit, 15u);
}

TEST(EnetBandwidth, BudgetGrowsWithTheTimeThatPassed) {
	// 2 s at 10,000 bytes/s for 40,000: 16 of 32.
	EnetBandwidthPeer peer = bandwidth_peer(0, 40000);
	share_bandwidth(bandwidth_host(0, 10000, 2000, false), &peer, 1);
	EXPECT_EQ(peer.packet_throttle_limit, 16u);
}

TEST(EnetBandwidth, VerySlowPeerKeepsOneOfThirtyTwo) {
	EnetBandwidthPeer peer = bandwidth_peer(1, 1000000);
	share_bandwidth(bandwidth_host(0, 0, 1000, false), &peer, 1);
	EXPECT_EQ(peer.packet_throttle_limit, 1u);
}

TEST(EnetBandwidth, HostWithNearlyNoBudgetMayThrottleToZero) {
	EnetBandwidthPeer peer = bandwidth_peer(0, 1000000);
	share_bandwidth(bandwidth_host(0, 1, 1000, false), &peer, 1);
	EXPECT_EQ(peer.packet_throttle_limit, 0u);
	EXPECT_EQ(peer.packet_throttle, 0u);
}

TEST(EnetBandwidth, LargestInputsDoNotOverflow) {
	std::vector<EnetBandwidthPeer> peers(4095, bandwidth_peer(UINT32_MAX, UINT64_MAX));
	for (EnetBandwidthPeer &peer : peers) peer.outgoing_bandwidth = UINT32_MAX;
	share_bandwidth(bandwidth_host(UINT32_MAX, UINT32_MAX, UINT32_MAX, true), peers.data(), peers.size());
	for (const EnetBandwidthPeer &peer : peers) {
		EXPECT_LE(peer.packet_throttle_limit, 32u);
		EXPECT_LE(peer.packet_throttle, peer.packet_throttle_limit);
		EXPECT_EQ(peer.announce_incoming, UINT32_MAX / 4095);
	}
	// 4,294,967 bytes/ms and a hundred megabytes queued: 32 bits would wrap here.
	EnetBandwidthPeer fast = bandwidth_peer(400000000, 800000000);
	share_bandwidth(bandwidth_host(0, 0, 1000, false), &fast, 1);
	EXPECT_EQ(fast.packet_throttle_limit, 16u);
}

TEST(EnetBandwidth, NothingIsAnnouncedUnlessAskedFor) {
	EnetBandwidthPeer peer = sending_peer(500);
	peer.announce = true;
	share_bandwidth(bandwidth_host(1000, 0, 1000, false), &peer, 1);
	EXPECT_FALSE(peer.announce);
}

TEST(EnetBandwidth, HostWithoutIncomingLimitAnnouncesUnlimited) {
	EnetBandwidthPeer peer = sending_peer(500);
	share_bandwidth(bandwidth_host(0, 777, 1000, true), &peer, 1);
	EXPECT_TRUE(peer.announce);
	EXPECT_EQ(peer.announce_incoming, 0u);
	EXPECT_EQ(peer.announce_outgoing, 777u);
}

TEST(EnetBandwidth, ModestSendersLeaveTheirShareToTheGreedy) {
	// 3,000 for three: 1,000 each. The first sends 400 only; the others get (3,000 - 400) / 2.
	std::vector<EnetBandwidthPeer> peers{sending_peer(400), sending_peer(5000), sending_peer(2000)};
	share_bandwidth(bandwidth_host(3000, 0, 1000, true), peers.data(), peers.size());
	EXPECT_EQ(peers[0].announce_incoming, 400u);
	EXPECT_EQ(peers[1].announce_incoming, 1300u);
	EXPECT_EQ(peers[2].announce_incoming, 1300u);
}

TEST(EnetBandwidth, PeerWithoutLimitIsToldUnlimited) {
	std::vector<EnetBandwidthPeer> peers{sending_peer(0), sending_peer(5000)};
	share_bandwidth(bandwidth_host(3000, 0, 1000, true), peers.data(), peers.size());
	EXPECT_EQ(peers[0].announce_incoming, 0u);
	EXPECT_EQ(peers[1].announce_incoming, 3000u);
}

TEST(EnetBandwidth, PeerSendingExactlyItsShareIsNotSettledBelowIt) {
	std::vector<EnetBandwidthPeer> peers{sending_peer(1500), sending_peer(1499)};
	share_bandwidth(bandwidth_host(3000, 0, 1000, true), peers.data(), peers.size());
	EXPECT_EQ(peers[1].announce_incoming, 1499u); // below 1,500: settled
	EXPECT_EQ(peers[0].announce_incoming, 1500u); // 1,501 are left, so it keeps its own limit
}
