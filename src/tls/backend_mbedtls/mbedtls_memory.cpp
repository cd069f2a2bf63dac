// mbedTLS frees without a size, so each block carries its own in front.
#include "../../core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "../../core/hooks.h"
#include "mbedtls_memory.h"

#include <mbedtls/platform.h>

#include <cstdint>
#include <cstring>

namespace netpeer {

namespace {

struct alignas(std::max_align_t) MbedtlsBlock {
	size_t bytes; // with this
};

// Not counted by get_live_allocations(): mbedTLS keeps some memory for the rest of the process.
MemoryHooks mbedtls_memory_hooks;

bool take_mbedtls_memory_hooks() {
	mbedtls_memory_hooks = get_hooks().memory;
	if (mbedtls_memory_hooks.allocate == nullptr) return false;
#if defined(MBEDTLS_PLATFORM_MEMORY) && !defined(MBEDTLS_PLATFORM_CALLOC_MACRO)
	return mbedtls_platform_set_calloc_free(hooked_mbedtls_calloc, hooked_mbedtls_free) == 0;
#else
	return false;
#endif
}

} // namespace

void lead_mbedtls_to_hooks() {
	static const bool led = take_mbedtls_memory_hooks();
	(void)led;
}

void *hooked_mbedtls_calloc(size_t count, size_t bytes) {
	const MemoryHooks &memory = mbedtls_memory_hooks;
	if (bytes != 0 && count > (SIZE_MAX - sizeof(MbedtlsBlock)) / bytes) return nullptr;
	const size_t all = sizeof(MbedtlsBlock) + count * bytes;
	void *const block = memory.allocate(memory.user, all, alignof(std::max_align_t));
	if (block == nullptr) return nullptr;
	std::memset(block, 0, all);
	static_cast<MbedtlsBlock *>(block)->bytes = all;
	return static_cast<MbedtlsBlock *>(block) + 1;
}

void hooked_mbedtls_free(void *block) {
	if (block == nullptr) return;
	const MemoryHooks &memory = mbedtls_memory_hooks;
	MbedtlsBlock *const head = static_cast<MbedtlsBlock *>(block) - 1;
	memory.release(memory.user, head, head->bytes, alignof(std::max_align_t));
}

} // namespace netpeer

#endif // NETPEER_WITH_MBEDTLS
