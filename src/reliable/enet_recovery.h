// Loss detection for one peer: the ledger of datagrams that carried reliable commands, and when each becomes overdue.
// Answers one question: "what is due at now?". Knows nothing of sockets, channels or giving up (enet_host does).
// A command's delay is RTT + 4 variances at its first transmission and doubles with each (docs/enet-protocol.md,
// "Retransmission"); every command has its own, so one lost twice does not delay the discovery of the others.
#pragma once

#include "../core/deadline_queue.h"
#include "enet_outgoing.h"

namespace netpeer {

/// What one datagram carried, kept until everything in it is acknowledged or overdue.
struct SentDatagram {
	Instant deadline; // no command in it is overdue before this; set when it is complete
	Instant sent_at;
	uint32_t heap_place = DeadlineHeap<SentDatagram>::kNotInHeap;
	uint32_t tie_break = 0;            // number of the datagram, counting up
	CommandList commands;              // those not acknowledged
	uint32_t shortest_ms = UINT32_MAX; // of the delays of its commands
	uint16_t stamp = 0;                // its sentTime on the wire
};

class EnetRecovery {
public:
	explicit EnetRecovery(BlockPool &pool) : pool_(pool) {}
	EnetRecovery(const EnetRecovery &) = delete;
	EnetRecovery &operator=(const EnetRecovery &) = delete;
	~EnetRecovery();

	/// A record for a datagram about to leave; null when there is no memory (then send nothing reliable).
	SentDatagram *open(Instant now, uint16_t stamp) {
		SentDatagram *datagram = make();
		if (datagram == nullptr) return nullptr;
		datagram->sent_at = now;
		datagram->tie_break = next_number_++;
		datagram->stamp = stamp;
		return datagram;
	}
	/// Notes that `command` is in it, with the delay it has: counts the attempt, keeps the stamp.
	void add(SentDatagram *datagram, OutCommand *command) {
		command->stamps[command->attempts % OutCommand::kStampsKept] = datagram->stamp;
		if (command->attempts < UINT16_MAX) ++command->attempts;
		command->sent_in = datagram;
		datagram->commands.push_back(command);
		if (command->timeout_ms < datagram->shortest_ms) datagram->shortest_ms = command->timeout_ms;
	}
	/// The datagram is complete; an empty one is forgotten.
	void close(SentDatagram *datagram);

	/// The command was acknowledged or is dropped.
	void remove(OutCommand *command) {
		SentDatagram *datagram = command->sent_in;
		datagram->commands.remove(command);
		command->sent_in = nullptr;
		if (!datagram->commands.empty()) return; // its deadline may now be too early, which costs one look
		leave_heap(datagram);
		forget(datagram);
	}
	/// Moves every command that is overdue at `now` to the end of `overdue`, earliest deadline first. Returns when the
	/// oldest of them was sent; never() when none was overdue.
	Instant take_overdue(Instant now, CommandList &overdue);
	/// Nothing is overdue before this; never() when nothing is outstanding.
	Instant next_deadline() const {
		const SentDatagram *first = heap_.top();
		return first != nullptr ? first->deadline : Instant::never();
	}
	bool empty() const { return heap_.empty(); }

private:
	static Instant overdue_at(const SentDatagram *datagram, const OutCommand *command) {
		return datagram->sent_at + Duration::from_ms(command->timeout_ms);
	}
	SentDatagram *make();
	void leave_heap(SentDatagram *datagram);
	void forget(SentDatagram *datagram) { pool_.give(datagram, sizeof(SentDatagram)); }

	BlockPool &pool_;
	DeadlineQueue<SentDatagram> heap_;
	uint32_t next_number_ = 0;
};

} // namespace netpeer
