// FallibleArray: a growing array whose memory comes from an Allocator and may fail to come. std::vector ends the process then.
#pragma once

#include "allocator.h"

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace netpeer {

/// Pointers into it hold until it grows or an item before is erased.
template <class T> class FallibleArray {
public:
	/// `allocator` is borrowed and must outlive the array.
	explicit FallibleArray(const Allocator &allocator) : allocator_(&allocator) {}
	~FallibleArray() {
		clear();
		allocator_->release(allocator_->user, items_, capacity_ * sizeof(T));
	}
	FallibleArray(const FallibleArray &) = delete;
	FallibleArray &operator=(const FallibleArray &) = delete;
	FallibleArray(FallibleArray &&other) noexcept : allocator_(other.allocator_) { swap(other); }
	FallibleArray &operator=(FallibleArray &&other) noexcept {
		swap(other);
		return *this;
	}

	/// Room for `count` in all; at least doubles when it grows. On false nothing has changed.
	bool reserve(size_t count) {
		static_assert(alignof(T) <= alignof(std::max_align_t), "over-aligned types need their own allocation");
		if (count <= capacity_) return true;
		if (count > SIZE_MAX / 2 / sizeof(T)) return false;
		const size_t grown = count > capacity_ * 2 ? count : capacity_ * 2;
		T *const moved = static_cast<T *>(allocator_->allocate(allocator_->user, grown * sizeof(T)));
		if (moved == nullptr) return false;
		for (size_t i = 0; i < size_; ++i) {
			new (moved + i) T(std::move(items_[i]));
			items_[i].~T();
		}
		allocator_->release(allocator_->user, items_, capacity_ * sizeof(T));
		items_ = moved;
		capacity_ = grown;
		return true;
	}
	/// On false nothing has changed, `item` apart. Does not fail where reserve() has made the room.
	bool insert(size_t place, T item) {
		if (!reserve(size_ + 1)) return false;
		new (items_ + size_) T(std::move(item));
		++size_;
		for (size_t i = size_ - 1; i > place; --i) std::swap(items_[i], items_[i - 1]);
		return true;
	}
	bool push_back(T item) { return insert(size_, std::move(item)); }
	/// Items [first, last).
	void erase(size_t first, size_t last) {
		for (size_t i = last; i < size_; ++i) items_[first + (i - last)] = std::move(items_[i]);
		for (size_t i = size_ - (last - first); i < size_; ++i) items_[i].~T();
		size_ -= last - first;
	}
	void pop_back() { erase(size_ - 1, size_); }
	void clear() { erase(0, size_); }

	size_t size() const { return size_; }
	bool empty() const { return size_ == 0; }
	T *begin() { return items_; }
	T *end() { return items_ + size_; }
	const T *begin() const { return items_; }
	const T *end() const { return items_ + size_; }
	T &operator[](size_t i) { return items_[i]; }
	const T &operator[](size_t i) const { return items_[i]; }
	T &back() { return items_[size_ - 1]; }

private:
	void swap(FallibleArray &other) {
		std::swap(allocator_, other.allocator_);
		std::swap(items_, other.items_);
		std::swap(size_, other.size_);
		std::swap(capacity_, other.capacity_);
	}

	const Allocator *allocator_;
	T *items_ = nullptr;
	size_t size_ = 0;
	size_t capacity_ = 0;
};

} // namespace netpeer
