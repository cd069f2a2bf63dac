// Loss recovery for one peer: the ledger of datagrams that carried reliable commands, what is lost, and when to look
// again. Answers one question: "what is lost at now?". Knows nothing of sockets, channels or how commands are sent again.
// The design is docs/congestion.md, "Recovery": RFC 9002 with two changes for games. A thin flow does not wait for later
// datagrams to be answered, each of its datagrams has a time limit of its own; and what proves to have been late, not
// lost, lengthens that limit.
#pragma once

#include "../core/instant.h"
#include "enet_congestion.h"
#include "enet_outgoing.h"
#include "enet_path_mtu.h"

#include <new>

namespace netpeer {

/// What one datagram carried, kept until everything in it is acknowledged or given up for lost.
struct SentDatagram {
	ListHook<SentDatagram> link; // in the ledger, in the order of sending
	Instant sent_at;
	CommandList commands;  // those not acknowledged
	SendMark mark;         // congestion control's
	uint32_t number = 0;   // counting up, of this peer
	uint32_t bytes = 0;    // of payload in commands when it left
	uint16_t stamp = 0;    // its sentTime on the wire
	uint16_t size = 0;     // UDP payload bytes; 0 until it is sealed
	bool answered = false; // something in it has been acknowledged
	uint8_t repeats = 0;   // with how many of the next datagrams some of it shall leave again

	uint32_t repeated_after_us = 0; // how long after it some of it last did
	/// When the last of what it carries left.
	Instant last_sent_at() const { return sent_at + Duration::from_us(repeated_after_us); }
};

/// Round trip time as loss recovery sees it. (What statistics show is EnetRtt, in ENet's own arithmetic.)
struct PathTime {
	static constexpr uint32_t kLongest = 60000000; // a longer one counts as that

	// Microseconds
	uint32_t smoothed = kEnetDefaultRttMs * 1000;
	uint32_t variation = 0;
	uint32_t latest = kEnetDefaultRttMs * 1000;
	uint32_t lowest = kLongest; // so far
	bool sampled = false;

	void sample(Duration rtt);
};

class EnetRecovery {
public:
	explicit EnetRecovery(BlockPool &pool) : pool_(pool) {}
	EnetRecovery(const EnetRecovery &) = delete;
	EnetRecovery &operator=(const EnetRecovery &) = delete;
	~EnetRecovery() { NETPEER_ASSERT(ledger_.empty()); }

	// --- sending ---

	/// A record for a datagram about to leave; null when there is no memory (then send nothing reliable).
	SentDatagram *open(Instant now, uint16_t stamp) {
		void *block = pool_.take(sizeof(SentDatagram));
		if (block == nullptr) return nullptr;
		SentDatagram *datagram = new (block) SentDatagram;
		datagram->sent_at = now;
		datagram->number = next_number_++;
		datagram->stamp = stamp;
		return datagram;
	}
	/// Notes that `command` is in it.
	void add(SentDatagram *datagram, OutCommand *command) {
		command->note_transmission(datagram->stamp);
		put_in(*datagram, *command);
		datagram->commands.push_back(command);
		datagram->bytes += command->length;
	}
	/// What of that is done for each command; its stamp, the list and the bytes are the caller's.
	static void put_in(SentDatagram &datagram, OutCommand &command) {
		command.sent_in = &datagram;
		if (command.repeats > datagram.repeats) datagram.repeats = command.repeats;
	}
	/// The datagram is complete; an empty one is forgotten, and the answer false.
	bool close(SentDatagram *datagram) {
		if (datagram->commands.empty()) {
			pool_.give(datagram, sizeof(SentDatagram));
			return false;
		}
		wants_probe_ = false;
		ledger_.push_back(datagram);
		in_flight_ += datagram->bytes;
		return true;
	}

	// --- answers ---

	/// `command` was acknowledged by an answer that names `stamp`. Takes it out.
	void acknowledge(Instant now, OutCommand *command, uint16_t stamp) {
		SentDatagram *datagram = command->sent_in;
		note_answer(now);
		if (datagram == nullptr) return;
		if (!datagram->answered && datagram->stamp == stamp) note_first_answer(now, *datagram);
		remove(command);
	}
	/// Something was acknowledged that is not outstanding any more.
	void note_answer(Instant now) {
		answered_at_ = now;
		silent_rounds_ = 0;
	}
	/// Another congestion control counts from now on: what the one before noted means nothing to it.
	void forget_marks() {
		for (SentDatagram *each = ledger_.front(); each != nullptr; each = ledger_.next_of(each))
			each->mark = SendMark();
	}
	/// The command is dropped.
	void remove(OutCommand *command) {
		SentDatagram *datagram = command->sent_in;
		datagram->commands.remove(command);
		command->sent_in = nullptr;
		if (datagram->commands.empty()) forget(datagram);
	}
	/// A datagram given up for lost had arrived: its answer has come at `now`, `after` it was sent.
	void note_spurious(Instant now, Duration after);

	// --- time ---

	/// Moves every command that is lost at `now` to the end of `lost`, in the order of sending. Returns when the oldest
	/// of them was sent; never() when nothing was lost.
	Instant take_lost(Instant now, CommandList &lost);
	/// Nothing is lost before this, if nothing is answered; never() when nothing is outstanding.
	Instant next_deadline() const { return ledger_.empty() ? Instant::never() : deadline_of_front(); }
	/// When a copy waits no longer; never() when none does.
	Instant copy_deadline() const { return copy_of_ != nullptr ? copy_of_->sent_at + copy_wait() : Instant::never(); }

	bool empty() const { return ledger_.empty(); }
	/// Of those that may be answered.
	bool is_oldest(const SentDatagram *datagram) const { return ledger_.front() == datagram; }
	/// Of the next datagram, counting from 0.
	uint32_t next_number() const { return next_number_; }
	/// From the oldest datagram that may be answered to the next one.
	uint32_t span() const { return ledger_.empty() ? 0 : next_number_ - ledger_.front()->number; }
	/// When the transmission of `command` that bore `stamp` left, by the ledger: ms, as of Instant::ms32(). False: not
	/// known any more.
	static bool sent_ms_of(const OutCommand &command, uint16_t stamp, uint32_t &ms) {
		if (command.sent_in != nullptr && command.sent_in->stamp == stamp) {
			ms = command.sent_in->sent_at.ms32();
			return true;
		}
		ms = command.gone_ms;
		return command.gone_stamp == stamp && command.gone_ms != 0;
	}
	/// How often in a row a time limit has passed and nothing was answered since.
	unsigned silent_rounds() const { return silent_rounds_; }
	/// Few bytes are on their way: latency counts more than they do.
	bool is_thin() const { return in_flight_ <= kThinBytes; }
	/// Whether a resend is worth two: it is a few bytes and somebody is there.
	bool is_worth_copies() const { return is_thin() && silent_rounds_ < kGentleRounds; }
	const PathTime &path() const { return path_; }
	const EnetSizeLosses &size_losses() const { return size_losses_; }
	/// How long an answer may take, while answers come.
	Duration time_limit() const;
	/// Whether something that leaves at `now`, with nothing else to be answered, may be lost before `then`.
	bool may_be_lost_before(Instant then, Instant now) const {
		return now + Duration::from_us(kShortestLimit) < then && now + time_limit() < then;
	}
	/// A time limit has passed in silence, and nothing that wants an answer has left since.
	bool wants_probe() const { return wants_probe_; }
	/// For a while there has been more than one loss for thirteen datagrams, and there are at most two rounds of silence: the
	/// other end will miss answers of ours, too.
	bool is_lossy() const { return losses_ >= kLossy && silent_rounds_ < kGentleRounds; }
	/// The last time anything was acknowledged.
	Instant answered_at() const { return answered_at_; }
	/// How many later datagrams may be answered before one is taken for lost.
	unsigned reordering() const { return reordering_; }
	/// Payload bytes of the datagrams of which something may still be answered.
	uint32_t in_flight() const { return in_flight_; }

	// --- repeats: each datagram that leaves takes one off those that are left ---

	/// The newest datagrams of which something shall leave again, first the older. Returns how many.
	unsigned repeated_next(SentDatagram *(&datagrams)[kEnetMostRepeats]) const {
		unsigned count = 0;
		SentDatagram *newest = ledger_.back();
		SentDatagram *before = newest != nullptr ? newest->link.prev : nullptr;
		if (before != nullptr && before->repeats != 0) datagrams[count++] = before;
		if (newest != nullptr && newest->repeats != 0) datagrams[count++] = newest;
		return count;
	}

	// --- copies ---

	/// What `datagram` carries, which has just been closed, shall leave once more, with the next one or by itself after a
	/// while.
	void want_copy(SentDatagram *datagram) { copy_of_ = datagram; }
	/// That datagram; null when there is none or nothing is left in it.
	SentDatagram *copy_wanted() const { return copy_of_; }
	bool is_copy_due(Instant now) const { return copy_deadline() <= now; }
	void copy_left() { copy_of_ = nullptr; }

private:
	static constexpr uint32_t kThinBytes = 12000;
	// A program that is held up for a moment shall not be sent everything again, however short the way to it is.
	static constexpr uint32_t kShortestLimit = 10000; // us
	static constexpr uint8_t kFirstReordering = 3;
	static constexpr uint8_t kMostReordering = 64;
	static constexpr uint8_t kLossy = 120;
	static constexpr uint8_t kMostLossy = 240;
	static constexpr unsigned kGentleRounds = 3; // of silence, in which a thin flow goes on as if nothing were
	void note_first_answer(Instant now, SentDatagram &datagram);
	Instant deadline_of_front() const;
	/// Each datagram is timed by itself; otherwise the flow is, from the last answer on.
	bool has_own_limits() const { return is_thin() && silent_rounds_ < kGentleRounds; }
	Duration copy_wait() const;
	Duration limit_in_silence(unsigned rounds) const;
	Duration limit_when_overtaken() const;
	bool is_far_behind(const SentDatagram &datagram, int32_t behind) const;
	bool is_overtaken(const SentDatagram &datagram, Instant now) const;
	void give_up(SentDatagram *datagram, CommandList &lost);
	void forget(SentDatagram *datagram) {
		if (copy_of_ == datagram) copy_of_ = nullptr;
		ledger_.remove(datagram);
		in_flight_ -= datagram->bytes;
		pool_.give(datagram, sizeof(SentDatagram));
	}

	BlockPool &pool_;
	IntrusiveList<SentDatagram, &SentDatagram::link, false> ledger_; // uncounted
	SentDatagram *copy_of_ = nullptr;
	PathTime path_;
	uint32_t late_margin_ = 0; // us: by how much answers have come after the smoothed time, of late
	uint32_t late_at_us_ = 0;  // when a late answer last came
	uint32_t next_number_ = 0; // of a datagram
	EnetSizeLosses size_losses_;
	uint32_t newest_answered_ = 0; // one past its number
	uint32_t in_flight_ = 0;       // payload bytes in the ledger's datagrams
	uint8_t reordering_ = kFirstReordering;
	uint8_t silent_rounds_ = 0;
	bool wants_probe_ = false;
	uint8_t losses_ = 0;  // twelve more with each moment of loss, one less with each answered
	Instant answered_at_; // the last time anything was
	Instant round_began_; // of silence
};

} // namespace netpeer
