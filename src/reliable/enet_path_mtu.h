// How large a datagram the path to one peer carries, found out by probes (RFC 8899, DPLPMTUD): PINGs with zeros behind
// them, which every ENet host answers. A state machine without I/O: told what was lost and what was answered, it says which
// probe is due and how large datagrams may be. The design is docs/congestion/path-mtu.md.
// Sizes are UDP payload bytes, everything included.
#pragma once

#include "../core/instant.h"

#include <cstddef>
#include <cstdint>

namespace netpeer {

/// Whether datagrams of a size are lost and none of that size arrives. Part of every peer: a few bytes.
struct EnetSizeLosses {
	static constexpr uint8_t kSuspicious = 3;           // in a row
	static constexpr uint16_t kSuspiciousAfterMs = 250; // a line that stutters is no black hole

	uint16_t first_sent_ms = 0; // of our clock, cut
	uint16_t size : 13;         // the smallest of them
	uint16_t in_row : 2;        // at most kSuspicious

	EnetSizeLosses() : size(0), in_row(0) {}
	bool are_suspicious(Instant now) const {
		return in_row == kSuspicious && static_cast<uint16_t>(now.ms32() - first_sent_ms) >= kSuspiciousAfterMs;
	}
	void note_lost(Instant sent_at, uint32_t bytes);
	void note_arrived(uint32_t bytes) {
		if (in_row != 0 && bytes >= size) in_row = 0;
	}
};

/// Made for a peer whose path is in doubt; without one, datagrams are as large as was negotiated.
class EnetPathMtu {
public:
	static constexpr uint16_t kFloor = 576; // what every ENet host takes; no size is below
	static constexpr uint16_t kBase = 1200; // nearly every path carries it
	static constexpr uint16_t kNear = 16;   // a search ends this close to what does not pass
	static constexpr unsigned kStrikesToFall = 5;
	static constexpr unsigned kStrikesToRefuse = 3; // a larger size, of a search
	static constexpr unsigned kSilentTrials = 6;    // in a row, that say nothing

	/// The first call. `full`: what was negotiated.
	void begin(uint16_t full) { size_ = full_ = high_ = full; }
	/// After it: takes the path for the smallest there is until probes have shown more.
	void begin_low(Instant now);

	/// How large datagrams may be.
	uint16_t size() const { return size_; }
	/// Nothing is known against the negotiated size and nothing is under way: this can be given up.
	bool is_over(Instant now) const { return phase_ == Phase::kTrusted && now >= next_doubt_; }
	bool is_probing() const { return phase_ == Phase::kDoubting || phase_ == Phase::kSearching; }

	/// Datagrams of the present size are lost as if it did not pass: finds out. At times it has just been found out.
	void doubt(Instant now);
	/// The size of the probe that shall leave now; 0: none.
	uint16_t due_probe() const { return next_probe_ < probes_ ? slots_[next_probe_].bytes : uint16_t{0}; }
	/// It has left. `patience`: how long its answer may take.
	void note_sent(Instant now, uint16_t sequence, uint16_t stamp, Duration patience);
	/// An acknowledgement; false: not of a probe that is out.
	bool acknowledge(Instant now, uint16_t sequence, uint16_t stamp);
	/// One of a probe that nobody waits for any more.
	bool is_late(uint16_t sequence) const {
		return has_probed_ && static_cast<uint16_t>(sequence - first_) <= static_cast<uint16_t>(last_ - first_);
	}
	/// Data in a datagram of that size was acknowledged.
	void note_arrived(Instant now, uint32_t bytes) {
		if (phase_ == Phase::kDoubting && bytes >= size_) data_arrived_ = true;
		if (bytes > size_) longer_passed_at_ = now;
	}
	/// When a longer datagram than size() last arrived, or that size was found out.
	Instant longer_passed_at() const { return longer_passed_at_; }
	void handle_timeout(Instant now);
	/// Call handle_timeout() then; never() while only a probe is due.
	Instant next_deadline() const;

private:
	// Trusted: the size is full. Doubting: does what is used still pass? Searching: what above it does? Settled: that is
	// known, and looked at again after a while.
	enum class Phase : uint8_t { kTrusted, kDoubting, kSearching, kSettled };
	struct Slot {
		uint16_t bytes;
		uint16_t sequence;
		uint16_t stamp;
		bool is_answered;
	};
	static constexpr size_t kMostProbes = 3;

	void begin_test(Phase phase, uint16_t bytes);
	void begin_trial();
	void end_trial(Instant now);
	void passed(Instant now);
	void fall(Instant now);
	void search_on(Instant now);
	void settle(Instant now);

	Instant trial_ends_;
	Instant raise_at_;
	Instant next_doubt_;
	Instant longer_passed_at_;
	Duration patience_;
	// A trial: the size in question first, then smaller ones. Only when one of those is answered a lost one means anything.
	Slot slots_[kMostProbes] = {};
	uint16_t size_ = 0;
	uint16_t full_ = 0;
	uint16_t first_ = 0;   // number of the first probe of all
	uint16_t last_ = 0;    // and of the last
	uint16_t high_ = 0;    // of a search: the smallest size that did not pass
	uint16_t passing_ = 0; // the largest smaller one that did during a doubt
	uint8_t probes_ = 0;
	uint8_t next_probe_ = 0;
	uint8_t strikes_ = 0;
	uint8_t silent_trials_ = 0;
	Phase phase_ = Phase::kTrusted;
	bool is_search_open_ = false; // a doubt has interrupted it
	bool data_arrived_ = false;
	bool has_probed_ = false;
};

} // namespace netpeer
