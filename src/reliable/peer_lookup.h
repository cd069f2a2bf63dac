// PeerLookup: slot numbers chained by a hash, without memory of their own per entry. For questions a stranger's CONNECT
// asks: "is this a repetition?" and "how many come from this address?".
#pragma once

#include "../core/allocator.h"

#include <cstdint>

namespace netpeer {

class PeerLookup {
public:
	static constexpr uint16_t kNone = 0xffff;

	PeerLookup() = default;
	PeerLookup(const PeerLookup &) = delete;
	PeerLookup &operator=(const PeerLookup &) = delete;

	bool is_ready() const { return buckets_ != nullptr; }
	/// For slots 0 .. slot_count - 1; false when there is no memory.
	bool init(const Allocator &allocator, size_t slot_count);
	void free_memory(const Allocator &allocator);
	void add(uint16_t slot, uint64_t hash);
	void remove(uint16_t slot, uint64_t hash);
	/// First slot of the chain of `hash`, others with it; kNone ends the chain.
	uint16_t first(uint64_t hash) const { return buckets_[hash & mask_]; }
	uint16_t next(uint16_t slot) const { return next_[slot]; }

private:
	uint16_t *buckets_ = nullptr; // one block: buckets, then next_, then prev_
	uint16_t *next_ = nullptr;
	uint16_t *prev_ = nullptr;
	size_t mask_ = 0;
	size_t block_bytes_ = 0;
};

} // namespace netpeer
