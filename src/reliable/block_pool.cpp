#include "block_pool.h"

#include "../core/netpeer_assert.h"

namespace netpeer {

BlockPool *BlockPool::create(const Allocator &allocator) {
	BlockPool *pool = allocate_object<BlockPool>(allocator);
	if (pool != nullptr) pool->allocator_ = allocator;
	return pool;
}

void BlockPool::close() {
	closed_ = true;
	for (unsigned size_class = 0; size_class < kClasses; ++size_class) {
		while (release_one(free_[size_class], size_class)) {
		}
		while (release_one(spare_[size_class], size_class)) {
		}
	}
	NETPEER_ASSERT(cached_bytes_ == 0);
	free_if_done();
}

void BlockPool::give_back_unused() {
	unsigned left = kMaxGivenBackAtOnce;
	for (unsigned size_class = 0; size_class < kClasses; ++size_class) {
		while (left != 0 && release_one(spare_[size_class], size_class)) --left;
		if (spare_[size_class] != nullptr) continue; // the rest of them first
		spare_[size_class] = free_[size_class];
		free_[size_class] = nullptr;
	}
}

// Frees the first block of a list; false when there is none.
bool BlockPool::release_one(FreeBlock *&list, unsigned size_class) {
	FreeBlock *block = list;
	if (block == nullptr) return false;
	list = block->next;
	cached_bytes_ -= class_bytes(size_class);
	allocator_.release(allocator_.user, block, class_bytes(size_class));
	return true;
}

void *BlockPool::take_slow(size_t bytes, unsigned size_class) {
	const size_t block_bytes = size_class < kClasses ? class_bytes(size_class) : bytes;
	if (size_class < kClasses && spare_[size_class] != nullptr) {
		FreeBlock *spare = spare_[size_class];
		spare_[size_class] = spare->next;
		cached_bytes_ -= block_bytes;
		++outstanding_;
		return spare;
	}
	void *block = allocator_.allocate(allocator_.user, block_bytes);
	if (block != nullptr) ++outstanding_;
	return block;
}

void BlockPool::give_slow(void *block, size_t bytes, unsigned size_class) {
	const size_t block_bytes = size_class < kClasses ? class_bytes(size_class) : bytes;
	allocator_.release(allocator_.user, block, block_bytes);
	NETPEER_ASSERT(outstanding_ > 0);
	--outstanding_;
	if (closed_) free_if_done();
}

void BlockPool::free_if_done() {
	if (outstanding_ != 0) return;
	const Allocator allocator = allocator_;
	release_object(allocator, this);
}

} // namespace netpeer
