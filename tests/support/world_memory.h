// Memory for the world around what is tested: a simulated network that is not to be counted, and not to fail, with the
// library's own requests.
#pragma once

#include "../../src/core/allocator.h"

#include <cstdlib>

namespace netpeer_test {

inline const netpeer::Allocator *world_memory() {
	static const netpeer::Allocator kMalloc = {nullptr, [](void *, size_t bytes) { return std::malloc(bytes); },
	        [](void *, void *block, size_t, size_t bytes) { return std::realloc(block, bytes); },
	        [](void *, void *block, size_t) { std::free(block); }};
	return &kMalloc;
}

} // namespace netpeer_test
