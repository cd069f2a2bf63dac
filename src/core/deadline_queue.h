// DeadlineQueue: a DeadlineHeap for items that mostly come in the order of their deadlines. Those wait in a row, where
// inserting and removing costs the same few steps however many there are; only who comes too early for the row's end
// goes into a heap. Growth can fail; nothing else does.
#pragma once

#include "deadline_heap.h"

namespace netpeer {

/// T is as for DeadlineHeap.
template <class T> class DeadlineQueue {
public:
	DeadlineQueue() = default;
	DeadlineQueue(const DeadlineQueue &) = delete;
	DeadlineQueue &operator=(const DeadlineQueue &) = delete;

	/// Makes room for one more item; false when there is no memory. insert() needs it. A first one needs none.
	bool reserve_one(const Allocator &allocator) {
		// The heap may have to take all but one: with an empty row, everybody comes in order.
		return (end_ < capacity_ || make_room(allocator)) && heap_.reserve(allocator, count_);
	}
	/// Gives the memory back; the queue must be empty.
	void free_memory(const Allocator &allocator) {
		NETPEER_ASSERT(count_ == 0);
		heap_.free_memory(allocator);
		free_row(allocator);
		row_ = &own_place_;
		capacity_ = 1;
	}
	bool empty() const { return count_ == 0; }
	/// The item with the earliest deadline; null when empty.
	T *top() const {
		T *early = heap_.top();
		if (begin_ == end_) return early;
		return early == nullptr || Heap::goes_first(row_[begin_], early) ? row_[begin_] : early;
	}
	void insert(T *item) {
		NETPEER_ASSERT(item->heap_place == Heap::kNotInHeap);
		enter(item);
		++count_;
	}
	void remove(T *item) {
		leave(item);
		--count_;
	}
	/// Call after changing item->deadline.
	void moved(T *item) {
		leave(item);
		enter(item);
	}

private:
	using Heap = DeadlineHeap<T>;
	static constexpr uint32_t kInRow = 0x80000000; // in heap_place, above the place in the row

	void enter(T *item) {
		if (begin_ != end_ && (end_ == capacity_ || Heap::goes_first(item, row_[end_ - 1]))) {
			heap_.insert(item);
			return;
		}
		item->heap_place = kInRow | end_;
		row_[end_++] = item;
	}
	void leave(T *item) {
		if ((item->heap_place & kInRow) == 0) {
			heap_.remove(item);
			return;
		}
		row_[item->heap_place & ~kInRow] = nullptr;
		item->heap_place = Heap::kNotInHeap;
		while (begin_ != end_ && row_[begin_] == nullptr) ++begin_;
		while (begin_ != end_ && row_[end_ - 1] == nullptr) --end_;
		if (begin_ == end_) begin_ = end_ = 0;
	}
	// The row is used up to its end: moves everybody to the front, in a larger one when half of it is in use.
	bool make_room(const Allocator &allocator) {
		T **row = row_;
		uint32_t capacity = capacity_;
		if (count_ - heap_.size() > capacity / 2) {
			capacity = capacity == 1 ? 4 : capacity * 2;
			row = static_cast<T **>(allocator.allocate(allocator.user, capacity * sizeof(T *)));
			if (row == nullptr) return false;
		}
		uint32_t kept = 0;
		for (uint32_t i = begin_; i < end_; ++i) {
			T *item = row_[i];
			if (item == nullptr) continue;
			item->heap_place = kInRow | kept;
			row[kept++] = item;
		}
		if (row != row_) free_row(allocator);
		row_ = row;
		capacity_ = capacity;
		begin_ = 0;
		end_ = kept;
		return true;
	}
	void free_row(const Allocator &allocator) {
		if (row_ != &own_place_) allocator.release(allocator.user, row_, capacity_ * sizeof(T *));
	}

	T *own_place_ = nullptr;
	T **row_ = &own_place_; // sorted; null where somebody has left, but for the first and the last
	uint32_t begin_ = 0;
	uint32_t end_ = 0;
	uint32_t capacity_ = 1;
	uint32_t count_ = 0; // in row and heap
	Heap heap_;
};

} // namespace netpeer
