// Stands in front of the C library's allocator and socket calls and counts. Linked only into programs that ask for it.
// Being in the program itself it is found first, also by libenet's shared library. One thread, Linux with glibc.
#include "call_counts.h"

#include <malloc.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>

namespace compare {

namespace {
CallCounts counted;

void *count_new(void *block) {
	++counted.allocations;
	counted.live_bytes += static_cast<int64_t>(malloc_usable_size(block));
	return block;
}
void count_old(void *block) { counted.live_bytes -= static_cast<int64_t>(malloc_usable_size(block)); }

long count_call(long result) {
	++counted.socket_calls;
	return result;
}
} // namespace

CallCounts call_counts() { return counted; }

} // namespace compare

extern "C" {

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void __libc_free(void *);

void *malloc(size_t bytes) { return compare::count_new(__libc_malloc(bytes)); }
void *calloc(size_t count, size_t bytes) { return compare::count_new(__libc_calloc(count, bytes)); }
void *realloc(void *block, size_t bytes) {
	compare::count_old(block);
	return compare::count_new(__libc_realloc(block, bytes));
}
void free(void *block) {
	compare::count_old(block);
	__libc_free(block);
}

ssize_t sendto(int fd, const void *bytes, size_t size, int flags, const sockaddr *to, socklen_t to_size) {
	return compare::count_call(syscall(SYS_sendto, fd, bytes, size, flags, to, to_size));
}
ssize_t recvfrom(int fd, void *bytes, size_t size, int flags, sockaddr *from, socklen_t *from_size) {
	return compare::count_call(syscall(SYS_recvfrom, fd, bytes, size, flags, from, from_size));
}
ssize_t send(int fd, const void *bytes, size_t size, int flags) {
	return compare::count_call(syscall(SYS_sendto, fd, bytes, size, flags, nullptr, 0));
}
ssize_t recv(int fd, void *bytes, size_t size, int flags) {
	return compare::count_call(syscall(SYS_recvfrom, fd, bytes, size, flags, nullptr, nullptr));
}
ssize_t read(int fd, void *bytes, size_t size) { return compare::count_call(syscall(SYS_read, fd, bytes, size)); }
ssize_t write(int fd, const void *bytes, size_t size) {
	return compare::count_call(syscall(SYS_write, fd, bytes, size));
}
int getsockopt(int fd, int level, int name, void *value, socklen_t *size) {
	return static_cast<int>(compare::count_call(syscall(SYS_getsockopt, fd, level, name, value, size)));
}
int ioctl(int fd, unsigned long request, ...) {
	va_list rest;
	va_start(rest, request);
	void *argument = va_arg(rest, void *);
	va_end(rest);
	return static_cast<int>(compare::count_call(syscall(SYS_ioctl, fd, request, argument)));
}
int ppoll(pollfd *fds, nfds_t count, const timespec *timeout, const sigset_t *mask) {
	timespec left = timeout != nullptr ? *timeout : timespec();
	return static_cast<int>(compare::count_call(
	        syscall(SYS_ppoll, fds, count, timeout != nullptr ? &left : nullptr, mask, sizeof(unsigned long))));
}
ssize_t sendmsg(int fd, const msghdr *message, int flags) {
	return compare::count_call(syscall(SYS_sendmsg, fd, message, flags));
}
ssize_t recvmsg(int fd, msghdr *message, int flags) {
	return compare::count_call(syscall(SYS_recvmsg, fd, message, flags));
}
int sendmmsg(int fd, mmsghdr *messages, unsigned count, int flags) {
	return static_cast<int>(compare::count_call(syscall(SYS_sendmmsg, fd, messages, count, flags)));
}
int recvmmsg(int fd, mmsghdr *messages, unsigned count, int flags, timespec *timeout) {
	return static_cast<int>(compare::count_call(syscall(SYS_recvmmsg, fd, messages, count, flags, timeout)));
}
int poll(pollfd *fds, nfds_t count, int timeout_ms) {
	const timespec left{timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
	return static_cast<int>(
	        compare::count_call(syscall(SYS_ppoll, fds, count, timeout_ms < 0 ? nullptr : &left, nullptr, 0)));
}
} // extern "C"
