// Round trip time, its variance and the packet throttle, in ENet's own integer milliseconds: the numbers other software
// reads as statistics, and the throttle both ends agreed on. Knows nothing of commands or queues.
// Follows docs/enet-protocol.md, "Consuming an ACK" and "Packet throttle"; replayed against a trace of stock ENet to
// the letter (test_rtt_trace.cpp), so rounding and order here are not matters of taste.
#pragma once

#include "enet_constants.h"

#include <cstdint>

namespace netpeer {

// 32-bit milliseconds wrap after 49 days: a difference of a day or more is read as negative.
constexpr uint32_t kEnetDayMs = 86400000;
constexpr bool enet_time_before(uint32_t a, uint32_t b) { return a - b >= kEnetDayMs; }
/// How far apart two times are, whichever is the later.
constexpr uint32_t enet_time_gap(uint32_t a, uint32_t b) { return enet_time_before(a, b) ? b - a : a - b; }

/// The full send time behind the 16 bits an acknowledgement echoes, at most a wrap (65,536 ms) before `now_ms`, which is
/// on the clock that made the stamp. False, and `sent_ms` unchanged: it would lie in the future; ignore the
/// acknowledgement.
inline bool rebuild_sent_time(uint16_t received, uint32_t now_ms, uint32_t &sent_ms) {
	uint32_t sent = received | (now_ms & 0xffff0000u);
	// Stamped in the upper half, now in the lower: the 16-bit counter wrapped while the answer was under way.
	if ((received & 0x8000u) > (now_ms & 0x8000u)) sent -= 0x10000u;
	if (enet_time_before(now_ms, sent)) return false;
	sent_ms = sent;
	return true;
}

/// One peer's estimates, all times in ms, throttle in 1/32. Start values are those before the first acknowledgement.
struct EnetRtt {
	uint32_t round_trip_time = kEnetDefaultRttMs;
	uint32_t variance = 0;
	uint32_t lowest = kEnetDefaultRttMs; // of this throttle interval
	uint32_t highest_variance = 0;
	uint32_t last = kEnetDefaultRttMs; // frozen at the end of the interval before
	uint32_t last_variance = 0;

	uint32_t throttle = kEnetThrottleScale; // of 32 unreliable packets, how many are sent
	uint32_t throttle_limit = kEnetThrottleScale;
	uint32_t throttle_epoch = 0; // when the interval began; 0: not yet
	uint32_t acceleration = kEnetThrottleAcceleration;
	uint32_t deceleration = kEnetThrottleDeceleration;
	uint32_t interval = kEnetThrottleIntervalMs;
	uint8_t throttle_counter = 0; // below kEnetThrottleScale
	bool sampled = false;

	/// Takes in one acknowledgement that came `rtt_ms` after the datagram it answers (0 counts as 1).
	void sample(uint32_t rtt_ms, uint32_t now_ms);
	/// Steps the counter for one unreliable packet about to be sent; true: drop it instead.
	bool throttle_drops() {
		throttle_counter = static_cast<uint8_t>((throttle_counter + kEnetThrottleStep) % kEnetThrottleScale);
		return throttle_counter > throttle;
	}

private:
	void step_throttle(uint32_t rtt_ms);
};

} // namespace netpeer
