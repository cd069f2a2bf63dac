#include "enet_recovery.h"

namespace netpeer {

namespace {

constexpr Duration part_of(Duration time, int64_t numerator, int64_t denominator) {
	return Duration::from_us(time.us * numerator / denominator);
}
constexpr Instant later_of(Instant a, Instant b) { return a < b ? b : a; }
constexpr uint32_t greater_of(uint32_t a, uint32_t b) { return a < b ? b : a; }

constexpr Duration kLongestLimit = Duration::from_s(16);
constexpr Duration kLongestRest = Duration::from_ms(500); // of a thin flow in silence: ENet's distance of PINGs
constexpr Duration kShortestCopyWait = Duration::from_ms(1);
constexpr Duration kLongestCopyWait = Duration::from_ms(25);
constexpr uint32_t kSamplesToForget = 512; // until one step of reordering is
constexpr uint32_t kLeastMargin = 1000;    // us

} // namespace

void PathTime::sample(Duration rtt) {
	latest = rtt.us < kLongest ? static_cast<uint32_t>(rtt.us < 0 ? 0 : rtt.us) : kLongest;
	if (latest < lowest) lowest = latest;
	if (!sampled) {
		sampled = true;
		smoothed = latest;
		variation = latest / 2;
		return;
	}
	const uint32_t off = latest < smoothed ? smoothed - latest : latest - smoothed;
	variation = variation - variation / 4 + off / 4;
	smoothed = smoothed - smoothed / 8 + latest / 8;
}

// Something in it, for the first time, by an answer to this very datagram.
void EnetRecovery::note_first_answer(Instant now, SentDatagram &datagram) {
	datagram.answered = true;
	size_losses_.note_arrived(datagram.size);
	path_.sample(now - datagram.sent_at);
	late_margin_ -= late_margin_ / 512;
	if (losses_ != 0) --losses_;
	if (datagram.number % kSamplesToForget == 0 && reordering_ > kFirstReordering) --reordering_;
	if (static_cast<int32_t>(datagram.number + 1 - newest_answered_) > 0) newest_answered_ = datagram.number + 1;
}

// The next late one shall not be given up again; without more of them the limits shrink back (note_first_answer()). What
// comes late tells of the path as well, or one that has become longer would be late for ever.
void EnetRecovery::note_spurious(Instant now, Duration after) {
	const uint32_t at_us = static_cast<uint32_t>(now.us);
	if (late_at_us_ == at_us) return; // one datagram of answers
	late_at_us_ = at_us;
	size_losses_.in_row = 0; // nothing is known to be lost
	if (reordering_ < kMostReordering) ++reordering_;
	const int64_t beyond = after.us - path_.smoothed + kLeastMargin;
	const int64_t most = path_.smoothed;
	late_margin_ = greater_of(late_margin_, static_cast<uint32_t>(beyond < 0 ? 0 : (beyond < most ? beyond : most)));
	path_.sample(after);
}

Duration EnetRecovery::time_limit() const {
	if (!path_.sampled) return Duration::from_us(path_.smoothed);
	const uint32_t margin = greater_of(greater_of(4 * path_.variation, kLeastMargin), late_margin_);
	const Duration limit = Duration::from_us(greater_of(path_.smoothed + margin, kShortestLimit));
	return limit < kLongestLimit ? limit : kLongestLimit;
}

// Before the first answer twice as long each time; in total silence by a quarter at first, then twice as long. A thin
// flow that has been answered once asks no more seldom than an idle one does: at 20 % loss each way six attempts in a row
// fail in two silences of a thousand, and each of the two looks like the end of the peer.
Duration EnetRecovery::limit_in_silence(unsigned rounds) const {
	Duration limit = time_limit();
	for (unsigned round = 0; round < rounds && limit < kLongestLimit; ++round) {
		const bool gently = path_.sampled && round + 1 < kGentleRounds;
		limit = gently ? part_of(limit, 5, 4) : part_of(limit, 2, 1);
	}
	if (path_.sampled && is_thin() && limit > kLongestRest)
		limit = time_limit() < kLongestRest ? kLongestRest : time_limit();
	return limit;
}

// How long a datagram may take when one sent after it has been answered.
Duration EnetRecovery::limit_when_overtaken() const {
	const uint32_t longest = greater_of(path_.smoothed, path_.latest);
	return Duration::from_us(longest + greater_of(greater_of(longest / 8, kLeastMargin), late_margin_));
}

bool EnetRecovery::is_far_behind(const SentDatagram &datagram, int32_t behind) const {
	const unsigned later =
	        datagram.repeated_after_us != 0 ? kEnetMostRepeats : 0; // what left with them counts from there
	return static_cast<uint32_t>(behind) > reordering_ + later;
}

bool EnetRecovery::is_overtaken(const SentDatagram &datagram, Instant now) const {
	const int32_t behind = static_cast<int32_t>(newest_answered_ - datagram.number);
	if (behind <= 1) return false; // nothing later has been answered
	return is_far_behind(datagram, behind) || now - datagram.last_sent_at() >= limit_when_overtaken();
}

Instant EnetRecovery::deadline_of_front() const {
	const SentDatagram &front = *ledger_.front();
	// What left before the silence was noticed waits no longer for it.
	const bool own_limits = has_own_limits();
	const bool before_silence = own_limits && silent_rounds_ != 0 && front.sent_at < round_began_;
	const Instant sent_at = front.last_sent_at();
	const Instant from = own_limits ? sent_at : later_of(sent_at, later_of(answered_at_, round_began_));
	const unsigned rounds = before_silence ? silent_rounds_ - 1u : silent_rounds_;
	const Instant limit = from + (rounds == 0 ? time_limit() : limit_in_silence(rounds));
	const int32_t behind = static_cast<int32_t>(newest_answered_ - front.number);
	if (behind <= 1) return limit;
	if (is_far_behind(front, behind)) return front.sent_at; // at once
	return earlier_of(limit, sent_at + limit_when_overtaken());
}

Duration EnetRecovery::copy_wait() const {
	const Duration wait = Duration::from_us(path_.smoothed / 4);
	if (wait < kShortestCopyWait) return kShortestCopyWait; // never in the very pass that has sent the first
	return wait < kLongestCopyWait ? wait : kLongestCopyWait;
}

void EnetRecovery::give_up(SentDatagram *datagram, CommandList &lost) {
	if (!datagram->answered) size_losses_.note_lost(datagram->sent_at, datagram->size);
	while (OutCommand *command = datagram->commands.pop_front()) {
		command->sent_in = nullptr;
		command->repeats = 0;
		command->gone_stamp = datagram->stamp;
		command->gone_ms = datagram->sent_at.ms32();
		lost.push_back(command);
	}
	forget(datagram);
}

Instant EnetRecovery::take_lost(Instant now, CommandList &lost) {
	Instant earliest = Instant::never();
	while (SentDatagram *front = ledger_.front()) {
		if (deadline_of_front() > now) break;
		const Instant sent_at = front->sent_at;
		// Of a thin flow's, those of an earlier round are lost with it.
		const bool silent = !has_own_limits() || (answered_at_ <= sent_at && sent_at >= round_began_);
		if (silent && !is_overtaken(*front, now)) {
			if (silent_rounds_ < UINT8_MAX) ++silent_rounds_;
			round_began_ = now;
			wants_probe_ = true;
		}
		earliest = earlier_of(earliest, sent_at);
		give_up(front, lost);
	}
	if (!earliest.is_never() && losses_ < kMostLossy) losses_ = static_cast<uint8_t>(losses_ + 12);
	return earliest;
}

} // namespace netpeer
