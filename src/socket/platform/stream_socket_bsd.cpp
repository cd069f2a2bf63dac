// BSD sockets: the calls of TCP streams, and those Unix streams share with them.
#include "os_poll_posix.h"
#include "os_stream_socket.h"

#if NETPEER_OS_POSIX

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/time.h>

// macOS has no accept4().
#if NETPEER_OS_LINUX || NETPEER_OS_BSD
#define NETPEER_HAS_ACCEPT4 1
#else
#define NETPEER_HAS_ACCEPT4 0
#endif

namespace netpeer {

namespace {

#if defined(MSG_NOSIGNAL)
constexpr int kStreamSendFlags = MSG_NOSIGNAL;
#else
constexpr int kStreamSendFlags = 0; // SO_NOSIGPIPE is set on every socket instead
#endif

// macOS refuses lengths over INT_MAX instead of taking a part.
constexpr size_t kMostStreamBytesPerCall = size_t{1} << 30;

int bsd_accept(int listener, OsAddress *remote, int &out) {
	sockaddr *address = remote != nullptr ? &remote->any : nullptr;
	socklen_t *size = remote != nullptr ? &remote->size : nullptr;
#if NETPEER_HAS_ACCEPT4
	out = accept4(listener, address, size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (out >= 0) return 0;
	if (errno != ENOSYS) return errno; // ENOSYS: a kernel or sandbox older than its headers
#endif
	out = accept(listener, address, size);
	return out >= 0 ? os_adopt_handle(out) : errno;
}

} // namespace

int os_open_tcp(int family, bool v6_only, OsSocket &out) {
	int code = os_open_handle(family, SOCK_STREAM, out);
	if (code != 0 || family != AF_INET6) return code;
	code = os_set_option(out, IPPROTO_IPV6, IPV6_V6ONLY, v6_only ? 1 : 0);
	if (code != 0) {
		os_close_socket(out);
		out = kNoOsSocket;
	}
	return code;
}

int os_claim_port(OsSocket) { return 0; } // the rule here

int os_set_reuse_address(OsSocket handle, bool enabled) {
	return os_set_option(handle, SOL_SOCKET, SO_REUSEADDR, enabled ? 1 : 0);
}

int os_set_reuse_port(OsSocket handle, bool enabled, bool &known) {
#if defined(SO_REUSEPORT)
	const int code = os_set_option(handle, SOL_SOCKET, SO_REUSEPORT, enabled ? 1 : 0);
	known = code != ENOPROTOOPT; // a kernel older than its headers
	return code;
#else
	(void)handle;
	(void)enabled;
	known = false;
	return 0;
#endif
}

int os_set_keep_alive(OsSocket handle, bool enabled, int idle_s, int interval_s, int count) {
	const int code = os_set_option(handle, SOL_SOCKET, SO_KEEPALIVE, enabled ? 1 : 0);
	if (code != 0 || !enabled) return code;
#if defined(TCP_KEEPIDLE)
	if (idle_s > 0) (void)os_set_option(handle, IPPROTO_TCP, TCP_KEEPIDLE, idle_s);
#elif defined(TCP_KEEPALIVE)
	if (idle_s > 0) (void)os_set_option(handle, IPPROTO_TCP, TCP_KEEPALIVE, idle_s); // macOS
#else
	(void)idle_s; // OpenBSD: system-wide only
#endif
#if defined(TCP_KEEPINTVL)
	if (interval_s > 0) (void)os_set_option(handle, IPPROTO_TCP, TCP_KEEPINTVL, interval_s);
#else
	(void)interval_s;
#endif
#if defined(TCP_KEEPCNT)
	if (count > 0) (void)os_set_option(handle, IPPROTO_TCP, TCP_KEEPCNT, count);
#else
	(void)count;
#endif
	return 0;
}

int os_refused() { return ECONNREFUSED; }

int os_no_delay_option() { return TCP_NODELAY; }

int os_listen(OsSocket handle, int backlog) { return listen(handle, backlog) == 0 ? 0 : errno; }

int os_accept(OsSocket handle, OsSocket &out, OsAddress *remote) {
	out = kNoOsSocket;
	int accepted = kNoOsSocket;
	int code;
	do {
		if (remote != nullptr) remote->reset();
		code = bsd_accept(handle, remote, accepted);
	} while (code == EINTR && accepted < 0);
	// Options of a socket that was reset meanwhile are refused with EINVAL by macOS.
	if (code == 0 && os_mute_handle(accepted) != 0) code = ECONNABORTED;
	if (code == 0)
		out = accepted;
	else if (accepted >= 0)
		os_close_socket(accepted);
	return code;
}

int os_connect(OsSocket handle, const sockaddr &remote, socklen_t size) {
	for (;;) {
		if (connect(handle, &remote, size) == 0) return 0;
		if (errno == EISCONN) return 0;   // an interrupted call went on behind our back, and got there
		if (errno != EINTR) return errno; // ... or is under way: EALREADY
	}
}

// The handle loses O_NONBLOCK, so that a call can wait; those that shall not carry MSG_DONTWAIT.
int os_become_patient(OsSocket handle, Duration limit) {
	timeval time{};
	time.tv_sec = static_cast<decltype(time.tv_sec)>(limit.us / 1000000);
	time.tv_usec = static_cast<decltype(time.tv_usec)>(limit.us % 1000000);
	if (setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)) != 0) return errno;
	if (setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time)) != 0) return errno;
	const int flags = fcntl(handle, F_GETFL);
	return flags >= 0 && fcntl(handle, F_SETFL, flags & ~O_NONBLOCK) == 0 ? 0 : errno;
}

int os_send(OsSocket handle, ByteView bytes, size_t &sent, OsPatience patience) {
	const int wait_flag = patience == OsPatience::kWaits ? 0 : MSG_DONTWAIT;
	const size_t size = bytes.size < kMostStreamBytesPerCall ? bytes.size : kMostStreamBytesPerCall;
	for (;;) {
		const ssize_t taken = ::send(handle, bytes.data, size, kStreamSendFlags | wait_flag);
		if (taken >= 0) {
			sent = static_cast<size_t>(taken);
			return 0;
		}
		if (errno != EINTR) return errno;
		if (patience == OsPatience::kWaits) return EAGAIN;
	}
}

int os_receive(OsSocket handle, MutBytes buffer, size_t &received, OsPatience patience) {
	const int wait_flag = patience == OsPatience::kWaits ? 0 : MSG_DONTWAIT;
	const size_t size = buffer.size < kMostStreamBytesPerCall ? buffer.size : kMostStreamBytesPerCall;
	for (;;) {
		const ssize_t got = recv(handle, buffer.data, size, wait_flag);
		if (got >= 0) {
			received = static_cast<size_t>(got);
			return 0;
		}
		if (errno != EINTR) return errno;
		if (patience == OsPatience::kWaits) return EAGAIN;
	}
}

int os_shutdown(OsSocket handle, ShutdownHalf half) {
	const int how = half == ShutdownHalf::RECEIVE ? SHUT_RD : half == ShutdownHalf::SEND ? SHUT_WR : SHUT_RDWR;
	return ::shutdown(handle, how) == 0 ? 0 : errno;
}

int os_available(OsSocket handle, int &bytes) { return ioctl(handle, FIONREAD, &bytes) == 0 ? 0 : errno; }

int os_remote_address(OsSocket handle, OsAddress &out) {
	out.reset();
	return getpeername(handle, &out.any, &out.size) == 0 ? 0 : errno;
}

} // namespace netpeer

#endif // NETPEER_OS_POSIX
