// Winsock: opening, waiting, and one datagram at a time.
#include "os_socket.h"

#if NETPEER_OS_WINDOWS

#include <limits.h>

namespace netpeer {

namespace {

// Named here because older SDKs and mingw lack some of them.
constexpr DWORD kWinsockNoHandleInherit = 0x80;                  // WSA_FLAG_NO_HANDLE_INHERIT, Windows 7 SP1
constexpr DWORD kWinsockUdpConnReset = IOC_IN | IOC_VENDOR | 12; // SIO_UDP_CONNRESET
constexpr DWORD kWinsockUdpNetReset = IOC_IN | IOC_VENDOR | 15;  // SIO_UDP_NETRESET

bool winsock_switch_off(SOCKET handle, DWORD what) {
	BOOL on = FALSE;
	DWORD unused = 0;
	return WSAIoctl(handle, what, &on, sizeof(on), nullptr, 0, &unused, nullptr, nullptr) == 0;
}

// Windows refuses to name or read a socket that was neither bound nor used for sending.
bool winsock_is_unbound(SOCKET handle) {
	OsAddress address;
	return getsockname(handle, &address.any, &address.size) != 0 && os_last_error() == WSAEINVAL;
}

int winsock_open_plain(int family, int kind, SOCKET &handle) {
	handle = WSASocketW(family, kind, 0, nullptr, 0, WSA_FLAG_OVERLAPPED | kWinsockNoHandleInherit);
	if (handle != INVALID_SOCKET) return 0;
	if (os_last_error() != WSAEINVAL) return os_last_error();
	handle = WSASocketW(family, kind, 0, nullptr, 0, WSA_FLAG_OVERLAPPED);
	if (handle == INVALID_SOCKET) return os_last_error();
	(void)SetHandleInformation(reinterpret_cast<HANDLE>(handle), HANDLE_FLAG_INHERIT, 0);
	return 0;
}

int winsock_length(size_t size) { return size < INT_MAX ? static_cast<int>(size) : INT_MAX; }

} // namespace

int os_open_handle(int family, int kind, OsSocket &out) {
	out = kNoOsSocket;
	SOCKET handle = INVALID_SOCKET;
	const int code = winsock_open_plain(family, kind, handle);
	if (code != 0) return code;
	u_long non_blocking = 1;
	if (ioctlsocket(handle, static_cast<long>(FIONBIO), &non_blocking) != 0) {
		const int refusal = os_last_error();
		os_close_socket(handle);
		return refusal;
	}
	out = handle;
	return 0;
}

int os_open_udp(int family, bool v6_only, OsSocket &out) {
	SOCKET handle = INVALID_SOCKET;
	out = kNoOsSocket;
	int code = os_open_handle(family, SOCK_DGRAM, handle);
	if (code != 0) return code;
	if (family == AF_INET6) code = os_set_option(handle, IPPROTO_IPV6, IPV6_V6ONLY, v6_only ? 1 : 0);
	if (code != 0) {
		os_close_socket(handle);
		return code;
	}
	// An ICMP answer to an earlier send must not fail a receive. Best effort: where the system knows no such switch,
	// the receive pass counts the error and goes on.
	(void)winsock_switch_off(handle, kWinsockUdpConnReset);
	(void)winsock_switch_off(handle, kWinsockUdpNetReset);
	out = handle;
	return 0;
}

void os_close_socket(OsSocket handle) { (void)closesocket(handle); }

int os_bind(OsSocket handle, const OsAddress &local) {
	return bind(handle, &local.any, local.size) == 0 ? 0 : os_last_error();
}

int os_local_address(OsSocket handle, IPType type, OsAddress &out) {
	out.reset();
	if (getsockname(handle, &out.any, &out.size) == 0) return 0;
	const int code = os_last_error();
	if (code != WSAEINVAL) return code;
	Endpoint unbound;
	unbound.address = IPAddress::wildcard();
	return os_address_from_endpoint(unbound, type, true, out) ? 0 : code;
}

int os_receive_one(OsSocket handle, MutBytes buffer, OsReceived &out) {
	for (;;) {
		out.from.reset();
		out.truncated = false;
		const int size = recvfrom(handle, reinterpret_cast<char *>(buffer.data), winsock_length(buffer.size), 0,
		        &out.from.any, &out.from.size);
		if (size >= 0) {
			out.size = static_cast<size_t>(size);
			return 0;
		}
		const int code = os_last_error();
		if (code == WSAEMSGSIZE) { // taken and cut
			out.size = buffer.size;
			out.truncated = true;
			return 0;
		}
		if (code == WSAEINVAL && winsock_is_unbound(handle)) return WSAEWOULDBLOCK;
		if (code != WSAEINTR) return code;
	}
}

int os_send_one(OsSocket handle, ByteView bytes, const OsAddress &to) {
	for (;;) {
		const int size = sendto(
		        handle, reinterpret_cast<const char *>(bytes.data), winsock_length(bytes.size), 0, &to.any, to.size);
		if (size >= 0) return 0;
		const int code = os_last_error();
		if (code != WSAEINTR) return code;
	}
}

int os_send_one(OsSocket handle, ByteView bytes) {
	for (;;) {
		const int size = ::send(handle, reinterpret_cast<const char *>(bytes.data), winsock_length(bytes.size), 0);
		if (size >= 0) return 0;
		const int code = os_last_error();
		if (code != WSAEINTR) return code;
	}
}

int os_wait(OsSocket handle, PollType type, Duration timeout, OsReadiness &out) {
	out = OsReadiness();
	constexpr int64_t kMostSeconds = 86400; // the caller goes on with what is left
	if (handle == INVALID_SOCKET) {         // select() refuses to wait for nothing
		Sleep(timeout.us < 0 || timeout.us >= kMostSeconds * 1000000 ? static_cast<DWORD>(kMostSeconds * 1000)
		                                                             : static_cast<DWORD>((timeout.us + 999) / 1000));
		return 0;
	}
	// One socket, so the set's size is no limit. WSAPoll has known faults before Windows 10 2004: it never tells that a
	// connect failed. That is what the third set is for.
	fd_set readers, writers, errors;
	readers.fd_count = type == PollType::POLL_TYPE_OUT ? 0 : 1;
	writers.fd_count = type == PollType::POLL_TYPE_IN ? 0 : 1;
	errors.fd_count = 1;
	readers.fd_array[0] = writers.fd_array[0] = errors.fd_array[0] = handle;
	timeval span{};
	const int64_t seconds = timeout.us / 1000000;
	span.tv_sec = static_cast<long>(seconds < kMostSeconds ? seconds : kMostSeconds);
	span.tv_usec = static_cast<long>(timeout.us % 1000000);
	if (select(0, &readers, &writers, &errors, timeout.us < 0 ? nullptr : &span) < 0) {
		const int code = os_last_error();
		return code == WSAEINTR ? 0 : code;
	}
	out.ready = readers.fd_count != 0 || writers.fd_count != 0;
	out.error_pending = errors.fd_count != 0;
	return 0;
}

} // namespace netpeer

#endif // NETPEER_OS_WINDOWS
