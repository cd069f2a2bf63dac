// Allocator: where the library's memory comes from. A struct of functions and a user pointer, handed in by configs.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace netpeer {

/// Replaceable memory source. Functions must be callable from the owner thread of the object that got the allocator,
/// and the struct must outlive that object. Blocks are aligned for any scalar type. allocate and reallocate may return
/// null: every caller copes.
struct Allocator {
	void *user = nullptr;
	void *(*allocate)(void *user, size_t bytes) = nullptr;
	/// `old_bytes` is what was asked for before; contents up to the smaller size are kept; on failure `block` stays valid.
	void *(*reallocate)(void *user, void *block, size_t old_bytes, size_t new_bytes) = nullptr;
	/// `bytes` is what was asked for. `block` may be null.
	void (*release)(void *user, void *block, size_t bytes) = nullptr;
};

/// malloc, realloc and free. Never null; lives for ever.
const Allocator *default_allocator();

/// Constructs a T in memory of `allocator`; null when there is none.
template <class T, class... Args> T *allocate_object(const Allocator &allocator, Args &&...args) {
	static_assert(alignof(T) <= alignof(std::max_align_t), "over-aligned types need their own allocation");
	void *block = allocator.allocate(allocator.user, sizeof(T));
	return block != nullptr ? new (block) T(std::forward<Args>(args)...) : nullptr;
}

template <class T> void release_object(const Allocator &allocator, T *object) {
	if (object == nullptr) return;
	object->~T();
	allocator.release(allocator.user, object, sizeof(T));
}

} // namespace netpeer
