// Private: the one place of the library that knows threads. A lock, a signal, and workers that run a function. No OS
// header here.
#pragma once

#include "../../core/allocator.h"

#include <cstddef>

namespace netpeer {

constexpr size_t kMaxResolverThreads = 4;

/// The lock may be taken by any thread. The rest: start() and wait_for_signal() with the lock held, join() without it.
/// Built with NETPEER_NO_THREADS the lock does nothing and no worker ever starts.
struct ResolverThreads;

/// Null without memory.
ResolverThreads *resolver_threads_create(const Allocator &allocator);
/// After join(). Null is allowed.
void resolver_threads_destroy(const Allocator &allocator, ResolverThreads *threads);

void resolver_threads_lock(ResolverThreads &threads);
void resolver_threads_unlock(ResolverThreads &threads);
/// Gives the lock back while it sleeps; may return without a signal.
void resolver_threads_wait_for_signal(ResolverThreads &threads);
/// Wakes everybody who waits.
void resolver_threads_signal(ResolverThreads &threads);
/// Runs `body(user)` on one more thread. False when the system refuses or kMaxResolverThreads run.
bool resolver_threads_start(ResolverThreads &threads, void (*body)(void *user), void *user);
/// Waits for the end of every worker.
void resolver_threads_join(ResolverThreads &threads);

class ResolverGuard {
public:
	explicit ResolverGuard(ResolverThreads &threads) : threads_(threads) { resolver_threads_lock(threads_); }
	~ResolverGuard() { resolver_threads_unlock(threads_); }
	ResolverGuard(const ResolverGuard &) = delete;
	ResolverGuard &operator=(const ResolverGuard &) = delete;

private:
	ResolverThreads &threads_;
};

} // namespace netpeer
