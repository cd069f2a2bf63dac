// Life of a host and of its slots, and the public calls.
#include "enet_host.h"

#include "enet_bandwidth.h"
#include "enet_host_core.h"

#include <cstring>
#include <new>

namespace netpeer {

// --- host ---

EnetHostCore *EnetHostCore::create(const EnetHostConfig &config) {
	const Allocator *allocator = config.allocator != nullptr ? config.allocator : default_allocator();
	EnetHostCore *core = allocate_object<EnetHostCore>(*allocator);
	if (core == nullptr) return nullptr;
	core->allocator_ = allocator;
	core->config = config;
	core->budget.set(config.host_memory_limit, nullptr);
	core->rng_ = SeededRng(config.seed);
	core->hash_key_.k0 = core->rng_.u64();
	core->hash_key_.k1 = core->rng_.u64();
	core->hash_multiplier_ = core->rng_.u32() | 1;
	core->stamp_offset_ = config.random_stamp_offset ? core->rng_.u32() & 0xffff : 0;

	const size_t words = (config.max_peers + 63) / 64;
	void *user = allocator->user;
	core->pool = BlockPool::create(*allocator);
	core->slots_ = static_cast<Slot *>(allocator->allocate(user, config.max_peers * sizeof(Slot)));
	core->free_slots_ = static_cast<uint64_t *>(allocator->allocate(user, words * sizeof(uint64_t)));
	const bool lookups = core->connections_.init(*allocator, config.max_peers) &&
	                     core->addresses_.init(*allocator, config.max_peers);
	if (core->pool == nullptr || core->slots_ == nullptr || core->free_slots_ == nullptr || !lookups) {
		destroy(core);
		return nullptr;
	}
	for (size_t i = 0; i < config.max_peers; ++i) new (&core->slots_[i]) Slot();
	for (size_t i = 0; i < words; ++i) core->free_slots_[i] = ~uint64_t{0};
	if (config.max_peers % 64 != 0) core->free_slots_[words - 1] = (uint64_t{1} << (config.max_peers % 64)) - 1;
	return core;
}

void EnetHostCore::destroy(EnetHostCore *core) {
	const Allocator *allocator = core->allocator_;
	const size_t slot_count = core->config.max_peers;
	if (core->slots_ != nullptr && core->free_slots_ != nullptr && core->pool != nullptr) {
		for (size_t i = 0; i < slot_count && core->addresses_.is_ready(); ++i) {
			if (core->slots_[i].peer != nullptr) core->release_peer(*core->slots_[i].peer);
		}
	}
	while (Farewell *farewell = core->first_farewell_) {
		core->first_farewell_ = farewell->next;
		core->pool->give(farewell, sizeof(Farewell));
	}
	core->deadlines_.free_memory(*allocator);
	core->connections_.free_memory(*allocator);
	core->addresses_.free_memory(*allocator);
	if (core->slots_ != nullptr) allocator->release(allocator->user, core->slots_, slot_count * sizeof(Slot));
	if (core->free_slots_ != nullptr) {
		allocator->release(allocator->user, core->free_slots_, (slot_count + 63) / 64 * sizeof(uint64_t));
	}
	if (core->pool != nullptr) core->pool->close();
	release_object(*allocator, core);
}

// --- slots ---

EnetPeer *EnetHostCore::find(EnetPeerId id) const {
	if (id.index >= config.max_peers) return nullptr;
	const Slot &slot = slots_[id.index];
	return slot.generation == id.generation ? slot.peer : nullptr;
}

bool EnetHostCore::has_free_slot() const {
	for (size_t word = 0; word < (config.max_peers + 63) / 64; ++word) {
		if (free_slots_[word] != 0) return true;
	}
	return false;
}

// The free slot with the lowest number, with a fresh peer in it; null when there is none or no memory.
EnetPeer *EnetHostCore::take_slot(const Endpoint &endpoint) {
	size_t word = 0;
	const size_t words = (config.max_peers + 63) / 64;
	while (word < words && free_slots_[word] == 0) ++word;
	if (word == words) return nullptr;
	unsigned bit = 0;
	while ((free_slots_[word] >> bit & 1) == 0) ++bit;
	EnetPeer *peer = deadlines_.reserve_one(*allocator_) ? allocate_object<EnetPeer>(*allocator_, *pool) : nullptr;
	if (peer == nullptr) {
		++counters.out_of_memory;
		return nullptr;
	}
	free_slots_[word] &= ~(uint64_t{1} << bit);
	peer->index = static_cast<uint16_t>(word * 64 + bit);
	peer->tie_break = peer->index;
	peer->endpoint = endpoint;
	// The checksum is not in the MTU's budget, and nobody receives more than the largest MTU.
	const uint32_t largest = config.checksum ? kEnetMaxMtu - static_cast<uint32_t>(kEnetChecksumBytes) : kEnetMaxMtu;
	peer->set_mtu(config.mtu < largest ? config.mtu : largest);
	peer->congestion_control = config.congestion_control;
	peer->budget.set(config.peer_memory_limit, &budget);
	slots_[peer->index].peer = peer;
	deadlines_.insert(peer);
	return peer;
}

// Frees a peer with all it owns; its handle is stale from here on.
void EnetHostCore::release_peer(EnetPeer &peer) {
	clear_queues(peer, false);
	set_state(peer, EnetPeerState::kDisconnected);
	remove_from_lookup(peer);
	if (peer.send_link.linked) ready_peers_.remove(&peer);
	if (peer.event_link.linked) event_peers_.remove(&peer);
	deadlines_.remove(&peer);
	Slot &slot = slots_[peer.index];
	slot.peer = nullptr;
	++slot.generation;
	free_slots_[peer.index / 64] |= uint64_t{1} << (peer.index % 64);
	peer.resent_memory.free_memory(*pool, peer.budget);
	give_charged(peer, peer.in_groups);
	give_charged(peer, peer.choices);
	give_charged(peer, peer.path_mtu);
	NETPEER_ASSERT(peer.budget.used() == 0 && peer.waiting_data == 0);
	release_object(*allocator_, &peer);
}

uint64_t EnetHostCore::connection_hash(const Endpoint &endpoint, uint32_t connect_id) const {
	// The id is the stranger's choice: it goes into the keyed hash, or ids could be chosen to share a chain.
	HashKey key = hash_key_;
	key.k0 ^= connect_id;
	return hash_endpoint(key, endpoint);
}

void EnetHostCore::add_to_lookup(EnetPeer &peer) {
	connections_.add(peer.index, connection_hash(peer.endpoint, peer.connect_id));
	addresses_.add(peer.index, hash_address(hash_key_, peer.endpoint.address));
	peer.in_lookup = true;
}

void EnetHostCore::remove_from_lookup(EnetPeer &peer) {
	if (!peer.in_lookup) return;
	connections_.remove(peer.index, connection_hash(peer.endpoint, peer.connect_id));
	addresses_.remove(peer.index, hash_address(hash_key_, peer.endpoint.address));
	peer.in_lookup = false;
}

// Not to be guessed by those who have seen others: a keyed hash over a counter-like random value.
uint32_t EnetHostCore::new_connect_id(const Endpoint &to) {
	HashKey key;
	key.k0 = hash_key_.k0 ^ rng_.u64();
	key.k1 = ~hash_key_.k1;
	return static_cast<uint32_t>(hash_endpoint(key, to));
}

// --- public calls on peers ---

Error EnetHostCore::connect(Instant now, const Endpoint &to, size_t channels, uint32_t data, EnetPeerId &id) {
	EnetPeerId dialled;
	NETPEER_TRY(connect_later(now, to, channels, data, dialled));
	EnetPeer &peer = *find(dialled);
	const Error error = start_dial(peer);
	if (error != Error::OK) {
		release_peer(peer);
		return error;
	}
	id = dialled;
	return Error::OK;
}

Error EnetHostCore::start_dial(EnetPeer &peer) {
	if (peer.state != EnetPeerState::kConnecting || peer.dial_started) return Error::OK;
	if (queue_control(peer, EnetCommand::kConnect) == nullptr) return Error::ERR_OUT_OF_MEMORY;
	peer.dial_started = true;
	update_deadline(peer);
	return Error::OK;
}

Error EnetHostCore::connect_later(Instant now, const Endpoint &to, size_t channels, uint32_t data, EnetPeerId &id) {
	if (!to.address.is_valid() || to.port == 0) return Error::ERR_INVALID_PARAMETER;
	note_time(now);
	EnetPeer *peer = take_slot(to);
	if (peer == nullptr) return has_free_slot() ? Error::ERR_OUT_OF_MEMORY : Error::ERR_CANT_CREATE;
	peer->dialled = true;
	peer->connect_id = new_connect_id(to);
	peer->connect_data = data;
	peer->channel_count =
	        static_cast<uint16_t>(channels < 1 ? 1 : (channels > kEnetMaxChannels ? kEnetMaxChannels : channels));
	peer->window_size = window_between(config.outgoing_bandwidth, 0);
	peer->connect_deadline = now + config.connect_timeout;
	set_state(*peer, EnetPeerState::kConnecting);
	update_deadline(*peer);
	id = id_of(*peer);
	return Error::OK;
}

Error EnetHostCore::send(EnetPeer &peer, uint8_t channel, EnetPacket *packet) {
	if ((packet->flags & ~kEnetSendFlags) != 0) return Error::ERR_INVALID_PARAMETER;
	if (peer.state != EnetPeerState::kConnected || channel >= peer.channel_count) return Error::FAILED;
	if (packet->size > config.max_packet_size) return Error::FAILED;
	++packet->owners;
	const Error error = queue_message(peer, channel, packet, ByteView());
	if (error != Error::OK) --packet->owners;
	return error;
}

Error EnetHostCore::send_copy(EnetPeer &peer, uint8_t channel, ByteView payload, uint32_t flags) {
	// What cannot be sent is not copied first.
	if ((flags & ~kEnetSendFlags) != 0) return Error::ERR_INVALID_PARAMETER;
	if (peer.state != EnetPeerState::kConnected || channel >= peer.channel_count) return Error::FAILED;
	if (payload.size > config.max_packet_size) return Error::FAILED;
	return queue_copy(peer, channel, payload, flags);
}

void EnetHostCore::broadcast(uint8_t channel, EnetPacket *packet) {
	for (size_t i = 0; i < config.max_peers; ++i) {
		EnetPeer *peer = slots_[i].peer;
		if (peer != nullptr && send(*peer, channel, packet) == Error::ERR_OUT_OF_MEMORY) ++counters.out_of_memory;
	}
}

void EnetHostCore::fill_stats(const EnetPeer &peer, EnetPeerStats &out) const {
	out.packet_loss = peer.packet_loss;
	out.packet_loss_variance = peer.packet_loss_variance;
	out.packet_loss_epoch = peer.packet_loss_epoch;
	out.round_trip_time = peer.rtt.round_trip_time;
	out.round_trip_time_variance = peer.rtt.variance;
	out.last_round_trip_time = peer.rtt.last;
	out.last_round_trip_time_variance = peer.rtt.last_variance;
	out.packet_throttle = peer.rtt.throttle;
	out.packet_throttle_limit = peer.rtt.throttle_limit;
	out.packet_throttle_counter = peer.rtt.throttle_counter;
	out.packet_throttle_epoch = peer.rtt.throttle_epoch;
	out.packet_throttle_acceleration = peer.rtt.acceleration;
	out.packet_throttle_deceleration = peer.rtt.deceleration;
	out.packet_throttle_interval = peer.rtt.interval;
	out.mtu = peer.mtu;
	out.path_mtu = peer.data_mtu;
	out.window_size = peer.window_size;
	out.reliable_data_in_transit = peer.reliable_in_transit;
	out.incoming_bandwidth = peer.incoming_bandwidth;
	out.outgoing_bandwidth = peer.outgoing_bandwidth;
	out.outgoing_peer_id = peer.outgoing_peer_id;
	out.queued_commands = peer.queued_commands;
	out.queued_data = peer.queued_data;
	out.unacknowledged_commands = peer.unacknowledged;
	out.waiting_data = peer.waiting_data;
	out.memory_held = peer.budget.used();
	out.acknowledged_commands = peer.acknowledged;
	out.resent_commands = peer.resent;
	out.undecodable_datagrams = peer.undecodable;
}

void EnetHostCore::fill_path_stats(const EnetPeer &peer, EnetPathStats &out) const {
	out = EnetPathStats();
	out.resent_commands = peer.resent;
	out.spurious_resends = peer.spurious;
	out.copied_commands = peer.copied;
	out.bytes_in_flight = peer.reliable_in_transit;
	if (is_established(peer.state)) {
		out.congestion_window = window_of(peer);
		out.path_mtu = peer.mtu;
	}
	const PathTime &path = peer.recovery.path();
	if (!path.sampled) return;
	out.minimum_rtt_us = path.lowest != 0 ? path.lowest : 1;
	// A mean in integers may come out a little below the lowest of its values.
	out.smoothed_rtt_us = path.smoothed > out.minimum_rtt_us ? path.smoothed : out.minimum_rtt_us;
	out.rtt_variation_us = path.variation;
	out.queue_delay_us = out.smoothed_rtt_us - out.minimum_rtt_us;
	if (peer.congestion != nullptr) {
		out.bandwidth = peer.congestion->bandwidth();
		out.pacing_rate = peer.congestion->pacing_rate();
	}
	// Little's law, where nobody has an estimate.
	if (out.bandwidth == 0) out.bandwidth = uint64_t{out.bytes_in_flight} * 1000000 / out.smoothed_rtt_us;
}

bool EnetHostCore::poll_event(EnetEvent &event) {
	EnetPeer *peer = event_peers_.pop_front();
	if (peer == nullptr) return false;
	event = EnetEvent();
	event.peer = id_of(*peer);
	if (peer->connect_event_due) {
		peer->connect_event_due = false;
		event.type = EnetEventType::kConnect;
		event.data = peer->dialled ? 0 : peer->connect_data;
	} else if (EnetPacket *packet = peer->delivered.pop()) {
		event.type = EnetEventType::kReceive;
		event.channel = packet->channel;
		peer->waiting_data -= packet->size;
		peer->budget.refund(packet->charged);
		packet->charged = 0;
		event.packet = EnetPacketRef(packet);
	} else {
		NETPEER_ASSERT(peer->state == EnetPeerState::kZombie);
		event.type = EnetEventType::kDisconnect;
		event.data = peer->disconnect_data;
		event.reason = peer->drop_reason;
		release_peer(*peer);
		return true;
	}
	if (!peer->delivered.empty() || peer->state == EnetPeerState::kZombie) mark_event(*peer);
	return true;
}

// --- EnetHost: argument checks and forwarding ---

EnetHost::EnetHost() = default;

EnetHost::~EnetHost() {
	if (core_ != nullptr) EnetHostCore::destroy(core_);
}

Error EnetHost::init(const EnetHostConfig &config) {
	if (core_ != nullptr) return Error::ERR_ALREADY_IN_USE;
	if (config.max_peers < 1 || config.max_peers > kEnetMaxPeers) return Error::ERR_INVALID_PARAMETER;
	if (config.mtu < kEnetMinMtu || config.mtu > kEnetMaxMtu) return Error::ERR_INVALID_PARAMETER;
	if (config.congestion_control > EnetCongestionControl::kStock) return Error::ERR_INVALID_PARAMETER;
	EnetHostConfig checked = config;
	if (checked.max_channels == 0 || checked.max_channels > kEnetMaxChannels) checked.max_channels = kEnetMaxChannels;
	core_ = EnetHostCore::create(checked);
	return core_ != nullptr ? Error::OK : Error::ERR_OUT_OF_MEMORY;
}

void EnetHost::receive(Instant now, const Endpoint &from, ByteView datagram) {
	if (core_ != nullptr) core_->receive(now, from, datagram);
}

void EnetHost::handle_timeout(Instant now) {
	if (core_ != nullptr) core_->handle_timeout(now);
}

bool EnetHost::poll_transmit(Instant now, MutBytes out, EnetTransmit &transmit) {
	return core_ != nullptr && out.size >= kEnetMaxDatagramBytes && core_->poll_transmit(now, out, transmit);
}

bool EnetHost::poll_event(EnetEvent &event) { return core_ != nullptr && core_->poll_event(event); }

bool EnetHost::has_event() const { return core_ != nullptr && core_->has_event(); }

Instant EnetHost::next_timeout() const { return core_ != nullptr ? core_->next_timeout() : Instant::never(); }

bool EnetHost::is_overdue(Instant now) const { return core_ != nullptr && core_->is_overdue(now); }

Error EnetHost::connect(Instant now, const Endpoint &to, size_t channels, uint32_t data, EnetPeerId &peer) {
	return core_ != nullptr ? core_->connect(now, to, channels, data, peer) : Error::ERR_UNCONFIGURED;
}

Error EnetHost::connect_later(Instant now, const Endpoint &to, size_t channels, uint32_t data, EnetPeerId &peer) {
	return core_ != nullptr ? core_->connect_later(now, to, channels, data, peer) : Error::ERR_UNCONFIGURED;
}

Error EnetHost::start_dial(EnetPeerId peer) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	return found != nullptr ? core_->start_dial(*found) : Error::ERR_UNCONFIGURED;
}

Error EnetHost::end(EnetPeerId peer, EnetDropReason reason) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	if (found == nullptr) return Error::ERR_UNCONFIGURED;
	core_->end(*found, reason);
	return Error::OK;
}

Error EnetHost::send(EnetPeerId peer, uint8_t channel, ByteView packet, uint32_t flags) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	return found != nullptr ? core_->send_copy(*found, channel, packet, flags) : Error::ERR_UNCONFIGURED;
}

Error EnetHost::send(EnetPeerId peer, uint8_t channel, const EnetPacketRef &packet) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	if (found == nullptr) return Error::ERR_UNCONFIGURED;
	return packet ? core_->send(*found, channel, packet.get()) : Error::ERR_INVALID_PARAMETER;
}

Error EnetHost::broadcast(uint8_t channel, ByteView packet, uint32_t flags) {
	if (core_ == nullptr) return Error::ERR_UNCONFIGURED;
	if ((flags & ~kEnetSendFlags) != 0 || channel >= core_->config.max_channels) return Error::ERR_INVALID_PARAMETER;
	if (packet.size > core_->config.max_packet_size) return Error::FAILED;
	const EnetPacketRef copy = make_packet(packet, flags);
	if (!copy) return Error::ERR_OUT_OF_MEMORY;
	core_->broadcast(channel, copy.get());
	return Error::OK;
}

EnetPacketRef EnetHost::make_packet(ByteView payload, uint32_t flags) {
	if (core_ == nullptr) return EnetPacketRef();
	EnetPacket *packet = make_enet_packet(*core_->pool, payload.size, flags);
	if (packet != nullptr && payload.size != 0) std::memcpy(packet->payload(), payload.data, payload.size);
	return EnetPacketRef(packet);
}

Error EnetHost::disconnect(EnetPeerId peer, uint32_t data) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	if (found == nullptr) return Error::ERR_UNCONFIGURED;
	core_->disconnect(*found, data);
	return Error::OK;
}

Error EnetHost::disconnect_later(EnetPeerId peer, uint32_t data) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	if (found == nullptr) return Error::ERR_UNCONFIGURED;
	core_->disconnect_later(*found, data);
	return Error::OK;
}

Error EnetHost::disconnect_now(EnetPeerId peer, uint32_t data) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	if (found == nullptr) return Error::ERR_UNCONFIGURED;
	core_->disconnect_now(*found, data);
	return Error::OK;
}

Error EnetHost::reset(EnetPeerId peer) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	if (found == nullptr) return Error::ERR_UNCONFIGURED;
	core_->reset(*found);
	return Error::OK;
}

Error EnetHost::ping(EnetPeerId peer) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	return found != nullptr ? core_->ping(*found) : Error::ERR_UNCONFIGURED;
}

Error EnetHost::set_ping_interval(EnetPeerId peer, uint32_t interval_ms) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	if (found == nullptr) return Error::ERR_UNCONFIGURED;
	found->ping_interval_ms = interval_ms != 0 ? interval_ms : kEnetPingIntervalMs;
	core_->update_deadline(*found);
	return Error::OK;
}

Error EnetHost::set_timeout(EnetPeerId peer, uint32_t limit, uint32_t minimum_ms, uint32_t maximum_ms) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	if (found == nullptr) return Error::ERR_UNCONFIGURED;
	if (limit == 0) limit = kEnetTimeoutLimit;
	if (minimum_ms == 0) minimum_ms = kEnetTimeoutMinimumMs;
	if (maximum_ms == 0) maximum_ms = kEnetTimeoutMaximumMs;
	if (limit > minimum_ms || minimum_ms > maximum_ms) return Error::ERR_INVALID_PARAMETER;
	found->timeout_limit = limit;
	found->timeout_minimum_ms = minimum_ms;
	found->timeout_maximum_ms = maximum_ms;
	core_->update_deadline(*found);
	return Error::OK;
}

Error EnetHost::set_congestion_control(EnetPeerId peer, EnetCongestionControl control) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	if (found == nullptr) return Error::ERR_UNCONFIGURED;
	if (control > EnetCongestionControl::kStock) return Error::ERR_INVALID_PARAMETER;
	core_->set_congestion_control(*found, control);
	return Error::OK;
}

Error EnetHost::configure_throttle(
        EnetPeerId peer, uint32_t interval_ms, uint32_t acceleration, uint32_t deceleration) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	if (found == nullptr) return Error::ERR_UNCONFIGURED;
	return core_->configure_throttle(*found, interval_ms, acceleration, deceleration);
}

Error EnetHost::set_repeats(EnetPeerId peer, int channel, uint32_t count) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	return found != nullptr ? core_->set_repeats(*found, channel, count) : Error::ERR_UNCONFIGURED;
}

Error EnetHost::set_channel_priority(EnetPeerId peer, int channel, EnetChannelPriority priority) {
	EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	return found != nullptr ? core_->set_channel_priority(*found, channel, priority) : Error::ERR_UNCONFIGURED;
}

EnetPeerState EnetHost::peer_state(EnetPeerId peer) const {
	const EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	return found != nullptr ? found->state : EnetPeerState::kDisconnected;
}

bool EnetHost::peer_is_current(EnetPeerId peer) const { return core_ != nullptr && core_->find(peer) != nullptr; }

size_t EnetHost::peer_channels(EnetPeerId peer) const {
	const EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	return found != nullptr ? found->channel_count : 0;
}

Endpoint EnetHost::peer_endpoint(EnetPeerId peer) const {
	const EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	return found != nullptr ? found->endpoint : Endpoint();
}

Error EnetHost::peer_stats(EnetPeerId peer, EnetPeerStats &out) const {
	const EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	if (found == nullptr) return Error::ERR_UNCONFIGURED;
	core_->fill_stats(*found, out);
	return Error::OK;
}

Error EnetHost::path_stats(EnetPeerId peer, EnetPathStats &out) const {
	const EnetPeer *found = core_ != nullptr ? core_->find(peer) : nullptr;
	if (found == nullptr) return Error::ERR_UNCONFIGURED;
	core_->fill_path_stats(*found, out);
	return Error::OK;
}

void EnetHost::set_bandwidth_limit(uint32_t incoming, uint32_t outgoing) {
	if (core_ != nullptr) core_->set_bandwidth_limit(incoming, outgoing);
}

void EnetHost::set_channel_limit(size_t limit) {
	if (core_ != nullptr)
		core_->config.max_channels = limit == 0 || limit > kEnetMaxChannels ? kEnetMaxChannels : limit;
}

size_t EnetHost::channel_limit() const { return core_ != nullptr ? core_->config.max_channels : 0; }

size_t EnetHost::max_peers() const { return core_ != nullptr ? core_->config.max_peers : 0; }

size_t EnetHost::connected_peers() const { return core_ != nullptr ? core_->connected_count : 0; }

void EnetHost::set_compressor(Compressor *compressor) {
	if (core_ != nullptr) core_->config.compressor = compressor;
}

void EnetHost::set_checksum(bool enabled) {
	if (core_ != nullptr) core_->config.checksum = enabled;
}

Error EnetHost::limit_mtu(uint32_t most) {
	if (most < kEnetMinMtu || most > kEnetMaxMtu) return Error::ERR_INVALID_PARAMETER;
	if (core_ != nullptr && core_->config.mtu > most) core_->config.mtu = most;
	return Error::OK;
}

void EnetHost::set_intercept(const EnetIntercept &intercept) {
	if (core_ != nullptr) core_->intercept = intercept;
}

const EnetHostCounters &EnetHost::counters() const {
	static const EnetHostCounters kNothing{};
	return core_ != nullptr ? core_->counters : kNothing;
}

size_t EnetHost::memory_held() const { return core_ != nullptr ? core_->budget.used() : 0; }

} // namespace netpeer
