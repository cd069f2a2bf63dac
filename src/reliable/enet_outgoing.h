// What waits to be sent and what waits to be acknowledged: the command record and the ring that finds it by number.
#pragma once

#include "../core/allocator.h"
#include "../core/intrusive_list.h"
#include "../core/sequence.h"
#include "enet_constants.h"
#include "enet_packet.h"
#include "enet_wire.h"

#include <cstdint>

namespace netpeer {

struct SentDatagram;

/// How the payload of a command of ours lies in memory.
enum class OutForm : uint8_t {
	kWhole,    // in one piece: behind the record in its block, or all of a packet
	kFragment, // a fragment: part of a packet
	kLaidOut,  // a fragment in a packet that holds a message laid out
};

/// One command of ours, from being queued until it is acknowledged (reliable) or sent (the rest). A message in fragments
/// is one record while queued, that of the next to leave; each gets its own when it does. Payload in one piece that nobody
/// shares follows the record in the same block.
///
/// A message in fragments that nobody shares is laid out in its packet when it is queued:
///     [a fragment's numbers, as on the wire][its payload]   times fragment_count()
/// It is copied fragment by fragment, and one run of bytes leaves, the same with every resend.
struct OutCommand {
	static constexpr unsigned kStampsKept = 8;

	ListHook<OutCommand> link;         // in one queue of the peer, or in the datagram that carried it last
	EnetPacket *packet = nullptr;      // one share; null for control commands and payload of our own
	SentDatagram *sent_in = nullptr;   // set while the copy last sent may still be acknowledged
	uint32_t order = 0;                // when it was queued, to merge the queues
	uint32_t args[3] = {};             // control: fields of the command. Fragment: see below
	uint16_t length = 0;               // payload bytes of this command
	uint16_t sequence = 0;             // reliable number
	uint16_t second_number = 0;        // unreliable number or unsequenced group
	uint16_t attempts = 0;             // transmissions
	uint16_t given_up = 0;             // of these, the ones taken for lost
	uint16_t stamps[kStampsKept] = {}; // sentTime of the last transmissions
	EnetCommand number = EnetCommand::kPing;
	uint8_t channel = 0;
	bool reliable = false;
	OutForm form = OutForm::kWhole;
	bool bulk = false;       // a reliable message everything else goes before
	bool wants_copy = false; // it was taken for lost, and its resend has left once since
	// Of the transmission that was last given up, or left once more elsewhere
	uint16_t gone_stamp = 0;
	uint32_t gone_ms = 0; // when it left
	uint8_t repeats = 0;  // with how many of the next datagrams it shall leave again

	// Fragments: args[0] the count, args[1] this one's index, args[2] the bytes of a full one.
	bool in_pieces() const { return form != OutForm::kWhole; }
	uint32_t fragment_count() const { return args[0]; }
	uint32_t fragment_index() const { return in_pieces() ? args[1] : 0; }
	bool is_last() const { return !in_pieces() || args[1] + 1 == args[0]; }
	/// The payload; kLaidOut: its numbers before it.
	ByteView bytes() const {
		if (packet == nullptr) return ByteView(own_payload(), length);
		const size_t numbers = form == OutForm::kLaidOut ? kEnetFragmentNumberBytes : 0;
		return ByteView(packet->payload() + fragment_index() * (numbers + args[2]), numbers + length);
	}
	/// A queued message, not at its last fragment: goes on to the next.
	void next_fragment() {
		++args[1];
		if (reliable) ++sequence;
		const uint32_t left = packet->size - args[1] * args[2];
		length = static_cast<uint16_t>(left < args[2] ? left : args[2]);
	}
	uint8_t *own_payload() { return reinterpret_cast<uint8_t *>(this + 1); }
	const uint8_t *own_payload() const { return reinterpret_cast<const uint8_t *>(this + 1); }
	size_t block_bytes() const { return sizeof(OutCommand) + (packet == nullptr ? length : 0); }
	bool is_control() const { return channel == kEnetSystemChannel; }
	void note_transmission(uint16_t stamp) {
		stamps[attempts % kStampsKept] = stamp;
		if (attempts < UINT16_MAX) ++attempts;
	}
	void note_first_transmission(uint16_t stamp) {
		NETPEER_ASSERT(attempts == 0);
		stamps[0] = stamp;
		attempts = 1;
	}
	/// Of a stamp it has: whether it is only that of transmissions taken for lost.
	bool was_given_up_with(uint16_t stamp) const {
		const unsigned kept = attempts < kStampsKept ? 0u : attempts - kStampsKept;
		const unsigned last = kept < given_up ? given_up : kept;
		for (unsigned i = attempts; i > last; --i) {
			if (stamps[(i - 1) % kStampsKept] == stamp) return false;
		}
		return true;
	}
	bool was_stamped(uint16_t stamp) const {
		if (stamps[0] == stamp && attempts != 0) return true; // of nearly all
		const unsigned kept = attempts < kStampsKept ? attempts : kStampsKept;
		for (unsigned i = 1; i < kept; ++i) {
			if (stamps[i] == stamp) return true;
		}
		return false;
	}
};

/// Writes a message into its packet, `first` being the record it is queued by.
void lay_out_message(const OutCommand &first, ByteView message);

/// The order of queueing, across all queues of a peer.
inline bool was_queued_before(const OutCommand &a, const OutCommand &b) {
	return static_cast<int32_t>(a.order - b.order) < 0;
}
/// The same of one that may be null: then not.
inline bool is_before(const OutCommand *a, const OutCommand &b) { return a != nullptr && was_queued_before(*a, b); }

/// The one of the two that was queued first; either may be null.
inline OutCommand *earlier_queued(OutCommand *a, OutCommand *b) {
	return b == nullptr || (a != nullptr && was_queued_before(*a, *b)) ? a : b;
}

using CommandList = IntrusiveList<OutCommand, &OutCommand::link, false>; // every peer has several

/// Reliable commands of one channel that have been sent and not acknowledged, found by number in O(1). Numbers enter in
/// order; the ring spans from the oldest outstanding one to the newest. A single one needs no memory.
class SentRing {
public:
	/// Beyond this span a number could not be told from one outstanding.
	static constexpr uint32_t kMaxSpan = 0x8000;

	SentRing() = default;
	SentRing(const SentRing &) = delete;
	SentRing &operator=(const SentRing &) = delete;

	/// Whether `number`, the next one to be sent, must wait until the oldest outstanding one is acknowledged.
	bool is_too_far(Seq16 number) const { return span_to(number) > kMaxSpan; }
	/// Room for `number`, the next one to be sent and not too far; false when there is no memory.
	bool reserve(BlockPool &pool, Seq16 number) {
		const uint32_t span = span_to(number);
		return span <= capacity() || grow(pool, span);
	}
	void insert(Seq16 number, OutCommand *command) {
		if (count_ == 0) base_ = number;
		NETPEER_ASSERT(slots_[number.value & mask_] == nullptr);
		slots_[number.value & mask_] = command;
		if (count_ == 0 || number.distance_from(end_) < kMaxSpan) end_ = number.next();
		++count_;
	}
	OutCommand *find(Seq16 number) const {
		if (count_ == 0) return nullptr;
		OutCommand *command = slots_[number.value & mask_];
		return command != nullptr && command->sequence == number.value ? command : nullptr;
	}
	void remove(Seq16 number) {
		slots_[number.value & mask_] = nullptr;
		--count_;
		if (count_ == 0) {
			base_ = end_;
			return;
		}
		while (slots_[base_.value & mask_] == nullptr) base_ = base_.next();
	}
	bool empty() const { return count_ == 0; }
	uint32_t size() const { return count_; }
	/// The oldest outstanding command; null when there is none.
	OutCommand *oldest() const { return count_ != 0 ? slots_[base_.value & mask_] : nullptr; }
	/// Takes out any one command, oldest first; null when empty.
	OutCommand *take_any() {
		OutCommand *command = oldest();
		if (command != nullptr) remove(base_);
		return command;
	}
	void free_memory(BlockPool &pool) {
		if (slots_ != &own_slot_) pool.give(slots_, capacity() * sizeof(OutCommand *));
		slots_ = &own_slot_;
		own_slot_ = nullptr;
		mask_ = 0;
	}

private:
	uint32_t capacity() const { return mask_ + 1u; }
	uint32_t span_to(Seq16 number) const { return count_ == 0 ? 1u : uint32_t{number.distance_from(base_)} + 1; }
	bool grow(BlockPool &pool, uint32_t span);

	OutCommand **slots_ = &own_slot_;
	OutCommand *own_slot_ = nullptr;
	uint16_t mask_ = 0;  // capacity - 1; the capacity is a power of two up to kMaxSpan
	uint16_t count_ = 0; // at most kMaxSpan
	Seq16 base_;         // oldest outstanding
	Seq16 end_;          // one past the newest
};

} // namespace netpeer
