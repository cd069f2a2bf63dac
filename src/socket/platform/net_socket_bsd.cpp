// BSD sockets: opening, waiting, and one datagram at a time.
#include "os_poll_posix.h"
#include "os_socket.h"

#if NETPEER_OS_POSIX

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

namespace netpeer {

namespace {

#if defined(MSG_NOSIGNAL)
constexpr int kBsdSendFlags = MSG_NOSIGNAL;
#else
constexpr int kBsdSendFlags = 0; // SO_NOSIGPIPE is set at opening instead
#endif

int bsd_add_flags(int handle, int get, int set, int flags) {
	const int former = fcntl(handle, get);
	if (former < 0) return errno;
	return fcntl(handle, set, former | flags) < 0 ? errno : 0;
}

// Close-on-exec and non-blocking from birth where the system can: between socket() and fcntl() another thread may fork.
int bsd_socket(int family, int kind, int &handle) {
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
	handle = socket(family, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (handle >= 0) return 0;
	if (errno != EINVAL) return errno; // EINVAL: a kernel older than its headers
#endif
	handle = socket(family, kind, 0);
	if (handle < 0) return errno;
	return os_adopt_handle(handle);
}

} // namespace

int os_adopt_handle(int handle) {
	const int code = bsd_add_flags(handle, F_GETFD, F_SETFD, FD_CLOEXEC);
	return code != 0 ? code : bsd_add_flags(handle, F_GETFL, F_SETFL, O_NONBLOCK);
}

int os_mute_handle(int handle) {
#if defined(SO_NOSIGPIPE)
	return os_set_option(handle, SOL_SOCKET, SO_NOSIGPIPE, 1);
#else
	(void)handle;                // MSG_NOSIGNAL goes with each send
	return 0;
#endif
}

int os_open_handle(int family, int kind, OsSocket &out) {
	out = kNoOsSocket;
	int handle = kNoOsSocket;
	int code = bsd_socket(family, kind, handle);
	if (code == 0) code = os_mute_handle(handle);
	if (code == 0)
		out = handle;
	else if (handle >= 0)
		os_close_socket(handle);
	return code;
}

int os_open_udp(int family, bool v6_only, OsSocket &out) {
	int code = os_open_handle(family, SOCK_DGRAM, out);
	if (code != 0 || family != AF_INET6) return code;
	code = os_set_option(out, IPPROTO_IPV6, IPV6_V6ONLY, v6_only ? 1 : 0);
	if (code != 0) {
		os_close_socket(out);
		out = kNoOsSocket;
	}
	return code;
}

// Not repeated when interrupted: Linux and the BSDs have freed the number by then, and another thread may own it.
void os_close_socket(OsSocket handle) { (void)close(handle); }

int os_bind(OsSocket handle, const OsAddress &local) {
	return bind(handle, &local.any, local.size) == 0 ? 0 : os_last_error();
}

int os_local_address(OsSocket handle, IPType, OsAddress &out) {
	out.reset();
	return getsockname(handle, &out.any, &out.size) == 0 ? 0 : os_last_error();
}

int os_receive_one(OsSocket handle, MutBytes buffer, OsReceived &out) {
#if NETPEER_OS_LINUX
	// Asked with MSG_TRUNC it answers the whole length of a datagram, also of one that was cut. recvmsg can tell that on
	// every system, at the price of a header to fill, copy into the kernel and check there.
	for (;;) {
		out.from.expect_sender();
		const ssize_t size = recvfrom(handle, buffer.data, buffer.size, MSG_TRUNC, &out.from.any, &out.from.size);
		if (size >= 0) {
			out.size = static_cast<size_t>(size);
			out.truncated = out.size > buffer.size;
			return 0;
		}
		if (errno != EINTR) return errno;
	}
#else
	iovec part{};
	part.iov_base = buffer.data;
	part.iov_len = buffer.size;
	for (;;) {
		out.from.expect_sender();
		msghdr header{};
		header.msg_name = &out.from.any;
		header.msg_namelen = out.from.size;
		header.msg_iov = &part;
		header.msg_iovlen = 1;
		const ssize_t size = recvmsg(handle, &header, 0);
		if (size >= 0) {
			out.size = static_cast<size_t>(size);
			out.truncated = (header.msg_flags & MSG_TRUNC) != 0;
			out.from.size = header.msg_namelen;
			return 0;
		}
		if (errno != EINTR) return errno;
	}
#endif
}

int os_send_one(OsSocket handle, ByteView bytes, const OsAddress &to) {
	for (;;) {
		if (sendto(handle, bytes.data, bytes.size, kBsdSendFlags, &to.any, to.size) >= 0) return 0;
		if (errno != EINTR) return errno;
	}
}

int os_send_one(OsSocket handle, ByteView bytes) {
	for (;;) {
		if (::send(handle, bytes.data, bytes.size, kBsdSendFlags) >= 0) return 0;
		if (errno != EINTR) return errno;
	}
}

int os_poll(pollfd *entries, size_t count, Duration timeout) {
#if NETPEER_OS_LINUX
	// Microseconds matter to protocol timers; poll() only knows milliseconds.
	if (timeout.us < 0) return ppoll(entries, static_cast<nfds_t>(count), nullptr, nullptr);
	timespec span{};
	constexpr int64_t kMostSeconds = 86400; // the caller goes on with what is left
	const int64_t seconds = timeout.us / 1000000;
	span.tv_sec = static_cast<time_t>(seconds < kMostSeconds ? seconds : kMostSeconds);
	span.tv_nsec = static_cast<long>(timeout.us % 1000000 * 1000);
	return ppoll(entries, static_cast<nfds_t>(count), &span, nullptr);
#else
	if (timeout.us < 0) return poll(entries, static_cast<nfds_t>(count), -1);
	// Rounded up: waking early would make the caller spin through the last millisecond.
	const int64_t ms = timeout.us / 1000 + (timeout.us % 1000 != 0 ? 1 : 0);
	return poll(entries, static_cast<nfds_t>(count), ms < INT_MAX ? static_cast<int>(ms) : INT_MAX);
#endif
}

int os_wait(OsSocket handle, PollType type, Duration timeout, OsReadiness &out) {
	out = OsReadiness();
	pollfd entry{};
	entry.fd = handle;
	entry.events = os_poll_events(type);
	const int ready = os_poll(&entry, 1, timeout);
	if (ready < 0) return errno == EINTR ? 0 : errno;
	if ((entry.revents & POLLNVAL) != 0) return EBADF;
	// A connection that has ended keeps neither direction waiting.
	out.ready = (entry.revents & (entry.events | POLLHUP)) != 0;
	out.error_pending = (entry.revents & POLLERR) != 0;
	return 0;
}

} // namespace netpeer

#endif // NETPEER_OS_POSIX
