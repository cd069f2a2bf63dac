#include "outside_watch.h"

#if NETPEER_TEST_SEES_OUTSIDE
#include <dlfcn.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#endif

namespace netpeer_test {

OutsideWatch outside_watch;

} // namespace netpeer_test

#if NETPEER_TEST_SEES_OUTSIDE

using netpeer_test::InsideHook;
using netpeer_test::outside_watch;

namespace {

bool is_outside() { return outside_watch.on.load(std::memory_order_relaxed) && !InsideHook::now(); }

void note_memory(std::atomic<size_t> &counter) {
	if (is_outside()) counter.fetch_add(1, std::memory_order_relaxed);
}

void note_call(const char *name) {
	if (!is_outside()) return;
	outside_watch.calls.fetch_add(1, std::memory_order_relaxed);
	outside_watch.last_call = name;
}

/// The C library's function of that name.
template <class Function> Function *behind(const char *name, Function *) {
	void *const found = dlsym(RTLD_NEXT, name);
	Function *function = nullptr;
	static_assert(sizeof(found) == sizeof(function), "POSIX promises that dlsym can answer a function");
	std::memcpy(&function, &found, sizeof(found));
	return function;
}

} // namespace

extern "C" {

// --- memory ---

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t bytes) {
	note_memory(outside_watch.memory);
	return __libc_malloc(bytes);
}
void *calloc(size_t count, size_t bytes) {
	note_memory(outside_watch.zeroed_memory);
	return __libc_calloc(count, bytes);
}
void *realloc(void *block, size_t bytes) {
	note_memory(outside_watch.memory);
	return __libc_realloc(block, bytes);
}
void *aligned_alloc(size_t alignment, size_t bytes) {
	note_memory(outside_watch.memory);
	return __libc_memalign(alignment, bytes);
}
int posix_memalign(void **out, size_t alignment, size_t bytes) {
	note_memory(outside_watch.memory);
	*out = __libc_memalign(alignment, bytes);
	return *out != nullptr ? 0 : ENOMEM;
}

// --- sockets, names, threads, randomness ---

#define NETPEER_TEST_WATCHED(result, name, parameters, arguments)                                                      \
	result name parameters {                                                                                           \
		static auto *const next = behind(#name, &name);                                                                \
		note_call(#name);                                                                                              \
		return next arguments;                                                                                         \
	}

NETPEER_TEST_WATCHED(int, socket, (int a, int b, int c) noexcept, (a, b, c))
NETPEER_TEST_WATCHED(int, bind, (int a, const sockaddr *b, socklen_t c) noexcept, (a, b, c))
NETPEER_TEST_WATCHED(int, listen, (int a, int b) noexcept, (a, b))
NETPEER_TEST_WATCHED(int, accept, (int a, sockaddr *b, socklen_t *c), (a, b, c))
NETPEER_TEST_WATCHED(int, accept4, (int a, sockaddr *b, socklen_t *c, int d), (a, b, c, d))
NETPEER_TEST_WATCHED(int, connect, (int a, const sockaddr *b, socklen_t c), (a, b, c))
NETPEER_TEST_WATCHED(ssize_t, send, (int a, const void *b, size_t c, int d), (a, b, c, d))
NETPEER_TEST_WATCHED(
        ssize_t, sendto, (int a, const void *b, size_t c, int d, const sockaddr *e, socklen_t f), (a, b, c, d, e, f))
NETPEER_TEST_WATCHED(ssize_t, sendmsg, (int a, const msghdr *b, int c), (a, b, c))
NETPEER_TEST_WATCHED(int, sendmmsg, (int a, mmsghdr *b, unsigned c, int d), (a, b, c, d))
NETPEER_TEST_WATCHED(ssize_t, recv, (int a, void *b, size_t c, int d), (a, b, c, d))
NETPEER_TEST_WATCHED(
        ssize_t, recvfrom, (int a, void *b, size_t c, int d, sockaddr *e, socklen_t *f), (a, b, c, d, e, f))
NETPEER_TEST_WATCHED(ssize_t, recvmsg, (int a, msghdr *b, int c), (a, b, c))
NETPEER_TEST_WATCHED(int, recvmmsg, (int a, mmsghdr *b, unsigned c, int d, timespec *e), (a, b, c, d, e))
NETPEER_TEST_WATCHED(int, shutdown, (int a, int b) noexcept, (a, b))
NETPEER_TEST_WATCHED(int, setsockopt, (int a, int b, int c, const void *d, socklen_t e) noexcept, (a, b, c, d, e))
NETPEER_TEST_WATCHED(int, getsockopt, (int a, int b, int c, void *d, socklen_t *e) noexcept, (a, b, c, d, e))
NETPEER_TEST_WATCHED(int, getsockname, (int a, sockaddr *b, socklen_t *c) noexcept, (a, b, c))
NETPEER_TEST_WATCHED(int, getpeername, (int a, sockaddr *b, socklen_t *c) noexcept, (a, b, c))
NETPEER_TEST_WATCHED(int, poll, (pollfd * a, nfds_t b, int c), (a, b, c))
NETPEER_TEST_WATCHED(int, ppoll, (pollfd * a, nfds_t b, const timespec *c, const sigset_t *d), (a, b, c, d))
NETPEER_TEST_WATCHED(int, select, (int a, fd_set *b, fd_set *c, fd_set *d, timeval *e), (a, b, c, d, e))
NETPEER_TEST_WATCHED(int, epoll_create1, (int a) noexcept, (a))
NETPEER_TEST_WATCHED(int, epoll_ctl, (int a, int b, int c, epoll_event *d) noexcept, (a, b, c, d))
NETPEER_TEST_WATCHED(int, epoll_wait, (int a, epoll_event *b, int c, int d), (a, b, c, d))
NETPEER_TEST_WATCHED(int, close, (int a), (a))
NETPEER_TEST_WATCHED(int, getaddrinfo, (const char *a, const char *b, const addrinfo *c, addrinfo **d), (a, b, c, d))
NETPEER_TEST_WATCHED(int, getifaddrs, (ifaddrs * *a) noexcept, (a))
NETPEER_TEST_WATCHED(int, pthread_create,
        (pthread_t * a, const pthread_attr_t *b, void *(*c)(void *), void *d) noexcept, (a, b, c, d))

// The library asks the kernel for entropy by the call's number.
long syscall(long number, ...) noexcept {
	static auto *const next = behind("syscall", &syscall);
	va_list list;
	va_start(list, number);
	long arguments[6];
	for (long &argument : arguments) argument = va_arg(list, long);
	va_end(list);
	if (number == SYS_getrandom) note_call("syscall(SYS_getrandom)");
	return next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

} // extern "C"

#endif
