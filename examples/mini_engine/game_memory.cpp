#include "game_memory.h"

#include <cstdlib>

namespace mini_engine {

static unsigned power_for(size_t bytes, unsigned smallest) {
	unsigned power = smallest;
	while ((size_t{1} << power) < bytes) ++power;
	return power;
}

GameMemory::GameMemory(size_t block_bytes) :
        block_(static_cast<unsigned char *>(std::malloc(block_bytes))),
        block_bytes_(block_ != nullptr ? block_bytes : 0) {
	functions_.user = this;
	functions_.allocate = [](void *user, size_t bytes) { return static_cast<GameMemory *>(user)->take(bytes); };
	functions_.release = [](void *user, void *piece, size_t bytes) {
		if (piece != nullptr) static_cast<GameMemory *>(user)->give(piece, bytes);
	};
	functions_.reallocate = [](void *user, void *piece, size_t old_bytes, size_t new_bytes) {
		GameMemory *memory = static_cast<GameMemory *>(user);
		void *moved = memory->take(new_bytes);
		if (moved == nullptr || piece == nullptr) return moved; // on failure the old piece stays valid
		std::memcpy(moved, piece, old_bytes < new_bytes ? old_bytes : new_bytes);
		memory->give(piece, old_bytes);
		return moved;
	};
}

GameMemory::~GameMemory() { std::free(block_); }

void *GameMemory::take(size_t bytes) {
	++requests_;
	// The comparison comes first: no power of two is looked for beyond the block.
	const unsigned power = bytes <= block_bytes_ ? power_for(bytes, kSmallest) : kSizes;
	void *piece = nullptr;
	if (power < kSizes && free_[power] != nullptr) {
		piece = free_[power];
		free_[power] = free_[power]->next;
	} else if (power < kSizes && (size_t{1} << power) <= block_bytes_ - used_bytes_) {
		piece = block_ + used_bytes_;
		used_bytes_ += size_t{1} << power;
	}
	if (piece == nullptr) {
		++refusals_;
		return nullptr;
	}
	live_bytes_ += bytes;
	if (live_bytes_ > peak_bytes_) peak_bytes_ = live_bytes_;
	return piece;
}

void GameMemory::give(void *piece, size_t bytes) {
	const unsigned power = power_for(bytes, kSmallest);
	free_[power] = new (piece) Piece{free_[power]};
	live_bytes_ -= bytes;
}

} // namespace mini_engine
