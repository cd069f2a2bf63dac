#include "allocator.h"

#include <cstdlib>

namespace netpeer {

namespace {

void *malloc_allocate(void *, size_t bytes) { return std::malloc(bytes); }
void *malloc_reallocate(void *, void *block, size_t, size_t new_bytes) { return std::realloc(block, new_bytes); }
void malloc_release(void *, void *block, size_t) { std::free(block); }

constexpr Allocator kMallocAllocator{nullptr, malloc_allocate, malloc_reallocate, malloc_release};

} // namespace

const Allocator *default_allocator() { return &kMallocAllocator; }

} // namespace netpeer
