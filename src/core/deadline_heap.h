// DeadlineHeap: items ordered by an Instant they carry, the earliest on top. Insert, remove and reorder are O(log n)
// because each item knows its place. Growth can fail; nothing else does.
#pragma once

#include "allocator.h"
#include "instant.h"
#include "netpeer_assert.h"

#include <cstdint>

namespace netpeer {

/// T has `Instant deadline`, `uint32_t heap_place` (kNotInHeap when outside) and `uint32_t tie_break`.
template <class T> class DeadlineHeap {
public:
	static constexpr uint32_t kNotInHeap = UINT32_MAX;

	DeadlineHeap() = default;
	DeadlineHeap(const DeadlineHeap &) = delete;
	DeadlineHeap &operator=(const DeadlineHeap &) = delete;

	/// Makes room for one more item; false when there is no memory. insert() needs it.
	bool reserve_one(const Allocator &allocator) { return count_ < capacity_ || grow(allocator); }
	/// Makes room for `count` items in all; false when there is no memory.
	bool reserve(const Allocator &allocator, uint32_t count) {
		while (capacity_ < count) {
			if (!grow(allocator)) return false;
		}
		return true;
	}
	/// Whether `a` comes out before `b`.
	static bool goes_first(const T *a, const T *b) {
		if (a->deadline != b->deadline) return a->deadline < b->deadline;
		return static_cast<int32_t>(a->tie_break - b->tie_break) < 0;
	}
	/// Gives the memory back; the heap must be empty.
	void free_memory(const Allocator &allocator) {
		NETPEER_ASSERT(count_ == 0);
		if (items_ != nullptr) allocator.release(allocator.user, items_, capacity_ * sizeof(T *));
		items_ = nullptr;
		capacity_ = 0;
	}
	bool empty() const { return count_ == 0; }
	uint32_t size() const { return count_; }
	size_t memory_bytes() const { return capacity_ * sizeof(T *); }
	T *top() const { return count_ != 0 ? items_[0] : nullptr; }

	void insert(T *item) {
		NETPEER_ASSERT(item->heap_place == kNotInHeap && count_ < capacity_);
		place(count_++, item);
		sift_up(item->heap_place);
	}
	void remove(T *item) {
		NETPEER_ASSERT(item->heap_place < count_ && items_[item->heap_place] == item);
		const uint32_t hole = item->heap_place;
		item->heap_place = kNotInHeap;
		T *last = items_[--count_];
		if (last != item) fill(hole, last);
	}
	/// Call after changing item->deadline.
	void moved(T *item) {
		sift_up(item->heap_place);
		sift_down(item->heap_place);
	}

private:
	bool grow(const Allocator &allocator) {
		const uint32_t grown = capacity_ == 0 ? 2 : capacity_ * 2;
		void *block = allocator.reallocate(allocator.user, items_, capacity_ * sizeof(T *), grown * sizeof(T *));
		if (block == nullptr) return false;
		items_ = static_cast<T **>(block);
		capacity_ = grown;
		return true;
	}
	void place(uint32_t at, T *item) {
		items_[at] = item;
		item->heap_place = at;
	}
	void fill(uint32_t hole, T *item) {
		place(hole, item);
		sift_up(hole);
		sift_down(item->heap_place);
	}
	void sift_up(uint32_t at) {
		T *item = items_[at];
		while (at > 0) {
			const uint32_t parent = (at - 1) / 2;
			if (!goes_first(item, items_[parent])) break;
			place(at, items_[parent]);
			at = parent;
		}
		place(at, item);
	}
	void sift_down(uint32_t at) {
		T *item = items_[at];
		for (;;) {
			uint32_t child = at * 2 + 1;
			if (child >= count_) break;
			if (child + 1 < count_ && goes_first(items_[child + 1], items_[child])) ++child;
			if (!goes_first(items_[child], item)) break;
			place(at, items_[child]);
			at = child;
		}
		place(at, item);
	}

	T **items_ = nullptr;
	uint32_t count_ = 0;
	uint32_t capacity_ = 0;
};

} // namespace netpeer
