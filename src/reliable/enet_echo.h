// The acknowledgement that left last, and what it tells of the other end's clock, so that it can leave again with the time it
// would have to answer by then. docs/congestion/recovery.md, "Liveness".
#pragma once

#include "enet_constants.h"

#include <cstdint>

namespace netpeer {

/// Times in ms, on the clock that our stamps are taken from. How fast the other clock goes is learnt from readings that are
/// far apart; the better they are foretold, the rarer they need to be.
class EnetLastAck {
public:
	EnetLastAck() : read_at_(0), trust_(0) {}

	uint16_t sequence = 0;
	uint8_t channel = 0;

	/// An acknowledgement that answers `sent_time` leaves: the other end's clock is read. `variation_us`: of the path;
	/// a reading may be off by as much.
	void read_clock(uint16_t sent_time, uint32_t now_ms, uint32_t variation_us) {
		const uint16_t ahead = static_cast<uint16_t>(sent_time - now_ms);
		if (is_known() && since_reading(now_ms) >= kEnetEchoPeriodMs / 2) judge(ahead, now_ms, variation_us);
		if (!is_known()) drift_ = 0;
		ahead_ = ahead;
		read_at_ = (now_ms / kReadingMs) & kMostReadings;
		used_to_ = static_cast<uint16_t>(now_ms);
	}
	/// There was one.
	bool is_known() const { return drift_ != kUnknown; }
	/// It may leave again.
	bool is_echo_due(uint32_t now_ms) const { return unused_ms(now_ms) >= kEnetEchoMs && !wants_reading(now_ms); }
	/// It does. Returns the time it answers.
	uint16_t echo(uint32_t now_ms) {
		const uint16_t unused = unused_ms(now_ms);
		const uint16_t left = unused < kMostUnusedMs ? unused : kMostUnusedMs;
		used_to_ = static_cast<uint16_t>(now_ms - left + kEnetEchoMs);
		return static_cast<uint16_t>(now_ms + ahead_at(now_ms));
	}

private:
	static constexpr uint16_t kMostUnusedMs = kEnetMostEchoes * kEnetEchoMs;
	static constexpr int64_t kDriftTime = 1 << 19;
	static constexpr int64_t kMostDrift = 120; // 230 millionths; a clock that seems to go more wrong has been set
	static constexpr int8_t kUnknown = -128;
	static constexpr uint32_t kReadingMs = 256; // this is how exactly it is known when
	static constexpr uint32_t kMostReadings = (1 << 14) - 1;
	/// ms, modulo 70 minutes; a reading is asked for after 17.5 minutes at most.
	uint32_t since_reading(uint32_t now_ms) const {
		return ((now_ms / kReadingMs - read_at_) & kMostReadings) * kReadingMs;
	}
	uint16_t unused_ms(uint32_t now_ms) const { return static_cast<uint16_t>(now_ms - used_to_); }
	/// It is time to be asked.
	bool wants_reading(uint32_t now_ms) const {
		const uint32_t since = since_reading(now_ms);
		const uint32_t period = kEnetEchoPeriodMs << trust_;
		return since >= period && (since - period) % kEnetEchoPeriodMs < kEnetEchoPauseMs;
	}
	/// What the other end's clock is taken to show, less ours.
	uint16_t ahead_at(uint32_t now_ms) const {
		return static_cast<uint16_t>(ahead_ + drift_ * int64_t{since_reading(now_ms)} / kDriftTime);
	}
	void judge(uint16_t ahead, uint32_t now_ms, uint32_t variation_us);

	int8_t drift_ = kUnknown; // of the other end's clock, in kDriftTime
	uint16_t ahead_ = 0;      // the other end's clock, less ours, when it was read
	uint16_t used_to_ = 0;    // each echo uses kEnetEchoMs of the time that passes
	uint16_t read_at_ : 14;   // when it left for the first time, in kReadingMs
	uint16_t trust_ : 2;      // one more when the clock was as foretold, one less when not; at most kEnetEchoMostTrust
};

} // namespace netpeer
