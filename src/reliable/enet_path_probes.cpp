// How large the datagrams of a peer may be: the probes that find it out, and what a new size means for what is queued
// (docs/congestion/path-mtu.md). The decisions are enet_path_mtu.h.
#include "enet_host_core.h"

#include <cstring>
#include <new>

namespace netpeer {

namespace {

constexpr Duration kLeastProbePatience = Duration::from_ms(50);

size_t numbered_bytes(const OutCommand &message) { return kEnetFragmentNumberBytes + message.args[2]; }

// Of a message laid out, in each of its fragments.
void write_start_sequence(const OutCommand &message) {
	uint8_t *const payload = message.packet->payload();
	for (uint32_t i = 0; i < message.fragment_count(); ++i) {
		ByteWriter place(MutBytes(payload + i * numbered_bytes(message), sizeof(uint16_t)));
		place.u16_be(message.sequence);
	}
}

// Takes the numbers out from between the payload.
ByteView gather_payload(const OutCommand &message) {
	uint8_t *const payload = message.packet->payload();
	for (uint32_t i = 0; i < message.fragment_count(); ++i) {
		const uint32_t offset = i * message.args[2];
		const uint32_t left = message.packet->size - offset;
		const uint32_t length = left < message.args[2] ? left : message.args[2];
		std::memmove(payload + offset, payload + i * numbered_bytes(message) + kEnetFragmentNumberBytes, length);
	}
	return message.packet->view();
}

} // namespace

// --- probes ---

// Made when first needed; false when there is no memory.
bool EnetHostCore::make_path_mtu(EnetPeer &peer) {
	if (peer.path_mtu != nullptr) return true;
	peer.path_mtu = make_charged<EnetPathMtu>(peer);
	if (peer.path_mtu == nullptr) {
		++counters.out_of_memory;
		return false;
	}
	peer.path_mtu->begin(static_cast<uint16_t>(peer.mtu + checksum_bytes()));
	return true;
}

// A connection has come up: nothing larger than every path carries leaves before probes have shown what this one does.
void EnetHostCore::explore_path(EnetPeer &peer, Instant now) {
	if (peer.data_mtu + checksum_bytes() <= EnetPathMtu::kFloor || !make_path_mtu(peer)) return;
	peer.path_mtu->begin_low(now);
	peer.data_mtu = static_cast<uint16_t>(peer.path_mtu->size() - checksum_bytes());
}

// Something large is lost again and again.
void EnetHostCore::doubt_path(EnetPeer &peer, Instant now) {
	if (!is_established(peer.state) || peer.data_mtu + checksum_bytes() <= EnetPathMtu::kFloor) return;
	if (!make_path_mtu(peer)) return; // the next loss asks again
	peer.path_mtu->doubt(now);
	if (peer.path_mtu->due_probe() != 0) mark_ready(peer);
}

void EnetHostCore::pass_path_time(EnetPeer &peer, Instant now) {
	peer.path_mtu->handle_timeout(now);
	follow_path(peer, now);
}

// A PING with zeros behind it, in a datagram that is neither compressed nor in the ledger: its loss says nothing about the
// network's load. Returns its size; 0 when no probe is due.
size_t EnetHostCore::put_path_probe(EnetPeer &peer, Instant now, MutBytes out) {
	const size_t size = is_established(peer.state) ? peer.path_mtu->due_probe() : 0;
	if (size == 0) return 0;
	if (is_out_of_system_numbers(peer)) return 0;
	if (!peer.acks.empty()) { // before the one of its VERIFY_CONNECT has come, the other end hears no PING
		mark_ready(peer);
		return 0;
	}
	const uint16_t stamp = static_cast<uint16_t>(stamp_clock(now));
	ByteWriter writer(out.first(size));
	EnetHeader header;
	header.has_sent_time = true;
	header.sent_time = stamp;
	EnetCommandHeader command;
	command.number = static_cast<uint8_t>(EnetCommand::kPing);
	command.wants_ack = true;
	const size_t checksum_at = begin_lone_command(peer, header, command, writer);
	NETPEER_ASSERT(!writer.failed());
	std::memset(out.data + writer.size(), 0, writer.left());
	put_checksum(out.first(size), checksum_at);
	const Duration limit = peer.recovery.time_limit();
	const Duration patience = limit + limit;
	peer.path_mtu->note_sent(
	        now, command.sequence, stamp, patience < kLeastProbePatience ? kLeastProbePatience : patience);
	++counters.path_probes;
	mark_ready(peer); // for what else waits, and for the deadline: what is due already leaves first
	return size;
}

// Whoever answers a probe lives; more it does not say.
bool EnetHostCore::is_probe_answered(EnetPeer &peer, const EnetAcknowledge &ack, Instant now) {
	if (!is_established(peer.state)) return false;
	if (!peer.path_mtu->acknowledge(now, ack.received_sequence, ack.received_sent_time)) {
		return peer.path_mtu->is_late(ack.received_sequence);
	}
	peer.ever_received = true;
	peer.earliest_timeout = Instant::never();
	peer.recovery.note_answer(now);
	follow_path(peer, now);
	update_deadline(peer);
	return true;
}

// The path's state has moved on; the caller sees to the deadline.
void EnetHostCore::follow_path(EnetPeer &peer, Instant now) {
	const uint32_t carried = peer.path_mtu->size() - checksum_bytes();
	const uint32_t mtu = carried < peer.mtu ? carried : peer.mtu;
	const bool is_less = mtu < peer.data_mtu;
	peer.data_mtu = static_cast<uint16_t>(mtu);
	if (is_less) {
		++counters.path_black_holes;
		cut_queue_anew(peer);
	}
	if (peer.path_mtu->is_over(now)) {
		give_charged(peer, peer.path_mtu);
	} else if (peer.path_mtu->due_probe() != 0) {
		mark_ready(peer);
	}
}

// What had left already and is longer than the path carries gets through in fragments or not at all. When none of it has
// for as long as a peer may be silent, the connection is as good as silent, whatever smaller arrives.
bool EnetHostCore::is_stuck(const EnetPeer &peer, const OutCommand &lost, Instant now) {
	if (peer.path_mtu == nullptr || enet_command_bytes(lost.number) + lost.length <= peer.data_mtu - kEnetHeaderBytes) {
		return false;
	}
	return now - peer.path_mtu->longer_passed_at() >= Duration::from_ms(peer.timeout_maximum_ms);
}

// --- what is queued ---

// Messages of which nothing has left are cut for the present size. That takes more numbers, so whatever comes after them
// in their channel is numbered anew; nobody has heard of those numbers. What has left once keeps its number and its size
// for ever: the other end takes a second piece of the same number for a duplicate. Unreliable messages are not cut either.
void EnetHostCore::cut_queue_anew(EnetPeer &peer) {
	if (peer.channels == nullptr) return;
	return_held_back(peer);
	uint16_t more_numbers[kEnetMaxChannels] = {};
	OutCommand *waiting[] = {peer.prompt.front(), peer.bulk.front(), peer.other.front()};
	for (;;) {
		OutCommand **first = nullptr;
		for (OutCommand *&head : waiting) {
			if (head != nullptr && (first == nullptr || was_queued_before(*head, **first))) first = &head;
		}
		if (first == nullptr) break;
		++counters.steps;
		OutCommand *const command = *first;
		*first = CommandList::next_of(command);
		const bool has_begun = command->fragment_index() != 0;
		if (command->is_control() || has_begun || command->number == EnetCommand::kSendUnsequenced) continue;
		uint16_t &more = more_numbers[command->channel];
		command->sequence = static_cast<uint16_t>(command->sequence + more);
		if (!command->reliable) continue;
		if (more != 0 && command->form == OutForm::kLaidOut) write_start_sequence(*command);
		more = static_cast<uint16_t>(more + cut_message_anew(peer, command));
	}
	for (size_t i = 0; i < peer.channel_count; ++i) {
		EnetChannel *const channel = peer.channels[i];
		if (channel != nullptr) channel->out_reliable = static_cast<uint16_t>(channel->out_reliable + more_numbers[i]);
	}
	mark_ready(peer);
}

// What waits for its range of numbers goes back to its place in the queue: the next datagram finds out again.
void EnetHostCore::return_held_back(EnetPeer &peer) {
	for (size_t i = 0; i < peer.channel_count && peer.blocked_commands != 0; ++i) {
		if (peer.channels[i] == nullptr) continue;
		OutCommand *before_prompt = peer.prompt.front();
		OutCommand *before_bulk = peer.bulk.front();
		while (OutCommand *command = peer.channels[i]->blocked.pop_front()) {
			OutCommand *&place = command->bulk ? before_bulk : before_prompt;
			while (place != nullptr && was_queued_before(*place, *command)) place = CommandList::next_of(place);
			peer.data_queue(*command).insert_before(place, command);
			--peer.blocked_commands;
		}
	}
}

// Of a reliable message of which nothing has left. Returns how many numbers more it takes now. Where there is no memory, or
// it would take too many, it stays as it is.
uint16_t EnetHostCore::cut_message_anew(EnetPeer &peer, OutCommand *message) {
	const uint32_t most = piece_bytes(peer);
	if ((message->in_pieces() ? message->args[2] : message->length) <= most) return 0;
	const uint32_t bytes = message->packet != nullptr ? message->packet->size : message->length;
	const uint32_t before = message->in_pieces() ? message->fragment_count() : 1;
	const uint32_t count = (bytes - 1) / most + 1;
	if (count > kEnetMaxFragments) return 0;
	if (message->packet == nullptr || message->form == OutForm::kLaidOut) {
		message = lay_out_anew(peer, message, count, most);
		if (message == nullptr) {
			++counters.out_of_memory;
			return 0;
		}
	} else {
		message->form = OutForm::kFragment;
		message->args[0] = count;
		message->args[1] = 0;
		message->args[2] = most;
	}
	const uint64_t header_bytes = enet_command_bytes(message->number) * uint64_t{before};
	message->number = EnetCommand::kSendFragment;
	message->length = static_cast<uint16_t>(most);
	const uint64_t more_bytes = enet_command_bytes(EnetCommand::kSendFragment) * uint64_t{count} - header_bytes;
	(void)peer.note_queued(*peer.channels[message->channel], message->channel, more_bytes, false);
	return static_cast<uint16_t>(count - before);
}

// A message whose payload is its own: in a packet of its own, in pieces of `most` bytes. Takes the place of `message`; null,
// and nothing has changed, when there is no memory.
OutCommand *EnetHostCore::lay_out_anew(EnetPeer &peer, OutCommand *message, uint32_t count, uint32_t most) {
	const bool is_record_kept = message->packet != nullptr;
	const uint32_t bytes = is_record_kept ? message->packet->size : message->length;
	void *const block = is_record_kept ? nullptr : pool->take(sizeof(OutCommand));
	if (!is_record_kept && block == nullptr) return nullptr;
	EnetPacket *const packet = make_enet_packet(*pool, bytes + size_t{count} * kEnetFragmentNumberBytes, kEnetReliable);
	if (packet == nullptr) {
		if (block != nullptr) pool->give(block, sizeof(OutCommand));
		return nullptr;
	}
	packet->size = bytes;
	OutCommand *made = message;
	if (!is_record_kept) {
		made = new (block) OutCommand(*message);
		made->link = ListHook<OutCommand>();
		peer.data_queue(*message).insert_before(message, made);
		peer.data_queue(*message).remove(message);
	}
	EnetPacket *const former = message->packet;
	const ByteView payload = is_record_kept ? gather_payload(*message) : ByteView(message->own_payload(), bytes);
	made->packet = packet;
	made->form = OutForm::kLaidOut;
	made->args[0] = count;
	made->args[1] = 0;
	made->args[2] = most;
	lay_out_message(*made, payload);
	if (former != nullptr) {
		release_enet_packet(former);
	} else {
		free_command(message);
	}
	return made;
}

} // namespace netpeer
