#include "sim_link.h"

#include <algorithm>

namespace netpeer {

namespace {

// A rate of bytes per second is the same number of millionths of a byte per microsecond, so that queues are computed
// in integers and are exact.
constexpr uint64_t kSimBytePart = 1000000;
constexpr uint64_t kSimMaxQueueBytes = uint64_t{1} << 40;

} // namespace

void SimLinkSettings::lose_in_bursts(double share, double mean_burst) {
	burst_loss = 1;
	burst_datagrams = std::max(1.0, mean_burst);
	loss = share >= 1 ? 1 : 0;
	if (share <= 0 || share >= 1) {
		burst_start = 0;
		return;
	}
	// In the long run the link is bad for start / (start + end) of the datagrams, where end = 1 / mean_burst.
	burst_start = std::min(1.0, share / ((1 - share) * burst_datagrams));
}

bool SimLink::take_from_mask() {
	const bool drops = (drop_mask_ & 1) != 0;
	drop_mask_ >>= 1;
	return drops;
}

bool SimLink::is_partitioned(Instant now) const {
	if (settings.partitioned) return true;
	if (now < settings.outage_from) return false;
	Duration since = now - settings.outage_from;
	if (settings.outage_every.us > 0) since.us %= settings.outage_every.us;
	return since < settings.outage_length;
}

bool SimLink::is_lost(double state_luck, double loss_luck) {
	const bool was_bad = is_bad_;
	if (settings.burst_start <= 0)
		is_bad_ = false;
	else if (is_bad_)
		is_bad_ = state_luck >= 1 / std::max(1.0, settings.burst_datagrams);
	else
		is_bad_ = state_luck < settings.burst_start;
	if (is_bad_ && !was_bad) counters_.bursts += 1;
	return loss_luck < (is_bad_ ? settings.burst_loss : settings.loss);
}

uint64_t SimBottleneck::backlog_at(Instant now) const {
	if (rate_bytes_per_s == 0) return 0;
	if (now <= backlog_time_) return backlog_;
	const uint64_t elapsed_us = static_cast<uint64_t>(now.us) - static_cast<uint64_t>(backlog_time_.us);
	if (elapsed_us > backlog_ / rate_bytes_per_s) return 0;
	return backlog_ - elapsed_us * rate_bytes_per_s;
}

uint64_t SimBottleneck::queued_bytes(Instant now) const { return (backlog_at(now) + kSimBytePart - 1) / kSimBytePart; }

Duration SimBottleneck::queue_delay(Instant now) const {
	if (rate_bytes_per_s == 0) return Duration();
	const uint64_t backlog = backlog_at(now);
	return Duration::from_us(static_cast<int64_t>(backlog / rate_bytes_per_s + (backlog % rate_bytes_per_s != 0)));
}

bool SimBottleneck::enqueue(Instant now, size_t bytes, Duration &leaves_after) {
	backlog_ = backlog_at(now);
	backlog_time_ = std::max(backlog_time_, now);
	leaves_after = Duration();
	if (rate_bytes_per_s == 0) return true;
	const uint64_t room = std::min<uint64_t>(queue_bytes, kSimMaxQueueBytes) * kSimBytePart;
	const uint64_t needed = bytes * kSimBytePart;
	// The limit may have been lowered below what is queued.
	if (backlog_ > room || needed > room - backlog_) return false;
	backlog_ += needed;
	leaves_after = queue_delay(now);
	return true;
}

uint64_t SimLink::queued_bytes(Instant now) const {
	if (settings.bottleneck != nullptr) return settings.bottleneck->queued_bytes(now);
	SimBottleneck own = own_;
	own.rate_bytes_per_s = settings.rate_bytes_per_s;
	return own.queued_bytes(now);
}

bool SimLink::enqueue(Instant now, size_t bytes, Duration &leaves_after) {
	if (settings.bottleneck != nullptr) return settings.bottleneck->enqueue(now, bytes, leaves_after);
	own_.rate_bytes_per_s = settings.rate_bytes_per_s;
	own_.queue_bytes = settings.queue_bytes;
	return own_.enqueue(now, bytes, leaves_after);
}

} // namespace netpeer
