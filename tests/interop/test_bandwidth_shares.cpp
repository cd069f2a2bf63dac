// share_bandwidth against enet_host_bandwidth_throttle of the installed libenet, field by field, on random hosts.
// Inputs stay where 32 bits do not wrap: libenet computes in 32 bits, we in 64.
#include "../../src/core/seeded_rng.h"
#include "../../src/reliable/enet_bandwidth.h"

#include <enet/enet.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

using netpeer::EnetBandwidthHost;
using netpeer::EnetBandwidthPeer;
using netpeer::SeededRng;
using netpeer::share_bandwidth;

namespace {

constexpr uint64_t kSharesSeed = 15;
constexpr int kSharesHosts = 1000;
constexpr size_t kSharesSlots = 24;
constexpr uint32_t kMaxBandwidth = 1400000; // times 3,000 ms, and a second's bytes times 32: below 2^32
constexpr uint32_t kMaxElapsedMs = 3000;
constexpr uint32_t kMaxQueuedBytes = 16000000; // times 24 peers: below 2^32; times 32 as well

// Values of every magnitude, often zero and often equal to each other.
uint32_t any_magnitude(SeededRng &rng, uint32_t limit) {
	switch (rng.below(5)) {
	case 0: return 0;
	case 1: return 1000;
	default: return static_cast<uint32_t>(rng.below(uint64_t{limit} >> rng.below(20)) + 1);
	}
}

struct QueuedAnnouncement {
	bool queued = false;
	uint32_t incoming = 0;
	uint32_t outgoing = 0;
};

QueuedAnnouncement queued_announcement(ENetPeer &peer) {
	QueuedAnnouncement result;
	if (enet_list_empty(&peer.outgoingCommands)) return result;
	const auto *command = reinterpret_cast<const ENetOutgoingCommand *>(enet_list_front(&peer.outgoingCommands));
	EXPECT_EQ(command->command.header.command & ENET_PROTOCOL_COMMAND_MASK, ENET_PROTOCOL_COMMAND_BANDWIDTH_LIMIT);
	EXPECT_EQ(enet_list_size(&peer.outgoingCommands), 1u);
	result.queued = true;
	result.incoming = ENET_NET_TO_HOST_32(command->command.bandwidthLimit.incomingBandwidth);
	result.outgoing = ENET_NET_TO_HOST_32(command->command.bandwidthLimit.outgoingBandwidth);
	return result;
}

bool takes_part(const ENetPeer &peer) {
	return peer.state == ENET_PEER_STATE_CONNECTED || peer.state == ENET_PEER_STATE_DISCONNECT_LATER;
}

void fill_stock_peer(SeededRng &rng, ENetPeer &peer) {
	static const ENetPeerState kStates[] = {ENET_PEER_STATE_CONNECTED, ENET_PEER_STATE_CONNECTED,
	        ENET_PEER_STATE_CONNECTED, ENET_PEER_STATE_DISCONNECT_LATER, ENET_PEER_STATE_DISCONNECTED,
	        ENET_PEER_STATE_CONNECTING};
	peer.state = kStates[rng.below(6)];
	peer.incomingBandwidth = any_magnitude(rng, kMaxBandwidth);
	peer.outgoingBandwidth = any_magnitude(rng, rng.chance(0.2) ? UINT32_MAX : kMaxBandwidth);
	peer.outgoingDataTotal = any_magnitude(rng, kMaxQueuedBytes);
	peer.incomingDataTotal = 1;
	peer.incomingBandwidthThrottleEpoch = 0; // "settled in this millisecond": several hosts fit in one
	peer.outgoingBandwidthThrottleEpoch = 0;
	peer.packetThrottle = static_cast<enet_uint32>(rng.below(33));
	peer.packetThrottleLimit = static_cast<enet_uint32>(rng.below(33));
}

} // namespace

TEST(EnetBandwidthShares, EqualStockOnAThousandRandomHosts) {
	SeededRng rng(kSharesSeed);
	ENetHost *stock = enet_host_create(nullptr, kSharesSlots, 1, 0, 0);
	ASSERT_NE(stock, nullptr);
	size_t compared = 0, announced = 0, throttled = 0;

	for (int run = 0; run < kSharesHosts; ++run) {
		SCOPED_TRACE("host " + std::to_string(run));
		stock->incomingBandwidth = any_magnitude(rng, rng.chance(0.2) ? UINT32_MAX : kMaxBandwidth);
		stock->outgoingBandwidth = any_magnitude(rng, kMaxBandwidth);
		stock->recalculateBandwidthLimits = rng.chance(0.5) ? 1 : 0;
		stock->connectedPeers = 0;
		stock->bandwidthLimitedPeers = 0;

		EnetBandwidthHost host;
		host.incoming_bandwidth = stock->incomingBandwidth;
		host.outgoing_bandwidth = stock->outgoingBandwidth;
		host.recalculate = stock->recalculateBandwidthLimits != 0;
		std::vector<EnetBandwidthPeer> peers;
		for (size_t i = 0; i < kSharesSlots; ++i) {
			ENetPeer &peer = stock->peers[i];
			fill_stock_peer(rng, peer);
			if (!takes_part(peer)) continue;
			++stock->connectedPeers;
			if (peer.incomingBandwidth != 0) ++stock->bandwidthLimitedPeers;
			EnetBandwidthPeer ours;
			ours.incoming_bandwidth = peer.incomingBandwidth;
			ours.outgoing_bandwidth = peer.outgoingBandwidth;
			ours.outgoing_data_total = peer.outgoingDataTotal;
			ours.packet_throttle = peer.packetThrottle;
			ours.packet_throttle_limit = peer.packetThrottleLimit;
			peers.push_back(ours);
		}

		// The clock may tick before libenet reads it; what it read is in the epoch afterwards.
		const enet_uint32 epoch =
		        enet_time_get() - 1000 - static_cast<enet_uint32>(rng.below(kMaxElapsedMs - 1000 - 100));
		stock->bandwidthThrottleEpoch = epoch;
		enet_host_bandwidth_throttle(stock);
		host.elapsed_ms = stock->bandwidthThrottleEpoch - epoch;
		ASSERT_LE(host.elapsed_ms, kMaxElapsedMs) << "this machine stalled; the comparison would wrap";
		share_bandwidth(host, peers.data(), peers.size());

		size_t at = 0;
		for (size_t i = 0; i < kSharesSlots; ++i) {
			ENetPeer &peer = stock->peers[i];
			if (takes_part(peer)) {
				const EnetBandwidthPeer &ours = peers[at++];
				ASSERT_EQ(ours.packet_throttle_limit, peer.packetThrottleLimit) << "slot " << i;
				ASSERT_EQ(ours.packet_throttle, peer.packetThrottle) << "slot " << i;
				const QueuedAnnouncement theirs = queued_announcement(peer);
				ASSERT_EQ(ours.announce, theirs.queued) << "slot " << i;
				if (theirs.queued) {
					ASSERT_EQ(ours.announce_incoming, theirs.incoming) << "slot " << i;
					ASSERT_EQ(ours.announce_outgoing, theirs.outgoing) << "slot " << i;
					++announced;
				}
				if (ours.packet_throttle_limit < 32) ++throttled;
				++compared;
			}
			enet_peer_reset_queues(&peer);
			peer.state = ENET_PEER_STATE_DISCONNECTED;
		}
	}
	enet_host_destroy(stock);
	// The seed must exercise what it claims to.
	EXPECT_GT(compared, 10000u);
	EXPECT_GT(announced, 5000u);
	EXPECT_GT(throttled, 2000u);
}
