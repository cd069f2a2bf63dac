// The arithmetic of enet_rtt.h. Divisions truncate and sums wrap at 32 bits, as in the software the numbers must equal.
#include "enet_rtt.h"

namespace netpeer {

void EnetRtt::step_throttle(uint32_t rtt_ms) {
	if (last <= last_variance) {
		throttle = throttle_limit;
	} else if (rtt_ms <= last) {
		// No overflow: the acceleration is whatever the other end configured.
		const bool below_limit = throttle < throttle_limit && acceleration < throttle_limit - throttle;
		throttle = below_limit ? throttle + acceleration : throttle_limit;
	} else if (rtt_ms > last + 2 * last_variance) {
		throttle = throttle > deceleration ? throttle - deceleration : 0;
	}
}

void EnetRtt::sample(uint32_t rtt_ms, uint32_t now_ms) {
	if (rtt_ms == 0) rtt_ms = 1;
	if (!sampled) {
		round_trip_time = rtt_ms;
		variance = (rtt_ms + 1) / 2;
		sampled = true;
	} else {
		step_throttle(rtt_ms);
		variance -= variance / 4;
		if (rtt_ms >= round_trip_time) {
			const uint32_t above = rtt_ms - round_trip_time;
			variance += above / 4;
			round_trip_time += above / 8;
		} else {
			const uint32_t below = round_trip_time - rtt_ms;
			variance += below / 4;
			round_trip_time -= below / 8;
		}
	}
	if (round_trip_time < lowest) lowest = round_trip_time;
	if (variance > highest_variance) highest_variance = variance;
	if (throttle_epoch == 0 || enet_time_gap(now_ms, throttle_epoch) >= interval) {
		last = lowest;
		last_variance = highest_variance > 1 ? highest_variance : 1;
		lowest = round_trip_time;
		highest_variance = variance;
		throttle_epoch = now_ms;
	}
}

} // namespace netpeer
