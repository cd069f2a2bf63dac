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
		while (FreeBlock *block = free_[size_class]) {
			free_[size_class] = block->next;
			allocator_.release(allocator_.user, block, class_bytes(size_class));
		}
	}
	cached_bytes_ = 0;
	free_if_done();
}

void *BlockPool::take_slow(size_t bytes, unsigned size_class) {
	const size_t block_bytes = size_class < kClasses ? class_bytes(size_class) : bytes;
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
