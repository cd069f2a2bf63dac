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
	const std::vector<Flight> &flights;
	bool operator()(uint32_t a, uint32_t b) const {
		if (flights[a].due != flights[b].due) return flights[a].due > flights[b].due;
		return flights[a].order > flights[b].order;
	}
};

SimNetwork::SimNetwork(uint64_t seed, const SimNetworkLimits &limits) : seed_(seed), limits_(limits) {
	overflow_link_.settings.partitioned = true;
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
	if (find_place(at) != nullptr) return Error::ERR_ALREADY_IN_USE;
	if (places_.size() >= limits_.endpoints) return Error::ERR_OUT_OF_MEMORY;
	const auto where = std::lower_bound(places_.begin(), places_.end(), at,
	        [](const Place &place, const Endpoint &key) { return compare_sim_endpoints(place.at, key) < 0; });
	Place place;
	place.at = at;
	places_.insert(where, std::move(place));
	return Error::OK;
}

uint16_t SimNetwork::free_port(const IPAddress &address) const {
	Endpoint candidate;
	candidate.address = address;
	for (unsigned port = 49152; port <= 65535; ++port) {
		candidate.port = static_cast<uint16_t>(port);
		if (find_place(candidate) == nullptr) return candidate.port;
	}
	return 0;
}

void SimNetwork::detach(const Endpoint &at) {
	Place *place = find_place(at);
	if (place == nullptr) return;
	for (uint32_t flight : place->arrivals) land(flight);
	places_.erase(places_.begin() + (place - places_.data()));
}

bool SimNetwork::is_attached(const Endpoint &at) const { return find_place(at) != nullptr; }

SimLink &SimNetwork::link(const Endpoint &from, const Endpoint &to) {
	const auto before = [&](const LinkKey &key, int) {
		const int by_from = compare_sim_endpoints(key.from, from);
		return by_from != 0 ? by_from < 0 : compare_sim_endpoints(key.to, to) < 0;
	};
	const auto where = std::lower_bound(keys_.begin(), keys_.end(), 0, before);
	if (where != keys_.end() && compare_sim_endpoints(where->from, from) == 0 &&
	        compare_sim_endpoints(where->to, to) == 0)
		return *where->link;
	if (links_.size() >= limits_.links) return overflow_link_;
	links_.emplace_back();
	SimLink &made = links_.back();
	made.settings = default_settings_;
	// Each link has a generator of its own: what happens on one does not change the luck of another.
	made.rng_ = SeededRng(seed_ + 0x9e3779b97f4a7c15u * links_.size());
	keys_.insert(where, LinkKey{from, to, &made});
	return made;
}

bool SimNetwork::has_room(size_t bytes) const {
	return in_flight_ < limits_.datagrams_in_flight && bytes <= limits_.bytes_in_flight - bytes_in_flight_;
}

SimFate SimNetwork::decide(SimLink &link, const Place *place, size_t size, double luck) {
	const bool masked = (link.drop_mask_ & 1) != 0;
	link.drop_mask_ >>= 1;
	if (masked) return SimFate::kDropped;
	if (link.settings.partitioned) return SimFate::kPartitioned;
	if (size > link.settings.mtu) return SimFate::kTooLong;
	if (luck < link.settings.loss) return SimFate::kLost;
	if (place == nullptr) return SimFate::kNobodyThere;
	if (!has_room(size)) return SimFate::kNoRoom;
	return SimFate::kOnItsWay;
}

Error SimNetwork::send(Instant now, const Endpoint &from, const Endpoint &to, ByteView bytes) {
	if (bytes.size > kSimMaxDatagramBytes) return Error::ERR_INVALID_PARAMETER;
	SimLink &way = link(from, to);
	// Drawn whether needed or not: changing one setting leaves the luck of the others alone.
	const double loss_luck = way.rng_.unit();
	const double duplicate_luck = way.rng_.unit();
	Place *place = find_place(to);
	const SimFate fate = decide(way, place, bytes.size, loss_luck);
	way.counters_.by_fate[static_cast<size_t>(fate)] += 1;
	way.counters_.offered_bytes += bytes.size;
	if (tap_.seen != nullptr) tap_.seen(tap_.user, now, from, to, bytes, fate);
	if (fate != SimFate::kOnItsWay) return Error::OK;
	launch(way, *place, now, from, bytes);
	if (duplicate_luck < way.settings.duplicate && has_room(bytes.size)) {
		way.counters_.duplicated += 1;
		launch(way, *place, now, from, bytes);
	}
	return Error::OK;
}

// Puts one copy on its way; the caller has checked that there is room.
void SimNetwork::launch(SimLink &link, Place &place, Instant now, const Endpoint &from, ByteView bytes) {
	const double jitter_luck = link.rng_.unit();
	const bool reordered = link.rng_.unit() < link.settings.reorder;
	const bool corrupted = link.rng_.unit() < link.settings.corrupt && bytes.size > 0;
	const uint64_t corruption = link.rng_.u64();

	uint32_t index;
	if (free_flights_.empty()) {
		index = static_cast<uint32_t>(flights_.size());
		flights_.emplace_back();
	} else {
		index = free_flights_.back();
		free_flights_.pop_back();
	}
	Flight &flight = flights_[index];
	flight.from = from;
	flight.order = next_order_++;
	if (bytes.size > 0)
		flight.bytes.assign(bytes.data, bytes.data + bytes.size);
	else
		flight.bytes.clear();

	const int64_t jitter_us = not_negative(link.settings.jitter).us;
	flight.due = now + not_negative(link.settings.latency) +
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
			flight.bytes[static_cast<size_t>(bit / 8)] ^= static_cast<uint8_t>(1u << (bit % 8));
		}
	}
	in_flight_ += 1;
	bytes_in_flight_ += bytes.size;
	place.arrivals.push_back(index);
	std::push_heap(place.arrivals.begin(), place.arrivals.end(), ArrivesLater{flights_});
}

void SimNetwork::land(uint32_t flight) {
	in_flight_ -= 1;
	bytes_in_flight_ -= flights_[flight].bytes.size();
	// Ordinary datagrams keep their buffer for the next one; a flood of long ones gives its memory back.
	if (flights_[flight].bytes.capacity() > 8192) std::vector<uint8_t>().swap(flights_[flight].bytes);
	free_flights_.push_back(flight);
}

Error SimNetwork::receive(Instant now, const Endpoint &at, DatagramSlot &slot) {
	Place *place = find_place(at);
	if (place == nullptr) return Error::ERR_UNCONFIGURED;
	while (!place->arrivals.empty()) {
		const uint32_t index = place->arrivals.front();
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
		if (!place.arrivals.empty()) next = earlier_of(next, flights_[place.arrivals.front()].due);
	}
	return next;
}

Instant SimNetwork::next_delivery(const Endpoint &at) const {
	const Place *place = find_place(at);
	if (place == nullptr || place->arrivals.empty()) return Instant::never();
	return flights_[place->arrivals.front()].due;
}

} // namespace netpeer
