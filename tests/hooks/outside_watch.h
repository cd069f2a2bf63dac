// Counts what goes past the hooks: memory and system calls asked for by the library while no hook is running. Done with
// definitions of malloc, socket() and their kin in front of the C library's, so on glibc and without a sanitizer, which has the
// same idea; elsewhere nothing is seen and the tests say so.
#pragma once

#include <atomic>
#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define NETPEER_TEST_SANITIZED 1
#endif
#endif
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) &&                           \
        !defined(NETPEER_TEST_SANITIZED)
#define NETPEER_TEST_SEES_OUTSIDE 1
#else
#define NETPEER_TEST_SEES_OUTSIDE 0
#endif

namespace netpeer_test {

struct OutsideWatch {
	std::atomic<bool> on{false};
	std::atomic<size_t> memory{0};        // malloc, realloc, aligned kin; operator new comes here too
	std::atomic<size_t> zeroed_memory{0}; // calloc
	std::atomic<size_t> calls{0};         // of sockets, names, threads and randomness
	std::atomic<const char *> last_call{"none"};

	void start() {
		memory = zeroed_memory = calls = 0;
		on = true;
	}
	void stop() { on = false; }
};
extern OutsideWatch outside_watch;

/// What this thread does while one of these lives is the hooks' own, or the test's.
class InsideHook {
public:
	InsideHook() { ++depth_; }
	~InsideHook() { --depth_; }
	InsideHook(const InsideHook &) = delete;
	InsideHook &operator=(const InsideHook &) = delete;

	static bool now() { return depth_ != 0; }

private:
	static inline thread_local int depth_ = 0;
};

} // namespace netpeer_test
