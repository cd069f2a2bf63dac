#include "allocator.h"

#include <cstdlib>

namespace netpeer {

namespace {

void *malloc_allocate(void *, size_t bytes) { return std::malloc(bytes); }
void *malloc_reallocate(void *, void *block, size_t, size_t new_bytes) { return std::realloc(block, new_bytes); }
void malloc_release(void *, void *block, size_t) { std::free(block); }

constexpr Allocator kMallocAllocator{nullptr, malloc_allocate, malloc_reallocate, malloc_release};

const Allocator *current_default_allocator = &kMallocAllocator;

} // namespace

const Allocator *default_allocator() { return current_default_allocator; }

const Allocator *set_default_allocator(const Allocator *allocator) {
	const Allocator *former = current_default_allocator;
	current_default_allocator = allocator != nullptr ? allocator : &kMallocAllocator;
	return former;
}

} // namespace netpeer
