// One channel of one peer: numbering on the way out, order and duplicates on the way in.
// Knows nothing of datagrams, acknowledgements or time; enet_commands_in.cpp and enet_commands_out.cpp drive it.
// Follows docs/enet-protocol.md, "Receiving data" and "Sending".
#pragma once

#include "enet_constants.h"
#include "enet_outgoing.h"
#include "enet_reassembly.h"

namespace netpeer {

struct EnetHostCounters;

/// Received packets in the order the application shall see them.
class PacketQueue {
public:
	bool empty() const { return first_ == nullptr; }
	void push(EnetPacket *packet) {
		packet->next = nullptr;
		(last_ != nullptr ? last_->next : first_) = packet;
		last_ = packet;
	}
	EnetPacket *pop() {
		EnetPacket *packet = first_;
		if (packet != nullptr) {
			first_ = packet->next;
			if (first_ == nullptr) last_ = nullptr;
		}
		return packet;
	}

private:
	EnetPacket *first_ = nullptr;
	EnetPacket *last_ = nullptr;
};

/// What receiving needs of its peer and host, for the length of one datagram.
struct EnetReceiver {
	BlockPool &pool;
	EnetBudget &budget;
	EnetReassemblyLedger &ledger;
	EnetHostCounters &counters;
	PacketQueue &delivered;
	size_t &waiting_data; // payload bytes held for the peer
	size_t max_waiting_data;
	uint32_t hash_multiplier; // odd, secret

	/// Whether so much waits that no more is taken. `awaited`: everything else of its channel waits for this. It is taken
	/// while there is nothing for the application to take, or what came early could shut it out for ever.
	bool is_full(bool awaited) const { return waiting_data >= max_waiting_data && !(awaited && delivered.empty()); }
};

/// What became of received data, and so whether it may be acknowledged.
enum class EnetReceipt : uint8_t {
	kTaken,     // stored or delivered
	kDuplicate, // had it, or it is behind us
	kTooFar,    // 7 or 8 windows ahead: do not acknowledge
	kRefused,   // no room: do not acknowledge, abandon the datagram
	kMalformed, // likewise
};

/// Reliable messages that came before their turn, by number. A table sized by what it holds, not by how far apart the
/// numbers are, since a stranger chooses them; the multiplier is secret so that nobody can choose colliding ones.
class EarlyTable {
public:
	struct Entry {
		EnetPacket *packet = nullptr;      // complete
		EnetReassembly *partial = nullptr; // or incomplete
		uint32_t fragment_count = 1;
		uint16_t number = 0;
		bool used() const { return packet != nullptr || partial != nullptr; }
	};

	Entry *find(uint32_t multiplier, uint16_t number);
	/// Room for one more; false when budget or memory refuses.
	bool reserve_one(EnetReceiver &receiver);
	/// `entry` is used and not in the table; reserve_one() answered true.
	void insert(uint32_t multiplier, const Entry &entry);
	void erase(uint32_t multiplier, Entry *entry);
	uint32_t size() const { return count_; }
	bool holds_memory() const { return slots_ != nullptr; }
	uint32_t capacity() const { return capacity_; }
	Entry *slot(uint32_t i) { return &slots_[i]; }
	void free_memory(BlockPool &pool, EnetBudget &budget);

private:
	uint32_t home_of(uint32_t multiplier, uint16_t number) const { return (number * multiplier) >> shift_; }

	Entry *slots_ = nullptr;
	uint32_t capacity_ = 0; // a power of two, or 0
	uint32_t count_ = 0;
	unsigned shift_ = 0;
};

/// Unreliable packets that wait for the reliable one they follow, or for fragments, in order. Bounded: beyond
/// kEnetMaxWaitingUnreliable the oldest is dropped.
class WaitingList {
public:
	struct Entry {
		EnetPacket *packet = nullptr;
		EnetReassembly *partial = nullptr;
		uint16_t reliable = 0;
		uint16_t unreliable = 0;
	};

	bool holds_memory() const { return entries_ != nullptr; }
	size_t size() const { return end_ - begin_; }
	Entry &operator[](size_t i) { return entries_[begin_ + i]; }
	bool reserve_one(EnetReceiver &receiver);
	void insert(size_t at, const Entry &entry);
	void erase_front(size_t count) { begin_ += static_cast<uint32_t>(count); }
	void free_memory(BlockPool &pool, EnetBudget &budget);

private:
	Entry *entries_ = nullptr;
	uint32_t begin_ = 0;
	uint32_t end_ = 0;
	uint32_t capacity_ = 0;
};

/// What a channel holds that came before its turn. Most channels have nothing of the kind and none of this.
struct EnetEarly {
	EarlyTable reliable;
	WaitingList unreliable;
};

class EnetChannel {
	// Members lie where they leave no gaps: a server has thousands of these.
	EnetEarly *early_ = nullptr; // made when first needed, dropped when nothing is in it
	uint64_t waiting_ = 0;     // twice the bytes of reliable commands that have not left yet, and 1 when they are bulk
	uint16_t in_reliable_ = 0; // last number delivered
	uint16_t in_unreliable_ = 0; // last delivered after it

public:
	EnetChannel() = default;
	EnetChannel(const EnetChannel &) = delete;
	EnetChannel &operator=(const EnetChannel &) = delete;

	// --- out ---

	uint16_t out_reliable = 0;   // last number given
	uint16_t out_unreliable = 0; // likewise; restarts after each reliable one
	SentRing sent;
	CommandList blocked; // reliable commands the other end could not store yet
	bool is_bulk() const { return (waiting_ & 1) != 0; }
	/// A reliable message of so many bytes of commands has been queued. Whether it is bulk: it is in pieces or much waits,
	/// or did and has not all left.
	bool note_queued(uint64_t bytes, bool in_pieces) {
		waiting_ += 2 * bytes;
		if (in_pieces || waiting_ > 2 * uint64_t{kEnetMostPromptBytes}) waiting_ |= 1;
		return is_bulk();
	}
	/// The same where a choice has been made. What follows bulk of its channel is bulk: nothing may overtake it.
	bool note_queued_as(uint64_t bytes, bool bulk) {
		waiting_ += 2 * bytes;
		if (bulk) waiting_ |= 1;
		return is_bulk();
	}
	/// So many of them have left for the first time.
	void note_left(uint64_t bytes) {
		waiting_ -= 2 * bytes;
		if (waiting_ == 1) waiting_ = 0;
	}

	/// Whether the other end can store `number`: at most 6 windows ahead of what it has for certain. Beyond, a stock
	/// receiver acknowledges and discards, and the data is lost for ever.
	bool may_send(Seq16 number) const {
		const OutCommand *oldest = sent.oldest();
		if (oldest == nullptr) return true;
		// A receiver's window starts at the last number it has delivered, and it delivers a message whole: the number before
		// the oldest message that is not confirmed.
		const Seq16 confirmed = Seq16(oldest->sequence).minus(oldest->fragment_index() + 1);
		const unsigned ahead =
		        (number.value / kEnetWindowNumbers - confirmed.value / kEnetWindowNumbers) % kEnetWindows;
		return ahead <= kEnetMaxWindowsAhead;
	}

	// --- in ---

	/// Whether an acknowledgement of `number` must be withheld: too far ahead, it was not stored.
	bool is_too_far(Seq16 number) const {
		const unsigned ahead = windows_ahead(number);
		return ahead == kEnetFreeWindows - 1 || ahead == kEnetFreeWindows;
	}

	EnetReceipt receive_reliable(EnetReceiver &receiver, uint8_t channel, Seq16 number, ByteView data);
	EnetReceipt receive_unreliable(
	        EnetReceiver &receiver, uint8_t channel, Seq16 reliable, uint16_t unreliable, ByteView data);
	// `piece_bytes` is what EnetReassembly::piece_bytes_of() says of it, not 0.
	EnetReceipt receive_fragment(
	        EnetReceiver &receiver, uint8_t channel, const EnetSendFragment &fragment, uint32_t piece_bytes);
	EnetReceipt receive_unreliable_fragment(EnetReceiver &receiver, uint8_t channel, Seq16 reliable,
	        const EnetSendFragment &fragment, uint32_t piece_bytes);

	/// Frees what was received and not delivered, and all tables. Sending records are the peer's to free.
	void clear_received(EnetReceiver &receiver);

private:
	unsigned windows_ahead(Seq16 number) const {
		unsigned window = number.value / kEnetWindowNumbers;
		if (number.value < in_reliable_) window += kEnetWindows;
		return window - in_reliable_ / kEnetWindowNumbers;
	}
	EnetReceipt receipt_outside(EnetReceiver &receiver, unsigned ahead) const;
	void deliver(EnetReceiver &receiver, EnetPacket *packet, uint32_t numbers);
	void release_reliable(EnetReceiver &receiver);
	void drop_passed(EnetReceiver &receiver, uint16_t first, uint32_t count);
	void release_unreliable(EnetReceiver &receiver);
	bool is_stale(Seq16 reliable, uint16_t unreliable) const;
	size_t waiting_place(Seq16 reliable, uint16_t unreliable, bool &found);
	EnetReceipt make_waiting_room(EnetReceiver &receiver, size_t &place);
	void pass_incomplete(EnetReceiver &receiver, size_t count);
	bool make_early(EnetReceiver &receiver);
	void drop_early_if_empty(EnetReceiver &receiver);
};

/// A packet for received bytes, charged; null when budget, waiting limit or memory refuses (counted).
EnetPacket *make_received_packet(
        EnetReceiver &receiver, uint8_t channel, ByteView data, uint32_t flags, bool awaited = false);
/// Frees a packet that will not reach the application.
void drop_received_packet(EnetReceiver &receiver, EnetPacket *packet);

} // namespace netpeer
