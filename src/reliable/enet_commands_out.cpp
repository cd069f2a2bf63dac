// Datagram assembly: acknowledgements, resends, new commands, pings (docs/enet-protocol.md, "Filling a datagram").
#include "enet_crc32.h"
#include "enet_host_core.h"

#include <cstring>
#include <new>

namespace netpeer {

namespace {

// Commands start here in a buffer; a shorter header is moved up against them.
constexpr size_t kLongestHeader = kEnetHeaderBytes;
constexpr size_t kRoomForCopyHeaders = 64;
constexpr Duration kRetryAfterNoMemory = Duration::from_ms(20);
constexpr uint32_t kMostWithoutControl = 12000; // reliable bytes in flight
constexpr uint8_t kInVain = 4;                  // transmissions of a small message, after which older bulk goes first
constexpr Duration kControlKept = Duration::from_s(10); // without use

} // namespace

// One datagram being built. Its functions are inline: each runs for every message.
struct EnetHostCore::Assembly {
	EnetHostCore &host;
	EnetPeer &peer;
	Instant now;
	uint8_t *body_at;
	ByteWriter body;
	uint32_t now_ms; // on the clock that stamps are taken from
	uint32_t window; // reliable payload bytes the peer may have in flight
	size_t commands = 0;
	SentDatagram *ledger = nullptr; // set with the first reliable command
	bool more = false;              // something did not fit
	bool saw_reliable = false;      // a reliable command could have gone
	bool bulk_blocked = false;      // there is no room in flight
	bool prompt_blocked = false;    // likewise, for small messages
	bool is_paced = false;          // the pacer has said that bulk may leave
	bool no_memory = false;
	bool ends_connection = false; // carries the acknowledgement of a DISCONNECT
	bool resends = false;         // carries what was taken for lost
	bool copies = false;          // or what had left again a moment ago
	bool stamped = false;         // something in it wants an answer
	bool is_too_long = false;     // holds one command, of a size that has stopped to pass
	uint16_t number_stamp = 0;    // where stamps are numbers; set with `ledger`

	/// Whether the path has room for so many bytes of reliable payload of a channel that has much to send.
	bool bulk_may_leave(size_t bytes) {
		return peer.reliable_in_transit + bytes <= window && (is_paced || pacer_lets_leave());
	}
	bool pacer_lets_leave() {
		is_paced = peer.congestion == nullptr || peer.congestion->may_leave(now);
		return is_paced;
	}
	/// The same for small messages: what there is of bulk in flight does not hold them up.
	bool prompt_may_leave(size_t bytes) const {
		const uint32_t allowance = window < kEnetPromptAllowance ? window : kEnetPromptAllowance;
		return peer.prompt_in_transit + bytes <= allowance || peer.reliable_in_transit + bytes <= prompt_window();
	}
	/// What they may fill besides their allowance: paced, where there may be as much of them as of bulk.
	uint32_t prompt_window() const {
		return peer.has_had_prompt && peer.congestion != nullptr && !peer.congestion->may_leave(now) ? 0 : window;
	}
	/// There is no room for what is not bulk, and where there may be much of it none for bulk either.
	void block_prompt() {
		prompt_blocked = true;
		if (peer.has_had_prompt) bulk_blocked = true;
	}
	void no_bulk_waits() {
		peer.bulk_held = false;
		peer.overtaken = 0;
	}
	bool fits(size_t bytes) { return (commands < kEnetMaxCommands && bytes <= body.left()) || fits_alone(bytes); }
	bool fits_alone(size_t bytes);
	bool open_ledger() {
		if (ledger == nullptr) {
			if (host.config.number_datagrams) {
				if (peer.recovery.span() >= kEnetMostNumbered) return false; // until something is answered or lost
				number_stamp = static_cast<uint16_t>(peer.recovery.next_number() + host.stamp_offset_);
			}
			ledger = peer.recovery.open(now, stamp());
		}
		no_memory = ledger == nullptr;
		stamped = stamped || !no_memory;
		return !no_memory;
	}
	uint16_t stamp() const { return host.config.number_datagrams ? number_stamp : static_cast<uint16_t>(now_ms); }
	/// Whether it may bring one of the peer's timers forward: with the oldest that waits for an answer, of which the time limit
	/// may end before anything else.
	bool changes_timers() const {
		if (ledger == nullptr || resends || copies) return true;
		if (bulk_blocked || no_memory || peer.path_mtu != nullptr) return true;
		if (!peer.recovery.is_oldest(ledger)) return peer.deadline.is_never();
		return peer.recovery.may_be_lost_before(peer.deadline, now);
	}
	void count_command() {
		NETPEER_ASSERT(!body.failed());
		++commands;
		++peer.packets_sent;
	}
	size_t build(uint8_t *out);
	void write_ack(uint8_t channel, uint16_t sequence, uint16_t sent_time);
	void put_commands();
	bool put_one_queue();
	bool put_whole_messages(CommandList &from, int64_t room);
	OutCommand *next_bulk();
	OutCommand *next_prompt();
	OutCommand *next_storable(CommandList &queue);
	bool put_bulk(OutCommand *command);
	bool put_prompt(OutCommand *command);
	bool put_message(CommandList &from, OutCommand *command);
	bool put_new(CommandList &from, SentRing &ring, OutCommand *command);
	bool put_unreliable(OutCommand *command);
	void note_sent(OutCommand *command);
	void write_header(const OutCommand &command) { write_header(body, command, command.number); }
	static void write_header(ByteWriter &out, const OutCommand &command, EnetCommand number);
	static void write_whole_reliable(ByteWriter &out, const OutCommand &command);
	void write_payload(const OutCommand &command);
	void control_congestion();
	EnetHeader header() const;
	size_t seal(uint8_t *datagram);
};

bool EnetHostCore::transmit_next(Instant now, MutBytes out, EnetTransmit &transmit) {
	if (Farewell *farewell = first_farewell_) {
		first_farewell_ = farewell->next;
		if (first_farewell_ == nullptr) last_farewell_ = nullptr;
		std::memcpy(out.data, farewell->bytes, farewell->size);
		transmit.fragmentation = Fragmentation::kAsSystem;
		transmit.to = farewell->to;
		transmit.size = farewell->size;
		pool->give(farewell, sizeof(Farewell));
		++counters.sent_datagrams;
		counters.sent_bytes += transmit.size;
		counters.sent_plain_bytes += transmit.size;
		return true;
	}
	while (EnetPeer *peer = ready_peers_.pop_front()) {
		++counters.steps;
		transmit.to = peer->endpoint;
		transmit.size = 0;
		if (peer->path_mtu != nullptr) transmit.size = put_path_probe(*peer, now, out);
		if (transmit.size != 0) {
			transmit.fragmentation = Fragmentation::kNever;
		} else {
			uint8_t *body = out.data + kLongestHeader + (config.checksum ? kEnetChecksumBytes : 0);
			Assembly building{*this, *peer, now, body, ByteWriter(MutBytes(body, peer->data_mtu - kEnetHeaderBytes)),
			        stamp_clock(now), window_of(*peer)};
			transmit.size = building.build(out.data);
			if (transmit.size == 0) continue;
			transmit.fragmentation = building.is_too_long ? Fragmentation::kAllowed : Fragmentation::kAsSystem;
		}
		++counters.sent_datagrams;
		counters.sent_bytes += transmit.size;
		counters.sent_plain_bytes += transmit.size;
		return true;
	}
	return false;
}

// Without memory for it the window is stock's.
void EnetHostCore::begin_control(EnetPeer &peer, Instant now) {
	if (peer.congestion_control == EnetCongestionControl::kStock) return;
	const PathTime &path = peer.recovery.path();
	peer.congestion =
	        make_charged<EnetCongestion>(peer, peer.congestion_control, now, path.sampled ? path.smoothed : 0u);
}

// Tells congestion control what leaves, and makes it where there is much for the first time.
inline void EnetHostCore::Assembly::control_congestion() {
	if (peer.congestion == nullptr) {
		if (peer.reliable_in_transit <= kMostWithoutControl) return;
		host.begin_control(peer, now);
		if (peer.congestion == nullptr) return;
	}
	EnetCongestion &congestion = *peer.congestion;
	if (ledger != nullptr && ledger->bytes != 0) {
		congestion.note_sent(now, ledger->mark, ledger->bytes, peer.reliable_in_transit - ledger->bytes);
	}
	const bool prompt_waits = peer.has_had_prompt && !(peer.prompt.empty() && peer.resend_prompt.empty());
	if (!bulk_blocked && !prompt_waits && peer.bulk.empty() && peer.resend_bulk.empty()) {
		congestion.note_nothing_waits(peer.reliable_in_transit);
	}
}

// A command that was cut for a larger path, and has a number already, leaves in a datagram of its own.
bool EnetHostCore::Assembly::fits_alone(size_t bytes) {
	if (commands != 0 || bytes <= peer.data_mtu - kEnetHeaderBytes) {
		more = true;
		return false;
	}
	NETPEER_ASSERT(bytes <= peer.mtu - kEnetHeaderBytes);
	body = ByteWriter(MutBytes(body_at, bytes));
	is_too_long = true;
	return true;
}

// Builds one datagram and returns its size; 0 when there is nothing to send. Peers with more to send queue up again behind
// the others. May change the peer's state, never releases it.
inline size_t EnetHostCore::Assembly::build(uint8_t *out) {
	if (!peer.acks.empty()) host.put_acks(*this);
	if (!put_one_queue()) put_commands();
	if (peer.recovery.copy_wanted() != nullptr && (commands != 0 || peer.recovery.is_copy_due(now))) {
		host.put_copies(*this);
	}
	if (commands != 0) {
		host.put_repeats(*this);
		const bool echoes = peer.recovery.is_lossy() && peer.last_ack.is_known();
		if (echoes && host.config.echo_acknowledgements) host.put_echo(*this);
	}
	const bool probes = ledger == nullptr && peer.recovery.wants_probe() && is_established(peer.state);
	if (!more && !no_memory && (probes || (!saw_reliable && host.is_ping_due(peer, now)))) host.put_ping(*this);
	control_congestion();
	if (ledger != nullptr) {
		if (!peer.recovery.close(ledger)) ledger = nullptr;
		if (resends && ledger != nullptr) host.want_copies(*this);
	}
	if (no_memory) {
		++host.counters.out_of_memory;
		peer.retry_at = now + kRetryAfterNoMemory;
	}
	size_t size = 0;
	if (commands != 0) {
		if (!resends && peer.copy_allowance < kEnetMostCopies) {
			peer.copy_allowance = static_cast<uint16_t>(peer.copy_allowance + body.size() / 2);
		}
		host.count_loss(peer, now_ms - host.stamp_offset_);
		size = seal(out);
		if (ledger != nullptr) ledger->size = static_cast<uint16_t>(size);
	}
	if (ends_connection) {
		host.become_zombie(peer, EnetDropReason::kRemoteAsked);
	} else {
		if (more && !no_memory) host.mark_ready(peer);
		if (changes_timers()) host.update_deadline(peer);
		if (peer.state == EnetPeerState::kDisconnectLater) host.disconnect_if_drained(peer);
	}
	return size;
}

void EnetHostCore::put_acks(Assembly &out) {
	while (!out.peer.acks.empty() && out.fits(enet_command_bytes(EnetCommand::kAcknowledge))) {
		const AckQueue::Ack ack = out.peer.acks.pop();
		out.write_ack(ack.channel, ack.sequence, ack.sent_time);
		out.ends_connection = out.ends_connection || ack.ends_connection;
		EnetLastAck &last = out.peer.last_ack;
		last.read_clock(ack.sent_time, out.now_ms, out.peer.recovery.path().variation);
		last.channel = ack.channel;
		last.sequence = ack.sequence;
	}
	if (out.peer.acks.empty() && out.peer.acks.is_oversized()) out.peer.acks.free_memory(*pool, out.peer.budget);
}

inline void EnetHostCore::Assembly::write_ack(uint8_t channel, uint16_t sequence, uint16_t sent_time) {
	EnetCommandHeader header;
	header.number = static_cast<uint8_t>(EnetCommand::kAcknowledge);
	header.channel = channel;
	header.sequence = sequence;
	write_enet_command_header(body, header);
	EnetAcknowledge ack;
	ack.received_sequence = sequence;
	ack.received_sent_time = sent_time;
	write_enet_acknowledge(body, ack);
	++commands;
}

// The last acknowledgement once more, with the time it would have echoed had it been asked for now. A stock receiver that
// hears none for half a second asks, and gives the connection up when six or seven of its questions in a row, or their
// answers, are lost; to hear one keeps it from both, and its measured round trip right.
void EnetHostCore::put_echo(Assembly &out) {
	EnetLastAck &last = out.peer.last_ack;
	if (!is_established(out.peer.state) || !last.is_echo_due(out.now_ms)) return;
	if (out.commands >= kEnetMaxCommands || enet_command_bytes(EnetCommand::kAcknowledge) > out.body.left()) return;
	out.write_ack(last.channel, last.sequence, last.echo(out.now_ms));
}

// Resends of small messages, then everything else in the order of queueing, as long as there is room in flight for bulk:
// messages of channels that have much to send, and resends of those. From the moment it has to wait, everything else goes
// before it, until the last of it has left. What waits for the range of numbers the other end can store waits by channel.
inline void EnetHostCore::Assembly::put_commands() {
	while (OutCommand *command = peer.resend_prompt.front()) {
		OutCommand *older = peer.resend_bulk.front();
		// A receiver without room for it drops what follows in the datagram, which may be what would make room.
		if (command->attempts >= kInVain && is_before(older, *command) && bulk_may_leave(older->length)) {
			if (!put_bulk(older)) return;
			continue;
		}
		if (peer.has_had_prompt && !command->is_control() && !prompt_may_leave(command->length)) {
			block_prompt();
			break;
		}
		if (!host.put_again(*this, peer.resend_prompt, command)) return;
	}
	for (;;) {
		OutCommand *bulk = nullptr;
		OutCommand *prompt = nullptr;
		OutCommand *other = peer.other.front();
		OutCommand *next = other;
		if (peer.has_data()) {
			bulk = next_bulk(); // before next_prompt(): it says whether bulk waits
			prompt = next_prompt();
			// A channel becomes bulk while earlier messages of its own are still small: their numbers leave first.
			if (bulk != nullptr && bulk->attempts == 0 && is_before(peer.prompt.front(), *bulk)) bulk = nullptr;
			next = earlier_queued(prompt, other);
			if (next == nullptr || (bulk != nullptr && !peer.bulk_held)) next = earlier_queued(bulk, next);
		} else {
			no_bulk_waits();
		}
		if (next == nullptr) return;
		bool went = false;
		if (next == other) {
			went = other->reliable ? host.put_control(*this, other) : put_unreliable(other);
		} else {
			went = next == bulk ? put_bulk(bulk) : put_prompt(prompt);
		}
		if (!went) return;
	}
}

// What nearly every datagram is made of: messages of one queue. False: there is more to look at, for put_commands().
inline bool EnetHostCore::Assembly::put_one_queue() {
	if (peer.has_resends()) return false;
	const bool is_bulk = !peer.bulk.empty();
	if (is_bulk) {
		if (!peer.prompt.empty() || !peer.other.empty() || peer.bulk.front()->in_pieces()) return false;
	} else {
		no_bulk_waits();
		if (peer.prompt.empty()) return peer.other.empty();
	}
	int64_t room = int64_t{is_bulk ? window : prompt_window()} - peer.reliable_in_transit;
	if (!is_bulk) {
		const uint32_t allowance = window < kEnetPromptAllowance ? window : kEnetPromptAllowance;
		const int64_t prompt_room = int64_t{allowance} - peer.prompt_in_transit;
		if (room < prompt_room) room = prompt_room; // as prompt_may_leave()
	}
	return put_whole_messages(is_bulk ? peer.bulk : peer.prompt, room);
}

// Takes as many messages as come next, are in one piece, fit and may leave; the first for which that is not so is left to
// put_commands(), unless the datagram is full: then the answer is true. `room`: bytes of payload.
inline bool EnetHostCore::Assembly::put_whole_messages(CommandList &from, int64_t room) {
	if (peer.blocked_commands != 0) return false;
	const OutCommand *other = peer.other.front();
	const size_t most = kEnetMaxCommands - commands;
	const EnetChannel *open = nullptr; // the other end can store what the last one's window of numbers holds
	ByteWriter out = body;
	OutCommand *last = nullptr;
	uint32_t count = 0;
	uint32_t bytes = 0; // of payload
	bool is_full = false;
	for (OutCommand *command = from.front(); command != nullptr; command = CommandList::next_of(command)) {
		if (command->in_pieces()) break; // of small ones, those cut for a smaller path while they waited
		NETPEER_ASSERT(command->number == EnetCommand::kSendReliable && command->attempts == 0);
		const uint32_t length = command->length;
		const size_t size = enet_command_bytes(EnetCommand::kSendReliable) + length;
		EnetChannel &channel = *peer.channels[command->channel];
		const Seq16 number(command->sequence);
		if (other != nullptr && !was_queued_before(*command, *other)) break;
		if (int64_t{bytes} + length > room) break;
		if (&channel != open || number.value % kEnetWindowNumbers == 0) {
			if (!channel.may_send(number)) break;
			open = &channel;
		}
		if (command->bulk && !is_paced && !pacer_lets_leave()) break;
		if (count >= most || size > out.left()) {
			is_full = commands + count != 0; // or it leaves alone
			break;
		}
		if (ledger == nullptr && !open_ledger()) break;
		if (!channel.sent.reserve(*host.pool, number)) break;
		channel.sent.insert(number, command);
		channel.note_left(size);
		command->note_first_transmission(ledger->stamp);
		EnetRecovery::put_in(*ledger, *command);
		write_header(out, *command, EnetCommand::kSendReliable);
		write_enet_send_reliable(out, command->length);
		out.bytes(command->bytes());
		bytes += length;
		++count;
		last = command;
	}
	if (is_full) more = saw_reliable = true;
	if (count == 0) return is_full;
	NETPEER_ASSERT(!out.failed());
	body = out;
	saw_reliable = true;
	commands += count;
	from.move_front(last, ledger->commands);
	ledger->bytes += bytes;
	peer.packets_sent += count;
	peer.queued_commands -= count;
	peer.unacknowledged += count;
	peer.queued_data -= bytes;
	peer.reliable_in_transit += bytes;
	if (!last->bulk) {
		peer.prompt_in_transit += bytes;
	} else if (from.empty()) {
		no_bulk_waits();
	} else {
		peer.overtaken = 0;
	}
	return is_full || (from.empty() && peer.other.empty());
}

// The next bulk command that may go now; null when there is none.
inline OutCommand *EnetHostCore::Assembly::next_bulk() {
	if (bulk_blocked) return nullptr;
	OutCommand *command = peer.resend_bulk.front();
	if (command == nullptr) {
		// Small ones that must wait are held back first, and with them what follows in their channel: beyond them, a number
		// that has wrapped looks as if the other end could store it.
		(void)next_storable(peer.prompt);
		command = next_storable(peer.bulk);
	}
	if (command == nullptr) {
		no_bulk_waits();
		return nullptr;
	}
	if (bulk_may_leave(command->length)) return command;
	bulk_blocked = peer.bulk_held = true;
	return nullptr;
}

// The same of small reliable messages. When they have overtaken bulk for long, it has a turn before the next one.
inline OutCommand *EnetHostCore::Assembly::next_prompt() {
	if (prompt_blocked) return nullptr;
	OutCommand *command = next_storable(peer.prompt);
	if (command == nullptr) return nullptr;
	const bool bulk_is_next = !peer.resend_bulk.empty() || is_before(peer.bulk.front(), *command);
	const bool bulk_has_turn = peer.bulk_held && peer.overtaken >= kEnetPromptAllowance && bulk_is_next;
	if (!bulk_has_turn && prompt_may_leave(command->length)) return command;
	if (!bulk_has_turn) block_prompt();
	return nullptr;
}

// The first message of a queue that the other end can store. A message waits when its channel's range of numbers is used
// up, and so does every later one of that channel; earlier ones, let go by unblock(), do not.
inline OutCommand *EnetHostCore::Assembly::next_storable(CommandList &queue) {
	while (OutCommand *command = queue.front()) {
		EnetChannel &channel = *peer.channels[command->channel];
		const OutCommand *held = channel.blocked.front();
		const bool waits = held != nullptr && was_queued_before(*held, *command);
		if (!waits && channel.may_send(Seq16(command->sequence))) return command;
		host.hold_back(peer, channel, command);
	}
	return nullptr;
}

inline bool EnetHostCore::Assembly::put_prompt(OutCommand *command) {
	const size_t bytes = enet_command_bytes(command->number) + command->length;
	if (!put_message(peer.prompt, command)) return false;
	const bool counts = peer.bulk_held && peer.overtaken < kEnetPromptAllowance;
	if (counts) peer.overtaken = static_cast<uint16_t>(peer.overtaken + bytes);
	return true;
}

inline bool EnetHostCore::Assembly::put_bulk(OutCommand *command) {
	if (command->attempts != 0 ? !host.put_again(*this, peer.resend_bulk, command) : !put_message(peer.bulk, command)) {
		return false;
	}
	peer.overtaken = 0;
	return true;
}

// Sends a queue's first reliable message, or the next fragment of it, for the first time; false as put_new().
inline bool EnetHostCore::Assembly::put_message(CommandList &from, OutCommand *command) {
	EnetChannel &channel = *peer.channels[command->channel];
	const size_t bytes = enet_command_bytes(command->number) + command->length;
	if (!put_new(from, channel.sent, command)) return false;
	channel.note_left(bytes);
	return true;
}

void EnetHostCore::hold_back(EnetPeer &peer, EnetChannel &channel, OutCommand *command) {
	++counters.steps;
	peer.data_queue(*command).remove(command);
	OutCommand *place = nullptr; // the end: whoever was let go and comes back early is the rare case
	for (OutCommand *last = channel.blocked.back(); last != nullptr && was_queued_before(*command, *last);
	        last = last->link.prev) {
		++counters.steps;
		place = last;
	}
	channel.blocked.insert_before(place, command);
	++peer.blocked_commands;
}

// Sends a queue's first command, or the next fragment of a message, for the first time. False: it did not fit, or there
// was no memory.
inline bool EnetHostCore::Assembly::put_new(CommandList &from, SentRing &ring, OutCommand *command) {
	NETPEER_ASSERT(command == from.front() && command->attempts == 0);
	saw_reliable = true;
	if (!fits(enet_command_bytes(command->number) + command->length) || !open_ledger()) return false;
	const Seq16 number(command->sequence);
	no_memory = !ring.reserve(*host.pool, number);
	if (no_memory) return false;
	if (command->is_last()) {
		from.pop_front();
		--peer.queued_commands;
	} else {
		command = host.split_off_fragment(command);
		no_memory = command == nullptr;
		if (no_memory) return false;
	}
	ring.insert(number, command);
	++peer.unacknowledged;
	peer.queued_data -= command->length;
	note_sent(command);
	return true;
}

// As put_new(). Data that may not go yet was held back long before; an application may ask for any number of pings.
bool EnetHostCore::put_control(Assembly &out, OutCommand *command) {
	SentRing &ring = out.peer.system_sent;
	if (!ring.is_too_far(Seq16(command->sequence))) return out.put_new(out.peer.other, ring, command);
	out.saw_reliable = true;
	(void)out.fits(enet_command_bytes(command->number));
	return false;
}

// Sends a queue's first command once more; false as above.
bool EnetHostCore::put_again(Assembly &out, CommandList &from, OutCommand *command) {
	NETPEER_ASSERT(command == from.front() && command->attempts != 0);
	out.saw_reliable = true;
	if (!out.fits(enet_command_bytes(command->number) + command->length) || !out.open_ledger()) return false;
	from.pop_front();
	--out.peer.queued_commands;
	out.resends = true;
	command->wants_copy = true;
	out.note_sent(command);
	return true;
}

// The resends of a datagram that left a moment ago, once more: two chances cost a thin flow less than one more round trip.
// From now on they count as sent here.
void EnetHostCore::put_copies(Assembly &out) {
	EnetRecovery &recovery = out.peer.recovery;
	if (!recovery.is_copy_due(out.now) && recovery.copy_wanted()->bytes + kRoomForCopyHeaders > out.body.left()) return;
	const SentDatagram *source = recovery.copy_wanted();
	for (OutCommand *command = source->commands.front(); command != nullptr;) {
		OutCommand *following = CommandList::next_of(command);
		if (command->wants_copy) {
			if (!out.fits(enet_command_bytes(command->number) + command->length) || !out.open_ledger()) break;
			out.saw_reliable = out.copies = true;
			command->wants_copy = false;
			++counters.copied_commands;
			++out.peer.copied;
			out.peer.has_ended(*command);
			command->gone_stamp = source->stamp;
			command->gone_ms = source->sent_at.ms32();
			recovery.remove(command); // the last one takes `source` with it
			out.note_sent(command);
		}
		command = following;
	}
	recovery.copy_left();
}

void EnetHostCore::want_copies(Assembly &out) {
	EnetPeer &peer = out.peer;
	const uint32_t bytes = static_cast<uint32_t>(out.body.size());
	if (!is_established(peer.state) || !peer.recovery.is_worth_copies() || peer.copy_allowance < bytes) return;
	peer.copy_allowance = static_cast<uint16_t>(peer.copy_allowance - bytes);
	peer.recovery.want_copy(out.ledger);
}

// What left with the last datagrams and is not acknowledged, where it shall leave again and there is room. It goes on to
// count as sent with the first: whichever is answered first ends it.
inline void EnetHostCore::put_repeats(Assembly &out) {
	SentDatagram *sources[kEnetMostRepeats];
	const unsigned count = out.peer.recovery.repeated_next(sources);
	for (unsigned i = 0; i < count; ++i) {
		--sources[i]->repeats;
		const Duration since = out.now - sources[i]->sent_at;
		if (since.us < 0 || since.us > out.peer.recovery.time_limit().us / 2)
			continue; // its resend would wait for this one's answer
		for (OutCommand *command = sources[i]->commands.front(); command != nullptr;
		        command = CommandList::next_of(command)) {
			if (command->repeats == 0) continue;
			--command->repeats;
			const size_t bytes = enet_command_bytes(command->number) + command->length;
			if (out.commands >= kEnetMaxCommands || bytes > out.body.left() || !out.open_ledger()) continue;
			command->note_transmission(out.stamp());
			sources[i]->repeated_after_us = static_cast<uint32_t>(since.us);
			out.write_payload(*command);
			++counters.repeated_commands;
		}
	}
}

inline void EnetHostCore::Assembly::note_sent(OutCommand *command) {
	peer.recovery.add(ledger, command);
	peer.has_left(*command);
	if (command->is_control()) {
		host.write_control(*this, *command);
	} else {
		write_payload(*command);
	}
}

// A record for the next fragment of a queued message, which goes on to the one after; null when there is no memory.
OutCommand *EnetHostCore::split_off_fragment(OutCommand *message) {
	void *block = pool->take(sizeof(OutCommand));
	if (block == nullptr) return nullptr;
	OutCommand *fragment = new (block) OutCommand(*message);
	fragment->link = ListHook<OutCommand>();
	++fragment->packet->owners;
	message->next_fragment();
	return fragment;
}

// Sends an unreliable packet, or the next fragment of one, or drops it if the throttle says so. False: it did not fit.
inline bool EnetHostCore::Assembly::put_unreliable(OutCommand *command) {
	if (!fits(enet_command_bytes(command->number) + command->length)) return false;
	const bool dropped = command->fragment_index() == 0 && peer.rtt.throttle_drops();
	if (dropped) {
		++host.counters.throttled_packets;
		peer.queued_data -= command->in_pieces() ? command->packet->size : command->length;
	} else {
		write_payload(*command);
		peer.queued_data -= command->length;
	}
	if (command->is_last() || dropped) {
		peer.other.pop_front();
		--peer.queued_commands;
		host.free_command(command);
	} else {
		command->next_fragment();
	}
	return true;
}

// A PING when nothing else would tell whether the other end lives: nothing is outstanding, or what is lost may not leave
// again yet. It leaves at once or is not made: one that waited would ask for the next datagram, and that one for a PING.
void EnetHostCore::put_ping(Assembly &out) {
	if (!out.fits(enet_command_bytes(EnetCommand::kPing))) return;
	if (!out.peer.other.empty() || is_out_of_system_numbers(out.peer) || !out.open_ledger()) return;
	const EnetCongestion *congestion = out.peer.congestion;
	if (congestion != nullptr && out.peer.recovery.empty() && out.now - congestion->last_sent_at() > kControlKept) {
		give_charged(out.peer, out.peer.congestion);
	}
	OutCommand *ping = queue_control(out.peer, EnetCommand::kPing);
	out.no_memory = ping == nullptr;
	if (ping != nullptr) (void)put_control(out, ping);
}

// --- bytes ---

// `number` is the command's; it is given so that nothing has to be decided where it is known.
inline void EnetHostCore::Assembly::write_header(ByteWriter &out, const OutCommand &command, EnetCommand number) {
	EnetCommandHeader header;
	header.number = static_cast<uint8_t>(number);
	header.wants_ack = number == EnetCommand::kSendReliable || command.reliable;
	header.unsequenced = number == EnetCommand::kSendUnsequenced;
	header.channel = command.channel;
	header.sequence = command.sequence;
	write_enet_command_header(out, header);
}

// As write_payload() would a reliable message of one piece.
inline void EnetHostCore::Assembly::write_whole_reliable(ByteWriter &out, const OutCommand &command) {
	uint8_t fixed[enet_command_bytes(EnetCommand::kSendReliable)]; // one check for all the numbers
	ByteWriter numbers(MutBytes(fixed, sizeof(fixed)));
	write_header(numbers, command, EnetCommand::kSendReliable);
	write_enet_send_reliable(numbers, command.length);
	out.bytes(ByteView(fixed, sizeof(fixed)));
	out.bytes(command.bytes());
}

inline void EnetHostCore::Assembly::write_payload(const OutCommand &command) {
	const uint16_t length = command.length;
	write_header(command);
	if (command.number == EnetCommand::kSendReliable) {
		write_enet_send_reliable(body, length);
	} else if (command.number == EnetCommand::kSendUnreliable) {
		write_enet_send_unreliable(body, command.second_number, length);
	} else if (command.number == EnetCommand::kSendUnsequenced) {
		write_enet_send_unsequenced(body, command.second_number, length);
	} else if (command.form != OutForm::kLaidOut) {
		write_fragment(body, command);
	}
	body.bytes(command.bytes());
	count_command();
}

void EnetHostCore::write_fragment(ByteWriter &writer, const OutCommand &command) {
	EnetSendFragment body;
	body.fragment_count = command.fragment_count();
	body.fragment_number = command.fragment_index();
	body.total_length = command.packet->size;
	body.fragment_offset = command.fragment_index() * command.args[2];
	body.start_sequence =
	        command.reliable ? static_cast<uint16_t>(command.sequence - body.fragment_number) : command.second_number;
	write_enet_send_fragment(writer, body, command.length);
}

void EnetHostCore::write_control(Assembly &out, const OutCommand &command) {
	const EnetPeer &peer = out.peer;
	out.write_header(command);
	switch (command.number) {
	case EnetCommand::kConnect: {
		EnetConnect body;
		static_cast<EnetVerifyConnect &>(body) = terms_of(peer);
		body.window_size = peer.window_size;
		body.data = peer.connect_data;
		write_enet_connect(out.body, body);
		break;
	}
	case EnetCommand::kVerifyConnect: {
		EnetVerifyConnect body = terms_of(peer);
		body.window_size = peer.agreed_window;
		body.incoming_session = slots_[peer.index].outgoing_session;
		body.outgoing_session = slots_[peer.index].incoming_session;
		write_enet_verify_connect(out.body, body);
		break;
	}
	case EnetCommand::kDisconnect: {
		EnetDisconnect body;
		body.data = command.args[0];
		write_enet_disconnect(out.body, body);
		break;
	}
	case EnetCommand::kBandwidthLimit: {
		EnetBandwidthLimit body;
		body.incoming = command.args[0];
		body.outgoing = command.args[1];
		write_enet_bandwidth_limit(out.body, body);
		break;
	}
	case EnetCommand::kThrottleConfigure: {
		EnetThrottleConfigure body;
		body.interval = command.args[0];
		body.acceleration = command.args[1];
		body.deceleration = command.args[2];
		write_enet_throttle_configure(out.body, body);
		break;
	}
	default: break; // a PING is its header
	}
	out.count_command();
}

// What both CONNECT and VERIFY_CONNECT say about us and the connection.
EnetVerifyConnect EnetHostCore::terms_of(const EnetPeer &peer) const {
	const Slot &slot = slots_[peer.index];
	EnetVerifyConnect terms;
	terms.outgoing_peer_id = peer.index;
	terms.incoming_session = slot.incoming_session;
	terms.outgoing_session = slot.outgoing_session;
	terms.mtu = peer.mtu;
	terms.channel_count = peer.channel_count;
	terms.incoming_bandwidth = config.incoming_bandwidth;
	terms.outgoing_bandwidth = config.outgoing_bandwidth;
	terms.throttle_interval = peer.rtt.interval;
	terms.throttle_acceleration = peer.rtt.acceleration;
	terms.throttle_deceleration = peer.rtt.deceleration;
	terms.connect_id = peer.connect_id;
	return terms;
}

// Every ten seconds, the share of commands that had to be sent again.
void EnetHostCore::count_loss(EnetPeer &peer, uint32_t now_ms) {
	if (!peer.loss_epoch_set) {
		peer.loss_epoch_set = true;
		peer.packet_loss_epoch = now_ms;
		return;
	}
	if (enet_time_gap(now_ms, peer.packet_loss_epoch) < kEnetLossIntervalMs || peer.packets_sent == 0) return;
	const uint32_t loss = static_cast<uint32_t>(uint64_t{peer.packets_lost} * kEnetLossScale / peer.packets_sent);
	const uint32_t off = loss > peer.packet_loss ? loss - peer.packet_loss : peer.packet_loss - loss;
	peer.packet_loss_variance = (3 * peer.packet_loss_variance + off) / 4;
	peer.packet_loss = (7 * peer.packet_loss + loss) / 8;
	peer.packet_loss_epoch = now_ms;
	peer.packets_sent = 0;
	peer.packets_lost = 0;
}

inline EnetHeader EnetHostCore::Assembly::header() const {
	EnetHeader header;
	header.peer_id = peer.outgoing_peer_id;
	header.session = peer.outgoing_peer_id != kEnetNoPeer ? host.slots_[peer.index].outgoing_session : uint8_t{0};
	header.has_sent_time = stamped;
	header.sent_time = stamp();
	return header;
}

// Puts the header before the commands, with compression and checksum where they are on. Returns the datagram's size.
inline size_t EnetHostCore::Assembly::seal(uint8_t *datagram) {
	if (host.config.checksum || host.config.compressor != nullptr) return host.seal_transformed(*this, datagram);
	const size_t header_bytes = stamped ? kEnetHeaderBytes : kEnetHeaderWordBytes;
	ByteWriter head(MutBytes(datagram, kEnetHeaderBytes));
	write_enet_header(head, header());
	if (!stamped) std::memmove(datagram + header_bytes, datagram + kLongestHeader, body.size());
	return header_bytes + body.size();
}

size_t EnetHostCore::seal_transformed(Assembly &out, uint8_t *datagram) {
	const EnetPeer &peer = out.peer;
	EnetHeader header = out.header();
	const size_t header_bytes = header.has_sent_time ? kEnetHeaderBytes : kEnetHeaderWordBytes;
	const size_t checksum_bytes = config.checksum ? kEnetChecksumBytes : 0;
	uint8_t *body = datagram + kLongestHeader + checksum_bytes;
	size_t body_bytes = out.body.size();

	size_t packed = 0;
	if (config.compressor != nullptr) {
		packed = config.compressor->compress(ByteView(body, body_bytes), MutBytes(scratch_, body_bytes));
		if (packed >= body_bytes) packed = 0;
	}
	header.compressed = packed != 0;

	uint8_t *start = datagram + kLongestHeader - header_bytes;
	ByteWriter head(MutBytes(start, header_bytes + checksum_bytes));
	write_enet_header(head, header);
	if (config.checksum) { // over the plain commands, with the connection's id in its own place
		head.u32_be(peer.outgoing_peer_id != kEnetNoPeer ? peer.connect_id : 0);
		const uint32_t checksum = enet_crc32(ByteView(start, header_bytes + checksum_bytes + body_bytes));
		ByteWriter place(MutBytes(start + header_bytes, checksum_bytes));
		place.u32_be(checksum);
	}
	if (packed != 0) {
		counters.sent_plain_bytes += body_bytes - packed;
		std::memcpy(body, scratch_, packed);
		body_bytes = packed;
	}
	const size_t size = header_bytes + checksum_bytes + body_bytes;
	if (start != datagram) std::memmove(datagram, start, size);
	return size;
}

// A datagram that holds one command and is not compressed, up to that command's header. `header` says whether it is stamped,
// `command` which one it is and its flags; the number is given here. Returns where the checksum goes.
size_t EnetHostCore::begin_lone_command(
        EnetPeer &peer, EnetHeader header, EnetCommandHeader &command, ByteWriter &writer) {
	header.peer_id = peer.outgoing_peer_id;
	header.session = slots_[peer.index].outgoing_session;
	write_enet_header(writer, header);
	const size_t checksum_at = writer.size();
	if (config.checksum) writer.u32_be(peer.connect_id);
	command.channel = kEnetSystemChannel;
	command.sequence = ++peer.system_sequence;
	write_enet_command_header(writer, command);
	return checksum_at;
}

void EnetHostCore::put_checksum(MutBytes datagram, size_t checksum_at) const {
	if (!config.checksum) return;
	const uint32_t checksum = enet_crc32(ByteView(datagram.data, datagram.size));
	ByteWriter place(datagram.after(checksum_at));
	place.u32_be(checksum);
}

// A DISCONNECT in a datagram of its own: no sentTime, nobody will acknowledge it. Returns its size.
size_t EnetHostCore::write_farewell(EnetPeer &peer, uint32_t data, MutBytes out) {
	ByteWriter writer(out);
	EnetCommandHeader command;
	command.number = static_cast<uint8_t>(EnetCommand::kDisconnect);
	command.unsequenced = true;
	const size_t checksum_at = begin_lone_command(peer, EnetHeader(), command, writer);
	EnetDisconnect body;
	body.data = data;
	write_enet_disconnect(writer, body);
	NETPEER_ASSERT(!writer.failed());
	put_checksum(out.first(writer.size()), checksum_at);
	return writer.size();
}

} // namespace netpeer
