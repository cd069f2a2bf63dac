// LibraryObject: base of what the library makes one at a time and hands on in a std::unique_ptr. Each object remembers the
// allocator its memory came from, so that an ordinary delete, also one in a caller's hands, gives it back there.
#pragma once

#include "allocator.h"

#include <cstddef>
#include <new>

namespace netpeer {

/// Derived classes get memory from default_allocator(), or of the one named: new (allocator) T(...). Every form of new answers
/// null when there is none, the plain one too: then nothing was constructed. No arrays, no over-aligned classes.
class LibraryObject {
public:
	static void *operator new(size_t bytes) noexcept { return take(*default_allocator(), bytes); }
	static void *operator new(size_t bytes, const std::nothrow_t &) noexcept {
		return take(*default_allocator(), bytes);
	}
	static void *operator new(size_t bytes, const Allocator &allocator) noexcept { return take(allocator, bytes); }
	static void *operator new(size_t, void *place) noexcept { return place; }
	static void *operator new(size_t, std::align_val_t) = delete;
	static void *operator new[](size_t) = delete;
	static void operator delete(void *object) noexcept { give_back(object); }
	// What a constructor that throws would need: ours do not, a caller's class may.
	static void operator delete(void *object, const std::nothrow_t &) noexcept { give_back(object); }
	static void operator delete(void *object, const Allocator &) noexcept { give_back(object); }
	static void operator delete(void *, void *) noexcept {}

protected:
	LibraryObject() = default;
	~LibraryObject() = default;

private:
	/// What stands in front of each object.
	struct alignas(std::max_align_t) Origin {
		const Allocator *allocator;
		size_t bytes; // of object and origin
	};

	static void *take(const Allocator &allocator, size_t bytes) {
		void *const block = allocator.allocate(allocator.user, sizeof(Origin) + bytes);
		if (block == nullptr) return nullptr;
		return new (block) Origin{&allocator, sizeof(Origin) + bytes} + 1;
	}
	static void give_back(void *object) {
		if (object == nullptr) return;
		Origin *const at = static_cast<Origin *>(object) - 1;
		const Origin origin = *at;
		*at = Origin{}; // an object that wiped itself leaves nothing behind at all
		origin.allocator->release(origin.allocator->user, at, origin.bytes);
	}
};

} // namespace netpeer
