// NETPEER_ASSERT: our own invariants, never bytes from a peer and never a caller's argument. The handler is replaceable.
#pragma once

#include "netpeer_config.h"

namespace netpeer {

/// Called with the failed expression and its place. If it returns, the program goes on.
using AssertHandler = void (*)(const char *expression, const char *file, int line);

/// Replaces the handler (null restores the default, which prints to stderr and aborts) and returns the former one.
/// Process-wide; set it before other threads use the library. A handler with a user pointer: AssertHooks in hooks.h.
AssertHandler set_assert_handler(AssertHandler handler);

/// Used by NETPEER_ASSERT.
void report_assert(const char *expression, const char *file, int line);

} // namespace netpeer

/// Calls report_assert() when `expr` is false; with NETPEER_ASSERTS 0 `expr` is not evaluated. For our own invariants.
#if NETPEER_ASSERTS
#define NETPEER_ASSERT(expr)                                                                                           \
	do {                                                                                                               \
		if (!(expr)) ::netpeer::report_assert(#expr, __FILE__, __LINE__);                                              \
	} while (0)
#else
#define NETPEER_ASSERT(expr)                                                                                           \
	do {                                                                                                               \
		(void)sizeof((expr));                                                                                          \
	} while (0)
#endif
