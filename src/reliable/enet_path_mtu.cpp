#include "enet_path_mtu.h"

#include "../core/netpeer_assert.h"

namespace netpeer {

namespace {

constexpr Duration kRaiseAfter = Duration::from_s(600);
constexpr Duration kDoubtAgainAfter = Duration::from_s(2); // it has passed a test
// Whoever makes us fall and rise for the fun of it shall not make us lay out our queues anew all the time.
constexpr Duration kFallAgainAfter = Duration::from_s(10);
constexpr Duration kLeastGrace = Duration::from_ms(5);

constexpr uint16_t between(uint16_t low, uint16_t high) { return static_cast<uint16_t>((low + high) / 2u & ~3u); }

} // namespace

void EnetSizeLosses::note_lost(Instant sent_at, uint32_t bytes) {
	if (bytes <= EnetPathMtu::kFloor) return;
	if (in_row == 0) first_sent_ms = static_cast<uint16_t>(sent_at.ms32());
	if (in_row == 0 || bytes < size) size = bytes & 0x1fff;
	if (in_row < kSuspicious) in_row = (in_row + 1u) & 3u;
}

void EnetPathMtu::begin_low(Instant now) {
	if (full_ <= kFloor) return;
	size_ = kFloor;
	high_ = static_cast<uint16_t>(full_ + 1);
	longer_passed_at_ = now;
	begin_test(Phase::kSearching, full_);
}

void EnetPathMtu::doubt(Instant now) {
	if (phase_ == Phase::kDoubting || now < next_doubt_ || size_ <= kFloor) return;
	is_search_open_ = phase_ == Phase::kSearching;
	passing_ = 0;
	begin_test(Phase::kDoubting, size_);
}

void EnetPathMtu::begin_test(Phase phase, uint16_t bytes) {
	phase_ = phase;
	strikes_ = silent_trials_ = 0;
	data_arrived_ = false;
	slots_[0].bytes = bytes;
	begin_trial();
}

// The size in question leaves first: when a smaller one is answered, so would it have been.
void EnetPathMtu::begin_trial() {
	const uint16_t tested = slots_[0].bytes;
	next_probe_ = 0;
	probes_ = 1;
	const bool is_base_known = phase_ == Phase::kSearching && size_ >= kBase;
	if (tested > kBase && !is_base_known) slots_[probes_++].bytes = kBase;
	if (tested > kFloor) slots_[probes_++].bytes = kFloor;
	for (Slot &slot : slots_) slot.is_answered = false;
}

void EnetPathMtu::note_sent(Instant now, uint16_t sequence, uint16_t stamp, Duration patience) {
	NETPEER_ASSERT(due_probe() != 0);
	Slot &slot = slots_[next_probe_++];
	slot.sequence = sequence;
	slot.stamp = stamp;
	if (!has_probed_) first_ = sequence;
	has_probed_ = true;
	last_ = sequence;
	patience_ = patience;
	for (unsigned i = 0; i < silent_trials_; ++i) patience_ = patience_ + patience_;
	trial_ends_ = now + patience_;
}

bool EnetPathMtu::acknowledge(Instant now, uint16_t sequence, uint16_t stamp) {
	if (!is_probing()) return false;
	for (size_t i = 0; i < next_probe_; ++i) {
		Slot &slot = slots_[i];
		if (slot.is_answered || slot.sequence != sequence || slot.stamp != stamp) continue;
		slot.is_answered = true;
		if (i == 0) {
			passed(now);
			return true;
		}
		if (phase_ == Phase::kSearching && slot.bytes > size_) size_ = slot.bytes;
		const Duration grace = Duration::from_us(patience_.us / 8);
		trial_ends_ = earlier_of(trial_ends_, now + (grace < kLeastGrace ? kLeastGrace : grace));
		return true;
	}
	return false;
}

Instant EnetPathMtu::next_deadline() const {
	switch (phase_) {
	case Phase::kTrusted: return next_doubt_;
	case Phase::kSettled: return raise_at_;
	default: return due_probe() == 0 ? trial_ends_ : Instant::never();
	}
}

void EnetPathMtu::handle_timeout(Instant now) {
	if (phase_ == Phase::kSettled && now >= raise_at_) {
		high_ = static_cast<uint16_t>(full_ + 1);
		begin_test(Phase::kSearching, full_);
	} else if (is_probing() && due_probe() == 0 && now >= trial_ends_) {
		end_trial(now);
	}
}

void EnetPathMtu::end_trial(Instant now) {
	if (data_arrived_) {
		passed(now);
		return;
	}
	bool is_heard = false;
	for (size_t i = 1; i < probes_; ++i) {
		if (!slots_[i].is_answered) continue;
		is_heard = true;
		if (passing_ < slots_[i].bytes) passing_ = slots_[i].bytes;
	}
	if (is_heard) {
		silent_trials_ = 0;
		++strikes_;
		if (phase_ == Phase::kDoubting && strikes_ >= kStrikesToFall) {
			fall(now);
			return;
		}
		if (phase_ == Phase::kSearching && strikes_ >= kStrikesToRefuse) {
			high_ = slots_[0].bytes;
			search_on(now);
			return;
		}
	} else if (++silent_trials_ >= kSilentTrials) { // nobody is there, whatever the size
		next_doubt_ = now + kFallAgainAfter;
		settle(now);
		return;
	}
	begin_trial();
}

// The size in question does.
void EnetPathMtu::passed(Instant now) {
	if (phase_ == Phase::kSearching) {
		size_ = slots_[0].bytes;
		next_doubt_ = now + kFallAgainAfter;
		search_on(now);
		return;
	}
	next_doubt_ = now + kDoubtAgainAfter;
	if (is_search_open_) {
		search_on(now);
	} else {
		settle(now);
	}
}

// What does not pass is tried once more from below: if all was bad luck it is soon over.
void EnetPathMtu::fall(Instant now) {
	NETPEER_ASSERT(passing_ >= kFloor && passing_ < size_);
	const uint16_t failed = size_;
	size_ = passing_;
	next_doubt_ = longer_passed_at_ = now;
	high_ = static_cast<uint16_t>(failed + 1);
	raise_at_ = now + kRaiseAfter;
	begin_test(Phase::kSearching, failed);
}

void EnetPathMtu::search_on(Instant now) {
	if (high_ - size_ <= kNear) {
		raise_at_ = now + kRaiseAfter;
		settle(now);
		return;
	}
	begin_test(Phase::kSearching, between(size_, high_));
}

// Nothing more to find out for now.
void EnetPathMtu::settle(Instant now) {
	probes_ = next_probe_ = 0;
	is_search_open_ = false;
	phase_ = size_ == full_ ? Phase::kTrusted : Phase::kSettled;
	if (phase_ == Phase::kSettled && raise_at_ <= now) raise_at_ = now + kRaiseAfter;
}

} // namespace netpeer
