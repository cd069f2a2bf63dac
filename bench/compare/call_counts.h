// How often the program asked for memory and entered the kernel for datagrams, and how many heap bytes it holds.
#pragma once

#include <cstddef>
#include <cstdint>

namespace compare {

struct CallCounts {
	uint64_t allocations = 0; // malloc, calloc, realloc; operator new comes through them
	uint64_t socket_calls = 0;
	int64_t live_bytes = 0; // as the allocator rounds them
};

/// Since the program began. All zero unless call_counts.cpp is linked in.
CallCounts call_counts();

} // namespace compare
