// Winsock: the calls of TCP streams, and those Unix streams share with them.
#include "os_stream_socket.h"

#if NETPEER_OS_WINDOWS

#include <mstcpip.h>

#include <limits.h>

namespace netpeer {

namespace {

// What Windows has where nobody says otherwise.
constexpr ULONG kWinsockKeepAliveIdleMs = 7200 * 1000;
constexpr ULONG kWinsockKeepAliveIntervalMs = 1000;

int stream_length(size_t size) { return size < INT_MAX ? static_cast<int>(size) : INT_MAX; }

// Urgent data would otherwise show up in the set that tells of errors.
void stream_take_urgent_inline(SOCKET handle) { (void)os_set_option(handle, SOL_SOCKET, SO_OOBINLINE, 1); }

} // namespace

int os_open_tcp(int family, bool v6_only, OsSocket &out) {
	int code = os_open_handle(family, SOCK_STREAM, out);
	if (code != 0) return code;
	stream_take_urgent_inline(out);
	if (family == AF_INET6) code = os_set_option(out, IPPROTO_IPV6, IPV6_V6ONLY, v6_only ? 1 : 0);
	if (code != 0) {
		os_close_socket(out);
		out = kNoOsSocket;
	}
	return code;
}

// Without this any program may bind to the same port with SO_REUSEADDR and take connections away.
int os_claim_port(OsSocket handle) {
	int shared = 0;
	if (os_get_option(handle, SOL_SOCKET, SO_REUSEADDR, shared) == 0 && shared != 0) return 0; // asked for
	return os_set_option(handle, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1);
}

int os_set_reuse_address(OsSocket, bool) { return 0; }

int os_set_reuse_port(OsSocket handle, bool enabled, bool &known) {
	known = true;
	return os_set_option(handle, SOL_SOCKET, SO_REUSEADDR, enabled ? 1 : 0);
}

// `count` is fixed in Windows before 10 (1703).
int os_set_keep_alive(OsSocket handle, bool enabled, int idle_s, int interval_s, int) {
	const int code = os_set_option(handle, SOL_SOCKET, SO_KEEPALIVE, enabled ? 1 : 0);
	if (code != 0 || !enabled || (idle_s == 0 && interval_s == 0)) return code;
	tcp_keepalive values{};
	values.onoff = 1;
	values.keepalivetime = idle_s != 0 ? static_cast<ULONG>(idle_s) * 1000 : kWinsockKeepAliveIdleMs;
	values.keepaliveinterval = interval_s != 0 ? static_cast<ULONG>(interval_s) * 1000 : kWinsockKeepAliveIntervalMs;
	DWORD unused = 0;
	(void)WSAIoctl(handle, SIO_KEEPALIVE_VALS, &values, sizeof(values), nullptr, 0, &unused, nullptr, nullptr);
	return 0;
}

int os_refused() { return WSAECONNREFUSED; }

int os_no_delay_option() { return TCP_NODELAY; }

int os_listen(OsSocket handle, int backlog) { return listen(handle, backlog) == 0 ? 0 : os_last_error(); }

int os_accept(OsSocket handle, OsSocket &out, OsAddress *remote) {
	out = kNoOsSocket;
	SOCKET accepted;
	do {
		if (remote != nullptr) remote->reset();
		accepted =
		        accept(handle, remote != nullptr ? &remote->any : nullptr, remote != nullptr ? &remote->size : nullptr);
	} while (accepted == INVALID_SOCKET && os_last_error() == WSAEINTR);
	if (accepted == INVALID_SOCKET) {
		const int code = os_last_error();
		return code == WSAECONNRESET ? WSAECONNABORTED : code;
	}
	u_long non_blocking = 1;
	if (ioctlsocket(accepted, static_cast<long>(FIONBIO), &non_blocking) != 0) {
		const int code = os_last_error();
		os_close_socket(accepted);
		return code;
	}
	(void)SetHandleInformation(reinterpret_cast<HANDLE>(accepted), HANDLE_FLAG_INHERIT, 0);
	if (remote != nullptr) stream_take_urgent_inline(accepted);
	out = accepted;
	return 0;
}

int os_connect(OsSocket handle, const sockaddr &remote, socklen_t size) {
	for (;;) {
		if (connect(handle, &remote, size) == 0) return 0;
		const int code = os_last_error();
		if (code == WSAEISCONN) return 0;
		if (code == WSAEWOULDBLOCK) return WSAEINPROGRESS; // what the others call it
		if (code != WSAEINTR) return code;
	}
}

// There is no flag for "this call shall not wait", so a handle is one or the other for all its calls.
int os_become_patient(OsSocket, Duration) { return WSAEOPNOTSUPP; }

int os_send(OsSocket handle, ByteView bytes, size_t &sent, OsPatience) {
	for (;;) {
		const int taken = ::send(handle, reinterpret_cast<const char *>(bytes.data), stream_length(bytes.size), 0);
		if (taken >= 0) {
			sent = static_cast<size_t>(taken);
			return 0;
		}
		const int code = os_last_error();
		if (code != WSAEINTR) return code;
	}
}

int os_receive(OsSocket handle, MutBytes buffer, size_t &received, OsPatience) {
	for (;;) {
		const int got = recv(handle, reinterpret_cast<char *>(buffer.data), stream_length(buffer.size), 0);
		if (got >= 0) {
			received = static_cast<size_t>(got);
			return 0;
		}
		const int code = os_last_error();
		if (code != WSAEINTR) return code;
	}
}

int os_shutdown(OsSocket handle, ShutdownHalf half) {
	const int how = half == ShutdownHalf::RECEIVE ? SD_RECEIVE : half == ShutdownHalf::SEND ? SD_SEND : SD_BOTH;
	return ::shutdown(handle, how) == 0 ? 0 : os_last_error();
}

int os_available(OsSocket handle, int &bytes) {
	u_long waiting = 0;
	if (ioctlsocket(handle, static_cast<long>(FIONREAD), &waiting) != 0) return os_last_error();
	bytes = waiting < INT_MAX ? static_cast<int>(waiting) : INT_MAX;
	return 0;
}

int os_remote_address(OsSocket handle, OsAddress &out) {
	out.reset();
	return getpeername(handle, &out.any, &out.size) == 0 ? 0 : os_last_error();
}

} // namespace netpeer

#endif // NETPEER_OS_WINDOWS
