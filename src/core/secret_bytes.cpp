#include "secret_bytes.h"

#include <cstring>

namespace netpeer {

void wipe_bytes(void *data, size_t bytes) {
	volatile uint8_t *at = static_cast<volatile uint8_t *>(data);
	while (bytes-- > 0) *at++ = 0;
}

// The allocator below is the user pointer.
Allocator wiping_allocator(const Allocator &source) {
	Allocator made;
	made.user = const_cast<Allocator *>(&source);
	made.allocate = [](void *user, size_t bytes) {
		const Allocator &below = *static_cast<const Allocator *>(user);
		return below.allocate(below.user, bytes);
	};
	made.reallocate = [](void *user, void *block, size_t old_bytes, size_t new_bytes) -> void * {
		const Allocator &below = *static_cast<const Allocator *>(user);
		void *moved = below.allocate(below.user, new_bytes);
		if (moved == nullptr || block == nullptr) return moved;
		std::memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
		wipe_bytes(block, old_bytes);
		below.release(below.user, block, old_bytes);
		return moved;
	};
	made.release = [](void *user, void *block, size_t bytes) {
		const Allocator &below = *static_cast<const Allocator *>(user);
		if (block != nullptr) wipe_bytes(block, bytes);
		below.release(below.user, block, bytes);
	};
	return made;
}

Error SecretBytes::resize(size_t bytes) {
	if (bytes < bytes_.size()) wipe_bytes(bytes_.data() + bytes, bytes_.size() - bytes);
	return bytes_.resize(bytes);
}

} // namespace netpeer
