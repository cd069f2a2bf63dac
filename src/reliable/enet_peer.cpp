// Life of a peer: its queues, its states, and what is freed when.
#include "enet_peer.h"

#include "enet_host_core.h"

#include <cstring>
#include <new>

namespace netpeer {

namespace {

enum class MessageKind : uint8_t { kReliable, kUnreliable, kUnsequenced };

// docs/enet-protocol.md, "Choosing the command". A message in pieces is never unsequenced.
MessageKind message_kind(const EnetChannel &channel, uint32_t flags) {
	if ((flags & kEnetReliable) != 0) return MessageKind::kReliable;
	if ((flags & kEnetUnsequenced) != 0) return MessageKind::kUnsequenced;
	// Unreliable numbers do not wrap: when they run out, one reliable message restarts them.
	return channel.out_unreliable == 0xffff ? MessageKind::kReliable : MessageKind::kUnreliable;
}

// How many commands carry a message, when one carries at most `most` bytes of it.
uint32_t fragments_of(size_t bytes, uint32_t most) {
	return bytes <= most ? 1 : static_cast<uint32_t>((bytes - 1) / most + 1);
}

// `channel` -1: for all.
template <typename Choice> void choose_for(Choice (&of_channel)[kEnetMaxChannels], int channel, Choice choice) {
	const size_t first = channel < 0 ? 0 : static_cast<size_t>(channel);
	const size_t end = channel < 0 ? kEnetMaxChannels : first + 1;
	for (size_t i = first; i < end; ++i) of_channel[i] = choice;
}

// Numbers a message of `count` commands and puts it into its queue.
inline void queue_numbered(
        EnetPeer &peer, EnetChannel &channel, OutCommand *command, MessageKind kind, uint32_t size, uint32_t count) {
	const bool in_pieces = command->in_pieces();
	command->order = peer.next_order++;
	switch (kind) {
	case MessageKind::kReliable:
		command->number = in_pieces ? EnetCommand::kSendFragment : EnetCommand::kSendReliable;
		command->reliable = true;
		command->sequence = static_cast<uint16_t>(channel.out_reliable + 1);
		channel.out_reliable = static_cast<uint16_t>(channel.out_reliable + count);
		channel.out_unreliable = 0;
		if (peer.choices != nullptr && !in_pieces && size <= kEnetRepeatedBytes) {
			command->repeats = peer.choices->repeats[command->channel];
		}
		break;
	case MessageKind::kUnreliable:
		command->number = in_pieces ? EnetCommand::kSendUnreliableFragment : EnetCommand::kSendUnreliable;
		command->sequence = channel.out_reliable;
		command->second_number = ++channel.out_unreliable;
		break;
	case MessageKind::kUnsequenced:
		command->number = EnetCommand::kSendUnsequenced;
		command->second_number = ++peer.out_group;
		break;
	}
	const uint64_t bytes = size + uint64_t{count} * enet_command_bytes(command->number);
	peer.outgoing_data_total += bytes;
	peer.queued_data += size;
	++peer.queued_commands;
	if (kind != MessageKind::kReliable) {
		peer.other.push_back(command);
		return;
	}
	command->bulk = peer.note_queued(channel, command->channel, bytes, in_pieces);
	peer.data_queue(*command).push_back(command);
}

} // namespace

// --- AckQueue ---

bool AckQueue::make_room(BlockPool &pool, EnetBudget &budget) {
	const uint16_t count = static_cast<uint16_t>(end_ - begin_);
	if (begin_ > capacity_ / 2) {
		std::memmove(acks_, acks_ + begin_, count * sizeof(Ack));
		begin_ = 0;
		end_ = count;
		return true;
	}
	if (capacity_ >= kEnetMaxPendingAcks) return false;
	const uint16_t grown = static_cast<uint16_t>(capacity_ * 2);
	if (!budget.charge(BlockPool::cost_of(grown * sizeof(Ack)))) return false;
	Ack *acks = static_cast<Ack *>(pool.take(grown * sizeof(Ack)));
	if (acks == nullptr) {
		budget.refund(BlockPool::cost_of(grown * sizeof(Ack)));
		return false;
	}
	std::memcpy(acks, acks_ + begin_, count * sizeof(Ack));
	free_memory(pool, budget);
	acks_ = acks;
	capacity_ = grown;
	end_ = count;
	return true;
}

void AckQueue::free_memory(BlockPool &pool, EnetBudget &budget) {
	if (acks_ != own_) {
		pool.give(acks_, capacity_ * sizeof(Ack));
		budget.refund(BlockPool::cost_of(capacity_ * sizeof(Ack)));
	}
	acks_ = own_;
	begin_ = end_ = 0;
	capacity_ = kOwnRoom;
}

// --- ResentMemory ---

void ResentMemory::remember(BlockPool &pool, EnetBudget &budget, const OutCommand &command, uint32_t now_ms) {
	if (count_ == capacity_ && capacity_ < kMaxEntries && !grow(pool, budget) && capacity_ == 0) return;
	const bool known = command.given_up != 0 && command.attempts - command.given_up < int{OutCommand::kStampsKept};
	const uint16_t lost = known ? command.stamps[(command.given_up - 1u) % OutCommand::kStampsKept] : uint16_t{0};
	// Nothing was late where nothing was lost: copies only.
	entries_[next_] = Entry{now_ms, command.sequence, lost, command.channel, !known};
	next_ = static_cast<uint8_t>((next_ + 1) % capacity_);
	if (count_ < capacity_) ++count_;
}

ResentMemory::Answer ResentMemory::recall(
        uint8_t channel, uint16_t sequence, uint16_t stamp, uint32_t now_ms, uint64_t &steps) {
	for (uint32_t i = 0; i < count_; ++i) {
		++steps;
		Entry &entry = entries_[i];
		if (entry.channel != channel || entry.sequence != sequence) continue;
		if (enet_time_gap(now_ms, entry.acknowledged_ms) > kEnetSpuriousMemoryMs) continue;
		if (entry.was_late || entry.lost_stamp != stamp) return Answer::kAgain;
		entry.was_late = true;
		return Answer::kLate;
	}
	return Answer::kUnknown;
}

// Twice the entries, oldest first; those of a full ring begin at next_.
bool ResentMemory::grow(BlockPool &pool, EnetBudget &budget) {
	const uint32_t grown = capacity_ == 0 ? 4 : capacity_ * 2u;
	if (!budget.charge(BlockPool::cost_of(grown * sizeof(Entry)))) return false;
	Entry *entries = static_cast<Entry *>(pool.take(grown * sizeof(Entry)));
	if (entries == nullptr) {
		budget.refund(BlockPool::cost_of(grown * sizeof(Entry)));
		return false;
	}
	const uint32_t count = count_;
	for (uint32_t i = 0; i < count; ++i) entries[i] = entries_[(next_ + i) % count];
	free_memory(pool, budget);
	entries_ = entries;
	capacity_ = static_cast<uint8_t>(grown);
	count_ = next_ = static_cast<uint8_t>(count);
	return true;
}

void ResentMemory::free_if_stale(BlockPool &pool, EnetBudget &budget, uint32_t now_ms) {
	const Entry &newest = entries_[(next_ + capacity_ - 1u) % capacity_];
	if (enet_time_gap(now_ms, newest.acknowledged_ms) > kEnetSpuriousMemoryMs) free_memory(pool, budget);
}

void ResentMemory::free_memory(BlockPool &pool, EnetBudget &budget) {
	if (entries_ == nullptr) return;
	pool.give(entries_, capacity_ * sizeof(Entry));
	budget.refund(BlockPool::cost_of(capacity_ * sizeof(Entry)));
	entries_ = nullptr;
	capacity_ = count_ = next_ = 0;
}

// --- states ---

void EnetHostCore::set_state(EnetPeer &peer, EnetPeerState state) {
	if (peer.state == state) return;
	NETPEER_ASSERT(may_move(peer.state, state));
	roll_bandwidth_rhythm();
	const bool was = is_established(peer.state);
	const bool is = is_established(state);
	peer.state = state;
	if (was == is) return;
	connected_count += is ? 1u : static_cast<size_t>(-1);
	if (peer.incoming_bandwidth != 0) limited_count_ += is ? 1u : static_cast<size_t>(-1);
	limits_changed();
	announce_bandwidth_ = true;
}

void EnetHostCore::announce_connected(EnetPeer &peer) {
	peer.connect_deadline = Instant::never();
	set_state(peer, EnetPeerState::kConnected);
	peer.connect_event_due = true;
	mark_event(peer);
	if (config.probe_path_mtu) explore_path(peer, last_now_);
	mark_ready(peer); // a dialler's first PING goes out with the acknowledgement
	update_deadline(peer);
}

// Nothing more will be sent or received; the event, and the packets before it, wait for the application.
void EnetHostCore::become_zombie(EnetPeer &peer, EnetDropReason reason) {
	clear_queues(peer, true);
	set_state(peer, EnetPeerState::kZombie);
	peer.drop_reason = reason;
	peer.connect_deadline = Instant::never();
	if (peer.send_link.linked) ready_peers_.remove(&peer);
	mark_event(peer);
	update_deadline(peer);
}

void EnetHostCore::end(EnetPeer &peer, EnetDropReason reason) {
	if (peer.state != EnetPeerState::kZombie) end_connection(peer, reason);
}

// The connection is over by itself: a time-out, or our DISCONNECT was acknowledged.
void EnetHostCore::end_connection(EnetPeer &peer, EnetDropReason reason) {
	if (peer.state == EnetPeerState::kAcknowledgingConnect) {
		release_peer(peer); // the application never heard of it
		return;
	}
	peer.disconnect_data = 0;
	become_zombie(peer, reason);
}

// --- queues ---

void EnetHostCore::free_list(CommandList &list) {
	while (OutCommand *command = list.pop_front()) free_command(command);
}

// Those in a resend queue are in the ring too: queues first forget, then the ring frees.
void EnetHostCore::free_sent(EnetPeer &peer, SentRing &ring) {
	while (OutCommand *command = ring.take_any()) {
		if (command->sent_in != nullptr) peer.recovery.remove(command);
		free_command(command);
	}
	ring.free_memory(*pool);
}

// Drops everything queued, sent or received; `keep_delivered`: but what the application may still fetch.
void EnetHostCore::clear_queues(EnetPeer &peer, bool keep_delivered) {
	while (peer.resend_prompt.pop_front() != nullptr) {
	}
	while (peer.resend_bulk.pop_front() != nullptr) {
	}
	free_list(peer.prompt);
	free_list(peer.bulk);
	free_list(peer.other);
	free_sent(peer, peer.system_sent);
	peer.acks.free_memory(*pool, peer.budget);
	EnetReceiver receiver = receiver_for(peer);
	if (peer.channels != nullptr) {
		for (size_t i = 0; i < peer.channel_count; ++i) {
			EnetChannel *channel = peer.channels[i];
			if (channel == nullptr) continue;
			free_list(channel->blocked);
			free_sent(peer, channel->sent);
			channel->clear_received(receiver);
			channel->~EnetChannel();
			pool->give(channel, sizeof(EnetChannel));
			peer.budget.refund(BlockPool::cost_of(sizeof(EnetChannel)));
		}
		pool->give(peer.channels, peer.channel_count * sizeof(EnetChannel *));
		peer.budget.refund(BlockPool::cost_of(peer.channel_count * sizeof(EnetChannel *)));
		peer.channels = nullptr;
	}
	peer.channel_count = 0;
	give_charged(peer, peer.congestion);
	peer.reliable_in_transit = 0;
	peer.prompt_in_transit = 0;
	peer.overtaken = 0;
	peer.bulk_held = false;
	peer.queued_commands = 0;
	peer.blocked_commands = 0;
	peer.unacknowledged = 0;
	peer.queued_data = 0;
	peer.earliest_timeout = Instant::never();
	if (!keep_delivered) {
		while (EnetPacket *packet = peer.delivered.pop()) drop_received_packet(receiver, packet);
	}
}

// The table of channels, empty. Made when the connection stands, so that a forged CONNECT does not get one.
bool EnetHostCore::make_channel_table(EnetPeer &peer, size_t count) {
	const size_t bytes = count * sizeof(EnetChannel *);
	if (!peer.budget.charge(BlockPool::cost_of(bytes))) return false;
	peer.channels = static_cast<EnetChannel **>(pool->take(bytes));
	if (peer.channels == nullptr) {
		peer.budget.refund(BlockPool::cost_of(bytes));
		++counters.out_of_memory;
		return false;
	}
	for (size_t i = 0; i < count; ++i) peer.channels[i] = nullptr;
	peer.channel_count = static_cast<uint16_t>(count);
	return true;
}

EnetChannel *EnetHostCore::make_channel(EnetPeer &peer, uint8_t channel) {
	if (!peer.budget.charge(BlockPool::cost_of(sizeof(EnetChannel)))) return nullptr;
	void *block = pool->take(sizeof(EnetChannel));
	if (block == nullptr) {
		peer.budget.refund(BlockPool::cost_of(sizeof(EnetChannel)));
		++counters.out_of_memory;
		return nullptr;
	}
	peer.channels[channel] = new (block) EnetChannel();
	return peer.channels[channel];
}

// --- queueing ---

// A command of the kind that waits for system numbers to be answered, not sent yet; null when there is none.
OutCommand *EnetHostCore::find_waiting_control(EnetPeer &peer, EnetCommand number) {
	if (!peer.system_sent.is_too_far(Seq16(peer.system_sequence))) return nullptr;
	for (OutCommand *command = peer.other.back(); command != nullptr; command = command->link.prev) {
		++counters.steps;
		if (command->number == number) return command;
	}
	return nullptr;
}

// A command on the system channel, numbered and queued, or of its kind the one that waits already; null when there is no
// memory. Of those that wait only the newest matters, and a program may make any number of them.
OutCommand *EnetHostCore::queue_control(EnetPeer &peer, EnetCommand number) {
	if (OutCommand *waiting = find_waiting_control(peer, number)) return waiting;
	void *block = pool->take(sizeof(OutCommand));
	if (block == nullptr) {
		++counters.out_of_memory;
		return nullptr;
	}
	OutCommand *command = new (block) OutCommand;
	command->number = number;
	command->channel = kEnetSystemChannel;
	command->reliable = true;
	command->sequence = ++peer.system_sequence;
	command->order = peer.next_order++;
	peer.outgoing_data_total += enet_command_bytes(number);
	peer.other.push_back(command);
	++peer.queued_commands;
	mark_ready(peer);
	return command;
}

// Turns a packet into one command; fragments are split off when they leave. `fresh`: what is to be laid out in the packet
// first; empty for one that has its payload.
Error EnetHostCore::queue_message(EnetPeer &peer, uint8_t channel_id, EnetPacket *packet, ByteView fresh) {
	const uint32_t fragment_bytes = piece_bytes(peer);
	const uint32_t count = fragments_of(packet->size, fragment_bytes);
	const bool in_pieces = count > 1;
	uint32_t flags = packet->flags;
	if (in_pieces) flags = (flags & kEnetUnreliableFragment) != 0 ? flags & kEnetReliable : kEnetReliable;
	if (in_pieces && count > ((flags & kEnetReliable) != 0 ? kEnetMaxFragments : kEnetMaxFragmentsReceived)) {
		return Error::ERR_INVALID_PARAMETER;
	}
	EnetChannel *channel = open_channel(peer, channel_id);
	if (channel == nullptr) return Error::ERR_OUT_OF_MEMORY;
	const MessageKind kind = message_kind(*channel, flags);
	if (kind == MessageKind::kReliable && count > kEnetMaxFragments) return Error::ERR_INVALID_PARAMETER;
	void *block = pool->take(sizeof(OutCommand));
	if (block == nullptr) return Error::ERR_OUT_OF_MEMORY;
	OutCommand *command = new (block) OutCommand;
	command->packet = packet;
	command->channel = channel_id;
	command->length = static_cast<uint16_t>(in_pieces ? fragment_bytes : packet->size);
	if (in_pieces) {
		command->form = fresh.empty() ? OutForm::kFragment : OutForm::kLaidOut;
		command->args[0] = count;
		command->args[2] = fragment_bytes;
	}
	queue_numbered(peer, *channel, command, kind, packet->size, count);
	if (!fresh.empty()) lay_out_message(*command, fresh);
	mark_ready(peer);
	return Error::OK;
}

// The same for bytes nobody else sends: record and payload share one block.
Error EnetHostCore::queue_copy(EnetPeer &peer, uint8_t channel_id, ByteView payload, uint32_t flags) {
	if (payload.size > piece_bytes(peer)) {
		const uint32_t count = fragments_of(payload.size, piece_bytes(peer));
		EnetPacket *packet = make_enet_packet(*pool, payload.size + size_t{count} * kEnetFragmentNumberBytes, flags);
		if (packet == nullptr) return Error::ERR_OUT_OF_MEMORY;
		packet->size = static_cast<uint32_t>(payload.size);
		const Error error = queue_message(peer, channel_id, packet, payload);
		if (error != Error::OK) release_enet_packet(packet);
		return error;
	}
	EnetChannel *channel = open_channel(peer, channel_id);
	void *block = channel != nullptr ? pool->take(sizeof(OutCommand) + payload.size) : nullptr;
	if (block == nullptr) return Error::ERR_OUT_OF_MEMORY;
	OutCommand *command = new (block) OutCommand;
	command->channel = channel_id;
	command->length = static_cast<uint16_t>(payload.size);
	if (payload.size != 0) std::memcpy(command->own_payload(), payload.data, payload.size);
	queue_numbered(peer, *channel, command, message_kind(*channel, flags), command->length, 1);
	mark_ready(peer);
	return Error::OK;
}

// --- leaving ---

void EnetHostCore::begin_disconnect(EnetPeer &peer, uint32_t data, bool keep_delivered) {
	clear_queues(peer, keep_delivered);
	set_state(peer, EnetPeerState::kDisconnecting);
	OutCommand *command = queue_control(peer, EnetCommand::kDisconnect);
	if (command == nullptr) {
		end_connection(peer, EnetDropReason::kWeAsked); // the other end will time out
		return;
	}
	command->args[0] = data;
	if (!keep_delivered && !peer.connect_event_due && peer.event_link.linked) event_peers_.remove(&peer);
}

void EnetHostCore::disconnect(EnetPeer &peer, uint32_t data) {
	switch (peer.state) {
	case EnetPeerState::kConnected:
	case EnetPeerState::kDisconnectLater: begin_disconnect(peer, data, false); break;
	case EnetPeerState::kConnecting:
	case EnetPeerState::kAcknowledgingConnect:
		queue_farewell(peer, data);
		release_peer(peer);
		break;
	default: break;
	}
}

void EnetHostCore::disconnect_later(EnetPeer &peer, uint32_t data) {
	if (!is_established(peer.state)) {
		disconnect(peer, data);
		return;
	}
	set_state(peer, EnetPeerState::kDisconnectLater);
	peer.disconnect_data = data;
	disconnect_if_drained(peer);
}

void EnetHostCore::disconnect_now(EnetPeer &peer, uint32_t data) {
	if (peer.state != EnetPeerState::kZombie && peer.state != EnetPeerState::kDisconnecting) queue_farewell(peer, data);
	release_peer(peer);
}

// In DISCONNECT_LATER: once everything is sent and acknowledged, the DISCONNECT goes out.
void EnetHostCore::disconnect_if_drained(EnetPeer &peer) {
	if (peer.state != EnetPeerState::kDisconnectLater || peer.has_outgoing()) return;
	begin_disconnect(peer, peer.disconnect_data, true);
}

// A DISCONNECT nobody will acknowledge, as a datagram of its own that needs no peer any more.
void EnetHostCore::queue_farewell(EnetPeer &peer, uint32_t data) {
	// Before the other end has told its slot number, every receiver would ignore it.
	if (peer.outgoing_peer_id == kEnetNoPeer) return;
	void *block = pool->take(sizeof(Farewell));
	if (block == nullptr) {
		++counters.out_of_memory;
		return;
	}
	Farewell *farewell = new (block) Farewell();
	farewell->to = peer.endpoint;
	farewell->size = write_farewell(peer, data, MutBytes(farewell->bytes, sizeof(farewell->bytes)));
	(last_farewell_ != nullptr ? last_farewell_->next : first_farewell_) = farewell;
	last_farewell_ = farewell;
}

// --- public calls ---

Error EnetHostCore::ping(EnetPeer &peer) {
	if (peer.state != EnetPeerState::kConnected) return Error::OK;
	return queue_control(peer, EnetCommand::kPing) != nullptr ? Error::OK : Error::ERR_OUT_OF_MEMORY;
}

void EnetHostCore::set_congestion_control(EnetPeer &peer, EnetCongestionControl control) {
	if (peer.congestion_control == control) return;
	peer.congestion_control = control;
	peer.recovery.forget_marks();
	if (control == EnetCongestionControl::kStock) {
		give_charged(peer, peer.congestion);
	} else if (peer.congestion != nullptr) { // at once: it shall hear of what is on its way
		const PathTime &path = peer.recovery.path();
		*peer.congestion = EnetCongestion(control, last_now_, path.sampled ? path.smoothed : 0u);
		if (!peer.recovery.empty()) peer.congestion->take_over();
	}
	if (peer.has_data() || peer.has_resends()) mark_ready(peer);
}

Error EnetHostCore::set_repeats(EnetPeer &peer, int channel, uint32_t count) {
	if (count > kEnetMostRepeats || channel < -1) return Error::ERR_INVALID_PARAMETER;
	if (channel >= 0 && (peer.channels == nullptr || channel >= peer.channel_count)) return Error::FAILED;
	if (count != 0 && !make_choices(peer)) return Error::ERR_OUT_OF_MEMORY;
	if (peer.choices == nullptr) return Error::OK;
	choose_for(peer.choices->repeats, channel, static_cast<uint8_t>(count));
	drop_choices_if_none(peer);
	return Error::OK;
}

Error EnetHostCore::set_channel_priority(EnetPeer &peer, int channel, EnetChannelPriority priority) {
	if (priority > EnetChannelPriority::kBulk || channel < -1) return Error::ERR_INVALID_PARAMETER;
	if (channel >= 0 && (peer.channels == nullptr || channel >= peer.channel_count)) return Error::FAILED;
	if (priority != EnetChannelPriority::kAutomatic && !make_choices(peer)) return Error::ERR_OUT_OF_MEMORY;
	if (peer.choices == nullptr) return Error::OK;
	choose_for(peer.choices->priority, channel, priority);
	if (priority == EnetChannelPriority::kPrompt) peer.has_had_prompt = true;
	drop_choices_if_none(peer);
	return Error::OK;
}

bool EnetHostCore::make_choices(EnetPeer &peer) {
	if (peer.choices == nullptr) peer.choices = make_charged<EnetChannelChoices>(peer);
	return peer.choices != nullptr;
}

void EnetHostCore::drop_choices_if_none(EnetPeer &peer) {
	const EnetChannelChoices &choices = *peer.choices;
	for (size_t i = 0; i < kEnetMaxChannels; ++i) {
		if (choices.repeats[i] != 0 || choices.priority[i] != EnetChannelPriority::kAutomatic) return;
	}
	give_charged(peer, peer.choices);
}

Error EnetHostCore::configure_throttle(
        EnetPeer &peer, uint32_t interval, uint32_t acceleration, uint32_t deceleration) {
	if (is_established(peer.state)) {
		OutCommand *command = queue_control(peer, EnetCommand::kThrottleConfigure);
		if (command == nullptr) return Error::ERR_OUT_OF_MEMORY;
		command->args[0] = interval;
		command->args[1] = acceleration;
		command->args[2] = deceleration;
	}
	peer.rtt.interval = interval;
	peer.rtt.acceleration = acceleration;
	peer.rtt.deceleration = deceleration;
	return Error::OK;
}

void EnetHostCore::set_bandwidth_limit(uint32_t incoming, uint32_t outgoing) {
	roll_bandwidth_rhythm();
	config.incoming_bandwidth = incoming;
	config.outgoing_bandwidth = outgoing;
	announce_bandwidth_ = true;
	limits_changed();
}

} // namespace netpeer
