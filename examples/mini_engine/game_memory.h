// GameMemory: where a host's memory comes from here: one block of fixed size, taken at start-up, cut into pieces whose
// sizes are powers of two. Pieces that come back wait in a list for the next request of their size, so nothing goes to the
// system while a match runs, and how much a match has needed can be read afterwards.
//
// When the block is used up the answer is null. netpeer copes: the call at hand answers ERR_OUT_OF_MEMORY.
#pragma once

#include "../../src/netpeer.h"

namespace mini_engine {

class GameMemory {
public:
	explicit GameMemory(size_t block_bytes);
	~GameMemory();
	GameMemory(const GameMemory &) = delete;
	GameMemory &operator=(const GameMemory &) = delete;

	/// For EnetHostConfig::allocator. Must outlive the host, its handles and their packets, and is for their thread only.
	const netpeer::Allocator *allocator() const { return &functions_; }

	size_t live_bytes() const { return live_bytes_; } // what was asked for and has not come back
	size_t peak_bytes() const { return peak_bytes_; } // the most that live_bytes() has been
	size_t used_bytes() const { return used_bytes_; } // of the block, rounding included
	size_t block_bytes() const { return block_bytes_; }
	uint64_t requests() const { return requests_; }
	uint64_t refusals() const { return refusals_; }

private:
	static constexpr unsigned kSmallest = 5; // 32 bytes
	static constexpr unsigned kSizes = 28;
	struct Piece {
		Piece *next;
	};

	void *take(size_t bytes);
	void give(void *piece, size_t bytes);

	netpeer::Allocator functions_;
	unsigned char *block_;
	size_t block_bytes_;
	size_t used_bytes_ = 0;
	Piece *free_[kSizes] = {}; // by the power of two
	size_t live_bytes_ = 0;
	size_t peak_bytes_ = 0;
	uint64_t requests_ = 0;
	uint64_t refusals_ = 0;
};

} // namespace mini_engine
