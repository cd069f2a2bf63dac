// Who gives back memory that still holds something?
#pragma once

#include "../../src/core/allocator.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace netpeer {

// The default allocator while it lives: gives memory like malloc and notes whether a block came back with anything but
// zeros in it. What is reserved and never written comes as zeros.
struct WatchingAllocator {
	Allocator functions;
	int dirty_blocks = 0;
	int blocks = 0;
	bool refuses = false;

	WatchingAllocator() {
		functions.user = this;
		functions.allocate = [](void *user, size_t bytes) -> void * {
			WatchingAllocator &self = *static_cast<WatchingAllocator *>(user);
			if (self.refuses) return nullptr;
			++self.blocks;
			return std::calloc(1, bytes);
		};
		functions.reallocate = [](void *user, void *block, size_t old_bytes, size_t new_bytes) -> void * {
			WatchingAllocator &self = *static_cast<WatchingAllocator *>(user);
			void *moved = self.functions.allocate(user, new_bytes);
			if (moved == nullptr) return nullptr;
			std::memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
			self.functions.release(user, block, old_bytes);
			return moved;
		};
		functions.release = [](void *user, void *block, size_t bytes) {
			if (block == nullptr) return;
			WatchingAllocator &self = *static_cast<WatchingAllocator *>(user);
			for (size_t i = 0; i < bytes; ++i) {
				if (static_cast<const uint8_t *>(block)[i] == 0) continue;
				++self.dirty_blocks;
				break;
			}
			std::free(block);
		};
		former = set_default_allocator(&functions);
	}
	~WatchingAllocator() { set_default_allocator(former); }

	const Allocator *former = nullptr;
};

} // namespace netpeer
