// Private: mbedTLS's own requests for memory, led to the memory hooks.
#pragma once

#include <cstddef>

namespace netpeer {

/// With memory hooks in force, and an mbedTLS built with MBEDTLS_PLATFORM_MEMORY: from now on all that this mbedTLS asks for
/// in the process comes from the hooks as they are now, and goes back to them, whatever set_hooks() is told later. Else nothing.
/// To be called before anything else of mbedTLS is; the first call counts. Any thread.
void lead_mbedtls_to_hooks();

/// What mbedTLS is given then. Zeroed; null without memory.
void *hooked_mbedtls_calloc(size_t count, size_t bytes);
/// `block` may be null.
void hooked_mbedtls_free(void *block);

} // namespace netpeer
