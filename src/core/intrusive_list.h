// IntrusiveList: a doubly linked list through pointers inside the items. Moves items between queues without memory.
#pragma once

#include "netpeer_assert.h"

#include <cstddef>

namespace netpeer {

/// The pointers an item carries for one list; they mean nothing while it is not linked.
template <class T> struct ListHook {
	T *prev = nullptr;
	T *next = nullptr;
	bool linked = false;
};

/// How many items a list has; nothing where nobody asks.
template <bool Counted> struct ListCount {
	void change(int) {}
};
template <> struct ListCount<true> {
	void change(int by) { size_ += static_cast<size_t>(by); }
	size_t size() const { return size_; }

private:
	size_t size_ = 0;
};

/// Items are borrowed; an item is in at most one list per hook. Without a count there is no size().
template <class T, ListHook<T> T::*Hook, bool Counted = true> class IntrusiveList : public ListCount<Counted> {
public:
	bool empty() const { return first_ == nullptr; }
	T *front() const { return first_; }
	T *back() const { return last_; }
	static T *next_of(const T *item) { return (item->*Hook).next; }
	static bool is_linked(const T *item) { return (item->*Hook).linked; }

	void push_back(T *item) { insert_before(nullptr, item); }
	void push_front(T *item) { insert_before(first_, item); }

	/// Inserts before `place`; at the end when `place` is null.
	void insert_before(T *place, T *item) {
		ListHook<T> &hook = item->*Hook;
		NETPEER_ASSERT(!hook.linked);
		T *before = place != nullptr ? (place->*Hook).prev : last_;
		hook.prev = before;
		hook.next = place;
		hook.linked = true;
		(before != nullptr ? (before->*Hook).next : first_) = item;
		(place != nullptr ? (place->*Hook).prev : last_) = item;
		this->change(1);
	}

	void remove(T *item) {
		ListHook<T> &hook = item->*Hook;
		NETPEER_ASSERT(hook.linked && first_ != nullptr);
		(hook.prev != nullptr ? (hook.prev->*Hook).next : first_) = hook.next;
		(hook.next != nullptr ? (hook.next->*Hook).prev : last_) = hook.prev;
		hook.linked = false;
		this->change(-1);
	}

	/// Moves the items up to `last`, which is one of them, to the end of `other`, in their order. Of lists that do not count.
	void move_front(T *last, IntrusiveList &other) {
		static_assert(!Counted, "the items moved are not counted");
		NETPEER_ASSERT(first_ != nullptr && (last->*Hook).linked && this != &other);
		T *first = first_;
		first_ = (last->*Hook).next;
		(first_ != nullptr ? (first_->*Hook).prev : last_) = nullptr;
		(first->*Hook).prev = other.last_;
		(last->*Hook).next = nullptr;
		(other.last_ != nullptr ? (other.last_->*Hook).next : other.first_) = first;
		other.last_ = last;
	}

	/// Unlinks and returns the first item; null when empty.
	T *pop_front() {
		T *item = first_;
		if (item == nullptr) return nullptr;
		ListHook<T> &hook = item->*Hook;
		NETPEER_ASSERT(hook.linked && first_ != nullptr);
		first_ = hook.next;
		(first_ != nullptr ? (first_->*Hook).prev : last_) = nullptr;
		hook.linked = false;
		this->change(-1);
		return item;
	}

private:
	T *first_ = nullptr;
	T *last_ = nullptr;
};

} // namespace netpeer
