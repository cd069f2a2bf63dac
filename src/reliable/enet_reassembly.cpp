#include "enet_reassembly.h"

#include <new>

namespace netpeer {

namespace {

size_t packet_cost(size_t capacity) { return BlockPool::cost_of(sizeof(EnetPacket) + capacity); }

} // namespace

bool EnetReassemblyLedger::allows(size_t would_be_reserved, size_t arriving) const {
	return would_be_reserved <= kEnetReassemblyUnearned + 4 * (received + arriving);
}

uint32_t EnetReassembly::piece_bytes_of_last(const EnetSendFragment &fragment) {
	const uint32_t length = static_cast<uint32_t>(fragment.data.size);
	const uint32_t last = fragment.fragment_number;
	if (last == 0) return fragment.fragment_offset == 0 && length == fragment.total_length ? length : 0;
	if (fragment.fragment_offset % last != 0) return 0;
	if (uint64_t{fragment.fragment_offset} + length != fragment.total_length) return 0;
	const uint32_t size = fragment.fragment_offset / last;
	return length <= size ? size : 0;
}

EnetReassembly *EnetReassembly::create(BlockPool &pool, EnetBudget &budget, EnetReassemblyLedger &ledger,
        const EnetSendFragment &first, uint32_t piece_bytes, uint32_t flags) {
	if (!budget.charge(BlockPool::cost_of(sizeof(EnetReassembly)))) return nullptr;
	void *block = pool.take(sizeof(EnetReassembly));
	if (block == nullptr) {
		budget.refund(BlockPool::cost_of(sizeof(EnetReassembly)));
		return nullptr;
	}
	EnetReassembly *message = new (block) EnetReassembly(pool, budget, ledger);
	message->total_ = first.total_length;
	message->count_ = first.fragment_count;
	message->missing_ = first.fragment_count;
	message->piece_bytes_ = piece_bytes;
	message->flags_ = flags;
	const size_t bytes = message->bitmap_bytes();
	const size_t cost = BlockPool::cost_of(bytes);
	if (ledger.allows(ledger.reserved + cost, first.data.size) && budget.charge(cost)) {
		message->have_ = static_cast<uint64_t *>(pool.take(bytes));
		if (message->have_ != nullptr) {
			std::memset(message->have_, 0, bytes);
			ledger.reserved += cost;
			return message;
		}
		budget.refund(cost);
	}
	destroy(message);
	return nullptr;
}

void EnetReassembly::destroy(EnetReassembly *message) {
	BlockPool &pool = message->pool_;
	EnetBudget &budget = message->budget_;
	message->ledger_.received -= message->received_bytes_;
	if (EnetPacket *packet = message->packet_) {
		message->ledger_.reserved -= packet->charged;
		budget.refund(packet->charged);
		release_enet_packet(packet);
	}
	if (message->have_ != nullptr) {
		const size_t bytes = message->bitmap_bytes();
		pool.give(message->have_, bytes);
		budget.refund(BlockPool::cost_of(bytes));
		message->ledger_.reserved -= BlockPool::cost_of(bytes);
	}
	message->~EnetReassembly();
	pool.give(message, sizeof(EnetReassembly));
	budget.refund(BlockPool::cost_of(sizeof(EnetReassembly)));
}

EnetPacket *EnetReassembly::take_packet() {
	EnetPacket *packet = packet_;
	packet_ = nullptr;
	ledger_.reserved -= packet->charged;
	return packet;
}

// Makes the packet hold at least `extent` bytes: all of a small message at once, a large one by doubling.
bool EnetReassembly::reach(size_t extent, size_t arriving) {
	const size_t capacity = packet_ != nullptr ? packet_->capacity : 0;
	NETPEER_ASSERT(extent > capacity);
	size_t wanted = total_;
	if (wanted > kEnetReassemblySlack) {
		wanted = capacity * 2 > kEnetReassemblySlack ? capacity * 2 : kEnetReassemblySlack;
		if (wanted < extent) wanted = extent;
		if (wanted > total_) wanted = total_;
	}
	const size_t cost = packet_cost(wanted);
	const size_t reserved = ledger_.reserved + cost - (packet_ != nullptr ? packet_->charged : 0);
	if (!ledger_.allows(reserved, arriving)) return false;
	if (!budget_.charge(cost)) return false;
	EnetPacket *grown = make_enet_packet(pool_, wanted, flags_);
	if (grown == nullptr) {
		budget_.refund(cost);
		return false;
	}
	grown->charged = static_cast<uint32_t>(cost);
	if (packet_ != nullptr) {
		std::memcpy(grown->payload(), packet_->payload(), capacity);
		budget_.refund(packet_->charged);
		release_enet_packet(packet_);
	}
	packet_ = grown;
	ledger_.reserved = reserved;
	return true;
}

} // namespace netpeer
