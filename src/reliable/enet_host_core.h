// EnetHostCore: the state behind EnetHost and the functions that change it, spread over
//   enet_host.cpp          life of host and slots, the public calls
//   enet_peer.cpp          life of a peer: queues, states, what is freed when
//   enet_timers.cpp        overdue commands, giving up, pings, bandwidth shares, deadlines
//   enet_commands_in.cpp   one handler per command
//   enet_commands_out.cpp  datagram assembly
//   enet_path_probes.cpp   how large datagrams may be, and what that means for what is queued
// Private to those files.
#pragma once

#include "../core/seeded_rng.h"
#include "enet_host.h"
#include "enet_peer.h"
#include "enet_wire.h"
#include "peer_lookup.h"

namespace netpeer {

class EnetHostCore {
public:
	static EnetHostCore *create(const EnetHostConfig &config);
	static void destroy(EnetHostCore *core);

	// --- datagrams and time ---
	void receive(Instant now, const Endpoint &from, ByteView datagram);
	void handle_timeout(Instant now) {
		note_time(now);
		if (now - pool_tidied_at_ >= Duration::from_ms(kEnetPoolTidyMs)) {
			pool_tidied_at_ = now;
			pool->give_back_unused();
		}
		if (bandwidth_pass_needed() && now - bandwidth_epoch_ >= Duration::from_ms(kEnetBandwidthIntervalMs)) {
			pass_bandwidth(now);
		}
		if (const EnetPeer *first = deadlines_.top()) {
			if (first->deadline <= now) expire_peers(now);
		}
	}
	bool poll_transmit(Instant now, MutBytes out, EnetTransmit &transmit) {
		note_time(now);
		if (first_farewell_ == nullptr && ready_peers_.empty()) return false;
		return transmit_next(now, out, transmit);
	}
	bool poll_event(EnetEvent &event);
	bool has_event() const { return !event_peers_.empty(); }
	Instant next_timeout() const;
	bool is_overdue(Instant now) const;

	// --- public calls on peers ---
	EnetPeer *find(EnetPeerId id) const;
	EnetPeerId id_of(const EnetPeer &peer) const {
		EnetPeerId id;
		id.index = peer.index;
		id.generation = slots_[peer.index].generation;
		return id;
	}
	Error connect(Instant now, const Endpoint &to, size_t channels, uint32_t data, EnetPeerId &id);
	Error connect_later(Instant now, const Endpoint &to, size_t channels, uint32_t data, EnetPeerId &id);
	Error start_dial(EnetPeer &peer);
	void end(EnetPeer &peer, EnetDropReason reason);
	Error send(EnetPeer &peer, uint8_t channel, EnetPacket *packet); // takes a share of its own when OK
	Error send_copy(EnetPeer &peer, uint8_t channel, ByteView payload, uint32_t flags);
	void broadcast(uint8_t channel, EnetPacket *packet);
	void disconnect(EnetPeer &peer, uint32_t data);
	void disconnect_later(EnetPeer &peer, uint32_t data);
	void disconnect_now(EnetPeer &peer, uint32_t data);
	void reset(EnetPeer &peer) { release_peer(peer); }
	Error ping(EnetPeer &peer);
	Error configure_throttle(EnetPeer &peer, uint32_t interval, uint32_t acceleration, uint32_t deceleration);
	void set_congestion_control(EnetPeer &peer, EnetCongestionControl control);
	Error set_repeats(EnetPeer &peer, int channel, uint32_t count);
	Error set_channel_priority(EnetPeer &peer, int channel, EnetChannelPriority priority);
	bool make_choices(EnetPeer &peer);
	void drop_choices_if_none(EnetPeer &peer);
	void set_bandwidth_limit(uint32_t incoming, uint32_t outgoing);
	void fill_stats(const EnetPeer &peer, EnetPeerStats &out) const;
	void fill_path_stats(const EnetPeer &peer, EnetPathStats &out) const;
	/// The peer's timers may now be due earlier than the host believes.
	void update_deadline(EnetPeer &peer);

	EnetHostConfig config;
	EnetHostCounters counters;
	EnetIntercept intercept;
	EnetBudget budget;
	BlockPool *pool = nullptr;
	size_t connected_count = 0;

private:
	struct Slot {
		EnetPeer *peer = nullptr;
		uint32_t generation = 0;
		uint8_t incoming_session = kEnetNoSession;
		uint8_t outgoing_session = kEnetNoSession;
	};
	struct Farewell { // a DISCONNECT that leaves after its peer is gone
		Farewell *next = nullptr;
		Endpoint to;
		size_t size = 0;
		uint8_t bytes[16] = {};
	};
	struct Incoming; // one datagram being handled
	struct Assembly; // one datagram being built
	enum class Verdict { kAccept, kAcceptUnacknowledged, kAbandon };

	// --- enet_host.cpp: slots ---
	bool has_free_slot() const;
	EnetPeer *take_slot(const Endpoint &endpoint);
	void release_peer(EnetPeer &peer);
	void add_to_lookup(EnetPeer &peer);
	void remove_from_lookup(EnetPeer &peer);
	uint64_t connection_hash(const Endpoint &endpoint, uint32_t connect_id) const;
	uint32_t new_connect_id(const Endpoint &to);

	// --- enet_peer.cpp ---
	void set_state(EnetPeer &peer, EnetPeerState state);
	void clear_queues(EnetPeer &peer, bool keep_delivered);
	void free_command(OutCommand *command) {
		const size_t block_bytes = command->block_bytes();
		if (command->packet != nullptr) release_enet_packet(command->packet);
		pool->give(command, block_bytes);
	}
	/// Where an overdue command waits to be sent again.
	static CommandList &resend_queue(EnetPeer &peer, const OutCommand &command) {
		return command.bulk ? peer.resend_bulk : peer.resend_prompt;
	}
	void free_list(CommandList &list);
	void free_sent(EnetPeer &peer, SentRing &ring);
	/// The channel's state, made on first use; null when there is no memory. `channel` < channel_count.
	EnetChannel *open_channel(EnetPeer &peer, uint8_t channel) {
		NETPEER_ASSERT(channel < peer.channel_count && peer.channels != nullptr);
		EnetChannel *opened = peer.channels[channel];
		return opened != nullptr ? opened : make_channel(peer, channel);
	}
	EnetChannel *make_channel(EnetPeer &peer, uint8_t channel);
	/// A T from the pool, charged to the peer; null when budget or memory refuses.
	template <class T, class... Arguments> T *make_charged(EnetPeer &peer, Arguments... arguments) {
		if (!peer.budget.charge(BlockPool::cost_of(sizeof(T)))) return nullptr;
		void *block = pool->take(sizeof(T));
		if (block != nullptr) return new (block) T(arguments...);
		peer.budget.refund(BlockPool::cost_of(sizeof(T)));
		return nullptr;
	}
	template <class T> void give_charged(EnetPeer &peer, T *&object) {
		if (object == nullptr) return;
		pool->give(object, sizeof(T));
		peer.budget.refund(BlockPool::cost_of(sizeof(T)));
		object = nullptr;
	}
	bool make_channel_table(EnetPeer &peer, size_t count);
	OutCommand *queue_control(EnetPeer &peer, EnetCommand number);
	OutCommand *find_waiting_control(EnetPeer &peer, EnetCommand number);
	/// The next one would be too far ahead of the oldest unanswered.
	static bool is_out_of_system_numbers(const EnetPeer &peer) {
		return peer.system_sent.is_too_far(Seq16(static_cast<uint16_t>(peer.system_sequence + 1)));
	}
	/// The most payload one command carries; a longer message goes in pieces of this size.
	uint32_t piece_bytes(const EnetPeer &peer) const {
		return static_cast<uint32_t>(peer.data_mtu - kEnetHeaderBytes - enet_command_bytes(EnetCommand::kSendFragment) -
		                             (config.checksum ? kEnetChecksumBytes : 0));
	}
	Error queue_message(
	        EnetPeer &peer, uint8_t channel, EnetPacket *packet, ByteView fresh); // takes over one share when OK
	Error queue_copy(EnetPeer &peer, uint8_t channel, ByteView payload, uint32_t flags);
	void begin_disconnect(EnetPeer &peer, uint32_t data, bool keep_delivered);
	void become_zombie(EnetPeer &peer, EnetDropReason reason);
	void end_connection(EnetPeer &peer, EnetDropReason reason);
	void announce_connected(EnetPeer &peer);
	void mark_ready(EnetPeer &peer) {
		if (!peer.send_link.linked) ready_peers_.push_back(&peer);
	}
	void mark_event(EnetPeer &peer) {
		if (!peer.event_link.linked) event_peers_.push_back(&peer);
	}
	void disconnect_if_drained(EnetPeer &peer);
	EnetReceiver receiver_for(EnetPeer &peer) {
		return EnetReceiver{*pool, peer.budget, peer.ledger, counters, peer.delivered, peer.waiting_data,
		        config.max_waiting_data, hash_multiplier_};
	}
	void queue_farewell(EnetPeer &peer, uint32_t data);

	// --- enet_timers.cpp ---
	void expire_peers(Instant now);
	void expire(EnetPeer &peer, Instant now);
	static void queue_again(EnetPeer &peer, OutCommand *command);
	void take_losses(EnetPeer &peer, Instant now);
	static Instant give_up_at(const EnetPeer &peer);
	static bool is_given_up(const EnetPeer &peer, Instant now);
	bool is_ping_due(const EnetPeer &peer, Instant now) const;
	Instant ping_due_at(const EnetPeer &peer) const;
	bool limits_exist() const { return config.outgoing_bandwidth != 0 || limited_count_ != 0; }
	void note_time(Instant now) {
		if (!has_now_) bandwidth_epoch_ = now;
		has_now_ = true;
		last_now_ = now;
	}
	void roll_bandwidth_rhythm();
	void limits_changed();
	bool bandwidth_pass_needed() const { return connected_count != 0 && (announce_bandwidth_ || limits_active_); }
	void pass_bandwidth(Instant now);

	// --- enet_commands_in.cpp ---
	bool open_body(Incoming &in, ByteView datagram, size_t header_bytes);
	bool may_decompress_unknown(Instant now);
	bool may_decompress(const EnetPeer &peer, Instant now) const;
	void charge_decompression(EnetPeer &peer, Instant now, size_t bytes);
	Verdict on_connect(Incoming &in, ByteReader &reader);
	Verdict on_verify_connect(Incoming &in, ByteReader &reader);
	Verdict on_disconnect(Incoming &in, const EnetCommandHeader &command, ByteReader &reader);
	Verdict on_payload(EnetPeer &peer, const EnetCommandHeader &command, ByteReader &reader);
	Verdict on_message(EnetPeer &peer, const EnetCommandHeader &command, ByteReader &reader);
	Verdict on_fragment(EnetPeer &peer, const EnetCommandHeader &command, ByteReader &reader);
	static Verdict verdict_of(EnetReceipt receipt) {
		if (receipt <= EnetReceipt::kDuplicate) return Verdict::kAccept;
		return receipt == EnetReceipt::kTooFar ? Verdict::kAcceptUnacknowledged : Verdict::kAbandon;
	}
	Verdict on_unsequenced(EnetPeer &peer, uint8_t channel, uint16_t group, ByteView data);
	Verdict on_bandwidth_limit(EnetPeer &peer, ByteReader &reader);
	Verdict on_throttle_configure(EnetPeer &peer, ByteReader &reader);
	void remember_resent(EnetPeer &peer, const OutCommand &command, Instant now);
	static SentRing *ring_of(EnetPeer &peer, uint8_t channel);
	bool time_of(const OutCommand &command, uint16_t stamp, uint32_t clock_ms, uint32_t &took_ms, bool &known) const;
	bool is_second_answer(EnetPeer &peer, uint8_t channel, const EnetAcknowledge &ack, Instant now);
	static void note_delivered(EnetPeer &peer, const OutCommand &command, Instant now, uint16_t stamp);
	void unblock(EnetPeer &peer, EnetChannel &channel);
	bool is_repeated_connect(const Endpoint &from, uint32_t connect_id);
	bool has_too_many_from(const IPAddress &address) const;
	uint32_t window_between(uint32_t ours, uint32_t theirs) const;

	// --- enet_commands_out.cpp ---
	bool transmit_next(Instant now, MutBytes out, EnetTransmit &transmit);
	void put_acks(Assembly &out);
	static void put_echo(Assembly &out);
	void hold_back(EnetPeer &peer, EnetChannel &channel, OutCommand *command);
	bool put_control(Assembly &out, OutCommand *command);
	bool put_again(Assembly &out, CommandList &from, OutCommand *command);
	void put_copies(Assembly &out);
	static void want_copies(Assembly &out);
	void put_repeats(Assembly &out);
	void put_ping(Assembly &out);
	OutCommand *split_off_fragment(OutCommand *message);
	static void write_fragment(ByteWriter &writer, const OutCommand &command);
	void write_control(Assembly &out, const OutCommand &command);
	EnetVerifyConnect terms_of(const EnetPeer &peer) const;
	/// Reliable bytes the peer may have in flight. A window that the other end made smaller stays as it is, and so does what
	/// bandwidth limits allow.
	uint32_t window_of(const EnetPeer &peer) const {
		const bool is_stock = peer.congestion_control == EnetCongestionControl::kStock;
		const uint32_t throttle = is_stock ? peer.rtt.throttle : peer.rtt.throttle_limit;
		const uint32_t throttled = throttle * peer.window_size / kEnetThrottleScale;
		const uint32_t window = throttled > peer.mtu ? throttled : peer.mtu;
		if (peer.congestion == nullptr) return window;
		const uint32_t controlled = peer.congestion->window();
		const uint32_t held = controlled < peer.mtu ? peer.mtu : controlled;
		const bool limited = window != kEnetMaxWindow || peer.agreed_window != kEnetMaxWindow ||
		                     peer.incoming_bandwidth != 0 || config.outgoing_bandwidth != 0;
		return limited && window < held ? window : held;
	}
	void begin_control(EnetPeer &peer, Instant now);
	size_t begin_lone_command(EnetPeer &peer, EnetHeader header, EnetCommandHeader &command, ByteWriter &writer);
	void put_checksum(MutBytes datagram, size_t checksum_at) const;
	size_t write_farewell(EnetPeer &peer, uint32_t data, MutBytes out);
	void count_loss(EnetPeer &peer, uint32_t now_ms);
	size_t seal_transformed(Assembly &out, uint8_t *datagram);
	uint32_t stamp_clock(Instant now) const { return now.ms32() + stamp_offset_; }

	// --- enet_path_probes.cpp ---
	bool make_path_mtu(EnetPeer &peer);
	void explore_path(EnetPeer &peer, Instant now);
	void doubt_path(EnetPeer &peer, Instant now);
	static bool is_stuck(const EnetPeer &peer, const OutCommand &lost, Instant now);
	void pass_path_time(EnetPeer &peer, Instant now);
	size_t put_path_probe(EnetPeer &peer, Instant now, MutBytes out);
	bool is_probe_answered(EnetPeer &peer, const EnetAcknowledge &ack, Instant now);
	void follow_path(EnetPeer &peer, Instant now);
	void cut_queue_anew(EnetPeer &peer);
	static void return_held_back(EnetPeer &peer);
	uint16_t cut_message_anew(EnetPeer &peer, OutCommand *message);
	OutCommand *lay_out_anew(EnetPeer &peer, OutCommand *message, uint32_t count, uint32_t most);
	uint32_t checksum_bytes() const { return config.checksum ? static_cast<uint32_t>(kEnetChecksumBytes) : 0; }

	const Allocator *allocator_ = nullptr;
	Slot *slots_ = nullptr;
	uint64_t *free_slots_ = nullptr; // one bit per slot
	PeerLookup connections_;         // by endpoint and connect id
	PeerLookup addresses_;           // by address
	HashKey hash_key_;
	uint32_t hash_multiplier_ = 1;
	uint32_t stamp_offset_ = 0;
	SeededRng rng_;
	IntrusiveList<EnetPeer, &EnetPeer::send_link> ready_peers_;
	IntrusiveList<EnetPeer, &EnetPeer::event_link> event_peers_;
	DeadlineHeap<EnetPeer> deadlines_;
	Farewell *first_farewell_ = nullptr;
	Farewell *last_farewell_ = nullptr;
	Instant last_now_;
	bool has_now_ = false;
	Instant bandwidth_epoch_;
	Instant pool_tidied_at_;
	bool announce_bandwidth_ = false;
	bool limits_active_ = false;
	size_t limited_count_ = 0; // connected peers that announced an incoming limit
	Instant unknown_second_;   // rate budget for decompressing datagrams of nobody we know
	uint32_t unknown_in_second_ = 0;
	uint8_t scratch_[kEnetMaxDatagramBytes] = {};
};

} // namespace netpeer
