#include "allocator.h"

#include "installed_hooks.h"

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace netpeer {

namespace {

std::atomic<size_t> live_allocations{0};

void count_allocation(bool succeeded) {
	if (succeeded) live_allocations.fetch_add(1, std::memory_order_relaxed);
}
void count_release() { live_allocations.fetch_sub(1, std::memory_order_relaxed); }

void *malloc_allocate(void *, size_t bytes) {
	void *const block = std::malloc(bytes);
	count_allocation(block != nullptr);
	return block;
}
void *malloc_reallocate(void *, void *block, size_t, size_t new_bytes) {
	void *const moved = std::realloc(block, new_bytes);
	if (block == nullptr) count_allocation(moved != nullptr);
	return moved;
}
void malloc_release(void *, void *block, size_t) {
	if (block != nullptr) count_release();
	std::free(block);
}

constexpr size_t kHookAlignment = alignof(std::max_align_t);

// Empty containers may outlive the hooks they were made under: then these lead to malloc.
void *hook_allocate(void *user, size_t bytes) {
	const MemoryHooks &memory = get_hooks().memory;
	if (memory.allocate == nullptr) return malloc_allocate(user, bytes);
	void *const block = memory.allocate(memory.user, bytes, kHookAlignment);
	count_allocation(block != nullptr);
	return block;
}
void hook_release(void *user, void *block, size_t bytes) {
	const MemoryHooks &memory = get_hooks().memory;
	if (block == nullptr) return;
	if (memory.release == nullptr) return malloc_release(user, block, bytes);
	count_release();
	memory.release(memory.user, block, bytes, kHookAlignment);
}
void *hook_reallocate(void *user, void *block, size_t old_bytes, size_t new_bytes) {
	const MemoryHooks &memory = get_hooks().memory;
	if (block == nullptr) return hook_allocate(user, new_bytes);
	if (memory.allocate == nullptr) return malloc_reallocate(user, block, old_bytes, new_bytes);
	if (memory.reallocate != nullptr)
		return memory.reallocate(memory.user, block, old_bytes, new_bytes, kHookAlignment);
	void *const moved = hook_allocate(user, new_bytes);
	if (moved == nullptr) return nullptr;
	std::memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
	hook_release(user, block, old_bytes);
	return moved;
}

constexpr Allocator kMallocAllocator{nullptr, malloc_allocate, malloc_reallocate, malloc_release};
constexpr Allocator kHookAllocator{nullptr, hook_allocate, hook_reallocate, hook_release};

const Allocator *current_default_allocator = &kMallocAllocator;

} // namespace

const Allocator *default_allocator() { return current_default_allocator; }

const Allocator *set_default_allocator(const Allocator *allocator) {
	const Allocator *former = current_default_allocator;
	current_default_allocator = allocator != nullptr ? allocator : &kMallocAllocator;
	return former;
}

void follow_memory_hooks() {
	const bool hooked = get_hooks().memory.allocate != nullptr;
	if (hooked)
		current_default_allocator = &kHookAllocator;
	else if (current_default_allocator == &kHookAllocator)
		current_default_allocator = &kMallocAllocator;
}

size_t get_live_allocations() { return live_allocations.load(std::memory_order_relaxed); }

} // namespace netpeer
