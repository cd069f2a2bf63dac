// SimNetwork: a network of datagrams in memory, on virtual time. Latency, jitter, loss, duplicates, reordering, bit
// flips, a path MTU, partitions and exact drop masks, each per direction; a run is a pure function of the seed, the
// settings and the calls. No clock is read: `now` comes in, next_delivery() says where virtual time may jump to.
// For tests of netpeer itself and of users' netcode (transport_sim.h). Not here: queues of a limited rate, NAT.
//
// Memory: bounded by SimNetworkLimits. Containers are the standard library's (it is a test tool and its bounds are its
// own, not a peer's), so a machine without memory for them ends the process.
#pragma once

#include "../../core/error_list.h"
#include "../../core/instant.h"
#include "../../core/seeded_rng.h"
#include "../../socket/datagram_io.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace netpeer {

/// How one direction between two endpoints behaves. Probabilities are 0..1 and independent of each other.
struct SimLinkSettings {
	Duration latency;     // of every datagram
	Duration jitter;      // up to this much more; does not change the order
	double loss = 0;      // vanishes
	double duplicate = 0; // arrives twice, the copy with its own jitter
	double reorder = 0;   // is held back by reorder_delay and may be overtaken
	double corrupt = 0;   // arrives with one to three bits flipped
	Duration reorder_delay = Duration::from_ms(20);
	size_t mtu = 65507;       // longer datagrams vanish; UDP payload bytes
	bool partitioned = false; // everything offered vanishes; what is in flight still arrives
};

/// What became of a datagram that was offered to the network.
enum class SimFate : uint8_t {
	kOnItsWay = 0,
	kLost = 1,    // by chance
	kDropped = 2, // by the drop mask
	kPartitioned = 3,
	kTooLong = 4,     // for the link's MTU
	kNobodyThere = 5, // no endpoint is attached
	kNoRoom = 6,      // a limit of the network
};
constexpr size_t kSimFates = 7;

struct SimLinkCounters {
	uint64_t by_fate[kSimFates] = {}; // every offered datagram is counted once
	uint64_t duplicated = 0;
	uint64_t reordered = 0;
	uint64_t corrupted = 0;
	uint64_t offered_bytes = 0;
	uint64_t offered() const {
		uint64_t sum = 0;
		for (uint64_t count : by_fate) sum += count;
		return sum;
	}
	uint64_t of(SimFate fate) const { return by_fate[static_cast<size_t>(fate)]; }
};

/// One direction between two endpoints. Lives as long as its network.
class SimLink {
public:
	SimLinkSettings settings; // may be changed at any time; holds for datagrams offered from then on

	/// Bit i drops the i-th next datagram: 0b1 exactly the next one, 0b101 the next and the third. Replaces the mask.
	void drop_mask(uint64_t mask) { drop_mask_ = mask; }
	/// Drops the next `count` datagrams (at most 64).
	void drop_next(unsigned count) { drop_mask_ = count >= 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1; }
	const SimLinkCounters &counters() const { return counters_; }

private:
	friend class SimNetwork;
	SimLinkCounters counters_;
	SeededRng rng_;
	uint64_t drop_mask_ = 0;
	Instant latest_delivery_; // jitter keeps the order
};

struct SimNetworkLimits {
	size_t datagrams_in_flight = 65536;
	size_t bytes_in_flight = 256u << 20;
	size_t endpoints = 65536;
	size_t links = 65536; // pairs that have ever been used
};

/// Sees every datagram offered to the network, before corruption and before delivery. Must not call the network.
struct SimTap {
	void *user = nullptr;
	void (*seen)(
	        void *user, Instant now, const Endpoint &from, const Endpoint &to, ByteView bytes, SimFate fate) = nullptr;
};

class SimNetwork {
public:
	explicit SimNetwork(uint64_t seed, const SimNetworkLimits &limits = SimNetworkLimits());
	SimNetwork(const SimNetwork &) = delete;
	SimNetwork &operator=(const SimNetwork &) = delete;

	/// From now on datagrams can arrive at `at`. ERR_INVALID_PARAMETER for an invalid address or port 0;
	/// ERR_ALREADY_IN_USE; ERR_OUT_OF_MEMORY beyond the limit.
	Error attach(const Endpoint &at);
	/// A port at `address` nobody is attached to, counting up from 49152; 0 when all are taken.
	uint16_t free_port(const IPAddress &address) const;
	/// What is in flight to `at` is lost. Harmless for an unknown endpoint.
	void detach(const Endpoint &at);
	bool is_attached(const Endpoint &at) const;

	/// Offers a datagram; `from` need not be attached (forged senders). Loss is not an error: see the link's counters.
	/// ERR_INVALID_PARAMETER for more than 65,507 bytes (nothing was offered).
	Error send(Instant now, const Endpoint &from, const Endpoint &to, ByteView bytes);
	/// Takes the oldest datagram due at `at`. ERR_BUSY: none is due; ERR_UNCONFIGURED: `at` is not attached. Datagrams
	/// longer than the slot are counted in too_long_for_slot() and skipped.
	Error receive(Instant now, const Endpoint &at, DatagramSlot &slot);
	/// When the next datagram arrives anywhere, or at one endpoint; never() when nothing is in flight there.
	Instant next_delivery() const;
	Instant next_delivery(const Endpoint &at) const;
	size_t in_flight() const { return in_flight_; }
	uint64_t too_long_for_slot() const { return too_long_for_slot_; }

	/// The link from `from` to `to`, made with the default settings when it is new. Beyond the limit of links all new
	/// pairs share one that drops everything.
	SimLink &link(const Endpoint &from, const Endpoint &to);
	/// Settings of links that are made from now on.
	void set_default_settings(const SimLinkSettings &settings) { default_settings_ = settings; }
	void set_tap(const SimTap &tap) { tap_ = tap; }

private:
	struct Flight {
		Instant due;
		uint64_t order = 0; // equal times arrive in the order they were sent
		Endpoint from;
		std::vector<uint8_t> bytes;
	};
	struct Place {
		Endpoint at;
		std::vector<uint32_t> arrivals; // heap of flights, the earliest first
	};
	struct LinkKey {
		Endpoint from;
		Endpoint to;
		SimLink *link;
	};

	const Place *find_place(const Endpoint &at) const;
	Place *find_place(const Endpoint &at);
	SimFate decide(SimLink &link, const Place *place, size_t size, double luck);
	void launch(SimLink &link, Place &place, Instant now, const Endpoint &from, ByteView bytes);
	void land(uint32_t flight);
	bool has_room(size_t bytes) const;
	struct ArrivesLater;

	uint64_t seed_;
	SimNetworkLimits limits_;
	SimLinkSettings default_settings_;
	SimTap tap_;
	std::vector<Place> places_; // sorted by endpoint
	std::vector<LinkKey> keys_; // sorted by (from, to)
	std::deque<SimLink> links_; // stable addresses
	SimLink overflow_link_;
	std::vector<Flight> flights_; // slots, reused with their buffers
	std::vector<uint32_t> free_flights_;
	size_t in_flight_ = 0;
	size_t bytes_in_flight_ = 0;
	uint64_t next_order_ = 0;
	uint64_t too_long_for_slot_ = 0;
};

} // namespace netpeer
