// Threads of POSIX and of Windows, or none. Not std::thread: that one throws where no thread can be had, and one MinGW
// has none.
#include "resolver_threads.h"

#include "../../core/hooks.h"
#include "../../core/netpeer_config.h"

#if !NETPEER_NO_THREADS
#if NETPEER_OS_WINDOWS
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#else
#include <pthread.h>
#include <signal.h>
#endif
#endif

namespace netpeer {

#if !NETPEER_NO_THREADS

/// The thread hooks in force when an IP was made, and the threads they have given it.
struct HookedWorkers {
	const ThreadHooks hooks = get_hooks().threads;
	void *threads[kMaxResolverThreads] = {};

	bool are_in_force() const { return hooks.create != nullptr; }
	bool start(size_t place, void (*body)(void *), void *user) {
		return hooks.create(hooks.user, body, user, &threads[place]) == 0;
	}
	void join(size_t count) {
		for (size_t i = 0; i < count; ++i) hooks.join(hooks.user, threads[i]);
	}
};

#endif

#if NETPEER_NO_THREADS

struct ResolverThreads {};

void resolver_threads_lock(ResolverThreads &) {}
void resolver_threads_unlock(ResolverThreads &) {}
void resolver_threads_wait_for_signal(ResolverThreads &) {}
void resolver_threads_signal(ResolverThreads &) {}
bool resolver_threads_start(ResolverThreads &, void (*)(void *), void *) { return false; }
void resolver_threads_join(ResolverThreads &) {}

#elif NETPEER_OS_WINDOWS

struct ResolverThreads {
	struct Start {
		void (*body)(void *user) = nullptr;
		void *user = nullptr;
	};

	SRWLOCK lock = SRWLOCK_INIT;
	CONDITION_VARIABLE signal = CONDITION_VARIABLE_INIT;
	HANDLE workers[kMaxResolverThreads] = {};
	Start starts[kMaxResolverThreads];
	HookedWorkers hooked;
	size_t count = 0;
};

namespace {

DWORD WINAPI resolver_thread_main(void *user) {
	const auto *start = static_cast<ResolverThreads::Start *>(user);
	start->body(start->user);
	return 0;
}

} // namespace

void resolver_threads_lock(ResolverThreads &threads) { AcquireSRWLockExclusive(&threads.lock); }
void resolver_threads_unlock(ResolverThreads &threads) { ReleaseSRWLockExclusive(&threads.lock); }
void resolver_threads_wait_for_signal(ResolverThreads &threads) {
	(void)SleepConditionVariableSRW(&threads.signal, &threads.lock, INFINITE, 0);
}
void resolver_threads_signal(ResolverThreads &threads) { WakeAllConditionVariable(&threads.signal); }

bool resolver_threads_start(ResolverThreads &threads, void (*body)(void *), void *user) {
	if (threads.count == kMaxResolverThreads) return false;
	if (threads.hooked.are_in_force()) {
		if (!threads.hooked.start(threads.count, body, user)) return false;
		++threads.count;
		return true;
	}
	ResolverThreads::Start &start = threads.starts[threads.count];
	start.body = body;
	start.user = user;
	const HANDLE worker = CreateThread(nullptr, 0, resolver_thread_main, &start, 0, nullptr);
	if (worker == nullptr) return false;
	threads.workers[threads.count++] = worker;
	return true;
}

void resolver_threads_join(ResolverThreads &threads) {
	if (threads.hooked.are_in_force()) {
		threads.hooked.join(threads.count);
		threads.count = 0;
	}
	for (size_t i = 0; i < threads.count; ++i) {
		(void)WaitForSingleObject(threads.workers[i], INFINITE);
		CloseHandle(threads.workers[i]);
	}
	threads.count = 0;
}

#else

struct ResolverThreads {
	struct Start {
		void (*body)(void *user) = nullptr;
		void *user = nullptr;
	};

	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t signal = PTHREAD_COND_INITIALIZER;
	pthread_t workers[kMaxResolverThreads] = {};
	Start starts[kMaxResolverThreads];
	HookedWorkers hooked;
	size_t count = 0;

	~ResolverThreads() {
		(void)pthread_cond_destroy(&signal);
		(void)pthread_mutex_destroy(&lock);
	}
};

namespace {

void *resolver_thread_main(void *user) {
	const auto *start = static_cast<ResolverThreads::Start *>(user);
	start->body(start->user);
	return nullptr;
}

} // namespace

// A plain mutex, used as it should be, cannot fail.
void resolver_threads_lock(ResolverThreads &threads) { (void)pthread_mutex_lock(&threads.lock); }
void resolver_threads_unlock(ResolverThreads &threads) { (void)pthread_mutex_unlock(&threads.lock); }
void resolver_threads_wait_for_signal(ResolverThreads &threads) {
	(void)pthread_cond_wait(&threads.signal, &threads.lock);
}
void resolver_threads_signal(ResolverThreads &threads) { (void)pthread_cond_broadcast(&threads.signal); }

bool resolver_threads_start(ResolverThreads &threads, void (*body)(void *), void *user) {
	if (threads.count == kMaxResolverThreads) return false;
	if (threads.hooked.are_in_force()) {
		if (!threads.hooked.start(threads.count, body, user)) return false;
		++threads.count;
		return true;
	}
	ResolverThreads::Start &start = threads.starts[threads.count];
	start.body = body;
	start.user = user;
	// Signals are the application's: its handlers must not run on a thread it does not know of.
	sigset_t all;
	sigset_t before;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	const int failure = pthread_create(&threads.workers[threads.count], nullptr, resolver_thread_main, &start);
	(void)pthread_sigmask(SIG_SETMASK, &before, nullptr);
	if (failure != 0) return false;
	++threads.count;
	return true;
}

void resolver_threads_join(ResolverThreads &threads) {
	if (threads.hooked.are_in_force()) {
		threads.hooked.join(threads.count);
		threads.count = 0;
	}
	for (size_t i = 0; i < threads.count; ++i) (void)pthread_join(threads.workers[i], nullptr);
	threads.count = 0;
}

#endif

ResolverThreads *resolver_threads_create(const Allocator &allocator) {
	return allocate_object<ResolverThreads>(allocator);
}

void resolver_threads_destroy(const Allocator &allocator, ResolverThreads *threads) {
	release_object(allocator, threads);
}

} // namespace netpeer
