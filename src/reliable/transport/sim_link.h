// SimLink: one direction of a simulated network. What a user sets, what became of what was offered, and the arithmetic
// of queues, its own or one it shares with other links, and of its bursts of losses. The network around it is sim_network.h.
#pragma once

#include "../../core/instant.h"
#include "../../core/seeded_rng.h"

#include <cstddef>
#include <cstdint>

namespace netpeer {

/// A place that has a rate and a queue that drops at its tail: one that several links pass (SimLinkSettings::bottleneck), or a
/// link's own. Counts the bytes of UDP payloads. A datagram leaves when all before it and its own last byte have; its bytes
/// make room for others one by one as they leave. First come, first served, whoever sent it.
class SimBottleneck {
public:
	/// @{
	/// May be changed at any time; holds for datagrams offered from then on. A new rate holds for what is queued, too,
	/// from the last datagram offered before.
	uint64_t rate_bytes_per_s = 0; // 0: unlimited, and no queue
	size_t queue_bytes = 65536;    // a datagram that does not fit vanishes as a whole; below 2^40
	/// @}

	/// Bytes that wait or are passing; a byte that is half through counts.
	uint64_t queued_bytes(Instant now) const;
	/// How long the last of them takes to pass, rounded up.
	Duration queue_delay(Instant now) const;

private:
	friend class SimLink;

	// False: the queue has no room. `leaves_after` is until the last byte has passed.
	bool enqueue(Instant now, size_t bytes, Duration &leaves_after);
	uint64_t backlog_at(Instant now) const;

	uint64_t backlog_ = 0; // at backlog_time_, in millionths of a byte
	Instant backlog_time_;
};

/// How one direction between two endpoints behaves. Probabilities are 0..1 and independent of each other. What a
/// datagram meets, in this order: drop mask, partition, MTU, queue, loss, latency and jitter, reordering, duplication.
struct SimLinkSettings {
	Duration latency;     // of every datagram
	Duration jitter;      // up to this much more; does not change the order
	double loss = 0;      // vanishes; outside bursts, if there are bursts
	double duplicate = 0; // arrives twice, the copy with its own jitter; takes no room in the queue
	double reorder = 0;   // is held back by reorder_delay and may be overtaken
	double corrupt = 0;   // arrives with one to three bits flipped
	Duration reorder_delay = Duration::from_ms(20); // of those that are reordered

	// Losses in bursts (the Gilbert-Elliott model): the link is good or bad, and may change before each datagram.
	double burst_start = 0;     // that a good link turns bad; 0: no bursts
	double burst_datagrams = 1; // how many a link stays bad for, on average; below 1 counts as 1
	double burst_loss = 1;      // vanishes while the link is bad
	/// Sets loss and the three above so that this share of all datagrams vanishes, on average in runs of
	/// `mean_burst` (at least 1). Runs of that length leave a good datagram between them, so the share cannot exceed
	/// mean_burst / (mean_burst + 1), and is cut to that; but 1 means that everything vanishes.
	void lose_in_bursts(double share, double mean_burst);

	// A bottleneck of the link's own (SimBottleneck).
	uint64_t rate_bytes_per_s = 0; // 0: unlimited, and no queue
	size_t queue_bytes = 65536;    // a datagram that does not fit vanishes as a whole; below 2^40
	/// One that it shares with all links that name it, instead of its own. Borrowed; must outlive the link, or be
	/// taken away before.
	SimBottleneck *bottleneck = nullptr;

	size_t mtu = 65507;       // longer datagrams vanish, but see below; UDP payload bytes
	bool fragments = true;    // longer ones that may be sent in fragments pass all the same
	bool partitioned = false; // everything offered vanishes; what is in flight still arrives
	/// @{
	/// The same by the clock: from outage_from on for outage_length, and again every outage_every (0: only once).
	Instant outage_from = Instant::never();
	Duration outage_length;
	Duration outage_every;
	/// @}
};

/// What became of a datagram that was offered to the network.
enum class SimFate : uint8_t {
	kOnItsWay = 0,
	kLost = 1,    // by chance
	kDropped = 2, // by the drop mask
	kPartitioned = 3,
	kTooLong = 4,     // for the link's MTU
	kNobodyThere = 5, // no endpoint is attached, or it has moved (SimNetwork::rebind)
	kNoRoom = 6,      // a limit of the network
	kQueueFull = 7,   // the link's
};
constexpr size_t kSimFates = 8; // how many there are

/// What a link has been offered and what became of it. All count up for its life.
struct SimLinkCounters {
	uint64_t by_fate[kSimFates] = {}; // every offered datagram is counted once
	uint64_t duplicated = 0;          // arrived twice
	uint64_t reordered = 0;           // were held back
	uint64_t corrupted = 0;           // had bits flipped
	uint64_t bursts = 0;              // how often the link turned bad
	uint64_t offered_bytes = 0;       // of UDP payload, whatever became of them
	/// Datagrams, whatever became of them.
	uint64_t offered() const {
		uint64_t sum = 0;
		for (uint64_t count : by_fate) sum += count;
		return sum;
	}
	uint64_t of(SimFate fate) const { return by_fate[static_cast<size_t>(fate)]; } // datagrams with this fate
};

/// One direction between two endpoints. Lives as long as its network.
class SimLink {
public:
	/// May be changed at any time; holds for datagrams offered from then on. A new rate holds for what is queued, too,
	/// from the last datagram offered before.
	SimLinkSettings settings;

	/// Bit i drops the i-th next datagram: 0b1 exactly the next one, 0b101 the next and the third. Replaces the mask.
	void drop_mask(uint64_t mask) { drop_mask_ = mask; }
	/// Drops the next `count` datagrams (at most 64).
	void drop_next(unsigned count) { drop_mask_ = count >= 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1; }
	const SimLinkCounters &counters() const { return counters_; } // since the network was made
	/// Bytes that wait for the bottleneck or are passing it, also those of other links that share it; a byte that is half
	/// through counts.
	uint64_t queued_bytes(Instant now) const;
	/// By `partitioned`, or by an outage that `now` lies in.
	bool is_partitioned(Instant now) const;

private:
	friend class SimNetwork;

	bool take_from_mask();
	bool is_lost(double state_luck, double loss_luck);
	bool enqueue(Instant now, size_t bytes, Duration &leaves_after);

	SimLinkCounters counters_;
	SeededRng rng_;
	uint64_t drop_mask_ = 0;
	SimBottleneck own_;       // with the rate and the queue of the settings
	Instant latest_delivery_; // jitter keeps the order
	bool is_bad_ = false;
};

} // namespace netpeer
