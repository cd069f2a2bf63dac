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
	void *user = nullptr; // handed to each call
	/// At least `bytes` bytes, or null when there are none.
	void *(*allocate)(void *user, size_t bytes) = nullptr;
	/// `old_bytes` is what was asked for before; contents up to the smaller size are kept; on failure `block` stays valid.
	void *(*reallocate)(void *user, void *block, size_t old_bytes, size_t new_bytes) = nullptr;
	/// `bytes` is what was asked for. `block` may be null.
	void (*release)(void *user, void *block, size_t bytes) = nullptr;
};

/// What everything uses that is given no allocator of its own: malloc, realloc and free until set_hooks() or
/// set_default_allocator(). Never null.
const Allocator *default_allocator();
/// Replaces the process-wide default (null restores malloc, realloc and free) and returns the former one, never null. What
/// comes from `allocator` is not counted by get_live_allocations(); set_hooks() is the stricter way.
/// Holds for objects made from then on; older ones keep theirs. `allocator` is borrowed and must outlive every object
/// made meanwhile, the packets and handles these gave away included; its functions are called from every thread that
/// owns one of them. Set it at start-up, before other threads use the library.
const Allocator *set_default_allocator(const Allocator *allocator);

/// Constructs a T in memory of `allocator`; null when there is none.
template <class T, class... Args> T *allocate_object(const Allocator &allocator, Args &&...args) {
	static_assert(alignof(T) <= alignof(std::max_align_t), "over-aligned types need their own allocation");
	void *block = allocator.allocate(allocator.user, sizeof(T));
	return block != nullptr ? new (block) T(std::forward<Args>(args)...) : nullptr;
}

/// Destroys what allocate_object() made with the same allocator and returns its memory. `object` may be null.
template <class T> void release_object(const Allocator &allocator, T *object) {
	if (object == nullptr) return;
	object->~T();
	allocator.release(allocator.user, object, sizeof(T));
}

} // namespace netpeer
