#include "enet_channel.h"

#include "enet_host.h"

#include <cstring>
#include <new>

namespace netpeer {

// --- packets ---

EnetPacket *make_received_packet(EnetReceiver &receiver, uint8_t channel, ByteView data, uint32_t flags, bool awaited) {
	const size_t cost = BlockPool::cost_of(sizeof(EnetPacket) + data.size);
	if (receiver.is_full(awaited) || !receiver.budget.charge(cost)) {
		++receiver.counters.refused_over_budget;
		return nullptr;
	}
	EnetPacket *packet = make_enet_packet(receiver.pool, data.size, flags);
	if (packet == nullptr) {
		receiver.budget.refund(cost);
		++receiver.counters.out_of_memory;
		return nullptr;
	}
	if (data.size != 0) std::memcpy(packet->payload(), data.data, data.size);
	packet->charged = static_cast<uint32_t>(cost);
	packet->channel = channel;
	receiver.waiting_data += data.size;
	return packet;
}

void drop_received_packet(EnetReceiver &receiver, EnetPacket *packet) {
	receiver.waiting_data -= packet->size;
	receiver.budget.refund(packet->charged);
	release_enet_packet(packet);
}

namespace {

void drop_partial(EnetReceiver &receiver, EnetReassembly *partial) {
	receiver.waiting_data -= partial->received_bytes();
	EnetReassembly::destroy(partial);
}

// Adds a fragment to `partial`. When it completes, `complete` is the packet and `partial` is gone.
inline EnetReceipt add_fragment(EnetReceiver &receiver, uint8_t channel, EnetReassembly *&partial,
        const EnetSendFragment &fragment, uint32_t piece_bytes, EnetPacket *&complete, bool awaited) {
	if (receiver.is_full(awaited)) {
		++receiver.counters.refused_over_budget;
		return EnetReceipt::kRefused;
	}
	switch (partial->add(fragment, piece_bytes)) {
	case EnetReassembly::Result::kMalformed: ++receiver.counters.malformed_commands; return EnetReceipt::kMalformed;
	case EnetReassembly::Result::kRefused: ++receiver.counters.refused_over_budget; return EnetReceipt::kRefused;
	case EnetReassembly::Result::kDuplicate: ++receiver.counters.discarded_duplicates; return EnetReceipt::kDuplicate;
	case EnetReassembly::Result::kStored: receiver.waiting_data += fragment.data.size; break;
	case EnetReassembly::Result::kCompleted:
		receiver.waiting_data += fragment.data.size;
		complete = partial->take_packet();
		complete->channel = channel;
		EnetReassembly::destroy(partial);
		partial = nullptr;
		break;
	}
	return EnetReceipt::kTaken;
}

} // namespace

// --- EarlyTable ---

EarlyTable::Entry *EarlyTable::find(uint32_t multiplier, uint16_t number) {
	if (count_ == 0) return nullptr;
	for (uint32_t i = home_of(multiplier, number);; i = (i + 1) & (capacity_ - 1)) {
		if (!slots_[i].used()) return nullptr;
		if (slots_[i].number == number) return &slots_[i];
	}
}

bool EarlyTable::reserve_one(EnetReceiver &receiver) {
	if ((count_ + 1) * 2 <= capacity_) return true;
	const uint32_t grown = capacity_ == 0 ? 4 : capacity_ * 2;
	const size_t cost = BlockPool::cost_of(grown * sizeof(Entry));
	if (!receiver.budget.charge(cost)) {
		++receiver.counters.refused_over_budget;
		return false;
	}
	Entry *slots = static_cast<Entry *>(receiver.pool.take(grown * sizeof(Entry)));
	if (slots == nullptr) {
		receiver.budget.refund(cost);
		++receiver.counters.out_of_memory;
		return false;
	}
	for (uint32_t i = 0; i < grown; ++i) new (&slots[i]) Entry();
	Entry *old_slots = slots_;
	const uint32_t old_capacity = capacity_;
	slots_ = slots;
	capacity_ = grown;
	count_ = 0;
	shift_ = 32;
	for (uint32_t c = grown; c > 1; c /= 2) --shift_;
	for (uint32_t i = 0; i < old_capacity; ++i) {
		if (old_slots[i].used()) insert(receiver.hash_multiplier, old_slots[i]);
	}
	if (old_slots != nullptr) {
		receiver.pool.give(old_slots, old_capacity * sizeof(Entry));
		receiver.budget.refund(BlockPool::cost_of(old_capacity * sizeof(Entry)));
	}
	return true;
}

void EarlyTable::insert(uint32_t multiplier, const Entry &entry) {
	uint32_t i = home_of(multiplier, entry.number);
	while (slots_[i].used()) i = (i + 1) & (capacity_ - 1);
	slots_[i] = entry;
	++count_;
}

void EarlyTable::erase(uint32_t multiplier, Entry *entry) {
	// Entries behind the hole move up when that brings them no further from home than they may be.
	const uint32_t mask = capacity_ - 1;
	uint32_t hole = static_cast<uint32_t>(entry - slots_);
	for (uint32_t i = (hole + 1) & mask; slots_[i].used(); i = (i + 1) & mask) {
		const uint32_t home = home_of(multiplier, slots_[i].number);
		if (((i - home) & mask) < ((i - hole) & mask)) continue;
		slots_[hole] = slots_[i];
		hole = i;
	}
	slots_[hole] = Entry();
	--count_;
}

void EarlyTable::free_memory(BlockPool &pool, EnetBudget &budget) {
	if (slots_ == nullptr) return;
	pool.give(slots_, capacity_ * sizeof(Entry));
	budget.refund(BlockPool::cost_of(capacity_ * sizeof(Entry)));
	slots_ = nullptr;
	capacity_ = 0;
	count_ = 0;
}

// --- WaitingList ---

bool WaitingList::reserve_one(EnetReceiver &receiver) {
	if (end_ < capacity_) return true;
	const uint32_t count = end_ - begin_;
	if (begin_ > capacity_ / 2) {
		std::memmove(static_cast<void *>(entries_), entries_ + begin_, count * sizeof(Entry));
		begin_ = 0;
		end_ = count;
		return true;
	}
	const uint32_t grown = capacity_ == 0 ? 8 : capacity_ * 2;
	const size_t cost = BlockPool::cost_of(grown * sizeof(Entry));
	if (!receiver.budget.charge(cost)) {
		++receiver.counters.refused_over_budget;
		return false;
	}
	Entry *entries = static_cast<Entry *>(receiver.pool.take(grown * sizeof(Entry)));
	if (entries == nullptr) {
		receiver.budget.refund(cost);
		++receiver.counters.out_of_memory;
		return false;
	}
	if (count != 0) std::memcpy(static_cast<void *>(entries), entries_ + begin_, count * sizeof(Entry));
	if (entries_ != nullptr) {
		receiver.pool.give(entries_, capacity_ * sizeof(Entry));
		receiver.budget.refund(BlockPool::cost_of(capacity_ * sizeof(Entry)));
	}
	entries_ = entries;
	capacity_ = grown;
	begin_ = 0;
	end_ = count;
	return true;
}

void WaitingList::insert(size_t at, const Entry &entry) {
	Entry *place = entries_ + begin_ + at;
	std::memmove(static_cast<void *>(place + 1), place, (size() - at) * sizeof(Entry));
	*place = entry;
	++end_;
}

void WaitingList::free_memory(BlockPool &pool, EnetBudget &budget) {
	if (entries_ == nullptr) return;
	pool.give(entries_, capacity_ * sizeof(Entry));
	budget.refund(BlockPool::cost_of(capacity_ * sizeof(Entry)));
	entries_ = nullptr;
	capacity_ = begin_ = end_ = 0;
}

// --- windows ---

EnetReceipt EnetChannel::receipt_outside(EnetReceiver &receiver, unsigned ahead) const {
	if (ahead <= kEnetFreeWindows) {
		++receiver.counters.refused_too_far_ahead;
		return EnetReceipt::kTooFar;
	}
	++receiver.counters.discarded_duplicates;
	return EnetReceipt::kDuplicate;
}

// --- reliable ---

void EnetChannel::deliver(EnetReceiver &receiver, EnetPacket *packet, uint32_t numbers) {
	in_reliable_ = static_cast<uint16_t>(in_reliable_ + numbers);
	in_unreliable_ = 0;
	receiver.delivered.push(packet);
}

// Somewhere to put what comes before its turn; false when budget or memory refuses (counted).
bool EnetChannel::make_early(EnetReceiver &receiver) {
	if (early_ != nullptr) return true;
	if (!receiver.budget.charge(BlockPool::cost_of(sizeof(EnetEarly)))) {
		++receiver.counters.refused_over_budget;
		return false;
	}
	void *block = receiver.pool.take(sizeof(EnetEarly));
	if (block == nullptr) {
		receiver.budget.refund(BlockPool::cost_of(sizeof(EnetEarly)));
		++receiver.counters.out_of_memory;
		return false;
	}
	early_ = new (block) EnetEarly();
	return true;
}

void EnetChannel::drop_early_if_empty(EnetReceiver &receiver) {
	if (early_ == nullptr || early_->reliable.holds_memory() || early_->unreliable.holds_memory()) return;
	receiver.pool.give(early_, sizeof(EnetEarly));
	receiver.budget.refund(BlockPool::cost_of(sizeof(EnetEarly)));
	early_ = nullptr;
}

EnetReceipt EnetChannel::receive_reliable(EnetReceiver &receiver, uint8_t channel, Seq16 number, ByteView data) {
	const Seq16 next = Seq16(in_reliable_).next();
	if (number != next || early_ != nullptr) {
		const unsigned ahead = windows_ahead(number);
		if (ahead >= kEnetFreeWindows - 1) return receipt_outside(receiver, ahead);
		if (number.value == in_reliable_ ||
		        (early_ != nullptr && early_->reliable.find(receiver.hash_multiplier, number.value) != nullptr)) {
			++receiver.counters.discarded_duplicates;
			return EnetReceipt::kDuplicate;
		}
	}
	if (number != next && !(make_early(receiver) && early_->reliable.reserve_one(receiver))) {
		return EnetReceipt::kRefused;
	}
	EnetPacket *packet = make_received_packet(receiver, channel, data, kEnetReliable, number == next);
	if (packet == nullptr) return EnetReceipt::kRefused;
	if (number == next) {
		deliver(receiver, packet, 1);
		release_reliable(receiver);
	} else {
		EarlyTable::Entry entry;
		entry.packet = packet;
		entry.number = number.value;
		early_->reliable.insert(receiver.hash_multiplier, entry);
	}
	return EnetReceipt::kTaken;
}

// Delivers what has become next, then the unreliable packets that waited for it.
void EnetChannel::release_reliable(EnetReceiver &receiver) {
	if (early_ == nullptr) return;
	EarlyTable &table = early_->reliable;
	while (table.size() != 0) {
		const uint16_t next = static_cast<uint16_t>(in_reliable_ + 1);
		EarlyTable::Entry *entry = table.find(receiver.hash_multiplier, next);
		if (entry == nullptr || entry->packet == nullptr) break;
		++receiver.counters.steps;
		EnetPacket *packet = entry->packet;
		const uint32_t numbers = entry->fragment_count;
		table.erase(receiver.hash_multiplier, entry);
		deliver(receiver, packet, numbers);
		drop_passed(receiver, next, numbers);
	}
	// A flood's table must not stay for the connection's life.
	if (table.size() == 0) table.free_memory(receiver.pool, receiver.budget);
	if (early_->unreliable.size() != 0) release_unreliable(receiver);
	drop_early_if_empty(receiver);
}

// A message in fragments took the numbers first .. first + count - 1; nothing else may lie there. A peer that sent
// something there anyway loses it, instead of stalling the channel for ever.
void EnetChannel::drop_passed(EnetReceiver &receiver, uint16_t first, uint32_t count) {
	EarlyTable &table = early_->reliable;
	for (uint32_t i = 1; i < count && table.size() != 0; ++i) {
		++receiver.counters.steps;
		EarlyTable::Entry *entry = table.find(receiver.hash_multiplier, static_cast<uint16_t>(first + i));
		if (entry == nullptr) continue;
		if (entry->packet != nullptr) drop_received_packet(receiver, entry->packet);
		if (entry->partial != nullptr) drop_partial(receiver, entry->partial);
		table.erase(receiver.hash_multiplier, entry);
		++receiver.counters.malformed_commands;
	}
}

EnetReceipt EnetChannel::receive_fragment(
        EnetReceiver &receiver, uint8_t channel, const EnetSendFragment &fragment, uint32_t piece_bytes) {
	const Seq16 start(fragment.start_sequence);
	const unsigned ahead = windows_ahead(start);
	if (ahead >= kEnetFreeWindows - 1) return receipt_outside(receiver, ahead);
	if (start.value == in_reliable_) {
		++receiver.counters.discarded_duplicates;
		return EnetReceipt::kDuplicate;
	}
	const uint32_t multiplier = receiver.hash_multiplier;
	EarlyTable::Entry *entry = early_ != nullptr ? early_->reliable.find(multiplier, start.value) : nullptr;
	if (entry == nullptr) {
		if (!make_early(receiver) || !early_->reliable.reserve_one(receiver)) return EnetReceipt::kRefused;
		EarlyTable::Entry fresh;
		fresh.partial = EnetReassembly::create(
		        receiver.pool, receiver.budget, receiver.ledger, fragment, piece_bytes, kEnetReliable);
		if (fresh.partial == nullptr) {
			++receiver.counters.refused_over_budget;
			return EnetReceipt::kRefused;
		}
		fresh.number = start.value;
		fresh.fragment_count = fragment.fragment_count;
		early_->reliable.insert(multiplier, fresh);
		entry = early_->reliable.find(multiplier, start.value);
	} else if (entry->partial == nullptr) {
		// Complete and waiting for its turn: the same message again, or a lie.
		if (entry->fragment_count != fragment.fragment_count || entry->packet->size != fragment.total_length) {
			++receiver.counters.malformed_commands;
			return EnetReceipt::kMalformed;
		}
		++receiver.counters.discarded_duplicates;
		return EnetReceipt::kDuplicate;
	}
	const bool awaited = start == Seq16(in_reliable_).next();
	const EnetReceipt receipt =
	        add_fragment(receiver, channel, entry->partial, fragment, piece_bytes, entry->packet, awaited);
	if (receipt != EnetReceipt::kTaken) {
		if (entry->partial->received_bytes() == 0) { // made for this very fragment
			EnetReassembly::destroy(entry->partial);
			early_->reliable.erase(multiplier, entry);
		}
		return receipt;
	}
	if (entry->packet != nullptr && start == Seq16(in_reliable_).next()) release_reliable(receiver);
	return EnetReceipt::kTaken;
}

// --- unreliable ---

bool EnetChannel::is_stale(Seq16 reliable, uint16_t unreliable) const {
	return reliable.value == in_reliable_ ? unreliable <= in_unreliable_
	                                      : windows_ahead(reliable) >= kEnetFreeWindows - 1;
}

// Where (reliable, unreliable) stands or would stand among the waiting ones.
size_t EnetChannel::waiting_place(Seq16 reliable, uint16_t unreliable, bool &found) {
	found = false;
	if (early_ == nullptr) return 0;
	WaitingList &waiting = early_->unreliable;
	const Seq16 current(in_reliable_);
	const uint32_t key = uint32_t{reliable.distance_from(current)} << 16 | unreliable;
	size_t low = 0;
	size_t high = waiting.size();
	while (low < high) {
		const size_t middle = (low + high) / 2;
		const WaitingList::Entry &entry = waiting[middle];
		const uint32_t there = uint32_t{Seq16(entry.reliable).distance_from(current)} << 16 | entry.unreliable;
		if (there == key) {
			found = true;
			return middle;
		}
		if (there < key) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

// Room for one entry to be inserted at `place`; when the list is full its oldest entry goes, or the newcomer is ignored
// because it would be the oldest.
EnetReceipt EnetChannel::make_waiting_room(EnetReceiver &receiver, size_t &place) {
	if (!make_early(receiver)) return EnetReceipt::kRefused;
	WaitingList &waiting = early_->unreliable;
	if (waiting.size() >= kEnetMaxWaitingUnreliable) {
		++receiver.counters.discarded_stale;
		if (place == 0) return EnetReceipt::kDuplicate;
		if (waiting[0].packet != nullptr) drop_received_packet(receiver, waiting[0].packet);
		if (waiting[0].partial != nullptr) drop_partial(receiver, waiting[0].partial);
		waiting.erase_front(1);
		--place;
	}
	return waiting.reserve_one(receiver) ? EnetReceipt::kTaken : EnetReceipt::kRefused;
}

EnetReceipt EnetChannel::receive_unreliable(
        EnetReceiver &receiver, uint8_t channel, Seq16 reliable, uint16_t unreliable, ByteView data) {
	if (is_stale(reliable, unreliable)) {
		++receiver.counters.discarded_stale;
		return EnetReceipt::kDuplicate;
	}
	const bool is_next = reliable.value == in_reliable_;
	bool found = false;
	size_t place = waiting_place(reliable, unreliable, found);
	if (found) {
		++receiver.counters.discarded_duplicates;
		return EnetReceipt::kDuplicate;
	}
	const EnetReceipt room = is_next ? EnetReceipt::kTaken : make_waiting_room(receiver, place);
	if (room != EnetReceipt::kTaken) return room;
	EnetPacket *packet = make_received_packet(receiver, channel, data, 0);
	if (packet == nullptr) return EnetReceipt::kRefused;
	if (is_next) {
		pass_incomplete(receiver, place);
		in_unreliable_ = unreliable;
		receiver.delivered.push(packet);
		return EnetReceipt::kTaken;
	}
	WaitingList::Entry entry;
	entry.packet = packet;
	entry.reliable = reliable.value;
	entry.unreliable = unreliable;
	early_->unreliable.insert(place, entry);
	return EnetReceipt::kTaken;
}

EnetReceipt EnetChannel::receive_unreliable_fragment(EnetReceiver &receiver, uint8_t channel, Seq16 reliable,
        const EnetSendFragment &fragment, uint32_t piece_bytes) {
	const uint16_t unreliable = fragment.start_sequence;
	if (is_stale(reliable, unreliable)) {
		++receiver.counters.discarded_stale;
		return EnetReceipt::kDuplicate;
	}
	bool found = false;
	size_t place = waiting_place(reliable, unreliable, found);
	if (!found) {
		const EnetReceipt room = make_waiting_room(receiver, place);
		if (room != EnetReceipt::kTaken) return room;
		WaitingList::Entry fresh;
		fresh.partial = EnetReassembly::create(
		        receiver.pool, receiver.budget, receiver.ledger, fragment, piece_bytes, kEnetUnreliableFragment);
		if (fresh.partial == nullptr) {
			++receiver.counters.refused_over_budget;
			return EnetReceipt::kRefused;
		}
		fresh.reliable = reliable.value;
		fresh.unreliable = unreliable;
		early_->unreliable.insert(place, fresh);
	} else if (const EnetPacket *complete = early_->unreliable[place].packet) {
		// Complete and waiting for its turn: the same message again, or a lie.
		if (complete->flags != kEnetUnreliableFragment || complete->size != fragment.total_length) {
			++receiver.counters.malformed_commands;
			return EnetReceipt::kMalformed;
		}
		++receiver.counters.discarded_duplicates;
		return EnetReceipt::kDuplicate;
	}
	WaitingList::Entry &entry = early_->unreliable[place];
	const EnetReceipt receipt =
	        add_fragment(receiver, channel, entry.partial, fragment, piece_bytes, entry.packet, false);
	// A message whose very first fragment was refused stays as an empty entry; it holds nothing and goes with the walk.
	if (receipt == EnetReceipt::kTaken && entry.packet != nullptr && reliable.value == in_reliable_) {
		in_unreliable_ = unreliable;
		receiver.delivered.push(entry.packet);
		pass_incomplete(receiver, place);
		early_->unreliable.erase_front(1);
	}
	return receipt;
}

// Drops the `count` entries before one that is delivered now. All follow the last reliable packet and are incomplete, or
// they would have been delivered; those behind are not looked at, or one packet could cost a walk over all of them.
void EnetChannel::pass_incomplete(EnetReceiver &receiver, size_t count) {
	if (count == 0) return;
	WaitingList &waiting = early_->unreliable;
	for (size_t i = 0; i < count; ++i) drop_partial(receiver, waiting[i].partial);
	receiver.counters.steps += count;
	receiver.counters.discarded_stale += count;
	waiting.erase_front(count);
}

// After reliable progress. Walks the waiting ones in order: delivers what follows the last reliable packet, drops what has
// been passed, and leaves incomplete messages unless a later one was delivered.
void EnetChannel::release_unreliable(EnetReceiver &receiver) {
	WaitingList &waiting = early_->unreliable;
	size_t kept = 0;
	size_t walked = 0;
	for (; walked < waiting.size(); ++walked) {
		++receiver.counters.steps;
		WaitingList::Entry &entry = waiting[walked];
		const bool is_next = entry.reliable == in_reliable_;
		if (!is_next && windows_ahead(Seq16(entry.reliable)) < kEnetFreeWindows - 1) break;
		if (is_next && entry.packet == nullptr) {
			waiting[kept++] = entry;
			continue;
		}
		if (is_next) {
			for (size_t i = 0; i < kept; ++i) drop_partial(receiver, waiting[i].partial);
			receiver.counters.discarded_stale += kept;
			kept = 0;
			in_unreliable_ = entry.unreliable;
			receiver.delivered.push(entry.packet);
			continue;
		}
		++receiver.counters.discarded_stale;
		if (entry.packet != nullptr) drop_received_packet(receiver, entry.packet);
		if (entry.partial != nullptr) drop_partial(receiver, entry.partial);
	}
	for (size_t i = kept; i > 0; --i) waiting[walked - kept + i - 1] = waiting[i - 1];
	waiting.erase_front(walked - kept);
	if (waiting.size() == 0) waiting.free_memory(receiver.pool, receiver.budget);
}

void EnetChannel::clear_received(EnetReceiver &receiver) {
	if (early_ == nullptr) return;
	EarlyTable &table = early_->reliable;
	for (uint32_t i = 0; i < table.capacity(); ++i) {
		EarlyTable::Entry *entry = table.slot(i);
		if (entry->packet != nullptr) drop_received_packet(receiver, entry->packet);
		if (entry->partial != nullptr) drop_partial(receiver, entry->partial);
	}
	table.free_memory(receiver.pool, receiver.budget);
	WaitingList &waiting = early_->unreliable;
	for (size_t i = 0; i < waiting.size(); ++i) {
		if (waiting[i].packet != nullptr) drop_received_packet(receiver, waiting[i].packet);
		if (waiting[i].partial != nullptr) drop_partial(receiver, waiting[i].partial);
	}
	waiting.free_memory(receiver.pool, receiver.budget);
	drop_early_if_empty(receiver);
}

} // namespace netpeer
