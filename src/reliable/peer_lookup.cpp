#include "peer_lookup.h"

namespace netpeer {

bool PeerLookup::init(const Allocator &allocator, size_t slot_count) {
	size_t buckets = 8;
	while (buckets < slot_count) buckets *= 2;
	block_bytes_ = (buckets + 2 * slot_count) * sizeof(uint16_t);
	buckets_ = static_cast<uint16_t *>(allocator.allocate(allocator.user, block_bytes_));
	if (buckets_ == nullptr) return false;
	mask_ = buckets - 1;
	next_ = buckets_ + buckets;
	prev_ = next_ + slot_count;
	for (size_t i = 0; i < buckets + 2 * slot_count; ++i) buckets_[i] = kNone;
	return true;
}

void PeerLookup::free_memory(const Allocator &allocator) {
	if (buckets_ != nullptr) allocator.release(allocator.user, buckets_, block_bytes_);
	buckets_ = nullptr;
}

void PeerLookup::add(uint16_t slot, uint64_t hash) {
	uint16_t &head = buckets_[hash & mask_];
	next_[slot] = head;
	prev_[slot] = kNone;
	if (head != kNone) prev_[head] = slot;
	head = slot;
}

void PeerLookup::remove(uint16_t slot, uint64_t hash) {
	if (prev_[slot] != kNone) {
		next_[prev_[slot]] = next_[slot];
	} else {
		buckets_[hash & mask_] = next_[slot];
	}
	if (next_[slot] != kNone) prev_[next_[slot]] = prev_[slot];
	next_[slot] = prev_[slot] = kNone;
}

} // namespace netpeer
