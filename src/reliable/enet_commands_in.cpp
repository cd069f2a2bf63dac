// Received datagrams: which are believed, and one handler per command (docs/enet-protocol.md, "Receiving a datagram").
// Every byte here may be hostile: whatever does not fit costs a counter and nothing else.
#include "enet_crc32.h"
#include "enet_host_core.h"

#include <cstring>
#include <new>

namespace netpeer {

namespace {

constexpr uint8_t next_session(uint8_t session) { return static_cast<uint8_t>((session + 1) & kEnetMaxSession); }

constexpr uint32_t clamped(uint32_t value, uint32_t low, uint32_t high) {
	return value < low ? low : (value > high ? high : value);
}

constexpr uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

// A session id both ends will know to be new: one on from what the other end had, and not what this slot had last.
uint8_t new_session(uint8_t theirs, uint8_t last_here) {
	uint8_t session = next_session(theirs == kEnetNoSession ? last_here : theirs);
	if (session == last_here) session = next_session(session);
	return session;
}

// Whether what ends in a command of no number had a PING before it: a probe of the path's MTU, filled up with zeros.
bool is_padding(ByteView commands) {
	if (commands.size < 2 * kEnetCommandHeaderBytes || commands.data[commands.size - kEnetCommandHeaderBytes] != 0) {
		return false;
	}
	const uint8_t before = commands.data[commands.size - 2 * kEnetCommandHeaderBytes];
	return (before & kEnetCommandMask) == static_cast<uint8_t>(EnetCommand::kPing);
}

} // namespace

// One datagram being handled. What runs for every acknowledgement is inline.
struct EnetHostCore::Incoming {
	EnetHostCore &host;
	Instant now;
	uint32_t clock_ms; // the clock that stamps are taken from, at `now`
	const Endpoint &from;
	EnetHeader header;
	EnetPeer *peer;         // null: nobody yet, only CONNECT is heard
	ByteView body;          // the commands, plain
	bool confirmed = false; // something of ours was acknowledged

	bool find_sender();
	void handle_commands();
	Verdict dispatch(const EnetCommandHeader &command, ByteReader &reader);
	void acknowledge(const EnetCommandHeader &command);
	Verdict on_acknowledge(const EnetCommandHeader &command, ByteReader &reader);
	Verdict after_acknowledgement(EnetCommand number);
	void forget_acknowledged(SentRing &ring, OutCommand *command, uint16_t stamp);
};

void EnetHostCore::receive(Instant now, const Endpoint &from, ByteView datagram) {
	note_time(now);
	++counters.received_datagrams;
	counters.received_bytes += datagram.size;
	counters.received_plain_bytes += datagram.size;
	if (datagram.size > kEnetMaxMtu) {
		++counters.dropped_oversized;
		return;
	}
	if (intercept.filter != nullptr && intercept.filter(intercept.user, from, datagram)) {
		++counters.intercepted;
		return;
	}
	Incoming in{*this, now, stamp_clock(now), from, EnetHeader(), nullptr, ByteView(), false};
	ByteReader reader(datagram);
	if (read_enet_header(reader, in.header) != Error::OK ||
	        reader.left() < (config.checksum ? kEnetChecksumBytes : 0)) {
		++counters.dropped_short;
		return;
	}
	if (!in.find_sender()) return;
	in.body = reader.rest();
	const bool transformed = config.checksum || in.header.compressed;
	if (!transformed || open_body(in, datagram, datagram.size - reader.left())) in.handle_commands();
	if (!in.confirmed || in.peer == nullptr) return;
	// What this has shown to be lost, and of the timers the PING, may be due earlier than it was known to be.
	EnetPeer &sender = *in.peer;
	if (sender.resent_memory.holds_memory()) sender.resent_memory.free_if_stale(*pool, sender.budget, now.ms32());
	if (sender.recovery.next_deadline() <= now) take_losses(sender, now);
	const Duration ping_interval = Duration::from_ms(sender.ping_interval_ms);
	if (sender.deadline > now + ping_interval || sender.recovery.next_deadline() < sender.deadline) {
		update_deadline(sender);
	}
}

// Which peer the header names; false: drop the datagram.
inline bool EnetHostCore::Incoming::find_sender() {
	if (header.peer_id == kEnetNoPeer) return true;
	EnetPeer *named = header.peer_id < host.config.max_peers ? host.slots_[header.peer_id].peer : nullptr;
	if (named == nullptr || named->state == EnetPeerState::kZombie) {
		++host.counters.dropped_unknown_peer;
		return false;
	}
	if (named->endpoint != from) {
		++host.counters.dropped_wrong_address;
		return false;
	}
	if (named->outgoing_peer_id != kEnetNoPeer && header.session != host.slots_[named->index].incoming_session) {
		++host.counters.dropped_wrong_session;
		return false;
	}
	peer = named;
	return true;
}

// Finds the commands: decompresses into scratch_, compares the checksum. False: drop the datagram.
bool EnetHostCore::open_body(Incoming &in, ByteView datagram, size_t header_bytes) {
	const size_t checksum_bytes = config.checksum ? kEnetChecksumBytes : 0;
	const size_t prefix = header_bytes + checksum_bytes;
	in.body = datagram.after(prefix);
	size_t body_bytes = in.body.size;
	if (in.header.compressed) {
		size_t room = smaller(config.mtu, static_cast<uint32_t>(kEnetMaxMtu - prefix));
		if (in.peer == nullptr) room = kEnetUnknownDecompressMax;
		body_bytes = 0;
		if (config.compressor != nullptr) {
			if (in.peer == nullptr ? may_decompress_unknown(in.now) : may_decompress(*in.peer, in.now)) {
				body_bytes = config.compressor->decompress(in.body, MutBytes(scratch_ + prefix, room));
				if (in.peer != nullptr) {
					charge_decompression(*in.peer, in.now, in.body.size + (body_bytes != 0 ? body_bytes : room));
				}
			} else {
				++counters.dropped_decompress_budget;
			}
		}
		if (body_bytes == 0 || body_bytes > room) {
			++counters.dropped_decompression;
			if (in.peer != nullptr) ++in.peer->undecodable;
			return false;
		}
		counters.received_plain_bytes += body_bytes - in.body.size; // a hostile one may have been longer packed
		in.body = ByteView(scratch_ + prefix, body_bytes);
	}
	if (!config.checksum) return true;
	ByteReader sent(datagram.after(header_bytes));
	const uint32_t expected = sent.u32_be();
	std::memcpy(scratch_, datagram.data, header_bytes);
	ByteWriter place(MutBytes(scratch_ + header_bytes, checksum_bytes));
	place.u32_be(in.peer != nullptr ? in.peer->connect_id : 0);
	if (!in.header.compressed && body_bytes != 0) std::memcpy(scratch_ + prefix, in.body.data, body_bytes);
	if (enet_crc32(ByteView(scratch_, prefix + body_bytes)) == expected) return true;
	++counters.dropped_checksum;
	return false;
}

// Strangers may make us decompress so many datagrams a second and no more.
bool EnetHostCore::may_decompress_unknown(Instant now) {
	if (now - unknown_second_ >= Duration::from_s(1) || now < unknown_second_) {
		unknown_second_ = now;
		unknown_in_second_ = 0;
	}
	return ++unknown_in_second_ <= kEnetUnknownDecompressPerSecond;
}

// A peer's datagrams may cost a share of the time that passes, and a while's worth at once: bombs cannot hold the core.
bool EnetHostCore::may_decompress(const EnetPeer &peer, Instant now) const {
	return config.decompress_share == 0 || peer.decompress_paid_at - now <= Duration::from_ms(kEnetDecompressBurstMs);
}

// `bytes`: what went in and came out, or might have.
void EnetHostCore::charge_decompression(EnetPeer &peer, Instant now, size_t bytes) {
	if (config.decompress_share == 0) return;
	const uint64_t ns = uint64_t{bytes} * config.compressor->decompress_ns_per_byte();
	if (peer.decompress_paid_at < now) peer.decompress_paid_at = now;
	peer.decompress_paid_at =
	        peer.decompress_paid_at + Duration::from_us(static_cast<int64_t>(1 + ns / 10 / config.decompress_share));
}

inline void EnetHostCore::Incoming::handle_commands() {
	ByteReader reader(body);
	while (reader.left() >= kEnetCommandHeaderBytes) {
		++host.counters.steps;
		EnetCommandHeader command;
		(void)read_enet_command_header(reader, command);
		if (command.number == 0 || command.number >= kEnetCommandCount ||
		        reader.left() < kEnetCommandBytes[command.number] - kEnetCommandHeaderBytes) {
			if (!is_padding(body.first(body.size - reader.left()))) ++host.counters.malformed_commands;
			return;
		}
		if (peer == nullptr && command.number != static_cast<uint8_t>(EnetCommand::kConnect)) {
			++host.counters.misplaced_commands;
			return;
		}
		// What cannot be acknowledged must not be taken: the other end would never know.
		const bool acks = command.wants_ack && header.has_sent_time;
		if (acks && peer != nullptr && !peer->acks.reserve_one(*host.pool, peer->budget)) {
			++host.counters.refused_over_budget;
			return;
		}
		const Verdict verdict = dispatch(command, reader);
		if (verdict == Verdict::kAbandon) return;
		if (!command.wants_ack) continue;
		if (!header.has_sent_time) return; // nothing to echo: it took effect, the rest is not looked at
		if (verdict == Verdict::kAccept) acknowledge(command);
	}
}

// Queues the acknowledgement of a command that took effect, where the state allows one.
inline void EnetHostCore::Incoming::acknowledge(const EnetCommandHeader &command) {
	EnetPeer &sender = *peer;
	const bool is_disconnect = command.number == static_cast<uint8_t>(EnetCommand::kDisconnect);
	switch (sender.state) {
	case EnetPeerState::kConnected:
	case EnetPeerState::kDisconnectLater: break;
	case EnetPeerState::kAcknowledgingDisconnect:
		if (is_disconnect) break;
		return;
	default: return;
	}
	if (command.channel < sender.channel_count && sender.channels != nullptr) {
		const EnetChannel *channel = sender.channels[command.channel];
		static const EnetChannel kUntouched;
		if ((channel != nullptr ? channel : &kUntouched)->is_too_far(Seq16(command.sequence))) return;
	}
	if (!sender.acks.reserve_one(*host.pool, sender.budget)) { // a DISCONNECT has just dropped the queue that had room
		if (is_disconnect) host.become_zombie(sender, EnetDropReason::kRemoteAsked);
		return;
	}
	AckQueue::Ack ack{};
	ack.sequence = command.sequence;
	ack.sent_time = header.sent_time;
	ack.channel = command.channel;
	ack.ends_connection = is_disconnect && sender.state == EnetPeerState::kAcknowledgingDisconnect;
	sender.acks.push(ack);
	sender.outgoing_data_total += enet_command_bytes(EnetCommand::kAcknowledge);
	host.mark_ready(sender);
}

inline EnetHostCore::Verdict EnetHostCore::Incoming::dispatch(const EnetCommandHeader &command, ByteReader &reader) {
	const EnetCommand number = static_cast<EnetCommand>(command.number);
	if (number == EnetCommand::kConnect) return host.on_connect(*this, reader);
	EnetPeer &sender = *peer;
	// While we dial only the answer counts: one forged ACK must not take our CONNECT away.
	if (sender.state == EnetPeerState::kConnecting && number != EnetCommand::kVerifyConnect) {
		++host.counters.dropped_while_connecting;
		return Verdict::kAbandon;
	}
	switch (number) {
	case EnetCommand::kAcknowledge: return on_acknowledge(command, reader);
	case EnetCommand::kVerifyConnect: return host.on_verify_connect(*this, reader);
	case EnetCommand::kDisconnect: return host.on_disconnect(*this, command, reader);
	default: break;
	}
	if (!is_established(sender.state)) {
		++host.counters.misplaced_commands;
		return Verdict::kAbandon;
	}
	switch (number) {
	case EnetCommand::kPing: return Verdict::kAccept;
	case EnetCommand::kBandwidthLimit: return host.on_bandwidth_limit(sender, reader);
	case EnetCommand::kThrottleConfigure: return host.on_throttle_configure(sender, reader);
	default: return host.on_payload(sender, command, reader);
	}
}

// --- acknowledgements ---

SentRing *EnetHostCore::ring_of(EnetPeer &peer, uint8_t channel) {
	if (channel == kEnetSystemChannel) return &peer.system_sent;
	if (channel >= peer.channel_count || peer.channels == nullptr || peer.channels[channel] == nullptr) return nullptr;
	return &peer.channels[channel]->sent;
}

// How long ago the transmission that an acknowledgement names left. False: it cannot have been.
inline bool EnetHostCore::time_of(
        const OutCommand &command, uint16_t stamp, uint32_t clock_ms, uint32_t &took_ms, bool &known) const {
	uint32_t sent_ms = 0;
	if (config.number_datagrams) {
		known = EnetRecovery::sent_ms_of(command, stamp, sent_ms);
		took_ms = known ? clock_ms - stamp_offset_ - sent_ms : 0;
		return true;
	}
	if (!rebuild_sent_time(stamp, clock_ms, sent_ms)) return false;
	took_ms = enet_time_gap(clock_ms, sent_ms);
	return true;
}

inline EnetHostCore::Verdict EnetHostCore::Incoming::on_acknowledge(
        const EnetCommandHeader &command, ByteReader &reader) {
	EnetPeer &sender = *peer;
	EnetAcknowledge ack;
	(void)read_enet_acknowledge(reader, ack);
	SentRing *ring = ring_of(sender, command.channel);
	OutCommand *sent = ring != nullptr ? ring->find(Seq16(ack.received_sequence)) : nullptr;
	uint32_t took_ms = 0;
	bool known = true;
	if (sent == nullptr || !sent->was_stamped(ack.received_sent_time) ||
	        !host.time_of(*sent, ack.received_sent_time, clock_ms, took_ms, known)) {
		if (sender.path_mtu != nullptr && command.channel == kEnetSystemChannel &&
		        host.is_probe_answered(sender, ack, now)) {
			return Verdict::kAccept;
		}
		// A forged or late one: it must not move RTT, throttle or liveness.
		if (!host.is_second_answer(sender, command.channel, ack, now)) ++host.counters.unmatched_acks;
		const bool awaiting =
		        sender.state == EnetPeerState::kAcknowledgingConnect || sender.state == EnetPeerState::kDisconnecting;
		return awaiting ? Verdict::kAbandon : Verdict::kAccept;
	}
	if (known) sender.rtt.sample(took_ms, clock_ms - host.stamp_offset_);
	sender.ever_received = true;
	sender.earliest_timeout = Instant::never();
	++sender.acknowledged;
	if (sent->given_up != 0 && sent->was_given_up_with(ack.received_sent_time)) {
		++host.counters.spurious_resends;
		++sender.spurious;
		if (known) sender.recovery.note_spurious(now, Duration::from_ms(took_ms));
		if (sender.congestion != nullptr) sender.congestion->note_spurious(sent->length);
	}
	const EnetCommand number = sent->number;
	forget_acknowledged(*ring, sent, ack.received_sent_time);
	return sender.state == EnetPeerState::kConnected ? Verdict::kAccept : after_acknowledgement(number);
}

// What the acknowledgement of a command of that number means outside of a standing connection.
EnetHostCore::Verdict EnetHostCore::Incoming::after_acknowledgement(EnetCommand number) {
	switch (peer->state) {
	case EnetPeerState::kAcknowledgingConnect:
		if (number != EnetCommand::kVerifyConnect) return Verdict::kAbandon;
		if (!host.make_channel_table(*peer, peer->channel_count)) {
			host.release_peer(*peer); // the dialler will find out; better than a connection without channels
			peer = nullptr;
			return Verdict::kAbandon;
		}
		host.announce_connected(*peer);
		break;
	case EnetPeerState::kDisconnecting:
		if (number != EnetCommand::kDisconnect) return Verdict::kAbandon;
		host.end_connection(*peer, EnetDropReason::kWeAsked);
		return Verdict::kAbandon;
	case EnetPeerState::kDisconnectLater: host.disconnect_if_drained(*peer); break;
	default: break;
	}
	return Verdict::kAccept;
}

// Removes an acknowledged command from everywhere and lets what waited for it go.
inline void EnetHostCore::Incoming::forget_acknowledged(SentRing &ring, OutCommand *command, uint16_t stamp) {
	EnetPeer &sender = *peer;
	if (command->attempts > 1) host.remember_resent(sender, *command, now);
	if (command->sent_in != nullptr) {
		sender.has_ended(*command);
		if (sender.congestion != nullptr) note_delivered(sender, *command, now, stamp);
		if (sender.path_mtu != nullptr) sender.path_mtu->note_arrived(now, command->sent_in->size);
		sender.recovery.acknowledge(now, command, stamp);
	} else {
		sender.recovery.note_answer(now);
		resend_queue(sender, *command).remove(command);
		--sender.queued_commands;
	}
	ring.remove(Seq16(command->sequence));
	--sender.unacknowledged;
	if (sender.blocked_commands != 0 && !command->is_control())
		host.unblock(sender, *sender.channels[command->channel]);
	host.free_command(command);
	if (sender.queued_commands != 0 && (sender.has_data() || sender.has_resends() || !sender.other.empty())) {
		host.mark_ready(sender);
	}
	confirmed = true;
}

// Tells congestion control of an acknowledgement of `command`, still in its datagram.
void EnetHostCore::note_delivered(EnetPeer &peer, const OutCommand &command, Instant now, uint16_t stamp) {
	const SentDatagram &datagram = *command.sent_in;
	peer.congestion->note_delivered(command.length);
	const bool is_last = datagram.commands.front() == &command && datagram.commands.back() == &command;
	if (is_last && datagram.stamp == stamp && datagram.bytes != 0) {
		peer.congestion->note_answer(now, datagram.sent_at, datagram.mark, datagram.bytes, peer.reliable_in_transit);
	}
}

// A second acknowledgement of a command sent twice would show that the resend was not needed.
void EnetHostCore::remember_resent(EnetPeer &peer, const OutCommand &command, Instant now) {
	peer.resent_memory.remember(*pool, peer.budget, command, now.ms32());
}

// Whether this is one more acknowledgement of a command that was sent several times. The one of a transmission taken for
// lost shows that it was late.
bool EnetHostCore::is_second_answer(EnetPeer &peer, uint8_t channel, const EnetAcknowledge &ack, Instant now) {
	const ResentMemory::Answer answer = peer.resent_memory.recall(
	        channel, ack.received_sequence, ack.received_sent_time, now.ms32(), counters.steps);
	uint32_t sent_ms = 0;
	const bool timed = !config.number_datagrams;
	if (answer == ResentMemory::Answer::kLate &&
	        (!timed || rebuild_sent_time(ack.received_sent_time, stamp_clock(now), sent_ms))) {
		++counters.spurious_resends;
		++peer.spurious;
		// A number alone does not say when; then it is only one more datagram that came out of order.
		const Duration after = timed ? Duration::from_ms(enet_time_gap(stamp_clock(now), sent_ms))
		                             : Duration::from_us(peer.recovery.path().smoothed);
		peer.recovery.note_spurious(now, after);
		if (peer.congestion != nullptr) peer.congestion->note_spurious(peer.mtu); // about
	}
	return answer != ResentMemory::Answer::kUnknown;
}

// Puts messages that waited for the range of numbers to open back into the queue, as far as it has opened.
void EnetHostCore::unblock(EnetPeer &peer, EnetChannel &channel) {
	OutCommand *places[] = {peer.prompt.front(), peer.bulk.front()};
	while (OutCommand *command = channel.blocked.front()) {
		if (!channel.may_send(Seq16(command->sequence))) return;
		OutCommand *&place = places[command->bulk];
		// Behind what was let go before and has not left yet: a number sent too early shuts its own predecessors out.
		while (place != nullptr && was_queued_before(*place, *command)) {
			++counters.steps;
			place = CommandList::next_of(place);
		}
		channel.blocked.remove(command);
		--peer.blocked_commands;
		peer.data_queue(*command).insert_before(place, command);
	}
}

// --- connecting ---

bool EnetHostCore::is_repeated_connect(const Endpoint &from, uint32_t connect_id) {
	for (uint16_t slot = connections_.first(connection_hash(from, connect_id)); slot != PeerLookup::kNone;
	        slot = connections_.next(slot)) {
		++counters.steps;
		const EnetPeer &peer = *slots_[slot].peer;
		if (peer.connect_id == connect_id && peer.endpoint == from) return true;
	}
	return false;
}

bool EnetHostCore::has_too_many_from(const IPAddress &address) const {
	if (config.duplicate_peers >= config.max_peers) return false;
	size_t found = 0;
	for (uint16_t slot = addresses_.first(hash_address(hash_key_, address)); slot != PeerLookup::kNone;
	        slot = addresses_.next(slot)) {
		if (slots_[slot].peer->endpoint.address == address && ++found >= config.duplicate_peers) return true;
	}
	return config.duplicate_peers == 0;
}

// Reliable bytes in flight that two bandwidth limits allow; 0 is no limit.
uint32_t EnetHostCore::window_between(uint32_t ours, uint32_t theirs) const {
	if (ours == 0 && theirs == 0) return kEnetMaxWindow;
	const uint32_t tighter = ours == 0 ? theirs : (theirs == 0 || ours < theirs ? ours : theirs);
	const uint32_t window = tighter / kEnetWindowScale * kEnetMinWindow;
	return window < kEnetMinWindow ? kEnetMinWindow : (window > kEnetMaxWindow ? kEnetMaxWindow : window);
}

EnetHostCore::Verdict EnetHostCore::on_connect(Incoming &in, ByteReader &reader) {
	EnetConnect terms;
	(void)read_enet_connect(reader, terms);
	if (in.peer != nullptr) {
		++counters.misplaced_commands;
		return Verdict::kAbandon;
	}
	if (terms.channel_count < 1 || terms.channel_count > kEnetMaxChannels || terms.outgoing_peer_id >= kEnetNoPeer) {
		++counters.refused_connects;
		return Verdict::kAbandon;
	}
	if (is_repeated_connect(in.from, terms.connect_id)) {
		++counters.repeated_connects;
		return Verdict::kAbandon;
	}
	EnetPeer *peer = has_too_many_from(in.from.address) ? nullptr : take_slot(in.from);
	if (peer == nullptr) {
		++counters.refused_connects;
		return Verdict::kAbandon;
	}
	peer->outgoing_peer_id = terms.outgoing_peer_id;
	peer->connect_id = terms.connect_id;
	peer->connect_data = terms.data;
	peer->incoming_bandwidth = terms.incoming_bandwidth;
	peer->outgoing_bandwidth = terms.outgoing_bandwidth;
	peer->rtt.interval = terms.throttle_interval;
	peer->rtt.acceleration = terms.throttle_acceleration;
	peer->rtt.deceleration = terms.throttle_deceleration;
	peer->channel_count =
	        static_cast<uint16_t>(smaller(terms.channel_count, static_cast<uint32_t>(config.max_channels)));
	peer->set_mtu(smaller(peer->mtu, clamped(terms.mtu, kEnetMinMtu, kEnetMaxMtu)));
	peer->window_size = window_between(config.outgoing_bandwidth, terms.incoming_bandwidth);
	peer->agreed_window = clamped(
	        smaller(window_between(config.incoming_bandwidth, 0), terms.window_size), kEnetMinWindow, kEnetMaxWindow);
	Slot &slot = slots_[peer->index];
	const uint8_t outgoing = new_session(terms.incoming_session, slot.outgoing_session);
	const uint8_t incoming = new_session(terms.outgoing_session, slot.incoming_session);
	slot.outgoing_session = outgoing;
	slot.incoming_session = incoming;
	set_state(*peer, EnetPeerState::kAcknowledgingConnect);
	add_to_lookup(*peer);
	if (queue_control(*peer, EnetCommand::kVerifyConnect) == nullptr) {
		release_peer(*peer);
		return Verdict::kAbandon;
	}
	in.peer = peer;
	return Verdict::kAccept;
}

EnetHostCore::Verdict EnetHostCore::on_verify_connect(Incoming &in, ByteReader &reader) {
	EnetPeer &peer = *in.peer;
	EnetVerifyConnect terms;
	(void)read_enet_verify_connect(reader, terms);
	if (peer.state != EnetPeerState::kConnecting) return Verdict::kAccept; // again: our acknowledgement got lost
	const bool agrees = terms.channel_count >= 1 && terms.channel_count <= kEnetMaxChannels &&
	                    terms.throttle_interval == peer.rtt.interval &&
	                    terms.throttle_acceleration == peer.rtt.acceleration &&
	                    terms.throttle_deceleration == peer.rtt.deceleration && terms.connect_id == peer.connect_id &&
	                    terms.outgoing_peer_id < kEnetNoPeer && terms.incoming_session <= kEnetMaxSession &&
	                    terms.outgoing_session <= kEnetMaxSession;
	if (!agrees) {
		++counters.malformed_commands;
		end_connection(peer, EnetDropReason::kRefused);
		return Verdict::kAbandon;
	}
	// The answer is the acknowledgement of our CONNECT, which was the first command on the system channel.
	OutCommand *connect = peer.system_sent.find(Seq16(1));
	if (connect == nullptr) { // an answer to a question not asked yet
		++counters.dropped_while_connecting;
		return Verdict::kAbandon;
	}
	const size_t channels = smaller(terms.channel_count, peer.channel_count);
	if (!make_channel_table(peer, channels)) return Verdict::kAbandon; // it will be sent again
	// It names no stamp; sent once, there is only one that it can mean.
	const uint16_t stamp = connect->stamps[0];
	in.forget_acknowledged(peer.system_sent, connect, connect->attempts == 1 ? stamp : static_cast<uint16_t>(~stamp));
	peer.outgoing_peer_id = terms.outgoing_peer_id;
	slots_[peer.index].incoming_session = terms.incoming_session;
	slots_[peer.index].outgoing_session = terms.outgoing_session;
	peer.set_mtu(smaller(peer.mtu, clamped(terms.mtu, kEnetMinMtu, kEnetMaxMtu)));
	peer.agreed_window = clamped(terms.window_size, kEnetMinWindow, kEnetMaxWindow);
	peer.window_size = smaller(peer.window_size, peer.agreed_window);
	peer.incoming_bandwidth = terms.incoming_bandwidth;
	peer.outgoing_bandwidth = terms.outgoing_bandwidth;
	add_to_lookup(peer);
	announce_connected(peer);
	return Verdict::kAccept;
}

EnetHostCore::Verdict EnetHostCore::on_disconnect(Incoming &in, const EnetCommandHeader &command, ByteReader &reader) {
	EnetPeer &peer = *in.peer;
	EnetDisconnect body;
	(void)read_enet_disconnect(reader, body);
	switch (peer.state) {
	case EnetPeerState::kAcknowledgingConnect:
		release_peer(peer); // the application never heard of it
		in.peer = nullptr;
		return Verdict::kAbandon;
	case EnetPeerState::kConnected:
	case EnetPeerState::kDisconnectLater:
		peer.disconnect_data = body.data;
		// Without a sentTime to echo it cannot be acknowledged: waiting to do so would hold the slot for ever.
		if (command.wants_ack && in.header.has_sent_time) {
			clear_queues(peer, true);
			set_state(peer, EnetPeerState::kAcknowledgingDisconnect);
			update_deadline(peer);
			return Verdict::kAccept;
		}
		become_zombie(peer, EnetDropReason::kRemoteAsked);
		return Verdict::kAbandon;
	case EnetPeerState::kDisconnecting:
		peer.disconnect_data = body.data;
		become_zombie(peer, EnetDropReason::kRemoteAsked);
		return Verdict::kAbandon;
	default: return Verdict::kAccept;
	}
}

// --- control ---

EnetHostCore::Verdict EnetHostCore::on_bandwidth_limit(EnetPeer &peer, ByteReader &reader) {
	EnetBandwidthLimit body;
	(void)read_enet_bandwidth_limit(reader, body);
	roll_bandwidth_rhythm();
	if ((peer.incoming_bandwidth != 0) != (body.incoming != 0)) {
		limited_count_ += body.incoming != 0 ? 1u : static_cast<size_t>(-1);
	}
	peer.incoming_bandwidth = body.incoming;
	peer.outgoing_bandwidth = body.outgoing;
	peer.window_size = window_between(config.outgoing_bandwidth, body.incoming);
	limits_changed();
	if (peer.has_data()) mark_ready(peer);
	return Verdict::kAccept;
}

EnetHostCore::Verdict EnetHostCore::on_throttle_configure(EnetPeer &peer, ByteReader &reader) {
	EnetThrottleConfigure body;
	(void)read_enet_throttle_configure(reader, body);
	peer.rtt.interval = body.interval;
	peer.rtt.acceleration = body.acceleration;
	peer.rtt.deceleration = body.deceleration;
	return Verdict::kAccept;
}

// --- payload ---

EnetHostCore::Verdict EnetHostCore::on_payload(EnetPeer &peer, const EnetCommandHeader &command, ByteReader &reader) {
	if (command.channel >= peer.channel_count) {
		++counters.misplaced_commands;
		return Verdict::kAbandon;
	}
	const EnetCommand number = static_cast<EnetCommand>(command.number);
	const bool in_pieces = number == EnetCommand::kSendFragment || number == EnetCommand::kSendUnreliableFragment;
	return in_pieces ? on_fragment(peer, command, reader) : on_message(peer, command, reader);
}

EnetHostCore::Verdict EnetHostCore::on_message(EnetPeer &peer, const EnetCommandHeader &command, ByteReader &reader) {
	const EnetCommand number = static_cast<EnetCommand>(command.number);
	EnetSendReliable reliable;
	EnetSendUnreliable unreliable;
	EnetSendUnsequenced unsequenced;
	Error parsed = Error::OK;
	size_t length = 0;
	switch (number) {
	case EnetCommand::kSendReliable:
		parsed = read_enet_send_reliable(reader, reliable);
		length = reliable.data.size;
		break;
	case EnetCommand::kSendUnreliable:
		parsed = read_enet_send_unreliable(reader, unreliable);
		length = unreliable.data.size;
		break;
	default:
		parsed = read_enet_send_unsequenced(reader, unsequenced);
		length = unsequenced.data.size;
		break;
	}
	if (parsed != Error::OK || length > config.max_packet_size) {
		++counters.malformed_commands;
		return Verdict::kAbandon;
	}
	if (number == EnetCommand::kSendUnsequenced) {
		return on_unsequenced(peer, command.channel, unsequenced.group, unsequenced.data);
	}
	EnetChannel *channel = open_channel(peer, command.channel);
	if (channel == nullptr) {
		++counters.refused_over_budget;
		return Verdict::kAbandon;
	}
	EnetReceiver receiver = receiver_for(peer);
	const Seq16 sequence(command.sequence);
	const EnetReceipt receipt = number == EnetCommand::kSendReliable
	                                    ? channel->receive_reliable(receiver, command.channel, sequence, reliable.data)
	                                    : channel->receive_unreliable(receiver, command.channel, sequence,
	                                              unreliable.unreliable_sequence, unreliable.data);
	if (!peer.delivered.empty()) mark_event(peer);
	return verdict_of(receipt);
}

EnetHostCore::Verdict EnetHostCore::on_fragment(EnetPeer &peer, const EnetCommandHeader &command, ByteReader &reader) {
	EnetSendFragment fragment;
	const Error parsed = read_enet_send_fragment(reader, fragment);
	const uint32_t piece_bytes =
	        parsed == Error::OK ? EnetReassembly::piece_bytes_of(fragment, config.max_packet_size) : 0;
	if (piece_bytes == 0) {
		++counters.malformed_commands;
		return Verdict::kAbandon;
	}
	EnetChannel *channel = open_channel(peer, command.channel);
	if (channel == nullptr) {
		++counters.refused_over_budget;
		return Verdict::kAbandon;
	}
	EnetReceiver receiver = receiver_for(peer);
	const EnetReceipt receipt = command.number == static_cast<uint8_t>(EnetCommand::kSendFragment)
	                                    ? channel->receive_fragment(receiver, command.channel, fragment, piece_bytes)
	                                    : channel->receive_unreliable_fragment(receiver, command.channel,
	                                              Seq16(command.sequence), fragment, piece_bytes);
	if (!peer.delivered.empty()) mark_event(peer);
	return verdict_of(receipt);
}

// One 1024-bit block of group numbers: newer blocks push it on, older ones are too late.
EnetHostCore::Verdict EnetHostCore::on_unsequenced(EnetPeer &peer, uint8_t channel, uint16_t group, ByteView data) {
	const uint32_t bit = group % kEnetUnsequencedWindow;
	const uint32_t unwrapped = group < peer.in_group_base ? group + 65536u : group;
	if (unwrapped >= peer.in_group_base + kEnetUnsequencedLookAhead) {
		++counters.discarded_stale;
		return Verdict::kAccept;
	}
	const uint16_t block = static_cast<uint16_t>(group - bit);
	if (peer.in_groups == nullptr) peer.in_groups = make_charged<UnsequencedWindow>(peer);
	if (peer.in_groups == nullptr) {
		++counters.refused_over_budget;
		return Verdict::kAbandon;
	}
	uint32_t &word = peer.in_groups->bits[bit / 32];
	if (block != peer.in_group_base) {
		peer.in_group_base = block;
		*peer.in_groups = UnsequencedWindow();
	} else if ((word >> (bit % 32) & 1) != 0) {
		++counters.discarded_duplicates;
		return Verdict::kAccept;
	}
	EnetReceiver receiver = receiver_for(peer);
	EnetPacket *packet = make_received_packet(receiver, channel, data, kEnetUnsequenced);
	if (packet == nullptr) return Verdict::kAbandon;
	word |= 1u << (bit % 32);
	peer.delivered.push(packet);
	mark_event(peer);
	return Verdict::kAccept;
}

} // namespace netpeer
