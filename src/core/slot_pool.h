// SlotPool: objects behind index+generation handles, in one block of fixed size. A handle to an object that is gone is
// detected, not followed, even when its slot is in use again.
#pragma once

#include "allocator.h"
#include "error_list.h"
#include "netpeer_assert.h"

#include <cstddef>
#include <cstdint>

namespace netpeer {

/// Names one object of one pool; the default names none. A slot must be reused 2^32 - 1 times before a stale handle
/// could be taken for a live one.
struct SlotHandle {
	uint32_t index = 0;
	uint32_t generation = 0;
};

constexpr bool operator==(SlotHandle a, SlotHandle b) { return a.index == b.index && a.generation == b.generation; }
constexpr bool operator!=(SlotHandle a, SlotHandle b) { return !(a == b); }

template <class T> class SlotPool {
	static_assert(alignof(T) <= alignof(std::max_align_t), "over-aligned types need their own allocation");

public:
	/// Holds nothing until set_capacity(). `allocator` is borrowed and must outlive the pool.
	explicit SlotPool(const Allocator *allocator = default_allocator()) : allocator_(allocator) {}
	~SlotPool() { free_memory(); }
	SlotPool(const SlotPool &) = delete;
	SlotPool &operator=(const SlotPool &) = delete;

	/// Allocates all slots at once, so that add() never asks for memory. Once per pool: ERR_ALREADY_IN_USE after that;
	/// ERR_OUT_OF_MEMORY when there is none; ERR_INVALID_PARAMETER for more slots than handles can count.
	Error set_capacity(size_t count) {
		if (slots_ != nullptr) return Error::ERR_ALREADY_IN_USE;
		if (count == 0) return Error::OK;
		if (count >= kNoSlot || count > SIZE_MAX / sizeof(Slot)) return Error::ERR_INVALID_PARAMETER;
		void *block = allocator_->allocate(allocator_->user, count * sizeof(Slot));
		if (block == nullptr) return Error::ERR_OUT_OF_MEMORY;
		slots_ = static_cast<Slot *>(block);
		capacity_ = static_cast<uint32_t>(count);
		for (uint32_t i = 0; i < capacity_; ++i) {
			Slot *slot = new (slots_ + i) Slot;
			slot->next_free = i + 1 < capacity_ ? i + 1 : kNoSlot;
		}
		first_free_ = 0;
		return Error::OK;
	}
	/// Constructs a T in a free slot; the default handle when all are taken.
	template <class... Args> SlotHandle add(Args &&...args) {
		if (first_free_ == kNoSlot) return SlotHandle();
		const uint32_t index = first_free_;
		Slot &slot = slots_[index];
		first_free_ = slot.next_free;
		new (slot.object) T(std::forward<Args>(args)...);
		slot.used = true;
		++size_;
		return SlotHandle{index, slot.generation};
	}
	/// The object, or null when it is gone or never was.
	T *get(SlotHandle handle) { return is_live(handle) ? reinterpret_cast<T *>(slots_[handle.index].object) : nullptr; }
	const T *get(SlotHandle handle) const {
		return is_live(handle) ? reinterpret_cast<const T *>(slots_[handle.index].object) : nullptr;
	}
	/// Destroys the object; false when it was gone already.
	bool remove(SlotHandle handle) {
		if (!is_live(handle)) return false;
		destroy(handle.index);
		return true;
	}
	/// The handle of the slot's object, the default one when the slot is free or `index` >= capacity(). For loops.
	SlotHandle handle_at(size_t index) const {
		if (index >= capacity_ || !slots_[index].used) return SlotHandle();
		return SlotHandle{static_cast<uint32_t>(index), slots_[index].generation};
	}
	size_t size() const { return size_; }
	size_t capacity() const { return capacity_; }
	bool full() const { return first_free_ == kNoSlot; }

private:
	static constexpr uint32_t kNoSlot = UINT32_MAX;

	struct Slot {
		alignas(T) unsigned char object[sizeof(T)];
		uint32_t generation = 1; // 0 is kept for the default handle
		uint32_t next_free = kNoSlot;
		bool used = false;
	};

	bool is_live(SlotHandle handle) const {
		return handle.index < capacity_ && slots_[handle.index].used &&
		       slots_[handle.index].generation == handle.generation;
	}
	void destroy(uint32_t index) {
		Slot &slot = slots_[index];
		// First, so that the object's destructor cannot reach itself through its own handle.
		slot.used = false;
		if (++slot.generation == 0) slot.generation = 1;
		reinterpret_cast<T *>(slot.object)->~T();
		slot.next_free = first_free_;
		first_free_ = index;
		NETPEER_ASSERT(size_ != 0);
		--size_;
	}
	void free_memory() {
		for (uint32_t i = 0; i < capacity_; ++i) {
			if (slots_[i].used) destroy(i);
		}
		if (slots_ != nullptr) allocator_->release(allocator_->user, slots_, capacity_ * sizeof(Slot));
	}

	const Allocator *allocator_;
	Slot *slots_ = nullptr;
	uint32_t capacity_ = 0;
	uint32_t first_free_ = kNoSlot;
	size_t size_ = 0;
};

} // namespace netpeer
