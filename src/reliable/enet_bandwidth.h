// Shares a host's bandwidth between its peers, once a second. Pure arithmetic: no clock, no queue, no allocation.
// The engine fills the inputs, calls share_bandwidth(), takes over throttle and limit, and queues what is announced.
// Follows docs/enet-protocol.md, section "Bandwidth".
#pragma once

#include <cstddef>
#include <cstdint>

namespace netpeer {

/// A connected peer. In: what it announced and what we queued for it. Out: throttle, limit and our announcement.
struct EnetBandwidthPeer {
	uint32_t incoming_bandwidth = 0;  // bytes/s the other end can take; 0 unlimited
	uint32_t outgoing_bandwidth = 0;  // bytes/s the other end will send at most; 0 unlimited
	uint64_t outgoing_data_total = 0; // bytes queued for it since the last pass; the caller zeroes its own count

	uint32_t packet_throttle = 32;       // in and out: only ever lowered
	uint32_t packet_throttle_limit = 32; // out: 0..32, what packet_throttle may rise to

	bool announce = false;          // out: queue a BANDWIDTH_LIMIT with the next two
	uint32_t announce_incoming = 0; // bytes/s this peer may send to us
	uint32_t announce_outgoing = 0; // bytes/s we send at most

	bool settled = false; // scratch
};

/// The host's own limits, bytes/s, 0 unlimited.
struct EnetBandwidthHost {
	uint32_t incoming_bandwidth = 0;
	uint32_t outgoing_bandwidth = 0;
	uint32_t elapsed_ms = 0;  // since the last pass
	bool recalculate = false; // somebody came, left, or the limits changed: announce anew
};

/// `peers` are the connected ones (CONNECTED and DISCONNECT_LATER), at most 4095. Every round settles at least one of
/// them or is the last: at most `count` rounds over `count` peers for each of the two shares.
void share_bandwidth(const EnetBandwidthHost &host, EnetBandwidthPeer *peers, size_t count);

} // namespace netpeer
