#include "enet_bandwidth.h"

#include "enet_constants.h"

namespace netpeer {

namespace {

// 128 TiB in one pass: far beyond any link, and low enough that 4095 of them, or one times 32, stay within 64 bits.
constexpr uint64_t kMaxCountedBytes = uint64_t{1} << 47;

uint64_t counted_bytes(const EnetBandwidthPeer &peer) {
	return peer.outgoing_data_total < kMaxCountedBytes ? peer.outgoing_data_total : kMaxCountedBytes;
}

uint64_t allowance(uint32_t bytes_per_s, uint32_t elapsed_ms) { return uint64_t{bytes_per_s} * elapsed_ms / 1000; }

// How many of 32 unreliable packets fit `budget` when `total` bytes were asked for.
uint32_t throttle_for(uint64_t budget, uint64_t total) {
	if (total <= budget) return kEnetThrottleScale;
	return static_cast<uint32_t>(budget * kEnetThrottleScale / total);
}

void lower_throttle(EnetBandwidthPeer &peer, uint32_t limit) {
	peer.packet_throttle_limit = limit;
	if (peer.packet_throttle > limit) peer.packet_throttle = limit;
}

void take_from(uint64_t &pot, uint64_t bytes) { pot = pot > bytes ? pot - bytes : 0; }

// Peers that cannot take their part of the budget get what they can take; the others share what is left.
void share_outgoing(const EnetBandwidthHost &host, EnetBandwidthPeer *peers, size_t count) {
	uint64_t total = UINT32_MAX;
	uint64_t budget = UINT32_MAX;
	if (host.outgoing_bandwidth != 0) {
		budget = allowance(host.outgoing_bandwidth, host.elapsed_ms);
		total = 0;
		for (size_t i = 0; i < count; ++i) total += counted_bytes(peers[i]);
	}
	for (size_t i = 0; i < count; ++i) peers[i].settled = false;

	size_t remaining = count;
	bool again = true;
	while (remaining > 0 && again) {
		again = false;
		const uint32_t throttle = throttle_for(budget, total);
		for (size_t i = 0; i < count; ++i) {
			EnetBandwidthPeer &peer = peers[i];
			if (peer.settled || peer.incoming_bandwidth == 0) continue;
			const uint64_t bytes = counted_bytes(peer);
			const uint64_t takes = allowance(peer.incoming_bandwidth, host.elapsed_ms);
			if (bytes * throttle / kEnetThrottleScale <= takes) continue;
			const uint32_t limit = static_cast<uint32_t>(takes * kEnetThrottleScale / bytes); // bytes > takes
			lower_throttle(peer, limit > 0 ? limit : 1);
			peer.settled = true;
			again = true;
			--remaining;
			take_from(budget, takes);
			take_from(total, takes);
		}
	}

	const uint32_t throttle = throttle_for(budget, total);
	for (size_t i = 0; i < count; ++i) {
		if (!peers[i].settled) lower_throttle(peers[i], throttle);
	}
}

// Peers that will send less than an equal share keep their own limit; the others share what is left.
// DELIBERATE: a peer that announced 0 (unlimited) counts as sending nothing and is told 0, unlimited. Stock does so and
// peers rely on the announcement meaning the same from everybody (test: EnetBandwidth.PeerWithoutLimitIsToldUnlimited).
void announce_incoming(const EnetBandwidthHost &host, EnetBandwidthPeer *peers, size_t count) {
	for (size_t i = 0; i < count; ++i) peers[i].settled = false;

	size_t remaining = count;
	uint64_t pool = host.incoming_bandwidth;
	uint64_t share = 0;
	bool again = pool != 0;
	while (remaining > 0 && again) {
		again = false;
		share = pool / remaining;
		for (size_t i = 0; i < count; ++i) {
			EnetBandwidthPeer &peer = peers[i];
			if (peer.settled || (peer.outgoing_bandwidth > 0 && peer.outgoing_bandwidth >= share)) continue;
			peer.settled = true;
			again = true;
			--remaining;
			take_from(pool, peer.outgoing_bandwidth);
		}
	}

	for (size_t i = 0; i < count; ++i) {
		EnetBandwidthPeer &peer = peers[i];
		peer.announce = true;
		peer.announce_incoming = peer.settled ? peer.outgoing_bandwidth : static_cast<uint32_t>(share);
		peer.announce_outgoing = host.outgoing_bandwidth;
	}
}

} // namespace

void share_bandwidth(const EnetBandwidthHost &host, EnetBandwidthPeer *peers, size_t count) {
	for (size_t i = 0; i < count; ++i) peers[i].announce = false;
	share_outgoing(host, peers, count);
	if (host.recalculate) announce_incoming(host, peers, count);
}

} // namespace netpeer
