// Private: what follows from a new set of hooks.
#pragma once

#include "hooks.h"

namespace netpeer {

/// Makes the memory hooks the default allocator, or malloc again.
void follow_memory_hooks();
/// Makes the assert hook the handler, or the default again.
void follow_assert_hooks();

} // namespace netpeer
