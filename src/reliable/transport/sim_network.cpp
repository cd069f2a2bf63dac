#include "sim_network.h"

#include <algorithm>

namespace netpeer {

namespace {

constexpr size_t kSimMaxDatagramBytes = 65507;

int compare_sim_endpoints(const Endpoint &a, const Endpoint &b) {
	const int bytes = std::memcmp(a.address.get_ipv6(), b.address.get_ipv6(), 16);
	if (bytes != 0) return bytes;
	if (a.port != b.port) return a.port < b.port ? -1 : 1;
	return 0;
}

Duration not_negative(Duration span) { return span.us > 0 ? span : Duration(); }

} // namespace

// std::push_heap keeps the largest in front; we want the earliest there.
struct SimNetwork::ArrivesLater {
	const FallibleArray<Flight> &flights;
	bool operator()(uint32_t a, uint32_t b) const {
		if (flights[a].due != flights[b].due) return flights[a].due > flights[b].due;
		return flights[a].order > flights[b].order;
	}
};

SimNetwork::SimNetwork(uint64_t seed, const SimNetworkLimits &limits, const Allocator *allocator) :
        seed_(seed),
        limits_(limits),
        allocator_(*allocator),
        places_(allocator_),
        moved_(allocator_),
        moves_(allocator_),
        keys_(allocator_),
        flights_(allocator_),
        free_flights_(allocator_) {
	overflow_link_.settings.partitioned = true;
}

SimNetwork::~SimNetwork() {
	for (const LinkKey &key : keys_) release_object(allocator_, key.link);
}

const SimNetwork::Place *SimNetwork::find_place(const Endpoint &at) const {
	const auto found = std::lower_bound(places_.begin(), places_.end(), at,
	        [](const Place &place, const Endpoint &key) { return compare_sim_endpoints(place.at, key) < 0; });
	return found != places_.end() && compare_sim_endpoints(found->at, at) == 0 ? &*found : nullptr;
}

SimNetwork::Place *SimNetwork::find_place(const Endpoint &at) {
	return const_cast<Place *>(static_cast<const SimNetwork *>(this)->find_place(at));
}

Error SimNetwork::attach(const Endpoint &at) {
	if (!at.address.is_valid() || at.port == 0) return Error::ERR_INVALID_PARAMETER;
	if (is_taken(at, Endpoint())) return Error::ERR_ALREADY_IN_USE;
	if (places_.size() >= limits_.endpoints) return Error::ERR_OUT_OF_MEMORY;
	const auto where = std::lower_bound(places_.begin(), places_.end(), at,
	        [](const Place &place, const Endpoint &key) { return compare_sim_endpoints(place.at, key) < 0; });
	const size_t index = static_cast<size_t>(where - places_.begin());
	return places_.insert(index, Place(at, allocator_)) ? Error::OK : Error::ERR_OUT_OF_MEMORY;
}

uint16_t SimNetwork::free_port(const IPAddress &address) const {
	Endpoint candidate;
	candidate.address = address;
	for (unsigned port = 49152; port <= 65535; ++port) {
		candidate.port = static_cast<uint16_t>(port);
		if (!is_taken(candidate, Endpoint())) return candidate.port;
	}
	return 0;
}

void SimNetwork::detach(const Endpoint &at) {
	Place *place = find_place(at);
	if (place == nullptr) return;
	for (uint32_t flight : place->arrivals) land(flight);
	forget_moved(place->at);
	const Move *const left =
	        std::remove_if(moves_.begin(), moves_.end(), [&](const Move &move) { return move.inside == place->at; });
	moves_.erase(static_cast<size_t>(left - moves_.begin()), moves_.size());
	const size_t index = static_cast<size_t>(place - places_.begin());
	places_.erase(index, index + 1);
}

bool SimNetwork::is_attached(const Endpoint &at) const { return find_place(at) != nullptr; }

size_t SimNetwork::first_moved(const Endpoint &outside) const {
	const auto found = std::lower_bound(moved_.begin(), moved_.end(), outside,
	        [](const Move &move, const Endpoint &key) { return compare_sim_endpoints(move.outside, key) < 0; });
	return static_cast<size_t>(found - moved_.begin());
}

// Who receives what is sent to `outside`, if it is one who has moved.
const SimNetwork::Move *SimNetwork::find_moved(const Endpoint &outside) const {
	const size_t index = first_moved(outside);
	return index < moved_.size() && moved_[index].outside == outside ? &moved_[index] : nullptr;
}

// Whether `at` is, or will be, the address of anybody but `by`. The address somebody was attached at stays theirs.
bool SimNetwork::is_taken(const Endpoint &at, const Endpoint &by) const {
	if (at != by && find_place(at) != nullptr) return true;
	const Move *moved = find_moved(at);
	if (moved != nullptr && moved->inside != by) return true;
	for (const Move &move : moves_)
		if (move.outside == at && move.inside != by) return true;
	return false;
}

Error SimNetwork::rebind(Instant when, const Endpoint &inside, const Endpoint &outside) {
	if (!outside.address.is_valid() || outside.port == 0) return Error::ERR_INVALID_PARAMETER;
	if (find_place(inside) == nullptr) return Error::ERR_UNCONFIGURED;
	if (is_taken(outside, inside)) return Error::ERR_ALREADY_IN_USE;
	if (moves_.size() >= limits_.rebindings) return Error::ERR_OUT_OF_MEMORY;
	const auto where = std::upper_bound(
	        moves_.begin(), moves_.end(), when, [](Instant key, const Move &move) { return key < move.when; });
	const size_t index = static_cast<size_t>(where - moves_.begin());
	// Room for the day it moves, too: nobody could be told then.
	if (!moved_.reserve(moved_.size() + moves_.size() + 1)) return Error::ERR_OUT_OF_MEMORY;
	return moves_.insert(index, Move{when, inside, outside}) ? Error::OK : Error::ERR_OUT_OF_MEMORY;
}

void SimNetwork::forget_moved(const Endpoint &inside) {
	const Place *place = find_place(inside);
	if (place->outside == inside) return;
	const size_t index = first_moved(place->outside);
	moved_.erase(index, index + 1);
}

// Called before anything that depends on who is where.
void SimNetwork::let_move(Instant now) {
	size_t done = 0;
	for (; done < moves_.size() && moves_[done].when <= now; ++done) move(moves_[done]);
	if (done != 0) moves_.erase(0, done);
}

void SimNetwork::move(const Move &next) {
	Place &place = *find_place(next.inside); // detach() forgets the moves of a place
	if (place.outside == next.outside) return;
	forget_moved(next.inside);
	place.outside = next.outside;
	if (next.outside != next.inside) (void)moved_.insert(first_moved(next.outside), next); // rebind() has made the room
	// All that is in flight was sent before the move, so to the old address; some of it gets there in time.
	const auto in_time = [&](uint32_t flight) { return flights_[flight].due < next.when; };
	const auto late = std::partition(place.arrivals.begin(), place.arrivals.end(), in_time);
	lost_to_rebinding_ += static_cast<uint64_t>(place.arrivals.end() - late);
	for (auto flight = late; flight != place.arrivals.end(); ++flight) land(*flight);
	place.arrivals.erase(static_cast<size_t>(late - place.arrivals.begin()), place.arrivals.size());
	std::make_heap(place.arrivals.begin(), place.arrivals.end(), ArrivesLater{flights_});
}

void SimNetwork::partition(const Endpoint &a, const Endpoint &b, Instant from, Duration length) {
	for (SimLink *way : {&link(a, b), &link(b, a)}) {
		way->settings.outage_from = from;
		way->settings.outage_length = length;
		way->settings.outage_every = Duration();
	}
}

SimLink &SimNetwork::link(const Endpoint &from, const Endpoint &to) {
	const auto before = [&](const LinkKey &key, int) {
		const int by_from = compare_sim_endpoints(key.from, from);
		return by_from != 0 ? by_from < 0 : compare_sim_endpoints(key.to, to) < 0;
	};
	const auto where = std::lower_bound(keys_.begin(), keys_.end(), 0, before);
	if (where != keys_.end() && compare_sim_endpoints(where->from, from) == 0 &&
	        compare_sim_endpoints(where->to, to) == 0)
		return *where->link;
	if (keys_.size() >= limits_.links) return overflow_link_;
	const size_t index = static_cast<size_t>(where - keys_.begin());
	if (!keys_.reserve(keys_.size() + 1)) return overflow_link_;
	SimLink *const memory = allocate_object<SimLink>(allocator_);
	if (memory == nullptr) return overflow_link_;
	SimLink &made = *memory;
	made.settings = default_settings_;
	// Each link has a generator of its own, and one that does not depend on which links were used first: what happens on
	// one does not change the luck of another.
	const uint64_t from_hash = hash_endpoint(HashKey{seed_, 0}, from);
	made.rng_ = SeededRng(hash_endpoint(HashKey{seed_, from_hash}, to));
	(void)keys_.insert(index, LinkKey{from, to, &made});
	return made;
}

bool SimNetwork::has_room(size_t bytes) const {
	return in_flight_ < limits_.datagrams_in_flight && bytes <= limits_.bytes_in_flight - bytes_in_flight_;
}

// Memory for one more flight to `place`, so that launch() cannot fail.
bool SimNetwork::make_room(Place &place, size_t bytes) {
	if (!place.arrivals.reserve(place.arrivals.size() + 1)) return false;
	if (free_flights_.empty()) {
		if (!free_flights_.reserve(flights_.size() + 1)) return false;
		if (!flights_.push_back(Flight(allocator_))) return false;
		(void)free_flights_.push_back(static_cast<uint32_t>(flights_.size() - 1));
	}
	return flights_[free_flights_.back()].bytes.reserve(bytes) == Error::OK;
}

SimFate SimNetwork::decide(SimLink &link, Place *place, Instant now, size_t size, bool in_fragments, SeededRng &luck,
        Duration &queue_delay) {
	const double state_luck = luck.unit();
	const double loss_luck = luck.unit();
	const bool is_lost = link.is_lost(state_luck, loss_luck);
	if (link.take_from_mask()) return SimFate::kDropped;
	if (link.is_partitioned(now)) return SimFate::kPartitioned;
	if (size > link.settings.mtu && !in_fragments) return SimFate::kTooLong;
	if (!link.enqueue(now, size, queue_delay)) return SimFate::kQueueFull;
	if (is_lost) return SimFate::kLost;
	if (place == nullptr) return SimFate::kNobodyThere;
	if (!has_room(size) || !make_room(*place, size)) return SimFate::kNoRoom;
	return SimFate::kOnItsWay;
}

Error SimNetwork::send(
        Instant now, const Endpoint &from, const Endpoint &to, ByteView bytes, Fragmentation fragmentation) {
	if (bytes.size > kSimMaxDatagramBytes) return Error::ERR_INVALID_PARAMETER;
	let_move(now);
	const Move *moved = find_moved(to);
	const Endpoint inside = moved != nullptr ? moved->inside : to;
	Place *place = find_place(inside);
	if (place != nullptr && place->outside != to) place = nullptr; // it was there once
	const Place *sender = find_place(from);
	const Endpoint seen_from = sender != nullptr ? sender->outside : from;

	SimLink &way = link(from, inside);
	// One draw per datagram: what becomes of this one leaves the luck of the next alone.
	SeededRng luck(way.rng_.u64());
	Duration queue_delay;
	const bool in_fragments = fragmentation == Fragmentation::kAllowed && way.settings.fragments;
	const SimFate fate = decide(way, place, now, bytes.size, in_fragments, luck, queue_delay);
	const bool twice = luck.unit() < way.settings.duplicate;
	way.counters_.by_fate[static_cast<size_t>(fate)] += 1;
	way.counters_.offered_bytes += bytes.size;
	if (tap_.seen != nullptr) tap_.seen(tap_.user, now, seen_from, to, bytes, fate);
	if (fate != SimFate::kOnItsWay) return Error::OK;
	launch(way, *place, now + queue_delay, seen_from, bytes, luck);
	if (twice && has_room(bytes.size) && make_room(*place, bytes.size)) {
		way.counters_.duplicated += 1;
		launch(way, *place, now + queue_delay, seen_from, bytes, luck);
	}
	return Error::OK;
}

// Puts one copy on its way; the caller has made room.
void SimNetwork::launch(
        SimLink &link, Place &place, Instant leaves, const Endpoint &from, ByteView bytes, SeededRng &luck) {
	const double jitter_luck = luck.unit();
	const bool reordered = luck.unit() < link.settings.reorder;
	const bool corrupted = luck.unit() < link.settings.corrupt && bytes.size > 0;
	const uint64_t corruption = luck.u64();

	const uint32_t index = free_flights_.back();
	free_flights_.pop_back();
	Flight &flight = flights_[index];
	flight.from = from;
	flight.order = next_order_++;
	flight.bytes.clear();
	(void)flight.bytes.append(bytes);

	const int64_t jitter_us = not_negative(link.settings.jitter).us;
	flight.due = leaves + not_negative(link.settings.latency) +
	             Duration::from_us(static_cast<int64_t>(jitter_luck * static_cast<double>(jitter_us)));
	if (reordered) {
		link.counters_.reordered += 1;
		flight.due = flight.due + not_negative(link.settings.reorder_delay);
	} else {
		if (flight.due < link.latest_delivery_) flight.due = link.latest_delivery_;
		link.latest_delivery_ = flight.due;
	}
	if (corrupted) {
		link.counters_.corrupted += 1;
		SeededRng which(corruption);
		for (uint64_t flips = 1 + which.below(3); flips > 0; --flips) {
			const uint64_t bit = which.below(bytes.size * 8);
			flight.bytes.data()[static_cast<size_t>(bit / 8)] ^= static_cast<uint8_t>(1u << (bit % 8));
		}
	}
	in_flight_ += 1;
	bytes_in_flight_ += bytes.size;
	(void)place.arrivals.push_back(index);
	std::push_heap(place.arrivals.begin(), place.arrivals.end(), ArrivesLater{flights_});
}

void SimNetwork::land(uint32_t flight) {
	in_flight_ -= 1;
	bytes_in_flight_ -= flights_[flight].bytes.size();
	// Ordinary datagrams keep their buffer for the next one; a flood of long ones gives its memory back.
	if (flights_[flight].bytes.capacity() > 8192) flights_[flight].bytes.free_memory();
	(void)free_flights_.push_back(flight);
}

Error SimNetwork::receive(Instant now, const Endpoint &at, DatagramSlot &slot) {
	let_move(now);
	Place *place = find_place(at);
	if (place == nullptr) return Error::ERR_UNCONFIGURED;
	while (!place->arrivals.empty()) {
		const uint32_t index = place->arrivals[0];
		const Flight &flight = flights_[index];
		if (flight.due > now) return Error::ERR_BUSY;
		std::pop_heap(place->arrivals.begin(), place->arrivals.end(), ArrivesLater{flights_});
		place->arrivals.pop_back();
		const size_t size = flight.bytes.size();
		const bool fits = size <= slot.buffer.size;
		if (fits) {
			if (size > 0) std::memcpy(slot.buffer.data, flight.bytes.data(), size);
			slot.size = size;
			slot.from = flight.from;
		} else {
			too_long_for_slot_ += 1;
		}
		land(index);
		if (fits) return Error::OK;
	}
	return Error::ERR_BUSY;
}

Instant SimNetwork::next_delivery() const {
	Instant next = Instant::never();
	for (const Place &place : places_) {
		if (!place.arrivals.empty()) next = earlier_of(next, flights_[place.arrivals[0]].due);
	}
	return next;
}

Instant SimNetwork::next_delivery(const Endpoint &at) const {
	const Place *place = find_place(at);
	if (place == nullptr || place->arrivals.empty()) return Instant::never();
	return flights_[place->arrivals[0]].due;
}

} // namespace netpeer
