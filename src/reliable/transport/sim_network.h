// SimNetwork: a network of datagrams in memory, on virtual time. Each direction between two endpoints is a link with
// settings of its own (sim_link.h): latency, jitter, loss alone or in bursts, duplicates, reordering, bit flips, a rate
// with a finite queue, its own or shared with other links, a path MTU, partitions, exact drop masks. Endpoints may change their address as behind a NAT.
// A run is a pure function of the seed, the settings and the calls. No clock is read: `now` comes in and never goes
// back, next_delivery() says where virtual time may jump to.
// For tests of netpeer itself and of users' netcode (transport_sim.h). Not here: routes.
//
// Memory: bounded by SimNetworkLimits, from an allocator that may refuse.
#pragma once

#include "../../core/byte_buffer.h"
#include "../../core/error_list.h"
#include "../../core/fallible_array.h"
#include "../../core/instant.h"
#include "../../core/seeded_rng.h"
#include "../../socket/datagram_io.h"
#include "sim_link.h"

#include <cstddef>
#include <cstdint>

namespace netpeer {

/// How much a network holds at most. What is beyond is refused with ERR_OUT_OF_MEMORY, or lost (SimFate::kNoRoom).
struct SimNetworkLimits {
	size_t datagrams_in_flight = 65536;  // on their way, over all links
	size_t bytes_in_flight = 256u << 20; // of their payload
	size_t endpoints = 65536;            // attached at once
	size_t links = 65536;                // pairs that have ever been used
	size_t rebindings = 65536;           // that are still to come
};

/// Sees every datagram offered to the network, before corruption and before delivery; `from` is what a receiver sees.
/// Must not call the network.
struct SimTap {
	void *user = nullptr; // handed to each call
	/// `bytes` are borrowed for the call. Null: sees nothing.
	void (*seen)(
	        void *user, Instant now, const Endpoint &from, const Endpoint &to, ByteView bytes, SimFate fate) = nullptr;
};

/// Owner thread only. No call blocks.
class SimNetwork {
public:
	/// The same seed, settings and calls give the same run on every machine.
	/// `allocator` is borrowed and must outlive the network. Where it has no memory a call answers ERR_OUT_OF_MEMORY, a datagram
	/// meets no room, and a link is the one that drops everything.
	explicit SimNetwork(uint64_t seed, const SimNetworkLimits &limits = SimNetworkLimits(),
	        const Allocator *allocator = default_allocator());
	~SimNetwork();
	SimNetwork(const SimNetwork &) = delete;
	SimNetwork &operator=(const SimNetwork &) = delete;

	/// From now on datagrams can arrive at `at`. ERR_INVALID_PARAMETER for an invalid address or port 0;
	/// ERR_ALREADY_IN_USE when somebody is attached there or has moved there, or will; ERR_OUT_OF_MEMORY beyond the
	/// limit.
	Error attach(const Endpoint &at);
	/// A port at `address` where one can attach, counting up from 49152; 0 when all are taken.
	uint16_t free_port(const IPAddress &address) const;
	/// What is in flight to `at` is lost. Harmless for an unknown endpoint.
	void detach(const Endpoint &at);
	bool is_attached(const Endpoint &at) const; // has attach() been called, and not detach()
	/// A NAT forgets its mapping: from `when` on the datagrams of `inside` come from `outside`, and arrive when they are
	/// sent there. The address before is unreachable, also for what is in flight and arrives at `when` or later
	/// (counted in lost_to_rebinding()). The host itself notices nothing: it is attached at `inside` as before, its
	/// links stay the same ones, and all calls but send's `to` name it so. May be called again for later moves; one to
	/// `inside` itself is the way back.
	/// ERR_INVALID_PARAMETER for an invalid address or port 0; ERR_UNCONFIGURED when nobody is attached at `inside`;
	/// ERR_ALREADY_IN_USE when `outside` is another's or will be; ERR_OUT_OF_MEMORY beyond the limit.
	Error rebind(Instant when, const Endpoint &inside, const Endpoint &outside);
	/// Nothing passes between the two, in either direction, from `from` on for `length`: sets the outage of both links.
	void partition(const Endpoint &a, const Endpoint &b, Instant from, Duration length);

	/// Offers a datagram; `from` need not be attached (forged senders). Loss is not an error: see the link's counters.
	/// A datagram longer than the link's MTU passes only with Fragmentation::kAllowed, and as one.
	/// ERR_INVALID_PARAMETER for more than 65,507 bytes (nothing was offered).
	Error send(Instant now, const Endpoint &from, const Endpoint &to, ByteView bytes,
	        Fragmentation fragmentation = Fragmentation::kAsSystem);
	/// Takes the oldest datagram due at `at`. ERR_BUSY: none is due; ERR_UNCONFIGURED: `at` is not attached. Datagrams
	/// longer than the slot are counted in too_long_for_slot() and skipped.
	Error receive(Instant now, const Endpoint &at, DatagramSlot &slot);
	/// @{
	/// When the next datagram arrives anywhere, or at one endpoint; never() when nothing is in flight there.
	Instant next_delivery() const;
	Instant next_delivery(const Endpoint &at) const;
	/// @}
	size_t in_flight() const { return in_flight_; }                   // datagrams on their way
	uint64_t too_long_for_slot() const { return too_long_for_slot_; } // datagrams skipped by receive()
	uint64_t lost_to_rebinding() const { return lost_to_rebinding_; } // datagrams to an address that had moved

	/// The link from `from` to `to`, made with the default settings when it is new. Its luck depends on the seed and the
	/// two endpoints only, so no other link changes it; nor does one setting change the luck of another. Beyond the
	/// limit of links all new pairs share one that drops everything.
	SimLink &link(const Endpoint &from, const Endpoint &to);
	/// Settings of links that are made from now on.
	void set_default_settings(const SimLinkSettings &settings) { default_settings_ = settings; }
	/// `tap` is copied; an empty one takes it away.
	void set_tap(const SimTap &tap) { tap_ = tap; }

private:
	struct Flight {
		Instant due;
		uint64_t order = 0; // equal times arrive in the order they were sent
		Endpoint from;
		ByteBuffer bytes;

		explicit Flight(const Allocator &allocator) : bytes(&allocator) {}
	};
	struct Place {
		Endpoint at;
		Endpoint outside;                 // where others see it; `at` unless it has moved
		FallibleArray<uint32_t> arrivals; // heap of flights, the earliest first

		Place(const Endpoint &where, const Allocator &allocator) : at(where), outside(where), arrivals(allocator) {}
	};
	struct Move {
		Instant when;
		Endpoint inside;
		Endpoint outside;
	};
	struct LinkKey {
		Endpoint from;
		Endpoint to;
		SimLink *link;
	};

	const Place *find_place(const Endpoint &at) const;
	Place *find_place(const Endpoint &at);
	size_t first_moved(const Endpoint &outside) const;
	const Move *find_moved(const Endpoint &outside) const;
	bool is_taken(const Endpoint &at, const Endpoint &by) const;
	void forget_moved(const Endpoint &inside);
	void let_move(Instant now);
	void move(const Move &next);
	SimFate decide(SimLink &link, Place *place, Instant now, size_t size, bool in_fragments, SeededRng &luck,
	        Duration &queue_delay);
	void launch(SimLink &link, Place &place, Instant leaves, const Endpoint &from, ByteView bytes, SeededRng &luck);
	void land(uint32_t flight);
	bool has_room(size_t bytes) const;
	bool make_room(Place &place, size_t bytes);
	struct ArrivesLater;

	uint64_t seed_;
	SimNetworkLimits limits_;
	SimLinkSettings default_settings_;
	SimTap tap_;
	const Allocator &allocator_;
	FallibleArray<Place> places_; // sorted by endpoint
	FallibleArray<Move> moved_;   // endpoints that are elsewhere, sorted by `outside`
	FallibleArray<Move> moves_;   // still to come, sorted by time
	FallibleArray<LinkKey> keys_; // sorted by (from, to); owns the links
	SimLink overflow_link_;
	FallibleArray<Flight> flights_;        // slots, reused with their buffers
	FallibleArray<uint32_t> free_flights_; // the last one comes next; has room for all
	size_t in_flight_ = 0;
	size_t bytes_in_flight_ = 0;
	uint64_t next_order_ = 0;
	uint64_t too_long_for_slot_ = 0;
	uint64_t lost_to_rebinding_ = 0;
};

} // namespace netpeer
