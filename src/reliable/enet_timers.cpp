// What time brings: overdue commands, giving up, pings, connect attempts that end, bandwidth shares.
#include "enet_bandwidth.h"
#include "enet_host_core.h"

namespace netpeer {

namespace {
constexpr Duration kHeldUp = Duration::from_ms(5); // a timer that late is not the system's doing
} // namespace

Instant EnetHostCore::next_timeout() const {
	if (!ready_peers_.empty() || first_farewell_ != nullptr) return last_now_;
	Instant next = Instant::never();
	if (const EnetPeer *first = deadlines_.top()) next = first->deadline;
	if (bandwidth_pass_needed()) {
		next = earlier_of(next, bandwidth_epoch_ + Duration::from_ms(kEnetBandwidthIntervalMs));
	}
	return next;
}

bool EnetHostCore::is_overdue(Instant now) const {
	const EnetPeer *first = deadlines_.top();
	return first != nullptr && !first->deadline.is_never() && now >= first->deadline + kHeldUp;
}

// When the next PING is due; never() while something else keeps the connection honest.
Instant EnetHostCore::ping_due_at(const EnetPeer &peer) const {
	if (peer.state != EnetPeerState::kConnected || !peer.recovery.empty()) return Instant::never();
	if (peer.has_resends()) return Instant::never();
	if (!peer.retry_at.is_never()) return Instant::never(); // no memory for it before then
	if (!peer.ever_received) return last_now_;
	return peer.recovery.answered_at() + Duration::from_ms(peer.ping_interval_ms);
}

bool EnetHostCore::is_ping_due(const EnetPeer &peer, Instant now) const { return ping_due_at(peer) <= now; }

// The earliest of the peer's timers. A deadline that moved later is left where it is and found out when it comes up:
// that saves moving the peer in the heap with every acknowledgement.
void EnetHostCore::update_deadline(EnetPeer &peer) {
	Instant next = earlier_of(peer.recovery.next_deadline(), peer.connect_deadline);
	next = earlier_of(next, earlier_of(peer.recovery.copy_deadline(), give_up_at(peer)));
	next = earlier_of(next, earlier_of(ping_due_at(peer), peer.retry_at));
	if (peer.congestion != nullptr) next = earlier_of(next, peer.congestion->departure());
	// A probe that is due leaves with the next datagrams; until then its time is in the past.
	if (peer.path_mtu != nullptr && is_established(peer.state) && peer.path_mtu->due_probe() == 0) {
		next = earlier_of(next, peer.path_mtu->next_deadline());
	}
	if (next < peer.deadline) {
		peer.deadline = next;
		deadlines_.moved(&peer);
	}
}

void EnetHostCore::expire_peers(Instant now) {
	while (EnetPeer *peer = deadlines_.top()) {
		if (peer->deadline > now) break;
		++counters.steps;
		peer->deadline = Instant::never();
		deadlines_.moved(peer);
		expire(*peer, now);
	}
}

// Why an attempt failed that nobody answered in words we understand.
static EnetDropReason unanswered_attempt(const EnetPeer &peer) {
	return peer.undecodable != 0 ? EnetDropReason::kUndecodable : EnetDropReason::kConnectTimedOut;
}

// Oldest first: everything else waits for it, and a receiver that has no room for later ones drops what follows them in
// their datagram. Losses come nearly in that order.
void EnetHostCore::queue_again(EnetPeer &peer, OutCommand *command) {
	constexpr unsigned kMostSteps = 32;
	CommandList &queue = resend_queue(peer, *command);
	OutCommand *place = nullptr;
	OutCommand *last = queue.back();
	for (unsigned i = 0; i < kMostSteps && last != nullptr && was_queued_before(*command, *last); ++i) {
		place = last;
		last = last->link.prev;
	}
	if (place != nullptr && was_queued_before(*command, *queue.front())) place = queue.front();
	queue.insert_before(place, command);
	++peer.queued_commands;
}

// What is lost at `now` waits to be sent again.
void EnetHostCore::take_losses(EnetPeer &peer, Instant now) {
	CommandList lost;
	peer.earliest_timeout = earlier_of(peer.earliest_timeout, peer.recovery.take_lost(now, lost));
	bool again_and_again = false; // a burst of losses, or one datagram that was overtaken, is no black hole
	while (OutCommand *command = lost.pop_front()) {
		++counters.steps;
		again_and_again = again_and_again || command->attempts >= EnetSizeLosses::kSuspicious;
		++peer.packets_lost;
		++peer.resent;
		++counters.resent_commands;
		command->given_up = command->attempts;
		if (is_stuck(peer, *command, now)) peer.is_stuck = true;
		peer.has_ended(*command);
		if (peer.congestion != nullptr) peer.congestion->note_lost(command->length);
		queue_again(peer, command);
		mark_ready(peer);
	}
	// In silence it is another datagram each time.
	again_and_again = again_and_again || peer.recovery.silent_rounds() >= EnetSizeLosses::kSuspicious;
	if (again_and_again && peer.recovery.size_losses().are_suspicious(now)) doubt_path(peer, now);
}

// When a peer that goes on being silent has been so for the minimum, and for as long as stock needs to send a command
// again and again, at distances that double, until one of them is timeout_limit times the first; never() while it answers.
Instant EnetHostCore::give_up_at(const EnetPeer &peer) {
	if (peer.earliest_timeout.is_never() || peer.recovery.silent_rounds() == 0) return Instant::never();
	uint64_t distances = 2;
	while (distances < uint64_t{2} * peer.timeout_limit) distances *= 2;
	const Duration tried = Duration::from_us(peer.recovery.time_limit().us * static_cast<int64_t>(distances - 1));
	const Duration minimum = Duration::from_ms(peer.timeout_minimum_ms);
	return peer.earliest_timeout + (tried < minimum ? minimum : tried);
}

bool EnetHostCore::is_given_up(const EnetPeer &peer, Instant now) {
	if (peer.is_stuck) return true;
	const Instant then = give_up_at(peer);
	return !then.is_never() &&
	       (then <= now || now - peer.earliest_timeout >= Duration::from_ms(peer.timeout_maximum_ms));
}

// One peer's timers at `now`. May release it.
void EnetHostCore::expire(EnetPeer &peer, Instant now) {
	if (peer.connect_deadline <= now) {
		peer.connect_deadline = Instant::never();
		end_connection(peer, unanswered_attempt(peer));
		return;
	}
	if (peer.retry_at <= now) {
		peer.retry_at = Instant::never();
		mark_ready(peer);
	}
	const bool may_depart = peer.congestion != nullptr && peer.congestion->departure() <= now;
	if (may_depart) peer.congestion->forget_departure();
	take_losses(peer, now);
	if (is_given_up(peer, now)) {
		end_connection(
		        peer, peer.state == EnetPeerState::kConnecting ? unanswered_attempt(peer) : EnetDropReason::kTimedOut);
		return;
	}
	if (peer.path_mtu != nullptr && is_established(peer.state)) pass_path_time(peer, now);
	if (may_depart || peer.recovery.is_copy_due(now) || is_ping_due(peer, now)) {
		mark_ready(peer); // the PING is made when the datagram is, so that it can ride along
	} else {
		update_deadline(peer);
	}
}

// --- bandwidth ---

// The once-a-second rhythm goes on while there is nothing to do in it. Call before anything changes that it looks at, or
// whoever comes after a long silence would find the second long over.
void EnetHostCore::roll_bandwidth_rhythm() {
	if (!has_now_ || bandwidth_pass_needed()) return;
	const Duration since = last_now_ - bandwidth_epoch_;
	const int64_t interval_us = int64_t{kEnetBandwidthIntervalMs} * 1000;
	if (since.us >= interval_us) {
		bandwidth_epoch_ = bandwidth_epoch_ + Duration::from_us(since.us / interval_us * interval_us);
	}
}

// A limit, or the number of limited peers, may have changed.
void EnetHostCore::limits_changed() {
	if (limits_active_ || !limits_exist()) return;
	limits_active_ = true;
	for (size_t i = 0; i < config.max_peers; ++i) { // what was queued while nobody counted does not count
		if (slots_[i].peer != nullptr) slots_[i].peer->outgoing_data_total = 0;
	}
}

void EnetHostCore::pass_bandwidth(Instant now) {
	const size_t count = connected_count;
	// Not from the pool, which would keep it: once a second, and as large as a server is.
	const size_t bytes = count * sizeof(EnetBandwidthPeer);
	EnetBandwidthPeer *shares = static_cast<EnetBandwidthPeer *>(allocator_->allocate(allocator_->user, bytes));
	if (shares == nullptr) {
		++counters.out_of_memory;
		bandwidth_epoch_ = now; // next second again
		return;
	}
	EnetBandwidthHost host;
	host.incoming_bandwidth = config.incoming_bandwidth;
	host.outgoing_bandwidth = config.outgoing_bandwidth;
	host.elapsed_ms = static_cast<uint32_t>((now - bandwidth_epoch_).ms());
	host.recalculate = announce_bandwidth_;
	size_t filled = 0;
	for (size_t i = 0; i < config.max_peers && filled < count; ++i) {
		const EnetPeer *peer = slots_[i].peer;
		if (peer == nullptr || !is_established(peer->state)) continue;
		EnetBandwidthPeer &share = shares[filled++];
		share = EnetBandwidthPeer();
		share.incoming_bandwidth = peer->incoming_bandwidth;
		share.outgoing_bandwidth = peer->outgoing_bandwidth;
		share.outgoing_data_total = peer->outgoing_data_total;
		share.packet_throttle = peer->rtt.throttle;
		share.packet_throttle_limit = peer->rtt.throttle_limit;
	}
	share_bandwidth(host, shares, filled);
	size_t used = 0;
	for (size_t i = 0; i < config.max_peers && used < filled; ++i) {
		EnetPeer *peer = slots_[i].peer;
		if (peer == nullptr || !is_established(peer->state)) continue;
		const EnetBandwidthPeer &share = shares[used++];
		peer->rtt.throttle = share.packet_throttle;
		peer->rtt.throttle_limit = share.packet_throttle_limit;
		peer->outgoing_data_total = 0;
		if (!share.announce) continue;
		if (OutCommand *command = queue_control(*peer, EnetCommand::kBandwidthLimit)) {
			command->args[0] = share.announce_incoming;
			command->args[1] = share.announce_outgoing;
		}
	}
	allocator_->release(allocator_->user, shares, bytes);
	bandwidth_epoch_ = now;
	announce_bandwidth_ = false;
	limits_active_ = limits_exist(); // one pass without limits has just lifted them
}

} // namespace netpeer
