// make_shared_object(): a std::shared_ptr whose memory comes from an Allocator and may fail to come. std::make_shared ends
// the process when there is none and exceptions are off.
#pragma once

#include "allocator.h"
#include "netpeer_assert.h"

#include <memory>
#include <utility>

namespace netpeer {

/// One block for a T, its reference counts and a copy of SharedBlock, fetched before std::allocate_shared asks: that
/// function has no way to say "no memory".
template <class T, class Object = T> struct SharedBlock {
	using value_type = T;
	template <class U> struct rebind { using other = SharedBlock<U, Object>; };
	static constexpr size_t kBytes = sizeof(Object) + 16 * sizeof(void *);

	void *block;
	const Allocator *source;

	/// Null `block`: no memory.
	explicit SharedBlock(const Allocator &allocator) :
	        block(allocator.allocate(allocator.user, kBytes)), source(&allocator) {}
	template <class U> SharedBlock(const SharedBlock<U, Object> &other) : block(other.block), source(other.source) {}

	T *allocate(size_t count) {
		static_assert(sizeof(T) <= kBytes, "the block must hold the object and its counts");
		static_assert(alignof(T) <= alignof(std::max_align_t), "over-aligned types need their own allocation");
		NETPEER_ASSERT(count == 1);
		(void)count;
		return static_cast<T *>(block);
	}
	void deallocate(T *memory, size_t) { source->release(source->user, memory, kBytes); }
	template <class U> bool operator==(const SharedBlock<U, Object> &other) const { return block == other.block; }
	template <class U> bool operator!=(const SharedBlock<U, Object> &other) const { return block != other.block; }
};

/// Null when `allocator`, which must outlive the object and its weak references, has no memory. One request.
template <class T, class... Args> std::shared_ptr<T> make_shared_object(const Allocator &allocator, Args &&...args) {
	const SharedBlock<T> memory(allocator);
	if (memory.block == nullptr) return nullptr;
	return std::allocate_shared<T>(memory, std::forward<Args>(args)...);
}

} // namespace netpeer
