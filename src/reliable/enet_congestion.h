// Congestion control for one peer's reliable bulk: how many bytes may be in flight, and when the next may leave.
// Told what left, what was acknowledged and what was lost; knows nothing of commands, channels or sockets. Integer
// arithmetic: bytes, microseconds, bytes per second.
// The design and the reasons for its numbers are docs/congestion.md, "Congestion control". In short: a model of the path
// (bandwidth and shortest round trip, in the manner of BBR) decides, and losses only when they come with a queue or are
// many; CUBIC (RFC 9438) is there for those who want it.
#pragma once

#include "../core/instant.h"
#include "enet_host.h"

namespace netpeer {

/// What a datagram knew of the flow when it left.
struct SendMark {
	uint32_t delivered_us = 0;  // when `delivered` was reached, modulo 2^32 us
	uint32_t first_sent_us = 0; // when the datagram left whose answer made it so
	uint32_t delivered = 0;     // bytes answered until then, modulo 2^32
	bool counted = false;       // false: left before anybody counted
	bool limited = false;       // there was not enough to send: it says little of the path
};

/// The largest of the values of the last kWindow rounds.
struct RecentMaximum {
	static constexpr uint32_t kWindow = 10;
	void add(uint32_t round, uint64_t value);
	uint64_t get() const { return best[0]; }
	void clear() { *this = RecentMaximum(); }

	uint64_t best[3] = {};
	uint32_t rounds[3] = {};
};

/// Lets bytes leave at a rate, with pauses that timers can keep.
class EnetPacer {
public:
	static constexpr uint32_t kMostAtOnce = 64 * 1400; // what a receiver's socket takes between two looks

	/// Whether a datagram may leave at `now` when `rate` bytes per second may. If not, departure() says when.
	bool may_leave(Instant now, uint64_t rate) {
		if (rate == UINT64_MAX) return true;
		if (filled_at_ < now) fill(now, rate);
		waited_ = credit_ <= 0;
		if (waited_) {
			set_departure(now, rate);
		} else {
			departure_ = Instant::never();
		}
		return !waited_;
	}
	/// What left without asking is a debt, but not a longer one than a large burst.
	void note_sent(uint32_t bytes) {
		credit_ -= bytes;
		if (credit_ < -int64_t{kMostAtOnce}) credit_ = -int64_t{kMostAtOnce};
	}
	Instant departure() const { return departure_; }
	void forget_departure() { departure_ = Instant::never(); }
	void stop_waiting() { waited_ = false; }
	void allow(uint32_t bytes) { credit_ = bytes; }

private:
	void fill(Instant now, uint64_t rate);
	void set_departure(Instant now, uint64_t rate);

	Instant filled_at_;
	Instant departure_ = Instant::never();
	int64_t credit_ = 0;      // bytes that may leave now
	uint32_t millionths_ = 0; // of a byte, besides
	bool waited_ = false;
};

/// The rate at which answers come while a run of datagrams was sent faster: what the bottleneck lets through.
struct AnswerTrain {
	void begin(Instant sent_at, Instant now);
	void add(Instant sent_at, Instant now, uint32_t bytes);
	/// Bytes per second; 0: nothing can be said.
	uint64_t rate() const;

	Instant first_sent_at;
	Instant last_sent_at;
	Instant first_answer_at;
	Instant last_answer_at;
	Duration longest_gap;
	uint32_t bytes = 0;
	uint32_t count = 0;
};

class EnetCongestion {
public:
	static constexpr uint32_t kFloor = kEnetMaxWindow; // bytes in flight that stock has on any path
	static constexpr uint32_t kMostInFlight = 8u << 20;
	static constexpr uint32_t kDatagram = 1400; // bytes, about

	/// `rtt_us`: what is known of the round trip; 0: nothing.
	EnetCongestion(EnetCongestionControl control, Instant now, uint32_t rtt_us);
	/// Another control sent what is in flight: its losses count, but CUBIC's window is not what was too large.
	void take_over() { cubic_.inherits = true; }

	// --- told ---

	/// A datagram with `bytes` of reliable payload leaves; `in_flight` without it.
	void note_sent(Instant now, SendMark &mark, uint32_t bytes, uint32_t in_flight) {
		if (in_flight == 0) {
			delivered_at_ = first_sent_at_ = now;
			lump_began_at_ = now;
			lump_bytes_ = 0;
		}
		mark.delivered_us = static_cast<uint32_t>(delivered_at_.us);
		mark.first_sent_us = static_cast<uint32_t>(first_sent_at_.us);
		mark.delivered = delivered_;
		mark.counted = true;
		mark.limited = limited_;
		if (in_flight + 2 * kDatagram >= most_) most_was_reached_ = true;
		last_sent_at_ = now;
		pacer_.note_sent(bytes);
	}
	/// All there was to send has left.
	void note_nothing_waits(uint32_t in_flight) {
		limited_until_ = delivered_ + in_flight;
		limited_ = true;
		pacer_.stop_waiting();
		pacer_.forget_departure();
	}
	void note_delivered(uint32_t bytes) { delivered_ += bytes; }
	/// All of a datagram has been answered, its bytes are in note_delivered() already; `in_flight` without it.
	void note_answer(Instant now, Instant sent_at, const SendMark &mark, uint32_t bytes, uint32_t in_flight);
	void note_lost(uint32_t bytes) {
		round_lost_ += bytes;
		cubic_.lost += bytes;
	}
	/// `bytes` taken for lost had arrived.
	void note_spurious(uint32_t bytes);

	// --- asked ---

	EnetCongestionControl control() const { return control_; }
	/// Reliable bytes that may be in flight.
	uint32_t window() {
		if (limits_are_old_) set_limits();
		return window_;
	}
	/// Whether a datagram may leave now. If not, departure() is when; never() once it has been forgotten.
	bool may_leave(Instant now) { return pacer_.may_leave(now, pacing_rate()); }
	Instant departure() const { return pacer_.departure(); }
	void forget_departure() { pacer_.forget_departure(); }
	Instant last_sent_at() const { return last_sent_at_; }
	/// Bytes per second; 0 before it is known.
	uint64_t bandwidth() const { return bandwidth_.get(); }
	/// us; what the path takes without a queue.
	uint32_t shortest_rtt() const { return shortest_rtt_; }
	uint32_t smoothed_rtt() const { return smoothed_rtt_; }
	uint64_t pacing_rate() {
		if (limits_are_old_) set_limits();
		return rate_;
	}

private:
	enum class Phase : uint8_t { kStartup, kDrain, kUp, kDown, kCruise, kProbeRtt };

	/// The same within what clocks and polls blur.
	bool is_shortest(uint32_t rtt) const { return rtt <= shortest_rtt_ + shortest_rtt_ / 16 + 500; }
	void sample_rtt(Instant now, uint32_t rtt);
	void sample_bandwidth(Instant now, Instant sent_at, const SendMark &mark);
	void watch_aggregation(Instant now, uint32_t bytes);
	void end_round(Instant now);
	void judge_losses(Instant now, uint32_t delivered);
	void raise_limit();
	void end_trial(Instant now, uint32_t lost);
	void watch_train(Instant now, Instant sent_at, uint32_t bytes);
	void grow_startup(Instant now, Instant sent_at, uint32_t bytes, uint32_t in_flight);
	void end_probe_rtt(Instant now);
	void advance(Instant now, uint32_t in_flight);
	void enter(Phase phase, Instant now);
	bool startup_is_over();
	uint32_t bytes_in(uint64_t rate, uint32_t us) const;
	uint32_t path_bytes() const { return bytes_in(bandwidth(), shortest_rtt_); }
	uint64_t above_ceiling() const;
	uint32_t held_in_lumps() const;
	bool answers_in_lumps() const { return held_in_lumps() * 2 >= path_bytes(); }
	bool queue_is_shared() const;
	uint32_t queue_allowed() const;
	uint32_t up_target() const;
	void set_limits();
	void set_window();
	void set_rate();

	void end_round_of_cubic(Instant now);
	void reduce_cubic(const SendMark &mark);
	void grow_cubic(Instant now, uint32_t bytes, uint32_t in_flight);

	EnetCongestionControl control_;
	Phase phase_ = Phase::kStartup;

	// Deliveries
	uint32_t delivered_ = 0; // bytes, modulo 2^32
	uint32_t limited_until_ = 0;
	bool limited_ = false;
	Instant delivered_at_;
	Instant first_sent_at_;
	Instant last_sent_at_;

	// The path
	RecentMaximum bandwidth_;
	uint32_t shortest_rtt_;
	uint32_t smoothed_rtt_;
	Instant shortest_seen_at_;
	bool sampled_ = false;

	// The round trip under way
	uint32_t round_ = 0;
	uint32_t round_end_ = 0;   // it is over when a datagram is answered that left after this was delivered
	uint32_t round_began_ = 0; // delivered_ then
	uint32_t round_lost_ = 0;
	uint32_t round_shortest_ = UINT32_MAX;
	uint32_t round_samples_ = 0;
	uint32_t standing_ = 0; // us of queue that never went away in the last round
	uint32_t wobble_ = 0;   // us by which round trips differ, without any queue of that kind
	bool round_limited_ = false;

	// Answers that come in lumps
	Instant lump_began_at_;
	uint32_t lump_bytes_ = 0;
	RecentMaximum lumps_;

	// Phases
	Instant phase_began_at_;
	uint32_t phase_began_round_ = 0;
	uint32_t cruise_rounds_ = 6;
	uint32_t cycles_ = 0;
	uint64_t full_bandwidth_ = 0; // startup: the best of the round before
	uint32_t rounds_without_growth_ = 0;
	uint64_t bandwidth_before_up_ = 0;
	AnswerTrain train_;
	uint64_t ceiling_ = 0; // startup: what trains have shown; 0: nothing
	uint32_t startup_window_ = kFloor;
	uint32_t probe_shortest_ = 0;
	uint32_t last_probe_ = 0; // what it found, where that was longer and not believed yet; else 0
	Instant probe_ends_at_ = Instant::never();
	Instant no_floor_until_;
	bool floor_holds_ = true;

	// Losses
	uint32_t most_ = kMostInFlight; // in flight, since more was too much
	uint32_t most_before_ = kMostInFlight;
	uint32_t lost_before_cut_ = 0; // bytes that led to it
	uint32_t spurious_since_cut_ = 0;
	uint32_t raise_ = 0;             // bytes by which it grew last
	uint32_t cut_at_ = 0;            // what was too much
	uint32_t last_delivered_ = 0;    // in the round before
	uint32_t trial_rounds_ = 0;      // since a cut that has not proven right yet; 0: there is none
	uint32_t trial_lost_before_ = 0; // of a thousand
	bool trial_in_startup_ = false;
	uint32_t judged_ = 0; // bytes since losses were last judged
	uint32_t judged_lost_ = 0;
	uint32_t tolerance_ = 0; // of a thousand: what was lost however little was sent
	Instant tolerance_ends_at_;
	bool most_was_reached_ = false;
	bool round_was_bad_ = false;

	// CUBIC
	struct Cubic {
		uint32_t window = kFloor;
		uint32_t threshold = UINT32_MAX; // of slow start
		uint32_t most = 0;               // before the last reduction
		uint32_t renos = 0;              // what Reno would have
		uint32_t window_before = 0;      // the reduction, to undo it
		uint32_t threshold_before = 0;
		uint32_t most_before = 0;
		uint32_t k_ms = 0;
		uint32_t last_shortest = UINT32_MAX; // us, of the round before
		Instant epoch;
		bool in_epoch = false;
		bool inherits = false; // nothing has been answered yet that it sent itself
		bool recovering = false;
		uint32_t recovered_at = 0; // of delivered_: what left before that belongs to the reduction
		uint32_t lost = 0;         // since the last answer
	} cubic_;

	EnetPacer pacer_;
	bool limits_are_old_ = false; // the next two have to be computed from the above when they are asked for
	uint32_t window_ = kFloor;
	uint64_t rate_ = UINT64_MAX;
};

} // namespace netpeer
