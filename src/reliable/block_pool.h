// BlockPool: memory in few sizes with free lists, so that a host in its steady state never calls malloc.
// Blocks outlive the host that made them: the pool stays until the last one comes back. Blocks nobody has used for a while
// go back to the allocator (give_back_unused()).
#pragma once

#include "../core/allocator.h"

#include <cstddef>
#include <cstdint>

namespace netpeer {

class BlockPool {
public:
	/// A pool on `allocator`, which must outlive every block; null when there is no memory.
	static BlockPool *create(const Allocator &allocator);
	/// No more blocks will be asked for; the pool frees itself when the last one is returned.
	void close();
	/// To be called now and then: frees what has been cached, unused, since the call before the last one.
	void give_back_unused();

	/// At least `bytes` bytes, aligned for any scalar; null when there is no memory.
	void *take(size_t bytes) {
		const unsigned size_class = class_of(bytes);
		if (size_class < kClasses && free_[size_class] != nullptr) {
			FreeBlock *block = free_[size_class];
			free_[size_class] = block->next;
			cached_bytes_ -= class_bytes(size_class);
			++outstanding_;
			return block;
		}
		return take_slow(bytes, size_class);
	}
	/// `bytes` is what was asked for.
	void give(void *block, size_t bytes) {
		const unsigned size_class = class_of(bytes);
		if (size_class < kClasses && !closed_ && cached_bytes_ + class_bytes(size_class) <= kMaxCachedBytes) {
			FreeBlock *freed = static_cast<FreeBlock *>(block);
			freed->next = free_[size_class];
			free_[size_class] = freed;
			cached_bytes_ += class_bytes(size_class);
			--outstanding_;
			return;
		}
		give_slow(block, bytes, size_class);
	}
	/// What a request for `bytes` really costs.
	static size_t cost_of(size_t bytes) {
		const unsigned size_class = class_of(bytes);
		return size_class < kClasses ? class_bytes(size_class) : bytes;
	}
	size_t outstanding() const { return outstanding_; }
	const Allocator &allocator() const { return allocator_; }

private:
	struct FreeBlock {
		FreeBlock *next;
	};
	// Steps of 16 bytes up to 1 KiB, then four to an octave: 1280, 1536, 1792, 2048, 2560 ... up to 8 KiB, then steps of
	// 1 KiB: messages this long are charged to budgets, so little may be added to what was asked for.
	static constexpr unsigned kFineClasses = 64;
	static constexpr unsigned kSmallClasses = kFineClasses + 12;
	static constexpr unsigned kClasses = kSmallClasses + 128;
	static constexpr size_t kLargestSmall = 8u << 10;
	static constexpr size_t kLargeStep = 1u << 10;
	static constexpr size_t kMaxCachedBytes = 4u << 20;       // a flood's memory goes back to the allocator
	static constexpr unsigned kMaxGivenBackAtOnce = 1u << 10; // blocks: no call shall take long

	static constexpr size_t class_bytes(unsigned size_class) {
		if (size_class < kFineClasses) return (size_class + 1) * size_t{16};
		if (size_class >= kSmallClasses) return kLargestSmall + (size_class - kSmallClasses + 1) * kLargeStep;
		return size_t{5 + size_class % 4} << (8 + (size_class - kFineClasses) / 4);
	}
	static constexpr unsigned class_of(size_t bytes) {
		const size_t last = bytes != 0 ? bytes - 1 : 0;
		if (last < kFineClasses * 16) return static_cast<unsigned>(last / 16);
		if (last >= kLargestSmall) {
			const size_t step = (last - kLargestSmall) / kLargeStep;
			return step < kClasses - kSmallClasses ? kSmallClasses + static_cast<unsigned>(step) : kClasses;
		}
#if defined(__GNUC__) || defined(__clang__)
		const unsigned octave = 63u - static_cast<unsigned>(__builtin_clzll(last));
#else
		unsigned octave = 10;
		while (last >> octave > 1) ++octave;
#endif
		return kFineClasses + 4 * (octave - 10) + static_cast<unsigned>(last >> (octave - 2)) % 4;
	}
	void *take_slow(size_t bytes, unsigned size_class);
	void give_slow(void *block, size_t bytes, unsigned size_class);
	bool release_one(FreeBlock *&list, unsigned size_class);
	void free_if_done();

	Allocator allocator_;
	FreeBlock *free_[kClasses] = {};  // given since the last give_back_unused()
	FreeBlock *spare_[kClasses] = {}; // given before; taken when there is no other
	size_t cached_bytes_ = 0;
	size_t outstanding_ = 0;
	bool closed_ = false;
};

} // namespace netpeer
