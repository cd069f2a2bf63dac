#include "enet_echo.h"

namespace netpeer {

// Half of what it was off is taken for its rate: a single reading may be off by what the path varies.
void EnetLastAck::judge(uint16_t ahead, uint32_t now_ms, uint32_t variation_us) {
	const int64_t off = static_cast<int16_t>(ahead - ahead_at(now_ms));
	const int64_t twice = 2 * int64_t{since_reading(now_ms)};
	const int64_t drift = drift_ + (off * kDriftTime + (off < 0 ? -twice : twice) / 2) / twice; // to the nearest
	if (drift < -kMostDrift || drift > kMostDrift) {
		drift_ = 0;
		trust_ = 0;
		return;
	}
	drift_ = static_cast<int8_t>(drift);
	const int64_t tolerance_ms = kEnetEchoToleranceMs + variation_us / 1000;
	if ((off < 0 ? -off : off) > tolerance_ms) {
		trust_ = (trust_ != 0 ? trust_ - 1u : 0u) & kEnetEchoMostTrust;
	} else if (trust_ < kEnetEchoMostTrust) {
		trust_ = (trust_ + 1u) & kEnetEchoMostTrust;
	}
}

} // namespace netpeer
